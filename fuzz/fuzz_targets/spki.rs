// SPDX-License-Identifier: Apache-2.0
//! Public keys: what is read is written in one form and read again.
#![no_main]

use bccsp::encoding::spki;
use gmca_fuzz::providers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(key) = spki::decode(providers(), bytes) else { return };
    assert_eq!(spki::decode(providers(), &spki::encode(&key)).ok(), Some(key));
    let _ = providers().verifying_key(&key);
});
