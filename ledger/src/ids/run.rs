// SPDX-License-Identifier: Apache-2.0
//! A file of sorted entries that never changes.
//!
//! ```text
//! page 0     magic 8 | version 4 | zero 4 | entries 8 | bytes of the filter 8 | CRC32C 4 | zeros
//! pages      90 entries of 45 bytes | zeros | CRC32C 4      4096 bytes each
//! fences     the first 8 bytes of the first entry of each page
//! filter     see `filter`; may be missing
//! CRC32C 4   of fences and filter
//! ```
//!
//! The checksum of a page starts from its number. Not here: several of them (`mod.rs`).

use super::entry::{ENTRY, Entry, Key, Place};
use super::filter::Filter;
use crate::Error;
use crate::log::cut::Cut;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::{Access, Volume, VolumeFile};

const PAGE: usize = 4096;
const PER_PAGE: usize = 90;
const MAGIC: [u8; 8] = *b"GMCA-IDS";
const VERSION: u32 = 1;
/// Bytes of the first page that say something.
const HEADER: usize = 36;
/// How many bytes are gathered before they are written ...
const CHUNK: usize = 1 << 20;
/// ... and how many before they are synced: the last sync has not all of it to do.
const SYNC_EVERY: u64 = 32 << 20;

#[derive(Debug)]
pub(super) struct Run {
    pub(super) number: u64,
    pub(super) level: u32,
    pub(super) entries: u64,
    path: PathBuf,
    file: Arc<dyn VolumeFile>,
    /// The prefix of each page's first key.
    fences: Vec<u64>,
    filter_size: usize,
    filter: Option<Filter>,
}

impl Run {
    /// Opens a run; the filter is read later.
    pub(super) fn open(
        volume: &dyn Volume,
        dir: &Path,
        number: u64,
        level: u32,
        entries: u64,
    ) -> Result<Self, Error> {
        let path = path(dir, number);
        let file = volume.open_file(&path).map_err(Error::at(&path))?;
        let mut run = Self {
            number,
            level,
            entries,
            path,
            file,
            fences: vec![],
            filter_size: 0,
            filter: None,
        };
        let size = run.file.size().map_err(Error::at(&run.path))?;
        run.filter_size = run.header()?;
        let tail = run.pages().saturating_mul(8).saturating_add(run.filter_size as u64);
        if run.tail_start().saturating_add(tail).saturating_add(4) != size {
            return Err(run.damaged(0, "the file has another length than its header says"));
        }
        // No longer than what is there.
        let tail = run.bytes(run.tail_start(), usize::try_from(tail).unwrap_or(usize::MAX))?;
        let crc = run.bytes(size.saturating_sub(4), 4)?;
        if crc32c::crc32c(&tail).to_le_bytes() != crc[..] {
            return Err(run.damaged(run.tail_start(), "the fences have a wrong checksum"));
        }
        let mut cut = Cut(&tail);
        let count = usize::try_from(run.pages()).unwrap_or(usize::MAX);
        run.fences = std::iter::from_fn(|| cut.u64()).take(count).collect();
        Ok(run)
    }

    /// Checks the header and says how long the filter is.
    fn header(&self) -> Result<usize, Error> {
        let bytes = self.bytes(0, HEADER)?;
        let (covered, crc) = bytes.split_last_chunk::<4>().unwrap_or((&[], &[0; 4]));
        let mut cut = Cut(covered);
        let (magic, version) = (cut.array(), cut.u32());
        if let Some(found) = version.filter(|found| magic == Some(MAGIC) && *found > VERSION) {
            return Err(Error::NewerFormat { path: self.path.clone(), found, known: VERSION });
        }
        let good = crc32c::crc32c(covered) == u32::from_le_bytes(*crc) && magic == Some(MAGIC);
        let rest = (cut.u32(), cut.u64(), cut.u64());
        match rest {
            (Some(0), Some(entries), Some(filter)) if good && entries == self.entries => {
                usize::try_from(filter).map_err(|_| self.damaged(0, "the filter is too long"))
            }
            _ => Err(self.damaged(0, "the header is not the one that was written")),
        }
    }

    /// The place of a key, if it is here.
    pub(super) fn find(&self, key: &Key) -> Result<Option<Place>, Error> {
        if self.filter.as_ref().is_some_and(|filter| !filter.may_have(key)) {
            return Ok(None);
        }
        let prefix = key.prefix();
        let mut low = self.fences.partition_point(|fence| *fence < prefix).saturating_sub(1);
        let mut high = self.fences.partition_point(|fence| *fence <= prefix);
        // Mostly one page is left. More when many keys begin alike.
        while high.saturating_sub(low) > 1 {
            let middle = low.midpoint(high);
            let first = self.page(middle)?.first().copied();
            match first.is_some_and(|entry| entry.key() <= *key) {
                true => low = middle,
                false => high = middle,
            }
        }
        if low >= high {
            return Ok(None);
        }
        let page = self.page(low)?;
        let at = page.partition_point(|entry| entry.key() < *key);
        Ok(page.get(at).filter(|entry| entry.key() == *key).map(Entry::place))
    }

    /// The entries of a page, from 0.
    pub(super) fn page(&self, index: usize) -> Result<Vec<Entry>, Error> {
        let at = (index as u64).saturating_add(1).saturating_mul(PAGE as u64);
        let bytes = self.bytes(at, PAGE)?;
        let (covered, crc) = bytes.split_last_chunk::<4>().unwrap_or((&[], &[0; 4]));
        if seal(covered, index) != *crc {
            return Err(self.damaged(at, "a page has a wrong checksum"));
        }
        let before = (index as u64).saturating_mul(PER_PAGE as u64);
        let rest = usize::try_from(self.entries.saturating_sub(before)).unwrap_or(PER_PAGE);
        let entries = covered.chunks_exact(ENTRY).take(rest.min(PER_PAGE));
        Ok(entries.filter_map(Entry::read).collect())
    }

    pub(super) fn pages(&self) -> u64 {
        self.entries.div_ceil(PER_PAGE as u64)
    }

    pub(super) fn filter_size(&self) -> usize {
        self.filter_size
    }

    /// Takes the filter into memory, or lets it go. One without a filter is slower to ask.
    pub(super) fn hold_filter(&mut self, hold: bool) -> Result<(), Error> {
        if !hold || self.filter_size == 0 {
            self.filter = None;
        } else if self.filter.is_none() {
            let at = self.tail_start().saturating_add(self.pages().saturating_mul(8));
            self.filter = Filter::from_bytes(self.bytes(at, self.filter_size)?);
        }
        Ok(())
    }

    /// Reads everything and compares the checksums.
    pub(super) fn verify(&self) -> Result<(), Error> {
        let mut last: Option<Entry> = None;
        for index in 0..self.fences.len() {
            let page = self.page(index)?;
            for entry in page {
                if last.is_some_and(|last| last.key() >= entry.key()) {
                    let at = (index as u64).saturating_add(1).saturating_mul(PAGE as u64);
                    return Err(self.damaged(at, "entries are out of order"));
                }
                last = Some(entry);
            }
        }
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn tail_start(&self) -> u64 {
        self.pages().saturating_add(1).saturating_mul(PAGE as u64)
    }

    fn bytes(&self, at: u64, length: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; length];
        let count = self.file.read_at(&mut bytes, at).map_err(Error::at(&self.path))?;
        if count < length {
            return Err(self.damaged(at, "the file is cut off"));
        }
        Ok(bytes)
    }

    fn damaged(&self, offset: u64, what: &str) -> Error {
        Error::Damaged { path: self.path.clone(), offset, what: what.to_owned() }
    }
}

/// Writes a run, entry by entry, in order. Of entries with the same key the first stays.
#[derive(Debug)]
pub(super) struct RunWriter {
    number: u64,
    level: u32,
    path: PathBuf,
    file: Arc<dyn VolumeFile>,
    filter: Option<Filter>,
    fences: Vec<u64>,
    page: Vec<u8>,
    /// Pages that are not written yet, and where they belong.
    chunk: Vec<u8>,
    at: u64,
    unsynced: u64,
    entries: u64,
    last: Option<Key>,
}

impl RunWriter {
    /// Starts a run of at most that many entries. Its filter is made when it has at most
    /// `filter_room` bytes.
    pub(super) fn new(
        volume: &dyn Volume,
        dir: &Path,
        (number, level): (u64, u32),
        at_most: u64,
        filter_room: usize,
    ) -> Result<Self, Error> {
        let path = path(dir, number);
        let file = volume.create_file(&path, Access::Private).map_err(Error::at(&path))?;
        let filter = (Filter::size(at_most) <= filter_room).then(|| Filter::new(at_most));
        Ok(Self {
            number,
            level,
            path,
            file,
            filter,
            fences: Vec::new(),
            page: Vec::with_capacity(PAGE),
            chunk: Vec::new(),
            at: PAGE as u64,
            unsynced: 0,
            entries: 0,
            last: None,
        })
    }

    pub(super) fn push(&mut self, entry: &Entry) -> Result<(), Error> {
        let key = entry.key();
        if self.last == Some(key) {
            return Ok(());
        }
        if self.page.is_empty() {
            self.fences.push(key.prefix());
        }
        self.last = Some(key);
        self.entries = self.entries.saturating_add(1);
        self.page.extend(entry.0);
        if let Some(filter) = &mut self.filter {
            filter.insert(&key);
        }
        if self.page.len() >= PER_PAGE * ENTRY {
            self.end_page();
        }
        if self.chunk.len() >= CHUNK { self.write_chunk() } else { Ok(()) }
    }

    /// Makes it durable. The name still has to be synced.
    pub(super) fn finish(mut self) -> Result<Run, Error> {
        if !self.page.is_empty() {
            self.end_page();
        }
        let tail_at = self.chunk.len();
        self.chunk.extend(self.fences.iter().flat_map(|fence| fence.to_le_bytes()));
        let filter_size = self.filter.as_ref().map_or(0, |filter| filter.bytes().len());
        self.chunk.extend(self.filter.iter().flat_map(|filter| filter.bytes()));
        let crc = crc32c::crc32c(self.chunk.get(tail_at..).unwrap_or_default());
        self.chunk.extend(crc.to_le_bytes());
        self.write_chunk()?;
        let mut header = MAGIC.to_vec();
        header.extend(VERSION.to_le_bytes());
        header.extend([0; 4]);
        header.extend(self.entries.to_le_bytes());
        header.extend((filter_size as u64).to_le_bytes());
        header.extend(crc32c::crc32c(&header).to_le_bytes());
        self.file.write_at(&header, 0).map_err(Error::at(&self.path))?;
        self.file.sync().map_err(Error::at(&self.path))?;
        let Self { number, level, path, file, filter, fences, entries, .. } = self;
        Ok(Run { number, level, entries, path, file, fences, filter_size, filter })
    }

    fn end_page(&mut self) {
        self.page.resize(PAGE - 4, 0);
        let index = self.fences.len().saturating_sub(1);
        let crc = seal(&self.page, index);
        self.page.extend(crc);
        self.chunk.append(&mut self.page);
    }

    fn write_chunk(&mut self) -> Result<(), Error> {
        self.file.write_at(&self.chunk, self.at).map_err(Error::at(&self.path))?;
        let written = self.chunk.len() as u64;
        self.at = self.at.saturating_add(written);
        self.unsynced = self.unsynced.saturating_add(written);
        self.chunk.clear();
        if self.unsynced >= SYNC_EVERY {
            self.file.sync().map_err(Error::at(&self.path))?;
            self.unsynced = 0;
        }
        Ok(())
    }
}

/// The file of a run.
pub(super) fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:020}.run"))
}

/// The checksum of a page: it starts from the page's number.
fn seal(covered: &[u8], index: usize) -> [u8; 4] {
    let start = u32::try_from(index & 0xffff_ffff).unwrap_or(0);
    crc32c::crc32c_append(start, covered).to_le_bytes()
}

/// Goes through a run in order.
#[derive(Debug)]
pub(super) struct Cursor {
    run: Arc<Run>,
    next_page: usize,
    page: std::vec::IntoIter<Entry>,
    current: Option<Entry>,
}

impl Cursor {
    pub(super) fn new(run: Arc<Run>) -> Result<Self, Error> {
        let mut cursor = Self { run, next_page: 0, page: Vec::new().into_iter(), current: None };
        cursor.advance()?;
        Ok(cursor)
    }

    pub(super) fn current(&self) -> Option<Entry> {
        self.current
    }

    pub(super) fn advance(&mut self) -> Result<(), Error> {
        self.current = self.page.next();
        if self.current.is_none() && (self.next_page as u64) < self.run.pages() {
            self.page = self.run.page(self.next_page)?.into_iter();
            self.next_page = self.next_page.saturating_add(1);
            self.current = self.page.next();
        }
        Ok(())
    }
}
