// SPDX-License-Identifier: Apache-2.0
//! A chaincode may send anything in any order: nothing falls over, and every transaction ends once.

mod peers;

use bccsp::Suite;
use gmca_peer::stream::{CallId, Event, Failure, Options, Stream};
use peers::{Peers, register};
use proptest::prelude::*;
use proto::prost::Message;
use proto::protos::{
    ChaincodeId, ChaincodeInput, ChaincodeMessage, ChaincodeSpec, GetStateByRange, PutState,
    PutStateMetadata, QueryMetadata, QueryStateNext, Response, StateMetadata, WriteBatchState,
    WriteRecord,
};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What happens to a stream.
#[derive(Clone, Debug)]
enum Step {
    Register,
    Run(usize),
    Say { kind: i32, id: usize, payload: Vec<u8> },
    Invoked(usize),
    GiveUp(usize),
}

static PEERS: LazyLock<Peers> = LazyLock::new(|| {
    let peers = Peers::new(Suite::Nist);
    peers.deploy("basic", 1, false);
    peers
});

fn payload() -> impl Strategy<Value = Vec<u8>> {
    let page = QueryMetadata { page_size: 2, bookmark: "k".into() }.encode_to_vec();
    let range = |metadata: Vec<u8>| GetStateByRange {
        start_key: "a".into(),
        end_key: "z".into(),
        metadata: metadata.into(),
        ..GetStateByRange::default()
    };
    let spec = ChaincodeSpec {
        chaincode_id: Some(ChaincodeId { name: "other/ch2".into(), ..ChaincodeId::default() }),
        input: Some(ChaincodeInput::default()),
        ..ChaincodeSpec::default()
    };
    let metadata = Some(StateMetadata { metakey: "m".into(), value: "v".into() });
    let record =
        WriteRecord { r#type: 9, key: "k".into(), value: "v".into(), ..Default::default() };
    let known = vec![
        Vec::new(),
        PutState { key: "k".into(), value: "v".into(), ..Default::default() }.encode_to_vec(),
        PutStateMetadata { key: "k".into(), metadata, ..Default::default() }.encode_to_vec(),
        range(Vec::new()).encode_to_vec(),
        range(page).encode_to_vec(),
        spec.encode_to_vec(),
        WriteBatchState { rec: vec![record] }.encode_to_vec(),
        QueryStateNext { id: "1".into() }.encode_to_vec(),
        Response { status: 200, ..Response::default() }.encode_to_vec(),
    ];
    prop_oneof![
        3 => proptest::sample::select(known),
        1 => proptest::collection::vec(any::<u8>(), 0..20),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Register),
        4 => (0..3_usize).prop_map(Step::Run),
        20 => (-1..30_i32, 0..4_usize, payload())
            .prop_map(|(kind, id, payload)| Step::Say { kind, id, payload }),
        2 => (0..4_usize).prop_map(Step::Invoked),
        1 => (0..4_usize).prop_map(Step::GiveUp),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn anything_goes(first in any::<bool>(), steps in proptest::collection::vec(step(), 0..60)) {
        let peers = &*PEERS;
        let begin = || peers.begin(0, peers.proposal("basic", &[b"f"])).unwrap().target().call.clone();
        let calls: Vec<_> = (0..3).map(|_| begin()).collect();
        let mut ids: Vec<CallId> = calls.iter().map(|call| call.id.clone()).collect();
        ids.push(CallId { channel: "ch1".into(), tx_id: "strange".into() });
        let mut stream = Stream::new(Options { expected: None, batches: true });
        if first {
            stream.receive(register("basic:1.0"));
        }
        let mut open: BTreeMap<CallId, i32> = BTreeMap::new();
        let mut note = |events: Vec<Event>, started: Option<&CallId>| {
            if let Some(id) = started {
                *open.entry(id.clone()).or_default() += 1;
            }
            for event in events {
                if let Event::Finished(id, _) = event {
                    let left = open.get_mut(&id).expect("only what runs ends");
                    *left -= 1;
                    assert!(*left >= 0, "{id:?} ended twice");
                }
            }
            open.values().sum::<i32>()
        };
        for step in steps {
            match step {
                Step::Register => { note(stream.receive(register("basic:1.0")), None); }
                Step::Run(at) => {
                    if let Ok(events) = stream.run(calls[at].clone()) {
                        note(events, Some(&ids[at]));
                    }
                }
                Step::Say { kind, id, payload } => {
                    let message = ChaincodeMessage {
                        r#type: kind,
                        payload: payload.into(),
                        txid: ids[id].tx_id.clone(),
                        channel_id: ids[id].channel.clone(),
                        ..ChaincodeMessage::default()
                    };
                    let events = stream.receive(message);
                    prop_assert!(events.iter().filter(|event| matches!(event, Event::Send(_))).count() <= 2);
                    note(events, None);
                }
                Step::Invoked(at) => {
                    let failure = Failure::Chaincode("no".into());
                    note(stream.invoked(&ids[at], Err(failure)), None);
                }
                Step::GiveUp(at) => { note(stream.give_up(&ids[at], "timeout"), None); }
            }
        }
        prop_assert_eq!(note(stream.end_all("over"), None), 0);
        prop_assert_eq!(stream.running(), 0);
    }
}
