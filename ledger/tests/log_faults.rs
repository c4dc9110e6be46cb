// SPDX-License-Identifier: Apache-2.0
//! A log on a disk that refuses, and what a log refuses.

use gmca_ledger::Error;
use gmca_ledger::log::{MAX_PAYLOAD, Options, SegmentLog};
use std::path::Path;
use std::sync::Arc;
use sys::sim::MemoryDisk;
use sys::{Disk, Volume};

fn open_as(disk: &MemoryDisk, kind: u32, at_least: u64) -> Result<SegmentLog, Error> {
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    let options = Options { segment_size: 300, salt: 1 };
    SegmentLog::open(&volume, Path::new("log"), kind, options, at_least)
}

fn open(disk: &MemoryDisk) -> Result<SegmentLog, Error> {
    open_as(disk, 1, 0)
}

fn append(log: &mut SegmentLog, count: usize) {
    for _ in 0..count {
        log.append(&[b"record ", &log.next_sequence().to_le_bytes()]).unwrap();
    }
    log.sync().unwrap();
}

#[test]
fn after_a_failed_sync_it_refuses_until_it_is_opened_again() {
    let disk = MemoryDisk::new(1 << 20);
    let mut log = open(&disk).unwrap();
    append(&mut log, 3);
    log.append(&[b"lost?"]).unwrap();
    disk.fail_sync_after(0);
    assert!(matches!(log.sync(), Err(Error::Disk { .. })));
    assert!(matches!(log.sync(), Err(Error::Stopped { .. })));
    assert!(matches!(log.append(&[b"x"]), Err(Error::Stopped { .. })));
    assert!(matches!(log.truncate_from(0), Err(Error::Stopped { .. })));
    assert!(matches!(log.truncate_from(9), Err(Error::Stopped { .. })));
    assert!(matches!(log.prune_before(0), Err(Error::Stopped { .. })));
    assert!(matches!(log.restart_at(0), Err(Error::Stopped { .. })));
    assert!(matches!(SegmentLog::sync_all(&mut [&mut log]), Err(Error::Stopped { .. })));
    assert_eq!(log.reader().read(1).unwrap().len(), 15, "reading goes on");
    drop(log);
    let mut log = open(&disk).unwrap();
    assert_eq!(log.reader().read(3).unwrap(), "lost?");
    append(&mut log, 1);
}

#[test]
fn a_full_disk_stops_it_and_loses_nothing_that_was_safe() {
    let disk = MemoryDisk::new(1000);
    let mut log = open(&disk).unwrap();
    let mut safe = 0;
    let error = loop {
        let done = log.append(&[&[7; 50]]).and_then(|_| log.sync());
        match done {
            Ok(()) => safe += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Disk { .. }) && error.to_string().contains("log/0000"));
    assert!(matches!(log.sync(), Err(Error::Stopped { .. })));
    drop(log);
    disk.set_room(1 << 20);
    let mut log = open_as(&disk, 1, safe).unwrap();
    assert!(safe > 5 && log.next_sequence() >= safe);
    append(&mut log, 9);
}

#[test]
fn newer_formats_other_kinds_and_second_openers_are_refused() {
    let disk = MemoryDisk::new(1 << 20);
    let mut log = open(&disk).unwrap();
    assert!(matches!(open(&disk), Err(Error::InUse { .. })));
    append(&mut log, 2);
    drop(log);
    assert!(matches!(open_as(&disk, 2, 0), Err(Error::Damaged { .. })));
    let path = Path::new("log/00000000000000000000.seg");
    disk.flip(path, 8, 1);
    let newer = open(&disk).unwrap_err();
    assert!(matches!(newer, Error::NewerFormat { found: 3, known: 1, .. }), "{newer}");
    disk.flip(path, 8, 1);
    assert_eq!(open_as(&disk, 1, 2).unwrap().next_sequence(), 2);
    assert!(matches!(open_as(&disk, 1, 3), Err(Error::Damaged { .. })));
}

#[test]
fn the_places_of_a_closed_segment_are_made_again() {
    let disk = MemoryDisk::new(1 << 20);
    let mut log = open(&disk).unwrap();
    append(&mut log, 30);
    drop(log);
    let indexes: Vec<_> = disk
        .files()
        .into_iter()
        .filter(|(path, _)| path.ends_with("0.idx") || path.extension().is_some_and(|e| e == "idx"))
        .collect();
    assert!(indexes.len() > 3);
    for (number, (path, size)) in indexes.iter().enumerate() {
        match number % 3 {
            0 => disk.remove(path).unwrap(),
            1 => assert!(disk.flip(path, size / 2, 3)),
            _ => {}
        }
    }
    let log = open(&disk).unwrap();
    for sequence in 0..30u64 {
        let expected = [&b"record "[..], &sequence.to_le_bytes()].concat();
        assert_eq!(log.reader().read(sequence).unwrap(), expected);
    }
    drop(log);
    assert_eq!(
        disk.files()
            .iter()
            .filter(|(path, _)| path.extension().is_some_and(|e| e == "idx"))
            .count(),
        indexes.len()
    );
}

#[test]
fn a_missing_segment_is_named() {
    let disk = MemoryDisk::new(1 << 20);
    let mut log = open(&disk).unwrap();
    append(&mut log, 30);
    drop(log);
    let segments: Vec<_> = disk
        .files()
        .into_iter()
        .filter(|(path, _)| path.extension().is_some_and(|e| e == "seg"))
        .collect();
    disk.remove(&segments[1].0).unwrap();
    let log = open(&disk).unwrap();
    assert!(
        matches!(log.reader().verify(&mut |_| Ok(())), Err(Error::Damaged { path, .. }) if path == segments[0].0)
    );
    assert!(log.reader().iter(0).any(|record| record.is_err()));
}

#[test]
fn what_cannot_be_done_is_refused_and_it_goes_on() {
    let disk = MemoryDisk::new(1 << 20);
    let mut log = open(&disk).unwrap();
    append(&mut log, 30);
    let first = log.prune_before(20).unwrap();
    assert!(first > 0 && first <= 20);
    assert!(matches!(log.truncate_from(first - 1), Err(Error::Refused(_))));
    assert!(matches!(log.reader().read(first - 1), Err(Error::Refused(_))));
    assert!(matches!(log.reader().read(30), Err(Error::Refused(_))));
    let long = vec![0; MAX_PAYLOAD / 2 + 1];
    assert!(matches!(log.append(&[&long, &long]), Err(Error::Refused(_))));
    log.truncate_from(first).unwrap();
    assert_eq!((log.reader().first(), log.next_sequence()), (first, first));
    append(&mut log, 3);
    log.restart_at(100).unwrap();
    append(&mut log, 3);
    drop(log);
    let log = open(&disk).unwrap();
    assert_eq!((log.reader().first(), log.next_sequence()), (100, 103));
}

#[test]
fn a_payload_that_looks_like_records_does_not_keep_a_log_from_opening() {
    // The bytes of another log with another salt, in a record that is torn.
    let other = MemoryDisk::new(1 << 20);
    let volume: Arc<dyn Volume> = Arc::new(other.clone());
    let options = Options { segment_size: 1 << 16, salt: 2 };
    let mut made = SegmentLog::open(&volume, Path::new("log"), 1, options, 0).unwrap();
    (0..20).for_each(|_| append(&mut made, 1));
    let name = Path::new("log/00000000000000000000.seg");
    let bait = other.read(name).unwrap();
    let torn = |salt| {
        let disk = MemoryDisk::new(1 << 20);
        let volume: Arc<dyn Volume> = Arc::new(disk.clone());
        let open =
            || SegmentLog::open(&volume, Path::new("log"), 1, Options { salt, ..options }, 0);
        open().unwrap().append(&[&bait]).unwrap();
        disk.flip(name, 40, 1);
        open().map(|log| log.next_sequence())
    };
    assert_eq!(torn(3).unwrap(), 0);
    assert!(matches!(torn(2), Err(Error::Damaged { .. })), "who knows the salt can do it");
}

#[test]
fn a_sync_that_others_append_during_makes_safe_what_was_there_when_it_began() {
    let disk = MemoryDisk::recording(1 << 20);
    let mut log = open(&disk).unwrap();
    let before = log.append(&[b"before"]).unwrap();
    let syncing = log.begin_sync().unwrap().run();
    let during = log.append(&[b"during"]).unwrap();
    assert_eq!(log.durable(), before);
    log.end_sync(syncing).unwrap();
    assert_eq!(log.durable(), during);
    let syncing = log.begin_sync().unwrap().run();
    log.end_sync(syncing).unwrap();
    assert_eq!(log.durable(), log.next_sequence());
}

#[test]
fn while_a_sync_is_on_its_way_the_log_only_grows() {
    let disk = MemoryDisk::new(1 << 20);
    let mut log = open(&disk).unwrap();
    append(&mut log, 3);
    let syncing = log.begin_sync().unwrap();
    for refused in [log.sync(), log.truncate_from(1), log.restart_at(7)] {
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    }
    assert!(matches!(log.begin_sync(), Err(Error::Refused(_))));
    // No segment is begun, whose beginning would say that the one before is safe.
    for _ in 3..30 {
        log.append(&[&[7; 50]]).unwrap();
    }
    assert_eq!(log.reader().segments(), [0]);
    log.end_sync(syncing.run()).unwrap();
    assert_eq!(log.reader().segments(), [0, 30]);
    assert_eq!(log.durable(), 30);
    log.truncate_from(1).unwrap();
    drop(log);
    assert_eq!(open(&disk).unwrap().next_sequence(), 1);
}

#[test]
fn a_sync_that_fails_beside_the_log_stops_it() {
    let disk = MemoryDisk::new(1 << 20);
    let mut log = open(&disk).unwrap();
    log.append(&[b"a record"]).unwrap();
    disk.fail_sync_after(0);
    let syncing = log.begin_sync().unwrap().run();
    assert!(matches!(log.end_sync(syncing), Err(Error::Disk { .. })));
    assert_eq!(log.durable(), 0);
    assert!(matches!(log.append(&[b"more"]), Err(Error::Stopped { .. })));
    assert!(matches!(log.begin_sync(), Err(Error::Stopped { .. })));
}
