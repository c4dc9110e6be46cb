// SPDX-License-Identifier: Apache-2.0
//! What was taken back, for good or until it is released.

use super::{CHANGED, DECISIONS, REVOKED, SUSPECT, Store, at};
use crate::Error;
use crate::audit::NewRow;
use crate::plant::{self, Plant};
use crate::record::{ON_HOLD, Revocation};
use bccsp::Hash;
use redb::{ReadableTable, WriteTransaction};
use sys::Timestamp;

/// A certificate that is on a list, or that a delta takes off it.
pub(crate) struct Entry {
    pub(crate) serial: Vec<u8>,
    /// When it was revoked; of one that is taken off, when it was released.
    pub(crate) at: Timestamp,
    /// `None` for one that is taken off.
    pub(crate) reason: Option<u8>,
    pub(crate) suspect_since: Option<Timestamp>,
}

impl Store {
    /// Records a revocation and its audit row in one commit. What is on hold may be revoked for
    /// good.
    pub(crate) fn revoke(
        &self,
        hash: &dyn Hash,
        serial: &[u8],
        revocation: Revocation,
        suspect_since: Option<Timestamp>,
    ) -> Result<(), Error> {
        let write = self.begin()?;
        let number = self.number_of(&write, serial)?;
        {
            let mut revoked = write.open_table(REVOKED).map_err(at(&self.home))?;
            let value = (revocation.at.0, revocation.reason);
            let before = revoked.insert(number, value).map_err(at(&self.home))?;
            let before = before.map(|before| before.value().1);
            if before.is_some_and(|before| before != ON_HOLD || revocation.reason == ON_HOLD) {
                return Err(Error::AlreadyRevoked(hex::encode(serial)));
            }
            if let Some(since) = suspect_since {
                let mut suspect = write.open_table(SUSPECT).map_err(at(&self.home))?;
                suspect.insert(number, since.0).map_err(at(&self.home))?;
            }
        }
        let detail = format!("{} reason {}", hex::encode(serial), revocation.reason);
        self.changed(&write, hash, number, revocation.at, NewRow { action: "revoke", detail })?;
        write.commit().map_err(at(&self.home))
    }

    /// Records that a certificate is off hold, and the audit row, in one commit.
    pub(crate) fn release(
        &self,
        hash: &dyn Hash,
        serial: &[u8],
        now: Timestamp,
    ) -> Result<(), Error> {
        let write = self.begin()?;
        let number = self.number_of(&write, serial)?;
        {
            let mut revoked = write.open_table(REVOKED).map_err(at(&self.home))?;
            let before = revoked.remove(number).map_err(at(&self.home))?;
            if before.is_none_or(|before| before.value().1 != ON_HOLD) {
                return Err(Error::NotOnHold(hex::encode(serial)));
            }
        }
        let row = NewRow { action: "release", detail: hex::encode(serial) };
        self.changed(&write, hash, number, now, row)?;
        write.commit().map_err(at(&self.home))
    }

    fn changed(
        &self,
        write: &WriteTransaction,
        hash: &dyn Hash,
        number: u64,
        now: Timestamp,
        row: NewRow,
    ) -> Result<(), Error> {
        let forgotten = row.action == "release" && plant::is(Plant::ReleaseForgotten);
        let row = self.append_audit(write, hash, now, [row])?;
        if forgotten {
            return Ok(());
        }
        let mut changed = write.open_table(CHANGED).map_err(at(&self.home))?;
        changed.insert(number, (row, now.0)).map_err(at(&self.home))?;
        Ok(())
    }

    /// Everything that is revoked, in the order of the decisions; or, of what changed after a row
    /// of the audit log, how it is now.
    pub(super) fn entries(
        &self,
        write: &WriteTransaction,
        after: Option<u64>,
    ) -> Result<Vec<Entry>, Error> {
        let revoked = write.open_table(REVOKED).map_err(at(&self.home))?;
        let suspect = write.open_table(SUSPECT).map_err(at(&self.home))?;
        let mut numbers = Vec::new();
        match after {
            None => {
                for row in revoked.iter().map_err(at(&self.home))? {
                    numbers.push((row.map_err(at(&self.home))?.0.value(), Timestamp(0)));
                }
            }
            Some(after) => {
                let changed = write.open_table(CHANGED).map_err(at(&self.home))?;
                for row in changed.iter().map_err(at(&self.home))? {
                    let (number, value) = row.map_err(at(&self.home))?;
                    let (row, time) = value.value();
                    if row > after {
                        numbers.push((number.value(), Timestamp(time)));
                    }
                }
            }
        }
        let decisions = write.open_table(DECISIONS).map_err(at(&self.home))?;
        let mut entries = Vec::new();
        for (number, changed_at) in numbers {
            let decision = decisions.get(number).map_err(at(&self.home))?;
            let decision =
                decision.ok_or_else(|| self.damaged("a revocation of what was never issued"))?;
            let value = revoked.get(number).map_err(at(&self.home))?.map(|value| value.value());
            let since = suspect.get(number).map_err(at(&self.home))?.map(|since| since.value());
            entries.push(Entry {
                serial: decision.value().0.to_vec(),
                at: value.map_or(changed_at, |(time, _)| Timestamp(time)),
                reason: value.map(|(_, reason)| reason),
                suspect_since: since.filter(|_| value.is_some()).map(Timestamp),
            });
        }
        Ok(entries)
    }
}
