// SPDX-License-Identifier: Apache-2.0
//! Proposals that are not endorsed.

use super::sign::{high, with_other_s};
use super::world::{CHANNEL, World};
use super::{check_text, details, raw};
use crate::services::gateway::gateway_client::GatewayClient;
use ::peer::testing::{Draft, now};
use Code::{Aborted, FailedPrecondition, InvalidArgument, Unknown};
use bccsp::Suite;
use block::Request;
use msp::{SerializedIdentity, SigningIdentity};
use proto::Bytes;
use proto::common::{ChannelHeader, Header, HeaderType, SignatureHeader};
use proto::gateway::{EndorseRequest, EvaluateRequest};
use proto::prost::Message;
use proto::prost_types::Timestamp;
use proto::protos::{Proposal, SignedProposal, TxValidationCode};
use tonic::Code;

/// What is wrong, and what is said to it: by the endorser as an error of the call with status 2, or as an
/// answer with a status inside; by the gateway when it is asked to endorse, and to evaluate.
struct Case {
    name: &'static str,
    make: fn(&World) -> SignedProposal,
    endorser: Says,
    gateway: [Code; 2],
}

enum Says {
    Denied(&'static str),
    Answer(i32, &'static str),
}

use Says::{Answer, Denied};

/// Says who it was and no more.
const ACCESS: Says =
    Denied("error validating proposal: access denied: channel [ch1] creator org [Org1MSP]");
const NO: [Code; 2] = [FailedPrecondition, FailedPrecondition];

/// Of both families.
const CASES: &[Case] = &[
    Case {
        name: "a flipped bit of the signature",
        make: |world| signature(world, |bytes| *bytes.last_mut().unwrap() ^= 1),
        endorser: ACCESS,
        gateway: NO,
    },
    Case {
        name: "no signature",
        make: |world| signature(world, Vec::clear),
        endorser: ACCESS,
        gateway: NO,
    },
    Case {
        name: "a flipped bit of what is signed",
        make: |world| {
            let signed = good(world);
            let mut bytes = signed.proposal_bytes.to_vec();
            // The last byte is one of the arguments.
            *bytes.last_mut().unwrap() ^= 1;
            SignedProposal { proposal_bytes: bytes.into(), ..signed }
        },
        endorser: ACCESS,
        gateway: NO,
    },
    Case {
        name: "the signature of somebody else",
        make: |world| world.sign(world.request(CHANNEL, "asset"), &world.kit.members[0].admin),
        endorser: ACCESS,
        gateway: NO,
    },
    Case {
        name: "n - s in the place of s",
        make: |world| signature(world, |bytes| *bytes = with_other_s(world.suite, bytes)),
        endorser: ACCESS,
        gateway: NO,
    },
    Case {
        name: "somebody whom the organisation did not certify",
        make: |world| {
            let other = &world.kit.members[1].client;
            let identity = SerializedIdentity::new("Org1MSP", other.certificate());
            by(world, other, identity.encode())
        },
        endorser: ACCESS,
        gateway: NO,
    },
    Case {
        name: "somebody of an organisation that is not in the channel",
        make: |world| {
            let client = world.client();
            let identity = SerializedIdentity::new("NoMSP", client.certificate());
            by(world, client, identity.encode())
        },
        endorser: Denied(
            "error validating proposal: access denied: channel [ch1] creator org [NoMSP]",
        ),
        gateway: NO,
    },
    Case {
        name: "somebody who was revoked",
        make: |world| by(world, &world.revoked, world.revoked.serialized().clone()),
        endorser: ACCESS,
        gateway: NO,
    },
    Case {
        name: "somebody whose certificate has ended",
        make: |world| by(world, &world.expired, world.expired.serialized().clone()),
        endorser: Denied("proposal client identity expired 86400 seconds ago"),
        gateway: NO,
    },
    Case {
        name: "somebody who may not write",
        make: |world| {
            let peer = &world.kit.members[0].node;
            by(world, peer, peer.serialized().clone())
        },
        endorser: Denied("…"),
        gateway: NO,
    },
    Case {
        name: "another transaction id",
        make: |world| header(world, |channel, _| channel.tx_id = "ab".repeat(32)),
        endorser: Denied("error validating proposal: incorrectly computed txid 'abab…"),
        gateway: NO,
    },
    Case {
        name: "epoch 1",
        make: |world| header(world, |channel, _| channel.epoch = 1),
        endorser: Denied("error validating proposal: epoch is non-zero"),
        gateway: NO,
    },
    Case {
        name: "a type that is none of a proposal",
        make: |world| header(world, |channel, _| channel.r#type = HeaderType::ConfigUpdate.into()),
        endorser: Denied("error validating proposal: invalid header type"),
        gateway: NO,
    },
    Case {
        name: "no nonce",
        make: |world| header(world, |_, signature| signature.nonce.clear()),
        endorser: Denied("error validating proposal: nonce is empty"),
        gateway: NO,
    },
    Case {
        name: "no creator",
        make: |world| header(world, |_, signature| signature.creator.clear()),
        endorser: Denied("error validating proposal: creator is empty"),
        gateway: NO,
    },
    Case {
        name: "an hour early",
        make: |world| header(world, |channel, _| channel.timestamp = hours(-1)),
        endorser: Denied(
            "request unauthorized due to incorrect timestamp: 1893452400 seconds since 1970, peer time 1893456000",
        ),
        gateway: NO,
    },
    Case {
        name: "an hour late",
        make: |world| header(world, |channel, _| channel.timestamp = hours(1)),
        endorser: Denied(
            "request unauthorized due to incorrect timestamp: 1893459600 seconds since 1970, peer time 1893456000",
        ),
        gateway: NO,
    },
    Case {
        name: "no time",
        make: |world| header(world, |channel, _| channel.timestamp = None),
        endorser: Denied("error validating proposal: the channel header has no timestamp"),
        gateway: NO,
    },
    Case {
        name: "garbage",
        make: |_| SignedProposal { proposal_bytes: "\u{1}garbage".into(), signature: "x".into() },
        endorser: Denied("error unmarshalling proposal: …"),
        gateway: [InvalidArgument, InvalidArgument],
    },
    Case {
        name: "nothing",
        make: |_| SignedProposal::default(),
        endorser: Denied("error unmarshalling proposal: …"),
        gateway: [InvalidArgument, InvalidArgument],
    },
    Case {
        name: "a channel that is not here",
        make: |world| world.sign(world.request("nowhere", "asset"), world.client()),
        endorser: Answer(500, "channel 'nowhere' not found"),
        gateway: NO,
    },
    Case {
        name: "a chaincode that is not defined",
        make: |world| world.sign(world.request(CHANNEL, "unheard"), world.client()),
        endorser: Answer(500, "make sure the chaincode unheard has been successfully defined on…"),
        gateway: [FailedPrecondition, Unknown],
    },
    Case {
        name: "a chaincode of which this peer has no package",
        make: |world| world.sign(world.request(CHANNEL, "one"), world.client()),
        endorser: Answer(
            500,
            "error in simulation: chaincode definition for 'one' exists, but chaincode…",
        ),
        gateway: [Aborted, Unknown],
    },
    Case {
        name: "what the chaincode refuses",
        make: good,
        endorser: Answer(500, "…nothing…"),
        gateway: [Aborted, Unknown],
    },
];

pub(super) async fn check(world: &World) {
    for case in CASES {
        check_one(world, case, (case.make)(world)).await;
    }
    again(world).await;
    no_rule_of_low_s(world).await;
}

/// A transaction that is in the ledger is not looked at a second time.
async fn again(world: &World) {
    let envelope = world.envelope(&Draft::new("one").put("once", "1").by(&[0]));
    assert_eq!(world.order(std::slice::from_ref(&envelope)).await, [TxValidationCode::Valid]);
    let opened = block::Envelope::from_message(envelope).unwrap();
    let headers = opened.headers();
    let nonce = headers.nonce().clone();
    let request = Request { nonce, ..world.request(CHANNEL, "asset") };
    let wanted = format!("duplicate transaction found [{}]", headers.channel_header().tx_id);
    let case = Case {
        name: "a transaction that is in the ledger",
        make: good,
        endorser: Denied(wanted.leak()),
        gateway: NO,
    };
    check_one(world, &case, world.sign(request, world.client())).await;
}

/// The rule of one family is none of the other: there a high s is as good as any.
async fn no_rule_of_low_s(world: &World) {
    if world.suite == Suite::Nist {
        return;
    }
    let signed = world.sign(
        Request { args: vec!["GetAllAssets".into()], ..world.request(CHANNEL, "asset") },
        world.client(),
    );
    let signature = high(world.client(), world.suite, &signed.proposal_bytes).into();
    let bytes = SignedProposal { signature, ..signed }.encode_to_vec().into();
    let answer = raw::process(world.to_peer(), bytes).await.unwrap();
    assert_eq!(answer.response.unwrap().status, 200);
}

async fn check_one(world: &World, case: &Case, signed: SignedProposal) {
    let text = endorser(world, case, &signed).await;
    let mut gateway = GatewayClient::new(world.to_peer());
    let endorse =
        EndorseRequest { proposed_transaction: Some(signed.clone()), ..EndorseRequest::default() };
    let evaluate =
        EvaluateRequest { proposed_transaction: Some(signed), ..EvaluateRequest::default() };
    let endorsed = gateway.endorse(endorse).await.unwrap_err();
    let evaluated = gateway.evaluate(evaluate).await.unwrap_err();
    for (status, code) in [&endorsed, &evaluated].into_iter().zip(case.gateway) {
        assert_eq!(status.code(), code, "{}: {status}", case.name);
        let told = details(status);
        // Where an endorser was asked, its words are there.
        let is_told = told.iter().all(|detail| detail.contains(&text));
        assert!(is_told, "{}: {text} {told:?}", case.name);
        let was_asked = matches!(case.endorser, Denied(_)) && code == FailedPrecondition;
        assert!(!was_asked || told.len() == 1, "{}: {told:?}", case.name);
    }
}

/// What the endorser says.
async fn endorser(world: &World, case: &Case, signed: &SignedProposal) -> String {
    let answer = raw::process(world.to_peer(), signed.encode_to_vec().into()).await;
    match (&case.endorser, answer) {
        (Denied(wanted), Err(status)) => {
            assert_eq!(status.code(), Unknown, "{}", case.name);
            check_text(case.name, status.message(), wanted);
            status.message().to_owned()
        }
        (Answer(wanted, text), Ok(answer)) => {
            let response = answer.response.unwrap();
            assert_eq!(response.status, *wanted, "{}", case.name);
            assert!(answer.endorsement.is_none(), "{}", case.name);
            check_text(case.name, &response.message, text);
            response.message
        }
        (_, answer) => panic!("{}: {answer:?}", case.name),
    }
}

fn good(world: &World) -> SignedProposal {
    world.sign(world.request(CHANNEL, "asset"), world.client())
}

fn by(world: &World, who: &SigningIdentity, creator: Bytes) -> SignedProposal {
    world.sign(Request { creator, ..world.request(CHANNEL, "asset") }, who)
}

fn signature(world: &World, change: impl FnOnce(&mut Vec<u8>)) -> SignedProposal {
    let signed = good(world);
    let mut signature = signed.signature.to_vec();
    change(&mut signature);
    SignedProposal { signature: signature.into(), ..signed }
}

/// A proposal with other headers, signed as it is.
fn header(
    world: &World,
    change: impl FnOnce(&mut ChannelHeader, &mut SignatureHeader),
) -> SignedProposal {
    let mut proposal = Proposal::decode(good(world).proposal_bytes).unwrap();
    let header = Header::decode(proposal.header).unwrap();
    let mut channel = ChannelHeader::decode(header.channel_header).unwrap();
    let mut signature = SignatureHeader::decode(header.signature_header).unwrap();
    change(&mut channel, &mut signature);
    let header = Header {
        channel_header: channel.encode_to_vec().into(),
        signature_header: signature.encode_to_vec().into(),
    };
    proposal.header = header.encode_to_vec().into();
    let proposal_bytes = Bytes::from(proposal.encode_to_vec());
    let signature = world.client().sign(&[&proposal_bytes]).unwrap().into_vec().into();
    SignedProposal { proposal_bytes, signature }
}

fn hours(by: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds: now().seconds + by * 3600, nanos: 0 })
}
