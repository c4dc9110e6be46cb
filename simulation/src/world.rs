// SPDX-License-Identifier: Apache-2.0
//! All machines, the links between them and who watches: time goes on, and every step is looked at.
//!
//! Not here: what goes wrong and when (`plan`, `play`).

use crate::clients::{Known, Post, Sender, Tally};
use crate::faults::Coverage;
use crate::invariants::{self, Violation};
use crate::looking::Cursor;
use crate::machine::{Machine, Part, Site};
use crate::network::Network;
use crate::runtime::{self, NodeId, SimRuntime, Step};
use crate::trace::Trace;
use crate::view::View;
use bccsp::Suite;
use channel::Channel;
use consensus::Chain as _;
use openraft_rt::AsyncRuntime;
use orderer::testing::Kit;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use sys::sim::{Dice, Loss};

/// What a world begins with.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Decides everything.
    pub seed: u64,
    /// Machines that agree on each channel from its first block on.
    pub nodes: usize,
    /// Machines that may be added.
    pub spare: usize,
    /// Channels.
    pub channels: usize,
    /// The family of all keys.
    pub suite: Suite,
    /// Lines that are kept of the trace.
    pub keep: usize,
}

/// A world.
pub struct World {
    /// What it began with.
    pub setup: Setup,
    /// What all machines share.
    pub site: Site,
    /// The machines.
    pub machines: BTreeMap<NodeId, Machine>,
    /// What is known of each channel.
    pub known: Vec<Known>,
    /// How the clients are doing.
    pub tally: Tally,
    /// What happened.
    pub trace: Trace,
    /// What went wrong, by kind.
    pub coverage: Coverage,
    /// Choices of whoever plans.
    pub dice: Dice,
    cursors: BTreeMap<(NodeId, usize), Cursor>,
    /// The last view of each machine on each channel.
    views: BTreeMap<(NodeId, usize), View>,
    /// When a process went on that had stood still.
    resumed: BTreeMap<NodeId, u64>,
    clients: u32,
}

/// So long after it was stopped and went on a process may do what it had begun before, in
/// nanoseconds.
const STALLED: u64 = 5_000_000_000;

impl World {
    /// One in which nothing runs yet. It takes the thread's runtime for itself.
    ///
    /// # Errors
    /// When there is no provider of the family.
    pub fn new(setup: Setup) -> Result<Self, bccsp::Error> {
        runtime::reset(setup.seed);
        let mut dice = Dice::new(setup.seed.wrapping_mul(3).wrapping_add(1));
        let all = setup.nodes + setup.spare;
        let kit = Arc::new(Kit::new(setup.suite, all, dice.roll()));
        let names = (0..setup.channels).map(|number| format!("channel{number}"));
        let genesis = names.map(|name| (name.clone(), kit.genesis(&name, setup.nodes))).collect();
        let coverage = Coverage::default();
        let network = Network::new(dice.roll(), coverage.clone());
        let directory = (0..all).map(|seat| (kit.member(seat).key, node_of(seat))).collect();
        let trace = Trace::new(kit.providers().default_provider().hash()?, setup.keep);
        let site = Site {
            network,
            directory: Arc::new(directory),
            genesis: Arc::new(genesis),
            seed: setup.seed,
            kit,
        };
        let machines =
            (0..all).map(node_of).map(|node| (node, Machine::new(node, &site))).collect();
        Ok(Self {
            setup,
            machines,
            known: (0..setup.channels).map(|_| Known::default()).collect(),
            tally: Tally::default(),
            trace,
            coverage,
            dice,
            cursors: BTreeMap::new(),
            views: BTreeMap::new(),
            resumed: BTreeMap::new(),
            clients: 0,
            site,
        })
    }

    /// All machines.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeId> {
        self.machines.keys().copied().collect()
    }

    /// Starts a machine that stands still.
    ///
    /// # Errors
    /// `starts-again`: it does not come up from what is on its disk.
    pub fn start(&mut self, node: NodeId) -> Result<(), Violation> {
        let Some(machine) = self.machines.get_mut(&node).filter(|machine| !machine.runs()) else {
            return Ok(());
        };
        let result = machine.start();
        let life = machine.life;
        self.trace.note(format_args!("start n{node}, life {life}: {result:?}"));
        result.map_err(|what| Violation {
            invariant: "starts-again",
            what: format!("node {node} does not start: {what}"),
        })
    }

    /// Stops a machine at once; of what was not synced, so much is lost.
    pub fn crash(&mut self, node: NodeId, loss: Loss) {
        let Some(machine) = self.machines.get_mut(&node).filter(|machine| machine.runs()) else {
            return;
        };
        self.trace.note(format_args!("crash n{node}, {loss:?}"));
        machine.crash(loss, &mut self.dice);
    }

    /// Stops a machine and takes its disk away.
    pub fn wipe(&mut self, node: NodeId) {
        self.trace.note(format_args!("wipe n{node}"));
        for channel in 0..self.setup.channels {
            self.views.remove(&(node, channel));
            self.known[channel].history().forget_machine(node);
            self.cursors.remove(&(node, channel));
        }
        if let Some(machine) = self.machines.get_mut(&node) {
            machine.wipe();
        }
    }

    /// Lets a process go on that stands still.
    pub fn resume(&mut self, node: NodeId) {
        runtime::resume(node);
        self.resumed.insert(node, runtime::now());
    }

    /// Lets that much time go by.
    ///
    /// # Errors
    /// The first [`Violation`].
    pub fn run_for(&mut self, time: Duration) -> Result<(), Violation> {
        self.run_until(time, |_| false).map(drop)
    }

    /// Lets time go by until something is so, but no longer than that. Says whether it is.
    ///
    /// # Errors
    /// The first [`Violation`].
    pub fn run_until(
        &mut self,
        limit: Duration,
        mut is_so: impl FnMut(&Self) -> bool,
    ) -> Result<bool, Violation> {
        let over = Arc::new(AtomicBool::new(false));
        let (bell, mut polls) = (Arc::clone(&over), 0_u32);
        drop(SimRuntime::spawn(async move {
            SimRuntime::sleep(limit).await;
            bell.store(true, Ordering::SeqCst);
        }));
        while !over.load(Ordering::SeqCst) {
            match runtime::step() {
                Step::Ran(node) => self.observe(node)?,
                Step::Waited => {}
                Step::Idle => break,
            }
            polls = polls.wrapping_add(1);
            if polls.is_multiple_of(16) && is_so(self) {
                return Ok(true);
            }
        }
        Ok(is_so(self))
    }

    fn observe(&mut self, node: NodeId) -> Result<(), Violation> {
        let Some(machine) = self.machines.get(&node) else { return Ok(()) };
        for channel in 0..self.setup.channels {
            let Some(part) = machine.part(channel) else { continue };
            let cursor = self.cursors.entry((node, channel)).or_default();
            let Some(mut view) = cursor.look(machine, part, self.site.kit.providers()) else {
                continue;
            };
            let resumed = self.resumed.get(&node);
            view.stalled = resumed.is_some_and(|at| at + STALLED > view.time);
            note(&self.trace, channel, self.views.get(&(node, channel)), &view);
            invariants::observe(&mut self.known[channel].history(), &view).map_err(
                |Violation { invariant, what }| Violation {
                    invariant,
                    what: format!("channel {channel}, {what}"),
                },
            )?;
            self.views.insert((node, channel), view);
        }
        Ok(())
    }

    /// Who leads a channel, as the one with the highest term says.
    #[must_use]
    pub fn leader(&self, channel: usize) -> Option<NodeId> {
        let views = self.views.iter().filter(|((node, of), view)| {
            *of == channel && view.leads.is_some() && self.runs(*node)
        });
        views.max_by_key(|(_, view)| view.leads).map(|((node, _), _)| *node)
    }

    /// What was last seen of a machine on a channel.
    #[must_use]
    pub fn view(&self, node: NodeId, channel: usize) -> Option<&View> {
        self.views.get(&(node, channel))
    }

    /// Whether a machine runs.
    #[must_use]
    pub fn runs(&self, node: NodeId) -> bool {
        self.machines.get(&node).is_some_and(Machine::runs)
    }

    /// The configuration in force, as the machine with most blocks has it.
    #[must_use]
    pub fn configuration(&self, channel: usize) -> Option<Arc<Channel>> {
        let parts = self.machines.values().filter_map(|machine| machine.part(channel));
        parts.max_by_key(|part| part.channel.height()).map(|part| part.channel.configuration())
    }

    /// The machines that the configuration in force lists.
    #[must_use]
    pub fn listed(&self, channel: usize) -> Vec<NodeId> {
        let parts = self.machines.values().filter_map(|machine| machine.part(channel));
        let best = parts.max_by_key(|part| part.channel.height());
        let members = best.map(|part| part.channel.members()).unwrap_or_default();
        members.iter().filter_map(|member| self.site.directory.get(&member.key).copied()).collect()
    }

    /// How every machine stands, in lines.
    #[must_use]
    pub fn describe(&self) -> Vec<String> {
        let channels = || 0..self.setup.channels;
        let listed = channels().map(|ch| format!("ch{ch} lists {:?}", self.listed(ch)));
        let machines = self.machines.values().flat_map(|machine| {
            channels().map(move |channel| match machine.part(channel) {
                None => format!("n{} ch{channel} stands still", machine.node),
                Some(part) => describe(machine.node, channel, part),
            })
        });
        listed.chain(machines).collect()
    }

    /// How to send envelopes to a channel.
    #[must_use]
    pub fn post(&self, channel: usize) -> Post {
        Post {
            network: self.site.network.clone(),
            nodes: self.nodes(),
            channel,
            known: self.known[channel].clone(),
            trace: self.trace.clone(),
            tally: self.tally.clone(),
        }
    }

    /// Lets one more client send to a channel, with at most that pause between two envelopes. Gives
    /// its number and its certificate.
    pub fn add_client(
        &mut self,
        channel: usize,
        pause: Duration,
        is_odd: bool,
    ) -> (u32, orderer::testing::Client) {
        self.clients += 1;
        let number = self.clients;
        let client = self.site.kit.client(&format!("client{number}"));
        let name = self.site.genesis[channel].0.clone();
        let post = self.post(channel);
        let sender = Sender { post, number, client: client.clone(), name, pause, is_odd };
        drop(SimRuntime::spawn(sender.run()));
        (number, client)
    }
}

fn describe(node: NodeId, channel: usize, part: &Part) -> String {
    let (status, height) = (part.engine.status(), part.channel.height());
    let ids = |of: &[(u64, consensus::Member)]| of.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    format!(
        "n{node} ch{channel} {:?} id {:?} term {} leader {:?} leads {} last {:?} committed {:?} \
         applied {:?} snapshot {:?} voters {:?} learners {:?} height {height}",
        status.state,
        status.id,
        status.term,
        status.leader,
        status.leads,
        status.last,
        status.committed,
        status.applied,
        status.snapshot,
        ids(&status.voters),
        ids(&status.learners),
    )
}

/// Machines count from 1: 0 is outside.
fn node_of(seat: usize) -> NodeId {
    NodeId::try_from(seat + 1).unwrap_or(NodeId::MAX)
}

/// Writes down what is new in a view.
fn note(trace: &Trace, channel: usize, before: Option<&View>, view: &View) {
    let node = view.node;
    let before = before.filter(|before| before.life == view.life);
    if before.map(|before| before.vote) != Some(view.vote) {
        trace.note(format_args!("ch{channel} n{node} id {} vote {:?}", view.id, view.vote));
    }
    if before.and_then(|before| before.leads) != view.leads {
        trace.note(format_args!("ch{channel} n{node} id {} leads {:?}", view.id, view.leads));
    }
    for entry in &view.entries {
        trace.note(format_args!(
            "ch{channel} n{node} entry {:?} {:016x}",
            entry.place, entry.digest
        ));
    }
    if before.and_then(|before| before.committed) != view.committed {
        trace.note(format_args!("ch{channel} n{node} committed {:?}", view.committed));
    }
    for block in &view.blocks {
        let (number, index, [a, b, c, d, ..]) = (block.number, block.index, block.hash);
        let (tag, size) = (u32::from_be_bytes([a, b, c, d]), block.envelopes.len());
        trace.note(format_args!(
            "ch{channel} n{node} block {number} of entry {index}: {size}, {tag:08x}"
        ));
    }
}
