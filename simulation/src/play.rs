// SPDX-License-Identifier: Apache-2.0
//! Plays a scenario in a world, step by step.

use crate::ending;
use crate::invariants::Violation;
use crate::machine::Told;
use crate::runtime::{self, NodeId, SimRuntime};
use crate::scenario::{self, Step, Who};
use crate::updates::{Change, Progress};
use crate::world::{Setup, World};
use bccsp::Suite;
use consensus::Chain as _;
use openraft_rt::AsyncRuntime;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use sys::sim::Loss;

/// What is expected happens within that time.
const SOON: Duration = Duration::from_secs(60);
/// What is not to happen does not happen within that time.
const LONG: Duration = Duration::from_secs(5);
/// Scenarios have one channel.
const CHANNEL: usize = 0;

struct Play {
    world: World,
    large: Vec<NodeId>,
    small: Vec<NodeId>,
    leader: Option<NodeId>,
    written: u64,
    client: orderer::testing::Client,
}

/// Plays a scenario, line by line, and says which line fails and how. Gives the world as it is then.
///
/// # Errors
/// What fails, with the line's number.
pub fn play(text: &str, suite: Suite, seed: u64) -> Result<World, String> {
    let steps = scenario::parse(text).map_err(|error| error.to_string())?;
    let (first, rest) = steps.split_first().ok_or("it has no step")?;
    let (_, Step::Nodes(nodes, spare)) = *first else {
        return Err("it does not begin with `nodes`".to_owned());
    };
    let setup = Setup { seed, nodes, spare, channels: 1, suite, keep: 400 };
    let mut world = World::new(setup).map_err(|error| error.to_string())?;
    world.start_all().map_err(|violation| violation.to_string())?;
    let client = world.site.kit.client("writer");
    let (large, small) = (Vec::new(), Vec::new());
    let mut play = Play { world, large, small, leader: None, written: 0, client };
    for (line, step) in rest {
        play.step(step).map_err(|violation| format!("line {line}, {step:?}: {violation}"))?;
    }
    Ok(play.world)
}

fn failed(what: impl Into<String>) -> Violation {
    Violation { invariant: "as-expected", what: what.into() }
}

impl Play {
    fn step(&mut self, step: &Step) -> Result<(), Violation> {
        match step {
            Step::Nodes(..) => return Err(failed("`nodes` stands at the beginning")),
            Step::Run(time) => self.world.run_for(*time)?,
            Step::Write(count, whom) => (0..*count).try_for_each(|_| self.write(whom))?,
            Step::Refuse(whom) => self.refuse(whom)?,
            Step::Partition(large, small) => self.part(*large, *small)?,
            Step::Heal => self.world.site.network.heal(),
            Step::Crash(whom) => self.each(whom, |world, node| world.crash(node, Loss::Everything)),
            Step::Start(whom) => {
                self.who(whom).into_iter().try_for_each(|node| self.world.start(node))?;
            }
            Step::Wipe(whom) => {
                for node in self.who(whom) {
                    self.world.wipe(node);
                    self.world.start(node)?;
                }
            }
            Step::Pause(whom) => self.each(whom, |_, node| runtime::pause(node)),
            Step::Resume(whom) => self.each(whom, World::resume),
            Step::Transfer if self.world.transfer_of(CHANNEL) => {}
            Step::Transfer => return Err(failed("nobody leads")),
            Step::Add(_) | Step::Remove(_) | Step::Renew(_) | Step::Batch(_) | Step::SwitchHash => {
                self.change(step)?;
            }
            Step::Recover(node) => self.recover(*node)?,
            expectation => self.expect(expectation)?,
        }
        Ok(())
    }

    fn each(&mut self, whom: &Who, mut act: impl FnMut(&mut World, NodeId)) {
        for node in self.who(whom) {
            act(&mut self.world, node);
        }
    }

    fn who(&self, whom: &Who) -> Vec<NodeId> {
        let leader = self.world.leader(CHANNEL);
        let listed = self.world.listed(CHANNEL);
        match whom {
            Who::Node(node) => vec![*node],
            Who::Leader => leader.into_iter().collect(),
            Who::Follower => {
                listed.into_iter().find(|node| Some(*node) != leader).into_iter().collect()
            }
            Who::All => self.world.nodes(),
            Who::Majority => self.large.clone(),
            Who::Minority => self.small.clone(),
        }
    }

    /// Sends an envelope and waits until it is acknowledged.
    fn write(&mut self, whom: &Who) -> Result<(), Violation> {
        match self.send(whom, SOON)? {
            Some(Told::Ordered(_)) => Ok(()),
            other => Err(failed(format!("the envelope was not ordered: {other:?}"))),
        }
    }

    fn refuse(&mut self, whom: &Who) -> Result<(), Violation> {
        match self.send(whom, LONG)? {
            Some(Told::Ordered(block)) => {
                Err(failed(format!("the envelope is said to be in block {block}")))
            }
            _ => Ok(()),
        }
    }

    fn send(&mut self, whom: &Who, limit: Duration) -> Result<Option<Told>, Violation> {
        self.written += 1;
        let name = self.world.site.genesis[CHANNEL].0.clone();
        let value = self.written.to_string();
        let envelope = self.client.transaction(&name, "key", value.as_bytes());
        let digest = crate::looking::envelope(&envelope);
        let mut post = self.world.post(CHANNEL);
        post.nodes = self.who(whom);
        let told = Arc::new(Mutex::new(None));
        let shared = Arc::clone(&told);
        drop(SimRuntime::spawn(async move {
            let answer = SimRuntime::timeout(limit, post.send_until_told(envelope)).await.ok();
            if let Some(Told::Ordered(block)) = answer {
                post.known.history().acknowledge(digest, block);
            }
            *shared.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        }));
        let answer = || told.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.world.run_until(limit + LONG, |_| answer().is_some())?;
        Ok(answer().flatten())
    }

    fn part(&mut self, large: usize, small: usize) -> Result<(), Violation> {
        let leader = self.world.leader(CHANNEL).ok_or_else(|| failed("nobody leads"))?;
        let mut others = self.world.nodes();
        others.retain(|node| *node != leader);
        if others.len() + 1 != large + small || small == 0 {
            return Err(failed("there are not so many machines"));
        }
        self.large = others.split_off(small - 1);
        others.push(leader);
        self.small = others;
        self.world.site.network.part(&self.large, &self.small);
        Ok(())
    }

    fn change(&mut self, step: &Step) -> Result<(), Violation> {
        let change = match step {
            Step::Add(node) => Change::Add(*node),
            Step::Remove(whom) => {
                let node = self.who(whom).first().copied();
                Change::Remove(node.ok_or_else(|| failed("there is no such machine"))?)
            }
            Step::Renew(node) => Change::Renew(*node),
            Step::Batch(size) => Change::Batch(*size),
            _ => Change::SwitchHash,
        };
        let sent = self.world.change(CHANNEL, &change);
        let sent = sent.ok_or_else(|| failed("it changes nothing"))?;
        self.world.run_until(SOON, |_| sent.is_over())?;
        match sent.progress() {
            Progress::InForce(_) => Ok(()),
            other => Err(failed(format!("the update is not in force: {other:?}"))),
        }
    }

    /// All others are lost for ever.
    fn recover(&mut self, node: NodeId) -> Result<(), Violation> {
        let mut running = self.world.nodes();
        running.retain(|other| *other != node && self.world.runs(*other));
        if !running.is_empty() {
            return Err(failed(format!("{running:?} still run: nothing is lost for ever")));
        }
        self.world.crash(node, Loss::Nothing);
        let forcing = self.world.machines[&node].force_single(CHANNEL).map_err(failed)?;
        let result = || forcing.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.world.run_until(LONG, |_| result().is_some())?;
        result().unwrap_or_else(|| Err("it takes too long".to_owned())).map_err(failed)?;
        self.world.start(node)
    }

    fn expect(&mut self, expectation: &Step) -> Result<(), Violation> {
        let (before, small, large) = (self.leader, self.small.clone(), self.large.clone());
        let is_so = |world: &World| match expectation {
            Step::ExpectLeader => leads(world, &large).is_some(),
            Step::ExpectAnotherLeader => {
                let leader = leads(world, &large);
                leader.is_some() && leader != before
            }
            Step::ExpectSame => same(world),
            Step::ExpectWhole => ending::is_whole(world),
            Step::ExpectVoters(count) => voters(world) == Some(*count),
            Step::ExpectHeight(height) => {
                let history = world.known[CHANNEL].history();
                history.chain().last_key_value().is_some_and(|(last, _)| last + 1 >= *height)
            }
            Step::ExpectNoLeader(_) => small.iter().all(|node| !serves(world, *node)),
            _ => false,
        };
        if !self.world.run_until(SOON, is_so)? {
            return Err(failed("it is not so after a minute"));
        }
        if matches!(expectation, Step::ExpectLeader | Step::ExpectAnotherLeader) {
            self.leader = leads(&self.world, &self.large);
        }
        Ok(())
    }
}

/// Who leads; of those on the larger side, while the links are cut.
fn leads(world: &World, among: &[NodeId]) -> Option<NodeId> {
    let ready = |node: &NodeId| serves(world, *node);
    let leader = world.leader(CHANNEL).filter(ready);
    leader.filter(|leader| among.is_empty() || among.contains(leader))
}

/// Whether a machine leads and takes envelopes.
fn serves(world: &World, node: NodeId) -> bool {
    let part = world.machines.get(&node).and_then(|machine| machine.part(CHANNEL));
    part.is_some_and(|part| part.engine.status().leads)
}

fn same(world: &World) -> bool {
    let tips = world.listed(CHANNEL).into_iter().map(|node| {
        let part = world.machines[&node].part(CHANNEL);
        part.map(|part| (part.channel.height(), part.channel.tip()))
    });
    let tips: BTreeSet<_> = tips.collect();
    tips.len() == 1 && !tips.contains(&None)
}

/// How many vote, when all who run say the same.
fn voters(world: &World) -> Option<usize> {
    let all = world.nodes().into_iter();
    let parts = all
        .filter(|node| world.listed(CHANNEL).contains(node))
        .filter_map(|node| world.machines[&node].part(CHANNEL));
    let sizes: BTreeSet<usize> = parts.map(|part| part.engine.status().voters.len()).collect();
    let only = sizes.first().copied();
    only.filter(|_| sizes.len() == 1)
}
