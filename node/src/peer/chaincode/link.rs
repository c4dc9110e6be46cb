// SPDX-License-Identifier: Apache-2.0
//! A connection with one chaincode: a task that owns the state machine of the stream, takes calls in
//! and lets messages go by.
//!
//! Not here: who connects to whom (`links`), and what the messages mean (`peer::stream`).

use crate::client::reason;
use crate::operations::metrics::{Stage, Stages};
use crate::peer::numbers::Shim;
use ::peer::stream::{Call, CallId, Completed, Event, Failure, Invocation, Options, Stream};
use proto::protos::ChaincodeMessage;
use proto::protos::chaincode_message::Type;
use std::collections::{BTreeMap, VecDeque};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_stream::{Stream as Messages, StreamExt as _};

/// What has become of a connection: nothing yet, the name that the chaincode registered under, or why it
/// ended before it did.
pub(crate) type Registration = Option<Result<String, String>>;

/// How a call ends.
type Ended = Result<Completed, Failure>;

/// A connection with a chaincode. Clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    orders: mpsc::Sender<Order>,
}

enum Order {
    Run(Box<Call>, Waiter),
    Invoked(CallId, Box<Ended>),
    GiveUp(CallId, String),
}

/// Who waits for a call.
struct Waiter {
    ended: oneshot::Sender<Ended>,
    invocations: mpsc::Sender<Invocation>,
}

/// A call that runs. When it is dropped, nobody waits for it any more.
pub(crate) struct Running {
    id: CallId,
    link: Link,
    ended: oneshot::Receiver<Ended>,
    invocations: mpsc::Receiver<Invocation>,
    is_over: bool,
}

/// What a call comes to next.
pub(crate) enum Next {
    /// It calls another chaincode; the answer goes to [`Running::invoked`].
    Invoke(Invocation),
    /// It has ended.
    Ended(Ended),
}

/// Starts the task of a connection over which `incoming` comes. What is to be sent goes to
/// `outgoing`, and `shim` counts both; `registered` is told the name that the chaincode registers
/// under, or why it did not.
pub(crate) fn start<S>(
    options: Options,
    incoming: S,
    (outgoing, shim): (mpsc::Sender<ChaincodeMessage>, Shim),
    registered: watch::Sender<Registration>,
    stages: &Stages,
) -> Link
where
    S: Messages<Item = Result<ChaincodeMessage, tonic::Status>> + Send + Unpin + 'static,
{
    let (orders, todo) = mpsc::channel(WAITING);
    let (stream, waiters, unsent) = (Stream::new(options), BTreeMap::new(), VecDeque::new());
    let task = Task { stream, waiters, unsent, registered, shim };
    drop(tokio::spawn(stages.follow(Stage::Chaincode, task.run(incoming, outgoing, todo))));
    Link { orders }
}

impl Link {
    /// Runs a call.
    ///
    /// # Errors
    /// [`Failure::Ended`] when the connection has gone.
    pub(crate) async fn run(&self, call: Call) -> Result<Running, Failure> {
        let (done, ended) = oneshot::channel();
        let (asks, invocations) = mpsc::channel(1);
        let id = call.id.clone();
        let order = Order::Run(Box::new(call), Waiter { ended: done, invocations: asks });
        let gone = |_| Failure::Ended("the connection has gone".to_owned());
        self.orders.send(order).await.map_err(gone)?;
        Ok(Running { id, link: self.clone(), ended, invocations, is_over: false })
    }

    /// Whether the connection has gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.orders.is_closed()
    }
}

impl Running {
    /// Waits for what comes next.
    pub(crate) async fn next(&mut self) -> Next {
        tokio::select! {
            ended = &mut self.ended => {
                self.is_over = true;
                let gone = || Err(Failure::Ended("the connection has gone".to_owned()));
                Next::Ended(ended.unwrap_or_else(|_| gone()))
            }
            Some(invocation) = self.invocations.recv() => Next::Invoke(invocation),
        }
    }

    /// Answers an invocation.
    pub(crate) async fn invoked(&self, caller: CallId, result: Ended) {
        let _ = self.link.orders.send(Order::Invoked(caller, Box::new(result))).await;
    }

    /// Waits no longer.
    pub(crate) async fn give_up(&mut self, why: &str) {
        self.is_over = true;
        let order = Order::GiveUp(self.id.clone(), why.to_owned());
        let _ = self.link.orders.send(order).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_over {
            let order = Order::GiveUp(self.id.clone(), "the caller has gone".to_owned());
            // The task takes orders at all times, so there is room unless very many come at once; what
            // is then not heard costs its memory until the connection ends.
            let _ = self.link.orders.try_send(order);
        }
    }
}

struct Task {
    stream: Stream,
    waiters: BTreeMap<CallId, Waiter>,
    /// What the chaincode does not read yet. As long as there is something, it is not listened to, so
    /// that this is one message for each call at most. Calls are taken, and given up, all the same.
    unsent: VecDeque<ChaincodeMessage>,
    registered: watch::Sender<Registration>,
    shim: Shim,
}

/// Why a connection ends.
struct Over(String);

impl Task {
    async fn run<S>(
        mut self,
        mut incoming: S,
        outgoing: mpsc::Sender<ChaincodeMessage>,
        mut todo: mpsc::Receiver<Order>,
    ) where
        S: Messages<Item = Result<ChaincodeMessage, tonic::Status>> + Unpin,
    {
        let over = loop {
            let done = tokio::select! {
                message = incoming.next(), if self.unsent.is_empty() => self.receive(message),
                order = todo.recv() => self.obey(order),
                room = outgoing.reserve(), if !self.unsent.is_empty() => self.send(room.ok()),
            };
            if let Err(over) = done {
                break over;
            }
        };
        let name = self.stream.registered().unwrap_or("a chaincode").to_owned();
        tracing::info!(chaincode = name, why = over.0, "a connection with a chaincode ended");
        self.registered.send_if_modified(|registered| {
            let is_early = registered.is_none();
            if is_early {
                *registered = Some(Err(over.0.clone()));
            }
            is_early
        });
        let events = self.stream.end_all(&over.0);
        let _ = self.handle(events);
    }

    fn receive(
        &mut self,
        message: Option<Result<ChaincodeMessage, tonic::Status>>,
    ) -> Result<(), Over> {
        let message = message.ok_or_else(closed)?;
        let message = message.map_err(|status| Over(reason(&status)))?;
        self.shim.received(self.stream.registered().unwrap_or(""), &message);
        let events = self.stream.receive(message);
        self.handle(events)
    }

    fn send(&mut self, room: Option<mpsc::Permit<'_, ChaincodeMessage>>) -> Result<(), Over> {
        let room = room.ok_or_else(closed)?;
        if let Some(message) = self.unsent.pop_front() {
            self.shim.sent(self.stream.registered().unwrap_or(""), &message);
            room.send(message);
        }
        Ok(())
    }

    fn obey(&mut self, order: Option<Order>) -> Result<(), Over> {
        let events = match order.ok_or_else(|| Over(UNUSED.to_owned()))? {
            Order::Run(call, waiter) => {
                let id = call.id.clone();
                match self.stream.run(*call) {
                    Ok(events) => {
                        self.waiters.insert(id, waiter);
                        events
                    }
                    Err(failure) => {
                        let _ = waiter.ended.send(Err(failure));
                        Vec::new()
                    }
                }
            }
            Order::Invoked(caller, result) => self.stream.invoked(&caller, *result),
            Order::GiveUp(id, why) => {
                self.forget(&id);
                self.stream.give_up(&id, &why)
            }
        };
        self.handle(events)
    }

    /// A call that was given up before the chaincode heard of it does not begin any more.
    fn forget(&mut self, id: &CallId) {
        self.unsent.retain(|message| {
            let starts = matches!(message.r#type(), Type::Init | Type::Transaction);
            !starts || message.txid != id.tx_id || message.channel_id != id.channel
        });
    }

    fn handle(&mut self, events: Vec<Event>) -> Result<(), Over> {
        let mut over = None;
        for event in events {
            match event {
                Event::Registered(name) => {
                    self.registered.send_replace(Some(Ok(name)));
                }
                Event::Send(message) => self.unsent.push_back(*message),
                Event::Finished(id, result) => {
                    if let Some(waiter) = self.waiters.remove(&id) {
                        let _ = waiter.ended.send(result);
                    }
                }
                Event::Invoke(invocation) => self.ask(invocation),
                Event::Close(why) => over = Some(Over(why)),
            }
        }
        over.map_or(Ok(()), Err)
    }

    /// A chaincode has one request open at a time, so there is room for it.
    fn ask(&self, invocation: Invocation) {
        if let Some(waiter) = self.waiters.get(&invocation.caller) {
            let _ = waiter.invocations.try_send(invocation);
        }
    }
}

fn closed() -> Over {
    Over("it closed the connection".to_owned())
}

/// Nobody has the connection any more.
const UNUSED: &str = "the peer stops, or the chaincode has registered once more";

/// Orders that wait, at most.
const WAITING: usize = 1000;

/// What both kinds of connection ask of the stream.
pub(crate) fn options(expected: Option<&str>) -> Options {
    Options { expected: expected.map(str::to_owned), batches: false }
}

/// The pair that tells when a chaincode has registered.
pub(crate) fn registration() -> (watch::Sender<Registration>, watch::Receiver<Registration>) {
    watch::channel(None)
}

/// Waits for a chaincode to register: its name, or why it did not.
pub(crate) async fn ready(
    registered: &mut watch::Receiver<Registration>,
) -> Result<String, String> {
    let told = registered.wait_for(Option::is_some).await;
    let told = told.ok().and_then(|told| told.clone());
    told.unwrap_or_else(|| Err(closed().0))
}
