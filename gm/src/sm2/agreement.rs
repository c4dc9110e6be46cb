// SPDX-License-Identifier: Apache-2.0
//! Shared points: plain agreement, and the pieces of encryption (GB/T 32918.4) and of the key
//! exchange (GB/T 32918.3).

use super::{Error, SigningKey, VerifyingKey};
use crate::low::sm2::at_best_level;
use crate::mid::leavings::{SM2, wiped};
use crate::mid::sm2::{self as mid, Jacobian, Scalar};
use crate::plant::{self, Plant};
use alloc::boxed::Box;
use core::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A secret point (x, y) that is not infinity. It stays where it is when this is moved.
pub struct SharedPoint {
    bytes: Box<Zeroizing<[u8; 65]>>,
}

impl SharedPoint {
    /// \[k\]P for k ≠ 0.
    pub(super) fn multiply(k: &Scalar, point: &VerifyingKey) -> Self {
        wiped::<SM2, _>(|| {
            let bytes = at_best_level!(l => mid::multiply(l, k, &point.0).to_affine(l).to_bytes(l));
            Self { bytes: Box::new(Zeroizing::new(bytes)) }
        })
    }

    /// The point with these coordinates.
    pub(super) fn from_numbers([x, y]: &[[u64; 4]; 2]) -> Self {
        let mut bytes = Box::new(Zeroizing::new([4; 65]));
        let numbers = x.iter().rev().chain(y.iter().rev());
        for (place, word) in bytes[1..].chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&word.to_be_bytes());
        }
        Self { bytes }
    }

    /// x, 32 bytes: the secret of plain Diffie-Hellman (SEC 1 section 3.3.1).
    #[must_use]
    pub fn x(&self) -> &[u8; 32] {
        &self.bytes[1..].as_chunks().0[0]
    }

    /// y, 32 bytes.
    #[must_use]
    pub fn y(&self) -> &[u8; 32] {
        &self.bytes[1..].as_chunks().0[1]
    }
}

impl Zeroize for SharedPoint {
    fn zeroize(&mut self) {
        self.bytes.zeroize();
    }
}

impl ZeroizeOnDrop for SharedPoint {}

impl fmt::Debug for SharedPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedPoint")
    }
}

/// A secret number k from 1 to n − 1 with \[k\]G, for one encryption or one key exchange.
///
/// In encryption (GB/T 32918.4 clause 6.1), \[k\]G is C1 (A2) and [`shared`](Self::shared) with the
/// receiver's key gives (x2, y2) (A4). In decryption, [`SigningKey::diffie_hellman`] with C1 does.
pub struct EphemeralKey {
    k: Box<Zeroizing<Scalar>>,
    point: [u8; 65],
}

impl EphemeralKey {
    /// Makes one of 64 random bytes, modulo the order.
    ///
    /// # Errors
    /// That of the source of randomness.
    pub fn generate<E>(mut entropy: impl FnMut(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut bytes = Zeroizing::new([0; 64]);
        entropy(&mut *bytes)?;
        Ok(wiped::<SM2, _>(|| Self::from_scalar(&Scalar::reduce_to_private(&bytes))))
    }

    /// Hazardous: the caller's number. For known answers.
    ///
    /// # Errors
    /// [`Error::Nonce`] unless 1 ≤ k ≤ n − 1.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Error> {
        let key = || Some(Self::from_scalar(&Scalar::from_bytes(bytes)?));
        wiped::<SM2, _>(key).ok_or(Error::Nonce)
    }

    fn from_scalar(k: &Scalar) -> Self {
        let point = at_best_level!(l => mid::multiply_base(l, k).to_affine(l).to_bytes(l));
        Self { k: Box::new(Zeroizing::new(*k)), point }
    }

    /// \[k\]G as 04 ‖ x ‖ y.
    #[must_use]
    pub fn point(&self) -> &[u8; 65] {
        &self.point
    }

    /// \[k\]P. The cofactor is 1, and no key is infinity, so neither is this.
    #[must_use]
    pub fn shared(&self, peer: &VerifyingKey) -> SharedPoint {
        SharedPoint::multiply(&self.k, peer)
    }

    /// t = (d + x̄·k) mod n, all that the rest of a key exchange needs of both secrets
    /// (GB/T 32918.3 clause 6.1, A4 and A5).
    #[must_use]
    pub fn exchange(&self, key: &SigningKey) -> ExchangeSecret {
        wiped::<SM2, _>(|| {
            let t = key.signer.d().add(&truncated_x(&self.point).mul(&self.k));
            ExchangeSecret { t: Box::new(Zeroizing::new(t)) }
        })
    }
}

impl Zeroize for EphemeralKey {
    fn zeroize(&mut self) {
        self.k.zeroize();
        self.point.zeroize();
    }
}

impl ZeroizeOnDrop for EphemeralKey {}

impl fmt::Debug for EphemeralKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EphemeralKey")
    }
}

/// t of a key exchange.
pub struct ExchangeSecret {
    t: Box<Zeroizing<Scalar>>,
}

impl ExchangeSecret {
    /// U = \[t\](P + \[x̄\]R) for the other side's key P and ephemeral point R (A6 and A7).
    ///
    /// # Errors
    /// [`Error::Infinity`] if that is infinity.
    pub fn finish(
        &self,
        peer: &VerifyingKey,
        peer_ephemeral: &VerifyingKey,
    ) -> Result<SharedPoint, Error> {
        let x_bar = truncated_x(&peer_ephemeral.to_bytes());
        // Both points are public, and so is their sum. x̄ ≥ 2¹²⁷, so that it is not 0.
        let sum = at_best_level!(l => {
            let own = Jacobian::from(peer.0);
            let sum = mid::multiply(l, &x_bar, &peer_ephemeral.0).add_vartime(l, &own);
            (!sum.is_infinity()).then(|| sum.to_affine(l))
        });
        let sum = sum.ok_or(Error::Infinity)?;
        if self.t.is_zero() {
            return Err(Error::Infinity);
        }
        Ok(SharedPoint::multiply(&self.t, &VerifyingKey::new(sum)))
    }
}

impl Zeroize for ExchangeSecret {
    fn zeroize(&mut self) {
        self.t.zeroize();
    }
}

impl ZeroizeOnDrop for ExchangeSecret {}

impl fmt::Debug for ExchangeSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExchangeSecret")
    }
}

/// x̄ = 2¹²⁷ + (x mod 2¹²⁷) of a point 04 ‖ x ‖ y.
fn truncated_x(point: &[u8; 65]) -> Scalar {
    let mut low = [0; 32];
    low[16..].copy_from_slice(&point[17..33]);
    if !plant::is(Plant::ExchangeBit) {
        low[16] |= 0x80;
    }
    Scalar::reduce(&low)
}
