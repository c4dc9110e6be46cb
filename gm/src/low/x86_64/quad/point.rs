// SPDX-License-Identifier: Apache-2.0
//! Points of SM2's curve, with the products of one doubling or addition side by side.
//!
//! A product waits for the one before, and four in lanes take no longer than one. So formulas are
//! chosen by how many products follow one another: three for a doubling, five for an addition. Bounds
//! are in multiples of p, where a product of what is below a and b is below 1 + ab/16.

use super::field::{Fe, Sum};

/// Jacobian coordinates of a point that is not infinity, in the places where a doubling wants them.
#[derive(Clone, Copy)]
pub(super) struct Running {
    /// [3(X - Z^2), X + Z^2, X, Z^2], each below 2.
    outer: Fe,
    /// 2Y in every lane, below 4.
    double_y: Fe,
    /// Z in lane 3, below 2.
    z: Fe,
}

/// X, 2Y and Z, each in every lane and below 2, but for 2Y of a point that was doubled: below 4.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub(super) x: Fe,
    pub(super) double_y: Fe,
    pub(super) z: Fe,
}

impl Running {
    /// Of X in every lane, below 10, and Z^2 in lane 3, below 2.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    fn outer(x: Sum, zz: Sum) -> Fe {
        let everywhere = zz.lane::<3>();
        // [X - Z^2 + 2, X + Z^2, X, Z^2]
        let sums = x.minus_in::<0b0001>(everywhere).plus_in::<0b0010>(everywhere);
        let sums = sums.plus_p_in::<2, 0b0001>().or::<0b1000>(zz);
        sums.plus_in::<0b0001>(sums.doubled()).reduced()
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    pub(super) fn of(point: Point) -> Self {
        let zz = point.z.times(point.z);
        Self { outer: Self::outer(point.x.sum(), zz), double_y: point.double_y, z: point.z }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn point(self) -> Point {
        Point { x: self.outer.lane::<2>(), double_y: self.double_y, z: self.z.lane::<3>() }
    }

    /// 2^`times` times the point. The loop stands here, so that the point stays in registers.
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    pub(super) fn doubled(mut self, times: usize) -> Self {
        for _ in 0..times {
            self = self.twice();
        }
        self
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    fn twice(self) -> Self {
        let Self { outer, double_y: y, z } = self;
        // [3(X - Z^2), 2Y, 2Y, 2Y] * [X + Z^2, 2Y, 2Y, Z] = [M, B, B, Z'], M below 1.3, the others below 2
        let more = outer.swapped();
        let first = y.or::<0b0001>(outer).mul(z.or::<0b0110>(y).or::<0b0001>(more));
        // [M, B, X, Z'] * [M, B, B, Z'] = [M^2, B^2, S, Z'^2], below 1.3
        let second = first.or::<0b0100>(outer).times(first);
        let (mm, s) = (second.lane::<0>(), second.lane::<2>());
        // 2(S - X') = 2(3S - M^2), below 7.8 + 3
        let double_s = s.doubled();
        let turned = double_s.plus(s).minus(mm).doubled().plus_p::<3>().carried();
        // M^2 - 2S, below 1.3 + 3
        let x = mm.plus_p::<3>().minus(double_s);
        // M 2(S - X') - B^2, below 1.9 + 2
        let product = first.lane::<0>().times(turned);
        let double_y = product.minus(second.lane::<1>()).plus_p::<2>().carried();
        double_y.check(4);
        Self { outer: Self::outer(x, second), double_y, z: first }
    }

    /// The sum with a point that is neither this one nor its negative. If it is, Z becomes 0, and stays so.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    pub(super) fn plus(self, other: &Point) -> Self {
        let (x, zz, z) = (self.outer.lane::<2>(), self.outer.lane::<3>(), self.z.lane::<3>());
        // [Z2, X2, 2Y2, 2Y1] * [Z2, Z1^2, Z1, Z2] = [Z2^2, U2, 2 Y2 Z1, 2 Y1 Z2]
        let left = other.z.or::<0b0010>(other.x).or::<0b0100>(other.double_y);
        let right = other.z.or::<0b0010>(zz).or::<0b0100>(z);
        let first = left.or::<0b1000>(self.double_y).mul(right);
        // [X1, Z1, 2 Y2 Z1, 2 Y1 Z2] * [Z2^2, Z2, Z1^2, Z2^2] = [U1, Z1 Z2, 2 S2, 2 S1]
        let other_zz = first.lane::<0>();
        let right = other_zz.or::<0b0010>(other.z).or::<0b0100>(zz);
        let second = first.or::<0b0001>(x).or::<0b0010>(z).mul(right);
        let (u, double_s) = (second.lane::<0>(), second.lane::<3>());
        // H and R = 2(S2 - S1), below 2 + 2
        let h = first.lane::<1>().sum().plus_p::<2>().minus(u.sum());
        let r = second.lane::<2>().sum().plus_p::<2>().minus(double_s.sum()).carried();
        // [2H, R, 2H, -] * [2H, R, Z1 Z2, -] = [I, R^2, Z3, -]
        let (h, double_h) = (h.carried(), h.doubled().reduced());
        let left = double_h.or::<0b0010>(r);
        let third = left.mul(left.or::<0b0100>(second.lane::<1>()));
        // [H, U1, -, Z3] * [I, I, -, Z3] = [J, V, -, Z3^2], below 2
        let (i, z) = (third.lane::<0>(), third.lane::<2>());
        let fourth = h.or::<0b0010>(u).or::<0b1000>(z).times(i.or::<0b1000>(z));
        let (j, v) = (fourth.lane::<0>(), fourth.lane::<1>());
        // R^2 - J - 2V, below 2 + 6, and 2(V - X3) = 2(3V + J - R^2), below 2(8 + 2)
        let rr = third.lane::<1>().sum();
        let double_v = v.doubled();
        let x = rr.plus_p::<6>().minus(j).minus(double_v);
        let turned = double_v.plus(v).plus(j).minus(rr).plus_p::<2>().doubled().reduced();
        // [R, 2 S1, -, -] * [2(V - X3), J, -, -], and 2 Y3 is the first less twice the second
        let fifth = r.or::<0b0010>(double_s).times(turned.or::<0b0010>(j.carried()));
        let less = fifth.lane::<1>().doubled();
        let double_y = fifth.lane::<0>().plus_p::<4>().minus(less).reduced();
        Self { outer: Self::outer(x, fourth), double_y, z }
    }
}

impl Point {
    /// 2P + `other` for self = 2P, if the Z of both is the same, and they are neither equal nor each
    /// other's negative. 2P moves to the Z of the sum.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    pub(super) fn plus_this(&mut self, other: &Self) -> Self {
        // D = 2(X1 - X2) and R = 2(Y1 - Y2), below 2
        let d = self.x.sum().plus_p::<2>().minus(other.x.sum()).doubled().reduced();
        let r = self.double_y.sum().plus_p::<2>().minus(other.double_y.sum()).reduced();
        // [D, R, Z, -]^2, but for Z D
        let left = d.or::<0b0010>(r);
        let first = left.mul(left.or::<0b0100>(self.z));
        let c = first.lane::<0>();
        // [X1, X2, -, -] * D^2 = [W1, W2, -, -]
        let second = self.x.or::<0b0010>(other.x).times(c);
        let (w1, w2) = (second.lane::<0>(), second.lane::<1>());
        // R^2 - W1 - W2, below 2 + 4
        let rr = first.lane::<1>().sum();
        let x = rr.plus_p::<4>().minus(w1).minus(w2).reduced();
        // 2(W1 - X) = 2(2 W1 + W2 - R^2), below 2(6 + 2)
        let turned = w1.doubled().plus(w2).plus_p::<2>().minus(rr).doubled().reduced();
        let apart = w1.plus_p::<2>().minus(w2).doubled().reduced();
        // [R, 2 Y1, -, -] * [2(W1 - X), 2(W1 - W2), -, -]
        let third = r.or::<0b0010>(self.double_y).times(turned.or::<0b0010>(apart));
        let double_y = third.lane::<1>();
        let sum_y = third.lane::<0>().plus_p::<2>().minus(double_y).reduced();
        let z = first.lane::<2>();
        *self = Self { x: w1.carried(), double_y: double_y.carried(), z };
        Self { x, double_y: sum_y, z }
    }
}
