// SPDX-License-Identifier: Apache-2.0
//! Numbers modulo n, the order of the curve of SM2: four limbs of 64 bits, always below n.
//!
//! n has no form that helps, so this is Montgomery's method as it stands in every book. A signature
//! does it two or three times; every level shares it.

use super::sm2_field::{Limbs, add_limbs, product, sub_limbs, subtract_once};
use super::sm2_select::mask;
use crate::plant::{self, Plant};

/// n (GB/T 32918.5 clause 2).
pub(crate) const N: Limbs =
    [0x53bb_f409_39d5_4123, 0x7203_df6b_21c6_052b, 0xffff_ffff_ffff_ffff, 0xffff_fffe_ffff_ffff];

/// −n⁻¹ mod 2⁶⁴.
pub(super) const N_NEGATIVE_INVERSE: u64 = 0x327f_9e88_7235_0975;

/// a·b/R mod n, for a < 2²⁵⁶ and b < n, R = 2²⁵⁶.
#[inline]
pub(crate) fn mul(a: &Limbs, b: &Limbs) -> Limbs {
    let mut t = product(a, b);
    let mut top = 0;
    for i in 0..4 {
        let u = t[i].wrapping_mul(N_NEGATIVE_INVERSE);
        let mut carry = 0;
        for j in 0..4 {
            let sum = u128::from(u) * u128::from(N[j]) + u128::from(t[i + j]) + carry;
            t[i + j] = sum as u64;
            carry = sum >> 64;
        }
        debug_assert!(t[i] == 0, "a reduction step clears its limb");
        let sum = u128::from(t[i + 4]) + carry + u128::from(top);
        t[i + 4] = sum as u64;
        top = (sum >> 64) as u64;
        if plant::is(Plant::OrderCarry) && i == 2 && t[7] >> 32 == 0 {
            top = 0;
        }
    }
    // (a·b + m·n)/R with a, m < R and b < n: below 2n.
    subtract_once(&[t[4], t[5], t[6], t[7]], top, &N)
}

/// a + b mod n, for a, b < n.
#[inline]
pub(crate) fn add(a: &Limbs, b: &Limbs) -> Limbs {
    let (sum, carry) = add_limbs(a, b);
    subtract_once(&sum, carry, &N)
}

/// a − b mod n, for a, b < n.
#[inline]
pub(crate) fn sub(a: &Limbs, b: &Limbs) -> Limbs {
    let (difference, borrow) = sub_limbs(a, b);
    let mask = mask(borrow);
    add_limbs(&difference, &N.map(|limb| limb & mask)).0
}

/// a mod n for any a < 2²⁵⁶: that is below 2n.
#[inline]
pub(crate) fn reduce(a: &Limbs) -> Limbs {
    subtract_once(a, 0, &N)
}
