// SPDX-License-Identifier: Apache-2.0
//! The signed request for all blocks of a channel from a number on.

use super::Puller;
use crate::client::{Position, Wanted, seek};
use proto::prost_types::Timestamp;
use proto::{Bytes, common};

impl Puller {
    /// From block `first` on, without end; an orderer that loses its leader is to say so.
    pub(super) fn seek(&self, first: u64) -> Result<common::Envelope, SeekError> {
        let mut nonce = [0; 24];
        self.entropy.fill(&mut nonce)?;
        let seconds = i64::try_from(self.clock.now().0).unwrap_or(i64::MAX);
        let stamp = (Timestamp { seconds, nanos: 0 }, Bytes::copy_from_slice(&nonce));
        let wanted = Wanted {
            start: Position::Number(first),
            stop: Position::Number(u64::MAX),
            fail_if_not_ready: false,
            best_effort: false,
        };
        let binding = self.binding.clone().unwrap_or_default();
        Ok(seek(&self.channel, wanted, &self.identity, stamp, binding)?)
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
