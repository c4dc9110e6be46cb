// SPDX-License-Identifier: Apache-2.0
//! Eight elements of the field of a curve, one in each lane: Montgomery form with R = 2^260, five
//! limbs of 52 bits. Bounds are derived in `gm/docs/lanes.md`; debug builds check them.

use super::prime::{MASK, Prime, limbs_of, words_of};
use core::arch::x86_64::*;
use core::marker::PhantomData;

/// Eight elements. Between operations every limb is below 2^52 and the value below 4p, but where 7p is
/// said; what says so is below 2p.
#[derive(Clone, Copy)]
pub(super) struct Fe<P>(pub(super) [__m512i; 5], PhantomData<P>);

/// A sum of elements whose limbs were not carried: each between -2^60 and 2^60, the value between
/// 0 and 16p.
#[derive(Clone, Copy)]
pub(super) struct Sum<P>([__m512i; 5], PhantomData<P>);

impl<P: Prime> Fe<P> {
    pub(super) fn new(limbs: [__m512i; 5]) -> Self {
        Self(limbs, PhantomData)
    }

    /// The same limbs in every lane.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn splat(limbs: &[u64; 5]) -> Self {
        Self::new(limbs.map(|limb| _mm512_set1_epi64(limb.cast_signed())))
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn zero() -> Self {
        Self::new([_mm512_setzero_si512(); 5])
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn one() -> Self {
        Self::splat(&P::ONE)
    }

    /// Takes numbers below 2^256 out of four words each, into Montgomery form; below 2p.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn from_words(words: &[[u64; 4]; 8]) -> Self {
        let mut limbs = [[0; 8]; 5];
        for (lane, words) in words.iter().enumerate() {
            for (limbs, limb) in limbs.iter_mut().zip(limbs_of(words)) {
                limbs[lane] = limb;
            }
        }
        Self::new(limbs.map(|limb| load(&limb))).mul(Self::splat(&P::R_SQUARED))
    }

    /// The numbers, each below p, out of Montgomery form.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn to_words(self) -> [[u64; 4]; 8] {
        self.to_words_times(&[1, 0, 0, 0, 0])
    }

    /// The limbs times `factor` / R, each below p.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn to_words_times(self, factor: &[u64; 5]) -> [[u64; 4]; 8] {
        let plain = self.mul(Self::splat(factor)).canonical();
        let limbs = plain.0.map(|limb| store(limb));
        core::array::from_fn(|lane| words_of(&core::array::from_fn(|i| limbs[i][lane])))
    }

    /// a b / R, below p + a b / 16p: below 2p if a and b are below 4p, or a below 2p and b below 7p.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn mul(self, other: Self) -> Self {
        self.check(4);
        other.check(7);
        let (a, b) = (self.0, other.0);
        let mut t = [_mm512_setzero_si512(); 10];
        for i in 0..5 {
            for j in 0..5 {
                t[i + j] = _mm512_madd52lo_epu64(t[i + j], a[i], b[j]);
                t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a[i], b[j]);
            }
            P::fold_digit(&mut t, i);
        }
        Self::product([t[5], t[6], t[7], t[8], t[9]])
    }

    /// As [`mul`](Self::mul) with itself, with 30 products instead of 50.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn square(self) -> Self {
        self.check(4);
        let a = self.0;
        let mut t = [_mm512_setzero_si512(); 10];
        for i in 0..5 {
            for j in i + 1..5 {
                t[i + j] = _mm512_madd52lo_epu64(t[i + j], a[i], a[j]);
                t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], a[i], a[j]);
            }
        }
        for column in &mut t {
            *column = _mm512_add_epi64(*column, *column);
        }
        for i in 0..5 {
            t[2 * i] = _mm512_madd52lo_epu64(t[2 * i], a[i], a[i]);
            t[2 * i + 1] = _mm512_madd52hi_epu64(t[2 * i + 1], a[i], a[i]);
        }
        for i in 0..5 {
            P::fold_digit(&mut t, i);
        }
        Self::product([t[5], t[6], t[7], t[8], t[9]])
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn product(columns: [__m512i; 5]) -> Self {
        let product = Self::new(carry(columns));
        product.check(2);
        product
    }

    /// The start of a sum.
    #[inline]
    pub(super) fn sum(self) -> Sum<P> {
        Sum(self.0, PhantomData)
    }

    /// Lane by lane `other` where the mask has a bit, else `self`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn or_where(self, mask: __mmask8, other: Self) -> Self {
        let mut limbs = self.0;
        for (limb, theirs) in limbs.iter_mut().zip(other.0) {
            *limb = _mm512_mask_mov_epi64(*limb, mask, theirs);
        }
        Self::new(limbs)
    }

    /// The lanes that are 0 modulo p.
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    pub(super) fn is_zero(self) -> __mmask8 {
        let c = self.canonical().0;
        let low = _mm512_or_si512(_mm512_or_si512(c[0], c[1]), _mm512_or_si512(c[2], c[3]));
        _mm512_testn_epi64_mask(_mm512_or_si512(low, c[4]), _mm512_or_si512(low, c[4]))
    }

    /// The one form of the value that is below p.
    #[target_feature(enable = "avx512f,avx512dq")]
    fn canonical(self) -> Self {
        self.check(4);
        let mut value = self;
        // Below 4p: p is taken off where that leaves something, at most three times.
        for _ in 0..3 {
            let mut less = value.0;
            for (limb, p) in less.iter_mut().zip(P::P) {
                *limb = _mm512_sub_epi64(*limb, _mm512_set1_epi64(p.cast_signed()));
            }
            let less = carry(less);
            let negative = _mm512_movepi64_mask(less[4]);
            value = Self::new(less).or_where(negative, value);
        }
        value
    }

    /// In debug builds: limbs below 2^52, the value below so many p.
    #[inline]
    fn check(&self, _times: u64) {
        #[cfg(debug_assertions)]
        debug_assert!(within::<P>(&self.0, _times), "limbs or value out of bounds");
    }
}

impl<P: Prime> Sum<P> {
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn plus(mut self, other: Fe<P>) -> Self {
        for (limb, theirs) in self.0.iter_mut().zip(other.0) {
            *limb = _mm512_add_epi64(*limb, theirs);
        }
        self
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn minus(mut self, other: Fe<P>) -> Self {
        for (limb, theirs) in self.0.iter_mut().zip(other.0) {
            *limb = _mm512_sub_epi64(*limb, theirs);
        }
        self
    }

    /// 2^N times the other is taken away.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn minus_times<const N: u32>(mut self, other: Fe<P>) -> Self {
        for (limb, theirs) in self.0.iter_mut().zip(other.0) {
            *limb = _mm512_sub_epi64(*limb, _mm512_slli_epi64::<N>(theirs));
        }
        self
    }

    /// Doubled, N times over.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn doubled<const N: u32>(mut self) -> Self {
        for limb in &mut self.0 {
            *limb = _mm512_slli_epi64::<N>(*limb);
        }
        self
    }

    /// N p is added, so that what was taken away leaves no negative number.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn plus_p<const N: u64>(mut self) -> Self {
        for (limb, p) in self.0.iter_mut().zip(P::P) {
            *limb = _mm512_add_epi64(*limb, _mm512_set1_epi64((N * p).cast_signed()));
        }
        self
    }

    /// For sums that are small enough as they are.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn carried(self) -> Fe<P> {
        Fe::new(carry(self.0))
    }

    /// For sums below 16p: multiples of p are taken off, which leaves less than 2p.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn reduced(self) -> Fe<P> {
        let mut limbs = self.0;
        let times = _mm512_srai_epi64::<48>(limbs[4]);
        limbs[4] = _mm512_and_si512(limbs[4], _mm512_set1_epi64((1 << 48) - 1));
        P::add_rest(&mut limbs, times);
        let reduced = Fe::new(carry(limbs));
        #[cfg(debug_assertions)]
        debug_assert!(within::<P>(&reduced.0, 2), "a sum was 16p or more");
        reduced
    }
}

/// Brings every limb but the last below 2^52. Limbs may be negative, the value may not.
#[inline]
#[target_feature(enable = "avx512f")]
fn carry(mut limbs: [__m512i; 5]) -> [__m512i; 5] {
    let mask = _mm512_set1_epi64(MASK.cast_signed());
    for i in 0..4 {
        limbs[i + 1] = _mm512_add_epi64(limbs[i + 1], _mm512_srai_epi64::<52>(limbs[i]));
        limbs[i] = _mm512_and_si512(limbs[i], mask);
    }
    limbs
}

/// One word for each lane.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn load(words: &[u64; 8]) -> __m512i {
    // SAFETY: 64 bytes are read from 64.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

/// The words of the lanes.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn store(lanes: __m512i) -> [u64; 8] {
    let mut words = [0; 8];
    // SAFETY: 64 bytes are written to 64.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), lanes) };
    words
}

/// Whether all limbs are below 2^52, and the values below `times` p.
#[cfg(debug_assertions)]
fn within<P: Prime>(limbs: &[__m512i; 5], times: u64) -> bool {
    // SAFETY: who has vectors of 512 bits has AVX-512 F.
    let limbs = limbs.map(|limb| unsafe { store(limb) });
    let mut bound = P::P.map(|limb| limb * times);
    for i in 0..4 {
        bound[i + 1] += bound[i] >> 52;
        bound[i] &= MASK;
    }
    (0..8).all(|lane| {
        let value: [u64; 5] = core::array::from_fn(|i| limbs[i][lane]);
        value.iter().all(|limb| *limb <= MASK) && value.iter().rev().lt(bound.iter().rev())
    })
}
