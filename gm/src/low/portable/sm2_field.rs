// SPDX-License-Identifier: Apache-2.0
//! The field of SM2 in portable code: four limbs of 64 bits, least significant first, in
//! Montgomery form with R = 2²⁵⁶, always below p. The oracle of the other levels.
//!
//! p = 2²⁵⁶ − 2²²⁴ − 2⁹⁶ + 2⁶⁴ − 1 (GB/T 32918.5 clause 2). Why reduction needs no multiplication,
//! and the bounds, are in `gm/docs/sm2.md`. Not here: inversion (`sm2_inverse`).

use super::sm2_select::mask;
use crate::plant::{self, Plant};

pub(crate) type Limbs = [u64; 4];

/// p.
pub(crate) const P: Limbs =
    [0xffff_ffff_ffff_ffff, 0xffff_ffff_0000_0000, 0xffff_ffff_ffff_ffff, 0xffff_fffe_ffff_ffff];

/// a·b/R mod p, for a, b < p.
#[inline(always)]
pub(crate) fn mul(a: &Limbs, b: &Limbs) -> Limbs {
    reduce(&product(a, b))
}

/// a²/R mod p, for a < p.
#[inline(always)]
pub(crate) fn sqr(a: &Limbs) -> Limbs {
    reduce(&product(a, a))
}

/// a·b, not reduced.
#[inline(always)]
pub(crate) fn mul_wide(a: &Limbs, b: &Limbs) -> [u64; 8] {
    product(a, b)
}

/// a², not reduced.
#[inline(always)]
pub(crate) fn sqr_wide(a: &Limbs) -> [u64; 8] {
    product(a, a)
}

/// (a·b − m)/R mod p, for a, b < p and m < p·R: two products for one reduction.
#[inline(always)]
pub(crate) fn mul_sub(a: &Limbs, b: &Limbs, m: &[u64; 8]) -> Limbs {
    let t = product(a, b);
    let lower = |t: &[u64; 8]| [t[0], t[1], t[2], t[3]];
    let upper = |t: &[u64; 8]| [t[4], t[5], t[6], t[7]];
    let (low, borrow) = sub_limbs(&lower(&t), &lower(m));
    let (high, first) = sub_limbs(&upper(&t), &[borrow, 0, 0, 0]);
    let (high, second) = sub_limbs(&high, &upper(m));
    // Below 0, p·R is added: −p·R < a·b − m < p·R.
    let lost = plant::is(Plant::FieldBorrow);
    let mask = mask(if lost { second } else { first | second });
    let high = add_limbs(&high, &P.map(|limb| limb & mask)).0;
    let [l0, l1, l2, l3] = low;
    let [h0, h1, h2, h3] = high;
    reduce(&[l0, l1, l2, l3, h0, h1, h2, h3])
}

/// a + b mod p, for a, b < p.
#[inline(always)]
pub(crate) fn add(a: &Limbs, b: &Limbs) -> Limbs {
    let (sum, mut carry) = add_limbs(a, b);
    if plant::is(Plant::FieldCarry) && sum[3] >> 32 == 0 {
        carry = 0;
    }
    subtract_once(&sum, carry, &P)
}

/// a − b mod p, for a, b < p.
#[inline(always)]
pub(crate) fn sub(a: &Limbs, b: &Limbs) -> Limbs {
    let (difference, borrow) = sub_limbs(a, b);
    // If it borrowed, the true value is difference − 2²⁵⁶, and adding p carries it back.
    let mask = mask(borrow);
    add_limbs(&difference, &P.map(|limb| limb & mask)).0
}

/// a/2 mod p, for a < p: an odd a is made even by adding p.
#[inline(always)]
pub(crate) fn halve(a: &Limbs) -> Limbs {
    let mask = mask(a[0] & 1);
    let (s, mut carry) = add_limbs(a, &P.map(|limb| limb & mask));
    if plant::is(Plant::HalfCarry) && s[3] >> 32 == 0 {
        carry = 0;
    }
    let shifted = |low: u64, high: u64| (low >> 1) | (high << 63);
    [shifted(s[0], s[1]), shifted(s[1], s[2]), shifted(s[2], s[3]), shifted(s[3], carry)]
}

/// The eight limbs of a·b.
#[inline(always)]
pub(super) fn product(a: &Limbs, b: &Limbs) -> [u64; 8] {
    let mut t = [0; 8];
    for i in 0..4 {
        let mut carry = 0;
        for j in 0..4 {
            // At most (2⁶⁴ − 1)² + 2·(2⁶⁴ − 1) = 2¹²⁸ − 1.
            let sum = u128::from(a[i]) * u128::from(b[j]) + u128::from(t[i + j]) + carry;
            t[i + j] = sum as u64;
            carry = sum >> 64;
        }
        t[i + 4] = carry as u64;
    }
    t
}

/// t/R mod p, for t < p·R. Four steps each clear one low limb u by adding u·p, which is u·(p + 1)
/// at the limbs above: + u at the first and fourth, − (u·2³²) at the first, second, third, fourth.
#[inline(always)]
fn reduce(t: &[u64; 8]) -> Limbs {
    let mut low = [t[0], t[1], t[2], t[3]];
    for _ in 0..4 {
        low = step(&low);
    }
    // low ≤ p and the upper half is below p, so that the sum is below 2p.
    let (sum, carry) = add_limbs(&low, &[t[4], t[5], t[6], t[7]]);
    subtract_once(&sum, carry, &P)
}

/// (l + u·p)/2⁶⁴ for u = l mod 2⁶⁴. Below 2¹⁹² + p < 2²⁵⁶.
#[inline(always)]
fn step(l: &Limbs) -> Limbs {
    let u = l[0];
    let (v, w) = (u << 32, u >> 32);
    let wide = |limb: u64| i128::from(limb);
    let a = wide(l[1]) + wide(u) - wide(v);
    let b = wide(l[2]) - wide(w) + (a >> 64);
    let c = wide(l[3]) - wide(v) + (b >> 64);
    let d = wide(u) - wide(w) + (c >> 64);
    debug_assert!(d >> 64 == 0, "a reduction step stays in four limbs");
    [a as u64, b as u64, c as u64, d as u64]
}

/// `carry`·2²⁵⁶ + a − m if that is not negative, else a. For a + carry·2²⁵⁶ < 2m: below m.
#[inline(always)]
pub(super) fn subtract_once(a: &Limbs, carry: u64, m: &Limbs) -> Limbs {
    let (reduced, borrow) = sub_limbs(a, m);
    // Keep a if the subtraction borrowed more than the carry gives.
    let keep = mask(borrow & (carry ^ 1));
    let pick = |i: usize| (a[i] & keep) | (reduced[i] & !keep);
    [pick(0), pick(1), pick(2), pick(3)]
}

#[inline(always)]
pub(crate) fn add_limbs(a: &Limbs, b: &Limbs) -> (Limbs, u64) {
    let step = |i: usize, carry: u64| {
        let (sum, first) = a[i].overflowing_add(b[i]);
        let (sum, second) = sum.overflowing_add(carry);
        (sum, u64::from(first | second))
    };
    let (r0, c) = step(0, 0);
    let (r1, c) = step(1, c);
    let (r2, c) = step(2, c);
    let (r3, c) = step(3, c);
    ([r0, r1, r2, r3], c)
}

#[inline(always)]
pub(crate) fn sub_limbs(a: &Limbs, b: &Limbs) -> (Limbs, u64) {
    let step = |i: usize, borrow: u64| {
        let (difference, first) = a[i].overflowing_sub(b[i]);
        let (difference, second) = difference.overflowing_sub(borrow);
        (difference, u64::from(first | second))
    };
    let (r0, c) = step(0, 0);
    let (r1, c) = step(1, c);
    let (r2, c) = step(2, c);
    let (r3, c) = step(3, c);
    ([r0, r1, r2, r3], c)
}
