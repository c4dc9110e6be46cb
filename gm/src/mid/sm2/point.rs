// SPDX-License-Identifier: Apache-2.0
//! Points of y² = x³ − 3x + b over the field of SM2, affine and Jacobian (x = X/Z², y = Y/Z³).
//!
//! A point can only be made valid: it is read with a check, or computed of valid ones. Which
//! exceptional cases each formula leaves out stands beside it; `gm/docs/sm2.md` shows why secret
//! multiplications never meet them.

use super::field::{self, ONE, ZERO};
use crate::low::sm2::{Level, Limbs};
use crate::plant::{self, Plant};
use alloc::vec::Vec;
use zeroize::Zeroize;

/// A point that is not infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Affine {
    pub(super) x: Limbs,
    pub(super) y: Limbs,
}

/// A point; Z = 0 is infinity.
#[derive(Clone, Copy, Debug, Zeroize)]
pub(crate) struct Jacobian {
    pub(super) x: Limbs,
    pub(super) y: Limbs,
    pub(super) z: Limbs,
}

/// b in Montgomery form.
const B: Limbs =
    [0x90d2_3063_2bc0_dd42, 0x71cf_379a_e9b5_37ab, 0x5279_8150_5ea5_1c3c, 0x240f_e188_ba20_e2c8];

/// G in Montgomery form. Elsewhere it is the first entry of a table.
#[cfg(test)]
pub(super) const G: Affine = Affine {
    x: [0x6132_8990_f418_029e, 0x3e79_81ed_dca6_c050, 0xd6a1_ed99_ac24_c3c3, 0x9116_7a5e_e1c1_3b05],
    y: [0xc135_4e59_3c2d_0ddd, 0xc1f5_e578_8d32_95fa, 0x8d4c_fb06_6e2a_48f8, 0x63cd_65d4_81d7_35bd],
};

impl Affine {
    /// Reads 04 ‖ x ‖ y; `None` for any other form, for coordinates from p on, and for what is not
    /// on the curve.
    pub(crate) fn from_bytes<L: Level>(l: L, bytes: &[u8; 65]) -> Option<Self> {
        let ([4], [x, y]) = (bytes.first_chunk::<1>()?, bytes[1..].as_chunks::<32>().0) else {
            return None;
        };
        let point = Self { x: field::from_bytes(l, x)?, y: field::from_bytes(l, y)? };
        let on_curve = l.sqr(&point.y) == right_side(l, &point.x);
        (on_curve || plant::is(Plant::OffCurve)).then_some(point)
    }

    /// Reads 02 ‖ x or 03 ‖ x, where the first byte gives the lowest bit of y.
    pub(crate) fn from_compressed<L: Level>(l: L, bytes: &[u8; 33]) -> Option<Self> {
        let [sign @ (2 | 3), x @ ..] = bytes else { return None };
        let x = field::from_bytes(l, x)?;
        let y = field::sqrt_vartime(l, &right_side(l, &x))?;
        let odd = field::to_plain(l, &y)[0] & 1;
        let sign = if plant::is(Plant::RootSign) { &2 } else { sign };
        // No point has y = 0: the order of the curve is odd.
        Some(Self { x, y: field::negate_if(l, odd ^ u64::from(sign & 1), &y) })
    }

    /// 04 ‖ x ‖ y.
    pub(crate) fn to_bytes<L: Level>(self, l: L) -> [u8; 65] {
        let mut bytes = [4; 65];
        bytes[1..33].copy_from_slice(&field::to_bytes(l, &self.x));
        bytes[33..].copy_from_slice(&field::to_bytes(l, &self.y));
        bytes
    }

    #[inline]
    pub(super) fn to_jacobian(self) -> Jacobian {
        Jacobian { x: self.x, y: self.y, z: ONE }
    }

    /// As an entry of a table.
    #[inline]
    pub(super) fn to_entry(self) -> [u64; 8] {
        let ([a, b, c, d], [e, f, g, h]) = (self.x, self.y);
        [a, b, c, d, e, f, g, h]
    }

    #[inline]
    pub(super) const fn from_entry([a, b, c, d, e, f, g, h]: [u64; 8]) -> Self {
        Self { x: [a, b, c, d], y: [e, f, g, h] }
    }
}

/// x³ − 3x + b
fn right_side<L: Level>(l: L, x: &Limbs) -> Limbs {
    let cube = l.mul(&l.sqr(x), x);
    let triple = l.add(&l.add(x, x), x);
    l.add(&l.sub(&cube, &triple), &B)
}

impl From<Affine> for Jacobian {
    fn from(point: Affine) -> Self {
        point.to_jacobian()
    }
}

impl Jacobian {
    pub(super) const INFINITY: Self = Self { x: ONE, y: ONE, z: ZERO };

    /// Whether this is infinity.
    pub(crate) fn is_infinity(&self) -> bool {
        field::is_zero(&self.z) == 1
    }

    /// Of a point that is not infinity; for infinity, nothing of use.
    pub(crate) fn to_affine<L: Level>(self, l: L) -> Affine {
        let inverse = field::invert(l, &self.z);
        let square = l.sqr(&inverse);
        Affine { x: l.mul(&self.x, &square), y: l.mul(&self.y, &l.mul(&square, &inverse)) }
    }

    /// x alone, as a number below p.
    pub(crate) fn to_x<L: Level>(self, l: L) -> Limbs {
        let inverse = field::invert(l, &self.z);
        field::to_plain(l, &l.mul(&self.x, &l.sqr(&inverse)))
    }

    /// Becomes 2·self, for any point. 4M + 4S: with all coordinates of the usual formula scaled by
    /// Z ↦ Z/2, which needs a halving and saves three doublings. Here and below, the order of the
    /// lines is that in which a processor finds the most independent work.
    #[inline(never)]
    pub(super) fn double<L: Level>(&mut self, l: L) {
        let Self { x, y, z } = self;
        let zz = l.sqr(z);
        let yy = l.sqr(y);
        let t = l.mul(&l.sub(x, &zz), &l.add(x, &zz));
        let xyy = l.mul(x, &yy);
        let yyyy = l.sqr_wide(&yy);
        // 3(x − z²)(x + z²)/2
        let slope = l.add(&t, &l.halve(&t));
        let square = l.sqr(&slope);
        *z = l.mul(y, z);
        *x = l.sub(&l.sub(&square, &xyy), &xyy);
        *y = l.mul_sub(&slope, &l.sub(&xyy, x), &yyyy);
    }

    /// Becomes self + other for self ≠ ±other and neither of them infinity; Z = 0 if self = ±other.
    /// 8M + 3S.
    #[inline(never)]
    pub(super) fn add_affine<L: Level>(&mut self, l: L, other: &Affine) {
        let Self { x, y, z } = self;
        let zz = l.sqr(z);
        let u2 = l.mul(&other.x, &zz);
        let zzz = l.mul(z, &zz);
        let h = l.sub(&u2, x);
        let hh = l.sqr(&h);
        let s2 = l.mul(&other.y, &zzz);
        let hhh = l.mul(&h, &hh);
        let v = l.mul(x, &hh);
        let r = l.sub(&s2, y);
        let rr = l.sqr(&r);
        let yhhh = l.mul_wide(y, &hhh);
        *z = l.mul(z, &h);
        *x = l.sub(&l.sub(&l.sub(&rr, &hhh), &v), &v);
        *y = l.mul_sub(&r, &l.sub(&v, x), &yhhh);
    }

    /// Becomes self + other for self ≠ ±other and neither of them infinity; Z = 0 if self = ±other.
    /// 12M + 4S.
    #[inline(never)]
    pub(super) fn add<L: Level>(&mut self, l: L, other: &Self) {
        let Self { x, y, z } = self;
        let zz1 = l.sqr(z);
        let zz2 = l.sqr(&other.z);
        let u2 = l.mul(&other.x, &zz1);
        let u1 = l.mul(x, &zz2);
        let zzz1 = l.mul(z, &zz1);
        let zzz2 = l.mul(&other.z, &zz2);
        let h = l.sub(&u2, &u1);
        let hh = l.sqr(&h);
        let s2 = l.mul(&other.y, &zzz1);
        let s1 = l.mul(y, &zzz2);
        let hhh = l.mul(&h, &hh);
        let v = l.mul(&u1, &hh);
        let r = l.sub(&s2, &s1);
        let rr = l.sqr(&r);
        let zz = l.mul(z, &other.z);
        let yhhh = l.mul_wide(&s1, &hhh);
        *z = l.mul(&zz, &h);
        *x = l.sub(&l.sub(&l.sub(&rr, &hhh), &v), &v);
        *y = l.mul_sub(&r, &l.sub(&v, x), &yhhh);
    }

    /// Becomes self + other for any two points, by branches: for public points.
    #[inline(always)]
    pub(super) fn add_affine_vartime<L: Level>(&mut self, l: L, other: &Affine) {
        if self.is_infinity() {
            *self = other.to_jacobian();
            return;
        }
        let before = *self;
        self.add_affine(l, other);
        if self.is_infinity() {
            // The same x, so that the points are equal or opposite.
            let cube = l.mul(&l.sqr(&before.z), &before.z);
            let equal = l.mul(&other.y, &cube) == before.y;
            *self = before.doubled_or_infinity(l, equal);
        }
    }

    /// self + other for any two points, by branches: for public points.
    pub(crate) fn add_vartime<L: Level>(mut self, l: L, other: &Self) -> Self {
        if self.is_infinity() {
            return *other;
        }
        if other.is_infinity() {
            return self;
        }
        let before = self;
        self.add(l, other);
        if !self.is_infinity() {
            return self;
        }
        let cube = |p: &Self| l.mul(&l.sqr(&p.z), &p.z);
        let equal = l.mul(&before.y, &cube(other)) == l.mul(&other.y, &cube(&before));
        before.doubled_or_infinity(l, equal)
    }

    #[cold]
    fn doubled_or_infinity<L: Level>(mut self, l: L, equal: bool) -> Self {
        if !equal || plant::is(Plant::EqualPoints) {
            return Self::INFINITY;
        }
        self.double(l);
        self
    }
}

/// Points that are not infinity, made affine with one inversion (Montgomery's trick).
pub(super) fn to_affine_all<L: Level>(l: L, points: &[Jacobian]) -> Vec<Affine> {
    // products[i] = z₀·…·zᵢ₋₁
    let mut product = ONE;
    let mut products = Vec::with_capacity(points.len());
    for point in points {
        products.push(product);
        product = l.mul(&product, &point.z);
    }
    let mut inverse = field::invert(l, &product);
    let mut affine = Vec::with_capacity(points.len());
    for (point, before) in points.iter().zip(products).rev() {
        let own = l.mul(&inverse, &before);
        inverse = l.mul(&inverse, &point.z);
        let square = l.sqr(&own);
        let y = l.mul(&point.y, &l.mul(&square, &own));
        affine.push(Affine { x: l.mul(&point.x, &square), y });
    }
    affine.reverse();
    affine
}
