// SPDX-License-Identifier: Apache-2.0
//! Copying a chain that is in use.

use super::open::open_log;
use super::{BlockStore, Options, Start, StoredBlock};
use crate::Error;
use crate::log::{self, SegmentLog};
use std::path::Path;
use std::sync::Arc;
use sys::{Access, Volume, VolumeLock};

impl<B: StoredBlock> BlockStore<B> {
    /// Copies the blocks into a folder of its own; into one with an earlier copy, only the blocks
    /// that are new. Blocks are appended meanwhile. Says up to which height it goes.
    ///
    /// # Errors
    /// [`Error::InUse`]; [`Error::Refused`] when they do not follow on what is there;
    /// [`Error::Damaged`], or what the disks say. A copy that failed goes on the next time.
    pub fn backup(
        &self,
        volume: &Arc<dyn Volume>,
        dir: &Path,
        options: Options,
    ) -> Result<u64, Error> {
        volume.create_dir(dir, Access::Private).map_err(Error::at(dir))?;
        let lock = log::lock(volume.as_ref(), dir)?;
        self.copy_to(volume, dir, options, lock)
    }

    /// The same for a folder that is locked. Its ids are made when it is opened.
    pub(crate) fn copy_to(
        &self,
        volume: &Arc<dyn Volume>,
        dir: &Path,
        options: Options,
        lock: Box<dyn VolumeLock>,
    ) -> Result<u64, Error> {
        let (first, height) = (self.first(), self.height());
        let start = self.start.as_ref().filter(|_| !volume.exists(&Start::path(dir)));
        let fresh = !Self::is_there(volume.as_ref(), dir);
        if let (Some(start), true) = (start, fresh) {
            start.write(volume.as_ref(), dir)?;
        }
        let begin = Start::read(volume.as_ref(), dir)?.map_or(0, |start| start.number);
        let mut log = open_log(volume, dir, options, (begin, begin), lock)?;
        // An empty one begins where this one does.
        if log.next_sequence() < first && log.reader().first() == log.next_sequence() {
            log.restart_at(first)?;
        }
        self.check_same(&log, dir)?;
        for number in log.next_sequence()..height {
            log.append(&[&self.reader.read(number)?])?;
            if number.is_multiple_of(SYNC_EVERY) {
                log.sync()?;
            }
        }
        log.sync()?;
        Ok(log.next_sequence())
    }

    /// Whether a copy ends with a block that is here, too.
    fn check_same(&self, copy: &SegmentLog, dir: &Path) -> Result<(), Error> {
        let next = copy.next_sequence();
        if (copy.reader().first()..next).is_empty() {
            return Ok(());
        }
        let last = next.saturating_sub(1);
        let refuse = |why: &str| Err(Error::Refused(format!("{}: {why}", dir.display())));
        if next < self.first() {
            return refuse("the blocks that it lacks were pruned here; copy into a new folder");
        }
        if next > self.height() {
            return refuse("it has more blocks than there are here");
        }
        if (self.first()..self.height()).contains(&last)
            && copy.reader().read(last)? != self.reader.read(last)?
        {
            return refuse("it has the blocks of another chain");
        }
        Ok(())
    }
}

/// In blocks.
const SYNC_EVERY: u64 = 64;
