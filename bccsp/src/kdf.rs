// SPDX-License-Identifier: Apache-2.0
//! Key derivation with the family's hash function.

use crate::{Error, SecretBytes};
use core::fmt::Debug;

/// A family's key derivation functions.
pub trait Kdf: Debug + Send + Sync {
    /// HKDF-Extract (RFC 5869 section 2.2): a 32-byte pseudorandom key. An empty `salt` counts
    /// as 32 zero bytes.
    fn hkdf_extract(&self, salt: &[u8], input: &[u8]) -> SecretBytes;

    /// HKDF-Expand (RFC 5869 section 2.3).
    ///
    /// # Errors
    /// [`Error::Misuse`] when `len` is more than 255 · 32 bytes or `key` is shorter than 32.
    fn hkdf_expand(&self, key: &SecretBytes, info: &[u8], len: usize)
    -> Result<SecretBytes, Error>;

    /// Extract, then expand.
    ///
    /// # Errors
    /// As [`hkdf_expand`](Self::hkdf_expand).
    fn hkdf(
        &self,
        salt: &[u8],
        input: &[u8],
        info: &[u8],
        len: usize,
    ) -> Result<SecretBytes, Error> {
        self.hkdf_expand(&self.hkdf_extract(salt, input), info, len)
    }

    /// PBKDF2 with HMAC (RFC 8018 section 5.2).
    ///
    /// # Errors
    /// [`Error::Misuse`] when `iterations` or `len` is zero.
    fn pbkdf2(
        &self,
        password: &[u8],
        salt: &[u8],
        iterations: u32,
        len: usize,
    ) -> Result<SecretBytes, Error>;

    /// The counter KDF of GB/T 32918.4 clause 5.4.3 (the same construction as ANSI X9.63 without
    /// shared info): hash of `z` and a 32-bit counter from 1, until there are `len` bytes.
    ///
    /// # Errors
    /// [`Error::Misuse`] when `len` needs more than 2³² − 1 rounds.
    fn x963(&self, z: &[&[u8]], len: usize) -> Result<SecretBytes, Error>;
}
