// SPDX-License-Identifier: Apache-2.0
//! One long stream of envelopes to one orderer: many are on their way at once, and answers come in
//! their order.

use crate::services::orderer::atomic_broadcast_client::AtomicBroadcastClient;
use proto::common::{Envelope, Status};
use proto::orderer::BroadcastResponse;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// The stream could not be opened, or broke.
    Broken(String),
    /// The orderer ended it because of an envelope before this one.
    Behind,
}

type Answer = Result<BroadcastResponse, Lost>;

/// A stream to an orderer.
pub(super) struct Lane {
    wire: mpsc::Sender<Envelope>,
    waiting: Arc<Mutex<Waiting>>,
    task: AbortHandle,
}

/// Who waits for an answer, first come first.
#[derive(Default)]
struct Waiting {
    queue: VecDeque<oneshot::Sender<Answer>>,
    ended: Option<Lost>,
}

impl Lane {
    /// Opens a stream; whether that succeeds, those who send will hear.
    pub(super) fn open(connection: Channel) -> Self {
        let (wire, envelopes) = mpsc::channel(DEPTH);
        let waiting = Arc::new(Mutex::new(Waiting::default()));
        let task = tokio::spawn({
            let waiting = Arc::clone(&waiting);
            async move {
                let end = run(connection, envelopes, &waiting).await;
                close(&waiting, &end);
            }
        });
        Self { wire, waiting, task: task.abort_handle() }
    }

    /// Whether the stream still takes envelopes.
    pub(super) fn is_open(&self) -> bool {
        lock(&self.waiting).ended.is_none()
    }

    /// Sends an envelope, and waits for its answer.
    pub(super) async fn send(&self, envelope: Envelope) -> Answer {
        let Ok(place) = self.wire.reserve().await else { return Err(self.end()) };
        let (answer, answered) = oneshot::channel();
        {
            // Who waits stands in the order of the wire.
            let mut waiting = lock(&self.waiting);
            if let Some(end) = &waiting.ended {
                return Err(end.clone());
            }
            waiting.queue.push_back(answer);
            place.send(envelope);
        }
        answered.await.unwrap_or_else(|_| Err(self.end()))
    }

    /// Gives the stream up: its orderer answers nobody.
    pub(super) fn abandon(&self, why: &str) {
        self.task.abort();
        close(&self.waiting, &Lost::Broken(why.to_owned()));
    }

    fn end(&self) -> Lost {
        let ended = lock(&self.waiting).ended.clone();
        ended.unwrap_or_else(|| Lost::Broken("the stream has ended".to_owned()))
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Passes answers on until the stream ends; why it did.
async fn run(
    connection: Channel,
    envelopes: mpsc::Receiver<Envelope>,
    waiting: &Mutex<Waiting>,
) -> Lost {
    let mut client = AtomicBroadcastClient::new(connection)
        .max_decoding_message_size(super::MESSAGE)
        .max_encoding_message_size(super::MESSAGE);
    let opened = client.broadcast(ReceiverStream::new(envelopes)).await;
    let mut answers = match opened {
        Ok(answers) => answers.into_inner(),
        Err(status) => return Lost::Broken(words(&status)),
    };
    loop {
        let answer = match answers.message().await {
            Ok(Some(answer)) => answer,
            Ok(None) => return Lost::Broken("the orderer ended the stream".to_owned()),
            Err(status) => return Lost::Broken(words(&status)),
        };
        let is_last = answer.status != i32::from(Status::Success);
        let Some(first) = lock(waiting).queue.pop_front() else {
            return Lost::Broken("the orderer answered what nobody asked".to_owned());
        };
        // Whoever does not wait any more does not mind.
        let _ = first.send(Ok(answer));
        if is_last {
            // Nothing behind it is answered: new envelopes take another stream.
            return Lost::Behind;
        }
    }
}

fn close(waiting: &Mutex<Waiting>, end: &Lost) {
    let queue = {
        let mut waiting = lock(waiting);
        waiting.ended.get_or_insert_with(|| end.clone());
        std::mem::take(&mut waiting.queue)
    };
    for one in queue {
        let _ = one.send(Err(end.clone()));
    }
}

fn words(status: &tonic::Status) -> String {
    format!("{:?}: {}", status.code(), status.message())
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Envelopes that wait for the wire.
const DEPTH: usize = 256;
