// SPDX-License-Identifier: Apache-2.0
//! Tables with which a multiple of a known point needs additions only: for each of 37 digits of
//! seven bits, the 64 odd multiples of 2^(7i)·P. 148 KiB.

use super::point::{Affine, Jacobian, to_affine_all};
use super::scalar::{Digit, OddScalar, Scalar};
use super::{field, point, spread};
use crate::low::sm2::Level;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Bits of a digit.
pub(super) const WIDTH: usize = 7;
/// Digits of a number of 256 bits.
pub(super) const DIGITS: usize = 256_usize.div_ceil(WIDTH);
/// Odd multiples below 2^[`WIDTH`].
pub(super) const MULTIPLES: usize = 1 << (WIDTH - 1);

/// Row i holds 1, 3, 5, … 127 times 2^(7i)·P.
pub(super) type Rows = [[[u64; 8]; MULTIPLES]; DIGITS];

/// The table of a public point.
#[derive(Debug)]
pub(crate) struct Comb(Box<Rows>);

impl Comb {
    /// Makes the table.
    pub(crate) fn new<L: Level>(l: L, point: &Affine) -> Self {
        let (ones, twos) = powers(l, point);
        let mut rows = alloc::vec![[[0; 8]; MULTIPLES]; DIGITS].into_boxed_slice();
        for ((row, one), two) in rows.iter_mut().zip(ones).zip(twos) {
            let mut multiples = Vec::with_capacity(MULTIPLES);
            let mut next = one.to_jacobian();
            for _ in 1..MULTIPLES {
                multiples.push(next);
                // Never exceptional: all are multiples by less than n.
                next.add_affine(l, &two);
            }
            multiples.push(next);
            for (entry, affine) in row.iter_mut().zip(to_affine_all(l, &multiples)) {
                *entry = affine.to_entry();
            }
        }
        let Ok(rows) = rows.try_into() else { unreachable!("one row for each digit") };
        Self(rows)
    }

    /// The table itself.
    #[cfg(test)]
    pub(super) fn rows(&self) -> &Rows {
        &self.0
    }

    /// s·G + t·P, for public numbers.
    pub(super) fn multiply_both_vartime<L: Level>(&self, l: L, s: &Scalar, t: &Scalar) -> Jacobian {
        let base = &super::base::TABLE.0;
        if let Some(lanes) = l.lanes()
            && let Some(sum) = spread::multiply_both_vartime(l, lanes, [(base, s), (&self.0, t)])
        {
            return sum;
        }
        let sum = add_multiple_vartime(l, base, Jacobian::INFINITY, s);
        add_multiple_vartime(l, &self.0, sum, t)
    }
}

/// from + k·P by the table of P, for public points and numbers.
fn add_multiple_vartime<L: Level>(l: L, rows: &Rows, from: Jacobian, k: &Scalar) -> Jacobian {
    if k.is_zero() {
        return from;
    }
    let (odd, flip) = k.make_odd();
    let mut sum = from;
    for (i, row) in rows.iter().enumerate() {
        let Digit { index, negative } = digit(&odd, i);
        let entry = point::Affine::from_entry(row[index as usize]);
        let y = if negative ^ flip == 1 { l.sub(&field::ZERO, &entry.y) } else { entry.y };
        sum.add_affine_vartime(l, &Affine { x: entry.x, y });
    }
    sum
}

/// Digit `i`, the uppermost too.
#[inline(always)]
pub(super) fn digit(odd: &OddScalar, i: usize) -> Digit {
    if i + 1 < DIGITS {
        odd.digit::<WIDTH>(i)
    } else {
        Digit { index: odd.top::<WIDTH>(i), negative: 0 }
    }
}

/// 2^(7i)·P and twice that, for every digit.
fn powers<L: Level>(l: L, point: &Affine) -> (Vec<Affine>, Vec<Affine>) {
    let (mut ones, mut twos) = (Vec::with_capacity(DIGITS), Vec::with_capacity(DIGITS));
    let mut one = point.to_jacobian();
    for _ in 0..DIGITS {
        ones.push(one);
        one.double(l);
        twos.push(one);
        (1..WIDTH).for_each(|_| one.double(l));
    }
    (to_affine_all(l, &ones), to_affine_all(l, &twos))
}
