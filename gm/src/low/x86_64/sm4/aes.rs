// SPDX-License-Identifier: Apache-2.0
//! Vectors of 16 bytes: AES-NI and SSSE3. The last round of AES takes the inverse; linear maps are
//! shuffles of tables of sixteen, which take the same time for every index.

use super::basis::{DATA, DATA_OFFSET, ENTER, KEY, KEY_OFFSET, LEAVE, Nibbles, rotation_after_aes};
use super::lanes::{Basis, Lanes, OneWord, Range};
use crate::low::x86_64::ghash;
use core::arch::x86_64::*;

/// A vector of the level `Aes`.
#[derive(Clone, Copy)]
pub(super) struct X(__m128i);

/// # Safety
/// The processor has AES-NI and SSSE3.
#[inline(always)]
unsafe fn constant(x: &[u8; 16]) -> __m128i {
    _mm_loadu_si128(x.as_ptr().cast())
}

static ENTERING: Nibbles = Nibbles::linear(ENTER);
static LEAVING: Nibbles = Nibbles::linear(LEAVE);
static DATA_U: Nibbles = Nibbles::after_aes(DATA[0], 0);
static DATA_V: Nibbles = Nibbles::after_aes(DATA[1], DATA_OFFSET as u8);
static KEYS: [Nibbles; 4] = [
    Nibbles::after_aes(KEY[0], KEY_OFFSET as u8),
    Nibbles::after_aes(KEY[1], 0),
    Nibbles::after_aes(KEY[2], 0),
    Nibbles::after_aes(KEY[3], 0),
];
static ROTATIONS: [[u8; 16]; 4] =
    [rotation_after_aes(0), rotation_after_aes(1), rotation_after_aes(2), rotation_after_aes(3)];

impl X {
    /// # Safety
    /// The processor has AES-NI and SSSE3.
    #[inline(always)]
    unsafe fn halves(self) -> (__m128i, __m128i) {
        let low = _mm_set1_epi8(0xf);
        (_mm_and_si128(self.0, low), _mm_and_si128(_mm_srli_epi32::<4>(self.0), low))
    }

    /// # Safety
    /// The processor has AES-NI and SSSE3.
    #[inline(always)]
    unsafe fn map((low, high): (__m128i, __m128i), tables: &Nibbles) -> Self {
        let low = _mm_shuffle_epi8(constant(&tables.low), low);
        Self(_mm_xor_si128(low, _mm_shuffle_epi8(constant(&tables.high), high)))
    }

    /// # Safety
    /// The processor has AES-NI and SSSE3.
    #[inline(always)]
    unsafe fn rotate(self, n: usize) -> Self {
        Self(_mm_shuffle_epi8(self.0, constant(&ROTATIONS[n])))
    }

    /// The S-box of AES without its linear parts being undone.
    ///
    /// # Safety
    /// The processor has AES-NI and SSSE3.
    #[inline(always)]
    unsafe fn invert(self) -> Self {
        Self(_mm_aesenclast_si128(self.0, _mm_setzero_si128()))
    }
}

impl Basis for X {
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
        Self::map(self.halves(), &ENTERING)
    }

    #[inline(always)]
    unsafe fn leave(self) -> Self {
        Self::map(self.halves(), &LEAVING)
    }

    #[inline(always)]
    unsafe fn diffuse_quickly(self) -> [Self; 4] {
        self.diffuse()
    }
}

impl Lanes for X {
    #[inline(always)]
    unsafe fn zero() -> Self {
        Self(_mm_setzero_si128())
    }

    #[inline(always)]
    unsafe fn load_part(from: *const u8, (start, end): Range) -> Self {
        let mut bytes = [0; 16];
        let to = bytes.as_mut_ptr().wrapping_add(start);
        from.wrapping_add(start).copy_to_nonoverlapping(to, end - start);
        Self::load(bytes.as_ptr())
    }

    #[inline(always)]
    unsafe fn store_part(self, to: *mut u8, (start, end): Range) {
        let mut bytes = [0; 16];
        self.store(bytes.as_mut_ptr());
        let from = bytes.as_ptr().wrapping_add(start);
        from.copy_to_nonoverlapping(to.wrapping_add(start), end - start);
    }

    #[inline(always)]
    unsafe fn keep(self, range: Range) -> Self {
        let mut bytes = [0; 16];
        self.store(bytes.as_mut_ptr());
        Self::load_part(bytes.as_ptr(), range)
    }

    #[inline(always)]
    unsafe fn count(first: u32) -> Self {
        let numbers = _mm_add_epi32(_mm_set1_epi32(first as i32), _mm_setr_epi32(0, 1, 2, 3));
        let swap = constant(&[3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12]);
        Self(_mm_shuffle_epi8(numbers, swap))
    }

    #[inline(always)]
    unsafe fn transpose(x: [Self; 4]) -> [Self; 4] {
        let (a, b) = (_mm_unpacklo_epi32(x[0].0, x[1].0), _mm_unpackhi_epi32(x[0].0, x[1].0));
        let (c, d) = (_mm_unpacklo_epi32(x[2].0, x[3].0), _mm_unpackhi_epi32(x[2].0, x[3].0));
        [
            Self(_mm_unpacklo_epi64(a, c)),
            Self(_mm_unpackhi_epi64(a, c)),
            Self(_mm_unpacklo_epi64(b, d)),
            Self(_mm_unpackhi_epi64(b, d)),
        ]
    }

    #[inline(always)]
    unsafe fn diffuse(self) -> [Self; 4] {
        let halves = self.invert().halves();
        let u = Self::map(halves, &DATA_U);
        // Three of the summands contain V, so its constant stays.
        let v = Self::map(halves, &DATA_V);
        [u.rotate(0), v.rotate(1), v.rotate(2), u.xor(v).rotate(3)]
    }

    type Products = ghash::Products;

    #[inline(always)]
    unsafe fn no_products() -> Self::Products {
        ghash::Products::zero()
    }

    #[inline(always)]
    unsafe fn multiply(self, sum: &mut Self::Products, powers: *const u128) {
        sum.add(ghash::reversed(self.0), _mm_loadu_si128(powers.cast()));
    }

    #[inline(always)]
    unsafe fn reduce(sum: Self::Products) -> __m128i {
        ghash::reversed(sum.reduce())
    }

    #[inline(always)]
    unsafe fn beginning(block: __m128i) -> Self {
        Self(block)
    }

    #[inline(always)]
    unsafe fn first(self) -> __m128i {
        self.0
    }
}

impl OneWord for X {
    #[inline(always)]
    unsafe fn diffuse_key(self) -> [Self; 4] {
        let halves = self.invert().halves();
        [
            Self::map(halves, &KEYS[0]).rotate(0),
            Self::map(halves, &KEYS[1]).rotate(1),
            Self::map(halves, &KEYS[2]).rotate(2),
            Self::map(halves, &KEYS[3]).rotate(3),
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
