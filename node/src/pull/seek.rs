// SPDX-License-Identifier: Apache-2.0
//! The signed request for blocks of a channel.

use super::Puller;
use crate::client::{Position, Wanted, seek};
use proto::prost_types::Timestamp;
use proto::{Bytes, common};

/// Which blocks are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// All from that number on, without end; an orderer that loses its leader is to say so.
    From(u64),
    /// That one, if it is there now.
    IfThere(u64),
}

impl Puller {
    pub(super) fn seek(&self, wish: Wish) -> Result<common::Envelope, SeekError> {
        let mut nonce = [0; 24];
        self.entropy.fill(&mut nonce)?;
        let seconds = i64::try_from(self.clock.now().0).unwrap_or(i64::MAX);
        let stamp = (Timestamp { seconds, nanos: 0 }, Bytes::copy_from_slice(&nonce));
        let (first, last, if_there) = match wish {
            Wish::From(first) => (first, u64::MAX, false),
            Wish::IfThere(number) => (number, number, true),
        };
        let wanted = Wanted {
            start: Position::Number(first),
            stop: Position::Number(last),
            fail_if_not_ready: if_there,
            best_effort: if_there,
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
