// SPDX-License-Identifier: Apache-2.0
//! The stream with a chaincode: every request with its answer, and chaincodes that misbehave.

mod peers;

use bccsp::Suite;
use gmca_peer::stream::{CallId, Event, Failure, Limits, Options, Stream};
use peers::{Peers, completed, id_of, kind_of, ready, register, says};
use proto::Bytes;
use proto::prost::Message;
use proto::protos::chaincode_message::Type;
use proto::protos::{
    ChaincodeAdditionalParams, ChaincodeEvent, ChaincodeId, ChaincodeInput, ChaincodeMessage,
    ChaincodeSpec, DelState, GetHistoryForKey, GetQueryResult, GetState, GetStateByRange,
    GetStateMetadata, GetStateMultiple, GetStateMultipleResult, ProposalResponse, PutState,
    PutStateMetadata, QueryMetadata, QueryResponse, QueryResponseMetadata, QueryStateClose,
    QueryStateNext, Response, StateMetadata, StateMetadataResult, TxValidationCode as Code,
    WriteBatchState, WriteRecord,
};
use proto::queryresult::{KeyModification, Kv};
use proto::rwset::TxReadWriteSet;

fn action(response: &ProposalResponse) -> proto::protos::ChaincodeAction {
    let payload = proto::protos::ProposalResponsePayload::decode(response.payload.clone()).unwrap();
    Message::decode(payload.extension).unwrap()
}

fn deployed(suite: Suite) -> Peers {
    let peers = Peers::new(suite);
    peers.deploy("basic", 1, false);
    peers
}

/// Says these one after the other, then ends; the answers.
fn talk(peers: &Peers, says_what: &[(Type, Vec<u8>)]) -> (ProposalResponse, Vec<ChaincodeMessage>) {
    let (mut at, mut answers) = (0, Vec::new());
    let response = peers.run(0, peers.proposal("basic", &[b"f"]), &mut |_, message| {
        let id = id_of(&message);
        if at > 0 {
            answers.push(message);
        }
        at += 1;
        match says_what.get(at - 1) {
            Some((kind, payload)) => ChaincodeMessage {
                payload: payload.clone().into(),
                ..says(&id, *kind, &Response::default())
            },
            None => completed(&id, "done"),
        }
    });
    (response, answers)
}

fn put(key: &str, value: &[u8]) -> (Type, Vec<u8>) {
    let value = Bytes::copy_from_slice(value);
    let put = PutState { key: key.to_owned(), value, ..PutState::default() };
    (Type::PutState, put.encode_to_vec())
}

fn get(key: &str) -> (Type, Vec<u8>) {
    (Type::GetState, GetState { key: key.to_owned(), ..GetState::default() }.encode_to_vec())
}

fn range(start: &str, end: &str, page: Option<(i32, &str)>) -> (Type, Vec<u8>) {
    let metadata = page.map(|(page_size, bookmark)| {
        QueryMetadata { page_size, bookmark: bookmark.to_owned() }.encode_to_vec()
    });
    let range = GetStateByRange {
        start_key: start.to_owned(),
        end_key: end.to_owned(),
        metadata: metadata.unwrap_or_default().into(),
        ..GetStateByRange::default()
    };
    (Type::GetStateByRange, range.encode_to_vec())
}

/// Runs and commits on both peers.
fn commit(peers: &Peers, what: &[(Type, Vec<u8>)]) {
    let signed = peers.proposal("basic", &[b"put"]);
    let run = |peer| {
        let mut at = 0;
        peers.run(peer, signed.clone(), &mut |_, message| {
            at += 1;
            match what.get(at - 1) {
                Some((kind, payload)) => ChaincodeMessage {
                    payload: payload.clone().into(),
                    ..says(&id_of(&message), *kind, &Response::default())
                },
                None => completed(&id_of(&message), ""),
            }
        })
    };
    assert_eq!(peers.commit(&signed, peers.client(), &[run(0), run(1)]), Code::Valid);
}

#[test]
fn registration() {
    let mut stream = Stream::new(Options { expected: Some("basic_1:ab".into()), batches: true });
    let events = stream.receive(register("basic_1:ab"));
    let [Event::Send(registered), Event::Send(ready), Event::Registered(name)] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!((kind_of(registered), &registered.payload[..]), (Type::Registered, &[][..]));
    assert_eq!(kind_of(ready), Type::Ready);
    let offered = ChaincodeAdditionalParams::decode(ready.payload.clone()).unwrap();
    assert!(offered.use_write_batch && offered.use_get_multiple_keys);
    assert_eq!(name, "basic_1:ab");
    let again = stream.receive(register("basic_1:ab"));
    assert!(matches!(&again[..], [Event::Close(_)]));

    let mut other = Stream::new(Options { expected: Some("basic_1:ab".into()), batches: true });
    assert!(matches!(&other.receive(register("basic_1:cd"))[..], [Event::Close(_)]));
    let mut early = Stream::new(Options::default());
    let id = CallId { channel: "ch1".into(), tx_id: "t".into() };
    assert!(matches!(&early.receive(completed(&id, ""))[..], [Event::Close(_)]));
    assert!(early.receive(register("late")).is_empty());
}

#[test]
fn what_is_sent_to_start() {
    let peers = deployed(Suite::Nist);
    let signed = peers.proposal("basic", &[b"f", b"x"]);
    let endorsement = peers.begin(0, signed.clone()).unwrap();
    let mut stream = ready("basic:1.0");
    let call = endorsement.target().call.clone();
    let events = stream.run(call.clone()).unwrap();
    let [Event::Send(message)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(kind_of(message), Type::Transaction);
    assert_eq!(message.proposal, Some(signed));
    assert_eq!(
        (message.txid.as_str(), message.channel_id.as_str()),
        (endorsement.transaction_id(), "ch1")
    );
    let input = ChaincodeInput::decode(message.payload.clone()).unwrap();
    assert_eq!(input.args, [&b"f"[..], b"x"]);
    // The same transaction does not run twice on one stream.
    assert!(matches!(stream.run(call), Err(Failure::GivenUp(_))));
}

#[test]
fn state_is_read_and_written() {
    for suite in [Suite::Nist, Suite::Gm] {
        let peers = deployed(suite);
        commit(&peers, &[put("a", b"1"), put("b", b"2")]);
        let delete = DelState { key: "b".into(), ..DelState::default() }.encode_to_vec();
        let what = [get("a"), put("a", b"3"), get("a"), get("none"), (Type::DelState, delete)];
        let (response, answers) = talk(&peers, &what);
        let payloads: Vec<&[u8]> = answers.iter().map(|answer| &answer.payload[..]).collect();
        // A transaction never sees its own writes.
        assert_eq!(payloads, [&b"1"[..], b"", b"1", b"", b""]);
        assert!(answers.iter().all(|answer| kind_of(answer) == Type::Response));
        let results = TxReadWriteSet::decode(action(&response).results).unwrap();
        let names: Vec<&str> = results.ns_rwset.iter().map(|set| set.namespace.as_str()).collect();
        assert_eq!(names, ["_lifecycle", "basic"]);
        // Approved, approved, committed, put: block 4.
        let basic = proto::kvrwset::KvrwSet::decode(results.ns_rwset[1].rwset.clone()).unwrap();
        let version = proto::kvrwset::Version { block_num: 4, tx_num: 0 };
        let reads: Vec<_> =
            basic.reads.iter().map(|read| (read.key.as_str(), read.version)).collect();
        assert_eq!(reads, [("a", Some(version)), ("none", None)]);
        let writes = basic.writes.iter();
        let writes: Vec<_> =
            writes.map(|write| (write.key.as_str(), write.is_delete, &write.value[..])).collect();
        assert_eq!(writes, [("a", false, &b"3"[..]), ("b", true, b"")]);
        let lifecycle = proto::kvrwset::KvrwSet::decode(results.ns_rwset[0].rwset.clone()).unwrap();
        let keys: Vec<&str> = lifecycle.reads.iter().map(|read| read.key.as_str()).collect();
        assert_eq!(keys, ["namespaces/fields/basic/Sequence"]);
    }
}

fn rows(message: &ChaincodeMessage) -> (Vec<Kv>, QueryResponse) {
    assert_eq!(kind_of(message), Type::Response, "{:?}", message.payload);
    let response = QueryResponse::decode(message.payload.clone()).unwrap();
    let rows = response.results.iter();
    (rows.map(|row| Kv::decode(row.result_bytes.clone()).unwrap()).collect(), response)
}

#[test]
fn a_range_comes_in_batches_of_a_hundred() {
    let peers = deployed(Suite::Gm);
    let puts: Vec<_> = (0..250).map(|key| put(&format!("k{key:03}"), b"v")).collect();
    commit(&peers, &puts);
    let next = |id: &str| (Type::QueryStateNext, QueryStateNext { id: id.into() }.encode_to_vec());
    let close =
        |id: &str| (Type::QueryStateClose, QueryStateClose { id: id.into() }.encode_to_vec());
    let what = [range("k", "l", None), next("1"), next("1"), close("1"), next("1"), close("9")];
    let (response, answers) = talk(&peers, &what);
    for (answer, (count, first, more)) in
        answers.iter().zip([(100, "k000", true), (100, "k100", true), (50, "k200", false)])
    {
        let (rows, response) = rows(answer);
        assert_eq!((rows.len(), response.has_more, response.id.as_str()), (count, more, "1"));
        assert_eq!((rows[0].key.as_str(), rows[0].namespace.as_str()), (first, "basic"));
    }
    // Closing after the end is no mistake; asking for more is.
    assert_eq!(kind_of(&answers[3]), Type::Response);
    assert_eq!(kind_of(&answers[4]), Type::Error);
    assert_eq!(kind_of(&answers[5]), Type::Response);
    let results = TxReadWriteSet::decode(action(&response).results).unwrap();
    let set = proto::kvrwset::KvrwSet::decode(results.ns_rwset[1].rwset.clone()).unwrap();
    let [info] = &set.range_queries_info[..] else { panic!() };
    assert!(info.itr_exhausted && info.end_key == "l");

    // One row more than a batch is read, as Fabric reads it.
    let (response, _) = talk(&peers, &[range("k", "l", None)]);
    let results = TxReadWriteSet::decode(action(&response).results).unwrap();
    let set = proto::kvrwset::KvrwSet::decode(results.ns_rwset[1].rwset.clone()).unwrap();
    let info = &set.range_queries_info[0];
    assert_eq!((info.itr_exhausted, info.end_key.as_str()), (false, "k100"));
}

#[test]
fn pages_have_bookmarks() {
    let peers = deployed(Suite::Nist);
    let puts: Vec<_> = (0..5).map(|key| put(&format!("k{key}"), b"v")).collect();
    commit(&peers, &puts);
    let what = [
        range("k", "l", Some((2, ""))),
        range("k", "l", Some((2, "k2"))),
        range("k", "l", Some((2, "k4"))),
        range("k", "l", Some((-1, ""))),
        put("x", b"1"),
    ];
    let (_, answers) = talk(&peers, &what);
    for (answer, (first, count, bookmark)) in
        answers.iter().zip([("k0", 2, "k2"), ("k2", 2, "k4"), ("k4", 1, "")])
    {
        let (rows, response) = rows(answer);
        assert_eq!((rows[0].key.as_str(), rows.len(), response.has_more), (first, count, false));
        let metadata = QueryResponseMetadata::decode(response.metadata).unwrap();
        assert_eq!(metadata.bookmark, bookmark);
        assert_eq!(metadata.fetched_records_count, i32::try_from(count).unwrap());
    }
    assert_eq!(kind_of(&answers[3]), Type::Error);
    // No writes beside pages.
    assert_eq!(kind_of(&answers[4]), Type::Error);
}

#[test]
fn history_is_newest_first() {
    let peers = deployed(Suite::Gm);
    commit(&peers, &[put("a", b"1")]);
    commit(&peers, &[put("a", b"2")]);
    let delete = DelState { key: "a".into(), ..DelState::default() }.encode_to_vec();
    commit(&peers, &[(Type::DelState, delete)]);
    let history = GetHistoryForKey { key: "a".into() }.encode_to_vec();
    let (_, answers) = talk(&peers, &[(Type::GetHistoryForKey, history)]);
    let response = QueryResponse::decode(answers[0].payload.clone()).unwrap();
    let read = |row: &proto::protos::QueryResultBytes| {
        KeyModification::decode(row.result_bytes.clone()).unwrap()
    };
    let all: Vec<KeyModification> = response.results.iter().map(read).collect();
    let told: Vec<_> = all.iter().map(|one| (&one.value[..], one.is_delete)).collect();
    assert_eq!(told, [(&b""[..], true), (b"2", false), (b"1", false)]);
    assert!(all.iter().all(|one| one.timestamp.is_some() && one.tx_id.len() == 64));
    assert!(!response.has_more);
}

#[test]
fn metadata_of_keys() {
    let peers = deployed(Suite::Nist);
    let metadata = StateMetadata { metakey: "VALIDATION_PARAMETER".into(), value: "p".into() };
    let set = PutStateMetadata { key: "a".into(), metadata: Some(metadata), ..Default::default() };
    let get = GetStateMetadata { key: "a".into(), ..Default::default() }.encode_to_vec();
    let other = StateMetadata { metakey: "other".into(), value: "p".into() };
    let other = PutStateMetadata { key: "a".into(), metadata: Some(other), ..Default::default() };
    commit(&peers, &[put("a", b"1"), (Type::PutStateMetadata, other.encode_to_vec())]);
    let what = [(Type::PutStateMetadata, set.encode_to_vec()), (Type::GetStateMetadata, get)];
    let (response, answers) = talk(&peers, &what);
    let found = StateMetadataResult::decode(answers[1].payload.clone()).unwrap();
    assert_eq!(found.entries[0].metakey, "other");
    let results = TxReadWriteSet::decode(action(&response).results).unwrap();
    let set = proto::kvrwset::KvrwSet::decode(results.ns_rwset[1].rwset.clone()).unwrap();
    assert_eq!(set.metadata_writes[0].entries[0].name, "VALIDATION_PARAMETER");
    assert_eq!(set.reads[0].key, "a");
}

#[test]
fn many_at_once() {
    let peers = deployed(Suite::Nist);
    let record = |kind, key: &str| WriteRecord {
        r#type: kind,
        key: key.into(),
        value: "v".into(),
        ..Default::default()
    };
    let batch = WriteBatchState { rec: vec![record(9, "a"), record(9, "b"), record(10, "a")] };
    commit(&peers, &[(Type::WriteBatchState, batch.encode_to_vec())]);
    let keys = vec!["a".to_owned(), "b".to_owned()];
    let many = GetStateMultiple { keys, ..Default::default() };
    let bad = WriteBatchState { rec: vec![record(0, "a")] };
    let long = WriteBatchState { rec: vec![record(9, "a"); 1001] };
    let what = [
        (Type::GetStateMultiple, many.encode_to_vec()),
        (Type::WriteBatchState, bad.encode_to_vec()),
        (Type::WriteBatchState, long.encode_to_vec()),
    ];
    let (_, answers) = talk(&peers, &what);
    let values = GetStateMultipleResult::decode(answers[0].payload.clone()).unwrap().values;
    assert_eq!(values, [&b""[..], b"v"]);
    assert_eq!(kind_of(&answers[1]), Type::Error);
    assert_eq!(kind_of(&answers[2]), Type::Error);

    // Nobody offered it.
    let mut stream = Stream::new(Options::default());
    stream.receive(register("basic:1.0"));
    let call = peers.begin(0, peers.proposal("basic", &[b"f"])).unwrap().target().call.clone();
    stream.run(call.clone()).unwrap();
    let events = stream.receive(says(&call.id, Type::GetStateMultiple, &many));
    assert!(matches!(&events[..], [Event::Send(message)] if kind_of(message) == Type::Error));
}

#[test]
fn what_is_not_supported_says_so() {
    let peers = deployed(Suite::Gm);
    let private = GetState { key: "a".into(), collection: "c".into() };
    let mut what = vec![
        (Type::GetState, private.encode_to_vec()),
        (Type::GetPrivateDataHash, private.encode_to_vec()),
        (Type::PurgePrivateData, private.encode_to_vec()),
        (
            Type::GetQueryResult,
            GetQueryResult { query: "{}".into(), ..Default::default() }.encode_to_vec(),
        ),
        (Type::GetState, vec![0xff]),
        (Type::Ready, Vec::new()),
        (Type::Undefined, Vec::new()),
        put("", b"v"),
    ];
    let implicit = PutState { collection: "_implicit_org_Org1MSP".into(), ..Default::default() };
    what.push((Type::PutState, implicit.encode_to_vec()));
    let (response, answers) = talk(&peers, &what);
    assert_eq!(answers.len(), what.len());
    for answer in &answers {
        assert_eq!(kind_of(answer), Type::Error, "{answer:?}");
        let text = String::from_utf8(answer.payload.to_vec()).unwrap();
        assert!(text.contains(" failed: transaction ID: "), "{text}");
    }
    assert!(String::from_utf8_lossy(&answers[0].payload).contains("private data is not supported"));
    assert_eq!(response.response.unwrap().status, 200);
}

#[test]
fn events_are_filled_in() {
    let peers = deployed(Suite::Nist);
    let signed = peers.proposal("basic", &[b"f"]);
    let response = peers.run(0, signed, &mut |_, message| {
        let event = ChaincodeEvent {
            chaincode_id: "other".into(),
            event_name: "sold".into(),
            payload: "p".into(),
            ..ChaincodeEvent::default()
        };
        ChaincodeMessage { chaincode_event: Some(event), ..completed(&id_of(&message), "") }
    });
    let event = ChaincodeEvent::decode(action(&response).events).unwrap();
    assert_eq!((event.chaincode_id.as_str(), event.event_name.as_str()), ("basic", "sold"));
    assert_eq!(event.tx_id.len(), 64);
}

fn invoke(id: &CallId, name: &str) -> ChaincodeMessage {
    let chaincode_id = ChaincodeId { name: name.into(), ..ChaincodeId::default() };
    let input = ChaincodeInput { args: vec!["g".into()], ..ChaincodeInput::default() };
    let spec = ChaincodeSpec {
        chaincode_id: Some(chaincode_id),
        input: Some(input),
        ..Default::default()
    };
    says(id, Type::InvokeChaincode, &spec)
}

#[test]
fn one_chaincode_calls_another() {
    let peers = deployed(Suite::Gm);
    peers.deploy("other", 1, false);
    let mut inner = Vec::new();
    let response = peers.run(0, peers.proposal("basic", &[b"f"]), &mut |name, message| {
        let id = id_of(&message);
        match (name, kind_of(&message)) {
            ("basic", Type::Transaction) => invoke(&id, "other"),
            ("other", Type::Transaction) => {
                let (kind, payload) = put("from", b"basic");
                ChaincodeMessage {
                    payload: payload.into(),
                    ..says(&id, kind, &Response::default())
                }
            }
            ("other", _) => completed(&id, "inner"),
            _ => {
                inner.push(message.payload.clone());
                completed(&id, "outer")
            }
        }
    });
    let ended = ChaincodeMessage::decode(inner[0].clone()).unwrap();
    assert_eq!(kind_of(&ended), Type::Completed);
    assert_eq!(Response::decode(ended.payload).unwrap().payload, "inner");
    let results = TxReadWriteSet::decode(action(&response).results).unwrap();
    let names: Vec<&str> = results.ns_rwset.iter().map(|set| set.namespace.as_str()).collect();
    // One that reads and writes nothing is not in the set, and its policy counts all the same.
    assert_eq!(names, ["_lifecycle", "other"]);
    let lifecycle = proto::kvrwset::KvrwSet::decode(results.ns_rwset[0].rwset.clone()).unwrap();
    assert_eq!(lifecycle.reads.len(), 2);
    let touched = response.interest.unwrap().chaincodes;
    assert_eq!(
        touched.iter().map(|call| call.name.as_str()).collect::<Vec<_>>(),
        ["basic", "other"]
    );
}

#[test]
fn calls_that_lead_nowhere() {
    let peers = deployed(Suite::Nist);
    for name in ["none", "cscc", "basic/ch2", "/ch1"] {
        let mut answers = Vec::new();
        peers.run(0, peers.proposal("basic", &[b"f"]), &mut |_, message| {
            let id = id_of(&message);
            if kind_of(&message) == Type::Transaction {
                return invoke(&id, name);
            }
            answers.push(kind_of(&message));
            completed(&id, "")
        });
        assert_eq!(answers, [Type::Error], "{name}");
    }
}

#[test]
fn another_channel_is_only_read() {
    let mut peers = deployed(Suite::Gm);
    commit(&peers, &[put("a", b"1")]);
    peers.registrar.join(&peers.kit.genesis("ch2")).unwrap();
    peers.on = "ch2";
    peers.deploy("basic", 1, false);
    commit(&peers, &[put("a", b"2")]);
    peers.on = peers::CHANNEL;
    // There it reads, writes, and calls back; here it says what it heard.
    let (mut at, mut heard) = (0, Vec::new());
    let response = peers.run(0, peers.proposal("basic", &[b"f"]), &mut |_, message| {
        let id = id_of(&message);
        let told = (kind_of(&message), id.channel.clone(), message.payload.clone());
        at += 1;
        let say = |(kind, payload): (Type, Vec<u8>)| ChaincodeMessage {
            payload: payload.into(),
            ..says(&id, kind, &Response::default())
        };
        heard.push(told);
        match at {
            1 => invoke(&id, "basic/ch2"),
            2 => say(get("a")),
            3 => say(put("a", b"9")),
            4 => invoke(&id, "basic/ch1"),
            _ => completed(&id, "x"),
        }
    });
    let of = |at: usize| (heard[at].0, heard[at].1.as_str());
    assert_eq!(of(1), (Type::Transaction, "ch2"));
    assert_eq!((of(2), &heard[2].2[..]), ((Type::Response, "ch2"), &b"2"[..]));
    assert_eq!(of(3), (Type::Response, "ch2"));
    assert_eq!(of(4), (Type::Error, "ch2"));
    assert_eq!(of(5), (Type::Response, "ch1"));
    let results = TxReadWriteSet::decode(action(&response).results).unwrap();
    let names: Vec<&str> = results.ns_rwset.iter().map(|set| set.namespace.as_str()).collect();
    assert_eq!(names, ["_lifecycle"]);
}

#[test]
fn misbehaviour_costs_its_own_transaction() {
    let peers = deployed(Suite::Nist);
    let mut stream = ready("basic:1.0");
    let begin = || peers.begin(0, peers.proposal("basic", &[b"f"])).unwrap().target().call.clone();
    let (first, second) = (begin(), begin());
    stream.run(first.clone()).unwrap();
    stream.run(second.clone()).unwrap();

    // For somebody else's transaction, or one that is over: an error for a request, nothing for the rest.
    let strange = CallId { channel: "ch1".into(), tx_id: "strange".into() };
    let events = stream.receive(says(&strange, Type::GetState, &GetState::default()));
    assert!(matches!(&events[..], [Event::Send(message)] if kind_of(message) == Type::Error));
    assert!(stream.receive(completed(&strange, "")).is_empty());

    // While it waits for another chaincode it says nothing.
    let events = stream.receive(invoke(&first.id, "other"));
    assert!(matches!(&events[..], [Event::Invoke(_)]));
    let events = stream.receive(says(&first.id, Type::GetState, &GetState::default()));
    assert!(
        matches!(&events[..], [Event::Finished(id, Err(Failure::Protocol(_)))] if *id == first.id)
    );
    assert!(stream.invoked(&first.id, Err(Failure::Ended("x".into()))).is_empty());

    // The other one goes on.
    let events = stream.receive(says(
        &second.id,
        Type::GetState,
        &GetState { key: "a".into(), ..Default::default() },
    ));
    assert!(matches!(&events[..], [Event::Send(message)] if kind_of(message) == Type::Response));
    let bad = ChaincodeMessage { payload: "\u{7f}".into(), ..completed(&second.id, "") };
    let events = stream.receive(bad);
    assert!(matches!(&events[..], [Event::Finished(_, Err(Failure::Protocol(_)))]));

    let third = begin();
    stream.run(third.clone()).unwrap();
    let events = stream.end_all("it has gone");
    assert!(
        matches!(&events[..], [Event::Finished(id, Err(Failure::Ended(_)))] if *id == third.id)
    );
    stream.run(begin()).unwrap_err();
}

#[test]
fn memory_is_bounded() {
    let limits = Limits { bytes: 10_000, calls: 2, queries: 2 };
    let peers = Peers::with(Suite::Nist, limits);
    peers.deploy("basic", 1, false);
    let (_, answers) = talk(&peers, &[put("a", &[7; 5000]), put("b", &[7; 5000]), get("a")]);
    let kinds: Vec<Type> = answers.iter().map(kind_of).collect();
    assert_eq!(kinds, [Type::Response, Type::Error, Type::Error]);
    let query = || range("k", "l", None);
    let (_, answers) = talk(&peers, &[query(), query(), query()]);
    let kinds: Vec<Type> = answers.iter().map(kind_of).collect();
    assert_eq!(kinds, [Type::Response, Type::Response, Type::Error]);
}

#[test]
fn everything_goes_from_task_to_task() {
    fn goes<T: Send + 'static>() {}
    fn is_shared<T: Send + Sync + 'static>() {}
    goes::<Stream>();
    goes::<Event>();
    is_shared::<gmca_peer::stream::Transaction>();
    is_shared::<gmca_peer::endorse::Endorsement>();
    is_shared::<gmca_peer::endorse::Endorser>();
}
