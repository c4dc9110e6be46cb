// SPDX-License-Identifier: Apache-2.0
//! A segment of any bytes, as the last one of a log and as one before the last, as it is or with
//! its checksums made good: a log that opens gives the same records each time it is asked, takes
//! another, and has it after it was opened again. A block store over it never panics.
#![no_main]

use ledger::blocks::{BlockStore, Options as BlockOptions};
use ledger::log::{Options, Record, SegmentLog};
use libfuzzer_sys::fuzz_target;
use std::path::Path;
use std::sync::Arc;
use sys::sim::MemoryDisk;
use sys::{Access, Disk, Volume};

const LAST: u8 = 1;
const GOOD: u8 = 2;
const INDEX: u8 = 4;
/// The kind of a block store's log.
const KIND: u32 = 1;
const OPTIONS: Options = Options { segment_size: 1 << 12, salt: 3 };

fuzz_target!(|bytes: &[u8]| {
    let Some((how, bytes)) = bytes.split_first() else { return };
    let mut segment = bytes.to_vec();
    if how & GOOD != 0 {
        make_good(&mut segment);
    }
    let disk = MemoryDisk::new(1 << 24);
    put(&disk, "c/blocks/00000000000000000000.seg", &segment);
    if how & LAST == 0 {
        let count = u64::from(how >> 4);
        put(&disk, &format!("c/blocks/{count:020}.seg"), &header(count, 0));
    }
    if how & INDEX != 0 {
        put(&disk, "c/blocks/00000000000000000000.idx", bytes);
    }
    let Some(mut records) = read(&disk, None) else { return };
    assert_eq!(read(&disk, None).as_ref(), Some(&records), "the same a second time");
    records.extend(read(&disk, Some(b"more")).expect("it opened before").pop());
    let (last, after) = (records.last().expect("appended"), read(&disk, None).expect("as before"));
    assert_eq!((after.last(), after.len()), (Some(last), records.len()));
    let volume: Arc<dyn Volume> = Arc::new(disk);
    let _ = BlockStore::<block::Block>::open(&volume, Path::new("c"), BlockOptions::default(), 0);
});

fn put(disk: &MemoryDisk, path: &str, bytes: &[u8]) {
    disk.replace(Path::new(path), bytes, Access::Private).expect("in memory");
}

/// Opens the log, appends, and gives the records that can be read.
fn read(disk: &MemoryDisk, more: Option<&[u8]>) -> Option<Vec<Record>> {
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    let dir = Path::new("c/blocks");
    let mut log = SegmentLog::open(&volume, dir, KIND, OPTIONS, 0).ok()?;
    if let Some(more) = more {
        log.append(&[more]).expect("there is room");
        log.sync().expect("in memory");
    }
    let reader = log.reader();
    let sequences = reader.first()..reader.next_sequence();
    let verified = reader.verify(&mut |_| Ok(())).is_ok();
    let all = sequences.map(|sequence| (sequence, reader.read(sequence)));
    let records: Vec<Record> = all
        .filter_map(|(sequence, read)| {
            assert!(read.is_ok() || !verified, "what was verified can be read");
            read.ok().map(|payload| Record { sequence, payload })
        })
        .collect();
    assert!(!verified || reader.iter(reader.first()).flatten().eq(records.iter().cloned()));
    Some(records)
}

fn header(first: u64, salt: u32) -> Vec<u8> {
    let mut header = b"GMCA-LOG".to_vec();
    header.extend([1u32, KIND].into_iter().flat_map(u32::to_le_bytes));
    header.extend(first.to_le_bytes());
    header.extend(salt.to_le_bytes());
    header.extend(crc(0, &header).to_le_bytes());
    header
}

/// Gives the segment a good header, and each record good checksums, a small length, and a sequence
/// number and a mark that are mostly right.
fn make_good(segment: &mut [u8]) {
    let Some((head, mut rest)) = segment.split_first_chunk_mut::<32>() else { return };
    let salt = u32::from_le_bytes([head[24], head[25], head[26], head[27]]);
    head.copy_from_slice(&header(0, salt));
    let mut sequence = 0u64;
    while let Some((record, behind)) = rest.split_first_chunk_mut::<28>() {
        let length = usize::from(record[0]).min(behind.len());
        record[..4].copy_from_slice(&(length as u32).to_le_bytes());
        let odd = u64::from(record[4] / 250);
        record[4..12].copy_from_slice(&(sequence + odd).to_le_bytes());
        let durable = sequence.saturating_sub(u64::from(record[12] % 4));
        record[12..20].copy_from_slice(&durable.to_le_bytes());
        let (payload, behind) = behind.split_at_mut(length);
        let broken = u32::from(record[20] / 250);
        record[20..24].copy_from_slice(&(crc(salt, payload) ^ broken).to_le_bytes());
        let broken = u32::from(record[24] / 250);
        let good = crc(salt, &record[..24]) ^ broken;
        record[24..].copy_from_slice(&good.to_le_bytes());
        rest = behind;
        sequence += 1;
    }
}

/// CRC32C, bit by bit.
fn crc(start: u32, bytes: &[u8]) -> u32 {
    let mut crc = !start;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0x82f6_3b78 & 0u32.wrapping_sub(crc & 1));
        }
    }
    !crc
}
