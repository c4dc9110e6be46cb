// SPDX-License-Identifier: Apache-2.0
//! Four elements of the field of SM2, one in each lane of a vector of 256 bits: Montgomery form with
//! R = 2^260, five limbs of 52 bits. Bounds as in `lanes/field.rs`; debug builds check them.

use super::product::product;
use crate::low::x86_64::lanes::prime::{MASK, Prime, Sm2};
use crate::plant::{self, Plant};
use core::arch::x86_64::*;

const P: [u64; 5] = Sm2::P;

/// All four lanes.
const ALL: u8 = 0b1111;

/// Four elements. Every limb is below 2^52, so that the value is below 16p. How far, is said where one is
/// made.
#[derive(Clone, Copy)]
pub(super) struct Fe(pub(super) [__m256i; 5]);

/// A sum of elements whose limbs were not carried: each between -2^60 and 2^60, the value from 0 to
/// below 64p.
#[derive(Clone, Copy)]
pub(super) struct Sum([__m256i; 5]);

impl Fe {
    /// The same limbs in every lane.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn splat(limbs: &[u64; 5]) -> Self {
        Self(limbs.map(|limb| _mm256_set1_epi64x(limb.cast_signed())))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn zero() -> Self {
        Self([_mm256_setzero_si256(); 5])
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn one() -> Self {
        Self::splat(&Sm2::ONE)
    }

    /// The limbs of the first lane.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn first(self) -> [u64; 5] {
        self.0.map(|limb| _mm256_extract_epi64::<0>(limb).cast_unsigned())
    }

    /// Lane `FROM` in every lane.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn lane<const FROM: i32>(self) -> Self {
        Self(everywhere::<FROM>(self.0))
    }

    /// What stands in the other lane of each pair.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn swapped(self) -> Self {
        Self(self.0.map(|limb| _mm256_shuffle_epi32::<0b01_00_11_10>(limb)))
    }

    /// Lane by lane `other` where `LANES` has a bit, else `self`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn or<const LANES: u8>(self, other: Self) -> Self {
        self.or_where(LANES, other)
    }

    /// Lane by lane `other` where the mask has a bit, else `self`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn or_where(mut self, lanes: __mmask8, other: Self) -> Self {
        for (limb, theirs) in self.0.iter_mut().zip(other.0) {
            *limb = _mm256_mask_mov_epi64(*limb, lanes, theirs);
        }
        self
    }

    /// a b / R, below p + a b / 16p, where that is below 2p.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    pub(super) fn mul(self, other: Self) -> Self {
        let product = self.times(other).carried();
        product.check(2);
        product
    }

    /// As [`mul`](Self::mul), wherever it is, but the limbs are not carried: a sum that goes on needs no
    /// carries here.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
    pub(super) fn times(self, other: Self) -> Sum {
        self.check(16);
        other.check(16);
        let mut columns = product(self.0, other.0);
        if plant::is(Plant::FourCarry) {
            let all = _mm256_set1_epi64x(0xffff_ffff);
            let lost = _mm256_cmpeq_epi64_mask(_mm256_and_si256(columns[2], all), all);
            columns[3] = _mm256_mask_sub_epi64(columns[3], lost, columns[3], _mm256_set1_epi64x(1));
        }
        Sum(columns)
    }

    /// The one form of a value below 2p that is below p.
    #[target_feature(enable = "avx512f,avx512vl,avx512dq")]
    pub(super) fn canonical(self) -> Self {
        let less = carry(self.sum().minus(times_p(1)).0);
        let negative = _mm256_movepi64_mask(less[4]);
        Self(less).or_where(negative, self)
    }

    /// The start of a sum.
    #[inline]
    pub(super) fn sum(self) -> Sum {
        Sum(self.0)
    }

    /// In debug builds: limbs below 2^52, the value below so many p.
    #[inline]
    pub(super) fn check(&self, _times: u64) {
        #[cfg(debug_assertions)]
        debug_assert!(within(&self.0, _times), "limbs or value out of bounds");
    }
}

impl Sum {
    /// Lane `FROM` in every lane.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn lane<const FROM: i32>(self) -> Self {
        Self(everywhere::<FROM>(self.0))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn plus(self, other: Self) -> Self {
        self.plus_in::<ALL>(other)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn minus(self, other: Self) -> Self {
        self.minus_in::<ALL>(other)
    }

    /// The other is added in some lanes.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn plus_in<const LANES: u8>(mut self, other: Self) -> Self {
        for (limb, theirs) in self.0.iter_mut().zip(other.0) {
            *limb = _mm256_mask_add_epi64(*limb, LANES, *limb, theirs);
        }
        self
    }

    /// The other is taken away in some lanes.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn minus_in<const LANES: u8>(mut self, other: Self) -> Self {
        for (limb, theirs) in self.0.iter_mut().zip(other.0) {
            *limb = _mm256_mask_sub_epi64(*limb, LANES, *limb, theirs);
        }
        self
    }

    /// Lane by lane `other` where `LANES` has a bit, else `self`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn or<const LANES: u8>(self, other: Self) -> Self {
        Self(Fe(self.0).or_where(LANES, Fe(other.0)).0)
    }

    /// Twice the sum.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn doubled(self) -> Self {
        self.plus(self)
    }

    /// N p is added, so that what was taken away leaves no negative number.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn plus_p<const N: u64>(self) -> Self {
        self.plus(times_p(N))
    }

    /// The same in some lanes.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn plus_p_in<const N: u64, const LANES: u8>(self) -> Self {
        self.plus_in::<LANES>(times_p(N))
    }

    /// For sums below 16p.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn carried(self) -> Fe {
        let carried = Fe(carry(self.0));
        carried.check(16);
        carried
    }

    /// Multiples of p are taken off, which leaves less than 2p.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn reduced(self) -> Fe {
        let mut limbs = self.0;
        let times = _mm256_srai_epi64::<48>(limbs[4]);
        limbs[4] = _mm256_and_si256(limbs[4], _mm256_set1_epi64x((1 << 48) - 1));
        // 2^256 - p = 2^224 + 2^96 - 2^64 + 1
        limbs[0] = _mm256_add_epi64(limbs[0], times);
        let high = _mm256_slli_epi64::<44>(times);
        let both = _mm256_sub_epi64(high, _mm256_slli_epi64::<12>(times));
        limbs[1] = _mm256_add_epi64(limbs[1], both);
        limbs[4] = _mm256_add_epi64(limbs[4], _mm256_slli_epi64::<16>(times));
        let reduced = Fe(carry(limbs));
        reduced.check(2);
        reduced
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn times_p(n: u64) -> Sum {
    Sum(P.map(|limb| _mm256_set1_epi64x((n * limb).cast_signed())))
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn everywhere<const FROM: i32>(limbs: [__m256i; 5]) -> [__m256i; 5] {
    limbs.map(|limb| match FROM {
        0 => _mm256_permute4x64_epi64::<0x00>(limb),
        1 => _mm256_permute4x64_epi64::<0x55>(limb),
        2 => _mm256_permute4x64_epi64::<0xaa>(limb),
        _ => _mm256_permute4x64_epi64::<0xff>(limb),
    })
}

/// Brings every limb but the last below 2^52. Limbs may be negative, the value may not.
#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn carry(mut limbs: [__m256i; 5]) -> [__m256i; 5] {
    for i in 0..4 {
        limbs[i + 1] = _mm256_add_epi64(limbs[i + 1], _mm256_srai_epi64::<52>(limbs[i]));
        limbs[i] = _mm256_and_si256(limbs[i], _mm256_set1_epi64x(MASK.cast_signed()));
    }
    limbs
}

/// Whether all limbs are below 2^52, and the values below `times` p.
#[cfg(debug_assertions)]
fn within(limbs: &[__m256i; 5], times: u64) -> bool {
    let mut bound = P.map(|limb| limb * times);
    for i in 0..4 {
        bound[i + 1] += bound[i] >> 52;
        bound[i] &= MASK;
    }
    // SAFETY: both have 32 bytes, and any bits are words.
    let limbs = limbs.map(|limb| unsafe { core::mem::transmute::<__m256i, [u64; 4]>(limb) });
    (0..4).all(|lane| {
        let value: [u64; 5] = core::array::from_fn(|i| limbs[i][lane]);
        let small = value.iter().all(|limb| *limb <= MASK);
        small && value.iter().rev().lt(bound.iter().rev())
    })
}
