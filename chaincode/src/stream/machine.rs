// SPDX-License-Identifier: Apache-2.0
//! The protocol of the chaincode stream as a state machine: messages in, effects out.
//!
//! Not here: sockets, tasks, time.

use crate::stub::{Abilities, Call};
use bytes::Bytes;
use proto::prost::Message as _;
use proto::protos::chaincode_message::Type;
use proto::protos::{self, ChaincodeMessage};
use std::collections::BTreeMap;

/// A transaction on a stream. One id may run on several channels at once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) channel: String,
    pub(crate) tx: String,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Send this.
    Send(ChaincodeMessage),
    /// Begin a transaction.
    Start(Key, Box<Call>),
    /// Hand the peer's answer to the transaction that waits for it.
    Answer(Key, Result<Bytes, String>),
    /// The peer does not want us, for this reason.
    Refused(String),
    /// Nothing.
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// REGISTER was sent.
    Created,
    /// REGISTERED came.
    Established,
    /// READY came.
    Ready,
}

/// One stream's state.
#[derive(Debug)]
pub(crate) struct Machine {
    phase: Phase,
    abilities: Abilities,
    stopping: bool,
    /// The transactions that run, and whether each waits for an answer.
    running: BTreeMap<Key, bool>,
}

impl Machine {
    /// A new stream, and what to say first: the chaincode speaks before the peer does.
    pub(crate) fn new(chaincode_id: &str) -> (Self, ChaincodeMessage) {
        let id = protos::ChaincodeId { name: chaincode_id.to_owned(), ..Default::default() };
        let register = ChaincodeMessage {
            r#type: Type::Register.into(),
            payload: id.encode_to_vec().into(),
            ..Default::default()
        };
        let abilities = Abilities::default();
        let running = BTreeMap::new();
        (Self { phase: Phase::Created, abilities, stopping: false, running }, register)
    }

    /// What the peer said it can do.
    pub(crate) fn abilities(&self) -> Abilities {
        self.abilities
    }

    /// Whether the peer may send transactions.
    pub(crate) fn is_ready(&self) -> bool {
        self.phase == Phase::Ready
    }

    /// Whether a transaction runs.
    pub(crate) fn is_busy(&self) -> bool {
        !self.running.is_empty()
    }

    /// From now on new transactions are refused.
    pub(crate) fn stop(&mut self) {
        self.stopping = true;
    }

    /// Takes a message of the peer.
    pub(crate) fn received(&mut self, message: ChaincodeMessage) -> Effect {
        match (self.phase, message.r#type()) {
            // Sent back as it came, as Fabric's other chaincode libraries do.
            (_, Type::Keepalive) => Effect::Send(message),
            (Phase::Created, Type::Registered) => {
                self.phase = Phase::Established;
                Effect::Nothing
            }
            (Phase::Established, Type::Ready) => {
                self.phase = Phase::Ready;
                self.abilities = abilities(&message.payload);
                Effect::Nothing
            }
            (Phase::Created | Phase::Established, Type::Error) => Effect::Refused(text(&message)),
            (Phase::Ready, Type::Init | Type::Transaction) => self.start(message),
            (Phase::Ready, Type::Response) => self.answer(&message, Ok(message.payload.clone())),
            (Phase::Ready, Type::Error) => self.answer(&message, Err(text(&message))),
            (phase, kind) => {
                let kind = kind.as_str_name();
                complaint(&message, format!("{kind} does not belong in state {phase:?}"))
            }
        }
    }

    /// A request of a transaction; `None` if it does not run, or waits for an answer already.
    pub(crate) fn ask(
        &mut self,
        key: &Key,
        kind: Type,
        payload: Bytes,
    ) -> Option<ChaincodeMessage> {
        let waits = self.running.get_mut(key).filter(|waits| !**waits)?;
        *waits = true;
        Some(message(key, kind, payload))
    }

    /// The end of a transaction; `None` if it does not run.
    pub(crate) fn finish(
        &mut self,
        key: &Key,
        response: &protos::Response,
        event: Option<protos::ChaincodeEvent>,
    ) -> Option<ChaincodeMessage> {
        self.running.remove(key)?;
        let payload = response.encode_to_vec().into();
        Some(ChaincodeMessage { chaincode_event: event, ..message(key, Type::Completed, payload) })
    }

    fn start(&mut self, message: ChaincodeMessage) -> Effect {
        if self.stopping {
            return complaint(&message, "the chaincode is stopping".into());
        }
        let key = key_of(&message);
        if key.tx.is_empty() || self.running.contains_key(&key) {
            return complaint(&message, "the transaction has no id, or runs already".into());
        }
        let Ok(input) = protos::ChaincodeInput::decode(message.payload.clone()) else {
            return complaint(&message, "the payload is no ChaincodeInput".into());
        };
        let Some(signed) = message.proposal.clone() else {
            return complaint(&message, "the proposal is missing".into());
        };
        let init = message.r#type() == Type::Init;
        let (channel, tx) = (message.channel_id, message.txid);
        self.running.insert(key.clone(), false);
        Effect::Start(key, Box::new(Call { channel, tx, init, input, signed }))
    }

    /// An answer that nobody waits for is one to a transaction that is over.
    fn answer(&mut self, message: &ChaincodeMessage, answer: Result<Bytes, String>) -> Effect {
        let key = key_of(message);
        match self.running.get_mut(&key) {
            Some(waits) if *waits => {
                *waits = false;
                Effect::Answer(key, answer)
            }
            _ => Effect::Nothing,
        }
    }
}

/// A payload that cannot be read promises nothing.
fn abilities(payload: &Bytes) -> Abilities {
    let read = protos::ChaincodeAdditionalParams::decode(payload.clone()).unwrap_or_default();
    let limit = |can: bool, size: u32| if can { usize::try_from(size).unwrap_or(0) } else { 0 };
    Abilities {
        write_batch: limit(read.use_write_batch, read.max_size_write_batch),
        read_many: limit(read.use_get_multiple_keys, read.max_size_get_multiple_keys),
    }
}

fn key_of(message: &ChaincodeMessage) -> Key {
    Key { channel: message.channel_id.clone(), tx: message.txid.clone() }
}

fn text(message: &ChaincodeMessage) -> String {
    String::from_utf8_lossy(&message.payload).into_owned()
}

fn complaint(about: &ChaincodeMessage, text: String) -> Effect {
    Effect::Send(message(&key_of(about), Type::Error, text.into()))
}

fn message(key: &Key, kind: Type, payload: Bytes) -> ChaincodeMessage {
    ChaincodeMessage {
        r#type: kind.into(),
        payload,
        txid: key.tx.clone(),
        channel_id: key.channel.clone(),
        ..Default::default()
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
