// SPDX-License-Identifier: Apache-2.0
//! Readers of a log that is written to, cut and pruned meanwhile.

use gmca_ledger::Error;
use gmca_ledger::log::{Options, Reader, SegmentLog};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use sys::Volume;
use sys::sim::{MemoryDisk, Watch, Watched};

fn open(volume: impl Volume + 'static) -> SegmentLog {
    let volume: Arc<dyn Volume> = Arc::new(volume);
    let options = Options { segment_size: 300, salt: 1 };
    SegmentLog::open(&volume, Path::new("log"), 1, options, 0).unwrap()
}

fn append(log: &mut SegmentLog, count: usize) {
    for _ in 0..count {
        log.append(&[b"record ", &log.next_sequence().to_le_bytes()]).unwrap();
    }
    log.sync().unwrap();
}

/// Reads all of it, and says how many records there were. One may go meanwhile, none may be wrong.
fn read_all(reader: &Reader, range: Range<u64>) -> u64 {
    let mut seen = 0;
    for sequence in range {
        match reader.read(sequence) {
            Ok(payload) => {
                assert_eq!(payload[7..], sequence.to_le_bytes());
                seen += 1;
            }
            Err(Error::Refused(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    seen
}

#[test]
fn a_reader_after_every_single_change_of_the_disk_finds_nothing_damaged() {
    let looking = Arc::new(Looking::default());
    let watch: Arc<dyn Watch> = Arc::clone(&looking) as _;
    let mut log = open(Watched::new(&MemoryDisk::new(1 << 22), watch));
    looking.reader.set(log.reader().clone()).unwrap();
    // More segments than are kept open.
    append(&mut log, 250);
    log.truncate_from(249).unwrap();
    log.truncate_from(225).unwrap();
    append(&mut log, 20);
    log.prune_before(20).unwrap();
    log.restart_at(300).unwrap();
    append(&mut log, 20);
    assert_eq!(read_all(log.reader(), 0..400), 20);
    assert!(looking.looks.load(Relaxed) > 50, "it was hardly watched");
}

#[test]
fn readers_go_on_while_it_is_written_cut_and_pruned() {
    let mut log = open(MemoryDisk::new(1 << 22));
    append(&mut log, 50);
    let reader = log.reader().clone();
    let (seen, done) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            while !done.load(Relaxed) {
                seen.fetch_add(read_all(&reader, reader.first()..reader.next_sequence()), Relaxed);
            }
        });
        let mut round = 0;
        while round < 200 || (seen.load(Relaxed) < 5_000 && !reading.is_finished()) {
            append(&mut log, 5);
            if round % 3 == 0 {
                log.truncate_from(log.next_sequence() - 4).unwrap();
            }
            if round % 10 == 0 {
                log.prune_before(log.next_sequence() - 40).unwrap();
            }
            round += 1;
        }
        done.store(true, Relaxed);
        reading.join().unwrap();
    });
}

/// Reads the log right after every change of the disk.
#[derive(Debug, Default)]
struct Looking {
    reader: OnceLock<Reader>,
    /// The reader makes files of places; it is not to be called by that.
    looking: AtomicBool,
    looks: AtomicU64,
}

impl Watch for Looking {
    fn changed(&self) {
        let Some(reader) = self.reader.get() else { return };
        if !self.looking.swap(true, Relaxed) {
            read_all(reader, 0..400);
            self.looks.fetch_add(1, Relaxed);
            self.looking.store(false, Relaxed);
        }
    }

    fn synced(&self) {
        self.changed();
    }
}
