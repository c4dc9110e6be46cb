// SPDX-License-Identifier: Apache-2.0
//! Envelopes that are not ordered.

use super::sign::with_other_s;
use super::world::{MOST, World};
use super::{check_text, details, raw};
use crate::services::gateway::gateway_client::GatewayClient;
use ::peer::testing::Draft;
use Code::{Aborted, FailedPrecondition, InvalidArgument};
use Status::{BadRequest, Forbidden};
use block::sign_payload;
use msp::SigningIdentity;
use proto::Bytes;
use proto::common::{ChannelHeader, Envelope, HeaderType, Payload, SignatureHeader, Status};
use proto::gateway::SubmitRequest;
use proto::prost::Message;
use tonic::Code;

/// What is wrong; the orderer's status and words, and the code of the gateway.
type Case = (&'static str, fn(&World) -> Envelope, (Status, &'static str), Code);

const WRITERS: &str = "the sender does not satisfy policy /Channel/Writers: …";

const CASES: &[Case] = &[
    (
        "nothing",
        |_| Envelope::default(),
        (BadRequest, "the payload of the envelope is empty"),
        InvalidArgument,
    ),
    (
        "a payload that is none",
        |world| Envelope { payload: "\u{1}garbage".into(), ..good(world) },
        (BadRequest, "malformed payload of an envelope: …"),
        InvalidArgument,
    ),
    (
        "no header",
        |world| changed(world, |payload| payload.header = None),
        (BadRequest, "the payload of the envelope has no header"),
        InvalidArgument,
    ),
    (
        "a channel header that is none",
        |world| {
            changed(world, |payload| {
                payload.header.as_mut().unwrap().channel_header = "\u{1}garbage".into();
            })
        },
        (BadRequest, "…"),
        InvalidArgument,
    ),
    (
        "a channel that is not here",
        |world| header(world, |header| header.channel_id = "nowhere".to_owned()),
        (BadRequest, "channel `nowhere` is not here"),
        FailedPrecondition,
    ),
    (
        "more than the channel takes",
        |world| changed(world, |payload| payload.data = vec![0; MOST as usize].into()),
        (
            BadRequest,
            "the envelope has … bytes, and the channel takes 65536 at most (AbsoluteMaxBytes)",
        ),
        Aborted,
    ),
    (
        "a type that clients do not send",
        |world| header(world, |header| header.r#type = HeaderType::OrdererTransaction.into()),
        (BadRequest, "an envelope of type ORDERER_TRANSACTION is not taken from clients"),
        Aborted,
    ),
    (
        "a change of the configuration that is none",
        |world| header(world, |header| header.r#type = HeaderType::ConfigUpdate.into()),
        (BadRequest, "…"),
        Aborted,
    ),
    (
        "somebody whose certificate has ended",
        |world| by(world, &world.expired),
        (BadRequest, "the certificate of … ended on 2029-12-31…, and it is 2030-01-01…: renew it"),
        Aborted,
    ),
    ("somebody who was revoked", |world| by(world, &world.revoked), (Forbidden, WRITERS), Aborted),
    (
        "somebody who may not write",
        |world| by(world, &world.kit.members[0].node),
        (Forbidden, WRITERS),
        Aborted,
    ),
    (
        "somebody of another organisation who did not sign",
        |world| {
            let other = world.kit.members[1].client.serialized().clone();
            changed(world, |payload| creator(payload, other))
        },
        (Forbidden, WRITERS),
        Aborted,
    ),
    (
        "a flipped bit of the signature",
        |world| signature(world, |bytes| *bytes.last_mut().unwrap() ^= 1),
        (Forbidden, WRITERS),
        Aborted,
    ),
    (
        "a flipped bit of what is signed",
        |world| {
            let good = good(world);
            let mut payload = good.payload.to_vec();
            *payload.last_mut().unwrap() ^= 1;
            Envelope { payload: payload.into(), ..good }
        },
        (Forbidden, WRITERS),
        Aborted,
    ),
    (
        "n - s in the place of s",
        |world| signature(world, |bytes| *bytes = with_other_s(world.suite, bytes)),
        (Forbidden, WRITERS),
        Aborted,
    ),
    ("no signature", |world| signature(world, Vec::clear), (Forbidden, WRITERS), InvalidArgument),
];

pub(super) async fn check(world: &World) {
    let height = world.channel().height();
    for (name, make, (status, text), code) in CASES {
        let envelope = make(world);
        let sent = vec![envelope.encode_to_vec().into()];
        let answers = raw::broadcast(world.to_orderer(), sent).await.unwrap();
        assert_eq!(answers.len(), 1, "{name}: {answers:?}");
        assert_eq!(answers[0].status(), *status, "{name}: {}", answers[0].info);
        check_text(name, &answers[0].info, text);
        submit(world, name, envelope, *code, &answers[0].info).await;
    }
    unreadable(world).await;
    assert_eq!(world.channel().height(), height, "nothing was ordered");
}

async fn submit(world: &World, name: &str, envelope: Envelope, code: Code, orderer: &str) {
    let opened = block::Envelope::from_message(envelope.clone());
    let (channel_id, transaction_id) = match &opened {
        Ok(opened) => {
            let header = opened.headers().channel_header();
            (header.channel_id.clone(), header.tx_id.clone())
        }
        Err(_) => ("ch1".to_owned(), String::new()),
    };
    let request =
        SubmitRequest { transaction_id, channel_id, prepared_transaction: Some(envelope) };
    let answer = GatewayClient::new(world.to_peer()).submit(request).await.unwrap_err();
    assert_eq!(answer.code(), code, "{name}: {answer}");
    if code == Aborted {
        let told = details(&answer);
        // Both name the moment or the sender alike.
        assert!(told.len() == 1 && told[0].contains(orderer), "{name}: {told:?}");
        assert!(
            answer.message().starts_with("received unsuccessful response from orderer: status=")
        );
    }
}

/// Bytes that are no envelope end the stream with an error, as in Fabric; what was good before is ordered.
async fn unreadable(world: &World) {
    let sent = vec![Bytes::from_static(b"\x0a\x05no")];
    let answer = raw::broadcast(world.to_orderer(), sent).await.unwrap_err();
    assert_eq!(answer.code(), Code::Internal, "{answer}");
}

fn good(world: &World) -> Envelope {
    world.envelope(&Draft::new("one").put("b", "1").by(&[0]))
}

fn changed(world: &World, change: impl FnOnce(&mut Payload)) -> Envelope {
    signed_by(world, world.client(), change)
}

fn signed_by(world: &World, who: &SigningIdentity, change: impl FnOnce(&mut Payload)) -> Envelope {
    let mut payload = Payload::decode(good(world).payload).unwrap();
    change(&mut payload);
    sign_payload(payload.encode_to_vec(), &**who.key()).unwrap()
}

fn by(world: &World, who: &SigningIdentity) -> Envelope {
    signed_by(world, who, |payload| creator(payload, who.serialized().clone()))
}

fn creator(payload: &mut Payload, creator: Bytes) {
    let header = payload.header.as_mut().unwrap();
    let signer = SignatureHeader::decode(header.signature_header.clone()).unwrap();
    header.signature_header = SignatureHeader { creator, ..signer }.encode_to_vec().into();
}

fn header(world: &World, change: impl FnOnce(&mut ChannelHeader)) -> Envelope {
    changed(world, |payload| {
        let header = payload.header.as_mut().unwrap();
        let mut channel = ChannelHeader::decode(header.channel_header.clone()).unwrap();
        change(&mut channel);
        header.channel_header = channel.encode_to_vec().into();
    })
}

fn signature(world: &World, change: impl FnOnce(&mut Vec<u8>)) -> Envelope {
    let good = good(world);
    let mut signature = good.signature.to_vec();
    change(&mut signature);
    Envelope { signature: signature.into(), ..good }
}
