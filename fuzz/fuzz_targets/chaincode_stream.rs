// SPDX-License-Identifier: Apache-2.0
//! The peer's side of the chaincode stream: messages of a chaincode, whatever they are, beside a model
//! that knows what may come of each. Types from 1000 on are what happens on the peer's own side.
#![no_main]

use gmca_fuzz::peers::{CHANNEL, here};
use gmca_fuzz::providers;
use libfuzzer_sys::fuzz_target;
use peer::Channels as _;
use peer::stream::{Call, CallId, Event, Failure, Limits, Options, Stream, Transaction};
use proto::Bytes;
use proto::prost::Message;
use proto::protos::chaincode_message::Type;
use proto::protos::{
    ChaincodeId, ChaincodeInput, ChaincodeMessage, DelState, PutState, Response, SignedProposal,
};
use std::collections::BTreeMap;

/// The peer runs a transaction, hears of a chaincode that was called, gives up.
const RUN: i32 = 1000;
const INVOKED: i32 = 1001;
const GIVE_UP: i32 = 1002;
/// A message is about one row of a state, or fails: nothing here is long for good reason.
const MOST_MESSAGES: usize = 200;

fuzz_target!(|bytes: &[u8]| {
    let Some((flags, mut rest)) = bytes.split_first() else { return };
    let expected = (flags & 1 == 1).then(|| "basic:1".to_owned());
    let stream = Stream::new(Options { expected: expected.clone(), batches: flags & 2 == 2 });
    let mut both = Both { stream, model: Model { expected, ..Model::default() } };
    for _ in 0..MOST_MESSAGES {
        let Ok(message) = ChaincodeMessage::decode_length_delimited(&mut rest) else { break };
        match message.r#type {
            RUN => both.run(&message),
            INVOKED => both.invoked(&message),
            GIVE_UP => both.give_up(&message),
            _ => both.receive(message),
        }
        assert_eq!(both.stream.running(), both.model.running.len());
    }
    let ended = both.stream.end_all("over");
    assert_eq!(ended.len(), both.model.running.len(), "each ends once");
    assert_eq!(both.stream.running(), 0);
});

struct Both {
    stream: Stream,
    model: Model,
}

/// What is known of a stream from outside.
#[derive(Default)]
struct Model {
    expected: Option<String>,
    is_registered: bool,
    is_closed: bool,
    running: BTreeMap<CallId, Running>,
}

struct Running {
    transaction: Transaction,
    waits: bool,
    /// What was written so far, none for what was deleted; unknown after a batch.
    writes: Option<BTreeMap<String, Option<Bytes>>>,
}

fn id_of(message: &ChaincodeMessage) -> CallId {
    CallId { channel: message.channel_id.clone(), tx_id: message.txid.clone() }
}

fn call(message: &ChaincodeMessage) -> Call {
    let view = here().registrar.view(CHANNEL).expect("it was joined");
    let limits = Limits { bytes: 1 << 20, calls: 4, queries: 16 };
    let transaction = Transaction::begin(view, &message.txid, limits, providers());
    Call {
        id: CallId { channel: CHANNEL.to_owned(), tx_id: message.txid.clone() },
        chaincode: "basic".to_owned(),
        is_init: false,
        input: ChaincodeInput::default(),
        proposal: SignedProposal::default(),
        transaction: transaction.expect("in memory"),
    }
}

impl Both {
    fn run(&mut self, message: &ChaincodeMessage) {
        let call = call(message);
        let can = self.model.is_registered
            && !self.model.is_closed
            && !self.model.running.contains_key(&call.id);
        let (id, transaction) = (call.id.clone(), call.transaction.clone());
        match self.stream.run(call) {
            Ok(events) => {
                assert!(can && matches!(&events[..], [Event::Send(_)]), "{events:?}");
                let writes = Some(BTreeMap::new());
                self.model.running.insert(id, Running { transaction, waits: false, writes });
            }
            Err(failure) => assert!(!can, "{failure}"),
        }
    }

    fn invoked(&mut self, message: &ChaincodeMessage) {
        let id = id_of(message);
        let events = self.stream.invoked(&id, Err(Failure::Chaincode("no".to_owned())));
        match self.model.running.get_mut(&id).filter(|running| running.waits) {
            Some(running) => {
                running.waits = false;
                assert!(matches!(&events[..], [Event::Send(answer)] if id_of(answer) == id));
            }
            None => assert!(events.is_empty(), "{events:?}"),
        }
    }

    fn give_up(&mut self, message: &ChaincodeMessage) {
        let id = id_of(message);
        let events = self.stream.give_up(&id, "timeout");
        match self.model.running.remove(&id) {
            Some(_) => assert!(matches!(&events[..], [Event::Finished(ended, _)] if *ended == id)),
            None => assert!(events.is_empty(), "{events:?}"),
        }
    }

    fn receive(&mut self, message: ChaincodeMessage) {
        let kind = Type::try_from(message.r#type).unwrap_or(Type::Undefined);
        let events = self.stream.receive(message.clone());
        if self.model.is_closed || kind == Type::Keepalive {
            return assert!(events.is_empty(), "{events:?}");
        }
        if !self.model.is_registered || kind == Type::Register {
            return self.registered(kind, &message, &events);
        }
        let id = id_of(&message);
        match self.model.running.get_mut(&id) {
            None => nobodys(kind, &id, &events),
            Some(running) if running.waits || matches!(kind, Type::Completed | Type::Error) => {
                let waits = running.waits;
                let [Event::Finished(ended, result)] = &events[..] else { panic!("{events:?}") };
                assert_eq!(*ended, id);
                let running = self.model.running.remove(&id).expect("it runs");
                finished(waits, kind, &message, result);
                written(&running);
            }
            Some(running) => running.asked(kind, &id, &message.payload, &events),
        }
    }

    fn registered(&mut self, kind: Type, message: &ChaincodeMessage, events: &[Event]) {
        let name = ChaincodeId::decode(message.payload.clone()).map(|id| id.name);
        let is_right = name.is_ok_and(|name| {
            let expected = self.model.expected.as_ref().is_none_or(|expected| *expected == name);
            !name.is_empty() && name.len() <= 1024 && expected
        });
        if kind == Type::Register && !self.model.is_registered && is_right {
            let is_it = matches!(events, [Event::Send(_), Event::Send(_), Event::Registered(_)]);
            assert!(is_it, "{events:?}");
            self.model.is_registered = true;
            return;
        }
        let (last, ended) = events.split_last().expect("it is closed");
        let Event::Close(why) = last else { panic!("{events:?}") };
        assert!(!why.contains(char::is_control), "{why:?}");
        assert!(ended.iter().all(|event| matches!(event, Event::Finished(..))), "{events:?}");
        assert_eq!(ended.len(), self.model.running.len());
        self.model.running.clear();
        self.model.is_closed = true;
    }
}

/// A message for what does not run: who asks is answered, and nothing else happens.
fn nobodys(kind: Type, id: &CallId, events: &[Event]) {
    let answers = matches!(events, [Event::Send(answer)]
        if answer.r#type == i32::from(Type::Error) && id_of(answer) == *id);
    let is_other = matches!(
        kind,
        Type::Undefined
            | Type::Registered
            | Type::Init
            | Type::Ready
            | Type::Transaction
            | Type::Completed
            | Type::Error
            | Type::Response
    );
    assert!(if is_other { events.is_empty() } else { answers }, "{kind:?} {events:?}");
}

fn finished(
    waits: bool,
    kind: Type,
    message: &ChaincodeMessage,
    result: &Result<peer::stream::Completed, Failure>,
) {
    let response = Response::decode(message.payload.clone());
    match (result, kind) {
        (Err(Failure::Protocol(_)), _) if waits => {}
        (Err(Failure::Protocol(_)), Type::Completed) => assert!(response.is_err()),
        (Err(Failure::Chaincode(_)), Type::Error) => {}
        (Ok(completed), Type::Completed) => {
            assert_eq!(Ok(&completed.response), response.as_ref());
            let event = completed.event.as_ref();
            assert!(event.is_none_or(|event| event.chaincode_id == "basic"));
            assert!(event.is_none_or(|event| event.tx_id == message.txid));
        }
        other => panic!("{other:?}"),
    }
}

/// The set has what the chaincode was told is written, and nothing else.
fn written(running: &Running) {
    let set = running.transaction.finish().expect("it is finished once").public;
    let set = block::ReadWriteSet::decode(&set.encode_to_vec().into()).expect("our own");
    let Some(model) = &running.writes else { return };
    let found = set.namespaces.iter().flat_map(|namespace| {
        assert!(namespace.name == "basic", "{}", namespace.name);
        namespace.public.writes.iter()
    });
    let found: BTreeMap<_, _> = found
        .map(|write| (write.key.clone(), (!write.is_delete).then(|| write.value.clone())))
        .collect();
    assert_eq!(found, *model);
}

impl Running {
    /// A request has one answer, to who asked.
    fn asked(&mut self, kind: Type, id: &CallId, payload: &Bytes, events: &[Event]) {
        match events {
            [Event::Invoke(invocation)] => {
                assert!(kind == Type::InvokeChaincode && invocation.caller == *id);
                self.waits = true;
            }
            [Event::Send(answer)] => {
                assert_eq!(id_of(answer), *id);
                let is_done = answer.r#type == i32::from(Type::Response);
                assert!(is_done || answer.r#type == i32::from(Type::Error), "{answer:?}");
                self.note(kind, payload, is_done);
            }
            other => panic!("{other:?}"),
        }
    }

    fn note(&mut self, kind: Type, payload: &Bytes, is_done: bool) {
        if kind == Type::WriteBatchState {
            // One that fails may have written some.
            self.writes = None;
        }
        let Some(writes) = self.writes.as_mut().filter(|_| is_done) else { return };
        if kind == Type::PutState {
            let put = PutState::decode(payload.clone()).expect("it was answered");
            let value = Some(put.value).filter(|value| !value.is_empty());
            writes.insert(put.key, value);
        }
        if kind == Type::DelState {
            let delete = DelState::decode(payload.clone()).expect("it was answered");
            writes.insert(delete.key, None);
        }
    }
}
