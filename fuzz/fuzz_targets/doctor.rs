// SPDX-License-Identifier: Apache-2.0
//! The doctor on up to three files: the input is cut at bytes of FF, and the first of each says what it
//! is. Nothing that is said holds the fixed private key.
#![no_main]

use bccsp::Suite;
use bccsp::encoding::pkcs8;
use doctor::{Input, Options, Role, examine};
use gmca_fuzz::{key_material, providers};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static KEY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    pkcs8::encode(&key_material(Suite::Gm)).expect("the fixed key is good").expose().to_vec()
});

fuzz_target!(|bytes: &[u8]| {
    if bytes.len() > 4096 {
        return;
    }
    let mut inputs = vec![Input { name: "key", bytes: &KEY, role: None }];
    for part in bytes.splitn(3, |byte| *byte == 0xff) {
        let Some((role, rest)) = part.split_first() else { continue };
        let role = match role % 5 {
            0 => None,
            1 => Some(Role::Message),
            2 => Some(Role::Signature),
            3 => Some(Role::Ciphertext),
            _ => Some(Role::Key),
        };
        inputs.push(Input { name: "file", bytes: rest, role });
    }
    let diagnosis = examine(providers(), &inputs, &Options::default());
    let said = format!("{diagnosis:?}");
    let material = key_material(Suite::Gm);
    let scalar: String =
        material.scalar().expose().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!said.contains(&scalar));
});
