// SPDX-License-Identifier: Apache-2.0
//! What a gateway does: who must endorse, transactions put together, signed requests, events.

mod peers;

use bccsp::Suite;
use block::{Envelope, sign_payload};
use gmca_peer::View;
use gmca_peer::assemble::{
    CannotMeet, Chooser, NotAllowed, NotPrepared, chaincode_events, check_chaincode_events,
    check_commit_status, check_deliver, check_submit, filtered, prepare,
};
use gmca_peer::testing::{reference, signatures};
use msp::SigningIdentity;
use peers::{CHANNEL, Peers, completed, id_of};
use proto::Bytes;
use proto::common::{self, HeaderType, Payload};
use proto::gateway::{
    ChaincodeEventsRequest, CommitStatusRequest, SignedChaincodeEventsRequest,
    SignedCommitStatusRequest, SubmitRequest,
};
use proto::prost::Message;
use proto::protos::{
    ApplicationPolicy, ChaincodeCall, ChaincodeEvent, ChaincodeInterest, ChaincodeMessage,
    ProposalResponse, SignedProposal, TxValidationCode as Code,
};
use std::collections::BTreeMap;

fn deployed(suite: Suite) -> Peers {
    let peers = Peers::new(suite);
    peers.deploy("basic", 1, false);
    peers
}

fn endorsed(
    peers: &Peers,
    signed: &SignedProposal,
    peer: usize,
    payload: &str,
) -> ProposalResponse {
    peers.run(peer, signed.clone(), &mut |_, message| {
        let event = ChaincodeEvent {
            event_name: "sold".into(),
            payload: "secret".into(),
            ..ChaincodeEvent::default()
        };
        let chaincode_event = Some(event);
        ChaincodeMessage { chaincode_event, ..completed(&id_of(&message), payload) }
    })
}

#[test]
fn a_transaction_has_the_headers_of_its_proposal() {
    for suite in [Suite::Nist, Suite::Gm] {
        let peers = deployed(suite);
        let signed = peers.proposal("basic", &[b"f"]);
        let responses = [0, 1, 1].map(|peer| endorsed(&peers, &signed, peer, "same"));
        let envelope = prepare(&signed, &responses).unwrap();
        assert!(envelope.signature.is_empty());
        let payload = Payload::decode(envelope.payload.clone()).unwrap();
        let proposal = proto::protos::Proposal::decode(signed.proposal_bytes.clone()).unwrap();
        assert_eq!(payload.header.unwrap().encode_to_vec(), proposal.header);
        let opened = Envelope::from_message(envelope).unwrap();
        let transaction = opened.transaction().unwrap();
        let action = transaction.action().unwrap();
        // The second answer of one peer is left out.
        assert_eq!(action.endorsements().len(), 2);
        assert_eq!(peers.commit(&signed, peers.client(), &responses), Code::Valid);
    }
}

#[test]
fn endorsements_that_do_not_fit() {
    let peers = deployed(Suite::Gm);
    let signed = peers.proposal("basic", &[b"f"]);
    let one = endorsed(&peers, &signed, 0, "one");
    let other = endorsed(&peers, &signed, 1, "other");
    assert_eq!(prepare(&signed, &[]), Err(NotPrepared::Nothing));
    assert_eq!(prepare(&signed, &[one.clone(), other]), Err(NotPrepared::Differ { index: 1 }));
    let mut refused = one.clone();
    refused.response.as_mut().unwrap().status = 500;
    refused.response.as_mut().unwrap().message = "no".into();
    let error = prepare(&signed, &[one.clone(), refused]).unwrap_err();
    assert_eq!(error.to_string(), "chaincode response 500, no");
    let bare = ProposalResponse { endorsement: None, ..one.clone() };
    assert!(matches!(prepare(&signed, &[bare]), Err(NotPrepared::Malformed(_))));
    let empty = ProposalResponse { response: None, ..one };
    assert!(matches!(prepare(&signed, &[empty]), Err(NotPrepared::Malformed(_))));
}

fn choose(
    peers: &Peers,
    available: &[(&str, usize)],
    policies: &[(&str, ApplicationPolicy)],
) -> Result<BTreeMap<String, usize>, CannotMeet> {
    let config = peers.channel().config();
    let available = available.iter().map(|(id, count)| ((*id).to_owned(), *count)).collect();
    let chooser = Chooser { config: &config, available: &available, prefer: "Org2MSP" };
    let call = |(name, _): &(&str, _)| ChaincodeCall { name: (*name).into(), ..Default::default() };
    let interest = ChaincodeInterest { chaincodes: policies.iter().map(call).collect() };
    chooser.choose(&interest, &mut |name| {
        let found = policies.iter().find(|(other, _)| *other == name);
        found.map(|(_, policy)| policy.encode_to_vec().into())
    })
}

fn needs(all: &[(&str, usize)]) -> Result<BTreeMap<String, usize>, CannotMeet> {
    Ok(all.iter().map(|(id, count)| ((*id).to_owned(), *count)).collect())
}

#[test]
fn as_few_endorsers_as_possible() {
    let peers = Peers::new(Suite::Nist);
    let all = [("Org1MSP", 3), ("Org2MSP", 2), ("Org3MSP", 1)];
    let one = |text: &str| choose(&peers, &all, &[("cc", signatures(text))]);
    let (a, b, c) = ("'Org1MSP.peer'", "'Org2MSP.member'", "'Org3MSP.peer'");
    assert_eq!(one(&format!("OR({a}, {b}, {c})")), needs(&[("Org2MSP", 1)]));
    assert_eq!(one(&format!("AND({a}, {a}, {c})")), needs(&[("Org1MSP", 2), ("Org3MSP", 1)]));
    let mixed = format!("OR(AND({a}, {b}, {c}), AND({a}, {a}))");
    assert_eq!(one(&mixed), needs(&[("Org1MSP", 2)]));
    assert_eq!(one(&format!("OutOf(2, {a}, {b}, {c})")), needs(&[("Org1MSP", 1), ("Org2MSP", 1)]));
    let short = one(&format!("AND({c}, {c})"));
    assert_eq!(short, Err(CannotMeet::Peers("cc".into())));
    assert!(one("OR('Org1MSP.admin', 'Org4MSP.peer')").is_err());
    let long = (0..100).map(|_| a).collect::<Vec<_>>().join(", ");
    assert_eq!(one(&format!("OutOf(1, {long}, {b})")), needs(&[("Org2MSP", 1)]));
    assert!(one(&format!("OutOf(4, {long})")).is_err());

    let reference = reference("/Channel/Application/Endorsement");
    let found = choose(&peers, &all, &[("cc", reference.clone())]);
    assert_eq!(found, needs(&[("Org1MSP", 1), ("Org2MSP", 1)]));
    let found = choose(&peers, &[("Org1MSP", 1)], &[("cc", reference.clone())]);
    assert_eq!(found, Err(CannotMeet::Peers("cc".into())));
    // What one chaincode needs counts for the other.
    let both = [("cc", reference), ("dd", signatures(&format!("OR({a}, {c})")))];
    assert_eq!(choose(&peers, &all, &both), needs(&[("Org1MSP", 1), ("Org2MSP", 1)]));
    assert!(matches!(
        choose(&peers, &all, &[("cc", ApplicationPolicy::default())]),
        Err(CannotMeet::Unreadable(_))
    ));
}

#[test]
fn policies_of_keys_count_too() {
    let peers = Peers::new(Suite::Gm);
    let config = peers.channel().config();
    let available = [("Org1MSP".to_owned(), 1), ("Org2MSP".to_owned(), 1)].into();
    let chooser = Chooser { config: &config, available: &available, prefer: "Org1MSP" };
    let policy = msp::SignaturePolicy::parse("'Org2MSP.peer'").unwrap().to_proto();
    let call = ChaincodeCall {
        name: "cc".into(),
        key_policies: vec![policy],
        disregard_namespace_policy: true,
        ..ChaincodeCall::default()
    };
    let interest = ChaincodeInterest { chaincodes: vec![call] };
    assert_eq!(chooser.choose(&interest, &mut |_| None), needs(&[("Org2MSP", 1)]));
}

fn status(
    peers: &Peers,
    request: &CommitStatusRequest,
    who: &SigningIdentity,
) -> Result<(), NotAllowed> {
    let request = Bytes::from(request.encode_to_vec());
    let signature = who.sign(&[&request]).unwrap().into_vec().into();
    let signed = SignedCommitStatusRequest { request, signature };
    check_commit_status(&peers.endorsers[0], &signed)
        .map(|(view, _)| assert_eq!(view.id(), CHANNEL))
}

#[test]
fn signed_requests() {
    for suite in [Suite::Nist, Suite::Gm] {
        let peers = Peers::new(suite);
        let client = peers.client();
        let request = CommitStatusRequest {
            transaction_id: "ab".into(),
            channel_id: CHANNEL.into(),
            identity: client.serialized().clone(),
        };
        assert_eq!(status(&peers, &request, client), Ok(()));
        let other = &peers.kit.members[1].client;
        assert!(matches!(status(&peers, &request, other), Err(NotAllowed::Denied(_))));
        let orderer = &peers.kit.orderers.node;
        let foreign =
            CommitStatusRequest { identity: orderer.serialized().clone(), ..request.clone() };
        assert!(matches!(status(&peers, &foreign, orderer), Err(NotAllowed::Denied(_))));
        let nowhere = CommitStatusRequest { channel_id: "ch9".into(), ..request.clone() };
        assert_eq!(status(&peers, &nowhere, client), Err(NotAllowed::NoChannel("ch9".into())));
        let nothing = CommitStatusRequest { transaction_id: String::new(), ..request };
        assert!(matches!(status(&peers, &nothing, client), Err(NotAllowed::Malformed(_))));

        let events = ChaincodeEventsRequest {
            channel_id: CHANNEL.into(),
            chaincode_id: "basic".into(),
            identity: client.serialized().clone(),
            ..ChaincodeEventsRequest::default()
        };
        let request = Bytes::from(events.encode_to_vec());
        let signature = client.sign(&[&request]).unwrap().into_vec().into();
        let mut signed = SignedChaincodeEventsRequest { request, signature };
        assert!(check_chaincode_events(&peers.endorsers[0], &signed).is_ok());
        signed.signature = Bytes::new();
        let denied = check_chaincode_events(&peers.endorsers[0], &signed);
        assert!(matches!(denied, Err(NotAllowed::Denied(_))));
    }
}

#[test]
fn what_is_submitted() {
    let peers = deployed(Suite::Nist);
    let signed = peers.proposal("basic", &[b"f"]);
    let prepared = prepare(&signed, &[endorsed(&peers, &signed, 0, "")]).unwrap();
    let envelope = sign_payload(prepared.payload.clone(), &**peers.client().key()).unwrap();
    let id = Envelope::from_message(envelope.clone()).unwrap();
    let id = id.headers().channel_header().tx_id.clone();
    let good = SubmitRequest {
        transaction_id: id,
        channel_id: CHANNEL.into(),
        prepared_transaction: Some(envelope),
    };
    assert_eq!(check_submit(&good), Ok(()));
    for bad in [
        SubmitRequest { prepared_transaction: None, ..good.clone() },
        SubmitRequest { prepared_transaction: Some(prepared), ..good.clone() },
        SubmitRequest { transaction_id: "x".into(), ..good.clone() },
        SubmitRequest { channel_id: "x".into(), ..good },
    ] {
        assert!(matches!(check_submit(&bad), Err(NotAllowed::Malformed(_))));
    }
}

#[test]
fn what_listeners_hear() {
    let peers = deployed(Suite::Gm);
    let signed = peers.proposal("basic", &[b"f"]);
    let responses = [0, 1].map(|peer| endorsed(&peers, &signed, peer, "x"));
    assert_eq!(peers.commit(&signed, peers.client(), &responses), Code::Valid);
    let alone = peers.proposal("basic", &[b"f"]);
    let code = peers.commit(&alone, peers.client(), &[endorsed(&peers, &alone, 0, "x")]);
    assert_eq!(code, Code::EndorsementPolicyFailure);
    let channel = peers.channel();
    let block = |number| channel.block(number).unwrap().unwrap();
    let (good, bad) = (block(4), block(5));
    let [event] = &chaincode_events(&good, "basic")[..] else { panic!() };
    assert_eq!((event.event_name.as_str(), &event.payload[..]), ("sold", &b"secret"[..]));
    assert!(chaincode_events(&good, "other").is_empty());
    // Nothing is heard of what is not valid.
    assert!(chaincode_events(&bad, "basic").is_empty());

    let told = filtered(CHANNEL, &good);
    assert_eq!((told.channel_id.as_str(), told.number), (CHANNEL, 4));
    let [transaction] = &told.filtered_transactions[..] else { panic!() };
    assert_eq!(transaction.r#type, i32::from(HeaderType::EndorserTransaction));
    assert_eq!(transaction.txid.len(), 64);
    let text = format!("{transaction:?}");
    assert!(text.contains("sold") && !text.contains("secret"), "{text}");
    let told = filtered(CHANNEL, &bad);
    assert_eq!(told.filtered_transactions[0].tx_validation_code, 10);
    let genesis = filtered(CHANNEL, &block(0));
    assert_eq!(genesis.filtered_transactions[0].r#type, 1);
    assert!(genesis.filtered_transactions[0].data.is_none());
}

#[test]
fn who_may_have_blocks() {
    let peers = Peers::new(Suite::Nist);
    let view = View::new(peers.channel());
    let envelope = |who: &SigningIdentity| {
        let header = common::ChannelHeader {
            r#type: HeaderType::DeliverSeekInfo.into(),
            channel_id: CHANNEL.into(),
            ..common::ChannelHeader::default()
        };
        // Node's gateway leaves the nonce empty.
        let creator =
            common::SignatureHeader { creator: who.serialized().clone(), nonce: Bytes::new() };
        let payload = block::payload(&header, &creator, Bytes::new());
        Envelope::from_message(sign_payload(payload, &**who.key()).unwrap()).unwrap()
    };
    assert!(check_deliver(&view, &envelope(peers.client()), false).is_ok());
    assert!(check_deliver(&view, &envelope(peers.client()), true).is_ok());
    let orderer = &peers.kit.orderers.node;
    assert!(check_deliver(&view, &envelope(orderer), false).is_err());
}
