// SPDX-License-Identifier: Apache-2.0
//! What the targets have in common. The targets are in `fuzz_targets/`, one for each parser; the
//! inputs they start from are in `seeds/`, made by `cargo run --example seeds`.
#![forbid(unsafe_code)]

use bccsp::{EngineChoice, Providers, Suite};
use std::sync::LazyLock;

/// Both families, computed portably.
pub fn providers() -> &'static Providers {
    static PROVIDERS: LazyLock<Providers> = LazyLock::new(|| {
        Providers::new(Suite::Gm, EngineChoice::Portable).expect("both families are compiled in")
    });
    &PROVIDERS
}

/// The environment of configuration files: nothing is set but one name.
pub fn variable(name: &str) -> Option<String> {
    (name == "HOME").then(|| "/x".to_owned())
}

/// A private key that everybody knows: the number 1 to 32 in bytes.
pub fn key_material(suite: Suite) -> bccsp::KeyMaterial {
    let scalar: Vec<u8> = (1..=32).collect();
    bccsp::KeyMaterial::new(suite.key_algorithm(), bccsp::SecretBytes::new(scalar), None)
        .expect("32 bytes")
}
