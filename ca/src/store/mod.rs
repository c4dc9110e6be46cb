// SPDX-License-Identifier: Apache-2.0
//! The CA's memory, in one redb file: decisions, signatures, revocations and the audit log.
//!
//! A decision is durable *before* its certificate is signed, and the signature is durable before
//! the certificate is handed out; each in one commit with its audit row. So whatever moment the
//! process dies at, a certificate that anybody holds is on record. Not here: the lock (`holder`).

mod decisions;
mod escrow;
mod generations;
mod lists;
mod revocations;

pub(crate) use decisions::NewDecision;
pub(crate) use escrow::AdministratorRow;
pub(crate) use generations::NewGeneration;
pub(crate) use lists::{List, NewList};

use crate::audit::{AuditRow, Chain, NewRow};
use crate::home::file;
use crate::plant::{self, Plant};
use crate::{Error, Host, holder};
use bccsp::Hash;
use redb::{
    Database, Key, ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable,
    TableDefinition, TableError, Value, WriteTransaction,
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
/// A decision, and the earlier one whose certificate it follows.
const RENEWED: TableDefinition<'_, u64, u64> = TableDefinition::new("renewed");
/// When a decision's revocation, or its end, was recorded: the row of the audit log, and the time.
const CHANGED: TableDefinition<'_, u64, (u64, u64)> = TableDefinition::new("changed");
/// Since when the key of a revoked certificate is suspect.
const SUSPECT: TableDefinition<'_, u64, u64> = TableDefinition::new("suspect");
/// time, next update, row of the audit log, the list that it amends (0 for a complete one), the
/// generation of the key that signs it, and whether it was signed
type Listed = (u64, u64, u64, u64, u64, bool);

/// By the number of a CRL.
const LISTS: TableDefinition<'_, u64, Listed> = TableDefinition::new("lists");
/// By the number of a decision: the private key of its certificate, sealed.
const ESCROW: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("escrow");
/// Who may open sealed keys: the certificate, whether that still holds, and the CA's signature.
const ADMINISTRATORS: TableDefinition<'_, u64, (&[u8], bool, &[u8])> =
    TableDefinition::new("escrow administrators");
/// The CA's own certificates in PEM, by generation.
const GENERATIONS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("generations");
/// What was asked of sealed keys: the request, and when the key was given out (0: not yet).
const RECOVERIES: TableDefinition<'_, u64, (&[u8], u64)> = TableDefinition::new("recoveries");
/// time, action, detail, hash of the row before and this one
const AUDIT: TableDefinition<'_, u64, (u64, &str, &str, &[u8])> = TableDefinition::new("audit");

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

    /// Adds rows, and gives the number of the last.
    fn append_audit(
        &self,
        write: &WriteTransaction,
        hash: &dyn Hash,
        now: Timestamp,
        rows: impl IntoIterator<Item = NewRow>,
    ) -> Result<u64, Error> {
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
        Ok(number)
    }

    /// A table that came later than the CA, which has none before the first row.
    fn later<K: Key + 'static, V: Value + 'static>(
        &self,
        read: &ReadTransaction,
        table: TableDefinition<'_, K, V>,
    ) -> Result<Option<ReadOnlyTable<K, V>>, Error> {
        match read.open_table(table) {
            Ok(table) => Ok(Some(table)),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(at(&self.home)(error)),
        }
    }

    fn damaged(&self, what: &str) -> Error {
        Error::Damaged { home: self.home.clone(), what: what.to_owned() }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        holder::forget(self.disk.as_ref(), &self.home);
    }
}

fn at<E: Into<redb::Error>>(home: &Path) -> impl Fn(E) -> Error + use<'_, E> {
    move |error| Error::Store { home: home.to_path_buf(), source: error.into() }
}
