// SPDX-License-Identifier: Apache-2.0
//! A follower's part: what it is asked to order goes to the leader, in its order, one message after
//! the other, each with all that has come meanwhile.

use super::messages::{Message, Reply, Request};
use super::propose::Proposer;
use super::queue::Submission;
use super::types::Types;
use crate::{Answer, Member};
use openraft::AsyncRuntime;
use openraft::async_runtime::{MpscReceiver as _, WatchReceiver as _};
use openraft::type_config::TypeConfigExt as _;
use openraft_rt::Select2;

/// Envelopes in one message, at most.
const MOST: usize = 500;
/// Bytes of envelopes above which no further one goes into a message.
const BYTES: usize = 8 << 20;

/// Forwards what has come, or waits for something to come; `false` when nothing will.
pub(super) async fn forward<Rt: AsyncRuntime>(
    from: &mut Proposer<'_, Rt>,
    id: u64,
    leader: &Member,
) -> bool {
    let batch = gather(from);
    if batch.is_empty() {
        return from.wait().await;
    }
    let envelopes = batch.iter().map(|submission| submission.envelope.clone()).collect();
    let own = *from.engine.node_id();
    let message = Message { from: own, to: id, request: Request::Submit(envelopes) };
    let call = from.inner.transport.call(leader, message.encode());
    let call = Types::<Rt>::timeout(from.inner.options.patience, call);
    let reply = match Rt::select2(Box::pin(call), Box::pin(from.role.changed())).await {
        Select2::First(Ok(Ok(reply))) => Reply::decode(&reply).ok(),
        Select2::First(_) | Select2::Second(_) => None,
    };
    settle(from, batch, reply).await;
    true
}

async fn settle<Rt: AsyncRuntime>(
    from: &mut Proposer<'_, Rt>,
    batch: Vec<Submission<Rt>>,
    reply: Option<Reply>,
) {
    match reply {
        Some(Reply::Answers(answers)) if answers.len() == batch.len() => {
            for (submission, answer) in batch.into_iter().zip(answers) {
                submission.answer(answer);
            }
        }
        // It was not taken, for certain: it waits here for another leader.
        Some(Reply::NotLeader | Reply::Refused(_)) => {
            for submission in batch.into_iter().rev() {
                from.backlog.push_front(submission);
            }
            let pause = Types::<Rt>::sleep(from.inner.options.pause());
            let _ = Rt::select2(Box::pin(from.role.changed()), pause).await;
        }
        _ => {
            let why = "the leader did not answer; it may have ordered it".to_owned();
            for submission in batch {
                submission.answer(Answer::Unknown(why.clone()));
            }
        }
    }
}

/// What waits and has not been forwarded before.
fn gather<Rt: AsyncRuntime>(from: &mut Proposer<'_, Rt>) -> Vec<Submission<Rt>> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < MOST && bytes < BYTES {
        let next = from.backlog.pop_front().or_else(|| from.queue.try_recv().ok());
        let Some(next) = next else { break };
        if next.forwarded {
            next.not_leader();
            continue;
        }
        bytes += next.envelope.len();
        batch.push(next);
    }
    batch
}
