// SPDX-License-Identifier: Apache-2.0
//! The lists of what was taken back: their numbers, and what stands on them.

use super::revocations::Entry;
use super::{LISTS, META, Store, at};
use crate::Error;
use crate::audit::NewRow;
use bccsp::Hash;
use redb::{ReadableTable, WriteTransaction};
use sys::Timestamp;

/// A list that is to be made.
pub(crate) struct NewList {
    pub(crate) now: Timestamp,
    pub(crate) next_update: Timestamp,
    /// Whether it only says what changed since the last complete one.
    pub(crate) delta: bool,
    /// Of the key that signs it.
    pub(crate) generation: u64,
}

/// A list that is on record.
pub(crate) struct List {
    pub(crate) number: u64,
    /// The complete one that it amends.
    pub(crate) base: Option<u64>,
    pub(crate) entries: Vec<Entry>,
}

impl Store {
    /// Takes the next number, and records the list and its audit row in one commit. What stands on
    /// it is read in the same transaction: whatever is revoked later is later than the list.
    pub(crate) fn new_list(&self, hash: &dyn Hash, new: &NewList) -> Result<List, Error> {
        let write = self.begin()?;
        let base = match new.delta {
            true => Some(self.last_complete(&write, new.generation)?),
            false => None,
        };
        let number;
        {
            let mut meta = write.open_table(META).map_err(at(&self.home))?;
            number = meta.get("crl number").map_err(at(&self.home))?.map_or(0, |n| n.value()) + 1;
            meta.insert("crl number", number).map_err(at(&self.home))?;
        }
        let entries = self.entries(&write, base.map(|(_, row)| row))?;
        let base = base.map(|(number, _)| number);
        let detail = match base {
            Some(base) => format!("number {number}, delta of {base}"),
            None => format!("number {number}"),
        };
        let row = self.append_audit(&write, hash, new.now, [NewRow { action: "crl", detail }])?;
        {
            let mut lists = write.open_table(LISTS).map_err(at(&self.home))?;
            let base = base.unwrap_or(0);
            let value = (new.now.0, new.next_update.0, row, base, new.generation, false);
            lists.insert(number, value).map_err(at(&self.home))?;
        }
        write.commit().map_err(at(&self.home))?;
        Ok(List { number, base, entries })
    }

    /// Records that a list was signed: only then may others amend it.
    pub(crate) fn list_signed(&self, number: u64) -> Result<(), Error> {
        let write = self.begin()?;
        {
            let mut lists = write.open_table(LISTS).map_err(at(&self.home))?;
            let value = lists.get(number).map_err(at(&self.home))?.map(|value| value.value());
            let value = value.ok_or_else(|| self.damaged("a list without a number was signed"))?;
            let (now, next_update, row, base, generation, _) = value;
            let value = (now, next_update, row, base, generation, true);
            lists.insert(number, value).map_err(at(&self.home))?;
        }
        write.commit().map_err(at(&self.home))
    }

    /// The last complete list that a key signed: its number and its row of the audit log.
    fn last_complete(
        &self,
        write: &WriteTransaction,
        generation: u64,
    ) -> Result<(u64, u64), Error> {
        let lists = write.open_table(LISTS).map_err(at(&self.home))?;
        for row in lists.iter().map_err(at(&self.home))?.rev() {
            let (number, value) = row.map_err(at(&self.home))?;
            let (_, _, row, base, of, signed) = value.value();
            if base == 0 && of == generation && signed {
                return Ok((number.value(), row));
            }
        }
        Err(Error::NoCompleteList(self.home.clone()))
    }
}
