// SPDX-License-Identifier: Apache-2.0
//! Private and public keys, and signatures with them.

use super::{Error, SharedPoint};
use crate::low::sm2::at_best_level;
use crate::mid::leavings::{SM2, wiped};
use crate::mid::sm2::{self as mid, Affine, Comb, Scalar, Signer};
use alloc::boxed::Box;
use core::fmt;
use zeroize::Zeroizing;

/// A private key d with its public key and (1 + d)⁻¹, made once. About 200 bytes, of which the secret ones
/// stay where they are when the key is moved.
pub struct SigningKey {
    pub(super) signer: Box<Signer>,
    public: VerifyingKey,
}

impl SigningKey {
    /// Reads d from 32 bytes, most significant first. One base multiplication and two inversions.
    ///
    /// # Errors
    /// [`Error::PrivateKey`] unless 1 ≤ d ≤ n − 2.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Error> {
        wiped::<SM2, _>(|| Self::from_scalar(&Scalar::from_bytes(bytes)?)).ok_or(Error::PrivateKey)
    }

    /// Makes a key of 64 random bytes, modulo the order (FIPS 186-5 A.2.1, extra random bits).
    ///
    /// # Errors
    /// That of the source of randomness.
    pub fn generate<E>(mut entropy: impl FnMut(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut bytes = Zeroizing::new([0; 64]);
        entropy(&mut *bytes)?;
        let key = wiped::<SM2, _>(|| Self::from_scalar(&Scalar::reduce_to_private(&bytes)));
        let Some(key) = key else { unreachable!("the number is in the range of private keys") };
        Ok(key)
    }

    /// `None` for n − 1. `d` must not be 0.
    fn from_scalar(d: &Scalar) -> Option<Self> {
        at_best_level!(l => {
            let public = mid::multiply_base(l, d).to_affine(l);
            Self::with_public(d, public)
        })
    }

    /// As [`from_scalar`](Self::from_scalar), with \[d\]G.
    pub(super) fn with_public(d: &Scalar, public: Affine) -> Option<Self> {
        let signer = at_best_level!(l => Signer::new(l, d))?;
        Some(Self { signer: Box::new(signer), public: VerifyingKey::new(public) })
    }

    /// d.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.signer.d().to_bytes())
    }

    /// The public key.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// Signs a digest e = SM3(Z_A ‖ M); gives r ‖ s (GB/T 32918.2 clause 6.1).
    ///
    /// The nonce is made of the key, the digest and 32 fresh random bytes: a source that repeats
    /// itself gives no key away, and a signature repeated under a fault has another nonce.
    ///
    /// # Errors
    /// That of the source of randomness.
    pub fn sign_digest<E>(
        &self,
        e: &[u8; 32],
        mut entropy: impl FnMut(&mut [u8]) -> Result<(), E>,
    ) -> Result<[u8; 64], E> {
        let mut random = Zeroizing::new([0; 32]);
        entropy(&mut *random)?;
        Ok(self.sign_digest_from(e, &random))
    }

    /// Apart from [`sign_digest`](Self::sign_digest), so that it is compiled once, and here.
    fn sign_digest_from(&self, e: &[u8; 32], random: &[u8; 32]) -> [u8; 64] {
        let sign = |counter| {
            let k = mid::nonce(self.signer.d(), random, e, counter)?;
            at_best_level!(l => self.signer.sign(l, e, &k))
        };
        let mut counter = 0;
        loop {
            if let Some(signature) = wiped::<SM2, _>(|| sign(counter)) {
                return signature;
            }
            // Not once in 2²⁵⁴ nonces.
            counter += 1;
        }
    }

    /// Hazardous: signs with the caller's nonce. Two digests under one nonce, or a nonce of which
    /// some bits are known, give the key away. For known answers.
    ///
    /// # Errors
    /// [`Error::Nonce`] unless 1 ≤ k ≤ n − 1, and if this nonce gives no signature.
    pub fn sign_digest_with(&self, e: &[u8; 32], k: &[u8; 32]) -> Result<[u8; 64], Error> {
        let sign = || {
            let k = Scalar::from_bytes(k)?;
            at_best_level!(l => self.signer.sign(l, e, &k))
        };
        wiped::<SM2, _>(sign).ok_or(Error::Nonce)
    }

    /// \[d\]P, for key agreement and for decryption. The cofactor is 1.
    #[must_use]
    pub fn diffie_hellman(&self, peer: &VerifyingKey) -> SharedPoint {
        SharedPoint::multiply(self.signer.d(), peer)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}

/// A public key: a point on the curve, not infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyingKey(pub(super) Affine);

impl VerifyingKey {
    pub(super) fn new(point: Affine) -> Self {
        Self(point)
    }

    /// Reads 04 ‖ x ‖ y.
    ///
    /// # Errors
    /// [`Error::PublicKey`] for any other form and for what is not on the curve.
    pub fn from_bytes(bytes: &[u8; 65]) -> Result<Self, Error> {
        let point = at_best_level!(l => Affine::from_bytes(l, bytes));
        point.map(Self).ok_or(Error::PublicKey)
    }

    /// Reads 04 ‖ x ‖ y, or compressed 02 ‖ x or 03 ‖ x (GB/T 32918.1 clause 4.2.9). The hybrid
    /// form and infinity are refused.
    ///
    /// # Errors
    /// [`Error::PublicKey`] for any other form and for what is not on the curve.
    pub fn from_sec1(bytes: &[u8]) -> Result<Self, Error> {
        if let Ok(bytes) = <&[u8; 65]>::try_from(bytes) {
            return Self::from_bytes(bytes);
        }
        let bytes = <&[u8; 33]>::try_from(bytes).map_err(|_| Error::PublicKey)?;
        let point = at_best_level!(l => Affine::from_compressed(l, bytes));
        point.map(Self).ok_or(Error::PublicKey)
    }

    /// 04 ‖ x ‖ y.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 65] {
        at_best_level!(l => self.0.to_bytes(l))
    }

    /// Whether r ‖ s is this key's signature over the digest e (GB/T 32918.2 clause 7.1).
    #[must_use]
    pub fn verify_digest(&self, e: &[u8; 32], signature: &[u8; 64]) -> bool {
        at_best_level!(l => mid::verify(l, &self.0, e, signature))
    }

    /// Makes the table of a key that verifies many signatures.
    #[must_use]
    pub fn prepare(&self) -> PreparedKey {
        let table = at_best_level!(l => Comb::new(l, &self.0));
        PreparedKey { key: *self, table }
    }
}

/// A public key with a table of its multiples: 148 KiB. It costs about as much as a dozen
/// verifications to make, and each verification with it is about four times as fast.
#[derive(Debug)]
pub struct PreparedKey {
    key: VerifyingKey,
    table: Comb,
}

impl PreparedKey {
    /// The key.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.key
    }

    /// As [`VerifyingKey::verify_digest`].
    #[must_use]
    pub fn verify_digest(&self, e: &[u8; 32], signature: &[u8; 64]) -> bool {
        at_best_level!(l => mid::verify_prepared(l, &self.table, e, signature))
    }
}
