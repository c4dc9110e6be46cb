// SPDX-License-Identifier: Apache-2.0
//! The membership of the group follows the last configuration: the leader changes it, one step at a
//! time, each agreed on before the next. And all nodes note a snapshot when the log has grown.

use super::inner::{Engine, Inner, Metrics, Role, lock};
use super::types::{Membership, Peer, Types};
use crate::Member;
use crate::plant::{self, Plant};
use openraft::AsyncRuntime;
use openraft::ChangeMembers;
use openraft::async_runtime::WatchReceiver as _;
use openraft::raft::Precondition;
use openraft::type_config::TypeConfigExt as _;
use proto::Bytes;
use std::collections::{BTreeMap, BTreeSet};

/// Entries that a learner may be behind and still becomes a voter.
const CAUGHT_UP: u64 = 16;

/// A change of the membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Ends a change that a former leader began.
    Flatten,
    /// Takes a node out.
    Remove { id: u64, votes: bool },
    /// Takes a node in, as a learner.
    Add { id: u64, member: Member },
    /// Its key has another host or port.
    Move { id: u64, member: Member },
    /// A learner that has caught up gets a vote.
    Promote { id: u64 },
}

/// What a leader knows when it plans a step.
pub(crate) struct Plan<'a> {
    pub(crate) membership: &'a Membership,
    /// What the configuration lists.
    pub(crate) members: &'a [Member],
    /// Who asked to be taken in, by key, under which id.
    pub(crate) joins: &'a BTreeMap<Bytes, u64>,
    pub(crate) next_id: u64,
    /// Index up to which a node's log is known to be the leader's.
    pub(crate) matched: BTreeMap<u64, u64>,
    pub(crate) last: u64,
}

impl Plan<'_> {
    /// The next step; `None` when the membership is what the configuration asks for, as far as it
    /// can be.
    pub(crate) fn step(&self) -> Option<Step> {
        if self.membership.get_joint_config().len() > 1 {
            return Some(Step::Flatten);
        }
        self.superfluous()
            .or_else(|| self.joining())
            .or_else(|| self.moved())
            .or_else(|| self.learned())
    }

    fn listed(&self, key: &Bytes) -> Option<&Member> {
        self.members.iter().find(|member| member.key == *key)
    }

    fn remove(&self, id: u64) -> Option<Step> {
        let voters: BTreeSet<_> = self.membership.voter_ids().collect();
        let votes = voters.contains(&id);
        // Nobody would be left to take in another.
        (!votes || voters.len() > 1).then_some(Step::Remove { id, votes })
    }

    /// A node whose key is no longer listed.
    fn superfluous(&self) -> Option<Step> {
        let mut nodes = self.membership.nodes();
        let gone = nodes.find(|(_, peer)| self.listed(&peer.member.key).is_none());
        gone.and_then(|(id, _)| self.remove(*id))
    }

    /// A node that asked to be taken in: an id that its key had before goes first.
    fn joining(&self) -> Option<Step> {
        self.joins.iter().find_map(|(key, id)| {
            let member = self.listed(key)?;
            let is_there = |(_, peer): &(&u64, &Peer)| peer.member.key == *key;
            match self.membership.nodes().find(is_there) {
                Some((old, _)) if old == id => None,
                Some((old, _)) if *id >= self.next_id => self.remove(*old),
                None if *id >= self.next_id => Some(Step::Add { id: *id, member: member.clone() }),
                _ => None,
            }
        })
    }

    fn moved(&self) -> Option<Step> {
        self.membership.nodes().find_map(|(id, peer)| {
            let member = self.listed(&peer.member.key)?;
            let moved = *member != peer.member;
            moved.then(|| Step::Move { id: *id, member: member.clone() })
        })
    }

    fn learned(&self) -> Option<Step> {
        let mut learners = self.membership.learner_ids();
        let id = learners.find(|id| {
            let matched = self.matched.get(id);
            matched.is_some_and(|matched| matched.saturating_add(CAUGHT_UP) >= self.last)
        })?;
        Some(Step::Promote { id })
    }
}

/// Sees to membership and snapshots until it is dropped.
pub(crate) async fn keep<Rt: AsyncRuntime>(inner: &Inner<Rt>, engine: &Engine<Rt>) {
    let mut role = inner.role.subscribe();
    loop {
        let leads = role.borrow_and_update().clone();
        if inner.record.bytes() >= inner.options.snapshot_interval {
            let _ = engine.trigger().snapshot().await;
        }
        let changed = match leads {
            Role::Leading { term } => reconcile(inner, engine, term).await,
            _ => {
                lock(&inner.joins).clear();
                false
            }
        };
        if !changed {
            let pause = Types::<Rt>::sleep(inner.options.heartbeat);
            let _ = Rt::select2(Box::pin(role.changed()), pause).await;
        }
    }
}

/// Makes one step, if there is one to make; whether it was made.
async fn reconcile<Rt: AsyncRuntime>(inner: &Inner<Rt>, engine: &Engine<Rt>, term: u64) -> bool {
    let metrics = engine.metrics().borrow_watched().clone();
    let Some((step, at)) = planned(inner, &metrics) else { return false };
    let same_leader = Precondition::CommittedLeaderId { committed_leader_id: term.into() };
    let same_membership = Precondition::LastMembershipLogId { last_membership_log_id: at };
    let change = change(step);
    let change = engine.change_membership_if(change, false, [same_leader, same_membership]);
    // Without a quorum it would wait for ever; the entry stays in the log.
    let patience = inner.options.election * 2;
    matches!(Types::<Rt>::timeout(patience, Box::pin(change)).await, Ok(Ok(_)))
}

type Planned = (Step, Option<super::types::LogId>);

/// The next step, and the membership that it changes.
fn planned<Rt: AsyncRuntime>(inner: &Inner<Rt>, metrics: &Metrics<Rt>) -> Option<Planned> {
    let effective = &metrics.membership_config;
    if *effective.log_id() > metrics.last_applied || plant::is(Plant::MembershipNotReconciled) {
        return None;
    }
    let replication = metrics.replication.as_ref()?;
    let matched = replication.iter().filter_map(|(id, at)| Some((*id, at.as_ref()?.index)));
    let joins = lock(&inner.joins).clone();
    let step = Plan {
        membership: effective.membership(),
        members: &inner.chain().members(),
        joins: &joins,
        next_id: inner.record.next_id(),
        matched: matched.collect(),
        last: metrics.last_log_index.unwrap_or(0),
    }
    .step()?;
    Some((step, *effective.log_id()))
}

fn change(step: Step) -> ChangeMembers<u64, Peer> {
    match step {
        Step::Flatten => ChangeMembers::AddVoterIds(BTreeSet::new()),
        Step::Remove { id, votes: true } => ChangeMembers::RemoveVoters(BTreeSet::from([id])),
        Step::Remove { id, votes: false } => ChangeMembers::RemoveNodes(BTreeSet::from([id])),
        Step::Add { id, member } => ChangeMembers::AddNodes(BTreeMap::from([(id, member.into())])),
        Step::Move { id, member } => ChangeMembers::SetNodes(BTreeMap::from([(id, member.into())])),
        Step::Promote { id } => ChangeMembers::AddVoterIds(BTreeSet::from([id])),
    }
}
