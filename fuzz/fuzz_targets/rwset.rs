// SPDX-License-Identifier: Apache-2.0
//! Read/write sets of any bytes: judged over a small state, twice in one block, and taken in; what
//! a replay makes of the block is the same.
#![no_main]

use block::ReadWriteSet;
use gmca_fuzz::providers;
use ledger::mvcc::{self, Candidate, KnownIds};
use ledger::simulator::Simulator;
use ledger::state::{Options, Snapshot, State};
use libfuzzer_sys::fuzz_target;
use proto::Bytes;
use proto::prost::Message;
use proto::protos::TxValidationCode::Valid;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use sys::Volume;
use sys::sim::MemoryDisk;

struct NoIds;

impl KnownIds for NoIds {
    fn has_id(&self, _: &str) -> Result<bool, ledger::Error> {
        Ok(false)
    }
}

/// A state with 60 keys, so that a range over them is summed up in hashes.
static STATE: LazyLock<Snapshot> = LazyLock::new(|| {
    let disk: Arc<dyn Volume> = Arc::new(MemoryDisk::new(1 << 26));
    let options = Options { cache_size: 1 << 20, ..Options::default() };
    let state = Box::leak(Box::new(State::open(&disk, Path::new("c"), options).expect("empty")));
    let hash = providers().default_provider().hash().expect("a hash");
    let mut simulator = Simulator::new(state.snapshot().expect("memory"), hash);
    for number in 0..60 {
        simulator.put("ns", &format!("k{number:02}"), "v".into()).expect("a write");
        simulator.put_private("ns", "c", &format!("k{number}"), "v".into()).expect("a write");
    }
    let set = simulator.finish().public.encode_to_vec().into();
    let set = ReadWriteSet::decode(&set).expect("our own");
    let now = state.snapshot().expect("memory");
    let updates = mvcc::replay(&now, hash, 0, [(true, Some(&set))]).expect("memory");
    state.commit(&updates, None, hash.digest(&[])).expect("memory");
    state.snapshot().expect("memory")
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(set) = ReadWriteSet::decode(&Bytes::copy_from_slice(bytes)) else { return };
    let hash = providers().default_provider().hash().expect("a hash");
    let both = ["1", "2"].map(|id| Candidate { id, code: Valid, set: Some(&set) });
    let judged = mvcc::validate(&STATE, &NoIds, hash, 1, &both).expect("never an error");
    let valid = judged.codes.iter().map(|code| (*code == Valid, Some(&set)));
    let updates = mvcc::replay(&STATE, hash, 1, valid).expect("never an error");
    assert_eq!(updates, judged.updates);
    let filter: Vec<u8> = judged.codes.iter().map(|code| *code as i32 as u8).collect();
    let _ = ledger::commit_hash(hash, &filter, &updates, None);
});
