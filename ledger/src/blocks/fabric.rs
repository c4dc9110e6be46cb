// SPDX-License-Identifier: Apache-2.0
//! Fabric's blocks, as they are stored.

use super::{BlockStore, StoredBlock};
use crate::Error;
use crate::mvcc::KnownIds;
use block::{Block, Envelope};
use proto::prost::Message;
use proto::{Bytes, common};

impl StoredBlock for Block {
    fn number(&self) -> u64 {
        Self::number(self)
    }

    fn previous_hash(&self) -> &[u8] {
        &self.header().previous_hash
    }

    fn encode(&self, out: &mut Vec<u8>) {
        // It fails when there is no room, and this grows.
        let _ = common::Block::from(self.clone()).encode(out);
    }

    fn decode(bytes: Bytes) -> Result<Self, String> {
        Self::decode(bytes).map_err(|error| error.to_string())
    }

    fn transaction_ids(&self) -> Vec<(u32, [u8; 32])> {
        let id = |entry: &Bytes| {
            let envelope = Envelope::open(entry.clone()).ok()?;
            transaction_key(&envelope.headers().channel_header().tx_id)
        };
        let ids = (0..).zip(self.entries());
        ids.filter_map(|(place, entry)| Some((place, id(entry)?))).collect()
    }

    fn is_config(&self) -> bool {
        Self::is_config(self)
    }
}

/// The key of a transaction id: a digest in 64 lower-case digits. A transaction with another one is
/// never valid, and is not found by it.
#[must_use]
pub fn transaction_key(id: &str) -> Option<[u8; 32]> {
    if id.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut key = [0; 32];
    hex::decode_to_slice(id, &mut key).ok().map(|()| key)
}

impl<B: StoredBlock> KnownIds for BlockStore<B> {
    fn has_id(&self, id: &str) -> Result<bool, Error> {
        transaction_key(id).map_or(Ok(false), |key| self.has_transaction(&key))
    }
}
