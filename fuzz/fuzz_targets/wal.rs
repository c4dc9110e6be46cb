// SPDX-License-Identifier: Apache-2.0
//! A log of agreement of any records, with checksums that are right: it is refused in one line, or
//! all that it says it has can be read, is the same when it is opened again, and it takes more.
#![no_main]

use consensus::wal::{Entry, GroupInfo, Options, SyncAtOnce, Wal};
use gmca_fuzz::check_line;
use ledger::log::{self, SegmentLog};
use libfuzzer_sys::fuzz_target;
use std::path::Path;
use std::sync::Arc;
use sys::Volume;
use sys::sim::MemoryDisk;

const DIR: &str = "w";
/// The kind of its segments.
const KIND: u32 = 2;
const SIZE: u64 = 1 << 9;

fuzz_target!(|bytes: &[u8]| {
    let volume: Arc<dyn Volume> = Arc::new(MemoryDisk::new(1 << 26));
    let options = log::Options { segment_size: SIZE, salt: 3 };
    let mut log = SegmentLog::open(&volume, Path::new(DIR), KIND, options, 0).expect("empty");
    let mut rest = bytes;
    while let Some((length, behind)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length)).min(behind.len());
        let (record, behind) = behind.split_at(length);
        log.append(&[record]).expect("there is room");
        rest = behind;
    }
    log.sync().expect("in memory");
    drop(log);
    let Some(wal) = open(&volume) else { return };
    let before = all(&wal);
    drop(wal);
    let wal = open(&volume).expect("it opened before");
    assert_eq!(all(&wal), before, "the same a second time");
    more(&wal);
    let after = all(&wal);
    drop(wal);
    assert_eq!(all(&open(&volume).expect("it opened before")), after, "what was written is there");
});

fn open(volume: &Arc<dyn Volume>) -> Option<Wal> {
    let options = Options { segment_size: SIZE, salt: 3, cached_bytes: 100 };
    let opened = Wal::open(volume, Path::new(DIR), options, Box::new(SyncAtOnce));
    opened.inspect_err(|error| check_line(error)).ok()
}

type Held = (String, GroupInfo, Vec<Entry>, Vec<(String, proto::Bytes)>);

fn all(wal: &Wal) -> Vec<Held> {
    let held = |name: String| {
        let group = wal.group(&name).expect("it is listed");
        let entries = group.read(0, u64::MAX, u64::MAX).expect("it is there");
        let notes = group.notes().expect("they are there").into_iter().collect();
        (name, group.info().expect("it is there"), entries, notes)
    };
    wal.groups().into_iter().map(held).collect()
}

/// Another entry for each group, and enough in one of them that old segments go.
fn more(wal: &Wal) {
    for name in wal.groups() {
        let group = wal.group(&name).expect("it is listed");
        let next = group
            .info()
            .expect("it is there")
            .last
            .map_or(Some(0), |last| last.index.checked_add(1));
        let Some(index) = next.filter(|index| *index < u64::MAX) else { continue };
        let entry = Entry { index, term: 1, kind: 0, body: "more".into() };
        group.append(vec![entry], Box::new(|safe| safe.expect("in memory"))).expect("it follows");
    }
    let busy = wal.group("busy").expect("in memory");
    for number in 0..40_u8 {
        let value = Some(vec![number; 60].into());
        busy.note("key", value, Box::new(|safe| safe.expect("in memory"))).expect("it fits");
    }
}
