// SPDX-License-Identifier: Apache-2.0
//! Scalars as signed digits, and the multiples of a point that is not known before.

use super::field::{Fe, load};
use super::point::{Affine, Point};
use super::prime::Prime;
use crate::low::lanes::Number;
use core::arch::x86_64::*;
use zeroize::Zeroize;

/// Eight scalars of 256 bits in digits of `W` bits between -(2^(W-1) - 1) and 2^(W-1), the lowest
/// first. Wiped on drop: they may be nonces.
pub(super) struct Digits<const W: usize, const N: usize>([[i64; 8]; N]);

impl<const W: usize, const N: usize> Digits<W, N> {
    pub(super) fn of(scalars: &[Number; 8]) -> Self {
        const { assert!(W * N > 256, "the last carry must find a place") };
        let mut digits = [[0; 8]; N];
        for (lane, scalar) in scalars.iter().enumerate() {
            let mut carry = 0;
            for (i, digit) in digits.iter_mut().enumerate() {
                let raw = window::<W>(scalar, W * i) + carry;
                // Above half: that much less, and one more in the next.
                carry = ((1 << (W - 1)) - raw) >> 63 & 1;
                digit[lane] = raw - (carry << W);
            }
        }
        Self(digits)
    }

    /// One digit of each: its absolute value, where it is negative, where it is 0.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    pub(super) fn at(&self, i: usize) -> (__m512i, __mmask8, __mmask8) {
        let digits = load(&self.0[i].map(i64::cast_unsigned));
        let zero = _mm512_testn_epi64_mask(digits, digits);
        (_mm512_abs_epi64(digits), _mm512_movepi64_mask(digits), zero)
    }
}

impl<const W: usize, const N: usize> Drop for Digits<W, N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// W bits from bit `from` on. Which words are read depends on `from` alone.
fn window<const W: usize>(scalar: &Number, from: usize) -> i64 {
    let word = |i: usize| scalar.get(i).copied().unwrap_or(0);
    let both = u128::from(word(from / 64)) | u128::from(word(from / 64 + 1)) << 64;
    ((both >> (from % 64)) as i64) & ((1 << W) - 1)
}

/// Once to sixteen times the points of eight lanes.
pub(super) struct Multiples<P>([Point<P>; 16]);

impl<P: Prime> Multiples<P> {
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn of(point: Affine<P>) -> Self {
        let mut multiples = [point.projective(); 16];
        for i in (2..16).step_by(2) {
            multiples[i - 1] = multiples[i / 2 - 1].doubled();
            multiples[i] = multiples[i - 1].plus_affine(&point);
        }
        multiples[15] = multiples[7].doubled();
        Self(multiples)
    }

    /// The multiple that each lane asks for, 1 to 16. Reads all of them.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn select(&self, which: __m512i) -> Point<P> {
        let mut selected = self.0[0];
        for (i, multiple) in (2..).zip(&self.0[1..]) {
            let wanted = _mm512_cmpeq_epi64_mask(which, _mm512_set1_epi64(i));
            selected = selected.or_where(wanted, *multiple);
        }
        selected
    }

    /// The multiple that a digit asks for, and where the digit is 0: any.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn term(&self, scalar: &Digits<5, 52>, i: usize) -> (Point<P>, __mmask8) {
        let (which, negative, zero) = scalar.at(i);
        (self.select(which).negated_where(negative), zero)
    }

    /// As many times the point as each lane's scalar says. Where the scalar is 0, or in the last
    /// step a point was added to itself or its negative, Z is 0.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn times(&self, scalar: &Digits<5, 52>) -> Point<P> {
        let (mut sum, mut empty) = self.term(scalar, 51);
        for i in (0..51).rev() {
            for _ in 0..5 {
                sum = sum.doubled();
            }
            let (next, zero) = self.term(scalar, i);
            let both = sum.plus(&next);
            sum = both.or_where(empty, next).or_where(zero, sum);
            empty &= zero;
        }
        // Doubling what is empty left something behind.
        sum.z = sum.z.or_where(empty, Fe::zero());
        sum
    }
}
