// SPDX-License-Identifier: Apache-2.0
//! Seals and block modes as the border hands them out: gated, with random nonces or the caller's.

use crate::hazmat::NonceAead;
use crate::health::Health;
use crate::modes::RawAead;
use crate::{Aead, Cipher, Error};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::{self, Debug};
use sys::Entropy;
use zeroize::Zeroize;

pub(super) const NONCE_LEN: usize = 12;
pub(super) const TAG_LEN: usize = 16;

/// A seal that draws its own nonces.
pub(super) struct RandomNonce {
    pub(super) health: Arc<Health>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) inner: Box<dyn RawAead>,
}

impl Aead for RandomNonce {
    fn seal(&self, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        self.health.check()?;
        let mut nonce = [0; NONCE_LEN];
        self.entropy.fill(&mut nonce)?;
        sealed(&*self.inner, &nonce, aad, plaintext, &nonce, TAG_LEN)
    }

    fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
        self.health.check()?;
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(Error::Refused)?;
        opened(&*self.inner, nonce, aad, rest, TAG_LEN)
    }
}

impl Debug for RandomNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Aead")
    }
}

/// A seal with the caller's nonces.
pub(super) struct GivenNonce {
    pub(super) health: Arc<Health>,
    pub(super) inner: Box<dyn RawAead>,
    pub(super) nonce_len: usize,
    pub(super) tag_len: usize,
}

impl NonceAead for GivenNonce {
    fn seal(&self, nonce: &[u8], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        self.health.check()?;
        if nonce.len() != self.nonce_len {
            return Err(Error::Misuse("a nonce of another length than agreed"));
        }
        sealed(&*self.inner, nonce, aad, plaintext, &[], self.tag_len)
    }

    fn open(&self, nonce: &[u8], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
        self.health.check()?;
        if nonce.len() != self.nonce_len {
            return Err(Error::Refused);
        }
        opened(&*self.inner, nonce, aad, sealed, self.tag_len)
    }
}

impl Debug for GivenNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NonceAead")
    }
}

/// A block mode that stops when the provider fails.
pub(super) struct GatedCipher {
    pub(super) health: Arc<Health>,
    pub(super) inner: Box<dyn Cipher>,
}

impl Cipher for GatedCipher {
    fn encrypt(&self, iv: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        self.health.check()?;
        self.inner.encrypt(iv, plaintext)
    }

    fn decrypt(&self, iv: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, Error> {
        self.health.check()?;
        self.inner.decrypt(iv, ciphertext)
    }
}

impl Debug for GatedCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cipher")
    }
}

/// head ‖ ciphertext ‖ tag, in one allocation.
fn sealed(
    aead: &dyn RawAead,
    nonce: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    head: &[u8],
    tag_len: usize,
) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(head.len() + plaintext.len() + tag_len);
    out.extend_from_slice(head);
    out.extend_from_slice(plaintext);
    let body = out.get_mut(head.len()..).unwrap_or_default();
    let tag = match aead.seal_in_place(nonce, aad, body) {
        Ok(tag) => tag,
        Err(error) => {
            out.zeroize();
            return Err(error);
        }
    };
    out.extend(tag.iter().take(tag_len));
    Ok(out)
}

fn opened(
    aead: &dyn RawAead,
    nonce: &[u8],
    aad: &[u8],
    sealed: &[u8],
    tag_len: usize,
) -> Result<Vec<u8>, Error> {
    let body_len = sealed.len().checked_sub(tag_len).ok_or(Error::Refused)?;
    let (body, tag) = sealed.split_at_checked(body_len).ok_or(Error::Refused)?;
    let mut out = body.to_vec();
    // CCM decrypts before it can check: nothing of that may survive a wrong tag.
    if aead.open_in_place(nonce, aad, &mut out, tag).is_err() {
        out.zeroize();
        return Err(Error::Refused);
    }
    Ok(out)
}
