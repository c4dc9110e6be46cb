// SPDX-License-Identifier: Apache-2.0
//! A sync that others can append during: it begins, runs without the log, and ends.

use super::SegmentLog;
use crate::Error;
use crate::plant::{self, Plant};
use std::path::PathBuf;
use std::sync::Arc;
use sys::VolumeFile;

/// A sync that was begun. Its log may be written to, pruned, even dropped while it runs.
#[derive(Debug)]
#[must_use = "nothing is safe before it has run and ended"]
pub struct Syncing {
    file: Arc<dyn VolumeFile>,
    path: PathBuf,
    upto: u64,
    cuts: u64,
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
    /// it.
    ///
    /// # Errors
    /// [`Error::Stopped`] after a failure.
    pub fn begin_sync(&mut self) -> Result<Syncing, Error> {
        self.check_running()?;
        let (file, path) = (Arc::clone(&self.file), self.path.clone());
        Ok(Syncing { file, path, upto: self.next, cuts: self.cuts, result: Ok(()) })
    }

    /// Ends one that has [run](Syncing::run); of several, in any order. Then
    /// [`durable`](Self::durable) says what is safe.
    ///
    /// # Errors
    /// What the disk said; the log is stopped then. [`Error::Stopped`] after a failure.
    pub fn end_sync(&mut self, syncing: Syncing) -> Result<(), Error> {
        let Syncing { upto, cuts, result, .. } = syncing;
        self.writing(|log| {
            result?;
            // Records that were taken away meanwhile may have others in their place by now.
            if cuts == log.cuts {
                log.durable = log.durable.max(upto);
            }
            Ok(())
        })
    }
}
