// SPDX-License-Identifier: Apache-2.0
//! A peer that endorses and answers queries.

use super::{Call, Caller, ClientError, EventsClient};
use crate::services::protos::endorser_client::EndorserClient as Service;
use proto::Bytes;
use proto::common::BlockchainInfo;
use proto::prost::Message as _;
use proto::protos::{ProposalResponse, SignedProposal};
use tonic::transport::Channel;

/// A peer that is called. Clones share a connection.
#[derive(Clone, Debug)]
pub struct EndorserClient {
    name: String,
    service: Service<Channel>,
    events: EventsClient,
}

impl EndorserClient {
    /// The peer behind a channel; `name` is for messages.
    #[must_use]
    pub fn new(name: &str, channel: Channel) -> Self {
        let events = EventsClient::new(channel.clone());
        let service = Service::new(channel);
        let service = service.max_decoding_message_size(MESSAGE).max_encoding_message_size(MESSAGE);
        Self { name: name.to_owned(), service, events }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Has a proposal tried out.
    ///
    /// # Errors
    /// When it cannot be reached, or denies the request.
    pub async fn process(
        &self,
        proposal: SignedProposal,
    ) -> Result<ProposalResponse, tonic::Status> {
        let answer = self.service.clone().process_proposal(proposal).await;
        answer.map(tonic::Response::into_inner).map_err(|mut status| {
            let said = format!("{}: {}", self.name, reason(&status));
            status = tonic::Status::new(status.code(), said);
            status
        })
    }

    /// What a call comes to, without a transaction.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when the chaincode says no, [`ClientError::Call`].
    pub async fn query(&self, caller: &Caller, call: &Call) -> Result<Bytes, ClientError> {
        let (proposal, _) = caller.propose(call)?;
        let answer = self.process(proposal).await?;
        let response = answer.response.unwrap_or_default();
        if (200..400).contains(&response.status) {
            return Ok(response.payload);
        }
        let (peer, status, message) = (self.name.clone(), response.status, response.message);
        Err(ClientError::Refused { peer, status, message })
    }

    /// How far the peer is in a channel.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    pub async fn chain_info(
        &self,
        caller: &Caller,
        channel: &str,
    ) -> Result<BlockchainInfo, ClientError> {
        let call = Call::new(channel, "qscc", ["GetChainInfo", channel]);
        Ok(BlockchainInfo::decode(self.query(caller, &call).await?)?)
    }

    /// Waits, without end, until the peer has so many blocks of a channel.
    ///
    /// # Errors
    /// [`ClientError::Call`], [`ClientError::NotDelivered`].
    pub async fn reach(
        &self,
        caller: &Caller,
        channel: &str,
        height: u64,
    ) -> Result<(), ClientError> {
        match height.checked_sub(1) {
            Some(last) => self.events.block(caller, channel, last).await,
            None => Ok(()),
        }
    }
}

/// What is behind "transport error".
pub(crate) fn reason(status: &tonic::Status) -> String {
    let mut why = status.message().to_owned();
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        why = error.to_string();
        cause = error.source();
    }
    why
}

const MESSAGE: usize = 100 << 20;
