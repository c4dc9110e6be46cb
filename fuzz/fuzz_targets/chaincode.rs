// SPDX-License-Identifier: Apache-2.0
//! The chaincode's side of the stream: messages of a peer, whatever they are, to the sample chaincode. It
//! speaks first, asks one thing at a time, and ends each transaction once.
#![no_main]

use chaincode::testing::converse;
use libfuzzer_sys::fuzz_target;
use proto::prost::Message;
use proto::protos::ChaincodeMessage;
use proto::protos::chaincode_message::Type;
use std::collections::BTreeMap;

const MOST_MESSAGES: usize = 200;

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    let mut messages = Vec::new();
    while messages.len() < MOST_MESSAGES {
        let Ok(message) = ChaincodeMessage::decode_length_delimited(&mut rest) else { break };
        messages.push(message);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let said = runtime.block_on(converse(chaincode::asset::asset(), "asset:1", messages.clone()));
    let (first, said) = said.split_first().expect("it speaks first");
    assert_eq!(first.r#type(), Type::Register);
    check(&messages, said);
});

/// How a transaction stands, by channel and id.
#[derive(Default)]
struct Seen {
    begun: usize,
    answers: usize,
    ended: usize,
    asked: usize,
}

fn check(messages: &[ChaincodeMessage], said: &[ChaincodeMessage]) {
    let mut all: BTreeMap<(String, String), Seen> = BTreeMap::new();
    let mut alive = 0;
    for message in messages {
        let seen = all.entry((message.channel_id.clone(), message.txid.clone())).or_default();
        match message.r#type() {
            Type::Init | Type::Transaction => seen.begun += 1,
            Type::Response | Type::Error => seen.answers += 1,
            Type::Keepalive => alive += 1,
            _ => {}
        }
    }
    for message in said {
        let seen = all.get_mut(&(message.channel_id.clone(), message.txid.clone()));
        match (message.r#type(), seen) {
            (Type::Keepalive, _) => alive -= 1,
            (Type::Error, Some(_)) => {}
            (Type::Completed, Some(seen)) => seen.ended += 1,
            (_, Some(seen)) => seen.asked += 1,
            (kind, None) => panic!("{kind:?} about what nobody spoke of"),
        }
    }
    assert!(alive >= 0, "a sign of life that was not asked for");
    for seen in all.values() {
        assert!(seen.ended <= seen.begun, "each ends once");
        assert!(seen.asked <= seen.answers + seen.begun, "one question at a time");
    }
}
