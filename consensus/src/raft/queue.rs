// SPDX-License-Identifier: Apache-2.0
//! The queue of a node: envelopes that wait to be ordered, each with somebody who waits for it.

use super::inner::{Inner, State};
use super::types::Types;
use crate::{Answer, Refusal, Waiting};
use openraft::AsyncRuntime;
use openraft::async_runtime::{MpscReceiver as _, MpscSender as _, OneshotSender as _};
use openraft::type_config::TypeConfigExt as _;
use openraft::type_config::alias::{InstantOf, MpscReceiverOf, OneshotReceiverOf, OneshotSenderOf};
use proto::Bytes;
use std::time::Duration;

/// What became of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Answer(Answer),
    /// It was forwarded to a node that does not lead.
    NotLeader,
}

impl Verdict {
    pub(crate) fn answer(self) -> Answer {
        match self {
            Self::Answer(answer) => answer,
            Self::NotLeader => unavailable("the leader has changed"),
        }
    }
}

/// An envelope that waits to be ordered.
pub(crate) struct Submission<Rt: AsyncRuntime> {
    pub(crate) envelope: Bytes,
    pub(crate) forwarded: bool,
    pub(crate) deadline: InstantOf<Types<Rt>>,
    pub(crate) attempts: u32,
    verdict: OneshotSenderOf<Types<Rt>, Verdict>,
}

impl<Rt: AsyncRuntime> Submission<Rt> {
    pub(crate) fn answer(self, answer: Answer) {
        // Nobody may be waiting any more.
        let _ = self.verdict.send(Verdict::Answer(answer));
    }

    pub(crate) fn not_leader(self) {
        let _ = self.verdict.send(Verdict::NotLeader);
    }
}

pub(crate) fn unavailable(why: &str) -> Answer {
    Answer::Refused(Refusal::Unavailable(format!("{why}; send it again")))
}

impl<Rt: AsyncRuntime> Inner<Rt> {
    /// Puts an envelope into the queue, and gives its answer, which comes in bounded time.
    pub(crate) async fn enqueue(&self, envelope: Bytes, forwarded: bool) -> Waiting<Verdict> {
        let told = |answer| -> Waiting<Verdict> { Box::pin(async { Verdict::Answer(answer) }) };
        if self.state() != State::Running {
            return told(unavailable(&self.why_not()));
        }
        let patience = self.options.patience;
        let deadline = Types::<Rt>::now() + patience;
        let (verdict, result) = Types::<Rt>::oneshot();
        let submission = Submission { envelope, forwarded, deadline, attempts: 0, verdict };
        let sent = Types::<Rt>::timeout(patience, self.queue.send(submission)).await;
        match sent {
            Ok(Ok(())) => Box::pin(wait::<Rt>(result, patience)),
            Ok(Err(_)) => told(unavailable("the node stops")),
            Err(_) => told(unavailable("too many envelopes wait")),
        }
    }

    /// Why no envelopes are taken.
    pub(crate) fn why_not(&self) -> String {
        let channel = self.chain().channel();
        match self.state() {
            State::Running => format!("channel {channel} has no leader at the moment"),
            State::Founding => format!("channel {channel} waits for all its founders"),
            State::Joining => format!("this node waits to be taken in to channel {channel}"),
            State::Evicted => format!("this node is no longer a consenter of channel {channel}"),
            State::Stopped => format!("channel {channel} is stopped here"),
            State::Failed(why) => format!("channel {channel} has failed here: {why}"),
        }
    }
}

async fn wait<Rt: AsyncRuntime>(
    result: OneshotReceiverOf<Types<Rt>, Verdict>,
    patience: Duration,
) -> Verdict {
    // Whoever holds it gives up first if it was never proposed; that says more.
    let patience = patience + patience / 8;
    match Types::<Rt>::timeout(patience, result).await {
        Ok(Ok(verdict)) => verdict,
        Ok(Err(_)) => Verdict::Answer(Answer::Unknown("the node stopped".to_owned())),
        Err(_) => {
            let why = format!("no answer in {patience:?}: too few nodes can be reached");
            Verdict::Answer(Answer::Unknown(why))
        }
    }
}

/// The next of the queue, or never, when there is no room.
pub(super) async fn next<Rt: AsyncRuntime>(
    queue: &mut MpscReceiverOf<Types<Rt>, Submission<Rt>>,
    room: bool,
) -> Option<Submission<Rt>> {
    if room { queue.recv().await } else { std::future::pending().await }
}
