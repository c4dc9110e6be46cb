// SPDX-License-Identifier: Apache-2.0
//! The log as one uses it: who waits for which sync, what is refused, and who may open it.

use gmca_consensus::wal::{
    Completion, Entry, Error, MAX_KEY, Options, Position, SyncAtOnce, SyncThread, Syncer, Wal, Work,
};
use ledger::log::SegmentLog;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use sys::sim::MemoryDisk;
use sys::{SystemDisk, Volume};

/// Syncs when it is told to.
#[derive(Clone, Debug, Default)]
struct Later(Arc<Mutex<Option<Work>>>);

impl Later {
    fn run(&self) {
        let work = self.0.lock().unwrap().take();
        work.expect("somebody asked for a sync").run();
    }
}

impl Syncer for Later {
    fn wake(&self, work: Work) {
        *self.0.lock().unwrap() = Some(work);
    }

    fn stop(&self) {}
}

fn open_with(disk: &MemoryDisk, syncer: impl Syncer) -> Result<Wal, Error> {
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    let options = Options { segment_size: 2048, salt: 1, cached_bytes: 500 };
    Wal::open(&volume, Path::new("wal"), options, Box::new(syncer))
}

fn open(disk: &MemoryDisk) -> Result<Wal, Error> {
    open_with(disk, SyncAtOnce)
}

fn entry(index: u64) -> Entry {
    let body = format!("entry {index}").into_bytes().repeat(10).into();
    Entry { index, term: 1 + index / 10, kind: 1, body }
}

fn upto(index: u64) -> Position {
    Position { index, term: entry(index).term }
}

/// A completion that sends a number and whether it is safe.
fn told<T: Send + 'static>(sender: &Sender<(T, bool)>, what: T) -> Completion {
    let sender = sender.clone();
    Box::new(move |result| drop(sender.send((what, result.is_ok()))))
}

fn nobody() -> Completion {
    Box::new(drop)
}

fn all<T>(receiver: &Receiver<T>) -> Vec<T> {
    receiver.try_iter().collect()
}

#[test]
fn one_sync_serves_all_groups_that_wait_in_the_order_in_which_they_wrote() {
    let (disk, later) = (MemoryDisk::new(1 << 24), Later::default());
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    let wal =
        Wal::open(&volume, Path::new("wal"), Options::default(), Box::new(later.clone())).unwrap();
    let (sender, receiver) = channel();
    for number in 0..50 {
        let group = wal.group(&format!("channel{number}")).unwrap();
        group.append(vec![entry(0), entry(1)], told(&sender, 2 * number)).unwrap();
        group.save_vote("a vote".into(), told(&sender, 2 * number + 1)).unwrap();
        assert_eq!(group.read(0, 9, u64::MAX).unwrap(), [entry(0), entry(1)]);
    }
    assert_eq!(all(&receiver), []);
    // A second sync would fail.
    disk.fail_sync_after(1);
    later.run();
    assert_eq!(all(&receiver), (0..100).map(|number| (number, true)).collect::<Vec<_>>());
}

#[test]
fn what_is_written_during_a_sync_waits_for_the_next_one() {
    let (disk, later) = (MemoryDisk::new(1 << 24), Later::default());
    let wal = Arc::new(open_with(&disk, later.clone()).unwrap());
    let (sender, receiver) = channel();
    let group = wal.group("channel").unwrap();
    // It comes back with the next thing to write when the first is safe.
    let (again, next) = (group.clone(), told(&sender, 2));
    let (first, also) = (told(&sender, 1), told(&sender, 3));
    let done = Box::new(move |result: Result<(), Error>| {
        first(result);
        again.append(vec![entry(1)], next).unwrap();
    });
    group.append(vec![entry(0)], done).unwrap();
    group.when_safe(also).unwrap();
    later.run();
    assert_eq!(all(&receiver), [(1, true), (3, true), (2, true)]);
}

#[test]
fn a_thread_syncs_for_many_who_wait() {
    let folder = tempfile::tempdir().unwrap();
    let volume: Arc<dyn Volume> = Arc::new(SystemDisk);
    let syncer = Box::new(SyncThread::start().unwrap());
    let wal = Wal::open(&volume, folder.path(), Options::default(), syncer).unwrap();
    thread::scope(|scope| {
        for number in 0..8 {
            let group = wal.group(&format!("channel{number}")).unwrap();
            scope.spawn(move || {
                let (sender, receiver) = channel();
                for index in 0..40 {
                    group.append(vec![entry(index)], told(&sender, index)).unwrap();
                    if index % 4 == 0 {
                        group.save_vote("vote".into(), nobody()).unwrap();
                    }
                }
                drop(sender);
                let expected: Vec<_> = (0..40).map(|index| (index, true)).collect();
                assert_eq!(receiver.iter().collect::<Vec<_>>(), expected);
            });
        }
    });
    wal.close();
    let wal = Wal::open(&volume, folder.path(), Options::default(), Box::new(SyncAtOnce)).unwrap();
    assert_eq!(wal.groups().len(), 8);
    for name in wal.groups() {
        let entries = wal.group(&name).unwrap().read(0, 100, u64::MAX).unwrap();
        assert_eq!(entries, (0..40).map(entry).collect::<Vec<_>>());
    }
}

#[test]
fn a_log_that_was_closed_or_dropped_can_be_opened_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let volume: Arc<dyn Volume> = Arc::new(SystemDisk);
    let (sender, receiver) = channel();
    let mut kept = Vec::new();
    for round in 0..20 {
        let syncer = Box::new(SyncThread::start().unwrap());
        let wal = Wal::open(&volume, folder.path(), Options::default(), syncer).unwrap();
        let second = Wal::open(&volume, folder.path(), Options::default(), Box::new(SyncAtOnce));
        assert!(matches!(second, Err(Error::Log(ledger::Error::InUse { .. }))));
        let group = wal.group("channel").unwrap();
        group.append(vec![entry(round)], told(&sender, round)).unwrap();
        if round % 2 == 0 {
            wal.close();
            assert!(matches!(group.append(vec![], nobody()), Err(Error::Closed)));
            assert!(matches!(group.save_vote("vote".into(), nobody()), Err(Error::Closed)));
            assert!(matches!(wal.group("another"), Err(Error::Closed)));
        }
        kept.push(group);
    }
    // Whoever closed waited; whoever dropped was told one way or the other.
    let told = all(&receiver);
    assert_eq!(told.len(), 20);
    assert!(told.iter().filter(|(round, _)| round % 2 == 0).all(|(_, safe)| *safe));
    assert_eq!(kept[0].read(0, 1, u64::MAX).unwrap(), [entry(0)]);
}

#[test]
fn whoever_waits_when_it_is_dropped_is_refused() {
    let (disk, later) = (MemoryDisk::new(1 << 24), Later::default());
    let wal = open_with(&disk, later.clone()).unwrap();
    let (sender, receiver) = channel();
    let group = wal.group("channel").unwrap();
    group.append(vec![entry(0)], told(&sender, 0)).unwrap();
    drop(wal);
    assert_eq!(all(&receiver), [(0, false)]);
    later.run();
    open(&disk).unwrap();
}

#[test]
fn after_a_sync_that_failed_nothing_is_written_and_nobody_is_told_that_it_is_safe() {
    let (disk, later) = (MemoryDisk::recording(1 << 24), Later::default());
    let wal = open_with(&disk, later.clone()).unwrap();
    let (sender, receiver) = channel();
    let (group, other) = (wal.group("channel").unwrap(), wal.group("other").unwrap());
    group.append(vec![entry(0)], told(&sender, 0)).unwrap();
    other.save_vote("vote".into(), told(&sender, 1)).unwrap();
    disk.fail_sync_after(0);
    later.run();
    assert_eq!(all(&receiver), [(0, false), (1, false)]);
    let refused = |result: Result<(), Error>| match result {
        Err(Error::Stopped(why)) => assert!(why.contains("did not sync"), "{why}"),
        other => panic!("{other:?}"),
    };
    refused(group.append(vec![entry(1)], told(&sender, 2)));
    refused(other.save_vote("another".into(), told(&sender, 3)));
    refused(group.truncate(0));
    refused(group.purge(upto(0)));
    refused(group.save_committed(Some(upto(0))));
    refused(group.note("key", None, told(&sender, 4)));
    refused(group.when_safe(told(&sender, 5)));
    refused(wal.remove("channel", told(&sender, 6)));
    refused(wal.group("third").map(drop));
    assert_eq!(all(&receiver), []);
    assert_eq!(group.read(0, 1, u64::MAX).unwrap(), [entry(0)]);
    drop(wal);
    open(&disk).unwrap().group("channel").unwrap();
}

#[test]
fn a_write_that_fails_refuses_those_who_waited_before_it() {
    let (disk, later) = (MemoryDisk::new(1 << 24), Later::default());
    let wal = open_with(&disk, later.clone()).unwrap();
    let (sender, receiver) = channel();
    let group = wal.group("channel").unwrap();
    group.append(vec![entry(0)], told(&sender, 0)).unwrap();
    disk.halt_after(0);
    assert!(matches!(group.append(vec![entry(1)], told(&sender, 1)), Err(Error::Log(_))));
    later.run();
    assert_eq!(all(&receiver), [(0, false)]);
}

#[test]
fn what_does_not_follow_is_refused_and_nothing_is_written() {
    let disk = MemoryDisk::new(1 << 24);
    let wal = open(&disk).unwrap();
    let group = wal.group("channel").unwrap();
    group.append(vec![entry(5), entry(6)], nobody()).unwrap();
    let files = disk.files();
    let refused = |result: Result<(), Error>, why: &str| match result {
        Err(error @ Error::Refused { .. }) => assert!(error.to_string().contains(why), "{error}"),
        other => panic!("{other:?}"),
    };
    refused(group.append(vec![entry(8)], nobody()), "entry 8, and 7 is the next one");
    refused(group.append(vec![entry(7), entry(9)], nobody()), "entry 9, and 8 is the next one");
    refused(group.append(vec![entry(6)], nobody()), "entry 6, and 7");
    refused(group.note(&"k".repeat(MAX_KEY + 1), None, nobody()), "too long");
    assert_eq!(disk.files(), files);
    group.purge(upto(5)).unwrap();
    refused(group.truncate(5), "entry 5 was purged");
    group.truncate(6).unwrap();
    assert_eq!(group.info().unwrap().last, Some(upto(5)));
    group.append(vec![entry(6)], nobody()).unwrap();
    group.note(&"k".repeat(MAX_KEY), Some("value".into()), nobody()).unwrap();
    assert!(wal.remove("another", nobody()).is_err());
}

#[test]
fn a_group_that_was_removed_has_nothing_and_its_name_can_be_used_again() {
    let disk = MemoryDisk::new(1 << 24);
    let wal = open(&disk).unwrap();
    let (sender, receiver) = channel();
    let old = wal.group("channel").unwrap();
    assert!(old.info().unwrap().is_empty());
    old.append((0..30).map(entry).collect(), nobody()).unwrap();
    old.save_vote("vote".into(), nobody()).unwrap();
    old.note("id", Some("7".into()), nobody()).unwrap();
    assert!(!old.info().unwrap().is_empty());
    wal.remove("channel", told(&sender, ())).unwrap();
    assert_eq!(all(&receiver), [((), true)]);
    assert!(matches!(old.append(vec![entry(30)], nobody()), Err(Error::NoGroup(_))));
    assert!(matches!(old.info(), Err(Error::NoGroup(_))));
    assert_eq!(wal.groups(), [""; 0]);
    let new = wal.group("channel").unwrap();
    new.append(vec![entry(0)], nobody()).unwrap();
    drop(wal);
    let wal = open(&disk).unwrap();
    let group = wal.group("channel").unwrap();
    assert_eq!(group.read(0, 99, u64::MAX).unwrap(), [entry(0)]);
    assert_eq!((group.info().unwrap().vote, group.read_note("id").unwrap()), (None, None));
}

#[test]
fn old_segments_go_and_what_a_slow_group_keeps_in_them_stays() {
    let disk = MemoryDisk::new(1 << 24);
    let wal = open(&disk).unwrap();
    let slow = wal.group("slow").unwrap();
    slow.append((0..9).map(entry).collect(), nobody()).unwrap();
    slow.save_vote("its vote".into(), nobody()).unwrap();
    slow.note("id", Some("3".into()), nobody()).unwrap();
    let quick = wal.group("quick").unwrap();
    for index in 0..2000 {
        quick.append(vec![entry(index)], nobody()).unwrap();
        if index % 10 == 9 {
            quick.purge(upto(index - 5)).unwrap();
        }
    }
    let segments = disk.files().iter().filter(|(path, _)| path.extension().is_some()).count();
    assert!(segments < 20, "{segments} files");
    let check = |wal: &Wal| {
        let slow = wal.group("slow").unwrap();
        assert_eq!(slow.read(0, 99, u64::MAX).unwrap(), (0..9).map(entry).collect::<Vec<_>>());
        assert_eq!(slow.info().unwrap().vote, Some("its vote".into()));
        assert_eq!(slow.read_note("id").unwrap(), Some("3".into()));
        let info = wal.group("quick").unwrap().info().unwrap();
        assert_eq!((info.first, info.last), (Some(1995), Some(upto(1999))));
    };
    check(&wal);
    drop(wal);
    check(&open(&disk).unwrap());
}

#[test]
fn a_limit_of_bytes_gives_the_first_entries_and_one_at_least() {
    let disk = MemoryDisk::new(1 << 24);
    let wal = open(&disk).unwrap();
    let group = wal.group("channel").unwrap();
    group.append((0..50).map(entry).collect(), nobody()).unwrap();
    // The first ones are no longer in memory.
    let two = group.read(3, 50, 250).unwrap();
    assert_eq!(two, [entry(3), entry(4)]);
    assert_eq!(group.read(47, 60, 1).unwrap(), [entry(47)]);
    assert_eq!(group.read(9, 9, 100).unwrap(), []);
    assert_eq!(group.read(9, 3, 100).unwrap(), []);
    assert_eq!(group.read(50, u64::MAX, 100).unwrap(), []);
}

/// A log with these records, whatever they are.
fn with(records: &[&[u8]]) -> Result<Wal, Error> {
    let disk = MemoryDisk::new(1 << 24);
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    let options = ledger::log::Options::default();
    let mut log = SegmentLog::open(&volume, Path::new("wal"), 2, options, 0).unwrap();
    for record in records {
        log.append(&[record]).unwrap();
    }
    log.sync().unwrap();
    drop(log);
    open(&disk)
}

#[test]
fn records_that_make_no_sense_are_refused_in_words() {
    let group: &[u8] = &[1, 0, 0, 0, 0, 0, b'c'];
    let entry = |kind: u8, index: u8| {
        let mut record = vec![1, kind, 0, 0, 0, 0];
        record.extend(u64::from(index).to_le_bytes());
        record.extend([1, 0, 0, 0, 0, 0, 0, 0, 9]);
        record
    };
    let says = |records: &[&[u8]], what: &str| {
        let error = with(records).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    };
    with(&[group, &entry(1, 0), &entry(1, 1)]).unwrap();
    says(&[&[2, 0, 0, 0, 0, 0]], "newer version");
    says(&[&[0, 0, 0, 0, 0, 0]], "never was");
    says(&[group, &[1, 9, 0, 0, 0, 0]], "record 1");
    says(&[&[1, 0, 0, 0]], "too early");
    says(&[&[1, 0, 0, 0, 0, 0, 0xff]], "UTF-8");
    says(&[group, &[1, 3, 0, 0, 0, 0, 1]], "too early");
    says(&[group, &[1, 8, 0, 0, 0, 0, 1]], "behind its end");
    says(&[group, &[1, 7, 0, 0, 0, 0, 0, 0, 2]], "neither");
    says(&[group, &entry(1, 0), &entry(1, 0)], "there already");
    says(&[group, &entry(1, 0), &entry(1, 2)], "entry 1 is not there");
    says(&[&entry(1, 0)], "no name");
    says(&[group, &[1, 0, 1, 0, 0, 0, b'c']], "two of that name");
    // What is left of a group that was removed further back than the log goes.
    with(&[&entry(1, 7), &[1, 8, 0, 0, 0, 0]]).unwrap();
}
