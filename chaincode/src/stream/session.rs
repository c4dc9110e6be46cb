// SPDX-License-Identifier: Apache-2.0
//! One stream to a peer: a loop that owns the state machine, and a task for each transaction.

use super::machine::{Effect, Key, Machine};
use crate::chaincode::AnyChaincode;
use crate::stub::{Call, Link, Stub};
use crate::{Error, Response};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use proto::protos::chaincode_message::Type;
use proto::protos::{self, ChaincodeMessage};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// What all streams of the process share.
#[derive(Clone)]
pub(crate) struct Process {
    pub(crate) chaincode: Arc<dyn AnyChaincode>,
    pub(crate) id: Arc<str>,
    pub(crate) peer_msp_id: Option<Arc<str>>,
    /// True when the process is to stop.
    pub(crate) stopping: watch::Receiver<bool>,
    /// Told the id when a peer has taken it.
    pub(crate) registered: fn(&str),
}

/// Why a stream ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The peer closed it, or it broke.
    Gone(String),
    /// The peer does not take this chaincode.
    Refused(String),
    /// We stop.
    Stopped,
}

/// How long transactions may go on when the process is to stop.
const GRACE: Duration = Duration::from_secs(5);

/// What a transaction says to the loop.
enum Said {
    Ask(Key, Type, Bytes, oneshot::Sender<Result<Bytes, String>>),
    Done(Key, protos::Response, Option<protos::ChaincodeEvent>),
}

/// Speaks with a peer until either side ends. What is sent goes into `out`: at most one message for
/// each transaction that runs, so that it needs no bound.
pub(crate) async fn run<S>(
    process: Process,
    mut from_peer: S,
    out: UnboundedSender<ChaincodeMessage>,
) -> End
where
    S: Stream<Item = Result<ChaincodeMessage, tonic::Status>> + Unpin + Send,
{
    let (said, mut to_loop) = unbounded_channel();
    let mut stopping = process.stopping.clone();
    let mut session = Session::open(process, said, out);
    loop {
        let end = tokio::select! {
            message = from_peer.next() => session.came(message),
            Some(said) = to_loop.recv() => session.heard(said),
            // Keeps the set small; what a task did was said already.
            Some(_) = session.tasks.join_next() => None,
            () = stopped(&mut stopping, session.last_moment) => session.stop(),
        };
        if let Some(end) = end {
            return end;
        }
    }
}

/// Waits for the signal to stop, then for the end of the grace.
async fn stopped(stopping: &mut watch::Receiver<bool>, last_moment: Option<Instant>) {
    if let Some(last_moment) = last_moment {
        tokio::time::sleep_until(last_moment).await;
    } else if stopping.wait_for(|stop| *stop).await.is_err() {
        // Nobody is left who could say stop.
        std::future::pending::<()>().await;
    }
}

struct Session {
    process: Process,
    machine: Machine,
    waiting: BTreeMap<Key, oneshot::Sender<Result<Bytes, String>>>,
    /// Dropped with the session, which ends every task.
    tasks: JoinSet<()>,
    said: UnboundedSender<Said>,
    out: UnboundedSender<ChaincodeMessage>,
    /// When the grace ends, if the process is to stop.
    last_moment: Option<Instant>,
}

impl Session {
    /// Says who we are.
    fn open(
        process: Process,
        said: UnboundedSender<Said>,
        out: UnboundedSender<ChaincodeMessage>,
    ) -> Self {
        let (machine, register) = Machine::new(&process.id);
        let (waiting, tasks) = (BTreeMap::new(), JoinSet::new());
        let session = Self { process, machine, waiting, tasks, said, out, last_moment: None };
        session.send(register);
        session
    }

    /// The signal to stop, then the end of the grace.
    fn stop(&mut self) -> Option<End> {
        if self.last_moment.is_some() {
            return Some(End::Stopped);
        }
        let now = Instant::now();
        self.last_moment = now.checked_add(GRACE).or(Some(now));
        self.machine.stop();
        self.idle_end()
    }

    /// The end of one that is to stop and has nothing left to do.
    fn idle_end(&self) -> Option<End> {
        (self.last_moment.is_some() && !self.machine.is_busy()).then_some(End::Stopped)
    }

    /// What the peer sent, or how its side of the stream ended.
    fn came(&mut self, message: Option<Result<ChaincodeMessage, tonic::Status>>) -> Option<End> {
        match message {
            Some(Ok(message)) => self.received(message),
            Some(Err(status)) => Some(End::Gone(status.message().to_owned())),
            None => Some(End::Gone("the peer closed the stream".into())),
        }
    }

    fn received(&mut self, message: ChaincodeMessage) -> Option<End> {
        let was_ready = self.machine.is_ready();
        match self.machine.received(message) {
            Effect::Send(message) => self.send(message),
            Effect::Start(key, call) => self.start(key, *call),
            Effect::Answer(key, answer) => {
                // The transaction may have given up; then nobody listens.
                if let Some(waiting) = self.waiting.remove(&key) {
                    let _ = waiting.send(answer);
                }
            }
            Effect::Refused(text) => return Some(End::Refused(text)),
            Effect::Nothing => {}
        }
        if !was_ready && self.machine.is_ready() {
            (self.process.registered)(&self.process.id);
        }
        None
    }

    fn heard(&mut self, said: Said) -> Option<End> {
        match said {
            Said::Ask(key, kind, payload, answer) => match self.machine.ask(&key, kind, payload) {
                Some(message) => {
                    self.waiting.insert(key, answer);
                    self.send(message);
                }
                // An earlier request was dropped before its answer came.
                None => {
                    let text = "an earlier request of this transaction was abandoned";
                    let _ = answer.send(Err(text.into()));
                }
            },
            Said::Done(key, response, event) => {
                self.waiting.remove(&key);
                if let Some(message) = self.machine.finish(&key, &response, event) {
                    self.send(message);
                }
            }
        }
        self.idle_end()
    }

    /// A stream that is closed shows itself to the loop as the end of what comes.
    fn send(&self, message: ChaincodeMessage) {
        let _ = self.out.send(message);
    }

    fn start(&mut self, key: Key, call: Call) {
        let said = self.said.clone();
        let link = Box::new(StreamLink { key: key.clone(), said: said.clone() });
        let abilities = self.machine.abilities();
        let stub = Stub::new(call, abilities, self.process.peer_msp_id.clone(), link);
        let chaincode = self.process.chaincode.clone();
        self.tasks.spawn(async move {
            let (response, event) = match stub {
                Ok(stub) => {
                    let response = chaincode.run(&stub, stub.is_init()).await;
                    (response, stub.take_event())
                }
                Err(error) => (Response::error(error.to_string()), None),
            };
            let _ = said.send(Said::Done(key, response.into(), event));
        });
    }
}

/// A transaction's way to the loop.
struct StreamLink {
    key: Key,
    said: UnboundedSender<Said>,
}

impl Link for StreamLink {
    fn ask(&self, kind: Type, payload: Bytes) -> BoxFuture<'_, Result<Bytes, Error>> {
        async move {
            let (answer, answered) = oneshot::channel();
            let ask = Said::Ask(self.key.clone(), kind, payload, answer);
            self.said.send(ask).map_err(|_| Error::Disconnected)?;
            let answer = answered.await.map_err(|_| Error::Disconnected)?;
            answer.map_err(|text| Error::Peer { request: kind.as_str_name(), text })
        }
        .boxed()
    }
}
