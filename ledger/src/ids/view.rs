// SPDX-License-Identifier: Apache-2.0
//! All ids of one moment, in order.

use super::entry::Entry;
use super::run::{Cursor, Run};
use super::{Key, Place};
use crate::Error;
use std::sync::Arc;

/// The ids of a store as they were when it was asked.
#[derive(Debug)]
pub struct View {
    runs: Vec<Arc<Run>>,
    /// In order.
    memory: Vec<Entry>,
}

impl View {
    pub(super) fn new(runs: Vec<Arc<Run>>, memory: Vec<Entry>) -> Self {
        Self { runs, memory }
    }

    /// Every id there is, in order, once.
    ///
    /// # Errors
    /// What `each` says, [`Error::Damaged`], or what the disk says.
    pub fn export(
        &self,
        each: &mut dyn FnMut(Key, Place) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let cursors = self.runs.iter().map(|run| Cursor::new(Arc::clone(run)));
        let mut cursors = cursors.collect::<Result<Vec<_>, _>>()?;
        let mut memory = self.memory.iter().copied().peekable();
        let mut last = None;
        loop {
            let least = cursors.iter_mut().filter(|c| c.current().is_some());
            let least = least.min_by_key(|cursor| cursor.current());
            let from_run = least.as_ref().and_then(|cursor| cursor.current());
            let from_memory = memory.peek().copied();
            let Some(entry) = from_run.into_iter().chain(from_memory).min() else { return Ok(()) };
            match least {
                Some(cursor) if from_run == Some(entry) => cursor.advance()?,
                _ => drop(memory.next()),
            }
            if last != Some(entry.key()) {
                last = Some(entry.key());
                each(entry.key(), entry.place())?;
            }
        }
    }
}
