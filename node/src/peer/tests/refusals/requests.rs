// SPDX-License-Identifier: Apache-2.0
//! What is signed outside of proposals: the status of a transaction, the events of a chaincode, blocks.

use super::check_text;
use super::sign::with_other_s;
use super::world::{CHANNEL, World};
use crate::client::{Position, Wanted, seek};
use crate::services::gateway::gateway_client::GatewayClient;
use crate::services::protos::deliver_client::DeliverClient;
use ::peer::testing::now;
use Code::{FailedPrecondition, InvalidArgument, PermissionDenied};
use msp::SigningIdentity;
use proto::Bytes;
use proto::common::{Envelope, Status};
use proto::gateway::{
    ChaincodeEventsRequest, CommitStatusRequest, SignedChaincodeEventsRequest,
    SignedCommitStatusRequest,
};
use proto::prost::Message;
use proto::prost_types::Timestamp;
use proto::protos::deliver_response::Type;
use tonic::Code;

/// What is asked for, by whom, and what is done to the signature; the answer of the gateway.
struct Case {
    name: &'static str,
    channel: &'static str,
    of: &'static str,
    who: fn(&World) -> &SigningIdentity,
    change: fn(&World, &mut Vec<u8>),
    code: Code,
    text: &'static str,
}

/// A request that is served.
const GOOD: Case = Case {
    name: "",
    channel: CHANNEL,
    of: "asset",
    who: World::client,
    change: |_, _| {},
    code: Code::Ok,
    text: "",
};

const ACCESS: &str =
    "error validating proposal: access denied: channel [ch1] creator org [Org1MSP]";

const CASES: &[Case] = &[
    Case {
        name: "a flipped bit of the signature",
        change: |_, bytes| *bytes.last_mut().unwrap() ^= 1,
        code: PermissionDenied,
        text: ACCESS,
        ..GOOD
    },
    Case {
        name: "n - s in the place of s",
        change: |world, bytes| *bytes = with_other_s(world.suite, bytes),
        code: PermissionDenied,
        text: ACCESS,
        ..GOOD
    },
    Case {
        name: "no signature",
        change: |_, bytes| bytes.clear(),
        code: PermissionDenied,
        text: ACCESS,
        ..GOOD
    },
    Case {
        name: "somebody who was revoked",
        who: |world| &world.revoked,
        code: PermissionDenied,
        text: ACCESS,
        ..GOOD
    },
    Case {
        name: "a channel that is not here",
        channel: "nowhere",
        code: FailedPrecondition,
        text: "channel nowhere not found",
        ..GOOD
    },
    Case {
        name: "no channel",
        channel: "",
        code: InvalidArgument,
        text: "a channel ID is required",
        ..GOOD
    },
    Case {
        name: "of nothing", of: "", code: InvalidArgument, text: "a … ID is required", ..GOOD
    },
];

pub(super) async fn check(world: &World) {
    for case in CASES {
        let mut gateway = GatewayClient::new(world.to_peer());
        let status = gateway.commit_status(status(world, case)).await.unwrap_err();
        let events = gateway.chaincode_events(events(world, case)).await.map(|_| ()).unwrap_err();
        for answer in [status, events] {
            assert_eq!(answer.code(), case.code, "{}: {answer}", case.name);
            check_text(case.name, answer.message(), case.text);
        }
    }
    blocks(world).await;
}

fn signed(world: &World, case: &Case, request: &Bytes) -> Bytes {
    let mut signature = (case.who)(world).sign(&[request]).unwrap().into_vec();
    (case.change)(world, &mut signature);
    signature.into()
}

fn status(world: &World, case: &Case) -> SignedCommitStatusRequest {
    let request = CommitStatusRequest {
        transaction_id: case.of.to_owned(),
        channel_id: case.channel.to_owned(),
        identity: (case.who)(world).serialized().clone(),
    };
    let request = Bytes::from(request.encode_to_vec());
    SignedCommitStatusRequest { signature: signed(world, case, &request), request }
}

fn events(world: &World, case: &Case) -> SignedChaincodeEventsRequest {
    let request = ChaincodeEventsRequest {
        chaincode_id: case.of.to_owned(),
        channel_id: case.channel.to_owned(),
        identity: (case.who)(world).serialized().clone(),
        ..ChaincodeEventsRequest::default()
    };
    let request = Bytes::from(request.encode_to_vec());
    SignedChaincodeEventsRequest { signature: signed(world, case, &request), request }
}

/// A request for blocks, and the one answer to it.
type Asked = (&'static str, fn(&World) -> Envelope, Status);

const BLOCKS: &[Asked] = &[
    ("the first block", |world| asked(world, CHANNEL, 0, world.client()), Status::Success),
    ("a channel that is not here", |w| asked(w, "nowhere", 0, w.client()), Status::NotFound),
    ("an hour early", |world| asked(world, CHANNEL, -3600, world.client()), Status::BadRequest),
    ("an hour late", |world| asked(world, CHANNEL, 3600, world.client()), Status::BadRequest),
    ("somebody who was revoked", |w| asked(w, CHANNEL, 0, &w.revoked), Status::Forbidden),
    ("a flipped bit of the signature", |w| flipped(w, false), Status::Forbidden),
    ("n - s in the place of s", |world| flipped(world, true), Status::Forbidden),
    ("nothing", |_| Envelope::default(), Status::BadRequest),
    (
        "garbage",
        |_| Envelope { payload: "\u{1}x".into(), ..Default::default() },
        Status::BadRequest,
    ),
];

async fn blocks(world: &World) {
    for (name, make, wanted) in BLOCKS {
        let mut client = DeliverClient::new(world.to_peer());
        let asked = tokio_stream::once(make(world));
        let mut answers = client.deliver_filtered(asked).await.unwrap().into_inner();
        let mut last = None;
        while let Some(answer) = answers.message().await.unwrap() {
            if let Some(Type::Status(status)) = answer.r#type {
                last = Status::try_from(status).ok();
            }
        }
        assert_eq!(last, Some(*wanted), "{name}");
    }
}

fn asked(_: &World, channel: &str, off: i64, who: &SigningIdentity) -> Envelope {
    let time = Timestamp { seconds: now().seconds + off, nanos: 0 };
    let (start, stop) = (Position::Oldest, Position::Oldest);
    let wanted = Wanted { start, stop, fail_if_not_ready: false, best_effort: false };
    seek(channel, wanted, who, (time, Bytes::new()), Bytes::new()).unwrap()
}

fn flipped(world: &World, other_s: bool) -> Envelope {
    let good = asked(world, CHANNEL, 0, world.client());
    let mut signature = good.signature.to_vec();
    match other_s {
        true => signature = with_other_s(world.suite, &signature),
        false => *signature.last_mut().unwrap() ^= 1,
    }
    Envelope { signature: signature.into(), ..good }
}
