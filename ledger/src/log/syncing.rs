// SPDX-License-Identifier: Apache-2.0
//! A sync that others can append during: it begins, runs without the log, and ends.
//!
//! Only one is on its way at a time, and no other sync of the file: of two, one may be told of the
//! failure that lost what both should have made safe. So no segment is begun meanwhile either; the
//! open one grows.

use super::SegmentLog;
use crate::Error;
use crate::plant::{self, Plant};
use std::path::PathBuf;
use std::sync::Arc;
use sys::VolumeFile;

/// A sync that was begun. Its log may be appended to, pruned, even dropped while it runs.
#[derive(Debug)]
#[must_use = "nothing is safe before it has run and ended"]
pub struct Syncing {
    file: Arc<dyn VolumeFile>,
    path: PathBuf,
    upto: u64,
    result: Result<(), Error>,
}

impl Syncing {
    /// Waits for the disk. What it said is told to [`SegmentLog::end_sync`].
    pub fn run(mut self) -> Self {
        if !plant::is(Plant::SyncForgotten) {
            self.result = self.file.sync().map_err(Error::at(&self.path));
        }
        self
    }
}

impl SegmentLog {
    /// Begins to make safe what was appended so far. What is appended from here on is not part of
    /// it. Until it has [ended](Self::end_sync), the log refuses to begin another, to be synced
    /// and to be cut.
    ///
    /// # Errors
    /// [`Error::Refused`] when one is on its way; [`Error::Stopped`] after a failure.
    pub fn begin_sync(&mut self) -> Result<Syncing, Error> {
        self.check_running()?;
        self.check_no_sync()?;
        self.syncing = true;
        let (file, path) = (Arc::clone(&self.file), self.path.clone());
        Ok(Syncing { file, path, upto: self.next, result: Ok(()) })
    }

    /// Ends one that has [run](Syncing::run). Then [`durable`](Self::durable) says what is safe.
    ///
    /// # Errors
    /// What the disk said; the log is stopped then. [`Error::Stopped`] after a failure.
    pub fn end_sync(&mut self, syncing: Syncing) -> Result<(), Error> {
        let Syncing { upto, result, .. } = syncing;
        self.syncing = false;
        self.writing(|log| {
            result?;
            log.durable = log.durable.max(upto);
            if log.end > log.options.segment_size {
                log.begin_segment()?;
            }
            Ok(())
        })
    }

    pub(super) fn check_no_sync(&self) -> Result<(), Error> {
        if self.syncing {
            let path = self.path.display();
            return Err(Error::Refused(format!("{path}: a sync is on its way; end it first")));
        }
        Ok(())
    }
}
