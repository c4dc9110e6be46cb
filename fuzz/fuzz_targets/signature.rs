// SPDX-License-Identifier: Apache-2.0
//! Signatures, and the gm family's ciphertexts and enveloped keys, in all their encodings.
#![no_main]

use bccsp::encoding::signature::RawSignature;
use bccsp::encoding::sm2_ciphertext::Sm2Ciphertext;
use bccsp::encoding::sm2_enveloped_key;
use bccsp::{Context, DecryptionKey, Suite, VerifyingKey};
use gmca_fuzz::{key_material, providers};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

static VERIFYING: LazyLock<[Arc<dyn VerifyingKey>; 2]> = LazyLock::new(|| {
    Suite::ALL.map(|suite| {
        let key = providers().signing_key(&key_material(suite)).expect("the fixed key is good");
        Arc::clone(key.verifying_key())
    })
});

static DECRYPTING: LazyLock<Arc<dyn DecryptionKey>> = LazyLock::new(|| {
    providers().decryption_key(&key_material(Suite::Gm)).expect("the fixed key is good")
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(signature) = RawSignature::from_der(bytes) {
        assert_eq!(signature.to_der(), bytes);
    }
    let _ = RawSignature::from_raw(bytes);
    for suite in Suite::ALL {
        let _ = RawSignature::from_raw_with_public_key(suite.key_algorithm(), bytes);
    }
    for key in VERIFYING.iter() {
        let _ = key.verify(Context::Fabric, &[b"message"], bytes);
    }
    ciphertexts(bytes);
});

fn ciphertexts(bytes: &[u8]) {
    if let Ok(ciphertext) = Sm2Ciphertext::from_der(bytes) {
        assert_eq!(ciphertext.to_der(), bytes);
        let again = Sm2Ciphertext::from_c1c2c3(&ciphertext.to_c1c2c3());
        assert_eq!(again.ok(), Some(ciphertext));
    }
    let _ = Sm2Ciphertext::from_c1c3c2(bytes);
    let _ = DECRYPTING.decrypt(bytes);
    let gm = providers().get(Suite::Gm).expect("both families are compiled in");
    let _ = sm2_enveloped_key::open(&**gm, &**DECRYPTING, bytes);
}
