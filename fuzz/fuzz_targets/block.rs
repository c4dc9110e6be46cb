// SPDX-License-Identifier: Apache-2.0
//! Blocks: read, written and read again; every layer opened, every check asked.
#![no_main]

use bccsp::Suite;
use block::{Block, Envelope, UpdateBatch, canonical};
use gmca_fuzz::providers;
use libfuzzer_sys::fuzz_target;
use proto::common;
use proto::prost::Message;

fuzz_target!(|bytes: &[u8]| {
    let Ok(block) = Block::decode(bytes.to_vec()) else { return };
    assert_eq!(Block::decode(block.encode()).ok().as_ref(), Some(&block));
    let hash = providers().get(Suite::Gm).and_then(|provider| provider.hash());
    let hash = hash.expect("both families are compiled in");
    let checks = [block.check(hash), block.check_link(block.header(), hash)];
    for error in checks.into_iter().filter_map(Result::err) {
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
    }
    let metadata = block.metadata();
    let _ = (block.signatures(), metadata.last_config(), metadata.commit_hash(), block.is_config());
    let mut batch = UpdateBatch::new(block.number(), hash);
    for (place, entry) in block.entries().iter().enumerate() {
        let again = common::Envelope::decode(entry.clone()).ok().filter(|envelope| {
            !envelope.payload.is_empty()
                && !envelope.signature.is_empty()
                && envelope.encode_to_vec() == *entry
        });
        assert_eq!(canonical::envelope(entry).is_ok(), again.is_some());
        let Ok(transaction) = Envelope::open(entry.clone()).and_then(|e| e.transaction()) else {
            continue;
        };
        for action in &transaction.actions {
            if let Ok(rwset) = action.rwset() {
                batch.add(place as u64, &rwset);
            }
        }
        let _ = metadata.verdict(place);
    }
    let _ = batch.commit_hash(metadata.filter(), None, hash);
});
