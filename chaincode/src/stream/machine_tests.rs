// SPDX-License-Identifier: Apache-2.0
//! The state machine of the stream, message by message.

use super::*;

fn said(kind: Type, tx: &str, payload: &[u8]) -> ChaincodeMessage {
    let key = Key { channel: "ch1".into(), tx: tx.into() };
    let proposal = Some(protos::SignedProposal::default());
    ChaincodeMessage { proposal, ..message(&key, kind, Bytes::copy_from_slice(payload)) }
}

fn key(tx: &str) -> Key {
    Key { channel: "ch1".into(), tx: tx.into() }
}

fn ready() -> Machine {
    let (mut machine, _) = Machine::new("asset:1");
    assert_eq!(machine.received(said(Type::Registered, "", b"")), Effect::Nothing);
    assert!(!machine.is_ready());
    assert_eq!(machine.received(said(Type::Ready, "", b"")), Effect::Nothing);
    assert!(machine.is_ready());
    machine
}

fn started(machine: &mut Machine, tx: &str) -> bool {
    matches!(machine.received(said(Type::Transaction, tx, b"")), Effect::Start(..))
}

fn complains(effect: Effect, expected: &str) {
    let Effect::Send(message) = effect else { panic!("{effect:?}") };
    assert_eq!(message.r#type(), Type::Error);
    assert!(text(&message).contains(expected), "{}", text(&message));
}

#[test]
fn the_first_message_registers_and_carries_no_time() {
    let (machine, register) = Machine::new("asset:1");
    assert_eq!(register.r#type(), Type::Register);
    assert_eq!(register.timestamp, None);
    let id = protos::ChaincodeId::decode(register.payload).expect("an id");
    assert_eq!(id.name, "asset:1");
    assert!(!machine.is_ready());
}

#[test]
fn what_comes_out_of_turn_is_answered_with_an_error() {
    let (mut machine, _) = Machine::new("asset:1");
    complains(machine.received(said(Type::Ready, "", b"")), "Created");
    complains(machine.received(said(Type::Transaction, "1", b"")), "Created");
    machine.received(said(Type::Registered, "", b""));
    complains(machine.received(said(Type::Registered, "", b"")), "Established");
    machine.received(said(Type::Ready, "", b""));
    complains(machine.received(said(Type::Ready, "", b"")), "Ready");
    complains(machine.received(said(Type::GetState, "1", b"")), "GET_STATE");
}

#[test]
fn a_refused_registration_says_why() {
    let (mut machine, _) = Machine::new("asset:1");
    let refused = machine.received(said(Type::Error, "", b"already registered"));
    assert_eq!(refused, Effect::Refused("already registered".into()));
}

#[test]
fn a_keepalive_is_sent_back_in_every_state() {
    let (mut machine, _) = Machine::new("asset:1");
    let keepalive = said(Type::Keepalive, "", b"");
    assert_eq!(machine.received(keepalive.clone()), Effect::Send(keepalive.clone()));
    assert_eq!(ready().received(keepalive.clone()), Effect::Send(keepalive));
}

#[test]
fn a_transaction_asks_one_thing_at_a_time() {
    let mut machine = ready();
    assert!(started(&mut machine, "1"));
    let request = machine.ask(&key("1"), Type::GetState, Bytes::from_static(b"a"));
    let request = request.expect("a request");
    assert_eq!((request.r#type(), request.txid.as_str()), (Type::GetState, "1"));
    assert_eq!(request.channel_id, "ch1");
    assert_eq!(machine.ask(&key("1"), Type::GetState, Bytes::new()), None);
    let answer = machine.received(said(Type::Response, "1", b"v"));
    assert_eq!(answer, Effect::Answer(key("1"), Ok(Bytes::from_static(b"v"))));
    assert!(machine.ask(&key("1"), Type::GetState, Bytes::new()).is_some());
    let answer = machine.received(said(Type::Error, "1", b"no"));
    assert_eq!(answer, Effect::Answer(key("1"), Err("no".into())));
}

#[test]
fn transactions_run_side_by_side() {
    let mut machine = ready();
    assert!(started(&mut machine, "1") && started(&mut machine, "2"));
    let other = ChaincodeMessage { channel_id: "ch2".into(), ..said(Type::Init, "1", b"") };
    let Effect::Start(other, call) = machine.received(other) else { panic!("not started") };
    assert!(call.init);
    machine.ask(&key("1"), Type::GetState, Bytes::new()).expect("asks");
    machine.ask(&key("2"), Type::GetState, Bytes::new()).expect("asks");
    machine.ask(&other, Type::GetState, Bytes::new()).expect("asks");
    let answer = machine.received(said(Type::Response, "2", b""));
    assert_eq!(answer, Effect::Answer(key("2"), Ok(Bytes::new())));
}

#[test]
fn the_same_transaction_twice_is_refused() {
    let mut machine = ready();
    assert!(started(&mut machine, "1"));
    complains(machine.received(said(Type::Transaction, "1", b"")), "runs already");
    complains(machine.received(said(Type::Transaction, "", b"")), "no id");
    machine.finish(&key("1"), &protos::Response::default(), None).expect("it ends");
    assert!(started(&mut machine, "1"));
}

#[test]
fn broken_transactions_are_refused() {
    let mut machine = ready();
    complains(machine.received(said(Type::Transaction, "1", &[0xff])), "ChaincodeInput");
    let bare = ChaincodeMessage { proposal: None, ..said(Type::Transaction, "1", b"") };
    complains(machine.received(bare), "proposal");
    assert!(!machine.is_busy());
}

#[test]
fn an_answer_that_comes_late_is_dropped() {
    let mut machine = ready();
    assert_eq!(machine.received(said(Type::Response, "9", b"")), Effect::Nothing);
    assert!(started(&mut machine, "1"));
    assert_eq!(machine.received(said(Type::Response, "1", b"")), Effect::Nothing);
    machine.ask(&key("1"), Type::GetState, Bytes::new()).expect("asks");
    machine.finish(&key("1"), &protos::Response::default(), None).expect("it ends");
    assert_eq!(machine.received(said(Type::Response, "1", b"")), Effect::Nothing);
    assert_eq!(machine.finish(&key("1"), &protos::Response::default(), None), None);
}

#[test]
fn the_end_has_response_and_event() {
    let mut machine = ready();
    assert!(started(&mut machine, "1"));
    let response = protos::Response { status: 404, message: "gone".into(), ..Default::default() };
    let event = protos::ChaincodeEvent { event_name: "e".into(), ..Default::default() };
    let end = machine.finish(&key("1"), &response, Some(event.clone())).expect("it ends");
    assert_eq!(end.r#type(), Type::Completed);
    assert_eq!(protos::Response::decode(end.payload), Ok(response));
    assert_eq!(end.chaincode_event, Some(event));
    assert!(!machine.is_busy());
}

#[test]
fn a_peer_says_what_it_can() {
    let (mut machine, _) = Machine::new("asset:1");
    machine.received(said(Type::Registered, "", b""));
    let can = protos::ChaincodeAdditionalParams {
        use_write_batch: true,
        max_size_write_batch: 1000,
        use_get_multiple_keys: false,
        max_size_get_multiple_keys: 7,
    };
    machine.received(said(Type::Ready, "", &can.encode_to_vec()));
    assert_eq!(machine.abilities(), Abilities { write_batch: 1000, read_many: 0 });
}

#[test]
fn one_that_stops_takes_no_more() {
    let mut machine = ready();
    assert!(started(&mut machine, "1"));
    machine.stop();
    complains(machine.received(said(Type::Transaction, "2", b"")), "stopping");
    machine.ask(&key("1"), Type::GetState, Bytes::new()).expect("what runs goes on");
}
