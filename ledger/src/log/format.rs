// SPDX-License-Identifier: Apache-2.0
//! The bytes of a segment: its header, and the header of each record. All numbers little endian.
//!
//! ```text
//! segment  magic 8 | version 4 | kind 4 | first sequence 8 | salt 4 | CRC32C of these 28 bytes 4
//! record   length 4 | sequence 8 | durable 8 | CRC32C of the payload 4 | CRC32C of these 24 bytes 4
//!          payload
//! ```
//!
//! The checksums of records start from the salt: whoever writes a payload does not know it, and
//! cannot put bytes into it that look like a record.

use super::cut::Cut;
use crate::Error;
use std::path::Path;

/// Bytes of a segment's header.
pub(super) const SEGMENT_HEADER: usize = 32;
/// Bytes of a record's header.
pub(super) const RECORD_HEADER: usize = 28;
/// The version of the format that is written, and the newest that is read.
pub(super) const VERSION: u32 = 1;
const MAGIC: [u8; 8] = *b"GMCA-LOG";

/// What a segment says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub(super) kind: u32,
    pub(super) first: u64,
    pub(super) salt: u32,
}

/// Why bytes are no segment's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoHeader {
    Newer(u32),
    Bad(&'static str),
}

impl NoHeader {
    pub(super) fn of(self, path: &Path) -> Error {
        let path = path.to_path_buf();
        match self {
            Self::Newer(found) => Error::NewerFormat { path, found, known: VERSION },
            Self::Bad(what) => Error::Damaged { path, offset: 0, what: what.to_owned() },
        }
    }
}

impl SegmentHeader {
    pub(super) fn write(&self) -> [u8; SEGMENT_HEADER] {
        let mut out = Vec::with_capacity(SEGMENT_HEADER);
        out.extend(MAGIC);
        for number in [VERSION, self.kind] {
            out.extend(number.to_le_bytes());
        }
        out.extend(self.first.to_le_bytes());
        out.extend(self.salt.to_le_bytes());
        out.extend(crc32c::crc32c(&out).to_le_bytes());
        out.try_into().unwrap_or([0; SEGMENT_HEADER])
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, NoHeader> {
        let short = || NoHeader::Bad("the header of the segment is cut off");
        let mut cut = Cut(bytes);
        if cut.array() != Some(MAGIC) {
            return Err(NoHeader::Bad("the header of the segment does not begin as it must"));
        }
        let version = cut.u32().ok_or_else(short)?;
        let kind = cut.u32().ok_or_else(short)?;
        let first = cut.u64().ok_or_else(short)?;
        let salt = cut.u32().ok_or_else(short)?;
        let crc = cut.u32().ok_or_else(short)?;
        // A newer format may have its checksum elsewhere.
        if version > VERSION {
            return Err(NoHeader::Newer(version));
        }
        let covered = bytes.get(..SEGMENT_HEADER.saturating_sub(4)).unwrap_or_default();
        if version != VERSION || crc != crc32c::crc32c(covered) {
            return Err(NoHeader::Bad("the header of the segment has a wrong checksum"));
        }
        Ok(Self { kind, first, salt })
    }

    /// Whether the header is that of this file.
    pub(super) fn check(&self, kind: u32, first: u64) -> Result<(), NoHeader> {
        if self.first != first {
            return Err(NoHeader::Bad("the segment begins with another record than its name says"));
        }
        if self.kind != kind {
            return Err(NoHeader::Bad("the segment holds records of another kind"));
        }
        Ok(())
    }
}

/// What stands before a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecordHeader {
    /// Bytes of the payload.
    pub(super) length: u32,
    pub(super) sequence: u64,
    /// All records with a sequence below it were synced when this one was written.
    pub(super) durable: u64,
    pub(super) payload_crc: u32,
}

impl RecordHeader {
    pub(super) fn write(&self, salt: u32) -> [u8; RECORD_HEADER] {
        let mut out = Vec::with_capacity(RECORD_HEADER);
        out.extend(self.length.to_le_bytes());
        out.extend(self.sequence.to_le_bytes());
        out.extend(self.durable.to_le_bytes());
        out.extend(self.payload_crc.to_le_bytes());
        out.extend(crc32c::crc32c_append(salt, &out).to_le_bytes());
        out.try_into().unwrap_or([0; RECORD_HEADER])
    }

    /// A header with a good checksum, or none.
    pub(super) fn read(bytes: &[u8], salt: u32) -> Option<Self> {
        let mut cut = Cut(bytes);
        let (covered, crc) = (cut.bytes(RECORD_HEADER.checked_sub(4)?)?, cut.u32()?);
        if crc32c::crc32c_append(salt, covered) != crc {
            return None;
        }
        let mut cut = Cut(covered);
        let (length, sequence) = (cut.u32()?, cut.u64()?);
        let (durable, payload_crc) = (cut.u64()?, cut.u32()?);
        // Nothing is synced before it is written.
        (durable <= sequence).then_some(Self { length, sequence, durable, payload_crc })
    }

    /// Bytes of the whole record.
    pub(super) fn size(&self) -> u64 {
        (RECORD_HEADER as u64).saturating_add(u64::from(self.length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_header_has_32_bytes_and_every_bit_counts() {
        let header = SegmentHeader { kind: 7, first: 1 << 40, salt: 9 };
        let bytes = header.write();
        assert_eq!(SegmentHeader::read(&bytes), Ok(header));
        for bit in 0..bytes.len() * 8 {
            let mut broken = bytes;
            broken[bit / 8] ^= 1 << (bit % 8);
            SegmentHeader::read(&broken).unwrap_err();
        }
    }

    #[test]
    fn a_record_header_has_28_bytes_and_every_bit_counts_the_salt_too() {
        let header = RecordHeader { length: 5, sequence: 70, durable: 69, payload_crc: 3 };
        let bytes = header.write(1);
        assert_eq!(RecordHeader::read(&bytes, 1), Some(header));
        assert_eq!(RecordHeader::read(&bytes, 2), None);
        for bit in 0..bytes.len() * 8 {
            let mut broken = bytes;
            broken[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(RecordHeader::read(&broken, 1), None);
        }
    }
}
