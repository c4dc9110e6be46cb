// SPDX-License-Identifier: Apache-2.0
//! Several runs becoming one, a little at a time, so that nobody waits for the whole.

use super::run::{Cursor, Run, RunWriter};
use crate::Error;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Merge {
    /// The runs that go away when it is done.
    pub(super) inputs: Vec<u64>,
    pub(super) level: u32,
    cursors: Vec<Cursor>,
    writer: RunWriter,
}

impl Merge {
    /// `level` is that of the inputs.
    pub(super) fn new(runs: &[Arc<Run>], level: u32, writer: RunWriter) -> Result<Self, Error> {
        let inputs = runs.iter().map(|run| run.number).collect();
        let cursors = runs.iter().map(|run| Cursor::new(Arc::clone(run)));
        Ok(Self { inputs, level, cursors: cursors.collect::<Result<_, _>>()?, writer })
    }

    /// Takes that many entries further; true when nothing is left.
    pub(super) fn step(&mut self, entries: u64) -> Result<bool, Error> {
        for _ in 0..entries {
            let ahead = |cursor: &&mut Cursor| cursor.current().is_some();
            let least = self.cursors.iter_mut().filter(ahead).min_by_key(|c| c.current());
            let Some(cursor) = least else { return Ok(true) };
            if let Some(entry) = cursor.current() {
                // Of several with the same key the least place comes first, and stays.
                self.writer.push(&entry)?;
            }
            cursor.advance()?;
        }
        Ok(false)
    }

    pub(super) fn finish(self) -> Result<Run, Error> {
        self.writer.finish()
    }
}
