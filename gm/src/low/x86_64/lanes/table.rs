// SPDX-License-Identifier: Apache-2.0
//! Multiples of the base point, made once: 64 for each of 37 windows of 7 bits, 189 KiB.

use super::field::{Fe, load, store};
use super::inverse;
use super::point::{Affine, Point};
use super::prime::{P256, Prime, Sm2};
use super::windows::Digits;
use crate::low::cpu::Ifma;
use alloc::boxed::Box;
use alloc::vec;
use core::arch::x86_64::*;
use core::marker::PhantomData;
use std::sync::OnceLock;

/// Windows of 7 bits in a scalar and its last carry.
const WINDOWS: usize = 37;
/// Multiples in a window: once to 64 times.
const ENTRIES: usize = 64;

/// The five limbs of x and of y of a window's multiples: a limb of all 64 stands together, as 8 vectors.
type Window = [[[u64; 8]; 8]; 10];

/// \[j 2^7i\]G for j from 1 to 64 and each window i.
pub(super) struct BaseTable<P>(Box<[Window]>, PhantomData<P>);

impl BaseTable<Sm2> {
    /// The table of SM2's base point, which is made when it is asked for first.
    pub(super) fn of_sm2(_cpu: Ifma) -> &'static Self {
        static TABLE: OnceLock<BaseTable<Sm2>> = OnceLock::new();
        // SAFETY: `_cpu` exists only if this processor has AVX-512 F, DQ and IFMA.
        TABLE.get_or_init(|| unsafe { BaseTable::new() })
    }
}

impl BaseTable<P256> {
    /// The same of P-256's.
    pub(super) fn of_p256(_cpu: Ifma) -> &'static Self {
        static TABLE: OnceLock<BaseTable<P256>> = OnceLock::new();
        // SAFETY: `_cpu` exists only if this processor has AVX-512 F, DQ and IFMA.
        TABLE.get_or_init(|| unsafe { BaseTable::new() })
    }
}

impl<P: Prime> BaseTable<P> {
    /// Never a part of another function: whoever had this frame in its own would have ninety KiB to wipe.
    #[cold]
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    fn new() -> Self {
        let mut windows = vec![[[[0; 8]; 8]; 10]; WINDOWS].into_boxed_slice();
        let mut first = super::affine::<P>(&[P::G; 8]).projective();
        for eight in windows.chunks_mut(8) {
            // Lane i gets the first multiple of window i of these eight.
            let mut one = first;
            for lane in 1..8 {
                for _ in 0..7 {
                    first = first.doubled();
                }
                one = one.or_where(0xff << lane, first);
            }
            for _ in 0..7 {
                first = first.doubled();
            }
            for (j, multiple) in multiples(one).into_iter().enumerate() {
                let limbs = multiple.x.0.into_iter().chain(multiple.y.0);
                for (i, limb) in limbs.map(|limb| store(limb)).enumerate() {
                    for (lane, window) in eight.iter_mut().enumerate() {
                        window[i][j / 8][j % 8] = limb[lane];
                    }
                }
            }
        }
        Self(windows, PhantomData)
    }

    /// As many times the base point as each lane's scalar says, which is not 0.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512ifma")]
    pub(super) fn times(&self, scalar: &Digits<7, WINDOWS>) -> Point<P> {
        let term = |i: usize| {
            let (which, negative, zero) = scalar.at(i);
            (select(&self.0[i], which).negated_where(negative), zero)
        };
        let (first, mut empty) = term(0);
        let mut sum = first.projective();
        for i in 1..WINDOWS {
            let (next, zero) = term(i);
            let both = sum.plus_affine(&next);
            sum = both.or_where(empty, next.projective()).or_where(zero, sum);
            empty &= zero;
        }
        sum
    }
}

/// The multiple that each lane asks for, 1 to 64 (and any for 0). Reads all of them: two vectors
/// are one table of 16 for the permutation, then bits 4 and 5 choose between four.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn select<P: Prime>(window: &Window, which: __m512i) -> Affine<P> {
    let at = _mm512_sub_epi64(which, _mm512_set1_epi64(1));
    let bit_4 = _mm512_test_epi64_mask(at, _mm512_set1_epi64(16));
    let bit_5 = _mm512_test_epi64_mask(at, _mm512_set1_epi64(32));
    let mut limbs = [_mm512_setzero_si512(); 10];
    for (limb, all) in limbs.iter_mut().zip(window) {
        let of = |i: usize| _mm512_permutex2var_epi64(load(&all[2 * i]), at, load(&all[2 * i + 1]));
        let low = _mm512_mask_mov_epi64(of(0), bit_4, of(1));
        let high = _mm512_mask_mov_epi64(of(2), bit_4, of(3));
        *limb = _mm512_mask_mov_epi64(low, bit_5, high);
    }
    let [a, b, c, d, e, f, g, h, i, j] = limbs;
    Affine { x: Fe::new([a, b, c, d, e]), y: Fe::new([f, g, h, i, j]) }
}

/// Once to 64 times the point of each lane.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn multiples<P: Prime>(one: Point<P>) -> [Affine<P>; ENTRIES] {
    let mut points = [one; ENTRIES];
    for i in 2..=ENTRIES {
        points[i - 1] =
            if i % 2 == 0 { points[i / 2 - 1].doubled() } else { points[i - 2].plus(&one) };
    }
    let mut inverses = points.map(|point| point.z);
    inverse::invert_all::<P, ENTRIES>(&mut inverses);
    core::array::from_fn(|i| {
        let square = inverses[i].square();
        Affine { x: points[i].x.mul(square), y: points[i].y.mul(square.mul(inverses[i])) }
    })
}
