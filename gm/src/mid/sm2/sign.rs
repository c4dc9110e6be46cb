// SPDX-License-Identifier: Apache-2.0
//! SM2 signatures over a digest e (GB/T 32918.2 clauses 6.1 and 7.1), and their nonces.

use super::comb::Comb;
use super::point::{Affine, Jacobian};
use super::scalar::{Factor, Scalar};
use super::{base, field, joint};
use crate::low::sm2::{Level, Limbs, P, add_limbs, mod_n, sub_limbs};
use crate::plant::{self, Plant};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A private key d, 1 ≤ d ≤ n − 2 (GB/T 32918.1 clause 6.1), and (1 + d)⁻¹, which every signature
/// needs.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Signer {
    d: Scalar,
    inverse: Factor,
}

impl Signer {
    /// `None` for d = n − 1, for which 1 + d has no inverse. `d` must not be 0.
    pub(crate) fn new<L: Level>(l: L, d: &Scalar) -> Option<Self> {
        let next = d.add(&Scalar::ONE);
        (!next.is_zero()).then(|| Self { d: *d, inverse: next.invert(l) })
    }

    /// d.
    pub(crate) fn d(&self) -> &Scalar {
        &self.d
    }

    /// Steps A4 to A7 of clause 6.1 for k from 1 to n − 1; `None` sends back to A3.
    pub(crate) fn sign<L: Level>(&self, l: L, e: &[u8; 32], k: &Scalar) -> Option<[u8; 64]> {
        // A4: (x1, y1) = [k]G
        let mut point = base::multiply_base(l, k);
        let x = point.to_x(l);
        point.zeroize();
        self.finish(e, k, &x)
    }

    /// Steps A5 to A7 with the abscissa of \[k\]G.
    pub(super) fn finish(&self, e: &[u8; 32], k: &Scalar, x: &Limbs) -> Option<[u8; 64]> {
        let x1 = Scalar::reduce_limbs(x);
        // A5: r = (e + x1) mod n, neither r = 0 nor r + k = n
        let r = Scalar::reduce(e).add(&x1);
        let mut sum = r.add(k);
        let (any_r, any_sum) = (plant::is(Plant::ZeroR), plant::is(Plant::OppositeNonce));
        if (r.is_zero() && !any_r) || (sum.is_zero() && !any_sum) {
            return None;
        }
        // A6: s = (1 + d)⁻¹ · (k − r·d) mod n, not 0. Since k − r·d = (k + r) − r·(1 + d), this is
        // (1 + d)⁻¹ · (k + r) − r: one multiplication less, and d itself is not touched.
        let s = sum.mul_factor(&self.inverse).sub(&r);
        sum.zeroize();
        if s.is_zero() {
            return None;
        }
        // A7
        let mut raw = [0; 64];
        raw[..32].copy_from_slice(&r.to_bytes());
        raw[32..].copy_from_slice(&s.to_bytes());
        Some(raw)
    }
}

/// Steps B1, B2 and B5 to B7 of clause 7.1. Everything here is public.
pub(crate) fn verify<L: Level>(l: L, key: &Affine, e: &[u8; 32], raw: &[u8; 64]) -> bool {
    verify_with(l, e, raw, |s, t| joint::multiply_both_vartime(l, s, t, key)).is_some()
}

/// The same with a table of the key: additions only.
pub(crate) fn verify_prepared<L: Level>(l: L, key: &Comb, e: &[u8; 32], raw: &[u8; 64]) -> bool {
    verify_with(l, e, raw, |s, t| key.multiply_both_vartime(l, s, t)).is_some()
}

fn verify_with<L: Level>(
    l: L,
    e: &[u8; 32],
    raw: &[u8; 64],
    multiply: impl FnOnce(&Scalar, &Scalar) -> Jacobian,
) -> Option<()> {
    let Opened { s, t, x1 } = Opened::new(e, raw)?;
    // B6: (x1, y1) = [s]G + [t]P. The point at infinity has no x1, and must not pass as x1 = 0.
    let point = multiply(&s, &t);
    if point.is_infinity() {
        return (plant::is(Plant::Infinity) && x1.is_zero()).then_some(());
    }
    // B7
    x_is_vartime(l, &point, &x1).then_some(())
}

/// What a signature over a digest comes to: it holds if the abscissa of s·G + t·P is x1 modulo n.
pub(super) struct Opened {
    pub(super) s: Scalar,
    pub(super) t: Scalar,
    pub(super) x1: Scalar,
}

impl Opened {
    pub(super) fn new(e: &[u8; 32], raw: &[u8; 64]) -> Option<Self> {
        let halves = raw.as_chunks::<32>().0;
        // B1, B2: both in 1..n
        let (r, s) = (Scalar::from_bytes(&halves[0])?, Scalar::from_bytes(&halves[1])?);
        // B5: t = (r + s) mod n, not 0
        let t = r.add(&s);
        // B7: R = (e + x1) mod n must be r
        (!t.is_zero() || plant::is(Plant::KeyLeftOut)).then(|| Self {
            s,
            t,
            x1: r.sub(&Scalar::reduce(e)),
        })
    }
}

/// Whether the x coordinate of a point that is not infinity is `x1` modulo n: it is `x1` itself, or
/// `x1` + n where that is below p. Compares X with x1·Z², which saves an inversion.
fn x_is_vartime<L: Level>(l: L, point: &Jacobian, x1: &Scalar) -> bool {
    let zz = l.sqr(&point.z);
    let is = |x: &_| l.mul(&field::from_plain(l, x), &zz) == point.x;
    if is(x1.limbs()) {
        return true;
    }
    if plant::is(Plant::LargeAbscissa) {
        return false;
    }
    let (larger, carry) = add_limbs(x1.limbs(), &mod_n::N);
    carry == 0 && sub_limbs(&larger, &P).1 == 1 && is(&larger)
}
