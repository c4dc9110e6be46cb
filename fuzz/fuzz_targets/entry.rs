// SPDX-License-Identifier: Apache-2.0
//! An entry, a membership, a vote or a log id of any bytes is refused in one line, or has no other
//! form: what was read encodes to the same bytes.
#![no_main]

use consensus::raft::{Encoding, Entry, LogId, Membership, Vote};
use gmca_fuzz::check_line;
use libfuzzer_sys::fuzz_target;
use proto::Bytes;

fuzz_target!(|bytes: &[u8]| {
    let Some((which, bytes)) = bytes.split_first() else { return };
    let bytes = Bytes::copy_from_slice(bytes);
    match which {
        0 => check::<Entry>(&bytes),
        1 => check::<Membership>(&bytes),
        2 => check::<Vote>(&bytes),
        _ => check::<LogId>(&bytes),
    }
});

fn check<T: Encoding>(bytes: &Bytes) {
    match T::decode(bytes) {
        Ok(value) => assert_eq!(value.encode(), bytes, "one form"),
        Err(error) => check_line(&error),
    }
}
