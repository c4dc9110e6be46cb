// SPDX-License-Identifier: Apache-2.0
//! What a peer tells of its blocks: here, what became of a transaction.

use super::{Caller, ClientError, Hold, Position, Wanted, held};
use crate::services::protos::deliver_client::DeliverClient;
use proto::common::Status;
use proto::protos::deliver_response::Type;
use proto::protos::{DeliverResponse, FilteredBlock, TxValidationCode};
use tonic::Streaming;
use tonic::transport::Channel;

/// A peer that tells of its blocks. Clones share a connection.
#[derive(Clone, Debug)]
pub struct EventsClient(DeliverClient<Channel>);

/// Filtered blocks, as they are committed.
#[derive(Debug)]
pub struct Verdicts {
    blocks: Streaming<DeliverResponse>,
    _asked: Hold,
}

impl EventsClient {
    /// The peer behind a channel.
    #[must_use]
    pub fn new(channel: Channel) -> Self {
        let client = DeliverClient::new(channel);
        Self(client.max_decoding_message_size(MESSAGE).max_encoding_message_size(MESSAGE))
    }

    /// Verdicts of a channel from its last block on. When it returns, no later block is missed.
    ///
    /// # Errors
    /// [`ClientError::Call`], [`ClientError::NotDelivered`].
    pub async fn verdicts(&self, caller: &Caller, channel: &str) -> Result<Verdicts, ClientError> {
        let range = (Position::Newest, Position::Number(u64::MAX));
        let mut verdicts = self.open(caller, channel, range).await?;
        // That it came says that the request was understood.
        verdicts.next().await?;
        Ok(verdicts)
    }

    /// Waits until the peer has the block of that number.
    pub(super) async fn block(
        &self,
        caller: &Caller,
        channel: &str,
        number: u64,
    ) -> Result<(), ClientError> {
        let range = (Position::Number(number), Position::Number(number));
        self.open(caller, channel, range).await?.next().await.map(drop)
    }

    async fn open(
        &self,
        caller: &Caller,
        channel: &str,
        (start, stop): (Position, Position),
    ) -> Result<Verdicts, ClientError> {
        let wanted = Wanted { start, stop, fail_if_not_ready: false, best_effort: true };
        let request = caller.seek(channel, wanted)?;
        let (asked, requests) = held(request);
        let blocks = self.0.clone().deliver_filtered(requests).await?.into_inner();
        Ok(Verdicts { blocks, _asked: asked })
    }
}

impl Verdicts {
    /// The next block.
    ///
    /// # Errors
    /// [`ClientError::Call`], [`ClientError::NotDelivered`].
    pub async fn next(&mut self) -> Result<FilteredBlock, ClientError> {
        let none = || ClientError::Broken("the peer ended the stream of blocks");
        match self.blocks.message().await?.and_then(|answer| answer.r#type).ok_or_else(none)? {
            Type::FilteredBlock(block) => Ok(block),
            Type::Status(status) => {
                let status = Status::try_from(status).unwrap_or(Status::Unknown);
                Err(ClientError::NotDelivered { status })
            }
            _ => Err(ClientError::Broken("the peer sent blocks of another form")),
        }
    }

    /// The block of a transaction, and the verdict on it, when it comes.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn of(&mut self, tx_id: &str) -> Result<(u64, TxValidationCode), ClientError> {
        loop {
            let block = self.next().await?;
            let found = block.filtered_transactions.iter().find(|one| one.txid == tx_id);
            if let Some(found) = found {
                return Ok((block.number, found.tx_validation_code()));
            }
        }
    }
}

const MESSAGE: usize = 100 << 20;
