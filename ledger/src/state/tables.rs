// SPDX-License-Identifier: Apache-2.0
//! The tables of `state.redb`, and the one row that says what they stand for.

use crate::Error;
use bccsp::Digest;
use redb::TableDefinition;
use std::path::Path;

/// Place of a key (`keys`) to what stands there (`entry::Head`).
pub(super) const STATE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("state");
/// Version and place to the write before it (`entry::Link`).
pub(super) const HISTORY: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("history");
/// One row.
pub(super) const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
pub(super) const TIP: &str = "tip";
/// While a state is taken from a snapshot: how many of its records are in (8 bytes, little-endian).
pub(super) const LOADING: &str = "loading";

/// What this program writes. A newer one is refused.
const FORMAT: u32 = 1;

/// Which block a state belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tip {
    /// How many blocks are in it: the number of the next one.
    pub height: u64,
    /// The commit hash after the last block; none as long as no block had one.
    pub commit_hash: Option<Digest>,
    /// The hash of the last block's header; none before the first block.
    pub block_hash: Option<Digest>,
    /// What blocks before this one did is in the state, and not in the history.
    pub history_from: u64,
}

impl Tip {
    /// Format version (4 bytes), height (8), where the history begins (8), little-endian; for each
    /// hash 1 and the hash, or 0.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(88);
        out.extend_from_slice(&FORMAT.to_le_bytes());
        out.extend_from_slice(&self.height.to_le_bytes());
        out.extend_from_slice(&self.history_from.to_le_bytes());
        for hash in [&self.commit_hash, &self.block_hash] {
            out.push(u8::from(hash.is_some()));
            out.extend_from_slice(hash.as_ref().map(Digest::as_ref).unwrap_or_default());
        }
        out
    }

    pub(super) fn read(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        let damaged = || Error::Damaged {
            path: path.to_path_buf(),
            offset: 0,
            what: "the height of the state is not readable; remove the file, it is made anew from \
                   the blocks"
                .into(),
        };
        let (format, bytes) = bytes.split_first_chunk::<4>().ok_or_else(damaged)?;
        let found = u32::from_le_bytes(*format);
        if found > FORMAT {
            return Err(Error::NewerFormat { path: path.to_path_buf(), found, known: FORMAT });
        }
        Self::parts(bytes).ok_or_else(damaged)
    }

    fn parts(bytes: &[u8]) -> Option<Self> {
        let (height, bytes) = bytes.split_first_chunk::<8>()?;
        let (history_from, mut bytes) = bytes.split_first_chunk::<8>()?;
        let commit_hash = hash(&mut bytes)?;
        let block_hash = hash(&mut bytes)?;
        let height = u64::from_le_bytes(*height);
        let history_from = u64::from_le_bytes(*history_from);
        bytes.is_empty().then_some(Self { height, commit_hash, block_hash, history_from })
    }
}

fn hash(bytes: &mut &[u8]) -> Option<Option<Digest>> {
    let (&there, rest) = bytes.split_first()?;
    *bytes = rest;
    if there == 0 {
        return Some(None);
    }
    let (hash, rest) = bytes.split_first_chunk::<{ Digest::LEN }>()?;
    *bytes = rest;
    (there == 1).then(|| Some(Digest::new(*hash)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tip_is_read_as_written_and_a_newer_format_is_refused() {
        let path = Path::new("state.redb");
        let commit_hash = Some(Digest::new([9; 32]));
        let tip = Tip { height: 7, commit_hash, block_hash: None, history_from: 3 };
        let mut bytes = tip.write();
        assert_eq!(Tip::read(&bytes, path).unwrap(), tip);
        for length in 0..bytes.len() {
            Tip::read(&bytes[..length], path).unwrap_err();
        }
        bytes[0] = 2;
        let error = Tip::read(&bytes, path).unwrap_err();
        assert!(matches!(error, Error::NewerFormat { found: 2, known: 1, .. }), "{error}");
    }
}
