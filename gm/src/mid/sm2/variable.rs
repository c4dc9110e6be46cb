// SPDX-License-Identifier: Apache-2.0
//! Multiples of any point by secret numbers: signed odd digits of six bits, a table of 32 odd
//! multiples made for each call.

use super::field::negate_if;
use super::point::{Affine, Jacobian};
use super::scalar::{Digit, Scalar};
use crate::low::sm2::{Level, Limbs};
use zeroize::Zeroize;

/// Bits of a digit. With 5 instead, the number n − 6 would need the sum of two equal points.
const WIDTH: usize = 6;
/// Digits of a number of 256 bits.
const DIGITS: usize = 256_usize.div_ceil(WIDTH);
/// Odd multiples below 2^[`WIDTH`].
const MULTIPLES: usize = 1 << (WIDTH - 1);

/// k·P for k ≠ 0. No addition can be exceptional (`gm/docs/sm2.md`).
pub(crate) fn multiply<L: Level>(l: L, k: &Scalar, point: &Affine) -> Jacobian {
    let (mut odd, flip) = k.make_odd();
    let mut digits = [Digit::default(); DIGITS];
    for (digit, i) in digits.iter_mut().zip((0..DIGITS).rev()) {
        // The uppermost one has four bits, and is positive.
        *digit = match i + 1 {
            DIGITS => Digit { index: odd.top::<WIDTH>(i), negative: 0 },
            _ => odd.digit::<WIDTH>(i),
        };
    }
    odd.zeroize();
    let mut sum = match l.lanes() {
        Some(lanes) => {
            let [x, y, z] = lanes.multiply(&digits, &[point.x, point.y]);
            Jacobian { x, y, z }
        }
        None => by_digits(l, &digits, point),
    };
    digits.zeroize();
    sum.y = negate_if(l, flip, &sum.y);
    sum
}

/// The digits' multiple of P without lanes.
fn by_digits<L: Level>(l: L, digits: &[Digit; DIGITS], point: &Affine) -> Jacobian {
    let table = odd_multiples::<L, MULTIPLES>(l, point);
    // The uppermost digit is one of the first eight entries.
    let mut sum = jacobian(l.select_12(&table[..8], digits[0].index));
    for Digit { index, negative } in &digits[1..] {
        for _ in 0..WIDTH {
            sum.double(l);
        }
        let mut entry = jacobian(l.select_12(&table, *index));
        entry.y = negate_if(l, *negative, &entry.y);
        sum.add(l, &entry);
    }
    sum
}

/// P, 3P, 5P, …. Every addition brings 2P to the Z of its result (co-Z addition of Meloni), so
/// that the next one costs 5M + 2S.
pub(super) fn odd_multiples<L: Level, const COUNT: usize>(
    l: L,
    point: &Affine,
) -> [[u64; 12]; COUNT] {
    let mut double = point.to_jacobian();
    double.double(l);
    let zz = l.sqr(&double.z);
    // P at the Z of 2P.
    let mut next = Jacobian {
        x: l.mul(&point.x, &zz),
        y: l.mul(&point.y, &l.mul(&zz, &double.z)),
        z: double.z,
    };
    let mut two = (double.x, double.y);
    let mut table = [[0; 12]; COUNT];
    let last = COUNT - 1;
    for entry in &mut table[..last] {
        *entry = to_entry(&next);
        next = add_two(l, &mut two, &next);
    }
    table[last] = to_entry(&next);
    table
}

/// 2P + point, both at the same Z, for 2P ≠ ±point; 2P moves to the new Z.
#[inline(never)]
fn add_two<L: Level>(l: L, two: &mut (Limbs, Limbs), point: &Jacobian) -> Jacobian {
    let difference = l.sub(&two.0, &point.x);
    let c = l.sqr(&difference);
    let (w1, w2) = (l.mul(&two.0, &c), l.mul(&point.x, &c));
    let r = l.sub(&two.1, &point.y);
    let a = l.mul(&two.1, &l.sub(&w1, &w2));
    let x = l.sub(&l.sub(&l.sqr(&r), &w1), &w2);
    let y = l.sub(&l.mul(&r, &l.sub(&w1, &x)), &a);
    *two = (w1, a);
    Jacobian { x, y, z: l.mul(&point.z, &difference) }
}

fn to_entry(point: &Jacobian) -> [u64; 12] {
    let mut entry = [0; 12];
    entry[..4].copy_from_slice(&point.x);
    entry[4..8].copy_from_slice(&point.y);
    entry[8..].copy_from_slice(&point.z);
    entry
}

#[inline(always)]
pub(super) fn jacobian([a, b, c, d, e, f, g, h, i, j, k, l]: [u64; 12]) -> Jacobian {
    Jacobian { x: [a, b, c, d], y: [e, f, g, h], z: [i, j, k, l] }
}
