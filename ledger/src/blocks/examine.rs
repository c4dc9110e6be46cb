// SPDX-License-Identifier: Apache-2.0
//! A chain opened only to be read, whatever state it is in.
//!
//! Not here: finding out what is wrong with its blocks (`verify`).

use super::open::{BLOCKS, IDS};
use super::record::{decode, record};
use super::{BlockStore, KIND, Options, Start, Stored, StoredBlock, Tip, Writer, read};
use crate::Error;
use crate::ids::IdStore;
use crate::log::{self, SegmentLog};
use bccsp::Digest;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::{Arc, Mutex, RwLock, RwLockReadGuard};
use sys::Volume;

impl<B: StoredBlock> BlockStore<B> {
    /// Opens a chain only to be read and verified, and says why [`open`](Self::open) would refuse
    /// it: nothing is cut off, repaired or made again, and blocks that are there are found although
    /// others are damaged. Only ids that are in files are known; every write is refused. Blocks below
    /// `at_least` are known to have been safe once.
    ///
    /// # Errors
    /// [`Error::InUse`], [`Error::NewerFormat`], [`Error::Damaged`] when nothing can be read,
    /// [`Error::Refused`] when there is no chain, or what the disk says.
    pub fn examine(
        volume: &Arc<dyn Volume>,
        dir: &Path,
        options: Options,
        at_least: u64,
    ) -> Result<(Self, Vec<Error>), Error> {
        let blocks = dir.join(BLOCKS);
        if !volume.exists(&blocks) {
            let what = format!("{}: there is no chain of blocks here", dir.display());
            return Err(Error::Refused(what));
        }
        let lock = log::lock(volume.as_ref(), dir)?;
        let mut wrong = Vec::new();
        let start = kept(Start::read(volume.as_ref(), dir), &mut wrong)?.flatten();
        let ids = kept(IdStore::open(volume, &dir.join(IDS), options.ids), &mut wrong)?.flatten();
        let begin = start.as_ref().map_or(0, |start| start.number);
        let at_least = at_least.max(ids.as_ref().map_or(begin, IdStore::covered));
        let (log, more) = SegmentLog::look(volume, &blocks, KIND, at_least, lock)?;
        wrong.extend(more);
        let ids = ids.unwrap_or_else(|| IdStore::none(volume, &dir.join(IDS), begin));
        Ok((Self::examined(dir, log, ids, start), wrong))
    }

    /// Where bytes begin, in a chain that was opened by [`examine`](Self::examine), that are no
    /// block: a write that was not finished, or damage that nothing proves.
    #[must_use]
    pub fn torn(&self) -> Option<log::Location> {
        self.writer().log.torn().cloned()
    }

    fn examined(dir: &Path, log: SegmentLog, ids: IdStore, start: Option<Start>) -> Self {
        let (reader, height) = (log.reader().clone(), log.next_sequence());
        let last = height.checked_sub(1).and_then(|last| record(&reader, last).ok());
        let (hash, last_config) = last.map_or((None, None), |(hash, last, _)| (Some(hash), last));
        let tip = Tip { height, hash, last_config };
        Self {
            dir: dir.to_path_buf(),
            start,
            reader,
            writer: Mutex::new(Writer { log, tip: tip.clone(), stopped: true }),
            ids: RwLock::new(ids),
            tip: RwLock::new(tip),
            block: PhantomData,
        }
    }

    /// A block, and how many bytes it has on the disk.
    pub(crate) fn sized(&self, number: u64) -> Result<(Stored<B>, u64), Error> {
        let record = self.reader.read(number)?;
        Ok((decode(&self.reader, number, &record)?, record.len() as u64))
    }

    pub(crate) fn id_store(&self) -> RwLockReadGuard<'_, IdStore> {
        read(&self.ids)
    }

    /// The hash of the block before that one, and its last configuration block, where the chain
    /// begins with it and it is known.
    pub(crate) fn known_before(&self, number: u64) -> Option<(Digest, Option<u64>)> {
        let start = self.start.as_ref().filter(|start| start.number == number);
        start.map(|start| (start.previous_hash, start.last_config))
    }
}

/// What could be opened; damage is kept for later, anything else ends it.
fn kept<T>(opened: Result<T, Error>, wrong: &mut Vec<Error>) -> Result<Option<T>, Error> {
    match opened {
        Ok(opened) => Ok(Some(opened)),
        Err(error @ Error::Damaged { .. }) => {
            wrong.push(error);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
