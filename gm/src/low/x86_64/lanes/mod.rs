// SPDX-License-Identifier: Apache-2.0
//! Eight points at once with the 52-bit products of AVX-512: what a batch of signatures needs. The
//! derivations are in `gm/docs/lanes.md`.
//!
//! Inputs and outputs are plain numbers of four words, least first; points are affine and on the
//! curve, which their types above this layer see to.

mod field;
mod inverse;
mod point;
pub(super) mod prime;
mod spread;
mod table;
mod windows;

use crate::low::cpu::Ifma;
use crate::low::lanes::{Check, Number, Verdict};
use core::arch::x86_64::*;
use field::Fe;
use point::{Affine, Point};
use prime::{P256, Prime, Sm2};
use table::BaseTable;
use windows::{Digits, Multiples};
use zeroize::Zeroize;

pub(in crate::low) use spread::sum;

/// \[k\]G for each k, which is between 1 and n - 1. Constant time.
pub(in crate::low) fn base_times(cpu: Ifma, scalars: &[Number], out: &mut [[Number; 2]]) {
    let table = BaseTable::of_sm2(cpu);
    // SAFETY: `cpu` exists only if this processor has AVX-512 F, BW, VL, DQ and IFMA.
    unsafe { base_times_ifma(table, scalars, out) }
}

/// \[k\]Q for each k, which is between 1 and n - 1, and its Q. Constant time.
pub(in crate::low) fn times(
    _cpu: Ifma,
    scalars: &[Number],
    points: &[[Number; 2]],
    out: &mut [[Number; 2]],
) {
    // SAFETY: `_cpu` exists only if this processor has AVX-512 F, BW, VL, DQ and IFMA.
    unsafe { times_ifma::<Sm2>(scalars, points, out) }
}

/// Whether \[s\]G + \[t\]Q has one of the abscissas asked for. The time depends on nothing but the
/// number of checks.
pub(in crate::low) fn check(cpu: Ifma, checks: &[Check], verdicts: &mut [Verdict]) {
    let table = BaseTable::of_sm2(cpu);
    for (checks, verdicts) in checks.chunks(8).zip(verdicts.chunks_mut(8)) {
        // SAFETY: `cpu` exists only if this processor has AVX-512 F, BW, VL, DQ and IFMA.
        unsafe { check_eight(table, checks, verdicts) }
    }
}

/// The same on P-256, where nothing says beforehand that Q is on the curve: if it is not, the check fails.
pub(in crate::low) fn check_p256(cpu: Ifma, checks: &[Check], verdicts: &mut [Verdict]) {
    let table = BaseTable::of_p256(cpu);
    for (checks, verdicts) in checks.chunks(8).zip(verdicts.chunks_mut(8)) {
        // SAFETY: `cpu` exists only if this processor has AVX-512 F, BW, VL, DQ and IFMA.
        let valid = unsafe {
            check_eight(table, checks, verdicts);
            on_curve::<P256>(checks)
        };
        for (lane, verdict) in verdicts.iter_mut().enumerate() {
            if valid >> lane & 1 == 0 {
                *verdict = Verdict::Fails;
            }
        }
    }
}

/// As many batches of eight share one inversion.
const SHARED: usize = 16;

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512ifma")]
fn base_times_ifma<P: Prime>(table: &BaseTable<P>, scalars: &[Number], out: &mut [[Number; 2]]) {
    for (scalars, out) in scalars.chunks(8 * SHARED).zip(out.chunks_mut(8 * SHARED)) {
        let mut points = [Point::infinity(); SHARED];
        for (point, eight) in points.iter_mut().zip(scalars.chunks(8)) {
            *point = table.times(&Digits::of(&filled(eight, [1, 0, 0, 0])));
        }
        write_affine(&points[..scalars.len().div_ceil(8)], out);
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512ifma")]
fn times_ifma<P: Prime>(scalars: &[Number], points: &[[Number; 2]], out: &mut [[Number; 2]]) {
    let chunks = scalars.chunks(8 * SHARED).zip(points.chunks(8 * SHARED));
    for ((scalars, bases), out) in chunks.zip(out.chunks_mut(8 * SHARED)) {
        let mut points = [Point::infinity(); SHARED];
        let eights = scalars.chunks(8).zip(bases.chunks(8));
        for (point, (scalars, bases)) in points.iter_mut().zip(eights) {
            let multiples = Multiples::of(affine::<P>(&filled(bases, P::G)));
            let (mut scalars, negated) = lesser_half::<P>(filled(scalars, [1, 0, 0, 0]));
            *point = multiples.times(&Digits::of(&scalars)).negated_where(negated);
            scalars.zeroize();
        }
        write_affine(&points[..scalars.len().div_ceil(8)], out);
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512ifma")]
fn check_eight<P: Prime>(table: &BaseTable<P>, checks: &[Check], verdicts: &mut [Verdict]) {
    let idle = Check { key: P::G, s: [1, 0, 0, 0], t: [1, 0, 0, 0], x: [[0; 4]; 2] };
    let checks = filled(checks, idle);
    let of_base = table.times(&Digits::of(&checks.map(|check| check.s)));
    let multiples = Multiples::of(affine::<P>(&checks.map(|check| check.key)));
    let sum = multiples.times(&Digits::of(&checks.map(|check| check.t))).plus(&of_base);
    let zz = sum.z.square();
    let is = |x: [Number; 8]| {
        let difference = Fe::from_words(&x).mul(zz).sum().plus_p::<2>().minus(sum.x).carried();
        difference.is_zero()
    };
    let holds = is(checks.map(|check| check.x[0])) | is(checks.map(|check| check.x[1]));
    let unsure = sum.z.is_zero();
    for (lane, verdict) in verdicts.iter_mut().enumerate() {
        *verdict = match (unsure >> lane & 1, holds >> lane & 1) {
            (1, _) => Verdict::Unsure,
            (_, 1) => Verdict::Holds,
            _ => Verdict::Fails,
        };
    }
}

/// The lanes whose point is on the curve: y^2 = x^3 - 3x + b.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512ifma")]
fn on_curve<P: Prime>(checks: &[Check]) -> __mmask8 {
    let points = core::array::from_fn(|lane| checks.get(lane).map_or(P::G, |check| check.key));
    let Affine { x, y } = affine::<P>(&points);
    // Below 1.25 + 1.25 + 6, and y^2 is below 1.25.
    let cube = x.square().mul(x).sum().plus(Fe::from_words(&[P::B; 8])).plus_p::<6>();
    let right = cube.minus_times::<1>(x).minus(x).reduced();
    right.sum().plus_p::<2>().minus(y.square()).carried().is_zero()
}

/// Each scalar or n less it, whichever is below n / 2, and where it is the latter. Of such a scalar
/// no step of [`Multiples::times`] adds a point to itself or its negative.
fn lesser_half<P: Prime>(mut scalars: [Number; 8]) -> ([Number; 8], __mmask8) {
    let mut negated = 0;
    for (lane, scalar) in scalars.iter_mut().enumerate() {
        let (mut less, _) = minus(&P::ORDER, scalar);
        let (_, borrow) = minus(&less, scalar);
        for (word, less) in scalar.iter_mut().zip(less) {
            *word ^= (*word ^ less) & borrow.wrapping_neg();
        }
        negated |= (borrow as __mmask8) << lane;
        less.zeroize();
    }
    (scalars, negated)
}

/// The difference, and 1 if it is negative.
fn minus(a: &Number, b: &Number) -> (Number, u64) {
    let mut borrow = false;
    let difference = core::array::from_fn(|i| {
        let (word, first) = a[i].overflowing_sub(b[i]);
        let (word, second) = word.overflowing_sub(u64::from(borrow));
        borrow = first | second;
        word
    });
    (difference, u64::from(borrow))
}

/// Eight of them, the last ones being `idle` where there are fewer.
fn filled<T: Copy>(some: &[T], idle: T) -> [T; 8] {
    core::array::from_fn(|lane| some.get(lane).copied().unwrap_or(idle))
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn affine<P: Prime>(points: &[[Number; 2]; 8]) -> Affine<P> {
    Affine {
        x: Fe::from_words(&points.map(|point| point[0])),
        y: Fe::from_words(&points.map(|point| point[1])),
    }
}

/// The affine coordinates of points none of which is infinity, with one inversion for all.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn write_affine<P: Prime>(points: &[Point<P>], out: &mut [[Number; 2]]) {
    let mut inverses = [Fe::one(); SHARED];
    for (inverse, point) in inverses.iter_mut().zip(points) {
        *inverse = point.z;
    }
    inverse::invert_all::<P, SHARED>(&mut inverses[..points.len()]);
    for ((point, inverse), out) in points.iter().zip(inverses).zip(out.chunks_mut(8)) {
        let square = inverse.square();
        let (x, y) = (point.x.mul(square).to_words(), point.y.mul(square.mul(inverse)).to_words());
        for (lane, out) in out.iter_mut().enumerate() {
            *out = [x[lane], y[lane]];
        }
    }
}
