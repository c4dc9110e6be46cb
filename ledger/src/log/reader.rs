// SPDX-License-Identifier: Apache-2.0
//! Reading records: any thread, at any time, also while the log is written to.
//!
//! Not here: writing, and what opening a log does (`recover`).

use super::format::{RECORD_HEADER, RecordHeader, SegmentHeader};
use super::offsets::Offsets;
use super::{names, scan};
use crate::Error;
use crate::plant::{self, Plant};
use proto::Bytes;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use sys::{Volume, VolumeFile};

/// Reads a log's records. Clones read the same log, and see what is written to it.
#[derive(Clone, Debug)]
pub struct Reader(pub(super) Arc<Shared>);

/// A record of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its place in the log.
    pub sequence: u64,
    /// What was appended.
    pub payload: Bytes,
}

/// Where a record is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The segment.
    pub path: PathBuf,
    /// Where the record begins in it, in bytes.
    pub offset: u64,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) volume: Arc<dyn Volume>,
    pub(super) dir: PathBuf,
    pub(super) kind: u32,
    map: RwLock<Map>,
    /// Closed segments that were read, the last one first.
    cache: Mutex<Vec<Arc<Segment>>>,
}

/// Which segments there are. The last one is open: it grows.
#[derive(Debug)]
pub(super) struct Map {
    /// The first sequence number of each, ascending; never empty.
    pub(super) firsts: Vec<u64>,
    pub(super) open: Segment,
    /// Changes with every change but appending.
    pub(super) generation: u64,
}

/// A segment whose records can be found.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) file: Arc<dyn VolumeFile>,
    pub(super) path: PathBuf,
    pub(super) header: SegmentHeader,
    pub(super) offsets: Offsets,
}

impl Map {
    pub(super) fn next(&self) -> u64 {
        self.open.header.first.saturating_add(self.open.offsets.count())
    }

    /// The closed segment with that record: its first sequence number, and how many it has.
    fn closed(&self, sequence: u64) -> Option<(u64, u64)> {
        let after = self.firsts.partition_point(|first| *first <= sequence);
        let (first, next) = (self.firsts.get(after.checked_sub(1)?)?, self.firsts.get(after)?);
        Some((*first, next.saturating_sub(*first)))
    }
}

impl Reader {
    pub(super) fn new(volume: &Arc<dyn Volume>, dir: &Path, kind: u32, map: Map) -> Self {
        let (volume, dir) = (Arc::clone(volume), dir.to_path_buf());
        Self(Arc::new(Shared { volume, dir, kind, map: RwLock::new(map), cache: Mutex::default() }))
    }

    /// The sequence number of the first record that is there, or of the next one when none is.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.0.map().firsts.first().copied().unwrap_or_default()
    }

    /// The sequence number that the next record will get.
    #[must_use]
    pub fn next_sequence(&self) -> u64 {
        self.0.map().next()
    }

    /// The sequence number of the first record of each segment, ascending. The last one is that
    /// which grows, and may be empty.
    #[must_use]
    pub fn segments(&self) -> Vec<u64> {
        self.0.map().firsts.clone()
    }

    /// The payload of a record. What was appended and not synced yet is there, too.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is no such record, [`Error::Damaged`] when it is not what was
    /// written.
    pub fn read(&self, sequence: u64) -> Result<Bytes, Error> {
        let read = || self.0.find(sequence)?.read(sequence);
        self.steady(read)
    }

    /// Where a record is.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn locate(&self, sequence: u64) -> Result<Location, Error> {
        let locate = || {
            let place = self.0.find(sequence)?;
            Ok(Location { path: place.path, offset: place.start })
        };
        self.steady(locate)
    }

    /// The records from that one on, one at a time; those appended meanwhile, too.
    #[must_use]
    pub fn iter(&self, from: u64) -> Records {
        Records { reader: self.clone(), next: Some(from) }
    }

    /// Reads everything there is: the headers of all segments, that they follow on each other,
    /// and the checksums of all records; hands each record on.
    ///
    /// # Errors
    /// [`Error::Damaged`], and what `each` says.
    pub fn verify(&self, each: &mut dyn FnMut(Record) -> Result<(), Error>) -> Result<(), Error> {
        let (firsts, open) = {
            let map = self.0.map();
            (map.firsts.clone(), map.open.clone())
        };
        for pair in firsts.windows(2) {
            let [first, next] = pair else { continue };
            let segment = self.0.rebuild(*first, next.saturating_sub(*first))?;
            segment.verify(each)?;
        }
        scan::header(&*open.file, &open.path, self.0.kind, open.header.first)?;
        open.verify(each)
    }

    /// Does it again when the log was cut or pruned meanwhile.
    fn steady<T>(&self, run: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
        loop {
            let generation = self.0.map().generation;
            let done = run();
            if done.is_ok() || self.0.map().generation == generation {
                return done;
            }
        }
    }
}

/// The records of a log, in order. Ends at the last one, and after an error.
#[derive(Debug)]
pub struct Records {
    reader: Reader,
    next: Option<u64>,
}

impl Iterator for Records {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let sequence = self.next.filter(|next| *next < self.reader.next_sequence())?;
        let read = self.reader.read(sequence);
        self.next = sequence.checked_add(1).filter(|_| read.is_ok());
        Some(read.map(|payload| Record { sequence, payload }))
    }
}

impl Shared {
    pub(super) fn map(&self) -> RwLockReadGuard<'_, Map> {
        self.map.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The map, to change it.
    pub(super) fn map_mut(&self) -> RwLockWriteGuard<'_, Map> {
        self.map.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets go of all closed segments. Called after a change of the map.
    pub(super) fn forget(&self) {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn find(&self, sequence: u64) -> Result<Place, Error> {
        let (first, count) = {
            let map = self.map();
            if let Some(place) = map.open.place(sequence) {
                return Ok(place);
            }
            let absent = || absent(sequence, &map);
            map.closed(sequence).ok_or_else(absent)?
        };
        let segment = self.closed(first, count)?;
        let found = segment.place(sequence).filter(|place| place.is_there(sequence));
        if let Some(place) = found {
            return Ok(place);
        }
        // The places are derived. Only the segment itself can say that it is damaged.
        let segment = self.rebuild(first, count)?;
        segment.place(sequence).ok_or_else(|| absent(sequence, &self.map()))
    }

    /// A closed segment.
    pub(super) fn closed(&self, first: u64, count: u64) -> Result<Arc<Segment>, Error> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let held = cache.iter().position(|segment| segment.is(first, count));
        if let Some(segment) = held.map(|at| cache.remove(at)) {
            cache.insert(0, Arc::clone(&segment));
            return Ok(segment);
        }
        drop(cache);
        let (file, path, header) = self.open(first)?;
        let size = file.size().map_err(Error::at(&path))?;
        let index = names::index(&self.dir, first);
        match Offsets::load(self.volume.as_ref(), &index, first, count, size) {
            Some(offsets) => Ok(self.keep(Segment { file, path, header, offsets })),
            None => self.rebuild(first, count),
        }
    }

    /// A closed segment whose places are taken from nowhere but itself.
    fn rebuild(&self, first: u64, count: u64) -> Result<Arc<Segment>, Error> {
        let (file, path, header) = self.open(first)?;
        let offsets = scan::closed(&*file, &path, &header, count)?;
        let index = names::index(&self.dir, first);
        let known = Offsets::load(self.volume.as_ref(), &index, first, count, offsets.end());
        if known.as_ref() != Some(&offsets) {
            // What cannot be stored is made again the next time.
            let _ = offsets.store(self.volume.as_ref(), &index, first);
        }
        Ok(self.keep(Segment { file, path, header, offsets }))
    }

    fn open(&self, first: u64) -> Result<(Arc<dyn VolumeFile>, PathBuf, SegmentHeader), Error> {
        let path = names::segment(&self.dir, first);
        let file = self.volume.open_file(&path).map_err(Error::at(&path))?;
        let header = scan::header(&*file, &path, self.kind, first)?;
        Ok((file, path, header))
    }

    fn keep(&self, segment: Segment) -> Arc<Segment> {
        let segment = Arc::new(segment);
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.retain(|other| other.header.first != segment.header.first);
        cache.insert(0, Arc::clone(&segment));
        cache.truncate(CACHED);
        let weight = |cache: &[Arc<Segment>]| -> usize {
            cache.iter().map(|segment| segment.offsets.weight()).fold(0, usize::saturating_add)
        };
        while cache.len() > 1 && weight(&cache) > CACHED_BYTES {
            cache.pop();
        }
        segment
    }
}

/// How many closed segments are kept open ...
const CACHED: usize = 16;
/// ... and how much memory their places may take, if there are several.
const CACHED_BYTES: usize = 16 << 20;

/// Where a record is, with all that it takes to read it.
struct Place {
    file: Arc<dyn VolumeFile>,
    path: PathBuf,
    salt: u32,
    start: u64,
    end: u64,
}

impl Segment {
    fn is(&self, first: u64, count: u64) -> bool {
        self.header.first == first && self.offsets.count() == count
    }

    fn place(&self, sequence: u64) -> Option<Place> {
        let index = sequence.checked_sub(self.header.first)?;
        let (start, end) = self.offsets.place(index)?;
        let (file, path) = (Arc::clone(&self.file), self.path.clone());
        Some(Place { file, path, salt: self.header.salt, start, end })
    }

    fn verify(&self, each: &mut dyn FnMut(Record) -> Result<(), Error>) -> Result<(), Error> {
        let after = self.header.first.saturating_add(self.offsets.count());
        for sequence in self.header.first..after {
            if let Some(place) = self.place(sequence) {
                each(Record { sequence, payload: place.read(sequence)? })?;
            }
        }
        Ok(())
    }
}

impl Place {
    /// Whether the header of that record stands here.
    fn is_there(&self, sequence: u64) -> bool {
        let mut bytes = [0; RECORD_HEADER];
        let whole = self.file.read_at(&mut bytes, self.start).is_ok_and(|n| n == bytes.len());
        let header = RecordHeader::read(&bytes, self.salt).filter(|_| whole);
        header.is_some_and(|header| {
            header.sequence == sequence && self.start.saturating_add(header.size()) == self.end
        })
    }

    fn read(&self, sequence: u64) -> Result<Bytes, Error> {
        let size = self.end.saturating_sub(self.start);
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(usize::MAX)];
        let count = self.file.read_at(&mut bytes, self.start).map_err(Error::at(&self.path))?;
        if count != bytes.len() {
            return Err(self.damaged(sequence, "is cut off"));
        }
        let header = RecordHeader::read(&bytes, self.salt)
            .ok_or_else(|| self.damaged(sequence, "has a header with a wrong checksum"))?;
        if header.sequence != sequence || header.size() != size {
            return Err(self.damaged(sequence, "is not the one that stands here"));
        }
        let payload = Bytes::from(bytes).split_off(RECORD_HEADER.min(count));
        let crc = crc32c::crc32c_append(self.salt, &payload);
        if crc != header.payload_crc && !plant::is(Plant::CrcNotChecked) {
            return Err(self.damaged(sequence, "has a wrong checksum"));
        }
        Ok(payload)
    }

    fn damaged(&self, sequence: u64, what: &str) -> Error {
        let what = format!("record {sequence} {what}");
        Error::Damaged { path: self.path.clone(), offset: self.start, what }
    }
}

fn absent(sequence: u64, map: &Map) -> Error {
    let first = map.firsts.first().copied().unwrap_or_default();
    let next = map.next();
    Error::Refused(format!("there is no record {sequence}: the log goes from {first} up to {next}"))
}
