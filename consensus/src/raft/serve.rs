// SPDX-License-Identifier: Apache-2.0
//! What a node does with the messages of others.

use super::founding;
use super::inner::{Engine, Inner, State};
use super::machine::engine_snapshot;
use super::messages::{Ballot, Message, Reply, Request, Snapshot};
use super::queue::Verdict;
use super::snapshot;
use super::types::{Entry, LogId, Types, Vote};
use crate::plant::{self, Plant};
use openraft::AsyncRuntime;
use openraft::async_runtime::WatchReceiver as _;
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, TransferLeaderRequest, VoteRequest, VoteResponse,
};
use openraft::type_config::TypeConfigExt as _;
use proto::Bytes;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Answers a message of the node with that key.
pub(crate) async fn serve<Rt: AsyncRuntime>(
    inner: Arc<Inner<Rt>>,
    from: Bytes,
    message: Bytes,
) -> Reply {
    let message = match Message::decode(&message) {
        Ok(message) => message,
        Err(why) => return Reply::Refused(format!("message between consenters: {why}")),
    };
    let sender = message.from;
    match message.request {
        Request::Found { token } => founding::found_by(&inner, &from, token).await,
        Request::Join { height } => founding::join_by(&inner, &from, sender, height),
        Request::Submit(envelopes) => submit(&inner, &from, envelopes).await,
        request => match check(&inner, &from, sender, message.to) {
            Ok(engine) => protocol(&inner, engine, &from, request).await,
            Err(reply) => reply,
        },
    }
}

/// Whether a message is from whom it says and for whom it says: an id belongs to one key for ever.
fn check<Rt: AsyncRuntime>(
    inner: &Inner<Rt>,
    from: &Bytes,
    sender: u64,
    to: u64,
) -> Result<Engine<Rt>, Reply> {
    let Some(engine) = inner.engine() else { return Err(not_running(inner)) };
    if *engine.node_id() != to {
        return Err(Reply::Refused(format!("node {to} is no longer here")));
    }
    let effective = engine.metrics().borrow_watched().membership_config.clone();
    let applied = inner.record.membership();
    let known = effective.membership().get_node(&sender);
    match known.or_else(|| applied.membership().get_node(&sender)) {
        Some(peer) if peer.member.key == *from => return Ok(engine),
        Some(_) => return Err(Reply::Refused(format!("node {sender} has another key"))),
        None if sender < inner.record.next_id() => return Err(Reply::Removed),
        None => {}
    }
    // A node that it has not heard of yet: one that came after what it has applied.
    let listed = inner.others(effective.membership()).iter().any(|other| other.key == *from);
    let why = "the sender is not a consenter of the channel";
    if listed { Ok(engine) } else { Err(Reply::Refused(why.to_owned())) }
}

fn not_running<Rt: AsyncRuntime>(inner: &Inner<Rt>) -> Reply {
    let state = match inner.state() {
        State::Founding => "waits for the other founders",
        State::Joining | State::Evicted => "has no log of the channel",
        State::Failed(_) => "has failed",
        State::Running | State::Stopped => "starts or stops",
    };
    Reply::Refused(format!("the node {state}"))
}

async fn protocol<Rt: AsyncRuntime>(
    inner: &Arc<Inner<Rt>>,
    engine: Engine<Rt>,
    from: &Bytes,
    request: Request,
) -> Reply {
    let reply = match request {
        Request::Append { vote, previous, commit, entries } => {
            let rpc = sent(vote, previous, commit, entries);
            let reply = engine.append_entries(rpc).await.ok().as_ref().map(appended::<Rt>);
            if reply.as_ref().is_some_and(|reply| !matches!(reply, Reply::HigherVote(_))) {
                inner.hear();
            }
            reply
        }
        Request::Vote(ballot) => engine.vote(asked(&ballot)).await.ok().as_ref().map(voted::<Rt>),
        Request::PreVote(Ballot { vote, .. }) if plant::is(Plant::PreVoteGranted) => {
            Some(Reply::Voted { vote, granted: true, last: None })
        }
        Request::PreVote(ballot) => {
            engine.pre_vote(asked(&ballot)).await.ok().as_ref().map(voted::<Rt>)
        }
        Request::Snapshot { vote, snapshot } => {
            Some(install(inner, engine, from, vote, snapshot).await)
        }
        Request::Transfer { vote, to, last } => {
            let rpc = TransferLeaderRequest::new(vote, to, last);
            let moved = engine.handle_transfer_leader(rpc).await.ok();
            moved.map(|moved| moved.map_or(Reply::NotTransferring, |()| Reply::Transferring))
        }
        Request::Submit(_) | Request::Found { .. } | Request::Join { .. } => None,
    };
    reply.unwrap_or_else(|| not_running(inner))
}

fn sent<Rt: AsyncRuntime>(
    vote: Vote,
    prev_log_id: Option<LogId>,
    leader_commit: Option<LogId>,
    entries: Vec<Entry>,
) -> AppendEntriesRequest<Types<Rt>> {
    AppendEntriesRequest { vote, prev_log_id, entries, leader_commit }
}

fn appended<Rt: AsyncRuntime>(response: &AppendEntriesResponse<Types<Rt>>) -> Reply {
    match *response {
        AppendEntriesResponse::Success => Reply::Appended,
        AppendEntriesResponse::PartialSuccess(last) => Reply::AppendedTo(last),
        AppendEntriesResponse::Conflict => Reply::Conflict,
        AppendEntriesResponse::HigherVote(vote) => Reply::HigherVote(vote),
    }
}

fn asked<Rt: AsyncRuntime>(ballot: &Ballot) -> VoteRequest<Types<Rt>> {
    let Ballot { vote, last, transfer } = *ballot;
    VoteRequest { vote, last_log_id: last, leadership_transfer: transfer }
}

fn voted<Rt: AsyncRuntime>(response: &VoteResponse<Types<Rt>>) -> Reply {
    let VoteResponse { vote, vote_granted: granted, last_log_id: last } = *response;
    Reply::Voted { vote, granted, last }
}

/// Pulls the blocks first, and installs the snapshot when they are there. That may take long, and
/// goes on when whoever asked no longer waits; it asks again.
async fn install<Rt: AsyncRuntime>(
    inner: &Arc<Inner<Rt>>,
    engine: Engine<Rt>,
    from: &Bytes,
    vote: Vote,
    snapshot: Snapshot,
) -> Reply {
    if inner.pulling.swap(true, Ordering::SeqCst) {
        Types::<Rt>::sleep(inner.options.heartbeat).await;
        return Reply::Pulling;
    }
    let (task, from) = (inner.clone(), from.clone());
    let pulled = Types::<Rt>::spawn(async move {
        let result = install_now(&task, &engine, &from, vote, snapshot).await;
        task.pulling.store(false, Ordering::SeqCst);
        result
    });
    match Types::<Rt>::timeout(inner.options.heartbeat, pulled).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(_)) => not_running(inner),
        Err(_) => Reply::Pulling,
    }
}

async fn install_now<Rt: AsyncRuntime>(
    inner: &Inner<Rt>,
    engine: &Engine<Rt>,
    from: &Bytes,
    vote: Vote,
    snapshot: Snapshot,
) -> Reply {
    let mut stop = inner.stop.subscribe();
    let pull = snapshot::pull(inner, Some(from), &snapshot);
    let pulled = Types::<Rt>::select2(Box::pin(stop.changed()), Box::pin(pull)).await;
    match pulled {
        openraft_rt::Select2::First(_) => not_running(inner),
        openraft_rt::Select2::Second(Err(why)) => Reply::Refused(why.to_string()),
        openraft_rt::Select2::Second(Ok(())) => {
            let snapshot = engine_snapshot::<Rt>(snapshot);
            match engine.install_full_snapshot(vote, snapshot).await {
                Ok(response) => {
                    inner.hear();
                    Reply::Installed { vote: response.vote }
                }
                Err(_) => not_running(inner),
            }
        }
    }
}

/// Orders what another node forwards, if this one leads.
async fn submit<Rt: AsyncRuntime>(inner: &Inner<Rt>, from: &Bytes, envelopes: Vec<Bytes>) -> Reply {
    let known = inner.metrics().map(|metrics| metrics.membership_config.membership().clone());
    let others = inner.others(&known.unwrap_or_default());
    if !others.iter().any(|other| other.key == *from) {
        return Reply::Refused("the sender is not a consenter of the channel".to_owned());
    }
    let mut waiting = Vec::new();
    for envelope in envelopes {
        waiting.push(inner.enqueue(envelope, true).await);
    }
    let mut verdicts = Vec::new();
    for verdict in waiting {
        verdicts.push(verdict.await);
    }
    if verdicts.iter().all(|verdict| *verdict == Verdict::NotLeader) {
        return Reply::NotLeader;
    }
    Reply::Answers(verdicts.into_iter().map(Verdict::answer).collect())
}
