// SPDX-License-Identifier: Apache-2.0
//! SM2 signatures over a digest e (GB/T 32918.2 clauses 6.1 and 7.1).

use super::curve::{Private, Public, is_zero, nonzero, reduce, scalar, verification_point};
use crate::{Error, SecretBytes};
use sm2::elliptic_curve::group::Group;
use sm2::elliptic_curve::ops::Reduce;
use sm2::elliptic_curve::point::AffineCoordinates;
use sm2::elliptic_curve::{Curve as _, PrimeField};
use sm2::{FieldBytes, ProjectivePoint, Scalar, Sm2, U256};
use sm3::Sm3;
use sys::Entropy;
use zeroize::Zeroize;

/// Signs with a nonce from the key, the digest and fresh randomness: RFC 6979 with added entropy
/// (section 3.6). It repeats only if digest *and* randomness do, so a generator that fails
/// silently gives no key away, and equal messages get different signatures.
pub(super) fn sign(key: &Private, entropy: &dyn Entropy, e: &[u8; 32]) -> Result<[u8; 64], Error> {
    let mut added = [0; 32];
    entropy.fill(&mut added)?;
    let digest = reduce(e);
    let mut d = key.d.to_repr();
    let mut nonces =
        rfc6979::KGenerator::<Sm3, U256>::new(&d, &digest.to_repr(), &added, &Sm2::ORDER);
    d.zeroize();
    let mut k = FieldBytes::default();
    let signature = loop {
        nonces.fill_next_k(&mut k);
        let Some(mut nonce) = nonzero(&k) else { continue };
        let attempt = sign_with(key, &digest, &nonce);
        nonce.zeroize();
        if let Some(signature) = attempt {
            break signature;
        }
    };
    k.zeroize();
    Ok(signature)
}

/// Signs with the caller's nonce.
pub(super) fn sign_with_nonce(
    key: &Private,
    e: &[u8; 32],
    k: &SecretBytes,
) -> Result<[u8; 64], Error> {
    let mut k = scalar(k).ok_or(Error::Misuse("the nonce is out of range"))?;
    let signature = sign_with(key, &reduce(e), &k);
    k.zeroize();
    signature.ok_or(Error::Misuse("this nonce gives no signature"))
}

/// Steps A4 to A7 of clause 6.1; `None` sends back to A3.
fn sign_with(key: &Private, e: &Scalar, k: &Scalar) -> Option<[u8; 64]> {
    // A4: (x1, y1) = [k]G
    let point = ProjectivePoint::mul_by_generator(k).to_affine();
    // A5: r = (e + x1) mod n, neither r = 0 nor r + k = n
    let r = e + &Scalar::reduce(&point.x());
    if bool::from(is_zero(&r) | is_zero(&(r + k))) {
        return None;
    }
    // A6: s = (1 + d)⁻¹ · (k − r·d) mod n, not 0. Since k − r·d = (k + r) − r·(1 + d), this is
    // (1 + d)⁻¹ · (k + r) − r: one multiplication less, and d itself is not touched.
    let s = key.inverse * (r + k) - r;
    if bool::from(is_zero(&s)) {
        return None;
    }
    // A7
    let mut raw = [0; 64];
    let both = r.to_repr().into_iter().chain(s.to_repr());
    raw.iter_mut().zip(both).for_each(|(to, from)| *to = from);
    Some(raw)
}

/// Steps B1, B2 and B5 to B7 of clause 7.1. Everything here is public.
pub(super) fn verify(key: &Public, e: &[u8; 32], raw: &[u8; 64]) -> bool {
    verify_steps(key, e, raw).unwrap_or(false)
}

fn verify_steps(key: &Public, e: &[u8; 32], raw: &[u8; 64]) -> Option<bool> {
    let (r, s) = raw.split_at_checked(32)?;
    // B1, B2: both in 1..n
    let r = nonzero(&FieldBytes::try_from(r).ok()?)?;
    let s = nonzero(&FieldBytes::try_from(s).ok()?)?;
    // B5: t = (r + s) mod n, not 0
    let t = r + s;
    if bool::from(is_zero(&t)) {
        return None;
    }
    // B6: (x1, y1) = [s]G + [t]P. The point at infinity has no x1, and must not pass as x1 = 0.
    let point = verification_point(&s, &t, &key.point);
    if bool::from(point.is_identity()) {
        return None;
    }
    // B7: R = (e + x1) mod n must be r
    let x1 = Scalar::reduce(&point.to_affine().x());
    Some(reduce(e) + x1 == r)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Private, Public) {
        let private = Private::new(&SecretBytes::copy_from(&[7; 32])).unwrap();
        let public = Public::new(&private.point).unwrap();
        (private, public)
    }

    /// With s = −r·d / (1 + d), the point [s]G + [r + s]P is infinity for any r. Whoever takes
    /// its x1 for 0 accepts r = e. Only the owner of the key can make such a pair.
    #[test]
    fn a_point_at_infinity_is_refused() {
        let (private, public) = pair();
        let e = [5; 32];
        let r = reduce(&e);
        let s = -(r * private.d) * private.inverse;
        let point = verification_point(&s, &(r + s), &public.point);
        assert!(bool::from(point.is_identity()), "the pair is made as it should be");
        let mut raw = [0; 64];
        raw[..32].copy_from_slice(&r.to_repr());
        raw[32..].copy_from_slice(&s.to_repr());
        assert!(!verify(&public, &e, &raw));
    }

    /// r + s = n makes t = 0, and the key would not matter any more.
    #[test]
    fn a_signature_that_leaves_the_key_out_is_refused() {
        let (_, public) = pair();
        let s = reduce(&[3; 32]);
        let point = verification_point(&s, &Scalar::ZERO, &public.point).to_affine();
        // e = r − x1 with r = −s passes the last step for every key.
        let e = -s - Scalar::reduce(&point.x());
        let mut raw = [0; 64];
        raw[..32].copy_from_slice(&(-s).to_repr());
        raw[32..].copy_from_slice(&s.to_repr());
        assert!(!verify(&public, &e.to_repr().into(), &raw));
    }
}
