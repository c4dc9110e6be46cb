// SPDX-License-Identifier: Apache-2.0
//! Keys that this CA keeps for their owners, who may open them, and who did. Not here: how a key
//! is sealed (`escrow`).

use super::{ADMINISTRATORS, ESCROW, RECOVERIES, Store, at};
use crate::Error;
use crate::audit::NewRow;
use crate::plant::{self, Plant};
use bccsp::Hash;
use redb::{Durability, ReadableDatabase, ReadableTable};
use sys::Timestamp;

/// What is on record of an administrator.
pub(crate) struct AdministratorRow {
    /// DER.
    pub(crate) certificate: Vec<u8>,
    /// Whether it is one now.
    pub(crate) active: bool,
    /// The CA's, over both and the number.
    pub(crate) signature: Vec<u8>,
}

impl Store {
    /// Every administrator that ever was, by number.
    pub(crate) fn administrators(&self) -> Result<Vec<(u64, AdministratorRow)>, Error> {
        let read = self.db.begin_read().map_err(at(&self.home))?;
        let Some(table) = self.later(&read, ADMINISTRATORS)? else { return Ok(Vec::new()) };
        let mut list = Vec::new();
        for row in table.iter().map_err(at(&self.home))? {
            let (number, value) = row.map_err(at(&self.home))?;
            let (certificate, active, signature) = value.value();
            let (certificate, signature) = (certificate.to_vec(), signature.to_vec());
            list.push((number.value(), AdministratorRow { certificate, active, signature }));
        }
        Ok(list)
    }

    /// Records an administrator, or that one is one no more, and the audit row, in one commit.
    pub(crate) fn set_administrator(
        &self,
        hash: &dyn Hash,
        now: Timestamp,
        number: u64,
        row: &AdministratorRow,
        detail: String,
    ) -> Result<(), Error> {
        let write = self.begin()?;
        {
            let mut table = write.open_table(ADMINISTRATORS).map_err(at(&self.home))?;
            let value = (row.certificate.as_slice(), row.active, row.signature.as_slice());
            table.insert(number, value).map_err(at(&self.home))?;
        }
        let action = if row.active { "admin-add" } else { "admin-remove" };
        self.append_audit(&write, hash, now, [NewRow { action, detail }])?;
        write.commit().map_err(at(&self.home))
    }

    /// The sealed key of a decision's certificate, if this CA made it.
    pub(crate) fn escrowed(&self, number: u64) -> Result<Option<Vec<u8>>, Error> {
        let read = self.db.begin_read().map_err(at(&self.home))?;
        let Some(table) = self.later(&read, ESCROW)? else { return Ok(None) };
        let found = table.get(number).map_err(at(&self.home))?;
        Ok(found.map(|sealed| sealed.value().to_vec()))
    }

    /// Records that somebody asks for an escrowed key, and the audit row, in one commit; `make`
    /// writes the request down once its number is known.
    pub(crate) fn ask_recovery(
        &self,
        hash: &dyn Hash,
        now: Timestamp,
        detail: &str,
        make: &dyn Fn(u64) -> Result<Vec<u8>, Error>,
    ) -> Result<Vec<u8>, Error> {
        let write = self.begin()?;
        let request;
        {
            let mut table = write.open_table(RECOVERIES).map_err(at(&self.home))?;
            let last = table.last().map_err(at(&self.home))?.map(|(number, _)| number.value());
            let number = last.unwrap_or(0) + 1;
            request = make(number)?;
            table.insert(number, (request.as_slice(), 0)).map_err(at(&self.home))?;
            let detail = format!("{number} {detail}");
            let row = NewRow { action: "recovery-asked", detail };
            self.append_audit(&write, hash, now, [row])?;
        }
        write.commit().map_err(at(&self.home))?;
        Ok(request)
    }

    /// A request as it was written down, and when the key was given out on it.
    pub(crate) fn recovery(&self, number: u64) -> Result<Option<(Vec<u8>, Timestamp)>, Error> {
        let read = self.db.begin_read().map_err(at(&self.home))?;
        let Some(table) = self.later(&read, RECOVERIES)? else { return Ok(None) };
        let found = table.get(number).map_err(at(&self.home))?;
        Ok(found.map(|value| (value.value().0.to_vec(), Timestamp(value.value().1))))
    }

    /// Every request, and when the key was given out on it.
    #[cfg(feature = "testing")]
    pub(crate) fn recoveries(&self) -> Result<Vec<(Vec<u8>, Timestamp)>, Error> {
        let read = self.db.begin_read().map_err(at(&self.home))?;
        let Some(table) = self.later(&read, RECOVERIES)? else { return Ok(Vec::new()) };
        let mut list = Vec::new();
        for row in table.iter().map_err(at(&self.home))? {
            let (_, value) = row.map_err(at(&self.home))?;
            let (request, given) = value.value();
            list.push((request.to_vec(), Timestamp(given)));
        }
        Ok(list)
    }

    /// Records that the key is given out on a request, and the audit row, in one commit: before
    /// anybody has it.
    pub(crate) fn recovered(
        &self,
        hash: &dyn Hash,
        now: Timestamp,
        (number, request): (u64, &[u8]),
        detail: String,
    ) -> Result<(), Error> {
        let mut write = self.begin()?;
        if plant::is(Plant::RecoveryNotDurable) {
            write.set_durability(Durability::None).map_err(at(&self.home))?;
        }
        {
            let mut table = write.open_table(RECOVERIES).map_err(at(&self.home))?;
            table.insert(number, (request, now.0)).map_err(at(&self.home))?;
        }
        self.append_audit(&write, hash, now, [NewRow { action: "recovery", detail }])?;
        write.commit().map_err(at(&self.home))
    }
}
