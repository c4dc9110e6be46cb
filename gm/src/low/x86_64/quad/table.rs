// SPDX-License-Identifier: Apache-2.0
//! The odd multiples of a point, and reading them at a secret index.

use super::field::Fe;
use super::point::{Point, Running};
use crate::low::lanes::{Digit, Number};
use crate::low::x86_64::lanes::prime::{Prime, Sm2, limbs_of, power_of_two};
use crate::plant::{self, Plant};
use core::arch::x86_64::*;

/// As many as digits of six bits need: up to 63P.
pub(super) const MULTIPLES: usize = 32;

/// P, 3P, 5P and so on: X, 2Y and Z in limbs of 52 bits, and a word that fills the second vector.
pub(super) struct Multiples([[u64; 16]; MULTIPLES]);

impl Multiples {
    /// Of a point in Montgomery form with R = 2^256.
    ///
    /// Every sum brings 2P to the Z of its result (co-Z addition of Meloni), so that three products
    /// follow one another and not five.
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    pub(super) fn of([x, y]: &[Number; 2]) -> Self {
        // 2^264 and 2^265, divided by R = 2^260
        let x = Fe::splat(&limbs_of(x)).mul(Fe::splat(&const { power_of_two(264, Sm2::P) }));
        let double_y = Fe::splat(&limbs_of(y)).mul(Fe::splat(&const { power_of_two(265, Sm2::P) }));
        let mut two = Running::of(Point { x, double_y, z: Fe::one() }).doubled(1).point();
        // P at the Z of 2P
        let zz = two.z.mul(two.z);
        let mut next = Point { x: x.mul(zz), double_y: double_y.mul(zz.mul(two.z)), z: two.z };
        let mut table = [[0; 16]; MULTIPLES];
        for (i, entry) in table.iter_mut().enumerate() {
            if i > 0 {
                next = two.plus_this(&next);
            }
            *entry = row(&next);
        }
        Self(table)
    }

    /// Entry `index`; every one is read. (2·`index` + 1)·P, or its negative.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    pub(super) fn select(&self, Digit { index, negative }: Digit) -> Point {
        let last = plant::is(Plant::FourEntry) && index + 1 == MULTIPLES as u64;
        let wanted = _mm512_set1_epi64((index - u64::from(last)).cast_signed());
        let mut at = _mm512_setzero_si512();
        let mut found = [_mm512_setzero_si512(); 2];
        for row in &self.0 {
            let keep = _mm512_cmpeq_epi64_mask(at, wanted);
            for (found, half) in found.iter_mut().zip(row.as_chunks::<8>().0) {
                // SAFETY: half a row has 64 bytes.
                let half = unsafe { _mm512_loadu_si512(half.as_ptr().cast()) };
                *found = _mm512_mask_mov_epi64(*found, keep, half);
            }
            at = _mm512_add_epi64(at, _mm512_set1_epi64(1));
        }
        let mut row = [0; 16];
        for (half, found) in row.as_chunks_mut::<8>().0.iter_mut().zip(found) {
            // SAFETY: half a row has 64 bytes.
            unsafe { _mm512_storeu_si512(half.as_mut_ptr().cast(), found) };
        }
        let part = |from: usize| Fe::splat(&core::array::from_fn(|i| row[from + i]));
        let (x, y, z) = (part(0), part(5), part(10));
        let minus_y = Fe::zero().sum().plus_p::<2>().minus(y.sum()).reduced();
        let mask = (negative.wrapping_neg() & 0xf) as __mmask8;
        Point { x, double_y: y.or_where(mask, minus_y), z }
    }
}

/// X, 2Y and Z of the first lane.
#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn row(point: &Point) -> [u64; 16] {
    let mut row = [0; 16];
    for (part, element) in row.chunks_mut(5).zip([point.x, point.double_y, point.z]) {
        part.copy_from_slice(&element.first());
    }
    row
}
