// SPDX-License-Identifier: Apache-2.0
//! An election, a replicated entry, the death of a leader, a network that is cut and mended: told by
//! the engine that orders blocks, in virtual time.

mod chain;
mod cluster;
mod watch;

use anyhow::{Context as _, Result};
use bccsp::Provider;
use cluster::Cluster;
use consensus::sim::{self, NodeId};
use consensus::{Answer, Chain as _, Consenter as _};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use terminal::output;
use watch::{Watched, name, names, tell};

/// What is shown.
pub(crate) struct Demo {
    /// How many nodes there are: 3 to 26.
    pub(crate) nodes: usize,
    /// How many of them are on the smaller side of the cut, less than half.
    pub(crate) minority: usize,
    /// What happens is drawn from it.
    pub(crate) seed: u64,
    /// The family whose hash function chains the blocks.
    pub(crate) provider: Arc<dyn Provider>,
}

/// Long enough for everything that will happen at all.
const LIMIT: Duration = Duration::from_secs(10);
const A_WHILE: Duration = Duration::from_millis(400);

/// What a client was told, when it was told.
type Told = Arc<Mutex<Option<Answer>>>;

/// Shows it. `false` when the nodes do not agree in the end, which no seed should lead to.
pub(crate) fn run(demo: &Demo) -> Result<bool> {
    sim::reset(demo.seed);
    let cluster = Cluster::new(demo.nodes, demo.provider.clone(), demo.seed);
    let mut story = Story { watched: Watched::new(cluster), acknowledged: Vec::new() };
    let everyone: Vec<NodeId> = story.watched.cluster.nodes().collect();
    story.election(&everyone)?;
    story.death_of_the_leader(&everyone)?;
    let lost = story.cut(&everyone, demo.minority)?;
    let agreed = story.end(&everyone, &lost);
    sim::reset(0);
    agreed
}

struct Story {
    watched: Watched,
    /// What clients were told is in a block.
    acknowledged: Vec<String>,
}

fn heading(text: &str) -> Result<()> {
    output::line(format_args!("\n{text}"))
}

impl Story {
    fn election(&mut self, everyone: &[NodeId]) -> Result<()> {
        heading("1. An election, and an entry")?;
        let count = everyone.len();
        let all = names(everyone.iter().copied());
        tell(format_args!("{all} start with empty logs; each waits 150 to 300 ms for a leader"))?;
        for node in everyone {
            self.watched.cluster.start(*node)?;
        }
        let leader = self.wait_for_leader(everyone)?;
        self.write(leader, "Alice pays Bob 5", count)
    }

    fn death_of_the_leader(&mut self, everyone: &[NodeId]) -> Result<()> {
        heading("2. The leader dies")?;
        let leader = self.wait_for_leader(everyone)?;
        self.watched.cluster.kill(leader);
        tell(format_args!("{} stops", name(leader)))?;
        let others: Vec<_> = everyone.iter().copied().filter(|node| *node != leader).collect();
        let next = self.wait_for_leader(&others)?;
        self.write(next, "Bob pays Carol 3", others.len())?;
        self.watched.cluster.start(leader)?;
        tell(format_args!("{} starts again from its disk", name(leader)))?;
        self.wait_for_all(everyone)
    }

    /// Gives what was written where it could not be agreed on.
    fn cut(&mut self, everyone: &[NodeId], minority: usize) -> Result<String> {
        heading(&format!("3. The network is cut, {} to {minority}", everyone.len() - minority))?;
        let old = self.wait_for_leader(everyone)?;
        let others = everyone.iter().copied().filter(|node| *node != old);
        let (small, large): (Vec<_>, Vec<_>) = std::iter::once(old)
            .chain(others)
            .enumerate()
            .partition(|(place, _)| *place < minority);
        let strip = |side: Vec<(usize, NodeId)>| -> Vec<NodeId> {
            side.into_iter().map(|(_, node)| node).collect()
        };
        let (small, large) = (strip(small), strip(large));
        self.watched.cluster.part(&[&small, &large]);
        let (few, most) = (names(small.iter().copied()), names(large.iter().copied()));
        tell(format_args!("{few} hear each other, and {most}; {} still leads {few}", name(old)))?;
        let lost = "Carol pays Dave 9".to_owned();
        let told = self.submit(old, &lost)?;
        let next = self.wait_for_leader(&large)?;
        self.write(next, "Carol pays Alice 1", large.len())?;
        let answer = self.watched.until(LIMIT, |_| taken(&told))?;
        let answer = answer.context("the client was not answered")?;
        self.tell_answer(old, &lost, &answer)?;
        heading("4. The network is mended")?;
        self.watched.cluster.heal();
        tell(format_args!("{few} hear {most} again"))?;
        self.wait_for_all(everyone)?;
        Ok(lost)
    }

    fn end(&mut self, everyone: &[NodeId], lost: &str) -> Result<bool> {
        heading("5. In the end")?;
        self.watched.pass(A_WHILE)?;
        let chains =
            everyone.iter().map(|node| self.chain(*node)).collect::<Result<BTreeSet<_>>>()?;
        for node in everyone {
            let (entries, hash) = self.chain(*node)?;
            let height = entries.len().saturating_add(1);
            output::line(format_args!("  {}: {height} blocks, the last is {hash}", name(*node)))?;
        }
        let [(entries, _)] = &chains.into_iter().collect::<Vec<_>>()[..] else {
            output::line("  The chains differ.")?;
            return Ok(false);
        };
        for (number, entry) in (1_u64..).zip(entries) {
            output::line(format_args!("  block {number}: \"{entry}\""))?;
        }
        let is_kept = self.acknowledged.iter().all(|entry| entries.contains(entry));
        let is_kept_too =
            if entries.iter().any(|entry| entry == lost) { "in it too" } else { "not" };
        output::line(format_args!(
            "  One chain on all nodes. What clients were told is in it is in it: {}. \"{lost}\", of which \
             nobody was told that, is {is_kept_too}.",
            if is_kept { "yes" } else { "no" },
        ))?;
        Ok(is_kept)
    }

    /// All entries of a node behind the first block, and the hash of its last one.
    fn chain(&self, node: NodeId) -> Result<(Vec<String>, String)> {
        let running = self.watched.cluster.running(node).context("a node does not run")?;
        let numbers = 1..running.chain.height();
        let blocks =
            numbers.map(|number| running.chain.block(number)).collect::<Result<Vec<_>>>()?;
        let entries = blocks.iter().flat_map(|block| block.entries());
        let entries = entries.map(|entry| String::from_utf8_lossy(entry).into_owned()).collect();
        Ok((entries, hex::encode(running.chain.tip())))
    }

    fn wait_for_leader(&mut self, among: &[NodeId]) -> Result<NodeId> {
        let leader = self.watched.until(LIMIT, |watched| watched.leader(among))?;
        leader.context("no node was elected in ten seconds")
    }

    /// Until all of them have the same blocks and the same leader.
    fn wait_for_all(&mut self, nodes: &[NodeId]) -> Result<()> {
        let is_over = |watched: &Watched| {
            let view = |node: &NodeId| {
                let status = watched.status(*node)?;
                Some((watched.height(*node)?, status.leader?, status.term))
            };
            let views: Option<BTreeSet<_>> = nodes.iter().map(view).collect();
            views.filter(|views| views.len() == 1).map(drop)
        };
        let over = self.watched.until(LIMIT, is_over)?;
        over.context("the nodes do not come together in ten seconds")
    }

    /// Sends an entry and waits until `count` nodes have its block.
    fn write(&mut self, leader: NodeId, entry: &str, count: usize) -> Result<()> {
        let told = self.submit(leader, entry)?;
        let answer = self.watched.until(LIMIT, |_| taken(&told))?;
        self.tell_answer(leader, entry, &answer.context("the client was not answered")?)?;
        let height = self.watched.height(leader).context("the leader stopped")?;
        let have = |watched: &Watched| {
            let nodes = watched.cluster.nodes();
            let have = nodes.filter(|node| watched.height(*node) >= Some(height)).count();
            (have >= count).then_some(())
        };
        self.watched.until(LIMIT, have)?.context("the block did not reach all nodes")
    }

    fn submit(&self, node: NodeId, entry: &str) -> Result<Told> {
        let running = self.watched.cluster.running(node).context("the node does not run")?;
        tell(format_args!("client sends \"{entry}\" to {}", name(node)))?;
        let told = Told::default();
        let (submitted, answer) = (running.engine.submit(entry.to_owned().into()), told.clone());
        drop(sim::spawn(async move {
            let given = submitted.await.await;
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(given);
        }));
        Ok(told)
    }

    fn tell_answer(&mut self, node: NodeId, entry: &str, answer: &Answer) -> Result<()> {
        let name = name(node);
        match answer {
            Answer::Ordered { block } => {
                self.acknowledged.push(entry.to_owned());
                tell(format_args!("{name} answers: \"{entry}\" is in block {block}"))
            }
            Answer::Refused(why) => tell(format_args!("{name} answers: not \"{entry}\": {why}")),
            Answer::Unknown(why) => tell(format_args!(
                "{name} answers: nobody can say what becomes of \"{entry}\": {why}"
            )),
        }
    }
}

fn taken(told: &Told) -> Option<Answer> {
    told.lock().unwrap_or_else(PoisonError::into_inner).take()
}
