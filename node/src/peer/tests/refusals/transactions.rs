// SPDX-License-Identifier: Apache-2.0
//! What an orderer takes and no peer counts: the code in the block, which every client is told, and the
//! reason, which an operator is.

use super::world::World;
use super::{check_text, raw};
use crate::services::gateway::gateway_client::GatewayClient;
use ::peer::testing::{Draft, now};
use Verdict::*;
use block::{Version, sign_payload};
use proto::Bytes;
use proto::common::{ChannelHeader, Envelope, HeaderType, Payload, SignatureHeader};
use proto::gateway::{CommitStatusRequest, SignedCommitStatusRequest};
use proto::kvrwset::{QueryReads, RangeQueryInfo, range_query_info::ReadsInfo};
use proto::prost::Message;
use proto::prost_types::Timestamp;
use proto::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEndorsedAction, Endorsement,
    ProposalResponsePayload, Transaction, TxValidationCode as Verdict,
};

/// What is wrong, the code, and the reason.
type Case = (&'static str, fn(&World) -> Envelope, Verdict, &'static str);

const CASES: &[Case] = &[
    ("nothing", good, Valid, ""),
    (
        "epoch 1",
        |world| header(world, |header| header.epoch = 1),
        BadCommonHeader,
        "its epoch is 1 and must be 0",
    ),
    (
        "a type that is none of a transaction",
        |world| header(world, |header| header.r#type = HeaderType::Message.into()),
        BadCommonHeader,
        "it is of type MESSAGE",
    ),
    (
        "a type that nobody knows",
        |world| header(world, |header| header.r#type = 99),
        BadCommonHeader,
        "it is of the unknown type 99",
    ),
    ("no nonce", no_nonce, BadCommonHeader, "it has no nonce"),
    (
        "another transaction id",
        |world| header(world, |header| header.tx_id = "ab".repeat(32)),
        BadProposalTxid,
        "its id must be …, from nonce and creator",
    ),
    // Orderers and committers look at no clock: of a proposal the endorser did.
    ("an hour early", |world| endorsed_at(world, now().seconds - 3600), Valid, ""),
    (
        "the payload of another proposal",
        |world| action(world, |action| action.chaincode_proposal_payload = "another".into()),
        InvalidEndorserTransaction,
        "another proposal hash was endorsed than that of it by …",
    ),
    (
        "the time of another proposal",
        |world| header(world, |header| header.timestamp = Some(Timestamp::default())),
        InvalidEndorserTransaction,
        "another proposal hash was endorsed than that of it by …",
    ),
    (
        "two actions",
        |world| transaction(world, |all| all.actions.push(all.actions[0].clone())),
        InvalidEndorserTransaction,
        "it has 2 actions and must have one",
    ),
    (
        "nothing that was endorsed",
        |world| action(world, |action| action.action = None),
        InvalidEndorserTransaction,
        "nothing was endorsed",
    ),
    (
        "a result that was not endorsed",
        |world| result(world, |result| result.response.as_mut().unwrap().status = 201),
        EndorsementPolicyFailure,
        "namespace `both`: …",
    ),
    (
        "endorsers who came to different results",
        |world| endorsements(world, |all| all[1].signature = other_result(world)),
        EndorsementPolicyFailure,
        "namespace `both`: …",
    ),
    (
        "one endorser twice",
        |world| endorsements(world, |all| all[1] = all[0].clone()),
        EndorsementPolicyFailure,
        "namespace `both`: …",
    ),
    (
        "the endorsement of a client",
        endorsed_by_client,
        EndorsementPolicyFailure,
        "namespace `both`: …",
    ),
    (
        "one endorser where two are asked for",
        |world| world.envelope(&both().put("b", "1").by(&[0])),
        EndorsementPolicyFailure,
        "namespace `both`: …",
    ),
    (
        "one endorser who is another than is asked for",
        |world| world.envelope(&one().put("b", "1").by(&[1])),
        EndorsementPolicyFailure,
        "namespace `one`: …Org1MSP…",
    ),
    (
        "one endorser where a chaincode that asks for two is only called by another, and writes",
        |world| world.envelope(&one().put_in("both", "b", "1").by(&[0])),
        EndorsementPolicyFailure,
        "namespace `both`: …",
    ),
    ("the same with both", |world| world.envelope(&one().put_in("both", "c", "1")), Valid, ""),
    (
        "a chaincode without definition",
        |world| world.envelope(&Draft::new("unheard").put("a", "1")),
        InvalidChaincode,
        "the channel has no definition of chaincode `unheard`",
    ),
    (
        "a chaincode without definition that is only called by another",
        |world| world.envelope(&one().put_in("unheard", "a", "1")),
        InvalidChaincode,
        "the channel has no definition of chaincode `unheard`",
    ),
    (
        "the event of another chaincode",
        |world| world.envelope(&both().with_event("one")),
        InvalidOtherReason,
        "its event is one of chaincode `one`, not of the one that was called",
    ),
    (
        "a namespace that is there twice",
        twice,
        IllegalWriteset,
        "namespace `both` is in its set twice",
    ),
    (
        "a set that is none",
        |world| result(world, |result| result.results = "\u{1}garbage".into()),
        BadRwset,
        "…",
    ),
    (
        "a value that was changed since",
        |world| {
            world.envelope(&one().read("a", Some(Version { block: 1, transaction: 0 })).by(&[0]))
        },
        MvccReadConflict,
        "…`a`…",
    ),
    (
        "a key that was not there",
        |world| world.envelope(&one().read("a", None).by(&[0])),
        MvccReadConflict,
        "…`a`…",
    ),
    ("a range in which there is more by now", phantom, PhantomReadConflict, "…"),
];

pub(super) async fn check(world: &World) {
    let envelopes: Vec<Envelope> = CASES.iter().map(|(_, make, ..)| make(world)).collect();
    let found = world.order(&envelopes).await;
    for ((name, _, wanted, why), (envelope, code)) in CASES.iter().zip(envelopes.iter().zip(&found))
    {
        assert_eq!(code, wanted, "{name}");
        let opened = block::Envelope::from_message(envelope.clone()).unwrap();
        let id = &opened.headers().channel_header().tx_id;
        let explained = world.channel().explain(id).unwrap().unwrap();
        let said: Vec<&str> = explained.reasons.iter().map(|why| why.text.as_str()).collect();
        check_text(name, &said.join("; "), why);
        assert_eq!(status(world, id).await, i32::from(*wanted), "{name}");
    }
    duplicates(world).await;
    conflicts(world).await;
    not_canonical(world).await;
}

/// What `CommitStatus` says of it.
async fn status(world: &World, id: &str) -> i32 {
    let request = CommitStatusRequest {
        transaction_id: id.to_owned(),
        channel_id: super::world::CHANNEL.to_owned(),
        identity: world.client().serialized().clone(),
    };
    let request = Bytes::from(request.encode_to_vec());
    let signature = world.client().sign(&[&request]).unwrap().into_vec().into();
    let signed = SignedCommitStatusRequest { request, signature };
    let answer = GatewayClient::new(world.to_peer()).commit_status(signed).await;
    answer.unwrap().into_inner().result
}

async fn duplicates(world: &World) {
    let twice = world.envelope(&one().put("d", "1").by(&[0]));
    // In one block or in two: of a pair the first counts.
    let found = world.order(&[twice.clone(), twice.clone()]).await;
    assert_eq!(found, [Valid, DuplicateTxid]);
    assert_eq!(world.order(&[twice]).await, [DuplicateTxid]);
    // One that did not count is not done again either.
    let failed = world.envelope(&both().put("d", "1").by(&[0]));
    let first = world.order(std::slice::from_ref(&failed)).await;
    assert_eq!(first, [EndorsementPolicyFailure]);
    assert_eq!(world.order(&[failed]).await, [DuplicateTxid]);
}

/// Two that read and write the same: the first counts, whichever block the second is in.
async fn conflicts(world: &World) {
    assert_eq!(world.order(&[world.envelope(&one().put("e", "1").by(&[0]))]).await, [Valid]);
    let block = world.channel().height() - 1;
    let version = Some(Version { block, transaction: 0 });
    let pair = [(); 2].map(|()| world.envelope(&one().read("e", version).put("e", "2").by(&[0])));
    assert_eq!(world.order(&pair).await, [Valid, MvccReadConflict]);
}

/// Whatever form an envelope comes in, it stands in the block in the one form that it may have.
async fn not_canonical(world: &World) {
    let forms: [fn(&Envelope) -> Vec<u8>; 4] = [
        // The signature first.
        |e| [field(2, &e.signature), field(1, &e.payload)].concat(),
        // A field that nobody knows.
        |e| [e.encode_to_vec(), field(15, b"more")].concat(),
        // Another payload, of which the last counts.
        |e| [field(1, b"another"), e.encode_to_vec()].concat(),
        // A length of more bytes than it takes.
        |e| {
            let length = u32::try_from(e.payload.len()).unwrap();
            let seven = |shift: u32| u8::try_from(length >> shift & 0x7f).unwrap();
            let long = [0x0a, seven(0) | 0x80, seven(7) | 0x80, seven(14) | 0x80, 0];
            [&long[..], &e.payload, &field(2, &e.signature)].concat()
        },
    ];
    for form in forms {
        let envelope = good(world);
        let from = world.channel().height();
        let answers = raw::broadcast(world.to_orderer(), vec![form(&envelope).into()]).await;
        assert_eq!(answers.unwrap()[0].status, 200);
        let wanted = vec![envelope.encode_to_vec()];
        assert_ne!(form(&envelope), wanted[0]);
        let found = raw::verdicts(world.to_peer(), world.client(), from, wanted).await;
        assert_eq!(found, [Valid]);
    }
}

/// A field of bytes, in at most three bytes of length.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    proto::prost::encoding::encode_varint(bytes.len() as u64, &mut field);
    field.extend(bytes);
    field
}

fn one() -> Draft {
    Draft::new("one")
}

fn both() -> Draft {
    Draft::new("both")
}

fn good(world: &World) -> Envelope {
    world.envelope(&both().put("f", "1"))
}

/// A transaction, changed and signed again.
fn changed(world: &World, change: impl FnOnce(&mut Payload)) -> Envelope {
    let mut payload = Payload::decode(good(world).payload).unwrap();
    change(&mut payload);
    sign_payload(payload.encode_to_vec(), &**world.client().key()).unwrap()
}

fn header(world: &World, change: impl FnOnce(&mut ChannelHeader)) -> Envelope {
    changed(world, |payload| {
        let header = payload.header.as_mut().unwrap();
        let mut channel = ChannelHeader::decode(header.channel_header.clone()).unwrap();
        change(&mut channel);
        header.channel_header = channel.encode_to_vec().into();
    })
}

fn no_nonce(world: &World) -> Envelope {
    changed(world, |payload| {
        let header = payload.header.as_mut().unwrap();
        let signer = SignatureHeader::decode(header.signature_header.clone()).unwrap();
        let signer = SignatureHeader { nonce: Bytes::new(), ..signer };
        header.signature_header = signer.encode_to_vec().into();
    })
}

fn transaction(world: &World, change: impl FnOnce(&mut Transaction)) -> Envelope {
    changed(world, |payload| {
        let mut transaction = Transaction::decode(payload.data.clone()).unwrap();
        change(&mut transaction);
        payload.data = transaction.encode_to_vec().into();
    })
}

fn action(world: &World, change: impl FnOnce(&mut ChaincodeActionPayload)) -> Envelope {
    transaction(world, |transaction| {
        let action = &mut transaction.actions[0];
        let mut payload = ChaincodeActionPayload::decode(action.payload.clone()).unwrap();
        change(&mut payload);
        action.payload = payload.encode_to_vec().into();
    })
}

fn endorsements(world: &World, change: impl FnOnce(&mut Vec<Endorsement>)) -> Envelope {
    action(world, |action| change(&mut action.action.as_mut().unwrap().endorsements))
}

/// Another result under the endorsements of what it was.
fn result(world: &World, change: impl FnOnce(&mut ChaincodeAction)) -> Envelope {
    action(world, |action| {
        let endorsed: &mut ChaincodeEndorsedAction = action.action.as_mut().unwrap();
        let bytes = endorsed.proposal_response_payload.clone();
        let mut payload = ProposalResponsePayload::decode(bytes).unwrap();
        let mut result = ChaincodeAction::decode(payload.extension.clone()).unwrap();
        change(&mut result);
        payload.extension = result.encode_to_vec().into();
        endorsed.proposal_response_payload = payload.encode_to_vec().into();
    })
}

fn twice(world: &World) -> Envelope {
    result(world, |result| {
        let mut set = proto::rwset::TxReadWriteSet::decode(result.results.clone()).unwrap();
        set.ns_rwset.push(set.ns_rwset[0].clone());
        result.results = set.encode_to_vec().into();
    })
}

/// What the second organisation's peer signs of another result.
fn other_result(world: &World) -> Bytes {
    let peer = &world.kit.members[1].node;
    peer.sign(&[b"another result", peer.serialized()]).unwrap().into_vec().into()
}

/// A client of the second organisation signs what its peer should have.
fn endorsed_by_client(world: &World) -> Envelope {
    action(world, |action| {
        let endorsed = action.action.as_mut().unwrap();
        let client = &world.kit.members[1].client;
        let endorser = client.serialized().clone();
        let signed = client.sign(&[&endorsed.proposal_response_payload, &endorser]).unwrap();
        endorsed.endorsements[1] = Endorsement { endorser, signature: signed.into_vec().into() };
    })
}

fn phantom(world: &World) -> Envelope {
    let range = RangeQueryInfo {
        start_key: "a".into(),
        end_key: "b".into(),
        itr_exhausted: true,
        reads_info: Some(ReadsInfo::RawReads(QueryReads::default())),
    };
    let draft = one().change("one", |set| set.range_queries_info.push(range));
    world.envelope(&draft.by(&[0]))
}

/// One whose proposal was made then, and endorsed.
fn endorsed_at(world: &World, seconds: i64) -> Envelope {
    let request = block::Request {
        timestamp: Timestamp { seconds, nanos: 0 },
        ..world.request(super::world::CHANNEL, "both")
    };
    let proposal = block::Proposal::new(request, &world.kit.providers).unwrap();
    let action = ChaincodeAction {
        results: both().put("g", "1").results(),
        response: Some(proto::protos::Response { status: 200, ..Default::default() }),
        chaincode_id: Some(proto::protos::ChaincodeId {
            name: "both".into(),
            version: "1".into(),
            ..Default::default()
        }),
        ..ChaincodeAction::default()
    };
    let config = world.channel().config();
    let endorsed: Vec<_> = (world.kit.members.iter())
        .map(|member| {
            let (who, key) = (member.node.serialized(), &**member.node.key());
            proposal.endorse(&action, config.hash().unwrap(), who, key).unwrap()
        })
        .collect();
    sign_payload(proposal.assemble(&endorsed).unwrap(), &**world.client().key()).unwrap()
}
