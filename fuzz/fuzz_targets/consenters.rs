// SPDX-License-Identifier: Apache-2.0
//! Any bytes as a message between consenters, a request and an answer: what can be read has one
//! form, and nothing panics.
#![no_main]

use consensus::raft::testing;
use libfuzzer_sys::fuzz_target;
use proto::Bytes;

fuzz_target!(|bytes: &[u8]| {
    let bytes = Bytes::copy_from_slice(bytes);
    for read in [testing::request, testing::reply] {
        if let Ok(again) = read(&bytes) {
            assert_eq!(again, bytes, "one form");
        }
    }
});
