// SPDX-License-Identifier: Apache-2.0
//! Every bit of a small log, turned round.

use super::picture::{Picture, Step, words};
use super::{DIR, ROOM, open, recorded};
use crate::wal::Error;
use ledger::log::{Location, Options, SegmentLog};
use std::path::Path;
use std::sync::Arc;
use sys::Volume;
use sys::sim::{Dice, MemoryDisk};

/// Flips every bit of every segment of a small log, one at a time. Opening must refuse it and name
/// the file; only the very last record, which nothing proves to have been safe, may be taken for
/// one that was being written.
///
/// # Errors
/// What was not noticed, in words.
pub fn flips(seed: u64) -> Result<(), String> {
    let (disk, mut dice) = (MemoryDisk::new(ROOM), Dice::new(seed));
    let wal = open(&disk).map_err(words)?;
    let mut pictures = vec![Picture::default()];
    while segments(&disk).len() < 2 || pictures.len() < 20 {
        let mut picture = pictures.last().cloned().unwrap_or_default();
        let (name, step) = Step::roll(&picture, &mut dice);
        step.run(name, &wal, Box::new(drop)).map_err(words)?;
        step.apply(name, &mut picture);
        pictures.push(picture);
    }
    drop(wal);
    let last = last(&disk)?;
    let mut lost = 0;
    for (path, size) in segments(&disk) {
        for bit in 0..size * 8 {
            let unproven = path == last.path && (bit / 8) as u64 >= last.offset;
            let copy = recorded(&disk);
            copy.flip(&path, bit / 8, (bit % 8) as u8);
            let allowed = if unproven { &pictures[pictures.len() - 2..] } else { &[] };
            lost += noticed(&copy, &path, allowed)
                .map_err(|what| format!("seed {seed}, bit {bit} of {}: {what}", path.display()))?;
        }
    }
    if lost == 0 { Err(format!("seed {seed}: the last record was never lost")) } else { Ok(()) }
}

fn segments(disk: &MemoryDisk) -> Vec<(std::path::PathBuf, usize)> {
    let mut files = disk.files();
    files.retain(|(path, _)| path.extension().is_some_and(|extension| extension == "seg"));
    files
}

/// Where the last record is.
fn last(disk: &MemoryDisk) -> Result<Location, String> {
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    let log = SegmentLog::open(&volume, Path::new(DIR), 2, Options::default(), 0);
    let log = log.map_err(|error| error.to_string())?;
    let last = log.next_sequence() - 1;
    log.reader().locate(last).map_err(|error| error.to_string())
}

/// How many records were lost, of those that may be.
fn noticed(disk: &MemoryDisk, path: &Path, allowed: &[Picture]) -> Result<u64, String> {
    match open(disk) {
        Err(Error::Log(
            ledger::Error::Damaged { path: named, .. }
            | ledger::Error::NewerFormat { path: named, .. },
        )) if named == path => Ok(0),
        Err(error) => Err(format!("opening says: {error}")),
        Ok(wal) if allowed.contains(&Picture::of(&wal)?) => Ok(1),
        Ok(_) => Err("nobody noticed".into()),
    }
}
