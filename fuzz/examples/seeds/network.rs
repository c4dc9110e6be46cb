// SPDX-License-Identifier: Apache-2.0
//! Inputs of the targets of the running network: messages on streams, layers of transactions and proposals,
//! calls of the gateway, configurations, forms. No signatures, which the targets make.

use super::{Result, put};
use peer::testing::{Draft, now};
use proto::Bytes;
use proto::common::{ChannelHeader, HeaderType, SignatureHeader};
use proto::gateway::{
    ChaincodeEventsRequest, CommitStatusRequest, EndorseRequest, EvaluateRequest, SubmitRequest,
};
use proto::kvrwset::{KvRead, KvWrite, KvrwSet};
use proto::prost::Message;
use proto::protos::chaincode_message::Type;
use proto::protos::*;

pub(crate) fn all() -> Result {
    streams()?;
    transactions()?;
    proposals()?;
    calls()?;
    connections()?;
    texts()
}

/// A message of a stream; the length in front is what keeps several apart.
fn said(kind: i32, tx: &str, payload: impl Into<Bytes>) -> Vec<u8> {
    let message = ChaincodeMessage {
        r#type: kind,
        payload: payload.into(),
        txid: tx.to_owned(),
        channel_id: "ch1".to_owned(),
        ..ChaincodeMessage::default()
    };
    message.encode_length_delimited_to_vec()
}

fn says(kind: Type, tx: &str, payload: &impl Message) -> Vec<u8> {
    said(kind.into(), tx, payload.encode_to_vec())
}

/// What happens on the side of the target: see `chaincode_stream`.
const RUN: i32 = 1000;
const INVOKED: i32 = 1001;
const GIVE_UP: i32 = 1002;

/// A chaincode to a peer behind a byte of flags, and a peer to a chaincode.
fn streams() -> Result {
    let id = ChaincodeId { name: "basic:1".to_owned(), ..ChaincodeId::default() };
    let register = ChaincodeMessage {
        r#type: Type::Register.into(),
        payload: id.encode_to_vec().into(),
        ..ChaincodeMessage::default()
    };
    let begin = [vec![3], register.encode_length_delimited_to_vec(), said(RUN, "t", "")].concat();
    let key = || "k01".to_owned();
    let done = says(Type::Completed, "t", &Response { status: 200, ..Response::default() });
    let put_state = PutState { key: key(), value: "v".into(), ..PutState::default() };
    let delete = DelState { key: key(), ..DelState::default() };
    let range =
        GetStateByRange { start_key: key(), end_key: "k9".to_owned(), ..Default::default() };
    let page = QueryMetadata { page_size: 2, bookmark: "k05".to_owned() }.encode_to_vec().into();
    let metadata = StateMetadata { metakey: "m".to_owned(), value: "v".into() };
    let record = WriteRecord { key: key(), value: "v".into(), r#type: 9, ..Default::default() };
    let spec = ChaincodeSpec {
        chaincode_id: Some(ChaincodeId { name: "other/ch2".to_owned(), ..Default::default() }),
        input: Some(ChaincodeInput::default()),
        ..ChaincodeSpec::default()
    };
    let requests = [
        says(Type::GetState, "t", &GetState { key: key(), ..GetState::default() }),
        says(Type::PutState, "t", &put_state),
        says(Type::DelState, "t", &delete),
        says(Type::GetStateByRange, "t", &range),
        says(Type::GetStateByRange, "t", &GetStateByRange { metadata: page, ..range.clone() }),
        says(Type::QueryStateNext, "t", &QueryStateNext { id: "1".to_owned() }),
        says(Type::QueryStateClose, "t", &QueryStateClose { id: "1".to_owned() }),
        says(Type::GetHistoryForKey, "t", &GetHistoryForKey { key: key() }),
        says(
            Type::PutStateMetadata,
            "t",
            &PutStateMetadata { key: key(), metadata: Some(metadata), ..Default::default() },
        ),
        says(Type::GetStateMetadata, "t", &GetStateMetadata { key: key(), ..Default::default() }),
        says(Type::WriteBatchState, "t", &WriteBatchState { rec: vec![record] }),
        says(
            Type::GetStateMultiple,
            "t",
            &GetStateMultiple { keys: vec![key()], ..Default::default() },
        ),
    ];
    put("chaincode_stream", "all.bin", [&begin[..], &requests.concat(), &done].concat())?;
    let invoke = says(Type::InvokeChaincode, "t", &spec);
    let other = [&begin[..], &invoke, &said(INVOKED, "t", ""), &done].concat();
    put("chaincode_stream", "invoke.bin", other)?;
    let lost = [&begin[..], &invoke, &done, &said(RUN, "u", ""), &said(GIVE_UP, "u", "")].concat();
    put("chaincode_stream", "lost.bin", lost)?;
    peer_to_chaincode()
}

fn peer_to_chaincode() -> Result {
    let proposal = chaincode::testing::signed_proposal(
        "ch1",
        "t",
        &chaincode::testing::creator("Org1MSP", &[("role", "clerk")]),
        1,
        Default::default(),
    );
    let call = |args: &[&'static str]| {
        let args = args.iter().map(|arg| Bytes::from(*arg)).collect();
        let input = ChaincodeInput { args, ..ChaincodeInput::default() };
        let message = ChaincodeMessage {
            r#type: Type::Transaction.into(),
            payload: input.encode_to_vec().into(),
            txid: "t".to_owned(),
            channel_id: "ch1".to_owned(),
            proposal: Some(proposal.clone()),
            ..ChaincodeMessage::default()
        };
        message.encode_length_delimited_to_vec()
    };
    let offered = ChaincodeAdditionalParams {
        use_write_batch: true,
        max_size_write_batch: 2,
        use_get_multiple_keys: true,
        max_size_get_multiple_keys: 2,
    };
    let begin = [said(Type::Registered.into(), "", ""), says(Type::Ready, "", &offered)].concat();
    let empty = said(Type::Response.into(), "t", "");
    let create = call(&["create", "a1", "blue", "5", "Tom", "300"]);
    put("chaincode", "create.bin", [&begin[..], &create, &empty, &empty, &empty].concat())?;
    let kv = proto::queryresult::Kv {
        key: "a1".to_owned(),
        value: r#"{"ID":"a1"}"#.into(),
        ..Default::default()
    };
    let result = QueryResultBytes { result_bytes: kv.encode_to_vec().into() };
    let rows = QueryResponse {
        results: vec![result],
        has_more: true,
        id: "1".to_owned(),
        ..QueryResponse::default()
    };
    let rows = says(Type::Response, "t", &rows);
    let all = [&begin[..], &call(&["all"]), &rows, &rows, &empty].concat();
    put("chaincode", "all.bin", all)?;
    let failed = said(Type::Error.into(), "t", "no such key");
    put("chaincode", "error.bin", [&begin[..], &call(&["read", "a1"]), &failed].concat())
}

/// What is right in each layer, behind its number: see `transaction`.
fn transactions() -> Result {
    let signer = SignatureHeader { creator: "creator".into(), nonce: "nonce".into() };
    let signer = signer.encode_to_vec();
    let ([action, results, event], [extension, header]) = (outcome(), headers());
    let response = ProposalResponsePayload {
        proposal_hash: vec![7; 32].into(),
        extension: action.clone().into(),
    };
    let endorsement = Endorsement { endorser: "peer".into(), signature: "signature".into() };
    let endorsed = ChaincodeEndorsedAction {
        proposal_response_payload: response.encode_to_vec().into(),
        endorsements: vec![endorsement.clone()],
    };
    let payload = ChaincodeActionPayload {
        chaincode_proposal_payload: "payload".into(),
        action: Some(endorsed),
    }
    .encode_to_vec();
    let inner =
        TransactionAction { header: signer.clone().into(), payload: payload.clone().into() };
    let transaction = Transaction { actions: vec![inner] }.encode_to_vec();
    let both = proto::common::Header {
        channel_header: header.clone().into(),
        signature_header: signer.clone().into(),
    };
    let whole = proto::common::Payload { header: Some(both), data: transaction.clone().into() };
    let whole = whole.encode_to_vec();
    let entry =
        proto::common::Envelope { payload: whole.clone().into(), signature: "signature".into() };
    let read = KvRead { key: "k01".to_owned(), version: None };
    let write = KvWrite { key: "k02".to_owned(), value: "v".into(), ..KvWrite::default() };
    let namespace = KvrwSet { reads: vec![read], writes: vec![write], ..KvrwSet::default() };
    let (response, namespace) = (response.encode_to_vec(), namespace.encode_to_vec());
    let outer = [entry.encode_to_vec(), whole, header, signer.clone(), extension, transaction];
    let inner = [signer, payload, response, action, results, namespace, event];
    let last = [endorsement.encode_to_vec()];
    for (number, layer) in outer.into_iter().chain(inner).chain(last).enumerate() {
        let bytes = [vec![u8::try_from(number)?], layer].concat();
        put("transaction", &format!("{number:02}.bin"), bytes)?;
    }
    Ok(())
}

fn chaincode_id() -> ChaincodeId {
    ChaincodeId { name: "basic".to_owned(), version: "1".to_owned(), path: String::new() }
}

/// What came out: all of it, its read/write set, its event.
fn outcome() -> [Vec<u8>; 3] {
    let results = Draft::new("basic").put("a", "1").put_in("one", "b", "1").results();
    let event = ChaincodeEvent { chaincode_id: "basic".to_owned(), ..ChaincodeEvent::default() };
    let action = ChaincodeAction {
        results: results.clone(),
        events: event.encode_to_vec().into(),
        response: Some(Response { status: 200, ..Response::default() }),
        chaincode_id: Some(chaincode_id()),
    };
    [action.encode_to_vec(), results.to_vec(), event.encode_to_vec()]
}

/// The extension of the channel header, and the header.
fn headers() -> [Vec<u8>; 2] {
    let extension = ChaincodeHeaderExtension { chaincode_id: Some(chaincode_id()) };
    let extension = extension.encode_to_vec();
    let header = ChannelHeader {
        r#type: HeaderType::EndorserTransaction.into(),
        timestamp: Some(now()),
        channel_id: "ch1".to_owned(),
        tx_id: "id".to_owned(),
        extension: extension.clone().into(),
        ..ChannelHeader::default()
    };
    [extension, header.encode_to_vec()]
}

/// A proposal as a client makes it, unsigned, and its layers: see `proposal`.
fn proposals() -> Result {
    let signed = signed()?;
    let proposal = Proposal::decode(signed.proposal_bytes.clone())?;
    let header = proto::common::Header::decode(proposal.header.clone())?;
    put("proposal", "signed.bin", [vec![0], signed.encode_to_vec()].concat())?;
    let layers = [&header.channel_header, &header.signature_header, &proposal.payload];
    for (layer, bytes) in layers.into_iter().enumerate() {
        let kind = u8::try_from(4 + layer)?;
        put("proposal", &format!("layer-{layer}.bin"), [&[kind], &bytes[..]].concat())?;
    }
    for (kind, name, args) in [
        (7, "args", &b"put\nkey\nvalue"[..]),
        (8, "lifecycle", b"QueryChaincodeDefinition\n\x0a\x05basic"),
        (9, "qscc", b"GetBlockByNumber\nch1\n1"),
        (9, "qscc-id", b"GetTransactionByID\nch1\nab"),
        (10, "cscc", b"GetChannelConfig\nch1"),
    ] {
        put("proposal", &format!("{name}.bin"), [&[kind], args].concat())?;
    }
    let submit = SubmitRequest { channel_id: "ch1".to_owned(), ..SubmitRequest::default() };
    put("proposal", "submit.bin", [vec![1], submit.encode_to_vec()].concat())?;
    put("proposal", "status.bin", [vec![2], status().encode_to_vec()].concat())?;
    put("proposal", "events.bin", [vec![3], events().encode_to_vec()].concat())
}

fn signed() -> Result<SignedProposal> {
    let request = block::Request {
        channel: "ch1",
        chaincode: "basic",
        args: vec!["put".into(), "key".into()],
        creator: "creator".into(),
        nonce: "nonce".into(),
        timestamp: now(),
        ..block::Request::default()
    };
    let proposal = block::Proposal::new(request, super::providers())?;
    Ok(SignedProposal { proposal_bytes: proposal.bytes().clone(), signature: "sign".into() })
}

fn status() -> CommitStatusRequest {
    CommitStatusRequest {
        transaction_id: "id".to_owned(),
        channel_id: "ch1".to_owned(),
        identity: "creator".into(),
    }
}

fn events() -> ChaincodeEventsRequest {
    ChaincodeEventsRequest {
        channel_id: "ch1".to_owned(),
        chaincode_id: "basic".to_owned(),
        identity: "creator".into(),
        ..ChaincodeEventsRequest::default()
    }
}

/// Calls of the gateway behind the byte that says which one.
fn calls() -> Result {
    let signed = signed()?;
    let endorse = EndorseRequest {
        channel_id: "ch1".to_owned(),
        proposed_transaction: Some(signed.clone()),
        endorsing_organizations: vec!["Org1MSP".to_owned()],
        ..EndorseRequest::default()
    };
    let evaluate = EvaluateRequest {
        channel_id: "ch1".to_owned(),
        proposed_transaction: Some(signed),
        ..EvaluateRequest::default()
    };
    let submit = SubmitRequest { channel_id: "ch1".to_owned(), ..SubmitRequest::default() };
    for (kind, name, bytes) in [
        (0, "endorse", endorse.encode_to_vec()),
        (1, "evaluate", evaluate.encode_to_vec()),
        (2, "submit", submit.encode_to_vec()),
        (5, "status", status().encode_to_vec()),
        (6, "events", events().encode_to_vec()),
    ] {
        put("gateway", &format!("{name}.bin"), [vec![kind], bytes].concat())?;
    }
    Ok(())
}

fn connections() -> Result {
    put(
        "connection",
        "tls.json",
        r#"{"address":"cc:9999","domain":"cc","dial_timeout":"10s","tls_required":true,
"client_auth_required":true,"client_key":"k","client_cert":"c","root_cert":"r"}"#,
    )?;
    put("connection", "number.json", r#"{"address":"cc:9999","dial_timeout":10000000000}"#)
}

fn texts() -> Result {
    put("node_yaml", "orderer.yaml", ORDERER)?;
    put("node_yaml", "core.yaml", CORE)?;
    let form = |key: &str, content: &str| {
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"{key}\"; filename=\"f\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n{content}\r\n--b--\r\n"
        )
    };
    let (all, one) = ("/participation/v1/channels", "/participation/v1/channels/ch1");
    let join = format!("POST {all} b\n{}", form("config-block", "\n\0"));
    put("form", "join.txt", join)?;
    let update = format!("PUT {all} b\n{}", form("config-update-envelope", "\n\0"));
    put("form", "update.txt", update)?;
    put("form", "list.txt", format!("GET {all} \n"))?;
    put("form", "info.txt", format!("GET {one} \n"))?;
    put("form", "remove.txt", format!("DELETE {one} \n"))?;
    put("form", "block.txt", format!("GET {one}/blocks/newest \n"))
}

const ORDERER: &str = "# ORDERER_GENERAL_LISTENPORT=7051
General:
  ListenAddress: 127.0.0.1
  ListenPort: 7050
  TLS: {Enabled: true, Certificate: s.crt, PrivateKey: s.key, ClientAuthRequired: true, ClientRootCAs: [ca.crt]}
  Keepalive: {ServerInterval: 2h, ServerTimeout: 20s}
  MaxRecvMsgSize: 104857600
  Cluster: {ListenAddress: 127.0.0.1, ListenPort: 7055, ServerCertificate: a, ServerPrivateKey: b, RPCTimeout: 7s}
  LocalMSPDir: msp
  LocalMSPID: OrdererMSP
  BCCSP: {Default: GM}
FileLedger: {Location: data}
ChannelParticipation: {Enabled: true, MaxRequestBodySize: 1 MB}
Admin: {ListenAddress: '127.0.0.1:9443', TLS: {Enabled: true, Certificate: s.crt, PrivateKey: s.key, ClientAuthRequired: true, ClientRootCAs: [ca.crt]}}
Operations: {ListenAddress: '127.0.0.1:8443'}
Metrics: {Provider: prometheus}
";

const CORE: &str = "# CORE_PEER_LISTENADDRESS=127.0.0.1:7052
peer:
  id: peer0
  listenAddress: 127.0.0.1:7051
  chaincodeListenAddress: 127.0.0.1:7052
  localMspId: Org1MSP
  mspConfigPath: msp
  fileSystemPath: data
  keepalive: {interval: 7200s, timeout: 20s}
  limits: {concurrency: {endorserService: 2500, deliverService: 2500, gatewayService: 500}}
  gateway: {enabled: true, endorsementTimeout: 30s}
  BCCSP: {Default: SW}
  tls: {enabled: true, cert: {file: s.crt}, key: {file: s.key}, clientAuthRequired: false}
chaincode: {mode: dev, startuptimeout: 300s, executetimeout: 30s}
operations: {listenAddress: '127.0.0.1:9443'}
metrics: {provider: prometheus}
";
