// SPDX-License-Identifier: Apache-2.0
//! The peer's side of the stream between a peer and a chaincode, as a state machine: messages go
//! in, messages and finished transactions come out.
//!
//! A chaincode is foreign code. One that sends nonsense, answers for somebody else's transaction or
//! asks for too much costs its own transactions and nothing more.
//!
//! Not here: the connection (`node`), and which chaincode a transaction is for (`endorse`).

mod message;
mod queries;
mod requests;
mod transaction;
mod trouble;

pub(crate) use transaction::Open;
pub use transaction::{Limits, Transaction};
pub use trouble::{Failure, Trouble};

use proto::prost::Message;
use proto::protos::chaincode_message::Type;
use proto::protos::{
    ChaincodeEvent, ChaincodeId, ChaincodeInput, ChaincodeMessage, Response, SignedProposal,
};
use queries::Queries;
use requests::{Asker, Reply};
use std::collections::BTreeMap;

/// A running transaction within a stream: a chaincode that is called from another channel runs
/// under that channel and the same transaction id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId {
    /// The channel that the chaincode sees.
    pub channel: String,
    /// The transaction.
    pub tx_id: String,
}

/// A chaincode that is to run for a transaction.
#[derive(Clone, Debug)]
pub struct Call {
    /// Where it runs.
    pub id: CallId,
    /// The name of the chaincode: the namespace of its state.
    pub chaincode: String,
    /// Whether it is the chaincode's first call, which initialises it.
    pub is_init: bool,
    /// What it is called with.
    pub input: ChaincodeInput,
    /// The proposal as it came.
    pub proposal: SignedProposal,
    /// What it reads and writes.
    pub transaction: Transaction,
}

/// A chaincode that another one calls.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Who waits for the answer.
    pub caller: CallId,
    /// The name of the chaincode.
    pub chaincode: String,
    /// The channel that it is called on; another one than the transaction's is only read.
    pub channel: String,
    /// What it is called with.
    pub input: ChaincodeInput,
    /// The caller's transaction.
    pub transaction: Transaction,
}

/// How a chaincode ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Completed {
    /// What it says.
    pub response: Response,
    /// The event that it sets, with chaincode and transaction filled in.
    pub event: Option<ChaincodeEvent>,
}

/// What comes of a message, in order.
#[derive(Clone, Debug)]
pub enum Event {
    /// The chaincode has said who it is, and can be called from now on.
    Registered(String),
    /// To be sent to it.
    Send(Box<ChaincodeMessage>),
    /// A transaction has ended here.
    Finished(CallId, Result<Completed, Failure>),
    /// It calls another chaincode. The answer goes to [`Stream::invoked`].
    Invoke(Invocation),
    /// The stream is of no use; close it. What ran has been reported.
    Close(String),
}

/// How a stream is used.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Who must register; anybody when there is none, as for chaincodes that dial the peer.
    pub expected: Option<String>,
    /// Whether writes in batches and reads of many keys are offered.
    pub batches: bool,
}

/// A stream with one chaincode.
#[derive(Debug)]
pub struct Stream {
    options: Options,
    registered: Option<String>,
    closed: bool,
    running: BTreeMap<CallId, Running>,
}

#[derive(Debug)]
struct Running {
    chaincode: String,
    transaction: Transaction,
    queries: Queries,
    /// Whether it waits for another chaincode: until then it asks for nothing.
    waits: bool,
}

impl Stream {
    /// A stream that was just opened, by whomever.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { options, registered: None, closed: false, running: BTreeMap::new() }
    }

    /// Who registered.
    #[must_use]
    pub fn registered(&self) -> Option<&str> {
        self.registered.as_deref()
    }

    /// How many transactions run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.running.len()
    }

    /// Runs a chaincode.
    ///
    /// # Errors
    /// [`Failure::Ended`] when the stream is not ready; [`Failure::GivenUp`] when it runs the same
    /// transaction already: a chaincode cannot call itself on one channel.
    pub fn run(&mut self, call: Call) -> Result<Vec<Event>, Failure> {
        if self.closed || self.registered.is_none() {
            return Err(Failure::Ended("it is not registered".to_owned()));
        }
        if self.running.contains_key(&call.id) {
            let CallId { channel, tx_id } = &call.id;
            return Err(Failure::GivenUp(format!("txid: {tx_id}({channel}) exists")));
        }
        let started = message::start(&call.id, call.is_init, &call.input, call.proposal);
        let running = Running {
            chaincode: call.chaincode,
            transaction: call.transaction,
            queries: Queries::default(),
            waits: false,
        };
        self.running.insert(call.id, running);
        Ok(vec![send(started)])
    }

    /// Takes in a message.
    pub fn receive(&mut self, message: ChaincodeMessage) -> Vec<Event> {
        if self.closed {
            return Vec::new();
        }
        let kind = Type::try_from(message.r#type);
        match (&self.registered, kind) {
            (None, Ok(Type::Register)) => self.register(&message),
            // Some chaincodes send it when they are asked to; it asks for nothing.
            (_, Ok(Type::Keepalive)) => Vec::new(),
            (None, _) => self.close("it sent something before it registered"),
            (Some(_), Ok(Type::Register)) => self.close("it registered twice"),
            (Some(_), kind) => self.receive_from(kind.unwrap_or(Type::Undefined), message),
        }
    }

    /// Takes in how a chaincode ended that one here had called. Of no use when the caller has ended.
    pub fn invoked(&mut self, caller: &CallId, result: Result<Completed, Failure>) -> Vec<Event> {
        let Some(running) = self.running.get_mut(caller).filter(|running| running.waits) else {
            return Vec::new();
        };
        running.waits = false;
        let inner = match result {
            Ok(completed) => {
                message::ended(caller, Type::Completed, completed.response.encode_to_vec().into())
            }
            Err(Failure::Chaincode(text)) => message::ended(caller, Type::Error, text.into()),
            Err(failure) => {
                let what = failed(Type::InvokeChaincode, caller, &failure);
                return vec![send(message::error(caller, what))];
            }
        };
        if let Err(trouble) = running.transaction.spend(inner.len()) {
            let what = failed(Type::InvokeChaincode, caller, &trouble);
            return vec![send(message::error(caller, what))];
        }
        vec![send(message::response(caller, inner))]
    }

    /// Stops waiting for a transaction. What the chaincode still sends for it is refused.
    pub fn give_up(&mut self, id: &CallId, why: &str) -> Vec<Event> {
        self.end(id, Err(Failure::GivenUp(why.to_owned())))
    }

    /// Ends all transactions, because the connection has gone.
    pub fn end_all(&mut self, why: &str) -> Vec<Event> {
        self.closed = true;
        let running = std::mem::take(&mut self.running);
        let ended = |id| Event::Finished(id, Err(Failure::Ended(why.to_owned())));
        running.into_keys().map(ended).collect()
    }

    fn register(&mut self, message: &ChaincodeMessage) -> Vec<Event> {
        let Ok(id) = ChaincodeId::decode(message.payload.clone()) else {
            return self.close("its registration cannot be read");
        };
        if id.name.is_empty() || id.name.len() > MAX_NAME {
            return self.close("its registration has no name");
        }
        if let Some(expected) = self.options.expected.clone().filter(|name| *name != id.name) {
            let found = id.name.escape_debug();
            return self.close(&format!("it registered as `{found}`, expected was `{expected}`"));
        }
        self.registered = Some(id.name.clone());
        let ready = message::ready(self.options.batches);
        vec![send(message::registered()), send(ready), Event::Registered(id.name)]
    }

    fn receive_from(&mut self, kind: Type, message: ChaincodeMessage) -> Vec<Event> {
        let id = CallId { channel: message.channel_id, tx_id: message.txid };
        let Some(running) = self.running.get_mut(&id) else {
            // Who asks must not wait for ever; anything else is too late, and nobody cares.
            return if is_request(kind) { vec![send(no_context(kind, &id))] } else { Vec::new() };
        };
        if running.waits {
            let what = format!("it sent {} while it waited", kind.as_str_name());
            return self.end(&id, Err(Failure::Protocol(what)));
        }
        match kind {
            Type::Completed => {
                let result = completed(running, &id, &message.payload, message.chaincode_event);
                self.end(&id, result)
            }
            Type::Error => {
                let text = String::from_utf8_lossy(&message.payload).into_owned();
                self.end(&id, Err(Failure::Chaincode(text)))
            }
            kind => vec![self.ask(&id, kind, message.payload)],
        }
    }

    fn ask(&mut self, id: &CallId, kind: Type, payload: proto::Bytes) -> Event {
        let batches = self.options.batches;
        let Some(running) = self.running.get_mut(id) else { return send(no_context(kind, id)) };
        let mut asker = Asker {
            transaction: &running.transaction,
            channel: &id.channel,
            namespace: &running.chaincode,
            queries: &mut running.queries,
            batches,
        };
        match asker.ask(kind, payload) {
            Ok(Reply::Answer(payload)) => send(message::response(id, payload)),
            Ok(Reply::Invoke(invocation)) => {
                running.waits = true;
                Event::Invoke(invocation)
            }
            Err(trouble) => send(message::error(id, failed(kind, id, &trouble))),
        }
    }

    fn end(&mut self, id: &CallId, result: Result<Completed, Failure>) -> Vec<Event> {
        let ended = self.running.remove(id).map(|_| Event::Finished(id.clone(), result));
        ended.into_iter().collect()
    }

    fn close(&mut self, why: &str) -> Vec<Event> {
        let mut events = self.end_all(why);
        events.push(Event::Close(why.to_owned()));
        events
    }
}

fn completed(
    running: &Running,
    id: &CallId,
    payload: &proto::Bytes,
    event: Option<ChaincodeEvent>,
) -> Result<Completed, Failure> {
    let response = Response::decode(payload.clone())
        .map_err(|error| Failure::Protocol(format!("its response cannot be read: {error}")))?;
    // Chaincodes leave these two empty, and must not choose them.
    let event = event.map(|event| ChaincodeEvent {
        chaincode_id: running.chaincode.clone(),
        tx_id: id.tx_id.clone(),
        ..event
    });
    Ok(Completed { response, event })
}

fn send(message: ChaincodeMessage) -> Event {
    Event::Send(Box::new(message))
}

fn failed(kind: Type, id: &CallId, why: &dyn std::fmt::Display) -> String {
    format!("{} failed: transaction ID: {}: {why}", kind.as_str_name(), id.tx_id)
}

fn no_context(kind: Type, id: &CallId) -> ChaincodeMessage {
    // Foreign text goes back to where it came from, but not at any length.
    let tx_id: String = id.tx_id.chars().take(100).collect();
    let what = format!("{} failed: transaction ID: {tx_id}: no ledger context", kind.as_str_name());
    message::error(id, what)
}

fn is_request(kind: Type) -> bool {
    !matches!(
        kind,
        Type::Undefined
            | Type::Register
            | Type::Registered
            | Type::Init
            | Type::Ready
            | Type::Transaction
            | Type::Completed
            | Type::Error
            | Type::Response
            | Type::Keepalive
    )
}

/// A package id is a label and 64 digits.
const MAX_NAME: usize = 1024;
