// SPDX-License-Identifier: Apache-2.0
//! What a store needs to know of a block, so that another chain's can be stored; and a block with
//! what the store knows of it.

use crate::log::cut::Cut;
use bccsp::Digest;
use proto::Bytes;

/// A block that can be stored.
///
/// Its hash is not asked for: a chain may change its hash function, and only who follows it knows
/// the one in force. It is given along and stored.
pub trait StoredBlock: Sized {
    /// Its number; the first block of a chain has 0.
    fn number(&self) -> u64;

    /// The hash of the block before, as this one states it. That of block 0 is not looked at.
    fn previous_hash(&self) -> &[u8];

    /// Writes its bytes to the end of `out`.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads the bytes that [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// Why they cannot be read, as the end of a sentence.
    fn decode(bytes: Bytes) -> Result<Self, String>;

    /// The ids by which its transactions are found, each with its place in the block from 0. One
    /// without an id is left out.
    fn transaction_ids(&self) -> Vec<(u32, [u8; 32])>;

    /// Whether it changes the configuration of the chain.
    fn is_config(&self) -> bool;
}

/// A block with what the store knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored<B> {
    /// The block.
    pub block: B,
    /// Its hash, as it was given.
    pub hash: Digest,
    /// The last block up to this one that changed the configuration.
    pub last_config: Option<u64>,
}

/// ```text
/// hash 32 | last configuration block 8, all ones when there is none | block
/// ```
pub(super) fn before(hash: &Digest, last_config: Option<u64>) -> [u8; BEFORE] {
    let mut out = [0; BEFORE];
    let last_config = last_config.unwrap_or(NONE).to_le_bytes();
    for (to, from) in out.iter_mut().zip(hash.as_bytes().iter().chain(&last_config)) {
        *to = *from;
    }
    out
}

/// Hash, last configuration block and the block's bytes.
pub(super) fn split(record: &Bytes) -> Option<(Digest, Option<u64>, Bytes)> {
    let mut cut = Cut(record);
    let (hash, last_config) = (cut.array()?, cut.u64()?);
    let last_config = Some(last_config).filter(|number| *number != NONE);
    Some((Digest::new(hash), last_config, record.slice(BEFORE..)))
}

const NONE: u64 = u64::MAX;
const BEFORE: usize = 40;
