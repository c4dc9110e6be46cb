// SPDX-License-Identifier: Apache-2.0
//! Private key files without a password: what is taken in is written in both forms and read again.
#![no_main]

use bccsp::encoding::private_key::{self, no_password};
use gmca_fuzz::providers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = private_key::is_protected(bytes);
    let Ok(key) = private_key::decode(providers(), bytes, &no_password) else { return };
    let Ok(handle) = providers().signing_key(&key) else { return };
    for written in [private_key::encode(&key), private_key::encode_sec1(&key)] {
        let written = written.expect("a key that was read can be written");
        let again = private_key::decode(providers(), written.expose(), &no_password);
        let again = providers().signing_key(&again.expect("our own key file")).expect("our own");
        assert_eq!(again.verifying_key().public_key(), handle.verifying_key().public_key());
    }
});
