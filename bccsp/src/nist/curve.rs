// SPDX-License-Identifier: Apache-2.0
//! Points and scalars of P-256 as bytes and as keys, ECDSA and ECDH over the RustCrypto crates.

use crate::{Error, PublicKey, SecretBytes};
use ecdsa::hazmat;
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::group::Group;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::sec1::{FromSec1Point, ToSec1Point};
use p256::{AffinePoint, FieldBytes, NistP256, NonZeroScalar, ProjectivePoint, Scalar, Sec1Point};
use sha2::Sha256;
use sys::Entropy;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A point on the curve.
pub(crate) struct Public {
    point: ProjectivePoint,
    pub(super) encoded: [u8; PublicKey::LEN],
}

impl Public {
    /// `None` for what is not an uncompressed point on the curve.
    pub(super) fn new(encoded: &[u8; PublicKey::LEN]) -> Option<Self> {
        Some(Self { point: decode_point(encoded)?.into(), encoded: *encoded })
    }
}

/// A private key, 1 ≤ d ≤ n − 1.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Private {
    d: NonZeroScalar,
    /// Not secret, but at hand here.
    pub(super) point: [u8; PublicKey::LEN],
}

impl Private {
    /// `None` for a scalar that is not 32 bytes or out of range.
    pub(super) fn new(bytes: &SecretBytes) -> Option<Self> {
        let d = scalar(bytes)?;
        let point = encode_point(&ProjectivePoint::mul_by_generator(&d).to_affine());
        Some(Self { d, point })
    }

    pub(super) fn to_bytes(&self) -> SecretBytes {
        let mut bytes = self.d.to_repr();
        let secret = SecretBytes::copy_from(&bytes);
        bytes.zeroize();
        secret
    }
}

/// ECDSA (FIPS 186-5 clause 6.4.1) with a nonce from the key, the digest and fresh randomness:
/// RFC 6979 with added entropy (section 3.6). Low-S.
pub(super) fn sign(
    key: &Private,
    entropy: &dyn Entropy,
    digest: &[u8; 32],
) -> Result<[u8; 64], Error> {
    let mut added = [0; 32];
    entropy.fill(&mut added)?;
    let (signature, _) = hazmat::sign_prehashed_rfc6979::<NistP256, Sha256>(&key.d, digest, &added);
    Ok(signature.normalize_s().to_bytes().into())
}

/// The same with the caller's nonce.
pub(super) fn sign_with_nonce(
    key: &Private,
    digest: &[u8; 32],
    k: &SecretBytes,
) -> Result<[u8; 64], Error> {
    let mut k = scalar(k).ok_or(Error::Misuse("the nonce is out of range"))?;
    let signature = hazmat::sign_prehashed::<NistP256>(&key.d, &k, digest);
    k.zeroize();
    let (signature, _) = signature.map_err(|_| Error::Misuse("this nonce gives no signature"))?;
    Ok(signature.normalize_s().to_bytes().into())
}

/// ECDSA verification (FIPS 186-5 clause 6.4.2). Everything here is public.
pub(super) fn verify(key: &Public, digest: &[u8; 32], raw: &[u8; 64]) -> bool {
    // Both numbers in 1..n, or there is no such signature.
    p256::ecdsa::Signature::from_slice(raw)
        .is_ok_and(|signature| hazmat::verify_prehashed(&key.point, digest, &signature).is_ok())
}

/// The form with s ≤ n/2. Whoever has a signature has both forms.
pub(crate) fn low_s(raw: &[u8; 64]) -> Option<[u8; 64]> {
    let signature = p256::ecdsa::Signature::from_slice(raw).ok()?;
    Some(signature.normalize_s().to_bytes().into())
}

/// Whether s ≤ n/2, or the numbers are out of range and will be refused for that.
pub(super) fn is_low_s(raw: &[u8; 64]) -> bool {
    low_s(raw).is_none_or(|low| low == *raw)
}

/// The x coordinate of the shared point (SEC 1 section 3.3.1).
pub(super) fn agree(key: &Private, peer: &Public) -> SecretBytes {
    let mut x = (peer.point * *key.d).to_affine().x();
    let secret = SecretBytes::copy_from(&x);
    x.zeroize();
    secret
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

fn scalar(bytes: &SecretBytes) -> Option<NonZeroScalar> {
    let mut repr = FieldBytes::try_from(bytes.expose()).ok()?;
    let scalar = Scalar::from_repr(repr).into_option();
    repr.zeroize();
    NonZeroScalar::new(scalar?).into_option()
}
