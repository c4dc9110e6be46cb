// SPDX-License-Identifier: Apache-2.0
//! SM2 encryption (GB/T 32918.4) and plain Diffie-Hellman on the same curve.

use super::points::{Coordinates, Points};
use crate::encoding::sm2_ciphertext::Sm2Ciphertext;
use crate::engine::{Backend, hash_parts, x963};
use crate::{Error, SecretBytes};
use alloc::vec::Vec;
use core::marker::PhantomData;
use subtle::ConstantTimeEq;
use sys::Entropy;

/// Encrypts as the ASN.1 of GB/T 35276-2017 clause 7.2, with a random nonce.
pub(super) fn encrypt<B: Points>(
    key: &B::Public,
    entropy: &dyn Entropy,
    plaintext: &[u8],
) -> Result<Vec<u8>, Error> {
    loop {
        if let Some(ciphertext) = encrypt_with::<B>(key, &B::draw(entropy)?, plaintext)? {
            return Ok(ciphertext.to_der());
        }
    }
}

/// The same with the caller's nonce.
pub(super) fn encrypt_with_nonce<B: Points>(
    key: &B::Public,
    plaintext: &[u8],
    k: &SecretBytes,
) -> Result<Vec<u8>, Error> {
    let k = B::ephemeral(k).ok_or(Error::Misuse("the nonce is out of range"))?;
    let ciphertext = encrypt_with::<B>(key, &k, plaintext)?;
    Ok(ciphertext.ok_or(Error::Misuse("this nonce gives an all-zero key stream"))?.to_der())
}

/// Steps A2 to A7 of clause 6.1; `None` sends back to A1.
fn encrypt_with<B: Points>(
    key: &B::Public,
    k: &B::Ephemeral,
    plaintext: &[u8],
) -> Result<Option<Sm2Ciphertext>, Error> {
    if plaintext.len() > Sm2Ciphertext::MAX_DATA_LEN {
        return Err(Error::Misuse("SM2 encrypts at most 256 MiB; seal longer data"));
    }
    // A2: C1 = [k]G
    let c1 = B::ephemeral_point(k);
    // A3: S = [h]P is not infinity, because h = 1 and no key is.
    // A4, A5: t = KDF([k]P, klen), not all zero
    let shared = Shared::<B>::new(B::shared(k, key), plaintext.len())?;
    if !shared.usable() {
        return Ok(None);
    }
    // A6: C2 = M ⊕ t, A7: C3 = Hash(x2 ‖ M ‖ y2)
    let c2 = shared.xor(plaintext);
    let c3 = shared.check_value(plaintext);
    Sm2Ciphertext::new(&c1, &c3, c2).map(Some)
}

/// Steps B1 to B7 of clause 7.1. Whatever is wrong, the answer is the same.
pub(super) fn decrypt<B: Points>(
    key: &B::Private,
    ciphertext: &[u8],
) -> Result<SecretBytes, Error> {
    let ciphertext = Sm2Ciphertext::from_der(ciphertext).map_err(|_| Error::Refused)?;
    // B1, B2: C1 on the curve and not infinity
    let c1 = B::public(ciphertext.c1()).ok_or(Error::Refused)?;
    if ciphertext.c2().is_empty() {
        return Err(Error::Refused);
    }
    // B3, B4: t = KDF([d]C1, klen), not all zero
    let shared = Shared::<B>::new(B::times(key, &c1), ciphertext.c2().len())?;
    // B5, B6: the plaintext leaves only if its check value is right
    let plaintext = SecretBytes::new(shared.xor(ciphertext.c2()));
    let right = shared.check_value(plaintext.expose()).ct_eq(ciphertext.c3());
    if shared.usable() && bool::from(right) { Ok(plaintext) } else { Err(Error::Refused) }
}

/// The x coordinate of the shared point (SEC 1 section 3.3.1).
pub(super) fn agree<B: Points>(key: &B::Private, peer: &B::Public) -> SecretBytes {
    SecretBytes::copy_from(&B::times(key, peer).x)
}

/// The shared point (x2, y2) and the key stream t of it.
struct Shared<B> {
    point: Coordinates,
    stream: SecretBytes,
    engine: PhantomData<B>,
}

impl<B: Backend> Shared<B> {
    fn new(point: Coordinates, len: usize) -> Result<Self, Error> {
        let stream = x963::<B::Hash>(&[&point.x, &point.y], len)?;
        Ok(Self { point, stream, engine: PhantomData })
    }

    /// Whether any bit of the key stream is set, looking at all of them. An all-zero stream would
    /// send the plaintext in the clear; short messages can meet one.
    fn usable(&self) -> bool {
        self.stream.expose().iter().fold(0, |all, byte| all | byte) != 0
    }

    fn xor(&self, data: &[u8]) -> Vec<u8> {
        data.iter().zip(self.stream.expose()).map(|(a, b)| a ^ b).collect()
    }

    fn check_value(&self, plaintext: &[u8]) -> [u8; 32] {
        hash_parts::<B::Hash>(&self.point.x, &[plaintext, &self.point.y])
    }
}
