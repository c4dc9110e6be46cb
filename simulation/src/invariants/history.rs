// SPDX-License-Identifier: Apache-2.0
//! What was seen of a channel so far.

use crate::runtime::NodeId;
use crate::view::{Ballot, BatchView, BlockView, EntryView, Place, View};
use std::collections::{BTreeMap, BTreeSet};

/// What was seen of a channel so far, on all nodes, and what clients were told.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Who led in a term.
    pub(super) leaders: BTreeMap<u64, u64>,
    /// Every entry that was in any log, with the term of the one before it.
    pub(super) entries: BTreeMap<Place, (u64, Option<u64>)>,
    /// The log of each Raft id: the term at each index.
    pub(super) logs: BTreeMap<u64, BTreeMap<u64, u64>>,
    /// Behind what the log of each Raft id begins.
    pub(super) purged: BTreeMap<u64, u64>,
    /// The term of what was committed at an index.
    pub(super) committed: BTreeMap<u64, u64>,
    /// What each Raft id showed last.
    pub(super) last: BTreeMap<u64, Seen>,
    /// The block of each number, as it was first seen.
    pub(super) chain: BTreeMap<u64, BlockView>,
    /// The blocks of each machine.
    pub(super) blocks: BTreeMap<NodeId, BTreeMap<u64, BlockView>>,
    /// What was acknowledged: envelope and block.
    pub(super) acknowledged: BTreeMap<u64, u64>,
    /// Those of them that were not yet seen in a chain.
    pub(super) unseen: BTreeMap<u64, u64>,
    /// Who sent an envelope.
    pub(super) senders: BTreeMap<u64, Client>,
    /// Behind which block nothing of a client may be.
    pub(super) revoked: BTreeMap<Client, u64>,
    /// Blocks that are said to hold a configuration.
    pub(super) configurations: BTreeSet<u64>,
    /// What was committed when.
    pub(super) commits: Vec<(u64, Place)>,
    /// On which disk of which machine a Raft id was first seen.
    pub(super) disks: BTreeMap<u64, (NodeId, u64)>,
    /// Who is being revoked.
    pub(super) suspects: BTreeSet<Client>,
    /// What the batch of an entry says.
    pub(super) batches: BTreeMap<Place, BatchView>,
    /// The configuration that a leader of that term proposed last: the sequence it came from.
    pub(super) proposed: BTreeMap<u64, (u64, u64)>,
}

/// A client's number.
pub type Client = u32;

/// What stays of a view.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) life: u64,
    pub(super) vote: Ballot,
    pub(super) committed: Option<Place>,
    pub(super) applied: Option<Place>,
    pub(super) snapshot: Option<Place>,
    /// Since when it shows that snapshot.
    pub(super) since: u64,
}

impl History {
    /// A client is about to send an envelope.
    pub fn sent(&mut self, envelope: u64, client: Client) {
        self.senders.insert(envelope, client);
    }

    /// A node told a client that its envelope is in a block.
    pub fn acknowledge(&mut self, envelope: u64, block: u64) {
        self.acknowledged.entry(envelope).or_insert(block);
        let seen = self.chain.get(&block).is_some_and(|block| block.envelopes.contains(&envelope));
        if !seen {
            self.unseen.insert(envelope, block);
        }
    }

    /// A node told somebody that a configuration is in a block.
    pub fn acknowledge_config(&mut self, block: u64) {
        self.configurations.insert(block);
    }

    /// Somebody is about to revoke a client: from now on it may be refused.
    pub fn suspect(&mut self, client: Client) {
        self.suspects.insert(client);
    }

    /// Whether it may be refused.
    #[must_use]
    pub fn is_suspect(&self, client: Client) -> bool {
        self.suspects.contains(&client)
    }

    /// Whether it was revoked.
    #[must_use]
    pub fn is_revoked(&self, client: Client) -> bool {
        self.revoked.contains_key(&client)
    }

    /// Behind that block nothing of that client may be.
    pub fn revoke(&mut self, client: Client, block: u64) {
        self.revoked.entry(client).or_insert(block);
    }

    /// The blocks, as any node has them.
    #[must_use]
    pub fn chain(&self) -> &BTreeMap<u64, BlockView> {
        &self.chain
    }

    /// What was acknowledged: envelope and block.
    #[must_use]
    pub fn acknowledgements(&self) -> &BTreeMap<u64, u64> {
        &self.acknowledged
    }

    /// How often the leader was another than before.
    #[must_use]
    pub fn leader_changes(&self) -> u64 {
        self.leaders.len().saturating_sub(1) as u64
    }

    /// The last index that was committed.
    #[must_use]
    pub fn committed(&self) -> u64 {
        self.committed.last_key_value().map_or(0, |(index, _)| *index)
    }

    /// A machine lost its disk: what it had is no measure for what it has.
    pub fn forget_machine(&mut self, node: NodeId) {
        self.blocks.remove(&node);
    }

    /// Whether the log of a Raft id has an entry, or had it and stands for it.
    pub(super) fn has(&self, id: u64, place: Place) -> bool {
        let behind = self.purged.get(&id).is_some_and(|purged| place.index <= *purged);
        let term = self.logs.get(&id).and_then(|log| log.get(&place.index));
        behind || term == Some(&place.term)
    }

    /// The same, with what is new in a view.
    pub(super) fn has_now(&self, view: &View, id: u64, place: Place) -> bool {
        if id != view.id {
            return self.has(id, place);
        }
        let new = view.entries.iter().find(|entry| entry.place.index == place.index);
        match new {
            Some(entry) => entry.place == place,
            None if view.purged.is_some_and(|purged| place.index <= purged.index) => true,
            None => view.last.is_some_and(|l| place.index <= l.index) && self.has(id, place),
        }
    }

    pub(super) fn remember(&mut self, view: &View) {
        if let Some(term) = view.leads {
            self.leaders.entry(term).or_insert(view.id);
        }
        for (at, entry) in view.entries.iter().enumerate() {
            let before = self.term_before(view, at, entry);
            self.entries.entry(entry.place).or_insert((entry.digest, before));
            self.remember_batch(entry);
        }
        update(self.logs.entry(view.id).or_default(), view);
        if view.id != 0 {
            self.disks.entry(view.id).or_insert((view.node, view.disk));
        }
        if let Some(purged) = view.purged {
            self.purged.insert(view.id, purged.index);
        }
        self.remember_committed(view);
        let before = self.last.get(&view.id).copied().unwrap_or_default();
        let same = before.life == view.life && before.snapshot == view.snapshot;
        let seen = Seen {
            snapshot: view.snapshot,
            since: if same { before.since } else { view.time },
            life: view.life,
            vote: view.vote,
            committed: view.committed,
            applied: view.applied,
        };
        self.last.insert(view.id, seen);
        for block in &view.blocks {
            self.chain.entry(block.number).or_insert_with(|| block.clone());
            self.unseen
                .retain(|envelope, at| *at != block.number || !block.envelopes.contains(envelope));
            self.blocks.entry(view.node).or_default().insert(block.number, block.clone());
        }
    }

    /// The term of the entry before one of a view's, where it is known.
    pub(super) fn term_before(&self, view: &View, at: usize, entry: &EntryView) -> Option<u64> {
        let index = entry.place.index.checked_sub(1)?;
        let before = at.checked_sub(1).and_then(|at| view.entries.get(at));
        match before {
            Some(before) if before.place.index == index => Some(before.place.term),
            // What was seen there before it was purged may have been another entry.
            _ => match view.purged {
                Some(purged) if purged.index == index => Some(purged.term),
                Some(purged) if purged.index > index => None,
                _ => self.logs.get(&view.id).and_then(|log| log.get(&index)).copied(),
            },
        }
    }

    fn remember_batch(&mut self, entry: &EntryView) {
        let Some(batch) = entry.batch else { return };
        self.batches.insert(entry.place, batch);
        if batch.config {
            let last = self.proposed.entry(entry.place.term).or_default();
            *last = (*last).max((entry.place.index, batch.sequence));
        }
    }

    fn remember_committed(&mut self, view: &View) {
        let Some(committed) = view.committed else { return };
        let from = self.committed() + 1;
        if committed.index >= from {
            self.commits.push((view.time, committed));
        }
        let log = self.logs.get(&view.id).into_iter().flatten();
        let new: Vec<(u64, u64)> = log
            .filter(|(index, _)| (from..=committed.index).contains(*index))
            .map(|(index, term)| (*index, *term))
            .collect();
        self.committed.extend(new);
        self.committed.entry(committed.index).or_insert(committed.term);
    }
}

/// Brings a log up to date: new entries, and nothing behind the last.
fn update(log: &mut BTreeMap<u64, u64>, view: &View) {
    for entry in &view.entries {
        log.insert(entry.place.index, entry.place.term);
    }
    let end = view.last.map_or(0, |last| last.index + 1);
    log.split_off(&end);
}
