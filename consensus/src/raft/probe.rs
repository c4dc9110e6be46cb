// SPDX-License-Identifier: Apache-2.0
//! What a node's engine says of itself in numbers, for whoever checks that it keeps the rules of
//! Raft.

use super::node::Raft;
use super::types::LogId;
use openraft::async_runtime::WatchReceiver as _;
use openraft::{AsyncRuntime, ServerState};

/// What a node's engine says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Its id.
    pub id: u64,
    /// The last vote that is on its disk: term, for whom, and whether that one won.
    pub vote: (u64, u64, bool),
    /// Whether it leads in the term of its vote.
    pub leads: bool,
    /// Index of the last entry in its log, or before it.
    pub last: Option<u64>,
    /// Term and index of the last entry that it knows to be agreed on.
    pub committed: Option<(u64, u64)>,
    /// Of the last entry that it applied.
    pub applied: Option<(u64, u64)>,
    /// Of the last entry that a snapshot stands for.
    pub snapshot: Option<(u64, u64)>,
    /// Of the last entry that is no longer in the log.
    pub purged: Option<(u64, u64)>,
    /// Ids of those who vote: one group, or two while the membership changes.
    pub voters: Vec<Vec<u64>>,
    /// Of the entry that says so, which need not be agreed on yet.
    pub membership: Option<(u64, u64)>,
}

impl<Rt: AsyncRuntime> Raft<Rt> {
    /// What its engine says of itself; `None` while none runs.
    pub fn probe(&self) -> Option<Probe> {
        let engine = self.inner()?.engine()?;
        let metrics = engine.metrics();
        let metrics = metrics.borrow_watched();
        let place = |id: &Option<LogId>| id.map(|id| (id.leader_id.term, id.index));
        let (of, won) = (metrics.vote.leader_id, metrics.vote.committed);
        let configs = metrics.membership_config.membership().get_joint_config();
        Some(Probe {
            id: metrics.id,
            vote: (of.term, of.voted_for, won),
            leads: metrics.state == ServerState::Leader && of.voted_for == metrics.id && won,
            last: metrics.last_log_index,
            committed: place(&metrics.local_committed),
            applied: place(&metrics.last_applied),
            snapshot: place(&metrics.snapshot),
            purged: place(&metrics.purged),
            membership: place(metrics.membership_config.log_id()),
            voters: configs.iter().map(|ids| ids.iter().copied().collect()).collect(),
        })
    }
}
