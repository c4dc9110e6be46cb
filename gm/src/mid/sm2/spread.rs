// SPDX-License-Identifier: Apache-2.0
//! Multiples by tables with the eight lanes of [`PointLanes`]: the digits of a number are spread over the
//! lanes, each of which adds a few terms, from the uppermost down.
//!
//! Which sums could be exceptional, and why none is, stands in `gm/docs/sm2.md`.

use super::comb::{DIGITS, Rows, WIDTH, digit};
use super::point::Jacobian;
use super::scalar::{Digit, OddScalar, Scalar};
use crate::low::lanes::{Number, PointLanes, Step};
use crate::low::sm2::Level;
use zeroize::Zeroize;

/// Digits of a secret number in each lane; lane 7 has two.
const EACH: usize = DIGITS.div_ceil(8);
/// Digits of a public number in each of four lanes; the last one has seven.
const EACH_OF_FOUR: usize = DIGITS.div_ceil(4);

/// k·G for k ≠ 0 with the table of G. Constant time, without an exceptional sum.
pub(super) fn multiply<L: Level>(l: L, lanes: PointLanes, rows: &Rows, k: &Scalar) -> Jacobian {
    let (mut odd, flip) = k.make_odd();
    let mut steps = [IDLE; EACH];
    for (at, step) in steps.iter_mut().rev().enumerate() {
        for lane in 0..8 {
            let i = EACH * lane + at;
            if i + 1 < DIGITS {
                let Digit { index, negative } = digit(&odd, i);
                step.points[lane] = l.select_8(&rows[i], index);
                step.negative |= ((negative ^ flip) as u8) << lane;
            } else if i + 1 == DIGITS {
                // Four bits: one of the first eight entries.
                step.points[lane] = l.select_8(&rows[i][..8], odd.top::<WIDTH>(i));
                step.negative |= (flip as u8) << lane;
            }
        }
        // Every lane begins with its uppermost digit.
        step.begin = begin(at, EACH, 8);
    }
    odd.zeroize();
    let [mut low, second, third, mut sum] = lanes.sum(&steps).map(jacobian);
    for step in &mut steps {
        step.points.zeroize();
        step.negative.zeroize();
    }
    // From the uppermost down: only the last sum could meet n, and bit 70 of n forbids it.
    sum.add(l, &third);
    sum.add(l, &second);
    sum.add(l, &low);
    low.zeroize();
    sum
}

/// s·G + t·P with the tables of both, for public numbers. `None` if one of them is 0 or any sum met
/// equal or opposite points.
pub(super) fn multiply_both_vartime<L: Level>(
    l: L,
    lanes: PointLanes,
    numbers: [(&Rows, &Scalar); 2],
) -> Option<Jacobian> {
    if numbers.iter().any(|(_, number)| number.is_zero()) {
        return None;
    }
    let mut steps = [IDLE; EACH_OF_FOUR];
    for (half, (rows, number)) in numbers.into_iter().enumerate() {
        let (odd, flip) = number.make_odd();
        fill_vartime(&mut steps, rows, &odd, flip, 4 * half..4 * half + 4);
    }
    sum_vartime(l, lanes, &steps)
}

/// s·G with the table of G, for a public number; `None` as above.
pub(super) fn multiply_vartime<L: Level>(
    l: L,
    lanes: PointLanes,
    rows: &Rows,
    s: &Scalar,
) -> Option<Jacobian> {
    if s.is_zero() {
        return None;
    }
    let mut steps = [IDLE; EACH];
    let (odd, flip) = s.make_odd();
    fill_vartime(&mut steps, rows, &odd, flip, 0..8);
    sum_vartime(l, lanes, &steps)
}

fn sum_vartime<L: Level>(l: L, lanes: PointLanes, steps: &[Step]) -> Option<Jacobian> {
    let sums = lanes.sum(steps).map(jacobian);
    if sums.iter().any(Jacobian::is_infinity) {
        return None;
    }
    let [a, b, c, d] = sums;
    Some(d.add_vartime(l, &c).add_vartime(l, &b).add_vartime(l, &a))
}

/// The digits of a public number into some of the lanes.
fn fill_vartime(
    steps: &mut [Step],
    rows: &Rows,
    odd: &OddScalar,
    flip: u64,
    lanes: core::ops::Range<usize>,
) {
    let (each, count) = (steps.len(), lanes.len());
    for (at, step) in steps.iter_mut().rev().enumerate() {
        for (part, lane) in lanes.clone().enumerate() {
            let i = each * part + at;
            if let Some(row) = rows.get(i) {
                let Digit { index, negative } = digit(odd, i);
                step.points[lane] = row[index as usize];
                step.negative |= ((negative ^ flip) as u8) << lane;
            }
        }
        step.begin |= begin(at, each, count) << lanes.start;
    }
}

/// The lanes that begin with digit `at` of `each`: all but the last one with the uppermost, and the
/// last one, which has fewer, with what is its uppermost.
fn begin(at: usize, each: usize, lanes: usize) -> u8 {
    let last: u8 = 1 << (lanes - 1);
    let mut begin = if at + 1 == each { (last - 1) | last } else { 0 };
    if at + 1 == DIGITS - each * (lanes - 1) {
        begin |= last;
    }
    begin
}

fn jacobian([x, y, z]: [Number; 3]) -> Jacobian {
    Jacobian { x, y, z }
}

/// Lanes that have nothing to add add zeros, before they begin.
const IDLE: Step = Step { points: [[0; 8]; 8], negative: 0, begin: 0 };
