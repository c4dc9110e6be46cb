// SPDX-License-Identifier: Apache-2.0
//! The services as bytes: what goes over the wire is what the test says, well-formed or not.

use super::world::CHANNEL;
use crate::client::{Position, Wanted, seek};
use crate::services::protos::deliver_client::DeliverClient;
use ::peer::testing::now;
use bytes::{Buf as _, BufMut as _};
use futures_util::StreamExt as _;
use http::uri::PathAndQuery;
use msp::SigningIdentity;
use proto::Bytes;
use proto::common::Block;
use proto::orderer::BroadcastResponse;
use proto::prost::Message as _;
use proto::protos::deliver_response::Type;
use proto::protos::{ProposalResponse, TxValidationCode as Verdict};
use std::time::Duration;
use tokio::time::timeout;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel as Connection;
use tonic::{Request, Status};

/// Asks a peer to endorse.
pub(super) async fn process(to: Connection, bytes: Bytes) -> Result<ProposalResponse, Status> {
    let path = PathAndQuery::from_static("/protos.Endorser/ProcessProposal");
    let answer = client(to).await.unary(Request::new(bytes), path, Raw).await?;
    Ok(ProposalResponse::decode(answer.into_inner()).unwrap())
}

/// Sends envelopes over one stream: the answers until it ends, or how it failed.
pub(super) async fn broadcast(
    to: Connection,
    envelopes: Vec<Bytes>,
) -> Result<Vec<BroadcastResponse>, Status> {
    let path = PathAndQuery::from_static("/orderer.AtomicBroadcast/Broadcast");
    let envelopes = Request::new(tokio_stream::iter(envelopes));
    let mut answers = client(to).await.streaming(envelopes, path, Raw).await?.into_inner();
    let mut all = Vec::new();
    let patience = Duration::from_secs(20);
    while let Some(answer) = timeout(patience, answers.next()).await.expect("it is answered") {
        all.push(BroadcastResponse::decode(answer?).unwrap());
    }
    Ok(all)
}

/// What the peer's blocks from that number on say of these entries, which stand there in this order.
pub(super) async fn verdicts(
    to: Connection,
    who: &SigningIdentity,
    from: u64,
    wanted: Vec<Vec<u8>>,
) -> Vec<Verdict> {
    let asked = Wanted {
        start: Position::Number(from),
        stop: Position::Number(u64::MAX),
        fail_if_not_ready: false,
        best_effort: false,
    };
    let asked = seek(CHANNEL, asked, who, (now(), Bytes::new()), Bytes::new()).unwrap();
    let asked = tokio_stream::once(asked).chain(tokio_stream::pending());
    let mut blocks = DeliverClient::new(to).deliver(asked).await.unwrap().into_inner();
    let mut found = Vec::new();
    while found.len() < wanted.len() {
        let answer = timeout(Duration::from_secs(20), blocks.message()).await;
        match answer.expect("it is committed").unwrap().unwrap().r#type.unwrap() {
            Type::Block(block) => found.extend(entries(block)),
            other => panic!("{other:?}"),
        }
    }
    assert!(found.iter().map(|(entry, _)| &entry[..]).eq(wanted.iter().map(|entry| &entry[..])));
    found.into_iter().map(|(_, verdict)| verdict).collect()
}

fn entries(block: Block) -> Vec<(Bytes, Verdict)> {
    let filter = block.metadata.unwrap().metadata[2].clone();
    let flags = filter.into_iter().map(|flag| Verdict::try_from(i32::from(flag)).unwrap());
    block.data.unwrap().data.into_iter().zip(flags).collect()
}

async fn client(to: Connection) -> Grpc<Connection> {
    let mut client = Grpc::new(to);
    client.ready().await.unwrap();
    client
}

/// Messages as the bytes that they are.
#[derive(Clone, Copy, Debug)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
