// SPDX-License-Identifier: Apache-2.0
//! The CA's own certificates, one generation after the other. The file `ca.crt` is a copy of the
//! last.

use super::{GENERATIONS, Store, at};
use crate::Error;
use crate::audit::NewRow;
use bccsp::Hash;
use redb::{ReadableDatabase, ReadableTable, WriteTransaction};
use sys::Timestamp;

/// A generation that begins: certificates in PEM, the CA's own first.
pub(crate) struct NewGeneration {
    pub(crate) number: u64,
    pub(crate) chain: String,
    /// The one before, which a CA that never had another has in its file only.
    pub(crate) before: String,
}

impl Store {
    /// Every generation, in order; none as long as there was only one.
    pub(crate) fn generations(&self) -> Result<Vec<(u64, Vec<u8>)>, Error> {
        let read = self.db.begin_read().map_err(at(&self.home))?;
        let Some(table) = self.later(&read, GENERATIONS)? else { return Ok(Vec::new()) };
        let mut list = Vec::new();
        for row in table.iter().map_err(at(&self.home))? {
            let (number, chain) = row.map_err(at(&self.home))?;
            list.push((number.value(), chain.value().to_vec()));
        }
        Ok(list)
    }

    /// Records a generation whose certificate another CA has on record, and the audit row, in one
    /// commit.
    pub(crate) fn begin_generation(
        &self,
        hash: &dyn Hash,
        now: Timestamp,
        new: &NewGeneration,
        detail: String,
    ) -> Result<(), Error> {
        let write = self.begin()?;
        self.put_generation(&write, new)?;
        self.append_audit(&write, hash, now, [NewRow { action: "generation", detail }])?;
        write.commit().map_err(at(&self.home))
    }

    pub(super) fn put_generation(
        &self,
        write: &WriteTransaction,
        new: &NewGeneration,
    ) -> Result<(), Error> {
        let mut table = write.open_table(GENERATIONS).map_err(at(&self.home))?;
        table.insert(new.number - 1, new.before.as_bytes()).map_err(at(&self.home))?;
        table.insert(new.number, new.chain.as_bytes()).map_err(at(&self.home))?;
        Ok(())
    }
}
