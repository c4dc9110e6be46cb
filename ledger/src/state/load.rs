// SPDX-License-Identifier: Apache-2.0
//! A state made from the rows of a snapshot, record by record.
//!
//! As long as that is not finished the state says so, also when it is opened again, and goes on
//! behind the last records that are durable.

use super::tables::{LOADING, META, STATE};
use super::{State, Tip, database, put_tip};
use crate::Error;
use redb::{ReadableDatabase, WriteTransaction};

/// Place and head of a key that lives.
pub(crate) type RawRow<'a> = (&'a [u8], &'a [u8]);

impl State {
    /// How many records of a snapshot are in, when the state is being made from one.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub(crate) fn loading(&self) -> Result<Option<u64>, Error> {
        let path = &self.path;
        let read = self.database.begin_read().map_err(|error| database(path, error))?;
        let meta = read.open_table(META).map_err(|error| database(path, error))?;
        let row = meta.get(LOADING).map_err(|error| database(path, error))?;
        let number = row.and_then(|row| row.value().try_into().ok().map(u64::from_le_bytes));
        Ok(number)
    }

    /// Takes in rows (place and head); `records` of the snapshot are in then.
    ///
    /// # Errors
    /// [`Error::Refused`] when there are blocks in the state; [`Error::Stopped`] after an earlier
    /// failure, or what the disk says.
    pub(crate) fn load(
        &self,
        rows: &[RawRow<'_>],
        records: u64,
        durable: bool,
    ) -> Result<(), Error> {
        self.change_empty(durable, |state, write| {
            let path = &state.path;
            let mut table = write.open_table(STATE).map_err(|error| database(path, error))?;
            for (place, head) in rows {
                table.insert(*place, *head).map_err(|error| database(path, error))?;
            }
            let mut meta = write.open_table(META).map_err(|error| database(path, error))?;
            let records = records.to_le_bytes();
            meta.insert(LOADING, &records[..]).map_err(|error| database(path, error))?;
            Ok(None)
        })
    }

    /// All rows are in: the state is that of this tip. Durable when it returns.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub(crate) fn end_load(&self, tip: Tip) -> Result<(), Error> {
        self.change_empty(true, |state, write| {
            let path = &state.path;
            {
                let mut meta = write.open_table(META).map_err(|error| database(path, error))?;
                meta.remove(LOADING).map_err(|error| database(path, error))?;
            }
            put_tip(write, &tip, path)?;
            Ok(Some(tip))
        })
    }

    fn change_empty(
        &self,
        durable: bool,
        change: impl FnOnce(&Self, &WriteTransaction) -> Result<Option<Tip>, Error>,
    ) -> Result<(), Error> {
        let mut now = self.now();
        self.check_running(&now)?;
        if now.tip.height > 0 {
            let what = "the state has blocks already: a snapshot goes into an empty one";
            return Err(Error::Refused(what.into()));
        }
        let run = || {
            let write = self.begin(durable).map_err(|error| database(&self.path, error))?;
            let tip = change(self, &write)?;
            write.commit().map_err(|error| database(&self.path, error))?;
            Ok(tip)
        };
        let done: Result<Option<Tip>, Error> = run();
        now.stopped = done.is_err();
        if let Some(tip) = done? {
            now.durable = tip.height;
            now.tip = tip;
        }
        Ok(())
    }
}
