// SPDX-License-Identifier: Apache-2.0
//! Which runs count, and which blocks' ids they hold. Replaced whole, so it is always one state.
//!
//! ```text
//! magic 8 | version 4 | 1 as long as ids are imported 4 | covered from 8 | covered up to 8
//! next number 8 | runs 8
//! (number 8 | level 8 | entries 8)* | CRC32C 4
//! ```

use crate::Error;
use crate::log::cut::Cut;
use std::path::{Path, PathBuf};
use sys::{Access, Disk};

const MAGIC: [u8; 8] = *b"GMCA-IDM";
const VERSION: u32 = 1;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    /// Ids of blocks before the first one are still to come.
    pub(super) importing: bool,
    /// The ids of blocks from this one on ...
    pub(super) from: u64,
    /// ... up to before this one are in the runs.
    pub(super) covered: u64,
    /// The number of the next run.
    pub(super) next_run: u64,
    pub(super) runs: Vec<Row>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) number: u64,
    pub(super) level: u32,
    pub(super) entries: u64,
}

impl Manifest {
    pub(super) fn path(dir: &Path) -> PathBuf {
        dir.join("manifest")
    }

    pub(super) fn write(&self, disk: &dyn Disk, dir: &Path) -> Result<(), Error> {
        let mut out = MAGIC.to_vec();
        out.extend(VERSION.to_le_bytes());
        out.extend(u32::from(self.importing).to_le_bytes());
        for number in [self.from, self.covered, self.next_run, self.runs.len() as u64] {
            out.extend(number.to_le_bytes());
        }
        for row in &self.runs {
            for number in [row.number, u64::from(row.level), row.entries] {
                out.extend(number.to_le_bytes());
            }
        }
        out.extend(crc32c::crc32c(&out).to_le_bytes());
        let path = Self::path(dir);
        disk.replace(&path, &out, Access::Private).map_err(Error::at(&path))
    }

    /// The manifest of a folder; none when there is none.
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
        let manifest = Self::fields(cut).filter(|_| good).ok_or_else(|| {
            let what = "the manifest is not the one that was written".to_owned();
            Error::Damaged { path, offset: 0, what }
        })?;
        Ok(Some(manifest))
    }

    fn fields(mut cut: Cut<'_>) -> Option<Self> {
        let importing = cut.u32()? != 0;
        let (from, covered, next_run, count) = (cut.u64()?, cut.u64()?, cut.u64()?, cut.u64()?);
        let mut runs = Vec::new();
        while !cut.0.is_empty() {
            let (number, level, entries) = (cut.u64()?, cut.u64()?, cut.u64()?);
            runs.push(Row { number, level: u32::try_from(level).ok()?, entries });
        }
        (runs.len() as u64 == count).then_some(Self { importing, from, covered, next_run, runs })
    }
}
