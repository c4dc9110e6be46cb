// SPDX-License-Identifier: Apache-2.0
//! Blocks out of the answers of an orderer or of a peer.

use super::Connection;
use crate::client::{Hold, OrdererClient, held};
use crate::services::protos::deliver_client::DeliverClient;
use block::{Block, Slot};
use proto::Bytes;
use proto::common::{self, Envelope, Status};
use proto::{orderer, protos};
use tonic::Streaming;

/// What a source answers with.
pub(super) struct Answers {
    from: From,
    _asked: Hold,
}

enum From {
    Orderer(Streaming<orderer::DeliverResponse>),
    Peer(Streaming<protos::DeliverResponse>),
}

impl Answers {
    /// Asks.
    pub(super) async fn open(
        connection: Connection,
        request: Envelope,
    ) -> Result<Self, tonic::Status> {
        let (asked, requests) = held(request);
        let from = match connection {
            Connection::Orderer(channel) => {
                From::Orderer(OrdererClient::new(channel).deliver(requests).await?)
            }
            Connection::Peer(channel) => {
                let client = DeliverClient::new(channel);
                let mut client =
                    client.max_decoding_message_size(MESSAGE).max_encoding_message_size(MESSAGE);
                From::Peer(client.deliver(requests).await?.into_inner())
            }
        };
        Ok(Self { from, _asked: asked })
    }

    async fn answer(&mut self) -> Result<Option<Answer>, tonic::Status> {
        Ok(match &mut self.from {
            From::Orderer(stream) => stream.message().await?.map(|answer| match answer.r#type {
                Some(orderer::deliver_response::Type::Block(block)) => Answer::Block(block),
                Some(orderer::deliver_response::Type::Status(status)) => Answer::Status(status),
                None => Answer::Nothing,
            }),
            From::Peer(stream) => stream.message().await?.map(|answer| match answer.r#type {
                Some(protos::deliver_response::Type::Block(block)) => Answer::Committed(block),
                Some(protos::deliver_response::Type::Status(status)) => Answer::Status(status),
                _ => Answer::Nothing,
            }),
        })
    }
}

enum Answer {
    Block(common::Block),
    /// With what a peer has written into it.
    Committed(common::Block),
    Status(i32),
    Nothing,
}

/// The next block, as the orderers made it.
pub(super) async fn next(answers: &mut Answers) -> Result<Block, String> {
    let answer = answers.answer().await.map_err(|status| status.to_string())?;
    let read = |block: common::Block| Block::try_from(block).map_err(|error| error.to_string());
    match answer.ok_or("it ended the stream")? {
        Answer::Block(block) => read(block),
        Answer::Committed(block) => {
            let mut block = read(block)?;
            // Nobody signs what a peer writes there: each finds it out for itself.
            for slot in [Slot::TransactionsFilter, Slot::CommitHash] {
                block.metadata_mut().set(slot, Bytes::new());
            }
            Ok(block)
        }
        Answer::Status(status) => {
            let name = Status::try_from(status).map_or("a status", |status| status.as_str_name());
            Err(format!("it answered {name} ({status})"))
        }
        Answer::Nothing => Err("it answered nothing".to_owned()),
    }
}

const MESSAGE: usize = 100 << 20;
