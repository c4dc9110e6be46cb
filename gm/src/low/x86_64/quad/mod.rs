// SPDX-License-Identifier: Apache-2.0
//! One multiple of one point of SM2's curve with the 52-bit products of AVX-512, four side by side. The
//! derivations are in `gm/docs/lanes.md`.

mod field;
mod point;
mod product;
mod table;

use crate::low::cpu::Ifma;
use crate::low::lanes::{Digit, Number};
#[cfg(feature = "harness")]
use crate::low::x86_64::lanes::prime::limbs_of;
use crate::low::x86_64::lanes::prime::{Prime, Sm2, power_of_two, words_of};
use field::Fe;
use point::Running;
use table::Multiples;

/// Digit after digit from the uppermost down: 2^6 times what there is, plus the digit's multiple of the
/// point. The point and the sum, which is Jacobian, are in Montgomery form with R = 2^256. Constant time.
/// Z is 0 if a sum met a point equal to it, or its negative.
pub(in crate::low) fn multiply(_cpu: Ifma, digits: &[Digit], point: &[Number; 2]) -> [Number; 3] {
    // SAFETY: `_cpu` exists only if this processor has AVX-512 F, BW, VL, DQ and IFMA.
    unsafe { multiply_ifma(digits, point) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512ifma")]
fn multiply_ifma(digits: &[Digit], point: &[Number; 2]) -> [Number; 3] {
    let multiples = Multiples::of(point);
    let mut sum = Running::of(multiples.select(digits[0]));
    for digit in &digits[1..] {
        sum = sum.doubled(6).plus(&multiples.select(*digit));
    }
    let point = sum.point();
    // [X, 2Y, Z] times [2^256, 2^255, 2^256], divided by R = 2^260
    let coordinates = point.x.or::<0b0010>(point.double_y).or::<0b0100>(point.z);
    let factors = Fe::splat(&const { power_of_two(256, Sm2::P) })
        .or::<0b0010>(Fe::splat(&const { power_of_two(255, Sm2::P) }));
    let plain = coordinates.mul(factors).canonical();
    [plain.first(), plain.lane::<1>().first(), plain.lane::<2>().first()]
        .map(|limbs| words_of(&limbs))
}

/// For a check that chooses operands: a b / 2^260 modulo p, four times over, of a and b with other multiples
/// of p added in each lane.
#[cfg(feature = "harness")]
pub(in crate::low) fn products(_cpu: Ifma, a: &Number, b: &Number) -> [Number; 4] {
    // SAFETY: `_cpu` exists only if this processor has AVX-512 F, BW, VL, DQ and IFMA.
    unsafe { products_ifma(a, b) }
}

#[cfg(feature = "harness")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512ifma")]
fn products_ifma(a: &Number, b: &Number) -> [Number; 4] {
    let [a, b] = [a, b].map(|number| Fe::splat(&limbs_of(number)).sum());
    let a = a.plus_p_in::<1, 0b0010>().plus_p_in::<2, 0b0100>().plus_p_in::<3, 0b1000>();
    let b = b.plus_p_in::<3, 0b0001>().plus_p_in::<2, 0b0010>().plus_p_in::<1, 0b0100>();
    let all = a.carried().mul(b.carried()).canonical();
    [all, all.lane::<1>(), all.lane::<2>(), all.lane::<3>()].map(|lane| words_of(&lane.first()))
}
