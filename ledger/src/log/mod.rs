// SPDX-License-Identifier: Apache-2.0
//! A log in append-only segments: numbered records, safe after a sync, found by their number.
//!
//! ```
//! use gmca_ledger::log::{Options, SegmentLog};
//! use std::sync::Arc;
//!
//! # let folder = tempfile::tempdir()?;
//! let (volume, kind): (Arc<dyn sys::Volume>, u32) = (Arc::new(sys::SystemDisk), 7);
//! let mut log = SegmentLog::open(&volume, folder.path(), kind, Options::default(), 0)?;
//! let sequence = log.append(&[b"any ", b"bytes"])?;
//! log.sync()?; // from here on it survives a power failure
//! assert_eq!(log.reader().read(sequence)?, "any bytes");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is assumed of the disk: a sync that succeeds is kept, one that fails is not heard of
//! again; before it, any sector of any write may be there or not. How a log comes back from that
//! is told in `recover`, its bytes in `format`.
//!
//! Not here: what the records mean (`blocks`), and when to sync.

pub(crate) mod cut;
mod format;
pub(crate) mod names;
mod offsets;
mod reader;
mod recover;
mod scan;
mod syncing;
#[cfg(feature = "testing")]
pub mod testing;
mod together;

pub use reader::{Location, Reader, Record, Records};
pub use syncing::Syncing;
pub(crate) use together::on_all;

use crate::Error;
use crate::plant::{self, Plant};
use format::{RECORD_HEADER, RecordHeader, SEGMENT_HEADER, SegmentHeader};
use offsets::Offsets;
use reader::Segment;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::{Access, Volume, VolumeFile, VolumeLock};

/// How a log is written.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bytes after which a new segment is begun. A larger record gets one of its own.
    pub segment_size: u64,
    /// A number that nobody outside can guess, for the segments that are made from now on. Without
    /// it, whoever chooses payloads can write one that looks like a later record, and so make the
    /// log refuse to open after an unlucky power failure.
    pub salt: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_size: 64 << 20, salt: 0 }
    }
}

/// The largest payload, in bytes.
pub const MAX_PAYLOAD: usize = 1 << 30;

/// A log, to be written by one owner.
///
/// After a write or a sync that failed it refuses every other one with [`Error::Stopped`]: what is
/// on the disk then is found out by opening it again. Reading goes on.
#[derive(Debug)]
pub struct SegmentLog {
    reader: Reader,
    options: Options,
    /// The open segment.
    file: Arc<dyn VolumeFile>,
    path: PathBuf,
    salt: u32,
    end: u64,
    next: u64,
    /// Records below it are safe.
    durable: u64,
    /// Whether a sync is on its way, beside the log.
    syncing: bool,
    stopped: bool,
    /// Where bytes begin that are no record, in a log that was only looked at.
    torn: Option<Location>,
    buffer: Vec<u8>,
    _lock: Box<dyn VolumeLock>,
}

impl SegmentLog {
    /// Opens the log in a folder, or makes an empty one that begins with record 0. `kind` says
    /// what the records are, and must be what it was; records below `at_least` are known to have
    /// been safe once.
    ///
    /// # Errors
    /// [`Error::InUse`], [`Error::Damaged`], [`Error::NewerFormat`], or what the disk says.
    pub fn open(
        volume: &Arc<dyn Volume>,
        dir: &Path,
        kind: u32,
        options: Options,
        at_least: u64,
    ) -> Result<Self, Error> {
        volume.create_dir(dir, Access::Private).map_err(Error::at(dir))?;
        let lock = lock(volume.as_ref(), dir)?;
        Self::open_locked(volume, dir, kind, options, at_least, lock)
    }

    /// The same for a folder inside of one that is locked.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_locked(
        volume: &Arc<dyn Volume>,
        dir: &Path,
        kind: u32,
        options: Options,
        at_least: u64,
        lock: Box<dyn VolumeLock>,
    ) -> Result<Self, Error> {
        volume.create_dir(dir, Access::Private).map_err(Error::at(dir))?;
        let map = recover::recover(volume, dir, kind, &options, at_least)?;
        let log = Self::with(Reader::new(volume, dir, kind, map), options, lock);
        let pair = log.reader.0.map().firsts.iter().rev().take(2).copied().collect::<Vec<_>>();
        if let [last, before] = pair.as_slice() {
            log.reader.0.closed(*before, last.saturating_sub(*before))?;
        }
        Ok(log)
    }

    /// What is in a folder, only to be read, and why it could not be opened: nothing on the disk is
    /// changed, and every write is refused.
    pub(crate) fn look(
        volume: &Arc<dyn Volume>,
        dir: &Path,
        kind: u32,
        at_least: u64,
        lock: Box<dyn VolumeLock>,
    ) -> Result<(Self, Vec<Error>), Error> {
        let recover::Looked { map, wrong, torn } =
            recover::look(volume.as_ref(), dir, kind, at_least)?;
        let log = Self::with(Reader::new(volume, dir, kind, map), Options::default(), lock);
        Ok((Self { stopped: true, torn, ..log }, wrong))
    }

    fn with(reader: Reader, options: Options, lock: Box<dyn VolumeLock>) -> Self {
        let open = reader.0.map().open.clone();
        let next = reader.next_sequence();
        Self {
            reader,
            options,
            file: open.file,
            path: open.path,
            salt: open.header.salt,
            end: open.offsets.end(),
            next,
            durable: next,
            syncing: false,
            stopped: false,
            torn: None,
            buffer: Vec::new(),
            _lock: lock,
        }
    }

    pub(crate) fn torn(&self) -> Option<&Location> {
        self.torn.as_ref()
    }

    /// Reads this log, also in other threads.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The sequence number that the next record will get.
    #[must_use]
    pub fn next_sequence(&self) -> u64 {
        self.next
    }

    /// Records below it are safe.
    #[must_use]
    pub fn durable(&self) -> u64 {
        self.durable
    }

    /// Writes a record, whose payload is these parts joined, and says its sequence number. It is
    /// safe after the next [`sync`](Self::sync).
    ///
    /// # Errors
    /// [`Error::Refused`] for a payload over [`MAX_PAYLOAD`]; [`Error::Stopped`] after a failure,
    /// or what the disk says.
    pub fn append(&mut self, payload: &[&[u8]]) -> Result<u64, Error> {
        self.append_with(&mut |out| payload.iter().for_each(|part| out.extend_from_slice(part)))
    }

    /// The same for a payload that is written to the end of what is given: it is copied nowhere.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn append_with(&mut self, payload: &mut dyn FnMut(&mut Vec<u8>)) -> Result<u64, Error> {
        self.check_running()?;
        self.buffer.clear();
        self.buffer.resize(RECORD_HEADER, 0);
        payload(&mut self.buffer);
        let length = self.buffer.len().saturating_sub(RECORD_HEADER);
        let fits = u32::try_from(length).ok().filter(|_| length <= MAX_PAYLOAD);
        let too_long = || Error::Refused(format!("a record of {length} bytes is too long"));
        let length = fits.ok_or_else(too_long)?;
        self.writing(|log| log.append_buffer(length))
    }

    /// Makes everything that was appended safe.
    ///
    /// # Errors
    /// [`Error::Refused`] during another one ([`begin_sync`](Self::begin_sync));
    /// [`Error::Stopped`] after a failure, or what the disk says.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.check_no_sync()?;
        self.writing(Self::sync_open)
    }

    /// Makes several logs safe at once, each in a thread of its own.
    ///
    /// # Errors
    /// The first one's that failed. All were tried, and those that failed are stopped.
    pub fn sync_all(logs: &mut [&mut SegmentLog]) -> Result<(), Error> {
        on_all(logs.iter_mut(), |log| log.sync())
    }

    /// Takes away that record and all behind it, safely: a power failure on the way leaves the log
    /// with all, some or none of them gone, from the end.
    ///
    /// # Errors
    /// [`Error::Refused`] when the log begins behind it, or during a sync; [`Error::Stopped`] after a failure, or
    /// what the disk says.
    pub fn truncate_from(&mut self, sequence: u64) -> Result<(), Error> {
        let first = self.reader.first();
        if sequence < first {
            let what = format!("cannot cut at record {sequence}: the log begins with {first}");
            return Err(Error::Refused(what));
        }
        if sequence >= self.next {
            return self.check_running();
        }
        self.check_no_sync()?;
        self.writing(|log| {
            while log.open_first() > sequence {
                log.drop_last()?;
            }
            log.cut(sequence)
        })
    }

    /// Takes away the segments all of whose records are before that one, safely, and never the
    /// last. Says which record is the first now.
    ///
    /// # Errors
    /// [`Error::Stopped`] after a failure, or what the disk says.
    pub fn prune_before(&mut self, sequence: u64) -> Result<u64, Error> {
        self.writing(|log| {
            while let Some(first) = log.prunable(sequence) {
                {
                    let mut map = log.reader.0.map_mut();
                    map.firsts.remove(0);
                    map.generation = map.generation.wrapping_add(1);
                }
                // One by one, so that a power failure leaves no gap.
                log.remove_segment(first)?;
            }
            Ok(log.reader.first())
        })
    }

    /// Takes away all records and goes on with that number: after a snapshot of what the records
    /// said, which is ahead of the log. A power failure on the way leaves a log that is shorter at
    /// its end.
    ///
    /// # Errors
    /// [`Error::Stopped`] after a failure, or what the disk says.
    pub fn restart_at(&mut self, sequence: u64) -> Result<(), Error> {
        self.check_no_sync()?;
        self.writing(|log| {
            let firsts = log.no_records(sequence);
            for first in firsts.into_iter().rev() {
                log.remove_segment(first)?;
            }
            let (shared, salt) = (&log.reader.0, log.options.salt);
            let (volume, dir) = (shared.volume.as_ref(), &shared.dir);
            let open = create_segment(volume, dir, shared.kind, sequence, salt)?;
            log.next = sequence;
            log.durable = sequence;
            log.set_open(open, |firsts| *firsts = vec![sequence]);
            Ok(())
        })
    }

    /// Runs something that changes the disk; when it fails, nothing more is changed.
    fn writing<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        self.check_running()?;
        let done = run(self);
        self.stopped = done.is_err();
        done
    }

    fn check_running(&self) -> Result<(), Error> {
        if self.stopped {
            return Err(Error::Stopped { path: self.path.clone() });
        }
        Ok(())
    }

    /// Writes the record whose payload stands in the buffer, behind room for its header.
    fn append_buffer(&mut self, length: u32) -> Result<u64, Error> {
        let size = self.buffer.len() as u64;
        let end = self.end.saturating_add(size);
        let is_full = end > self.options.segment_size && self.end > SEGMENT_HEADER as u64;
        if is_full && !self.syncing {
            self.begin_segment()?;
        }
        let wrong = plant::is(Plant::DurableMarkWrong);
        let (head, payload) = self.buffer.split_at_mut(RECORD_HEADER);
        let header = RecordHeader {
            length,
            sequence: self.next,
            durable: if wrong { self.next } else { self.durable },
            payload_crc: crc32c::crc32c_append(self.salt, payload),
        };
        head.copy_from_slice(&header.write(self.salt));
        self.file.write_at(&self.buffer, self.end).map_err(Error::at(&self.path))?;
        self.buffer.clear();
        self.buffer.shrink_to(KEPT_BUFFER);
        self.end = self.end.saturating_add(size);
        self.next = self.next.saturating_add(1);
        self.reader.0.map_mut().open.offsets.push(self.end);
        Ok(header.sequence)
    }

    fn sync_open(&mut self) -> Result<(), Error> {
        if self.durable < self.next {
            if !plant::is(Plant::SyncForgotten) {
                self.file.sync().map_err(Error::at(&self.path))?;
            }
            self.durable = self.next;
        }
        Ok(())
    }

    /// Closes the open segment and makes the next one.
    fn begin_segment(&mut self) -> Result<(), Error> {
        self.sync_open()?;
        let shared = Arc::clone(&self.reader.0);
        let (volume, dir) = (shared.volume.as_ref(), &shared.dir);
        let open = create_segment(volume, dir, shared.kind, self.next, self.options.salt)?;
        let (first, offsets) = {
            let map = shared.map();
            (map.open.header.first, map.open.offsets.clone())
        };
        // Places that cannot be stored are found again from the segment.
        let _ = offsets.store(volume, &names::index(dir, first), first);
        let next = self.next;
        self.set_open(open, |firsts| firsts.push(next));
        Ok(())
    }

    /// Changes what readers find. It comes before records go from the disk: a reader that meets
    /// what is half gone looks again when the map has changed, and only then.
    fn set_open(&mut self, open: Segment, change: impl FnOnce(&mut Vec<u64>)) {
        self.file = Arc::clone(&open.file);
        self.path = open.path.clone();
        self.salt = open.header.salt;
        self.end = open.offsets.end();
        let mut map = self.reader.0.map_mut();
        change(&mut map.firsts);
        map.open = open;
        map.generation = map.generation.wrapping_add(1);
        drop(map);
        self.reader.0.forget();
    }

    fn open_first(&self) -> u64 {
        self.reader.0.map().open.header.first
    }

    /// Lets readers find nothing, before all of it goes. Says which segments there were.
    fn no_records(&mut self, next: u64) -> Vec<u64> {
        let (firsts, mut open) = {
            let map = self.reader.0.map();
            (map.firsts.clone(), map.open.clone())
        };
        open.header.first = next;
        open.offsets = Offsets::default();
        self.set_open(open, |firsts| *firsts = vec![next]);
        firsts
    }

    /// Takes away the open segment; the one before is open then.
    fn drop_last(&mut self) -> Result<(), Error> {
        let shared = Arc::clone(&self.reader.0);
        let last = self.open_first();
        let firsts = shared.map().firsts.clone();
        let before = firsts.iter().rev().nth(1).copied().unwrap_or(last);
        let segment = shared.closed(before, last.saturating_sub(before))?;
        self.next = last;
        self.durable = last;
        self.set_open(Segment::clone(&segment), |firsts| {
            firsts.pop();
        });
        self.remove_segment(last)?;
        let index = names::index(&shared.dir, before);
        offsets::remove(shared.volume.as_ref(), &index).map_err(Error::at(&index))
    }

    /// Cuts the open segment before that record, which is in it or right behind.
    fn cut(&mut self, sequence: u64) -> Result<(), Error> {
        let mut open = self.reader.0.map().open.clone();
        open.offsets.truncate(sequence.saturating_sub(open.header.first));
        self.next = sequence;
        self.durable = sequence;
        self.set_open(open, |_| {});
        self.file.set_size(self.end).map_err(Error::at(&self.path))?;
        self.file.sync().map_err(Error::at(&self.path))
    }

    /// The first segment, when it may go.
    fn prunable(&self, sequence: u64) -> Option<u64> {
        let map = self.reader.0.map();
        let (first, next) = (map.firsts.first()?, map.firsts.get(1)?);
        (*next <= sequence).then_some(*first)
    }

    fn remove_segment(&self, first: u64) -> Result<(), Error> {
        let shared = &self.reader.0;
        for path in [names::index(&shared.dir, first), names::segment(&shared.dir, first)] {
            offsets::remove(shared.volume.as_ref(), &path).map_err(Error::at(&path))?;
        }
        shared.volume.sync_dir(&shared.dir).map_err(Error::at(&shared.dir))
    }
}

/// How much memory is kept for the next record.
const KEPT_BUFFER: usize = 4 << 20;

/// Holds a folder against other openers until it is dropped.
///
/// # Errors
/// [`Error::InUse`], or what the disk says.
pub fn lock(volume: &dyn Volume, dir: &Path) -> Result<Box<dyn VolumeLock>, Error> {
    let path = dir.join("lock");
    volume.lock(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::WouldBlock => Error::InUse { path: dir.to_path_buf() },
        _ => Error::at(&path)(error),
    })
}

/// Makes an empty segment. It is there, under its name, before a record is written into it.
fn create_segment(
    volume: &dyn Volume,
    dir: &Path,
    kind: u32,
    first: u64,
    salt: u32,
) -> Result<Segment, Error> {
    let path = names::segment(dir, first);
    let header = SegmentHeader { kind, first, salt };
    let file = volume.create_file(&path, Access::Private).map_err(Error::at(&path))?;
    file.write_at(&header.write(), 0).map_err(Error::at(&path))?;
    file.sync().map_err(Error::at(&path))?;
    if !plant::is(Plant::RenameWithoutDirSync) {
        volume.sync_dir(dir).map_err(Error::at(dir))?;
    }
    Ok(Segment { file, path, header, offsets: Offsets::default() })
}
