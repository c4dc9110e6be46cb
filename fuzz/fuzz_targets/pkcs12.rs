// SPDX-License-Identifier: Apache-2.0
//! PKCS#12 bags under the password `password`; inputs that ask for many rounds are passed over.
#![no_main]

use bccsp::SecretBytes;
use cms::pkcs12;
use gmca_fuzz::providers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Rounds are INTEGERs of one byte in what is looked at: 02 02 and 02 03 are larger ones.
    if bytes.windows(2).any(|pair| matches!(pair, [2, 2..=5])) {
        return;
    }
    let password = SecretBytes::copy_from(b"password");
    let _ = pkcs12::is_bag(bytes);
    if let Ok(bag) = pkcs12::read(providers(), bytes, &password) {
        for key in &bag.keys {
            let _ = bag.certificate_of(key);
            let _ = providers().signing_key(&key.value);
        }
    }
});
