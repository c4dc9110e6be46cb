// SPDX-License-Identifier: Apache-2.0
//! What was decided: recorded before it is signed, signed, and read back.

use super::generations::NewGeneration;
use super::{DECISIONS, Decision, ESCROW, RENEWED, REVOKED, SERIALS, SIGNATURES, Store, at};
use crate::Error;
use crate::audit::NewRow;
use crate::plant::{self, Plant};
use crate::record::{Record, Revocation, State};
use bccsp::Hash;
use pki::Certificate;
use redb::{Durability, ReadOnlyTable, ReadableDatabase, ReadableTable, WriteTransaction};
use sys::Timestamp;

/// What is remembered of a certificate before it is signed.
pub(crate) struct NewDecision {
    pub(crate) serial: Vec<u8>,
    pub(crate) subject: String,
    pub(crate) profile: String,
    pub(crate) not_after: Timestamp,
    pub(crate) tbs: Vec<u8>,
    /// Why it is made: what the audit log calls it.
    pub(crate) action: &'static str,
    /// The serial number of the certificate that it follows.
    pub(crate) follows: Option<Vec<u8>>,
    /// The private key of the certificate, sealed, where this CA made it.
    pub(crate) escrow: Option<Vec<u8>>,
}

impl NewDecision {
    fn row(&self) -> NewRow {
        let (serial, profile, subject) = (hex::encode(&self.serial), &self.profile, &self.subject);
        let follows = self.follows.as_deref().map(|of| format!(" after {}", hex::encode(of)));
        let follows = follows.unwrap_or_default();
        NewRow { action: self.action, detail: format!("{serial} {profile} {subject}{follows}") }
    }
}

/// Puts a certificate together from its signed part and its signature.
pub(crate) type Finish<'a> = dyn Fn(&[u8], &[u8]) -> Result<Vec<u8>, Error> + 'a;

/// [`Decision`](super::Decision) with the lifetime of the values that are put in.
type Decision_<'a> = (&'a [u8], &'a str, &'a str, u64, u64, &'a [u8]);

impl Store {
    /// Records decisions and their audit rows in one commit, and gives the number of the first.
    pub(crate) fn decide(
        &self,
        hash: &dyn Hash,
        now: Timestamp,
        decisions: &[&NewDecision],
    ) -> Result<u64, Error> {
        let write = self.begin()?;
        let first;
        {
            let mut table = write.open_table(DECISIONS).map_err(at(&self.home))?;
            let mut serials = write.open_table(SERIALS).map_err(at(&self.home))?;
            first = table.last().map_err(at(&self.home))?.map_or(1, |(n, _)| n.value() + 1);
            for (number, new) in (first..).zip(decisions) {
                let value: Decision_<'_> =
                    (&new.serial, &new.subject, &new.profile, now.0, new.not_after.0, &new.tbs);
                table.insert(number, value).map_err(at(&self.home))?;
                let before =
                    serials.insert(new.serial.as_slice(), number).map_err(at(&self.home))?;
                if before.is_some() {
                    // 126 random bits do not meet twice; a broken generator does.
                    return Err(bccsp::Error::Unavailable("a serial number came up twice").into());
                }
            }
        }
        if !plant::is(Plant::EscrowOutsideCommit) {
            self.note_beside(&write, first, decisions)?;
        }
        let rows = decisions.iter().map(|new| new.row());
        if plant::is(Plant::AuditOutsideCommit) {
            write.commit().map_err(at(&self.home))?;
            let later = self.begin()?;
            self.append_audit(&later, hash, now, rows)?;
            later.commit().map_err(at(&self.home))?;
            return Ok(first);
        }
        self.append_audit(&write, hash, now, rows)?;
        write.commit().map_err(at(&self.home))?;
        if plant::is(Plant::EscrowOutsideCommit) {
            let later = self.begin()?;
            self.note_beside(&later, first, decisions)?;
            later.commit().map_err(at(&self.home))?;
        }
        Ok(first)
    }

    /// What belongs to a decision and stands in tables of its own.
    fn note_beside(
        &self,
        write: &WriteTransaction,
        first: u64,
        decisions: &[&NewDecision],
    ) -> Result<(), Error> {
        for (number, new) in (first..).zip(decisions) {
            if let Some(sealed) = &new.escrow {
                let mut escrow = write.open_table(ESCROW).map_err(at(&self.home))?;
                escrow.insert(number, sealed.as_slice()).map_err(at(&self.home))?;
            }
            let Some(serial) = &new.follows else { continue };
            let earlier = self.number_of(write, serial)?;
            let mut renewed = write.open_table(RENEWED).map_err(at(&self.home))?;
            renewed.insert(number, earlier).map_err(at(&self.home))?;
        }
        Ok(())
    }

    /// The number of the decision with that serial number.
    pub(super) fn number_of(&self, write: &WriteTransaction, serial: &[u8]) -> Result<u64, Error> {
        let serials = write.open_table(SERIALS).map_err(at(&self.home))?;
        let number = serials.get(serial).map_err(at(&self.home))?.map(|number| number.value());
        number.ok_or_else(|| Error::UnknownSerial(hex::encode(serial)))
    }

    /// Records the signatures of decisions `first`, `first + 1`, … in one commit, and the
    /// generation that begins with them.
    pub(crate) fn sign(
        &self,
        first: u64,
        signed: &[Certificate],
        generation: Option<&NewGeneration>,
    ) -> Result<(), Error> {
        let mut write = self.begin()?;
        if plant::is(Plant::SignatureNotDurable) {
            write.set_durability(Durability::None).map_err(at(&self.home))?;
        }
        {
            let mut table = write.open_table(SIGNATURES).map_err(at(&self.home))?;
            for (number, certificate) in (first..).zip(signed) {
                table.insert(number, certificate.signature()).map_err(at(&self.home))?;
            }
        }
        if let Some(new) = generation {
            if plant::is(Plant::GenerationOutsideCommit) {
                write.set_durability(Durability::None).map_err(at(&self.home))?;
            }
            self.put_generation(&write, new)?;
        }
        write.commit().map_err(at(&self.home))
    }

    /// Every decision, in order. `finish` puts a certificate together from its two parts.
    pub(crate) fn records(&self, finish: &Finish<'_>) -> Result<Vec<Record>, Error> {
        let tables = self.tables()?;
        let mut records = Vec::new();
        for row in tables.decisions.iter().map_err(at(&self.home))? {
            let (number, value) = row.map_err(at(&self.home))?;
            records.push(self.record_of(&tables, number.value(), value.value(), finish)?);
        }
        Ok(records)
    }

    /// The decision with that serial number.
    pub(crate) fn record(
        &self,
        serial: &[u8],
        finish: &Finish<'_>,
    ) -> Result<Option<Record>, Error> {
        let tables = self.tables()?;
        let found = tables.serials.get(serial).map_err(at(&self.home))?;
        match found.map(|number| number.value()) {
            Some(number) => self.record_numbered(number, finish),
            None => Ok(None),
        }
    }

    /// The decision with that number.
    pub(crate) fn record_numbered(
        &self,
        number: u64,
        finish: &Finish<'_>,
    ) -> Result<Option<Record>, Error> {
        let tables = self.tables()?;
        let Some(value) = tables.decisions.get(number).map_err(at(&self.home))? else {
            return Ok(None);
        };
        self.record_of(&tables, number, value.value(), finish).map(Some)
    }

    /// The numbers of the decisions whose certificates follow that one.
    pub(crate) fn followers(&self, number: u64) -> Result<Vec<u64>, Error> {
        let Some(renewed) = self.tables()?.renewed else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for row in renewed.iter().map_err(at(&self.home))? {
            let (later, earlier) = row.map_err(at(&self.home))?;
            if earlier.value() == number {
                found.push(later.value());
            }
        }
        Ok(found)
    }

    fn tables(&self) -> Result<Tables, Error> {
        let read = self.db.begin_read().map_err(at(&self.home))?;
        Ok(Tables {
            decisions: read.open_table(DECISIONS).map_err(at(&self.home))?,
            signatures: read.open_table(SIGNATURES).map_err(at(&self.home))?,
            serials: read.open_table(SERIALS).map_err(at(&self.home))?,
            revoked: read.open_table(REVOKED).map_err(at(&self.home))?,
            renewed: self.later(&read, RENEWED)?,
        })
    }

    fn record_of(
        &self,
        tables: &Tables,
        number: u64,
        decision: Decision_<'_>,
        finish: &Finish<'_>,
    ) -> Result<Record, Error> {
        let (serial, subject, profile, decided_at, not_after, tbs) = decision;
        let signature = tables.signatures.get(number).map_err(at(&self.home))?;
        let revocation = tables.revoked.get(number).map_err(at(&self.home))?.map(|r| r.value());
        let state = match (&signature, revocation) {
            (None, _) => State::Abandoned,
            (Some(_), None) => State::Issued,
            (Some(_), Some((at, reason))) => {
                State::Revoked(Revocation { at: Timestamp(at), reason })
            }
        };
        let follows = match &tables.renewed {
            Some(table) => table.get(number).map_err(at(&self.home))?.map(|n| n.value()),
            None => None,
        };
        Ok(Record {
            number,
            follows,
            serial: serial.to_vec(),
            subject: subject.to_owned(),
            profile: profile.to_owned(),
            decided_at: Timestamp(decided_at),
            not_after: Timestamp(not_after),
            state,
            certificate: match signature {
                Some(signature) => finish(tbs, signature.value())?,
                None => Vec::new(),
            },
        })
    }
}

/// What a record is read from.
struct Tables {
    decisions: ReadOnlyTable<u64, Decision>,
    signatures: ReadOnlyTable<u64, &'static [u8]>,
    serials: ReadOnlyTable<&'static [u8], u64>,
    revoked: ReadOnlyTable<u64, (u64, u8)>,
    renewed: Option<ReadOnlyTable<u64, u64>>,
}
