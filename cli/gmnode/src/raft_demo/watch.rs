// SPDX-License-Identifier: Apache-2.0
//! Lets time pass, and tells what changed on the nodes, as it happens.

use super::cluster::Cluster;
use anyhow::{Result, bail};
use consensus::Chain as _;
use consensus::raft::Status;
use consensus::sim::{self, NodeId, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use terminal::output;

/// The nodes, and what was seen of them.
pub(super) struct Watched {
    pub(super) cluster: Cluster,
    seen: BTreeMap<NodeId, Seen>,
    /// Terms in which somebody stood for election.
    terms: BTreeSet<u64>,
    /// For each block, who has it.
    blocks: BTreeMap<u64, BTreeSet<NodeId>>,
}

#[derive(Clone, Default)]
struct Seen {
    leads: bool,
    follows: Option<(u64, u64)>,
    height: u64,
}

/// The letter of a node.
pub(super) fn name(node: NodeId) -> char {
    u8::try_from(node).ok().and_then(|node| b'A'.checked_add(node - 1)).map_or('?', char::from)
}

/// The letters of several nodes.
pub(super) fn names(nodes: impl IntoIterator<Item = NodeId>) -> String {
    nodes.into_iter().map(|node| name(node).to_string()).collect::<Vec<_>>().join(" ")
}

/// A line with the time in front.
pub(super) fn tell(what: impl std::fmt::Display) -> Result<()> {
    output::line(format_args!("{:>7} ms  {what}", sim::now() / 1_000_000))
}

impl Watched {
    pub(super) fn new(cluster: Cluster) -> Self {
        let (seen, terms, blocks) = Default::default();
        Self { cluster, seen, terms, blocks }
    }

    /// Lets time pass until `over` gives something, at most that long.
    pub(super) fn until<T>(
        &mut self,
        limit: Duration,
        mut over: impl FnMut(&Self) -> Option<T>,
    ) -> Result<Option<T>> {
        let end = sim::now().saturating_add(u64::try_from(limit.as_nanos())?);
        while sim::now() < end {
            if let Some(found) = over(self) {
                return Ok(Some(found));
            }
            if sim::step() == Step::Idle {
                bail!("every node waits, for nothing");
            }
            self.look()?;
        }
        Ok(over(self))
    }

    /// Lets that much time pass.
    pub(super) fn pass(&mut self, time: Duration) -> Result<()> {
        self.until(time, |_| None::<()>).map(drop)
    }

    /// The node that leads among these; the one of the highest term, if there are two.
    pub(super) fn leader(&self, among: &[NodeId]) -> Option<NodeId> {
        let running = among.iter().filter_map(|node| Some((*node, self.status(*node)?)));
        let leaders = running.filter(|(_, status)| status.leads);
        leaders.max_by_key(|(_, status)| status.term).map(|(node, _)| node)
    }

    /// What a node says of itself, while it runs.
    pub(super) fn status(&self, node: NodeId) -> Option<Status> {
        Some(self.cluster.running(node)?.engine.status())
    }

    /// How many blocks a node has.
    pub(super) fn height(&self, node: NodeId) -> Option<u64> {
        Some(self.cluster.running(node)?.chain.height())
    }

    fn look(&mut self) -> Result<()> {
        for node in self.cluster.nodes() {
            let Some(status) = self.status(node) else {
                self.seen.remove(&node);
                continue;
            };
            let before = self.seen.get(&node).cloned().unwrap_or_default();
            self.tell_role(node, &status, &before)?;
            let height = self.height(node).unwrap_or_default();
            for number in before.height.max(1)..height {
                self.tell_block(node, number)?;
            }
            let follows = status.leader.map(|leader| (status.term, leader));
            let leads = status.leads && status.leader == status.id;
            self.seen.insert(node, Seen { leads, follows, height });
        }
        Ok(())
    }

    fn tell_role(&mut self, node: NodeId, status: &Status, before: &Seen) -> Result<()> {
        let (name, term) = (name(node), status.term);
        if term == 1 && self.terms.insert(term) {
            tell(format_args!("{name} is the first to ask for votes, in term 1"))?;
        }
        if term > 1 && self.terms.insert(term) {
            tell(format_args!(
                "{name} heard from no leader, and stands for election in term {term}"
            ))?;
        }
        let leads_itself = status.leader.is_some() && status.leader == status.id;
        if status.leads && leads_itself && !before.leads {
            tell(format_args!("{name} leads term {term}: most nodes voted for it"))?;
        }
        if before.leads && !status.leads {
            let why = if leads_itself {
                "from too few nodes".to_owned()
            } else {
                format!("of term {term}")
            };
            tell(format_args!("{name} hears {why}, and leads no more"))?;
        }
        let follows = status.leader.filter(|_| !leads_itself).map(|leader| (term, leader));
        match follows {
            Some((term, leader)) if before.follows != follows => {
                let leader = self.node_of(leader, status).map_or('?', super::watch::name);
                tell(format_args!("{name} follows {leader} in term {term}"))
            }
            _ => Ok(()),
        }
    }

    /// The node with that number in the group.
    fn node_of(&self, id: u64, status: &Status) -> Option<NodeId> {
        let mut voters = status.voters.iter();
        voters.find(|(voter, _)| *voter == id).map(|(_, member)| member.port.into())
    }

    fn tell_block(&mut self, node: NodeId, number: u64) -> Result<()> {
        let Some(running) = self.cluster.running(node) else { return Ok(()) };
        let block = running.chain.block(number)?;
        let have = self.blocks.entry(number).or_default();
        if !have.insert(node) {
            return Ok(());
        }
        if have.len() == 1 {
            let entries = block.entries().iter().map(|entry| String::from_utf8_lossy(entry));
            let entries =
                entries.map(|entry| format!("\"{entry}\"")).collect::<Vec<_>>().join(", ");
            let text = format!("{} seals block {number}: {entries}", name(node));
            return tell(format_args!("{text}, which most nodes have in their logs"));
        }
        let running: BTreeSet<_> =
            self.cluster.nodes().filter(|node| self.cluster.running(*node).is_some()).collect();
        if running.is_subset(have) {
            tell(format_args!("{} have block {number}", names(running)))?;
        }
        Ok(())
    }
}
