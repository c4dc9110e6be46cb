// SPDX-License-Identifier: Apache-2.0
//! Sealed files, opened with fixed keys of both families.
#![no_main]

use bccsp::{DecryptionKey, Suite, seal};
use gmca_fuzz::{key_material, providers};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

static KEYS: LazyLock<[(Suite, Arc<dyn DecryptionKey>); 2]> = LazyLock::new(|| {
    Suite::ALL.map(|suite| {
        let key = providers().decryption_key(&key_material(suite));
        (suite, key.expect("the fixed key is good"))
    })
});

fuzz_target!(|bytes: &[u8]| {
    let named = seal::suite_of(bytes);
    for (suite, key) in KEYS.iter() {
        let provider = providers().get(*suite).expect("both families are compiled in");
        let mut input = bytes;
        let opened = seal::decrypt(&**provider, &**key, &mut input, &mut Vec::new());
        assert!(opened.is_err() || named == Some(*suite));
    }
});
