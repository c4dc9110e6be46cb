// SPDX-License-Identifier: Apache-2.0
//! Going through a segment from its start, in bounded memory, and looking behind a bad record for
//! proof that it was once good.

use super::format::{RECORD_HEADER, RecordHeader, SEGMENT_HEADER, SegmentHeader};
use super::offsets::Offsets;
use crate::Error;
use crate::plant::{self, Plant};
use std::io;
use std::path::Path;
use sys::VolumeFile;

/// How much is read at once.
const WINDOW: usize = 256 << 10;

/// Whether payloads are read as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    Headers,
    Payloads,
}

/// What a segment holds.
#[derive(Debug)]
pub(super) struct Scanned {
    /// Where the good records are.
    pub(super) offsets: Offsets,
    /// Records with a sequence below it are known to be durable.
    pub(super) proven: u64,
    /// What is wrong with the bytes behind them; nothing when the file ends there.
    pub(super) fault: Option<&'static str>,
}

/// Goes through a segment as far as its records are good.
pub(super) fn scan(
    file: &dyn VolumeFile,
    header: &SegmentHeader,
    depth: Depth,
) -> io::Result<Scanned> {
    let mut window = Window::new(file)?;
    let mut scanned = Scanned { offsets: Offsets::default(), proven: header.first, fault: None };
    let mut sequence = header.first;
    while scanned.offsets.end() < window.size {
        let at = scanned.offsets.end();
        match record(&mut window, at, sequence, header.salt, depth)? {
            Ok(record) => {
                scanned.proven = scanned.proven.max(record.durable);
                scanned.offsets.push(at.saturating_add(record.size()));
                sequence = sequence.saturating_add(1);
            }
            Err(fault) => {
                scanned.fault = Some(fault);
                break;
            }
        }
    }
    Ok(scanned)
}

/// The record at that place, or what is wrong with it.
fn record(
    window: &mut Window<'_>,
    at: u64,
    sequence: u64,
    salt: u32,
    depth: Depth,
) -> io::Result<Result<RecordHeader, &'static str>> {
    let Some(bytes) = window.bytes(at, RECORD_HEADER)? else {
        return Ok(Err("the header of a record is cut off"));
    };
    let Some(header) = RecordHeader::read(bytes, salt) else {
        return Ok(Err("the header of a record has a wrong checksum"));
    };
    if header.sequence != sequence {
        return Ok(Err("a record has the wrong sequence number"));
    }
    if at.saturating_add(header.size()) > window.size {
        return Ok(Err("a record is cut off"));
    }
    if depth == Depth::Payloads && !plant::is(Plant::CrcNotChecked) {
        let start = at.saturating_add(RECORD_HEADER as u64);
        if window.crc(start, header.length, salt)? != header.payload_crc {
            return Ok(Err("a record has a wrong checksum"));
        }
    }
    Ok(Ok(header))
}

/// Looks behind the place where record `sequence` should be for a record that says that it was
/// synced, and says where that is. A header is enough: it was written after the sync.
pub(super) fn proof(
    file: &dyn VolumeFile,
    salt: u32,
    sequence: u64,
    after: u64,
) -> io::Result<Option<u64>> {
    let mut window = Window::new(file)?;
    let mut at = after;
    while let Some(bytes) = window.bytes(at, RECORD_HEADER)? {
        if RecordHeader::read(bytes, salt).is_some_and(|header| header.durable > sequence) {
            return Ok(Some(at));
        }
        at = at.saturating_add(1);
    }
    Ok(None)
}

/// The records of a segment behind which there is another one, `count` of them. Anything else is
/// damage.
pub(super) fn closed(
    file: &dyn VolumeFile,
    path: &Path,
    header: &SegmentHeader,
    count: u64,
) -> Result<Offsets, Error> {
    let scanned = scan(file, header, Depth::Headers).map_err(Error::at(path))?;
    let found = scanned.offsets.count();
    let next = header.first.saturating_add(found);
    let what = match scanned.fault {
        Some(fault) => format!("{fault} (record {next})"),
        None if found == count => return Ok(scanned.offsets),
        None => {
            let after = header.first.saturating_add(count);
            format!("the segment goes up to before record {next}, the next one begins at {after}")
        }
    };
    Err(Error::Damaged { path: path.to_path_buf(), offset: scanned.offsets.end(), what })
}

/// Reads and checks the header of the segment in that file.
pub(super) fn header(
    file: &dyn VolumeFile,
    path: &Path,
    kind: u32,
    first: u64,
) -> Result<SegmentHeader, Error> {
    let mut bytes = [0; SEGMENT_HEADER];
    let count = file.read_at(&mut bytes, 0).map_err(Error::at(path))?;
    let header = SegmentHeader::read(bytes.get(..count).unwrap_or_default());
    let checked = header.and_then(|header| header.check(kind, first).map(|()| header));
    checked.map_err(|fault| fault.of(path))
}

/// A piece of a file that moves along.
struct Window<'f> {
    file: &'f dyn VolumeFile,
    size: u64,
    buffer: Vec<u8>,
    start: u64,
}

impl<'f> Window<'f> {
    fn new(file: &'f dyn VolumeFile) -> io::Result<Self> {
        Ok(Self { file, size: file.size()?, buffer: Vec::new(), start: 0 })
    }

    /// That many bytes, at most [`WINDOW`], or none when the file ends before.
    fn bytes(&mut self, at: u64, length: usize) -> io::Result<Option<&[u8]>> {
        if self.inside(at, length).is_none() {
            let rest = self.size.saturating_sub(at);
            let take = usize::try_from(rest).unwrap_or(WINDOW).min(WINDOW);
            self.buffer.resize(take, 0);
            let count = self.file.read_at(&mut self.buffer, at)?;
            self.buffer.truncate(count);
            self.start = at;
        }
        Ok(self.inside(at, length).and_then(|range| self.buffer.get(range)))
    }

    fn inside(&self, at: u64, length: usize) -> Option<std::ops::Range<usize>> {
        let from = usize::try_from(at.checked_sub(self.start)?).ok()?;
        let to = from.checked_add(length)?;
        (to <= self.buffer.len()).then_some(from..to)
    }

    fn crc(&mut self, at: u64, length: u32, salt: u32) -> io::Result<u32> {
        let (mut crc, mut at, mut rest) = (salt, at, length as usize);
        while rest > 0 {
            let take = rest.min(WINDOW);
            let bytes = self.bytes(at, take)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            crc = crc32c::crc32c_append(crc, bytes);
            at = at.saturating_add(take as u64);
            rest = rest.saturating_sub(take);
        }
        Ok(crc)
    }
}
