// SPDX-License-Identifier: Apache-2.0
//! A record that was tampered with is noticed, and a full disk leaves no half of a CA.

#![allow(clippy::disallowed_methods)] // tests look at the real disk

mod common;

use bccsp::Suite;
use common::{host, name, order, root};
use gmca_ca::{Authority, Error, Host, NewCa};
use redb::{Database, ReadableTable, TableDefinition};
use std::sync::Arc;

type Row = (u64, &'static str, &'static str, &'static [u8]);
const AUDIT: TableDefinition<'_, u64, Row> = TableDefinition::new("audit");
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// A CA with some rows in its log, closed again.
fn closed(dir: &std::path::Path) -> (Host, std::path::PathBuf) {
    let (host, _) = host(Suite::Gm);
    let home = dir.join("ca");
    let authority = root(&host, &home);
    for n in 0..3 {
        authority.issue(&order(&host, &format!("/CN=n{n}"))).unwrap();
    }
    assert_eq!(authority.audit().unwrap().len(), 4);
    (host, home)
}

fn tamper(home: &std::path::Path, change: impl Fn(&mut redb::Table<'_, u64, Row>)) {
    let db = Database::open(home.join("ca.redb")).unwrap();
    let write = db.begin_write().unwrap();
    change(&mut write.open_table(AUDIT).unwrap());
    write.commit().unwrap();
}

#[test]
fn a_changed_row_of_the_audit_log_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (host, home) = closed(dir.path());
    tamper(&home, |table| {
        let (time, digest) = {
            let row = table.get(2).unwrap().unwrap();
            (row.value().0, row.value().3.to_vec())
        };
        table.insert(2, (time, "issue", "another story", digest.as_slice())).unwrap();
    });
    let error = Authority::open(&host, &home).unwrap().audit().unwrap_err();
    assert!(error.to_string().contains("audit row 2 "), "{error}");
}

#[test]
fn a_missing_row_of_the_audit_log_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (host, home) = closed(dir.path());
    tamper(&home, |table| drop(table.remove(3).unwrap()));
    let error = Authority::open(&host, &home).unwrap().audit().unwrap_err();
    assert!(error.to_string().contains("audit row 4 "), "{error}");
}

#[test]
fn a_newer_format_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let (host, home) = closed(dir.path());
    {
        let db = Database::open(home.join("ca.redb")).unwrap();
        let write = db.begin_write().unwrap();
        write.open_table(META).unwrap().insert("format", 2).unwrap();
        write.commit().unwrap();
    }
    let error = Authority::open(&host, &home).unwrap_err();
    assert!(matches!(error, Error::NewerFormat { found: 2, known: 1, .. }), "{error}");
}

#[test]
fn a_full_disk_leaves_no_half_of_a_ca() {
    let dir = tempfile::tempdir().unwrap();
    let (mut host, _) = host(Suite::Gm);
    // Room for the key and not for the certificate.
    host.disk = Arc::new(sys::sim::MemoryDisk::new(500));
    let home = dir.path().join("ca");
    let result = Authority::init(&host, &home, &NewCa::root(name("/CN=Root")));
    assert!(matches!(result, Err(Error::File { .. })), "{result:?}");
    assert!(!host.disk.exists(dir.path()));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
