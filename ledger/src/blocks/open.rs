// SPDX-License-Identifier: Apache-2.0
//! Opening the parts of a block store.

use super::{KIND, Options, Start};
use crate::Error;
use crate::ids::{IdStore, Key, Place};
use crate::log::{Reader, SegmentLog};
use std::path::Path;
use std::sync::Arc;
use sys::{Volume, VolumeLock};

/// The folders in that of a channel.
pub(super) const BLOCKS: &str = "blocks";
pub(super) const IDS: &str = "ids";

/// What stands for the blocks before a number, where those are not there.
pub(crate) trait Before {
    /// What is known of them.
    fn start(&self) -> Start;

    /// Their ids, in order.
    fn ids(&self, each: &mut dyn FnMut(Key, Place) -> Result<(), Error>) -> Result<(), Error>;
}

/// The ids of all blocks before, in the place of those that are there.
pub(super) fn import_ids(
    volume: &Arc<dyn Volume>,
    dir: &Path,
    options: Options,
    before: &dyn Before,
) -> Result<IdStore, Error> {
    let from = before.start().number;
    let mut store = IdStore::create(volume, &dir.join(IDS), options.ids, from)?;
    before.ids(&mut |key, place| store.import(key, place))?;
    store.end_import()?;
    Ok(store)
}

/// Opens the log, or makes it to begin with block `begin`.
pub(super) fn open_log(
    volume: &Arc<dyn Volume>,
    dir: &Path,
    options: Options,
    (at_least, begin): (u64, u64),
    lock: Box<dyn VolumeLock>,
) -> Result<SegmentLog, Error> {
    let blocks = dir.join(BLOCKS);
    // A log that was never made holds nothing that could be missing, unless others know of more.
    let at_least = if at_least == begin { 0 } else { at_least };
    let mut log = SegmentLog::open_locked(volume, &blocks, KIND, options.log, at_least, lock)?;
    if log.next_sequence() < begin {
        if log.reader().first() < log.next_sequence() {
            let what = format!("there are blocks before {begin}, where the chain starts");
            return Err(Error::Damaged { path: Start::path(dir), offset: 0, what });
        }
        log.restart_at(begin)?;
    }
    Ok(log)
}

/// An empty store of ids, for the blocks that are there.
pub(super) fn new_ids(
    volume: &Arc<dyn Volume>,
    dir: &Path,
    options: Options,
    reader: &Reader,
) -> Result<IdStore, Error> {
    let path = dir.join(IDS);
    if reader.first() > 0 {
        let what = format!(
            "the ids of blocks before {} are missing, and so are the blocks; take the folder from \
             another node or a backup",
            reader.first()
        );
        return Err(Error::Damaged { path, offset: 0, what });
    }
    IdStore::create(volume, &path, options.ids, 0)
}
