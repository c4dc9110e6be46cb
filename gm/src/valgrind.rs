// SPDX-License-Identifier: Apache-2.0
//! For programs that check this crate under valgrind's memcheck: mark secrets as never written, and see
//! whether a branch or an address depends on them. Outside of valgrind nothing happens.
//!
//! Not for products: with this feature, verdicts take a detour through memory.

use crate::low::secrets::valgrind as requests;

/// Whether this runs under valgrind.
#[must_use]
pub fn running() -> bool {
    requests::running()
}

/// How many errors valgrind has found so far.
#[must_use]
pub fn errors() -> u64 {
    requests::errors()
}

/// Marks bytes as secret.
pub fn secret(bytes: &mut [u8]) {
    requests::mark_undefined(bytes);
}

/// Marks bytes as public: what was computed of secrets and is sent or shown.
pub fn public(bytes: &[u8]) {
    requests::mark_defined(bytes);
}
