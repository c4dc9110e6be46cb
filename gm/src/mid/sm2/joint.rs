// SPDX-License-Identifier: Apache-2.0
//! s·G + t·P for public numbers and points. Without lanes, in one run of doublings: 28 additions for s,
//! with the first row of the table of G, and 43 for t.

use super::base::TABLE;
use super::field::ZERO;
use super::point::{Affine, Jacobian, to_affine_all};
use super::scalar::{Scalar, wnaf_vartime};
use super::spread;
use super::variable::{jacobian, multiply, odd_multiples};
use crate::low::sm2::Level;

/// Width for s: the odd multiples below 128 are the first row of the table.
const BASE_WIDTH: usize = 8;
/// Width for t.
const WIDTH: usize = 5;

/// s·G + t·P, also if that is infinity.
pub(super) fn multiply_both_vartime<L: Level>(
    l: L,
    s: &Scalar,
    t: &Scalar,
    point: &Affine,
) -> Jacobian {
    // With lanes, each alone takes less than both together do without.
    if let Some(lanes) = l.lanes()
        && let Some(of_base) = spread::multiply_vartime(l, lanes, &TABLE.0, s)
        && !t.is_zero()
    {
        return multiply(l, t, point).add_vartime(l, &of_base);
    }
    let base = &TABLE.0[0];
    let multiples = odd_multiples::<L, { 1 << (WIDTH - 2) }>(l, point);
    let multiples = to_affine_all(l, &multiples.map(jacobian));
    let t = wnaf_vartime::<WIDTH>(t);
    let s = wnaf_vartime::<BASE_WIDTH>(s);
    let mut sum = Jacobian::INFINITY;
    for (s, t) in s.iter().zip(&t).rev() {
        if !sum.is_infinity() {
            sum.double(l);
        }
        if *t != 0 {
            let entry = multiples[usize::from(t.unsigned_abs() / 2)];
            sum.add_affine_vartime(l, &signed(l, entry, *t));
        }
        if *s != 0 {
            let entry = Affine::from_entry(base[usize::from(s.unsigned_abs() / 2)]);
            sum.add_affine_vartime(l, &signed(l, entry, *s));
        }
    }
    sum
}

#[inline(always)]
fn signed<L: Level>(l: L, point: Affine, digit: i8) -> Affine {
    if digit < 0 { Affine { x: point.x, y: l.sub(&ZERO, &point.y) } } else { point }
}
