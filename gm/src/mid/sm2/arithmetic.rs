// SPDX-License-Identifier: Apache-2.0
//! The arithmetic of a level for checks that choose its operands, which no signature would meet in a
//! lifetime. Numbers are 32 bytes, most significant first, and Montgomery's R is 2²⁵⁶.

use super::field::{bytes_of, limbs_of};
use super::scalar::Scalar;
use crate::low::sm2::{Level, MODULUS_N, MODULUS_P, at_best_level, mod_n};

/// For a, b < p: a·b/R, a²/R, (a·b − b²)/R, a + b, a − b, a/2, 1/a (0 for 0), all modulo p.
pub(crate) fn field(a: &[u8; 32], b: &[u8; 32]) -> [[u8; 32]; 7] {
    at_best_level!(l => field_at(l, a, b))
}

fn field_at<L: Level>(l: L, a: &[u8; 32], b: &[u8; 32]) -> [[u8; 32]; 7] {
    let (a, b) = (limbs_of(a), limbs_of(b));
    let results = [
        l.mul(&a, &b),
        l.sqr(&a),
        l.mul_sub(&a, &b, &l.sqr_wide(&b)),
        l.add(&a, &b),
        l.sub(&a, &b),
        l.halve(&a),
        l.invert(&a, &MODULUS_P),
    ];
    results.map(|limbs| bytes_of(&limbs))
}

/// For a, b < p: a·b/2²⁶⁰ modulo p, by each of four lanes, if there are any.
pub(crate) fn products(a: &[u8; 32], b: &[u8; 32]) -> Option<[[u8; 32]; 4]> {
    let lanes = at_best_level!(l => l.lanes())?;
    Some(lanes.products(&limbs_of(a), &limbs_of(b)).map(|limbs| bytes_of(&limbs)))
}

/// For a, b < n and any c: a·b/R, c·b/R, a + b, a − b, c, 1/a (0 for 0), c·2²⁵⁶ + a, all modulo n.
pub(crate) fn scalar(a: &[u8; 32], b: &[u8; 32], c: &[u8; 32]) -> [[u8; 32]; 7] {
    let mut wide = [0; 64];
    wide[..32].copy_from_slice(c);
    wide[32..].copy_from_slice(a);
    let (a, b, c) = (limbs_of(a), limbs_of(b), limbs_of(c));
    let results = [
        mod_n::mul(&a, &b),
        mod_n::mul(&c, &b),
        mod_n::add(&a, &b),
        mod_n::sub(&a, &b),
        mod_n::reduce(&c),
        at_best_level!(l => l.invert(&a, &MODULUS_N)),
        *Scalar::reduce_wide(&wide).limbs(),
    ];
    results.map(|limbs| bytes_of(&limbs))
}
