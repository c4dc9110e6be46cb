// SPDX-License-Identifier: Apache-2.0
//! Vectors of 64 bytes: AVX-512 with GFNI and carry-less products.

use super::basis::{DATA, DATA_OFFSET, ENTER, LEAVE, rotation};
use super::lanes::{Basis, Lanes, Range};
use super::pattern;
use crate::low::x86_64::ghash;
use core::arch::asm;
use core::arch::x86_64::*;

/// A vector of the level `Gfni512`.
#[derive(Clone, Copy)]
pub(super) struct Z(__m512i);

#[inline(always)]
unsafe fn four_times(x: [u8; 16]) -> __m512i {
    _mm512_broadcast_i32x4(_mm_loadu_si128(x.as_ptr().cast()))
}

#[inline(always)]
fn mask(range: Range) -> u64 {
    let below = |n: usize| if n < 64 { (1 << n) - 1 } else { u64::MAX };
    below(range.1) & !below(range.0)
}

impl Z {
    #[inline(always)]
    unsafe fn rotate<const N: usize>(self) -> Self {
        Self(_mm512_shuffle_epi8(self.0, _mm512_broadcast_i32x4(pattern(const { rotation(N) }))))
    }

    #[inline(always)]
    unsafe fn invert<const OFFSET: i32>(self, matrix: u64) -> Self {
        let matrix = _mm512_set1_epi64(matrix as i64);
        Self(_mm512_gf2p8affineinv_epi64_epi8::<OFFSET>(self.0, matrix))
    }
}

impl Basis for Z {
    const BYTES: usize = 64;

    #[inline(always)]
    unsafe fn load(from: *const u8) -> Self {
        Self(_mm512_loadu_si512(from.cast()))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut u8) {
        _mm512_storeu_si512(to.cast(), self.0);
    }

    #[inline(always)]
    unsafe fn xor(self, other: Self) -> Self {
        Self(_mm512_xor_si512(self.0, other.0))
    }

    #[inline(always)]
    unsafe fn xor3(self, b: Self, c: Self) -> Self {
        Self(_mm512_ternarylogic_epi32::<0x96>(self.0, b.0, c.0))
    }

    #[inline(always)]
    unsafe fn splat(word: u32) -> Self {
        Self(_mm512_set1_epi32(word as i32))
    }

    #[inline(always)]
    unsafe fn pin(self) -> Self {
        Self(pin(self.0))
    }

    #[inline(always)]
    unsafe fn enter(self) -> Self {
        Self(_mm512_gf2p8affine_epi64_epi8::<0>(self.0, _mm512_set1_epi64(ENTER as i64)))
    }

    #[inline(always)]
    unsafe fn leave(self) -> Self {
        Self(_mm512_gf2p8affine_epi64_epi8::<0>(self.0, _mm512_set1_epi64(LEAVE as i64)))
    }

    #[inline(always)]
    unsafe fn diffuse_quickly(self) -> [Self; 4] {
        let u = self.invert::<DATA_OFFSET>(DATA[0]);
        let v = self.invert::<0>(DATA[1]);
        let w = self.invert::<0>(DATA[3]);
        [u, v.rotate::<1>(), v.rotate::<2>(), w.rotate::<3>()]
    }
}

impl Lanes for Z {
    #[inline(always)]
    unsafe fn zero() -> Self {
        Self(_mm512_setzero_si512())
    }

    #[inline(always)]
    unsafe fn load_part(from: *const u8, range: Range) -> Self {
        Self(_mm512_maskz_loadu_epi8(mask(range), from.cast()))
    }

    #[inline(always)]
    unsafe fn store_part(self, to: *mut u8, range: Range) {
        _mm512_mask_storeu_epi8(to.cast(), mask(range), self.0);
    }

    #[inline(always)]
    unsafe fn keep(self, range: Range) -> Self {
        Self(_mm512_maskz_mov_epi8(mask(range), self.0))
    }

    #[inline(always)]
    unsafe fn count(first: u32) -> Self {
        let places = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        let numbers = _mm512_add_epi32(_mm512_set1_epi32(first as i32), places);
        let swap = four_times([3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12]);
        Self(_mm512_shuffle_epi8(numbers, swap))
    }

    #[inline(always)]
    unsafe fn transpose(x: [Self; 4]) -> [Self; 4] {
        let (a, b) = (_mm512_unpacklo_epi32(x[0].0, x[1].0), _mm512_unpackhi_epi32(x[0].0, x[1].0));
        let (c, d) = (_mm512_unpacklo_epi32(x[2].0, x[3].0), _mm512_unpackhi_epi32(x[2].0, x[3].0));
        [
            Self(_mm512_unpacklo_epi64(a, c)),
            Self(_mm512_unpackhi_epi64(a, c)),
            Self(_mm512_unpacklo_epi64(b, d)),
            Self(_mm512_unpackhi_epi64(b, d)),
        ]
    }

    #[inline(always)]
    unsafe fn diffuse(self) -> [Self; 4] {
        let u = self.invert::<0>(DATA[0]);
        // Three of the summands contain V, so its constant stays.
        let v = self.invert::<DATA_OFFSET>(DATA[1]);
        [u, v.rotate::<1>(), v.rotate::<2>(), u.xor(v).rotate::<3>()]
    }

    type Products = [__m512i; 3];

    #[inline(always)]
    unsafe fn no_products() -> Self::Products {
        [_mm512_setzero_si512(); 3]
    }

    #[inline(always)]
    unsafe fn multiply(self, sum: &mut Self::Products, powers: *const u128) {
        let swap = four_times([15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
        let (x, h) = (_mm512_shuffle_epi8(self.0, swap), _mm512_loadu_si512(powers.cast()));
        let (a, b) =
            (_mm512_clmulepi64_epi128::<0x01>(x, h), _mm512_clmulepi64_epi128::<0x10>(x, h));
        sum[0] = _mm512_xor_si512(sum[0], _mm512_clmulepi64_epi128::<0x00>(x, h));
        sum[1] = _mm512_ternarylogic_epi32::<0x96>(sum[1], a, b);
        sum[2] = _mm512_xor_si512(sum[2], _mm512_clmulepi64_epi128::<0x11>(x, h));
    }

    #[inline(always)]
    unsafe fn reduce(sum: Self::Products) -> __m128i {
        let [low, middle, high] = [fold(sum[0]), fold(sum[1]), fold(sum[2])];
        ghash::reversed(ghash::Products { low, middle, high }.reduce())
    }

    #[inline(always)]
    unsafe fn beginning(block: __m128i) -> Self {
        Self(_mm512_zextsi128_si512(block))
    }

    #[inline(always)]
    unsafe fn first(self) -> __m128i {
        _mm512_castsi512_si128(self.0)
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
#[cfg_attr(miri, allow(unused_mut))]
unsafe fn pin(mut x: __m512i) -> __m512i {
    #[cfg(not(miri))] // which knows no assembly
    asm!("/* {0} */", inout(zmm_reg) x, options(pure, nomem, nostack, preserves_flags));
    x
}

/// The sum of the four blocks.
#[inline(always)]
unsafe fn fold(x: __m512i) -> __m128i {
    let two = _mm256_xor_si256(_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64::<1>(x));
    _mm_xor_si128(_mm256_castsi256_si128(two), _mm256_extracti128_si256::<1>(two))
}
