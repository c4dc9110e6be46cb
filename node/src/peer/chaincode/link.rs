// SPDX-License-Identifier: Apache-2.0
//! A connection with one chaincode: a task that owns the state machine of the stream, takes calls in
//! and lets messages go by.
//!
//! Not here: who connects to whom (`links`), and what the messages mean (`peer::stream`).

use ::peer::stream::{Call, CallId, Completed, Event, Failure, Invocation, Options, Stream};
use proto::protos::ChaincodeMessage;
use std::collections::BTreeMap;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_stream::{Stream as Messages, StreamExt as _};

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
/// `outgoing`; `registered` is told the name that the chaincode registers under, and closed when the
/// connection is of no use any more.
pub(crate) fn start<S>(
    options: Options,
    incoming: S,
    outgoing: mpsc::Sender<ChaincodeMessage>,
    registered: watch::Sender<Option<String>>,
) -> Link
where
    S: Messages<Item = Result<ChaincodeMessage, tonic::Status>> + Send + Unpin + 'static,
{
    let (orders, todo) = mpsc::channel(WAITING);
    let task =
        Task { stream: Stream::new(options), waiters: BTreeMap::new(), outgoing, registered };
    drop(tokio::spawn(task.run(incoming, todo)));
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
            // A link that is too busy to hear it ends the call by its own means: in time, or never
            // as long as the chaincode is silent, which costs its memory alone.
            let _ = self.link.orders.try_send(order);
        }
    }
}

struct Task {
    stream: Stream,
    waiters: BTreeMap<CallId, Waiter>,
    outgoing: mpsc::Sender<ChaincodeMessage>,
    registered: watch::Sender<Option<String>>,
}

/// Why a connection ends.
struct Over(String);

impl Task {
    async fn run<S>(mut self, mut incoming: S, mut todo: mpsc::Receiver<Order>)
    where
        S: Messages<Item = Result<ChaincodeMessage, tonic::Status>> + Unpin,
    {
        let over = loop {
            let done = tokio::select! {
                message = incoming.next() => match message {
                    Some(Ok(message)) => {
                        let events = self.stream.receive(message);
                        self.handle(events).await
                    }
                    Some(Err(status)) => Err(Over(status.message().to_owned())),
                    None => Err(Over("it closed the connection".to_owned())),
                },
                order = todo.recv() => match order {
                    Some(order) => self.obey(order).await,
                    None => Err(Over("the peer stops".to_owned())),
                },
            };
            if let Err(over) = done {
                break over;
            }
        };
        let name = self.stream.registered().unwrap_or("a chaincode").to_owned();
        tracing::info!(chaincode = name, why = over.0, "a connection with a chaincode ended");
        let events = self.stream.end_all(&over.0);
        let _ = self.handle(events).await;
    }

    async fn obey(&mut self, order: Order) -> Result<(), Over> {
        let events = match order {
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
            Order::GiveUp(id, why) => self.stream.give_up(&id, &why),
        };
        self.handle(events).await
    }

    async fn handle(&mut self, events: Vec<Event>) -> Result<(), Over> {
        let mut over = None;
        for event in events {
            match event {
                Event::Registered(name) => {
                    self.registered.send_replace(Some(name));
                }
                Event::Send(message) => {
                    let gone = |_| Over("it closed the connection".to_owned());
                    self.outgoing.send(*message).await.map_err(gone)?;
                }
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

/// Orders that wait for a busy connection, at most.
const WAITING: usize = 1000;

/// What both kinds of connection ask of the stream.
pub(crate) fn options(expected: Option<&str>) -> Options {
    Options { expected: expected.map(str::to_owned), batches: false }
}

/// The pair that tells when a chaincode has registered.
pub(crate) fn registration() -> (watch::Sender<Option<String>>, watch::Receiver<Option<String>>) {
    watch::channel(None)
}
