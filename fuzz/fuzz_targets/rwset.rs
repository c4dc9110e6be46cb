// SPDX-License-Identifier: Apache-2.0
//! Read/write sets of any bytes: judged over a small state, twice in one block, and taken in; what
//! a replay makes of the block is the same.
#![no_main]

use block::ReadWriteSet;
use gmca_fuzz::{providers, state};
use ledger::mvcc::{self, Candidate, KnownIds};
use libfuzzer_sys::fuzz_target;
use proto::Bytes;
use proto::protos::TxValidationCode::Valid;

struct NoIds;

impl KnownIds for NoIds {
    fn has_id(&self, _: &str) -> Result<bool, ledger::Error> {
        Ok(false)
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(set) = ReadWriteSet::decode(&Bytes::copy_from_slice(bytes)) else { return };
    let hash = providers().default_provider().hash().expect("a hash");
    let both = ["1", "2"].map(|id| Candidate { id, code: Valid, set: Some(&set) });
    let judged = mvcc::validate(state(), &NoIds, hash, 1, &both).expect("never an error");
    let valid = judged.codes.iter().map(|code| (*code == Valid, Some(&set)));
    let updates = mvcc::replay(state(), hash, 1, valid).expect("never an error");
    assert_eq!(updates, judged.updates);
    let filter: Vec<u8> = judged.codes.iter().map(|code| *code as i32 as u8).collect();
    let _ = ledger::commit_hash(hash, &filter, &updates, None);
});
