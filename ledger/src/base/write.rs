// SPDX-License-Identifier: Apache-2.0
//! Writing a snapshot's files, and going on where that stopped.

use super::read::Sums;
use super::{Base, Header, IDS, KIND, RECORD, STATE};
use crate::Error;
use crate::ids::{Key, Place, write_entry};
use crate::log::{self, Reader, SegmentLog};
use crate::state::Snapshot;
use bccsp::Hash;
use std::path::Path;
use std::sync::Arc;
use sys::Volume;

/// Hands on every id of the blocks before the height, in order.
pub(crate) type Ids<'a> =
    dyn FnMut(&mut dyn FnMut(Key, Place) -> Result<(), Error>) -> Result<(), Error> + 'a;

/// What a snapshot is made from.
pub(crate) struct Source<'a> {
    pub(crate) header: Header,
    pub(crate) hash: &'a dyn Hash,
    /// Of the height in the header.
    pub(crate) state: &'a Snapshot,
    pub(crate) ids: &'a mut Ids<'a>,
}

/// Writes a snapshot into a folder. One of the same height that was begun there is finished.
///
/// # Errors
/// [`Error::Refused`] when the folder has a snapshot of something else; what reading says, or what
/// the disk says.
pub(crate) fn write(
    volume: &Arc<dyn Volume>,
    dir: &Path,
    options: log::Options,
    source: &mut Source<'_>,
) -> Result<Base, Error> {
    let mut log = SegmentLog::open(volume, dir, KIND, options, 0)?;
    let header = source.header.write();
    if log.next_sequence() == 0 {
        log.append(&[&header])?;
    } else if log.reader().read(0)? != header {
        let what = format!(
            "{}: there is a snapshot of another height or ledger; remove the folder",
            dir.display()
        );
        return Err(Error::Refused(what));
    }
    if Base::is_whole(log.reader())? {
        drop(log);
        return Base::open(volume, dir);
    }
    let mut records = Records::resume(log, record_size(options), source.hash, dir)?;
    let (place, id) = records.sums.position();
    if id.is_none() {
        for row in source.state.raw_rows(place.as_deref())? {
            let (place, head) = row?;
            records.row(&place, &head)?;
        }
        records.end_record()?;
    }
    (source.ids)(&mut |key, place| {
        if id.is_some_and(|last| key <= last) { Ok(()) } else { records.id(&key, place) }
    })?;
    records.finish()?;
    Base::open(volume, dir)
}

/// Records that are filled and written one after the other.
struct Records {
    log: SegmentLog,
    record: Vec<u8>,
    /// About how many bytes a record gets.
    size: usize,
    sums: Sums,
}

impl Records {
    fn resume(log: SegmentLog, size: usize, hash: &dyn Hash, dir: &Path) -> Result<Self, Error> {
        let mut sums = Sums::new(hash);
        for sequence in 1..log.next_sequence() {
            sums.add(&log.reader().read(sequence)?).map_err(|what| Error::Damaged {
                path: dir.to_path_buf(),
                offset: 0,
                what: format!("snapshot record {sequence}: {what}"),
            })?;
        }
        Ok(Self { log, record: Vec::new(), size, sums })
    }

    fn row(&mut self, place: &[u8], head: &[u8]) -> Result<(), Error> {
        self.begin(STATE)?;
        for field in [place, head] {
            let length = u32::try_from(field.len()).map_err(|_| too_long())?;
            self.record.extend(length.to_le_bytes());
            self.record.extend(field);
        }
        Ok(())
    }

    fn id(&mut self, key: &Key, place: Place) -> Result<(), Error> {
        self.begin(IDS)?;
        write_entry(key, place, &mut self.record);
        Ok(())
    }

    /// Makes sure that a record of that kind is open, with room.
    fn begin(&mut self, kind: u8) -> Result<(), Error> {
        if self.record.len() >= self.size {
            self.end_record()?;
        }
        if self.record.is_empty() {
            self.record.push(kind);
        }
        Ok(())
    }

    fn end_record(&mut self) -> Result<(), Error> {
        if self.record.is_empty() {
            return Ok(());
        }
        self.sums.add(&self.record).map_err(|what| Error::Refused(what.into()))?;
        self.log.append(&[&self.record])?;
        self.record.clear();
        // What was written need not be written again.
        if self.log.next_sequence().is_multiple_of(SYNC_EVERY) { self.log.sync() } else { Ok(()) }
    }

    fn finish(mut self) -> Result<(), Error> {
        self.end_record()?;
        let end = self.sums.end();
        self.log.append(&[&end.write()])?;
        self.log.sync()
    }
}

/// A mebibyte, and less where segments are small.
fn record_size(options: log::Options) -> usize {
    RECORD.min(usize::try_from(options.segment_size / 8).unwrap_or(RECORD))
}

/// In records, which are a mebibyte each.
const SYNC_EVERY: u64 = 16;

fn too_long() -> Error {
    Error::Refused("a key or a value has more than 4 GiB".into())
}

/// Copies the records that are missing in a folder.
///
/// # Errors
/// [`Error::Refused`] when the folder has those of another snapshot; [`Error::Damaged`], or what
/// the disks say.
pub(crate) fn copy(
    from: &Reader,
    volume: &Arc<dyn Volume>,
    dir: &Path,
    options: log::Options,
) -> Result<(), Error> {
    let mut to = SegmentLog::open(volume, dir, KIND, options, 0)?;
    let mut next = to.next_sequence();
    let (last, all) = (next.checked_sub(1), from.next_sequence());
    // The same records up to here: else this is a part of something else.
    let same = |record: u64| Ok::<_, Error>(to.reader().read(record)? == from.read(record)?);
    if next > all || last.is_some_and(|last| !matches!((same(0), same(last)), (Ok(true), Ok(true))))
    {
        let what =
            format!("{}: a part of another snapshot is here; remove the folder", dir.display());
        return Err(Error::Refused(what));
    }
    while next < all {
        to.append(&[&from.read(next)?])?;
        next = next.saturating_add(1);
        if next.is_multiple_of(SYNC_EVERY) {
            to.sync()?;
        }
    }
    to.sync()
}
