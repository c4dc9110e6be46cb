// SPDX-License-Identifier: Apache-2.0
//! Eight points of a curve y^2 = x^3 - 3x + b, one in each lane.

use super::field::Fe;
use super::prime::Prime;
use core::arch::x86_64::*;

/// x and y, each below 2p. Not the point at infinity.
#[derive(Clone, Copy)]
pub(super) struct Affine<P> {
    pub(super) x: Fe<P>,
    pub(super) y: Fe<P>,
}

/// Jacobian coordinates: x = X / Z^2, y = Y / Z^3, and infinity where Z is 0. Each below 2p.
#[derive(Clone, Copy)]
pub(super) struct Point<P> {
    pub(super) x: Fe<P>,
    pub(super) y: Fe<P>,
    pub(super) z: Fe<P>,
}

impl<P: Prime> Affine<P> {
    /// The other sign of y where the mask has a bit.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn negated_where(self, mask: __mmask8) -> Self {
        let negated = Fe::zero().sum().plus_p::<2>().minus(self.y).carried();
        Self { x: self.x, y: self.y.or_where(mask, negated) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn projective(self) -> Point<P> {
        Point { x: self.x, y: self.y, z: Fe::one() }
    }
}

impl<P: Prime> Point<P> {
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn infinity() -> Self {
        Self { x: Fe::one(), y: Fe::one(), z: Fe::zero() }
    }

    /// Lane by lane `other` where the mask has a bit, else `self`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn or_where(self, mask: __mmask8, other: Self) -> Self {
        Self {
            x: self.x.or_where(mask, other.x),
            y: self.y.or_where(mask, other.y),
            z: self.z.or_where(mask, other.z),
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn negated_where(self, mask: __mmask8) -> Self {
        let negated = Fe::zero().sum().plus_p::<2>().minus(self.y).carried();
        Self { y: self.y.or_where(mask, negated), ..self }
    }

    /// Twice the point, infinity included; 3M + 5S. Bounds in multiples of p, where products of what
    /// is below 2p are below 1.25p.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn doubled(self) -> Self {
        let delta = self.z.square();
        let gamma = self.y.square();
        // In an order that keeps products that wait for each other apart.
        // 3 (X - Z^2) (X + Z^2): below 3 * 2
        let less = self.x.sum().plus_p::<2>().minus(delta).carried();
        let more = self.x.sum().plus(delta).carried();
        let product = less.mul(more);
        let beta = self.x.mul(gamma);
        let both = self.y.sum().plus(self.z).carried();
        let z = both.square().sum().plus_p::<4>().minus(gamma).minus(delta).reduced();
        let alpha = product.sum().doubled::<1>().plus(product).reduced();
        // below 2 + 10: 8 beta is below 8 * 1.25
        let x = alpha.square().sum().plus_p::<10>().minus_times::<3>(beta).reduced();
        // below 5 + 2, which is not too much beside alpha
        let turned = beta.sum().doubled::<2>().plus_p::<2>().minus(x).carried();
        // below 2 + 10
        let fourth = gamma.square();
        let y = alpha.mul(turned).sum().plus_p::<10>().minus_times::<3>(fourth).reduced();
        Self { x, y, z }
    }

    /// The sum with a point that is neither this one nor its negative; 8M + 3S. Where that is not
    /// so, or this is infinity, Z becomes 0, and stays so.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn plus_affine(self, other: &Affine<P>) -> Self {
        let zz = self.z.square();
        let zzz = zz.mul(self.z);
        let u = other.x.mul(zz);
        let s = other.y.mul(zzz);
        let h = u.sum().plus_p::<2>().minus(self.x).carried();
        let r = s.sum().plus_p::<2>().minus(self.y).carried();
        let hh = h.square();
        let rr = r.square();
        let hhh = hh.mul(h);
        let v = self.x.mul(hh);
        let z = self.z.mul(h);
        // below 2 + 6, and H^3 + 2 X H^2 is below 2 + 2 * 2
        let x = rr.sum().plus_p::<6>().minus(hhh).minus(v).minus(v).reduced();
        let yhhh = self.y.mul(hhh);
        let turned = v.sum().plus_p::<2>().minus(x).carried();
        let y = r.mul(turned).sum().plus_p::<2>().minus(yhhh).reduced();
        Self { x, y, z }
    }

    /// The sum with a point that is neither this one nor its negative; 12M + 4S. Where that is not
    /// so, or one of them is infinity, Z becomes 0, and stays so.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn plus(self, other: &Self) -> Self {
        let (zz, other_zz) = (self.z.square(), other.z.square());
        let (zzz, other_zzz) = (zz.mul(self.z), other_zz.mul(other.z));
        let (u, other_u) = (self.x.mul(other_zz), other.x.mul(zz));
        let (s, other_s) = (self.y.mul(other_zzz), other.y.mul(zzz));
        let both_z = self.z.mul(other.z);
        let h = other_u.sum().plus_p::<2>().minus(u).carried();
        let r = other_s.sum().plus_p::<2>().minus(s).carried();
        let hh = h.square();
        let rr = r.square();
        let hhh = hh.mul(h);
        let v = u.mul(hh);
        let z = both_z.mul(h);
        let x = rr.sum().plus_p::<6>().minus(hhh).minus(v).minus(v).reduced();
        let shhh = s.mul(hhh);
        let turned = v.sum().plus_p::<2>().minus(x).carried();
        let y = r.mul(turned).sum().plus_p::<2>().minus(shhh).reduced();
        Self { x, y, z }
    }
}
