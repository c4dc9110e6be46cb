// SPDX-License-Identifier: Apache-2.0
//! Key derivation over the digest and HMAC of any hash family.

use super::HashFamily;
use super::mac::keyed;
use crate::{Error, Kdf, SecretBytes};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::{self, Debug};
use core::marker::PhantomData;
use digest::{Digest as _, Mac as _};
use zeroize::Zeroize;

const DIGEST_LEN: usize = 32;

pub(crate) struct KdfOf<F>(PhantomData<F>);

impl<F> KdfOf<F> {
    pub(crate) const NEW: Self = Self(PhantomData);
}

impl<F: HashFamily> Kdf for KdfOf<F> {
    fn hkdf_extract(&self, salt: &[u8], input: &[u8]) -> SecretBytes {
        // An empty key and 32 zero bytes are the same HMAC key, so no case for the empty salt.
        let mut mac = keyed::<F>(salt);
        mac.update(input);
        SecretBytes::copy_from(&mac.finalize().into_bytes())
    }

    fn hkdf_expand(
        &self,
        key: &SecretBytes,
        info: &[u8],
        len: usize,
    ) -> Result<SecretBytes, Error> {
        if key.len() < DIGEST_LEN {
            return Err(Error::Misuse("HKDF-Expand needs a key of at least 32 bytes"));
        }
        if len > 255 * DIGEST_LEN {
            return Err(Error::Misuse("HKDF gives at most 255 · 32 bytes"));
        }
        Ok(expand::<F>(key, info, len))
    }

    fn pbkdf2(
        &self,
        password: &[u8],
        salt: &[u8],
        iterations: u32,
        len: usize,
    ) -> Result<SecretBytes, Error> {
        if iterations == 0 || len == 0 {
            return Err(Error::Misuse("PBKDF2 needs at least one iteration and one byte"));
        }
        let mut out = vec![0; len];
        pbkdf2::pbkdf2::<F::Mac>(password, salt, iterations, &mut out)
            .map_err(|_| Error::Misuse("PBKDF2 does not take this password"))?;
        Ok(SecretBytes::new(out))
    }

    fn x963(&self, z: &[&[u8]], len: usize) -> Result<SecretBytes, Error> {
        x963::<F>(z, len)
    }
}

impl<F: HashFamily> Debug for KdfOf<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HKDF, PBKDF2 and counter KDF over {}", F::ALGORITHM)
    }
}

/// GB/T 32918.4 clause 5.4.3; see [`Kdf::x963`].
pub(crate) fn x963<F: HashFamily>(z: &[&[u8]], len: usize) -> Result<SecretBytes, Error> {
    let rounds = u32::try_from(len.div_ceil(DIGEST_LEN))
        .map_err(|_| Error::Misuse("the counter KDF gives at most 2³² − 1 blocks"))?;
    let mut base = F::Digest::new();
    z.iter().for_each(|part| base.update(part));
    // Full size from the start: a vector that grows leaves copies behind.
    let mut out = Vec::with_capacity(len);
    for counter in 1..=rounds {
        let mut digest = base.clone();
        digest.update(counter.to_be_bytes());
        push_upto(&mut out, &mut digest.finalize(), len);
    }
    Ok(SecretBytes::new(out))
}

/// T(i) = HMAC(key, T(i−1) ‖ info ‖ i) (RFC 5869 section 2.3).
fn expand<F: HashFamily>(key: &SecretBytes, info: &[u8], len: usize) -> SecretBytes {
    let base = keyed::<F>(key.expose());
    let mut out = Vec::with_capacity(len);
    let mut previous = [0; DIGEST_LEN];
    for counter in 1..=u8::MAX {
        if out.len() == len {
            break;
        }
        let mut mac = base.clone();
        if counter > 1 {
            mac.update(&previous);
        }
        mac.update(info);
        mac.update(&[counter]);
        let mut block = mac.finalize().into_bytes();
        previous.copy_from_slice(&block);
        push_upto(&mut out, &mut block, len);
    }
    previous.zeroize();
    SecretBytes::new(out)
}

/// Appends as much of `block` as `len` leaves room for, and wipes it.
fn push_upto(out: &mut Vec<u8>, block: &mut [u8], len: usize) {
    let room = len.saturating_sub(out.len()).min(block.len());
    out.extend(block.iter().take(room));
    block.zeroize();
}
