// SPDX-License-Identifier: Apache-2.0
//! The signed request for all blocks of a channel from a number on.

use super::Puller;
use proto::common::{self, HeaderType};
use proto::orderer::seek_info::{SeekBehavior, SeekErrorResponse};
use proto::orderer::seek_position::Type;
use proto::orderer::{SeekInfo, SeekPosition, SeekSpecified};
use proto::prost::Message as _;
use proto::{Bytes, prost_types::Timestamp};

impl Puller {
    /// From block `first` on, without end; an orderer that loses its leader is to say so.
    pub(super) fn seek(&self, first: u64) -> Result<common::Envelope, SeekError> {
        let position =
            |number| Some(SeekPosition { r#type: Some(Type::Specified(SeekSpecified { number })) });
        let seek = SeekInfo {
            start: position(first),
            stop: position(u64::MAX),
            behavior: SeekBehavior::BlockUntilReady.into(),
            error_response: SeekErrorResponse::Strict.into(),
            ..SeekInfo::default()
        };
        let payload = self.payload(seek.encode_to_vec().into())?;
        Ok(block::sign_payload(payload, &**self.identity.key())?)
    }

    fn payload(&self, data: Bytes) -> Result<Bytes, SeekError> {
        let mut nonce = [0; 24];
        self.entropy.fill(&mut nonce)?;
        let seconds = i64::try_from(self.clock.now().0).unwrap_or(i64::MAX);
        let channel_header = common::ChannelHeader {
            r#type: HeaderType::DeliverSeekInfo.into(),
            timestamp: Some(Timestamp { seconds, nanos: 0 }),
            channel_id: self.channel.clone(),
            tls_cert_hash: self.binding.clone().unwrap_or_default(),
            ..common::ChannelHeader::default()
        };
        let signature_header = common::SignatureHeader {
            creator: self.identity.serialized().clone(),
            nonce: Bytes::copy_from_slice(&nonce),
        };
        Ok(block::payload(&channel_header, &signature_header, data))
    }
}

/// Why nothing can be asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum SeekError {
    #[error("the request cannot be signed: {0}")]
    Key(#[from] block::Error),
    #[error("the request needs a nonce: {0}")]
    Entropy(#[from] sys::EntropyFailure),
}
