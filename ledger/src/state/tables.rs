// SPDX-License-Identifier: Apache-2.0
//! The tables of `state.redb`, and the one row that says what they stand for.

use crate::Error;
use proto::Bytes;
use redb::TableDefinition;
use std::path::Path;

/// Place of a key (`keys`) to what stands there (`entry::Head`).
pub(super) const STATE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("state");
/// Version and place to the write before it (`entry::Link`).
pub(super) const HISTORY: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("history");
/// One row.
pub(super) const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
pub(super) const TIP: &str = "tip";

/// What this program writes. A newer one is refused.
const FORMAT: u32 = 1;

/// Which block a state belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tip {
    /// How many blocks are in it: the number of the next one.
    pub height: u64,
    /// The commit hash after the last block; empty before the first one that has any.
    pub commit_hash: Bytes,
    /// The hash of the last block's header; empty before the first block.
    pub block_hash: Bytes,
}

impl Tip {
    /// Format version (4 bytes), height (8), little-endian; then each hash after its length (1).
    pub(super) fn write(&self) -> Result<Vec<u8>, Error> {
        let mut out = Vec::with_capacity(80);
        out.extend_from_slice(&FORMAT.to_le_bytes());
        out.extend_from_slice(&self.height.to_le_bytes());
        for hash in [&self.commit_hash, &self.block_hash] {
            let length = u8::try_from(hash.len())
                .map_err(|_| Error::Refused("a hash of more than 255 bytes".into()))?;
            out.push(length);
            out.extend_from_slice(hash);
        }
        Ok(out)
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
        let (height, mut bytes) = bytes.split_first_chunk::<8>()?;
        let commit_hash = hash(&mut bytes)?;
        let block_hash = hash(&mut bytes)?;
        let height = u64::from_le_bytes(*height);
        bytes.is_empty().then_some(Self { height, commit_hash, block_hash })
    }
}

fn hash(bytes: &mut &[u8]) -> Option<Bytes> {
    let (&length, rest) = bytes.split_first()?;
    let (hash, rest) = rest.split_at_checked(usize::from(length))?;
    *bytes = rest;
    Some(Bytes::copy_from_slice(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tip_is_read_as_written_and_a_newer_format_is_refused() {
        let path = Path::new("state.redb");
        let tip = Tip { height: 7, commit_hash: "hash".into(), block_hash: Bytes::new() };
        let mut bytes = tip.write().unwrap();
        assert_eq!(Tip::read(&bytes, path).unwrap(), tip);
        for length in 0..bytes.len() {
            Tip::read(&bytes[..length], path).unwrap_err();
        }
        bytes[0] = 2;
        let error = Tip::read(&bytes, path).unwrap_err();
        assert!(matches!(error, Error::NewerFormat { found: 2, known: 1, .. }), "{error}");
    }
}
