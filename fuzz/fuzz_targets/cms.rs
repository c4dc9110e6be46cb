// SPDX-License-Identifier: Apache-2.0
//! Messages: BER made DER, read, judged and opened with a fixed key of either family.
#![no_main]

use bccsp::{DecryptionKey, Suite};
use cms::{Content, read, to_der};
use gmca_fuzz::{key_material, providers};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

static KEYS: LazyLock<[Arc<dyn DecryptionKey>; 2]> = LazyLock::new(|| {
    Suite::ALL.map(|suite| {
        providers().decryption_key(&key_material(suite)).expect("the fixed key is good")
    })
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(der) = to_der(bytes) {
        // What is DER already stays as it is.
        assert_eq!(to_der(&der).expect("it was made here"), der);
    }
    match read(bytes) {
        Ok(Content::Signed(message)) => {
            let _ = message.verify(providers(), None, &[]);
            let _ = message.verify(providers(), Some(b"content"), &[]);
            let _ = message.verify_gmssl(providers(), &[]);
        }
        Ok(Content::Enveloped(message)) => {
            for key in KEYS.iter() {
                if let Ok(content) = message.decrypt(providers(), &**key, None) {
                    let _ = message.verify(providers(), &content, &[]);
                }
            }
        }
        _ => {}
    }
});
