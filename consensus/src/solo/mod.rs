// SPDX-License-Identifier: Apache-2.0
//! A single node that orders: what it says is agreed on.
//!
//! One block is on its way at a time, off the runtime's threads. Envelopes that come meanwhile are
//! gathered, and cut when it is done; while nothing is on its way, they are cut at once.
//!
//! Not here: where a batch ends (`cutter`), what is in the blocks (a `Chain`).

mod course;

use crate::{Admitted, Answer, Chain, Consenter, NotReady, Refusal, Waiting};
use course::Course;
use openraft_rt::{AsyncRuntime, Mpsc, MpscSender, Oneshot};
use proto::Bytes;
use std::sync::{Arc, PoisonError, RwLock};

/// Orders the envelopes of a channel alone.
pub struct Solo<Rt: AsyncRuntime> {
    shared: Arc<Shared>,
    queue: Sender<Rt, Item<Rt>>,
    stop: Sender<Rt, AnswerTo<Rt, ()>>,
}

type Sender<Rt, T> = <<Rt as AsyncRuntime>::Mpsc as Mpsc>::Sender<T>;
type Receiver<Rt, T> = <<Rt as AsyncRuntime>::Mpsc as Mpsc>::Receiver<T>;
type AnswerTo<Rt, T> = <<Rt as AsyncRuntime>::Oneshot as Oneshot>::Sender<T>;

/// An envelope that waits for its block.
struct Item<Rt: AsyncRuntime> {
    admitted: Admitted,
    answer: AnswerTo<Rt, Answer>,
}

/// What those who submit and the one who seals both look at.
struct Shared {
    /// The chain, or why there is none any more.
    chain: RwLock<Result<Arc<dyn Chain>, String>>,
}

impl Shared {
    /// What `look` sees of the chain. It is not given back while somebody looks.
    fn with<T>(&self, look: impl FnOnce(&dyn Chain) -> T) -> Result<T, String> {
        let chain = self.chain.read().unwrap_or_else(PoisonError::into_inner);
        chain.as_ref().map(|chain| look(&**chain)).map_err(String::clone)
    }

    fn close(&self, why: &str) {
        let mut chain = self.chain.write().unwrap_or_else(PoisonError::into_inner);
        if chain.is_ok() {
            *chain = Err(why.to_owned());
        }
    }
}

/// Envelopes that wait to be looked at; who sends more waits.
const QUEUE: usize = 1000;

impl<Rt: AsyncRuntime> Solo<Rt> {
    /// Begins to order, in a task of its own, until it is stopped or a block cannot be sealed.
    /// Nobody else may seal or append meanwhile.
    #[must_use]
    pub fn start(chain: Arc<dyn Chain>) -> Self {
        let (queue, queued) = Rt::Mpsc::channel(QUEUE);
        let (stop, stopped) = Rt::Mpsc::channel(1);
        let shared = Arc::new(Shared { chain: RwLock::new(Ok(Arc::clone(&chain))) });
        // Whoever drops the handle lets it run.
        drop(Rt::spawn(Course::<Rt>::new(chain, Arc::clone(&shared), queued, stopped).run()));
        Self { shared, queue, stop }
    }
}

impl<Rt: AsyncRuntime> Consenter for Solo<Rt> {
    fn ready(&self) -> Result<(), NotReady> {
        self.shared.with(|_| ()).map_err(NotReady)
    }

    #[allow(clippy::async_yields_async)] // the answer is waited for apart
    fn submit(&self, envelope: Bytes) -> Waiting<Waiting<Answer>> {
        let (shared, queue) = (Arc::clone(&self.shared), self.queue.clone());
        Box::pin(async move {
            let admitted = match shared.with(|chain| chain.admit(&envelope)) {
                Ok(Ok(admitted)) => admitted,
                Ok(Err(refusal)) => return at_once(Answer::Refused(refusal)),
                Err(why) => return at_once(unavailable(why)),
            };
            let (answer, answered) = Rt::Oneshot::channel();
            if queue.send(Item::<Rt> { admitted, answer }).await.is_err() {
                return at_once(unavailable(shared.with(|_| ()).err().unwrap_or_default()));
            }
            let wait: Waiting<Answer> = Box::pin(async move {
                let lost = |_| Answer::Unknown("the node stopped before it could tell".to_owned());
                answered.await.unwrap_or_else(lost)
            });
            wait
        })
    }

    fn stop(&self) -> Waiting<()> {
        let (shared, stop) = (Arc::clone(&self.shared), self.stop.clone());
        Box::pin(async move {
            shared.close(STOPPED);
            let (done, is_done) = Rt::Oneshot::channel();
            // One that cannot be told has stopped, and one that goes away while it is told, too.
            if stop.send(done).await.is_ok() {
                let _ = is_done.await;
            }
        })
    }
}

const STOPPED: &str = "ordering on this channel was stopped";

fn at_once(answer: Answer) -> Waiting<Answer> {
    Box::pin(std::future::ready(answer))
}

fn unavailable(why: impl Into<String>) -> Answer {
    Answer::Refused(Refusal::Unavailable(why.into()))
}

impl<Rt: AsyncRuntime> std::fmt::Debug for Solo<Rt> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Solo({:?})", self.shared.with(|chain| chain.channel().to_owned()))
    }
}
