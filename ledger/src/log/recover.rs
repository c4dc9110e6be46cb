// SPDX-License-Identifier: Apache-2.0
//! What opening a log does: what was once safe is there or the log is refused; what was never
//! safe and is not whole is cut off; everything else is made safe now.
//!
//! A record says which ones were synced before it was written. So when record k is bad, and a
//! later one says that k was synced, k is damaged. When none says so, then nobody was told that k
//! is safe, or the last bytes of the file are damaged in the very record that was synced last:
//! only `at_least` can tell these apart.

use super::format::{NoHeader, SEGMENT_HEADER, SegmentHeader};
use super::reader::{Location, Map, Segment};
use super::scan::{self, Depth};
use super::{Options, create_segment, names, offsets};
use crate::Error;
use crate::plant::{self, Plant};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::{Volume, VolumeFile};

/// Opens the segments in a folder, or makes the first one when there is none.
pub(super) fn recover(
    volume: &Arc<dyn Volume>,
    dir: &Path,
    kind: u32,
    options: &Options,
    at_least: u64,
) -> Result<Map, Error> {
    // After a failed sync of the folder what is seen here may not be durable.
    volume.sync_dir(dir).map_err(Error::at(dir))?;
    let mut firsts = list(volume.as_ref(), dir)?;
    let first = firsts.first().copied().unwrap_or(0);
    let open = loop {
        let Some(last) = firsts.last().copied() else {
            break create_segment(volume.as_ref(), dir, kind, first, options.salt)?;
        };
        match open_last(volume.as_ref(), dir, kind, last)? {
            Some(segment) => break segment,
            None => firsts.pop(),
        };
    };
    if firsts.is_empty() {
        firsts.push(first);
    }
    let map = Map { firsts, open, generation: 0 };
    check_length(&map, at_least)?;
    Ok(map)
}

fn check_length(map: &Map, at_least: u64) -> Result<(), Error> {
    let next = map.next();
    if next >= at_least {
        return Ok(());
    }
    let (path, offset) = (map.open.path.clone(), map.open.offsets.end());
    let what = format!("records up to before {at_least} were safe, there are {next}");
    Err(Error::Damaged { path, offset, what })
}

/// What is in a folder, nothing of which is changed, and why [`recover`] would refuse it. What it
/// would cut off is left out; a record that is damaged is not, if those behind it can be found.
pub(super) fn look(
    volume: &dyn Volume,
    dir: &Path,
    kind: u32,
    at_least: u64,
) -> Result<Looked, Error> {
    let mut firsts = firsts(&volume.list(dir).map_err(Error::at(dir))?);
    let mut wrong = Vec::new();
    let (open, torn) = loop {
        let Some(last) = firsts.last().copied() else {
            let nothing = Error::Refused(format!("{}: there are no records", dir.display()));
            return Err(wrong.pop().unwrap_or(nothing));
        };
        match look_last(volume, dir, kind, last, at_least) {
            Ok(Some((segment, damage, cut))) => {
                wrong.extend(damage);
                break (segment, cut);
            }
            Err(error @ Error::Damaged { .. }) => wrong.push(error),
            Err(error) => return Err(error),
            Ok(None) => {}
        }
        firsts.pop();
    };
    let map = Map { firsts, open, generation: 0 };
    if wrong.is_empty() {
        wrong.extend(check_length(&map, at_least).err());
    }
    Ok(Looked { map, wrong, torn })
}

/// A log as it is.
pub(super) struct Looked {
    pub(super) map: Map,
    pub(super) wrong: Vec<Error>,
    /// Where bytes begin that would be cut off.
    pub(super) torn: Option<Location>,
}

/// A segment, why it is damaged, and where bytes begin that would be cut off.
type Last = (Segment, Option<Error>, Option<Location>);

/// The last segment as it is; none when it was being made.
fn look_last(
    volume: &dyn Volume,
    dir: &Path,
    kind: u32,
    first: u64,
    at_least: u64,
) -> Result<Option<Last>, Error> {
    let path = names::segment(dir, first);
    let file = volume.open_file(&path).map_err(Error::at(&path))?;
    if is_unfinished(&*file).map_err(Error::at(&path))? {
        return Ok(None);
    }
    let header = scan::header(&*file, &path, kind, first)?;
    let scan = |depth| {
        let scanned = scan::scan(&*file, &header, depth).map_err(Error::at(&path))?;
        let next = header.first.saturating_add(scanned.offsets.count());
        let damage = scanned.fault.and_then(|fault| {
            if next >= at_least {
                return check_unproven(&*file, &path, &header, &scanned, fault).err();
            }
            let what = format!("{fault} (record {next}), and those before {at_least} were safe");
            let (path, offset) = (path.clone(), scanned.offsets.end());
            Some(Error::Damaged { path, offset, what })
        });
        Ok::<_, Error>((scanned.offsets, damage, scanned.fault.is_some()))
    };
    let (mut offsets, mut damage, is_cut) = scan(Depth::Payloads)?;
    let torn = (is_cut && damage.is_none()).then(|| offsets.end());
    let torn = torn.map(|offset| Location { path: path.clone(), offset });
    if damage.is_some() {
        // The headers lead past a damaged payload, which is found when it is read.
        (offsets, damage, _) = scan(Depth::Headers)?;
    }
    Ok(Some((Segment { file, path, header, offsets }, damage, torn)))
}

/// The first sequence numbers of all segments. Places of records without their segment go away.
fn list(volume: &dyn Volume, dir: &Path) -> Result<Vec<u64>, Error> {
    let paths = volume.list(dir).map_err(Error::at(dir))?;
    let firsts = firsts(&paths);
    for path in &paths {
        let first = names::numbered(path, "idx");
        if first.is_some_and(|first| firsts.binary_search(&first).is_err()) {
            offsets::remove(volume, path).map_err(Error::at(path))?;
        }
    }
    Ok(firsts)
}

fn firsts(paths: &[PathBuf]) -> Vec<u64> {
    let mut firsts: Vec<u64> =
        paths.iter().filter_map(|path| names::numbered(path, "seg")).collect();
    firsts.sort_unstable();
    firsts
}

/// The last segment, whole and safe; none when it was being made and is gone now.
fn open_last(
    volume: &dyn Volume,
    dir: &Path,
    kind: u32,
    first: u64,
) -> Result<Option<Segment>, Error> {
    let path = names::segment(dir, first);
    let file = volume.open_file(&path).map_err(Error::at(&path))?;
    if is_unfinished(&*file).map_err(Error::at(&path))? {
        volume.remove_file(&path).map_err(Error::at(&path))?;
        volume.sync_dir(dir).map_err(Error::at(dir))?;
        return Ok(None);
    }
    let header = scan::header(&*file, &path, kind, first)?;
    let scanned = scan::scan(&*file, &header, Depth::Payloads).map_err(Error::at(&path))?;
    if let Some(fault) = scanned.fault {
        check_unproven(&*file, &path, &header, &scanned, fault)?;
    }
    make_safe(&*file, &header, &scanned).map_err(Error::at(&path))?;
    offsets::remove(volume, &names::index(dir, first)).map_err(Error::at(&path))?;
    Ok(Some(Segment { file, path, header, offsets: scanned.offsets }))
}

/// Whether a segment was still being made: its header is synced before the first record is written.
fn is_unfinished(file: &dyn VolumeFile) -> io::Result<bool> {
    let mut bytes = [0; SEGMENT_HEADER];
    let count = file.read_at(&mut bytes, 0)?;
    let header = SegmentHeader::read(bytes.get(..count).unwrap_or_default());
    Ok(matches!(header, Err(NoHeader::Bad(_))) && file.size()? <= SEGMENT_HEADER as u64)
}

/// Refuses when the first bad record was once safe.
fn check_unproven(
    file: &dyn VolumeFile,
    path: &Path,
    header: &SegmentHeader,
    scanned: &scan::Scanned,
    fault: &str,
) -> Result<(), Error> {
    let offset = scanned.offsets.end();
    let sequence = header.first.saturating_add(scanned.offsets.count());
    let found = scan::proof(file, header.salt, sequence, offset.saturating_add(1));
    let Some(proof) = found.map_err(Error::at(path))? else { return Ok(()) };
    let what =
        format!("{fault} (record {sequence}), and it was safe: the record at byte {proof} says so");
    Err(Error::Damaged { path: PathBuf::from(path), offset, what })
}

/// Cuts off what is no record, and writes again what may have been read from memory only, as it
/// may be after a failed sync: header, length, and the records that are not proven.
fn make_safe(
    file: &dyn VolumeFile,
    header: &SegmentHeader,
    scanned: &scan::Scanned,
) -> io::Result<()> {
    let end = scanned.offsets.end();
    if plant::is(Plant::RewriteForgotten) {
        file.set_size(end)?;
        return file.sync();
    }
    file.write_at(&header.write(), 0)?;
    // Apart from the rest: a file that is longer than a header has one.
    file.sync()?;
    // A length that is set to what it is might not be written.
    file.set_size(end.saturating_add(1))?;
    file.set_size(end)?;
    let unproven = scanned.proven.saturating_sub(header.first);
    let mut at = scanned.offsets.place(unproven).map_or(end, |(start, _)| start);
    let mut buffer = vec![0; 256 << 10];
    while at < end {
        let rest = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX);
        let take = rest.min(buffer.len());
        let part = buffer.get_mut(..take).unwrap_or_default();
        if file.read_at(part, at)? != take {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        file.write_at(part, at)?;
        at = at.saturating_add(take as u64);
    }
    file.sync()
}
