// SPDX-License-Identifier: Apache-2.0
//! Proposals: every check with its answer, and what an endorsement is over.

mod peers;

use bccsp::{Context, Suite};
use block::Proposal;
use gmca_peer::endorse::{Denied, Plan};
use gmca_peer::stream::Failure;
use peers::{CHANNEL, Peers, completed, id_of, says};
use proto::Bytes;
use proto::common::{ChannelHeader, Header, SignatureHeader};
use proto::prost::Message;
use proto::protos::chaincode_message::Type;
use proto::protos::{
    ChaincodeAction, ProposalResponse, ProposalResponsePayload, Response, SignedProposal,
    TxValidationCode as Code,
};
use sys::Timestamp;

fn deployed(suite: Suite) -> Peers {
    let peers = Peers::new(suite);
    peers.deploy("basic", 1, false);
    peers
}

/// A proposal with another header, signed again.
fn changed(
    peers: &Peers,
    change: impl FnOnce(&mut ChannelHeader, &mut SignatureHeader),
) -> SignedProposal {
    let good = peers.proposal("basic", &[b"f"]);
    let mut proposal = proto::protos::Proposal::decode(good.proposal_bytes).unwrap();
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
    let signature = peers.client().sign(&[&proposal_bytes]).unwrap().into_vec().into();
    SignedProposal { proposal_bytes, signature }
}

fn denied(peers: &Peers, signed: SignedProposal) -> String {
    peers.endorsers[0].begin(signed).unwrap_err().to_string()
}

#[test]
fn a_bad_signature_says_no_more_than_that() {
    for suite in [Suite::Nist, Suite::Gm] {
        let peers = deployed(suite);
        let text = "error validating proposal: access denied: channel [ch1] creator org [Org1MSP]";
        let mut flipped = peers.proposal("basic", &[b"f"]);
        let mut signature = flipped.signature.to_vec();
        *signature.last_mut().unwrap() ^= 1;
        flipped.signature = signature.into();
        assert_eq!(denied(&peers, flipped), text);

        // Somebody of an unknown family of certificates, and one whom nobody certified.
        let stranger = peers.kit.orderers.member("client", "c");
        let mut request = peers.request("basic", &[b"f"], &stranger);
        let wrong = msp::SerializedIdentity::new("Org1MSP", stranger.certificate()).encode();
        request.creator = wrong;
        assert_eq!(denied(&peers, peers.sign(request, &stranger)), text);
        let mut request = peers.request("basic", &[b"f"], &stranger);
        request.creator = msp::SerializedIdentity::new("NoMSP", stranger.certificate()).encode();
        let text = text.replace("Org1MSP", "NoMSP");
        assert_eq!(denied(&peers, peers.sign(request, &stranger)), text);
    }
}

#[test]
fn high_s_is_refused() {
    let peers = deployed(Suite::Nist);
    let mut signed = peers.proposal("basic", &[b"f"]);
    signed.signature = high_s(&signed.signature).into();
    let text = "error validating proposal: access denied: channel [ch1] creator org [Org1MSP]";
    assert_eq!(denied(&peers, signed), text);
}

/// The same signature with n - s, DER.
fn high_s(signature: &[u8]) -> Vec<u8> {
    const N: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let r_len = usize::from(signature[3]);
    let r = &signature[2..4 + r_len];
    let s = &signature[6 + r_len..];
    let mut wide = [0_u8; 32];
    let s = if s.len() > 32 { &s[s.len() - 32..] } else { s };
    wide[32 - s.len()..].copy_from_slice(s);
    let (mut other, mut borrow) = ([0_u8; 32], 0_i16);
    for at in (0..32).rev() {
        let difference = i16::from(N[at]) - i16::from(wide[at]) - borrow;
        borrow = i16::from(difference < 0);
        other[at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    let mut integer = vec![0];
    integer.extend(other);
    let mut body = r.to_vec();
    body.extend([0x02, 33]);
    body.extend(integer);
    let mut all = vec![0x30, u8::try_from(body.len()).unwrap()];
    all.extend(body);
    all
}

#[test]
fn headers_are_judged() {
    let peers = deployed(Suite::Gm);
    let text = denied(&peers, changed(&peers, |channel, _| channel.tx_id = "ab".repeat(32)));
    assert!(text.starts_with("error validating proposal: incorrectly computed txid"), "{text}");
    let text = denied(&peers, changed(&peers, |channel, _| channel.epoch = 1));
    assert_eq!(text, "error validating proposal: epoch is non-zero");
    let text = denied(&peers, changed(&peers, |channel, _| channel.r#type = 2));
    assert_eq!(text, "error validating proposal: invalid header type");
    let text = denied(&peers, changed(&peers, |_, signature| signature.nonce = Bytes::new()));
    assert_eq!(text, "error validating proposal: nonce is empty");
    let text = denied(&peers, changed(&peers, |channel, _| channel.timestamp = None));
    assert!(text.contains("no timestamp"), "{text}");
    let bytes = SignedProposal { proposal_bytes: vec![0xff].into(), signature: Bytes::new() };
    assert!(matches!(peers.endorsers[0].begin(bytes), Err(Denied::Malformed(_))));
}

#[test]
fn a_quarter_of_an_hour() {
    let peers = deployed(Suite::Nist);
    let now = u64::try_from(gmca_peer::testing::now().seconds).unwrap();
    for (seconds, is_good) in [(900, true), (901, false), (3600, false)] {
        for clock in [now + seconds, now - seconds] {
            peers.clock.set(Timestamp(clock));
            let result = peers.endorsers[0].begin(peers.proposal("basic", &[b"f"]));
            assert_eq!(result.is_ok(), is_good, "{seconds}");
            let is_it = matches!(result, Err(Denied::Timestamp { .. }));
            assert_eq!(is_it, !is_good);
        }
    }
}

#[test]
fn an_unknown_channel_is_no_error_of_the_call() {
    let peers = deployed(Suite::Gm);
    let client = peers.client();
    let mut request = peers.request("basic", &[b"f"], client);
    request.channel = "nowhere";
    let response = peers.ask(0, peers.sign(request, client));
    let inner = response.response.unwrap();
    assert_eq!((inner.status, inner.message.as_str()), (500, "channel 'nowhere' not found"));
    assert_eq!((response.payload, response.endorsement), (Bytes::new(), None));
}

#[test]
fn the_same_transaction_is_not_looked_at_twice() {
    let peers = deployed(Suite::Nist);
    let signed = peers.proposal("basic", &[b"f"]);
    let run =
        |peer| peers.run(peer, signed.clone(), &mut |_, message| completed(&id_of(&message), ""));
    assert_eq!(peers.commit(&signed, peers.client(), &[run(0), run(1)]), Code::Valid);
    let error = peers.endorsers[0].begin(signed).unwrap_err();
    assert!(matches!(error, Denied::Duplicate(_)), "{error}");
}

#[test]
fn who_may_not_write_may_not_propose() {
    let peers = deployed(Suite::Gm);
    // Peers are no writers, where roles are by organizational unit.
    let peer = &peers.kit.members[0].node;
    let error = peers.sign(peers.request("basic", &[b"f"], peer), peer);
    let error = peers.endorsers[0].begin(error).unwrap_err();
    assert!(error.to_string().contains("/Channel/Application/Writers"), "{error}");
    let orderer = &peers.kit.orderers.node;
    let signed = peers.sign(peers.request("basic", &[b"f"], orderer), orderer);
    assert!(matches!(peers.endorsers[0].begin(signed), Err(Denied::Policy { .. })));
}

fn answer(peers: &Peers, status: i32) -> ProposalResponse {
    peers.run(0, peers.proposal("basic", &[b"f"]), &mut |_, message| {
        let message = id_of(&message);
        let response = Response { status, message: "m".into(), payload: "p".into() };
        says(&message, Type::Completed, &response)
    })
}

#[test]
fn the_status_of_the_chaincode_decides() {
    let peers = deployed(Suite::Nist);
    let good = answer(&peers, 399);
    assert!(good.endorsement.is_some() && good.version == 1);
    assert_eq!(good.response.as_ref().unwrap().status, 399);
    let no = answer(&peers, 400);
    assert!(no.endorsement.is_none() && no.payload.is_empty() && no.version == 0);
    let no = answer(&peers, 499);
    assert!(no.endorsement.is_none() && no.payload.is_empty());
    let error = answer(&peers, 500);
    assert!(error.endorsement.is_none() && !error.payload.is_empty());
    assert_eq!(error.response.unwrap().message, "m");
}

#[test]
fn a_chaincode_that_fails_is_an_answer() {
    let peers = deployed(Suite::Gm);
    let response = peers.run(0, peers.proposal("basic", &[b"f"]), &mut |_, message| {
        says(&id_of(&message), Type::Error, &Response::default())
    });
    let inner = response.response.unwrap();
    assert_eq!(inner.status, 500);
    assert!(inner.message.starts_with("error in simulation: failed to execute transaction "));
    let endorsement = peers.begin(0, peers.proposal("basic", &[b"f"])).unwrap();
    let late = Err(Failure::GivenUp("timeout expired while executing transaction".into()));
    let response = peers.endorsers[0].finish(&endorsement, late);
    assert!(
        response.response.unwrap().message.ends_with("timeout expired while executing transaction")
    );
    // Once only.
    let first = peers.endorsers[0].finish(&endorsement, Ok(done()));
    assert!(first.endorsement.is_some());
    let second = peers.endorsers[0].finish(&endorsement, Ok(done()));
    assert_eq!(second.response.unwrap().status, 500);
}

fn done() -> gmca_peer::stream::Completed {
    let response = Response { status: 200, ..Response::default() };
    gmca_peer::stream::Completed { response, event: None }
}

#[test]
fn what_is_endorsed() {
    for suite in [Suite::Nist, Suite::Gm] {
        let peers = deployed(suite);
        let signed = peers.proposal("basic", &[b"f"]);
        let response =
            peers.run(1, signed.clone(), &mut |_, message| completed(&id_of(&message), "result"));
        let payload = ProposalResponsePayload::decode(response.payload.clone()).unwrap();
        let channel = peers.channel().config();
        let proposal = Proposal::open(signed.proposal_bytes).unwrap();
        let hash = proposal.hash(channel.hash().unwrap());
        assert_eq!(payload.proposal_hash, hash.as_ref());
        let action = ChaincodeAction::decode(payload.extension).unwrap();
        assert_eq!(action.response.unwrap().payload, "result");
        let id = action.chaincode_id.unwrap();
        assert_eq!((id.name.as_str(), id.version.as_str(), id.path.as_str()), ("basic", "1.0", ""));
        assert!(action.events.is_empty());
        let endorsement = response.endorsement.unwrap();
        let peer = &peers.kit.members[1].node;
        assert_eq!(endorsement.endorser, peer.serialized());
        let message: [&[u8]; 2] = [&response.payload, &endorsement.endorser];
        let key = peer.key().verifying_key();
        key.verify(Context::Fabric, &message, &endorsement.signature).unwrap();
    }
}

#[test]
fn init_is_asked_for_once() {
    let peers = Peers::new(Suite::Gm);
    peers.deploy("basic", 1, true);
    let client = peers.client();
    let message = |response: ProposalResponse| response.response.unwrap().message;
    let text = message(peers.ask(0, peers.proposal("basic", &[b"f"])));
    assert!(text.contains("must call as init first"), "{text}");
    let mut request = peers.request("basic", &[b"init"], client);
    request.is_init = true;
    let signed = peers.sign(request, client);
    let mut kinds = Vec::new();
    let mut run = |peer| {
        peers.run(peer, signed.clone(), &mut |_, message| {
            kinds.push(peers::kind_of(&message));
            completed(&id_of(&message), "")
        })
    };
    let responses = [run(0), run(1)];
    assert_eq!(kinds, [Type::Init, Type::Init]);
    assert_eq!(peers.commit(&signed, client, &responses), Code::Valid);
    let state = peers.channel().snapshot().unwrap();
    let kept = state.get("basic", "\u{0}\u{10ffff}initialized").unwrap().unwrap();
    assert_eq!(kept.value, "1.0");
    let mut request = peers.request("basic", &[b"init"], client);
    request.is_init = true;
    let text = message(peers.ask(0, peers.sign(request, client)));
    assert!(text.contains("already initialized"), "{text}");
    assert!(peers.begin(0, peers.proposal("basic", &[b"f"])).is_ok());

    let peers = deployed(Suite::Nist);
    let mut request = peers.request("basic", &[b"init"], peers.client());
    request.is_init = true;
    let text = message(peers.ask(0, peers.sign(request, peers.client())));
    assert!(text.contains("does not require initialization"), "{text}");
}

#[test]
fn a_chaincode_that_is_not_there() {
    let peers = deployed(Suite::Gm);
    let response = peers.ask(0, peers.proposal("none", &[b"f"])).response.unwrap();
    let text = format!(
        "make sure the chaincode none has been successfully defined on channel {CHANNEL} and try again: chaincode none not found"
    );
    assert_eq!((response.status, response.message), (500, text));
    let client = peers.client();
    let mut request = peers.request("basic", &[b"f"], client);
    request.channel = "";
    // Without a channel, it is the peer's own organisation that counts.
    let signed = peers.sign(request, client);
    assert!(matches!(peers.endorsers[0].begin(signed), Ok(Plan::Done(_))));
}

#[test]
fn who_was_revoked_or_has_expired() {
    let peers = deployed(Suite::Nist);
    // 2037: all certificates end before.
    let late = 2_114_380_800;
    peers.clock.set(Timestamp(late));
    let mut request = peers.request("basic", &[b"f"], peers.client());
    request.timestamp.seconds = i64::try_from(late).unwrap();
    let error = peers.endorsers[0].begin(peers.sign(request, peers.client())).unwrap_err();
    assert!(matches!(error, Denied::Expired { .. }), "{error}");

    let peers = deployed(Suite::Gm);
    let (member, channel) = (&peers.kit.members[0], peers.channel());
    let config = channel.config();
    let definition = member.definition(&[&member.client]);
    let wanted = channel::Edit::of(&config).msp("Org1MSP", &definition).unwrap().finish();
    let block = peers.kit.next_of(&channel, vec![peers.kit.config(&config, &wanted)]);
    channel.commit(channel.verify(block).unwrap()).unwrap();
    let text = "error validating proposal: access denied: channel [ch1] creator org [Org1MSP]";
    assert_eq!(denied(&peers, peers.proposal("basic", &[b"f"])), text);
}
