// SPDX-License-Identifier: Apache-2.0
//! Where the records of a segment are; for a closed segment also in a file beside it.
//!
//! The file is derived: one that is missing or bad is made again from the segment.
//!
//! ```text
//! magic 8 | version 4 | zero 4 | first sequence 8 | records 8 | (start 8)* | end 8 | CRC32C 4
//! ```

use super::cut::Cut;
use super::format::{RECORD_HEADER, SEGMENT_HEADER};
use std::io;
use std::path::Path;
use sys::{Access, Volume};

const MAGIC: [u8; 8] = *b"GMCA-IDX";
const VERSION: u32 = 1;
/// Bytes of the file that are no places.
const AROUND: u64 = 36;

/// The places of all records: each one's start, and the end of the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offsets(Vec<u64>);

impl Default for Offsets {
    fn default() -> Self {
        Self(vec![SEGMENT_HEADER as u64])
    }
}

impl Offsets {
    pub(super) fn count(&self) -> u64 {
        (self.0.len() as u64).saturating_sub(1)
    }

    /// The end of the last record.
    pub(super) fn end(&self) -> u64 {
        self.0.last().copied().unwrap_or(SEGMENT_HEADER as u64)
    }

    /// Start and end of one record.
    pub(super) fn place(&self, index: u64) -> Option<(u64, u64)> {
        let index = usize::try_from(index).ok()?;
        Some((*self.0.get(index)?, *self.0.get(index.checked_add(1)?)?))
    }

    pub(super) fn push(&mut self, end: u64) {
        self.0.push(end);
    }

    /// Keeps that many records.
    pub(super) fn truncate(&mut self, count: u64) {
        self.0.truncate(usize::try_from(count).unwrap_or(usize::MAX).saturating_add(1));
    }

    /// Bytes of memory.
    pub(super) fn weight(&self) -> usize {
        self.0.len().saturating_mul(8)
    }

    /// Writes the file. It is not synced: a torn one is noticed by its checksum.
    pub(super) fn store(&self, volume: &dyn Volume, path: &Path, first: u64) -> io::Result<()> {
        remove(volume, path)?;
        let mut out = MAGIC.to_vec();
        out.extend(VERSION.to_le_bytes());
        out.extend([0; 4]);
        out.extend(first.to_le_bytes());
        out.extend(self.count().to_le_bytes());
        out.extend(self.0.iter().flat_map(|place| place.to_le_bytes()));
        out.extend(crc32c::crc32c(&out).to_le_bytes());
        volume.create_file(path, Access::Private)?.write_at(&out, 0)
    }

    /// Reads the file of a segment with that many records and that many bytes.
    pub(super) fn load(
        volume: &dyn Volume,
        path: &Path,
        first: u64,
        count: u64,
        size: u64,
    ) -> Option<Self> {
        let file = volume.open_file(path).ok()?;
        let length = count.checked_add(1)?.checked_mul(8)?.checked_add(AROUND)?;
        // No longer than what is there: a wrong count asks for no memory.
        if file.size().ok()? != length || count > size {
            return None;
        }
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        if file.read_at(&mut bytes, 0).ok()? != bytes.len() {
            return None;
        }
        let (covered, crc) = bytes.split_last_chunk::<4>()?;
        if crc32c::crc32c(covered) != u32::from_le_bytes(*crc) {
            return None;
        }
        let mut cut = Cut(covered);
        let head = (cut.array()?, cut.u32()?, cut.u32()?, cut.u64()?, cut.u64()?);
        if head != (MAGIC, VERSION, 0, first, count) {
            return None;
        }
        let places: Vec<u64> = std::iter::from_fn(|| cut.u64()).collect();
        Self(places).fits(size)
    }

    fn fits(self, size: u64) -> Option<Self> {
        let grows = |pair: &[u64]| match pair {
            [start, end] => end.checked_sub(*start).is_some_and(|l| l >= RECORD_HEADER as u64),
            _ => false,
        };
        let whole = self.0.first() == Some(&(SEGMENT_HEADER as u64)) && self.end() == size;
        (whole && self.0.windows(2).all(grows)).then_some(self)
    }
}

/// Removes a file that may be there.
pub(super) fn remove(volume: &dyn Volume, path: &Path) -> io::Result<()> {
    match volume.remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
