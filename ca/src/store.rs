// SPDX-License-Identifier: Apache-2.0
//! The CA's memory, in one redb file: decisions, signatures, revocations and the audit log.
//!
//! A decision is durable *before* its certificate is signed, and the signature is durable before
//! the certificate is handed out; each in one commit with its audit row. So whatever moment the
//! process dies at, a certificate that anybody holds is on record. Not here: the lock (`holder`).

use crate::audit::{AuditRow, Chain, NewRow};
use crate::home::file;
use crate::plant::{self, Plant};
use crate::record::{Record, Revocation, State, hex};
use crate::{Error, Host, holder};
use bccsp::Hash;
use pki::Certificate;
use redb::{
    Database, Durability, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::redb::{Backend, settle};
use sys::{Access, Timestamp, Volume, VolumeFile, VolumeLock};

/// The format of the tables below.
const FORMAT: u64 = 1;
const FILE: &str = "ca.redb";
/// redb asks for 1 GiB by default; a CA's pages are few.
const CACHE_BYTES: usize = 16 << 20;

/// serial, subject, profile, decided at, not after, certificate before its signature (two parts)
type Decision = (&'static [u8], &'static str, &'static str, u64, u64, &'static [u8]);

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const DECISIONS: TableDefinition<'_, u64, Decision> = TableDefinition::new("decisions");
/// The finished certificate's signature bits, under the number of the decision.
const SIGNATURES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("signatures");
const SERIALS: TableDefinition<'_, &[u8], u64> = TableDefinition::new("serials");
const REVOKED: TableDefinition<'_, u64, (u64, u8)> = TableDefinition::new("revoked");
/// time, action, detail, hash of the row before and this one
const AUDIT: TableDefinition<'_, u64, (u64, &str, &str, &[u8])> = TableDefinition::new("audit");

/// What is remembered of a certificate before it is signed.
pub(crate) struct NewDecision {
    pub(crate) serial: Vec<u8>,
    pub(crate) subject: String,
    pub(crate) profile: String,
    pub(crate) not_after: Timestamp,
    pub(crate) tbs: Vec<u8>,
}

/// Puts a certificate together from its signed part and its signature.
pub(crate) type Finish<'a> = dyn Fn(&[u8], &[u8]) -> Result<Vec<u8>, Error> + 'a;

/// The open database. One process has it at a time.
#[derive(Debug)]
pub(crate) struct Store {
    db: Database,
    home: PathBuf,
    disk: Arc<dyn Volume>,
    /// Let go after the database is closed: fields are dropped in order.
    _lock: Box<dyn VolumeLock>,
}

impl Store {
    /// Makes the tables in a folder that has none, durably.
    pub(crate) fn create(host: &Host, home: &Path) -> Result<Self, Error> {
        let path = home.join(FILE);
        let failed = |error| file(&path, error);
        let new = host.disk.create_file(&path, Access::Private).map_err(failed)?;
        let lock = host.disk.lock(&path).map_err(failed)?;
        let store = Self::on(host, home, new, lock)?;
        if !plant::is(Plant::HomeWithoutFolderSync) {
            host.disk.sync_dir(home).map_err(failed)?;
        }
        let write = store.begin()?;
        {
            let mut meta = write.open_table(META).map_err(at(home))?;
            meta.insert("format", FORMAT).map_err(at(home))?;
            write.open_table(DECISIONS).map_err(at(home))?;
            write.open_table(SIGNATURES).map_err(at(home))?;
            write.open_table(SERIALS).map_err(at(home))?;
            write.open_table(REVOKED).map_err(at(home))?;
            write.open_table(AUDIT).map_err(at(home))?;
        }
        write.commit().map_err(at(home))?;
        Ok(store)
    }

    /// Opens the database of a CA, waiting a little while another process has it.
    pub(crate) fn open(host: &Host, home: &Path) -> Result<Self, Error> {
        let path = home.join(FILE);
        if !host.disk.exists(&path) {
            return Err(Error::NoCa(home.to_path_buf()));
        }
        let lock = holder::lock(host, home, &path)?;
        let failed = |error| file(&path, error);
        let found = host.disk.open_file(&path).map_err(failed)?;
        if found.size().map_err(failed)? == 0 {
            let (home, what) = (home.to_path_buf(), format!("{FILE} is empty"));
            return Err(Error::Damaged { home, what });
        }
        if !plant::is(Plant::MemoryTrusted) {
            settle(found.as_ref()).map_err(failed)?;
        }
        let store = Self::on(host, home, found, lock)?;
        store.check_format()?;
        holder::name(host, home);
        Ok(store)
    }

    fn on(
        host: &Host,
        home: &Path,
        file: Arc<dyn VolumeFile>,
        lock: Box<dyn VolumeLock>,
    ) -> Result<Self, Error> {
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE_BYTES);
        let db = builder.create_with_backend(Backend::new(file)).map_err(at(home))?;
        let (home, disk) = (home.to_path_buf(), Arc::clone(&host.disk));
        Ok(Self { db, home, disk, _lock: lock })
    }

    fn check_format(&self) -> Result<(), Error> {
        let read = self.db.begin_read().map_err(at(&self.home))?;
        let meta = read.open_table(META).map_err(at(&self.home))?;
        let found = meta.get("format").map_err(at(&self.home))?.map_or(0, |format| format.value());
        match found {
            FORMAT => Ok(()),
            0 => Err(self.damaged("the format number is missing")),
            _ => Err(Error::NewerFormat { home: self.home.clone(), found, known: FORMAT }),
        }
    }

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
        let rows = decisions.iter().map(|new| NewRow {
            action: "issue",
            detail: format!("{} {} {}", hex(&new.serial), new.profile, new.subject),
        });
        if plant::is(Plant::AuditOutsideCommit) {
            write.commit().map_err(at(&self.home))?;
            let later = self.begin()?;
            self.append_audit(&later, hash, now, rows)?;
            later.commit().map_err(at(&self.home))?;
            return Ok(first);
        }
        self.append_audit(&write, hash, now, rows)?;
        write.commit().map_err(at(&self.home))?;
        Ok(first)
    }

    /// Records the signatures of decisions `first`, `first + 1`, … in one commit.
    pub(crate) fn sign(&self, first: u64, signed: &[Certificate]) -> Result<(), Error> {
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
        write.commit().map_err(at(&self.home))
    }

    /// Records a revocation and its audit row in one commit.
    pub(crate) fn revoke(
        &self,
        hash: &dyn Hash,
        serial: &[u8],
        revocation: Revocation,
    ) -> Result<(), Error> {
        let write = self.begin()?;
        {
            let serials = write.open_table(SERIALS).map_err(at(&self.home))?;
            let number = serials.get(serial).map_err(at(&self.home))?.map(|number| number.value());
            let number = number.ok_or_else(|| Error::UnknownSerial(hex(serial)))?;
            let mut revoked = write.open_table(REVOKED).map_err(at(&self.home))?;
            let value = (revocation.at.0, revocation.reason);
            if revoked.insert(number, value).map_err(at(&self.home))?.is_some() {
                return Err(Error::AlreadyRevoked(hex(serial)));
            }
        }
        let detail = format!("{} reason {}", hex(serial), revocation.reason);
        let row = NewRow { action: "revoke", detail };
        self.append_audit(&write, hash, revocation.at, [row])?;
        write.commit().map_err(at(&self.home))
    }

    /// Takes the next CRL number and records that it was used.
    pub(crate) fn next_crl_number(&self, hash: &dyn Hash, now: Timestamp) -> Result<u64, Error> {
        let write = self.begin()?;
        let number;
        {
            let mut meta = write.open_table(META).map_err(at(&self.home))?;
            number = meta.get("crl number").map_err(at(&self.home))?.map_or(0, |n| n.value()) + 1;
            meta.insert("crl number", number).map_err(at(&self.home))?;
        }
        let row = NewRow { action: "crl", detail: format!("number {number}") };
        self.append_audit(&write, hash, now, [row])?;
        write.commit().map_err(at(&self.home))?;
        Ok(number)
    }

    /// Records something that happened to the CA itself.
    pub(crate) fn note(
        &self,
        hash: &dyn Hash,
        now: Timestamp,
        action: &'static str,
        detail: String,
    ) -> Result<(), Error> {
        let write = self.begin()?;
        self.append_audit(&write, hash, now, [NewRow { action, detail }])?;
        write.commit().map_err(at(&self.home))
    }

    /// Every decision, in order. `finish` puts a certificate together from its two parts.
    pub(crate) fn records(&self, finish: &Finish<'_>) -> Result<Vec<Record>, Error> {
        let read = self.db.begin_read().map_err(at(&self.home))?;
        let decisions = read.open_table(DECISIONS).map_err(at(&self.home))?;
        let signatures = read.open_table(SIGNATURES).map_err(at(&self.home))?;
        let revoked = read.open_table(REVOKED).map_err(at(&self.home))?;
        let mut records = Vec::new();
        for row in decisions.iter().map_err(at(&self.home))? {
            let (number, value) = row.map_err(at(&self.home))?;
            let number = number.value();
            let (serial, subject, profile, decided_at, not_after, tbs) = value.value();
            let signature = signatures.get(number).map_err(at(&self.home))?;
            let revocation = revoked.get(number).map_err(at(&self.home))?.map(|r| r.value());
            let state = match (&signature, revocation) {
                (None, _) => State::Abandoned,
                (Some(_), None) => State::Issued,
                (Some(_), Some((at, reason))) => {
                    State::Revoked(Revocation { at: Timestamp(at), reason })
                }
            };
            records.push(Record {
                number,
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
            });
        }
        Ok(records)
    }

    /// The serial numbers of what was revoked, in the order of their decisions.
    pub(crate) fn revoked(&self) -> Result<Vec<(Vec<u8>, Revocation)>, Error> {
        let read = self.db.begin_read().map_err(at(&self.home))?;
        let decisions = read.open_table(DECISIONS).map_err(at(&self.home))?;
        let revoked = read.open_table(REVOKED).map_err(at(&self.home))?;
        let mut list = Vec::new();
        for row in revoked.iter().map_err(at(&self.home))? {
            let (number, value) = row.map_err(at(&self.home))?;
            let (time, reason) = value.value();
            let decision = decisions.get(number.value()).map_err(at(&self.home))?;
            let decision =
                decision.ok_or_else(|| self.damaged("a revocation of what was never issued"))?;
            let revocation = Revocation { at: Timestamp(time), reason };
            list.push((decision.value().0.to_vec(), revocation));
        }
        Ok(list)
    }

    /// The audit log in order, each row checked against the one before.
    pub(crate) fn audit(&self, hash: &dyn Hash) -> Result<Vec<AuditRow>, Error> {
        let read = self.db.begin_read().map_err(at(&self.home))?;
        let table = read.open_table(AUDIT).map_err(at(&self.home))?;
        let mut chain = Chain::start();
        let mut rows = Vec::new();
        for row in table.iter().map_err(at(&self.home))? {
            let (number, value) = row.map_err(at(&self.home))?;
            let (time, action, detail, digest) = value.value();
            let expected = chain.next(hash, number.value(), time, action, detail);
            if number.value() != rows.len() as u64 + 1 || expected.as_ref() != digest {
                let what =
                    format!("audit row {} was changed or one before it is missing", number.value());
                return Err(self.damaged(&what));
            }
            rows.push(AuditRow {
                number: number.value(),
                time: Timestamp(time),
                action: action.to_owned(),
                detail: detail.to_owned(),
                digest: *expected.as_bytes(),
            });
        }
        Ok(rows)
    }

    fn begin(&self) -> Result<WriteTransaction, Error> {
        self.db.begin_write().map_err(at(&self.home))
    }

    fn append_audit(
        &self,
        write: &WriteTransaction,
        hash: &dyn Hash,
        now: Timestamp,
        rows: impl IntoIterator<Item = NewRow>,
    ) -> Result<(), Error> {
        let mut table = write.open_table(AUDIT).map_err(at(&self.home))?;
        let last = table
            .last()
            .map_err(at(&self.home))?
            .map(|(number, value)| (number.value(), Chain::after(value.value().3)));
        let (mut number, mut chain) = last.unwrap_or((0, Chain::start()));
        for NewRow { action, detail } in rows {
            number += 1;
            let digest = chain.next(hash, number, now.0, action, &detail);
            let value = (now.0, action, detail.as_str(), digest.as_ref());
            table.insert(number, value).map_err(at(&self.home))?;
        }
        Ok(())
    }

    fn damaged(&self, what: &str) -> Error {
        Error::Damaged { home: self.home.clone(), what: what.to_owned() }
    }
}

/// [`Decision`] with the lifetime of the values that are put in.
type Decision_<'a> = (&'a [u8], &'a str, &'a str, u64, u64, &'a [u8]);

impl Drop for Store {
    fn drop(&mut self) {
        holder::forget(self.disk.as_ref(), &self.home);
    }
}

fn at<E: Into<redb::Error>>(home: &Path) -> impl Fn(E) -> Error + use<'_, E> {
    move |error| Error::Store { home: home.to_path_buf(), source: error.into() }
}
