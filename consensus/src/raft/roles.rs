// SPDX-License-Identifier: Apache-2.0
//! What the engine says of itself, in our words: who leads, and whether this node still belongs.

use super::founding;
use super::inner::{Engine, Inner, Metrics, Role, State};
use super::node::Status;
use super::types::{LogId, Membership, Types};
use crate::Member;
use openraft::async_runtime::WatchReceiver as _;
use openraft::type_config::TypeConfigExt as _;
use openraft::{AsyncRuntime, Instant as _, ServerState};
use openraft_rt::Select2;
use std::io;
use std::time::Duration;

/// Keeps [`Inner::role`] up to date, until this node sees that it was taken out of the membership
/// (`Ok`), or the engine has failed.
pub(super) async fn watch<Rt: AsyncRuntime>(
    inner: &Inner<Rt>,
    engine: &Engine<Rt>,
) -> io::Result<()> {
    let mut metrics = engine.metrics();
    loop {
        let now = metrics.borrow_and_update().clone();
        if let Err(fatal) = &now.running_state {
            return Err(io::Error::other(fatal.to_string()));
        }
        if is_out(inner, &now) {
            return Ok(());
        }
        inner.role.set(role(&now));
        if metrics.changed().await.is_err() {
            return Err(io::Error::other("the engine is gone"));
        }
    }
}

/// Waits until another node says that this one's id is no longer in the membership. Who votes hears
/// it when it stands for election; who does not is talked to by nobody any more, and asks. Who hears
/// no leader asks too: the leader may have come after all that this node knows, and what it sends
/// is refused until somebody has named it.
pub(super) async fn until_removed<Rt: AsyncRuntime>(inner: &Inner<Rt>, engine: &Engine<Rt>) {
    let (mut removed, id) = (inner.removed.subscribe(), *engine.node_id());
    while *removed.borrow_and_update() != id {
        let pause = Types::<Rt>::sleep(inner.options.election * 2);
        match Rt::select2(Box::pin(removed.changed()), pause).await {
            Select2::First(Ok(())) => {}
            Select2::First(Err(_)) => std::future::pending().await,
            Select2::Second(()) => {
                let metrics = engine.metrics().borrow_watched().clone();
                let votes = metrics.membership_config.voter_ids().any(|voter| voter == id);
                let leads = metrics.current_leader == Some(id);
                let is_alone = !votes || !(leads || inner.hears_leader());
                if is_alone && founding::was_taken_out(inner, id).await {
                    return;
                }
            }
        }
    }
}

/// Whether a membership that was agreed on, and came after it was taken in, lacks this node.
fn is_out<Rt: AsyncRuntime>(inner: &Inner<Rt>, metrics: &Metrics<Rt>) -> bool {
    let (stored, id) = (&metrics.membership_config, metrics.id);
    let is_applied = stored.log_id().is_some() && *stored.log_id() <= metrics.last_applied;
    let is_in = stored.membership().get_node(&id).is_some();
    is_applied && !is_in && id < inner.record.next_id() && metrics.state != ServerState::Leader
}

fn role<Rt: AsyncRuntime>(metrics: &Metrics<Rt>) -> Role {
    let term = metrics.current_term;
    let Some(leader) = metrics.current_leader else { return Role::Nobody };
    if leader != metrics.id {
        let peer = metrics.membership_config.membership().get_node(&leader);
        let following = |member| Role::Following { term, id: leader, leader: member };
        return peer.map_or(Role::Nobody, |peer| following(peer.member.clone()));
    }
    // The first entry of its term is applied, and so are all of earlier terms.
    let has_applied = metrics.last_applied.is_some_and(|last| last.leader_id.term == term);
    let leads = metrics.state == ServerState::Leader && has_applied;
    if leads { Role::Leading { term } } else { Role::Nobody }
}

/// Whether a leader has heard from a quorum within that time. The engine stays leader of its term
/// while it is cut off; whoever asks is to hear that it can order nothing.
pub(super) fn hears_quorum<Rt: AsyncRuntime>(metrics: &Metrics<Rt>, within: Duration) -> bool {
    let is_alone = metrics.membership_config.voter_ids().nth(1).is_none();
    is_alone || metrics.last_quorum_acked.as_ref().is_some_and(|at| at.elapsed() <= within)
}

/// The voter whose log is furthest, other than the leader.
pub(super) fn furthest<Rt: AsyncRuntime>(metrics: &Metrics<Rt>) -> Option<u64> {
    let replication = metrics.replication.as_ref()?;
    let voters = metrics.membership_config.voter_ids().filter(|id| *id != metrics.id);
    let matched = voters.map(|id| (replication.get(&id).copied().flatten(), id));
    matched.max().map(|(_, id)| id)
}

pub(super) fn status<Rt: AsyncRuntime>(
    state: State,
    leads: bool,
    of: Option<&Metrics<Rt>>,
) -> Status {
    let index = |id: Option<LogId>| id.map(|id| id.index);
    let membership = of.map(|metrics| metrics.membership_config.membership().clone());
    let (voters, learners) = split(&membership.unwrap_or_default());
    Status {
        state,
        id: of.map(|metrics| metrics.id),
        term: of.map_or(0, |metrics| metrics.current_term),
        leader: of.and_then(|metrics| metrics.current_leader),
        leads,
        last: of.and_then(|metrics| metrics.last_log_index),
        committed: of.and_then(|metrics| index(metrics.local_committed)),
        applied: of.and_then(|metrics| index(metrics.last_applied)),
        snapshot: of.and_then(|metrics| index(metrics.snapshot)),
        purged: of.and_then(|metrics| index(metrics.purged)),
        voters,
        learners,
    }
}

type Nodes = Vec<(u64, Member)>;

fn split(membership: &Membership) -> (Nodes, Nodes) {
    let voters: Vec<_> = membership.voter_ids().collect();
    let nodes = membership.nodes().map(|(id, peer)| (*id, peer.member.clone()));
    nodes.partition(|(id, _)| voters.contains(id))
}
