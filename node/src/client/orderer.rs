// SPDX-License-Identifier: Apache-2.0
//! An orderer: envelopes in, blocks out.

use super::ClientError;
use crate::services::orderer::atomic_broadcast_client::AtomicBroadcastClient;
use block::Block;
use proto::common::{Envelope, Status};
use proto::orderer::deliver_response::Type;
use proto::orderer::{BroadcastResponse, DeliverResponse};
use tokio_stream::Stream;
use tonic::Streaming;
use tonic::transport::Channel;

/// An orderer that is called. Clones share a connection.
#[derive(Clone, Debug)]
pub struct OrdererClient(AtomicBroadcastClient<Channel>);

impl OrdererClient {
    /// The orderer behind a channel.
    #[must_use]
    pub fn new(channel: Channel) -> Self {
        let client = AtomicBroadcastClient::new(channel);
        Self(client.max_decoding_message_size(MESSAGE).max_encoding_message_size(MESSAGE))
    }

    /// Sends envelopes; there is one answer for each, in their order.
    ///
    /// # Errors
    /// When it cannot be reached, or refuses the stream.
    pub async fn broadcast(
        &self,
        envelopes: impl Stream<Item = Envelope> + Send + 'static,
    ) -> Result<Streaming<BroadcastResponse>, tonic::Status> {
        Ok(self.0.clone().broadcast(envelopes).await?.into_inner())
    }

    /// Asks for blocks: see [`seek`].
    ///
    /// # Errors
    /// When it cannot be reached, or refuses the stream.
    pub async fn deliver(
        &self,
        requests: impl Stream<Item = Envelope> + Send + 'static,
    ) -> Result<Streaming<DeliverResponse>, tonic::Status> {
        Ok(self.0.clone().deliver(requests).await?.into_inner())
    }

    /// Sends one envelope and waits for the answer.
    ///
    /// # Errors
    /// [`ClientError::NotOrdered`] when it is not taken, [`ClientError::Call`].
    pub async fn send(&self, envelope: Envelope) -> Result<(), ClientError> {
        let mut answers = self.broadcast(tokio_stream::once(envelope)).await?;
        let none = || ClientError::Broken("the orderer ended the stream without an answer");
        let answer = answers.message().await?.ok_or_else(none)?;
        match answer.status() {
            Status::Success => Ok(()),
            status => Err(ClientError::NotOrdered { status, why: answer.info }),
        }
    }

    /// The one block that a signed request is for: see [`seek`](super::seek).
    ///
    /// # Errors
    /// [`ClientError::NotDelivered`] when it is not given, [`ClientError::Call`].
    pub async fn block(&self, request: Envelope) -> Result<Block, ClientError> {
        let mut answers = self.deliver(tokio_stream::once(request)).await?;
        let none = || ClientError::Broken("the orderer ended the stream without a block");
        match answers.message().await?.and_then(|answer| answer.r#type).ok_or_else(none)? {
            Type::Status(status) => {
                let status = Status::try_from(status).unwrap_or(Status::Unknown);
                Err(ClientError::NotDelivered { status })
            }
            Type::Block(block) => Ok(Block::try_from(block)?),
        }
    }
}

const MESSAGE: usize = 100 << 20;
