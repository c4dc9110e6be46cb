// SPDX-License-Identifier: Apache-2.0
//! Vectors of 32 and of 16 bytes: AVX2 with GFNI.

use super::basis::{DATA, DATA_OFFSET, ENTER, KEY, KEY_OFFSET, LEAVE, rotation};
use super::lanes::{Basis, Lanes, OneWord, Range};
use super::pattern;
use crate::low::x86_64::ghash;
use core::arch::asm;
use core::arch::x86_64::*;

/// A vector of the level `Gfni`.
#[derive(Clone, Copy)]
pub(super) struct Y(__m256i);

/// One word, for all levels with GFNI.
#[derive(Clone, Copy)]
pub(super) struct One(__m128i);

#[inline(always)]
unsafe fn twice(x: [u8; 16]) -> __m256i {
    _mm256_broadcastsi128_si256(_mm_loadu_si128(x.as_ptr().cast()))
}

impl Y {
    #[inline(always)]
    unsafe fn rotate<const N: usize>(self) -> Self {
        Self(_mm256_shuffle_epi8(
            self.0,
            _mm256_broadcastsi128_si256(pattern(const { rotation(N) })),
        ))
    }

    #[inline(always)]
    unsafe fn invert<const OFFSET: i32>(self, matrix: u64) -> Self {
        let matrix = _mm256_set1_epi64x(matrix as i64);
        Self(_mm256_gf2p8affineinv_epi64_epi8::<OFFSET>(self.0, matrix))
    }
}

impl Basis for Y {
    const BYTES: usize = 32;

    #[inline(always)]
    unsafe fn load(from: *const u8) -> Self {
        Self(_mm256_loadu_si256(from.cast()))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut u8) {
        _mm256_storeu_si256(to.cast(), self.0);
    }

    #[inline(always)]
    unsafe fn xor(self, other: Self) -> Self {
        Self(_mm256_xor_si256(self.0, other.0))
    }

    #[inline(always)]
    unsafe fn xor3(self, b: Self, c: Self) -> Self {
        self.xor(b).xor(c)
    }

    #[inline(always)]
    unsafe fn splat(word: u32) -> Self {
        Self(_mm256_set1_epi32(word as i32))
    }

    #[inline(always)]
    unsafe fn pin(self) -> Self {
        Self(pin(self.0))
    }

    #[inline(always)]
    unsafe fn enter(self) -> Self {
        Self(_mm256_gf2p8affine_epi64_epi8::<0>(self.0, _mm256_set1_epi64x(ENTER as i64)))
    }

    #[inline(always)]
    unsafe fn leave(self) -> Self {
        Self(_mm256_gf2p8affine_epi64_epi8::<0>(self.0, _mm256_set1_epi64x(LEAVE as i64)))
    }

    #[inline(always)]
    unsafe fn diffuse_quickly(self) -> [Self; 4] {
        let u = self.invert::<DATA_OFFSET>(DATA[0]);
        let v = self.invert::<0>(DATA[1]);
        let w = self.invert::<0>(DATA[3]);
        [u, v.rotate::<1>(), v.rotate::<2>(), w.rotate::<3>()]
    }
}

impl Lanes for Y {
    #[inline(always)]
    unsafe fn zero() -> Self {
        Self(_mm256_setzero_si256())
    }

    #[inline(always)]
    unsafe fn load_part(from: *const u8, (start, end): Range) -> Self {
        let mut bytes = [0; 32];
        let to = bytes.as_mut_ptr().wrapping_add(start);
        from.wrapping_add(start).copy_to_nonoverlapping(to, end - start);
        Self::load(bytes.as_ptr())
    }

    #[inline(always)]
    unsafe fn store_part(self, to: *mut u8, (start, end): Range) {
        let mut bytes = [0; 32];
        self.store(bytes.as_mut_ptr());
        let from = bytes.as_ptr().wrapping_add(start);
        from.copy_to_nonoverlapping(to.wrapping_add(start), end - start);
    }

    #[inline(always)]
    unsafe fn keep(self, range: Range) -> Self {
        let mut bytes = [0; 32];
        self.store(bytes.as_mut_ptr());
        Self::load_part(bytes.as_ptr(), range)
    }

    #[inline(always)]
    unsafe fn count(first: u32) -> Self {
        let places = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);
        let numbers = _mm256_add_epi32(_mm256_set1_epi32(first as i32), places);
        let swap = twice([3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12]);
        Self(_mm256_shuffle_epi8(numbers, swap))
    }

    #[inline(always)]
    unsafe fn transpose(x: [Self; 4]) -> [Self; 4] {
        let (a, b) = (_mm256_unpacklo_epi32(x[0].0, x[1].0), _mm256_unpackhi_epi32(x[0].0, x[1].0));
        let (c, d) = (_mm256_unpacklo_epi32(x[2].0, x[3].0), _mm256_unpackhi_epi32(x[2].0, x[3].0));
        [
            Self(_mm256_unpacklo_epi64(a, c)),
            Self(_mm256_unpackhi_epi64(a, c)),
            Self(_mm256_unpacklo_epi64(b, d)),
            Self(_mm256_unpackhi_epi64(b, d)),
        ]
    }

    #[inline(always)]
    unsafe fn diffuse(self) -> [Self; 4] {
        let u = self.invert::<0>(DATA[0]);
        // Three of the summands contain V, so its constant stays.
        let v = self.invert::<DATA_OFFSET>(DATA[1]);
        [u, v.rotate::<1>(), v.rotate::<2>(), u.xor(v).rotate::<3>()]
    }

    type Products = ghash::Products;

    #[inline(always)]
    unsafe fn no_products() -> Self::Products {
        ghash::Products::zero()
    }

    #[inline(always)]
    unsafe fn multiply(self, sum: &mut Self::Products, powers: *const u128) {
        let x = [_mm256_castsi256_si128(self.0), _mm256_extracti128_si256::<1>(self.0)];
        sum.add(ghash::reversed(x[0]), _mm_loadu_si128(powers.cast()));
        sum.add(ghash::reversed(x[1]), _mm_loadu_si128(powers.add(1).cast()));
    }

    #[inline(always)]
    unsafe fn reduce(sum: Self::Products) -> __m128i {
        ghash::reversed(sum.reduce())
    }

    #[inline(always)]
    unsafe fn beginning(block: __m128i) -> Self {
        Self(_mm256_zextsi128_si256(block))
    }

    #[inline(always)]
    unsafe fn first(self) -> __m128i {
        _mm256_castsi256_si128(self.0)
    }
}

#[inline]
#[target_feature(enable = "avx")]
#[cfg_attr(miri, allow(unused_mut))]
unsafe fn pin(mut x: __m256i) -> __m256i {
    #[cfg(not(miri))] // which knows no assembly
    asm!("/* {0} */", inout(ymm_reg) x, options(pure, nomem, nostack, preserves_flags));
    x
}

impl One {
    #[inline(always)]
    unsafe fn rotate<const N: usize>(self) -> Self {
        Self(_mm_shuffle_epi8(self.0, pattern(const { rotation(N) })))
    }

    #[inline(always)]
    unsafe fn invert<const OFFSET: i32>(self, matrix: u64) -> Self {
        Self(_mm_gf2p8affineinv_epi64_epi8::<OFFSET>(self.0, _mm_set1_epi64x(matrix as i64)))
    }
}

impl Basis for One {
    const BYTES: usize = 16;

    #[inline(always)]
    unsafe fn load(from: *const u8) -> Self {
        Self(_mm_loadu_si128(from.cast()))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut u8) {
        _mm_storeu_si128(to.cast(), self.0);
    }

    #[inline(always)]
    unsafe fn xor(self, other: Self) -> Self {
        Self(_mm_xor_si128(self.0, other.0))
    }

    #[inline(always)]
    unsafe fn xor3(self, b: Self, c: Self) -> Self {
        self.xor(b).xor(c)
    }

    #[inline(always)]
    unsafe fn splat(word: u32) -> Self {
        Self(_mm_set1_epi32(word as i32))
    }

    #[inline(always)]
    unsafe fn pin(self) -> Self {
        Self(super::pin(self.0))
    }

    #[inline(always)]
    unsafe fn enter(self) -> Self {
        Self(_mm_gf2p8affine_epi64_epi8::<0>(self.0, _mm_set1_epi64x(ENTER as i64)))
    }

    #[inline(always)]
    unsafe fn leave(self) -> Self {
        Self(_mm_gf2p8affine_epi64_epi8::<0>(self.0, _mm_set1_epi64x(LEAVE as i64)))
    }

    #[inline(always)]
    unsafe fn diffuse_quickly(self) -> [Self; 4] {
        let u = self.invert::<DATA_OFFSET>(DATA[0]);
        let v = self.invert::<0>(DATA[1]);
        let w = self.invert::<0>(DATA[3]);
        [u, v.rotate::<1>(), v.rotate::<2>(), w.rotate::<3>()]
    }
}

impl OneWord for One {
    #[inline(always)]
    unsafe fn diffuse_key(self) -> [Self; 4] {
        let [a, b, c, d] = KEY;
        [
            self.invert::<KEY_OFFSET>(a),
            self.invert::<0>(b).rotate::<1>(),
            self.invert::<0>(c).rotate::<2>(),
            self.invert::<0>(d).rotate::<3>(),
        ]
    }

    #[inline(always)]
    unsafe fn words(self) -> [Self; 4] {
        [
            self,
            Self(_mm_shuffle_epi32::<0x55>(self.0)),
            Self(_mm_shuffle_epi32::<0xaa>(self.0)),
            Self(_mm_shuffle_epi32::<0xff>(self.0)),
        ]
    }

    #[inline(always)]
    unsafe fn from_words(words: [Self; 4]) -> Self {
        let low = _mm_unpacklo_epi32(words[0].0, words[1].0);
        let high = _mm_unpacklo_epi32(words[2].0, words[3].0);
        Self(_mm_unpacklo_epi64(low, high))
    }

    #[inline(always)]
    unsafe fn word(self) -> u32 {
        _mm_cvtsi128_si32(self.0) as u32
    }
}
