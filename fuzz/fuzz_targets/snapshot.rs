// SPDX-License-Identifier: Apache-2.0
//! A snapshot of any records, with checksums that are right and, when the first byte asks for it,
//! with the hashes at its end made good: it is refused, or a ledger begins from it and its own
//! snapshot holds the same.
#![no_main]

use block::Block;
use gmca_fuzz::providers;
use ledger::log::{self, SegmentLog};
use ledger::{Ledger, Options, state};
use libfuzzer_sys::fuzz_target;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use sys::Volume;
use sys::sim::MemoryDisk;

/// The kind of a snapshot's log.
const KIND: u32 = 3;
const GOOD: u8 = 1;

fuzz_target!(|bytes: &[u8]| {
    let Some((how, rest)) = bytes.split_first() else { return };
    let mut records = records(rest);
    if how & GOOD != 0 {
        let end = end(&records);
        records.push(end);
    }
    let volume: Arc<dyn Volume> = Arc::new(MemoryDisk::new(1 << 26));
    let mut log = SegmentLog::open(&volume, Path::new("s"), KIND, log::Options::default(), 0)
        .expect("an empty log");
    for record in &records {
        log.append(&[record]).expect("there is room");
    }
    log.sync().expect("in memory");
    drop(log);
    begin(&volume);
});

fn begin(volume: &Arc<dyn Volume>) {
    static PROVIDERS: LazyLock<Arc<bccsp::Providers>> = LazyLock::new(|| {
        let choice = bccsp::EngineChoice::Portable;
        let providers = bccsp::Providers::new(bccsp::Suite::Gm, choice);
        Arc::new(providers.expect("both families are compiled in"))
    });
    let (from, to) = (Path::new("s"), Path::new("c"));
    let state = state::Options { cache_size: 1 << 20, ..state::Options::default() };
    let options = Options { state, ..Options::default() };
    let Ok(base) = ledger::import((volume, from), (volume, to), options, &PROVIDERS, None) else {
        return;
    };
    let (header, end) = (base.header().clone(), base.end().clone());
    drop(base);
    let Ok(ledger) = Ledger::<Block>::open(volume, to, options, &PROVIDERS) else { return };
    assert_eq!(ledger.height(), header.height);
    if let Ok(own) = ledger.export(volume, Path::new("again")) {
        assert_eq!((own.header().height, own.end()), (header.height, &end));
    }
}

/// Pieces, each behind its length in two bytes.
fn records(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let (record, rest) =
            rest.split_at(usize::from(u16::from_be_bytes(*length)).min(rest.len()));
        records.push(record.to_vec());
        bytes = rest;
    }
    records
}

/// The record that ends these.
fn end(records: &[Vec<u8>]) -> Vec<u8> {
    let name = records.first().and_then(|header| header.get(16..)).unwrap_or_default();
    let algorithm = if name.starts_with(b"SM3") { "SM3" } else { "SHA256" };
    let algorithm = bccsp::HashAlgorithm::from_fabric_name(algorithm).expect("there are two");
    let hash = providers().hash(algorithm).expect("both families are compiled in");
    let (mut rows, mut ids, mut state, mut id_hash) = (0u64, 0u64, hash.start(), hash.start());
    for record in records.iter().skip(1) {
        match record.split_first() {
            Some((1, body)) => {
                rows += fields(body) / 2;
                state.update(body);
            }
            Some((2, body)) => {
                ids += (body.len() / 45) as u64;
                id_hash.update(body);
            }
            _ => {}
        }
    }
    let mut end = vec![3];
    end.extend(rows.to_le_bytes());
    end.extend(ids.to_le_bytes());
    end.extend(state.finish().as_ref());
    end.extend(id_hash.finish().as_ref());
    end
}

fn fields(mut body: &[u8]) -> u64 {
    let mut count = 0;
    while let Some((length, rest)) = body.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let Some((_, rest)) = rest.split_at_checked(length) else { break };
        body = rest;
        count += 1;
    }
    count
}
