// SPDX-License-Identifier: Apache-2.0
//! The first and the last record of a snapshot.

use super::END;
use crate::Error;
use crate::log::cut::Cut;
use bccsp::{Digest, HashAlgorithm};
use proto::Bytes;
use std::path::Path;

const MAGIC: [u8; 8] = *b"GMCA-SNP";
const VERSION: u32 = 1;

/// What a snapshot is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// How many blocks made this state: the number of the next one.
    pub height: u64,
    /// The hash function in force for the next block.
    pub algorithm: HashAlgorithm,
    /// The hash of the last block.
    pub block_hash: Digest,
    /// The commit hash after the last block; none when no block had one.
    pub commit_hash: Option<Digest>,
    /// The number of the last block that changed the configuration.
    pub last_config: u64,
    /// The hash of that block.
    pub config_hash: Digest,
    /// That block, as it is stored.
    pub config_block: Bytes,
}

impl Header {
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend(VERSION.to_le_bytes());
        let name = self.algorithm.fabric_name().as_bytes();
        out.extend(u32::try_from(name.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend(name);
        out.extend(self.height.to_le_bytes());
        out.extend(self.block_hash.as_bytes());
        out.push(u8::from(self.commit_hash.is_some()));
        out.extend(self.commit_hash.iter().flat_map(Digest::as_bytes));
        out.extend(self.last_config.to_le_bytes());
        out.extend(self.config_hash.as_bytes());
        out.extend(&self.config_block);
        out
    }

    pub(super) fn read(record: &Bytes, dir: &Path) -> Result<Self, Error> {
        let mut cut = Cut(record);
        let (magic, version) = (cut.array(), cut.u32());
        if let Some(found) = version.filter(|found| magic == Some(MAGIC) && *found > VERSION) {
            return Err(Error::NewerFormat { path: dir.to_path_buf(), found, known: VERSION });
        }
        let header = Self::fields(cut, record).filter(|_| magic == Some(MAGIC));
        header.ok_or_else(|| {
            let what = "its first record does not say what it is a snapshot of".to_owned();
            Error::Damaged { path: dir.to_path_buf(), offset: 0, what }
        })
    }

    fn fields(mut cut: Cut<'_>, record: &Bytes) -> Option<Self> {
        let length = usize::try_from(cut.u32()?).ok()?;
        let name = std::str::from_utf8(cut.bytes(length)?).ok()?;
        let algorithm = HashAlgorithm::from_fabric_name(name)?;
        let (height, block_hash) = (cut.u64()?, Digest::new(cut.array()?));
        let commit_hash = match cut.array()? {
            [0] => None,
            [1] => Some(Digest::new(cut.array()?)),
            _ => return None,
        };
        let (last_config, config_hash) = (cut.u64()?, Digest::new(cut.array()?));
        let config_block = record.slice(record.len().checked_sub(cut.0.len())?..);
        let sane = last_config < height;
        sane.then_some(Self {
            height,
            algorithm,
            block_hash,
            commit_hash,
            last_config,
            config_hash,
            config_block,
        })
    }
}

/// How much a snapshot holds, and what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// How many keys.
    pub rows: u64,
    /// How many ids: those of blocks and of transactions.
    pub ids: u64,
    /// The hash of all keys with what stands there.
    pub state_hash: Digest,
    /// The hash of all ids.
    pub ids_hash: Digest,
}

impl End {
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = vec![END];
        out.extend(self.rows.to_le_bytes());
        out.extend(self.ids.to_le_bytes());
        out.extend(self.state_hash.as_bytes());
        out.extend(self.ids_hash.as_bytes());
        out
    }

    /// `None` when this is another record.
    pub(super) fn read(record: &[u8]) -> Option<Self> {
        let mut cut = Cut(record);
        if cut.array()? != [END] {
            return None;
        }
        let (rows, ids) = (cut.u64()?, cut.u64()?);
        let (state_hash, ids_hash) = (Digest::new(cut.array()?), Digest::new(cut.array()?));
        cut.0.is_empty().then_some(Self { rows, ids, state_hash, ids_hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_and_last_record_are_read_as_written_and_nothing_shorter() {
        let digest = |byte| Digest::new([byte; 32]);
        for commit_hash in [None, Some(digest(2))] {
            let header = Header {
                height: 7,
                algorithm: HashAlgorithm::FABRIC_CLIENT,
                block_hash: digest(1),
                commit_hash,
                last_config: 6,
                config_hash: digest(3),
                config_block: Bytes::from_static(b""),
            };
            let mut bytes = header.write();
            let dir = Path::new("d");
            assert_eq!(Header::read(&bytes.clone().into(), dir).unwrap(), header);
            for length in 0..bytes.len() {
                let short = Bytes::copy_from_slice(&bytes[..length]);
                Header::read(&short, dir).unwrap_err();
            }
            bytes[8] = 2;
            let newer = Header::read(&bytes.into(), dir).unwrap_err();
            assert!(matches!(newer, Error::NewerFormat { found: 2, .. }), "{newer}");
        }
        let end = End { rows: 1, ids: 2, state_hash: digest(4), ids_hash: digest(5) };
        let bytes = end.write();
        assert_eq!(End::read(&bytes), Some(end));
        assert!((0..bytes.len()).all(|length| End::read(&bytes[..length]).is_none()));
    }
}
