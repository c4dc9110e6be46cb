// SPDX-License-Identifier: Apache-2.0
//! The contract of a provider as a test suite. Whoever writes a provider runs
//! [`check_provider`] on it.
//!
//! Not here: known answers. They show that a provider computes the right algorithm; this shows
//! that it keeps the promises of the traits.

// The assertions below end a result, so they take it.
#![allow(clippy::needless_pass_by_value)]

#[cfg(all(feature = "test-hooks", any(feature = "gm", feature = "nist")))]
pub mod hooks;
mod keys;
mod points;
mod signatures;
mod symmetric;

use crate::{Error, KeyAlgorithm, Provider, Suite};

/// Lengths around the edges of blocks (16, 64 bytes), of eight blocks at once (128) and of the
/// chunks some engines work in.
const LENGTHS: [usize; 16] = [0, 1, 15, 16, 17, 31, 32, 33, 55, 56, 63, 64, 65, 127, 129, 1000];

/// Tries everything a provider promises.
///
/// # Panics
/// With a sentence that says which promise was not kept.
pub fn check_provider(provider: &dyn Provider) {
    check_description(provider);
    symmetric::check_hash(provider);
    symmetric::check_mac(provider);
    symmetric::check_kdf(provider);
    symmetric::check_aead(provider);
    symmetric::check_cipher(provider);
    signatures::check(provider);
    points::check(provider);
    keys::check_encryption(provider);
    keys::check_agreement(provider);
    keys::check_import(provider);
    #[cfg(feature = "std")]
    keys::check_sealing(provider);
}

fn check_description(provider: &dyn Provider) {
    assert!(!provider.describe().is_empty(), "describe() says who computes what");
    let names = provider.self_test().expect("a sound provider passes its self-test");
    assert!(!names.is_empty(), "self_test() names the known answers it tried");
    for (index, name) in names.iter().enumerate() {
        assert!(!names[..index].contains(name), "two known answers are called {name}");
    }
    let (mut one, mut two) = ([0; 32], [0; 32]);
    provider.random(&mut one).expect("random() fills");
    provider.random(&mut two).expect("random() fills");
    assert_ne!(one, two, "random() gives something else each time");
}

/// The kind of key of the family that the provider is not.
fn other_algorithm(provider: &dyn Provider) -> KeyAlgorithm {
    match provider.suite() {
        Suite::Nist => KeyAlgorithm::Sm2,
        Suite::Gm => KeyAlgorithm::EcP256,
    }
}

/// Repeatable bytes that are no pattern.
fn bytes(len: usize) -> alloc::vec::Vec<u8> {
    (0..len).map(|i| (i.wrapping_mul(167) ^ (i >> 3)) as u8).collect()
}

#[track_caller]
fn refused<T: core::fmt::Debug>(result: Result<T, Error>, what: &str) {
    assert!(matches!(result, Err(Error::Refused)), "{what}: expected Refused, got {result:?}");
}

#[track_caller]
fn misuse<T: core::fmt::Debug>(result: Result<T, Error>, what: &str) {
    assert!(matches!(result, Err(Error::Misuse(_))), "{what}: expected Misuse, got {result:?}");
}

#[track_caller]
fn malformed<T: core::fmt::Debug>(result: Result<T, Error>, what: &str) {
    let fits = matches!(result, Err(Error::Malformed { .. }));
    assert!(fits, "{what}: expected Malformed, got {result:?}");
}

#[track_caller]
fn unsupported<T: core::fmt::Debug>(result: Result<T, Error>, what: &str) {
    let fits = matches!(result, Err(Error::Unsupported(_)));
    assert!(fits, "{what}: expected Unsupported, got {result:?}");
}
