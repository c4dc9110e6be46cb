// SPDX-License-Identifier: Apache-2.0
//! Where a store begins that does not have block 0: what must be known of the blocks before.
//!
//! ```text
//! magic 8 | version 4 | zero 4 | number 8 | hash of the block before 32 | last configuration 8 | CRC32C 4
//! ```

use super::stored::{before, split};
use crate::Error;
use crate::log::cut::Cut;
use bccsp::Digest;
use proto::Bytes;
use std::path::{Path, PathBuf};
use sys::{Access, Disk};

const MAGIC: [u8; 8] = *b"GMCA-BEG";
const VERSION: u32 = 1;

/// What is known of the blocks before the first one that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The number of the first block that will be stored.
    pub number: u64,
    /// The hash of the block before it.
    pub previous_hash: Digest,
    /// The last block before it that changed the configuration.
    pub last_config: Option<u64>,
}

impl Start {
    pub(super) fn path(dir: &Path) -> PathBuf {
        dir.join("start")
    }

    pub(super) fn write(&self, disk: &dyn Disk, dir: &Path) -> Result<(), Error> {
        let mut out = MAGIC.to_vec();
        out.extend(VERSION.to_le_bytes());
        out.extend([0; 4]);
        out.extend(self.number.to_le_bytes());
        out.extend(before(&self.previous_hash, self.last_config));
        out.extend(crc32c::crc32c(&out).to_le_bytes());
        let path = Self::path(dir);
        disk.create(&path, &out, Access::Private).map_err(Error::at(&path))
    }

    pub(super) fn read(disk: &dyn Disk, dir: &Path) -> Result<Option<Self>, Error> {
        let path = Self::path(dir);
        let bytes = match disk.read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::at(&path)(error)),
        };
        let (covered, crc) = bytes.split_last_chunk::<4>().unwrap_or((&[], &[0; 4]));
        let mut cut = Cut(covered);
        let (magic, version) = (cut.array(), cut.u32());
        if let Some(found) = version.filter(|found| magic == Some(MAGIC) && *found > VERSION) {
            return Err(Error::NewerFormat { path, found, known: VERSION });
        }
        let good = crc32c::crc32c(covered) == u32::from_le_bytes(*crc) && magic == Some(MAGIC);
        let start = Self::fields(cut).filter(|_| good);
        start.map(Some).ok_or_else(|| {
            let what = "the start of the chain is not the one that was written".to_owned();
            Error::Damaged { path, offset: 0, what }
        })
    }

    fn fields(mut cut: Cut<'_>) -> Option<Self> {
        let (_, number) = (cut.u32()?, cut.u64()?);
        let (previous_hash, last_config, rest) = split(&Bytes::copy_from_slice(cut.0))?;
        rest.is_empty().then_some(Self { number, previous_hash, last_config })
    }
}
