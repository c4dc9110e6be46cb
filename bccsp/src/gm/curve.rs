// SPDX-License-Identifier: Apache-2.0
//! Points and scalars of the curve of GB/T 32918.5, as bytes and as keys.
//!
//! Not here: the arithmetic. It is the `sm2` crate's; its key types are not used, because they
//! neither wipe themselves nor keep silent.

use super::identity::signer_hash;
use super::points::Coordinates;
use crate::{DEFAULT_SIGNER_ID, PublicKey, SecretBytes};
use sm2::elliptic_curve::PrimeField;
use sm2::elliptic_curve::group::Group;
use sm2::elliptic_curve::ops::{MulByGeneratorVartime, Reduce};
use sm2::elliptic_curve::point::AffineCoordinates;
use sm2::elliptic_curve::sec1::{FromSec1Point, ToSec1Point};
use sm2::elliptic_curve::subtle::{Choice, ConstantTimeEq};
use sm2::{AffinePoint, FieldBytes, ProjectivePoint, Scalar, Sec1Point};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A point on the curve, with what verification needs every time.
pub(crate) struct Public {
    pub(super) point: ProjectivePoint,
    pub(super) encoded: [u8; PublicKey::LEN],
    /// Z_A of the default signer ID.
    pub(super) default_hash: [u8; 32],
}

impl Public {
    /// `None` for what is not an uncompressed point on the curve.
    pub(super) fn new(encoded: &[u8; PublicKey::LEN]) -> Option<Self> {
        let point = decode_point(encoded)?;
        let default_hash = signer_hash(encoded, DEFAULT_SIGNER_ID).ok()?;
        Some(Self { point: point.into(), encoded: *encoded, default_hash })
    }
}

/// A private key d, 1 ≤ d ≤ n − 2 (GB/T 32918.1 clause 6.1), and (1 + d)⁻¹, which every
/// signature needs and which costs as much as half a signature.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Private {
    pub(super) d: Scalar,
    pub(super) inverse: Scalar,
    /// Not secret, but at hand here.
    pub(super) point: [u8; PublicKey::LEN],
}

impl Private {
    /// `None` for a scalar that is not 32 bytes or out of range.
    pub(super) fn new(bytes: &SecretBytes) -> Option<Self> {
        let mut d = scalar(bytes)?;
        // d = n − 1 is the one value for which 1 + d has no inverse (tjfoc/gmsm #74).
        let inverse = (d + Scalar::ONE).invert().into_option();
        let point = encode_point(&ProjectivePoint::mul_by_generator(&d).to_affine());
        let key = inverse.map(|inverse| Self { d, inverse, point });
        d.zeroize();
        key
    }

    pub(super) fn to_bytes(&self) -> SecretBytes {
        let mut bytes = self.d.to_repr();
        let secret = SecretBytes::copy_from(&bytes);
        bytes.zeroize();
        secret
    }
}

/// A scalar in 1..n from exactly 32 bytes. Whether it is in range may show, its value not.
pub(super) fn scalar(bytes: &SecretBytes) -> Option<Scalar> {
    let mut repr = FieldBytes::try_from(bytes.expose()).ok()?;
    let scalar = nonzero(&repr);
    repr.zeroize();
    scalar
}

pub(super) fn nonzero(bytes: &FieldBytes) -> Option<Scalar> {
    let scalar = Scalar::from_repr(*bytes).into_option()?;
    if bool::from(is_zero(&scalar)) { None } else { Some(scalar) }
}

pub(super) fn is_zero(scalar: &Scalar) -> Choice {
    scalar.ct_eq(&Scalar::ZERO)
}

/// A digest or an x coordinate as a number modulo n.
pub(super) fn reduce(bytes: &[u8; 32]) -> Scalar {
    Scalar::reduce(&FieldBytes::from(*bytes))
}

/// Compressed or uncompressed, x and y below p, on the curve. No other form, no infinity.
pub(super) fn decode_point(bytes: &[u8]) -> Option<AffinePoint> {
    match (bytes.len(), bytes.first()) {
        (65, Some(4)) | (33, Some(2 | 3)) => {}
        _ => return None,
    }
    let encoded = Sec1Point::from_bytes(bytes).ok()?;
    AffinePoint::from_sec1_point(&encoded).into_option()
}

pub(super) fn encode_point(point: &AffinePoint) -> [u8; PublicKey::LEN] {
    let mut out = [0; PublicKey::LEN];
    let encoded = point.to_sec1_point(false);
    out.iter_mut().zip(encoded.as_bytes()).for_each(|(to, from)| *to = *from);
    out
}

/// Both coordinates of a point that is not at infinity.
pub(super) fn coordinates(point: &AffinePoint) -> Coordinates {
    Coordinates { x: point.x().into(), y: point.y().into() }
}

/// s·G + t·P. Both scalars and the point are public.
pub(super) fn verification_point(s: &Scalar, t: &Scalar, p: &ProjectivePoint) -> ProjectivePoint {
    ProjectivePoint::mul_by_generator_and_mul_add_vartime(s, t, p)
}
