// SPDX-License-Identifier: Apache-2.0
//! SM3 for eight messages at once.

use crate::low::cpu::Avx2;
use crate::low::sm3::States;
use crate::low::sm3_lanes::{self, Words};
use core::arch::x86_64::*;

/// Takes `blocks` blocks of each message into its state.
///
/// # Panics
/// If a message is shorter than that.
pub(in crate::low) fn compress(
    cpu: Avx2,
    state: &mut States<8>,
    messages: &[&[u8]; 8],
    blocks: usize,
) {
    // SAFETY: `cpu` exists only if this processor has AVX2.
    unsafe { compress_avx2(cpu, state, messages, blocks) }
}

#[target_feature(enable = "avx2")]
fn compress_avx2(cpu: Avx2, state: &mut States<8>, messages: &[&[u8]; 8], blocks: usize) {
    sm3_lanes::compress::<Ymm, 8>(cpu, state, messages, blocks);
}

/// Eight words. One exists only where an [`Avx2`] did: this is what the SAFETY lines below say.
#[derive(Clone, Copy)]
struct Ymm(__m256i);

impl Words<8> for Ymm {
    type Cpu = Avx2;

    #[inline(always)]
    fn splat(_: Avx2, word: u32) -> Self {
        // SAFETY: the token.
        Self(unsafe { _mm256_set1_epi32(word.cast_signed()) })
    }

    #[inline(always)]
    fn read(_: Avx2, words: &[u32; 8]) -> Self {
        // SAFETY: the token; 32 bytes are read from 32.
        Self(unsafe { _mm256_loadu_si256(words.as_ptr().cast()) })
    }

    #[inline(always)]
    fn write(self, words: &mut [u32; 8]) {
        // SAFETY: `self` exists; 32 bytes are written to 32.
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), self.0) }
    }

    #[inline(always)]
    fn load(_: Avx2, messages: &[&[u8]; 8], at: usize) -> [Self; 16] {
        // SAFETY: the token.
        let (front, back) = unsafe {
            (transpose(&rows(messages, 64 * at)), transpose(&rows(messages, 64 * at + 32)))
        };
        core::array::from_fn(|j| Self(if j < 8 { front[j] } else { back[j - 8] }))
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: `self` exists.
        Self(unsafe { _mm256_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: `self` exists.
        Self(unsafe { _mm256_xor_si256(self.0, other.0) })
    }

    #[inline(always)]
    fn turn<const N: i32>(self) -> Self {
        // SAFETY: `self` exists.
        Self(unsafe {
            let (left, right) = (_mm_cvtsi32_si128(N), _mm_cvtsi32_si128(32 - N));
            _mm256_or_si256(_mm256_sll_epi32(self.0, left), _mm256_srl_epi32(self.0, right))
        })
    }

    #[inline(always)]
    fn parity(self, y: Self, z: Self) -> Self {
        self.xor(y).xor(z)
    }

    #[inline(always)]
    fn majority(self, y: Self, z: Self) -> Self {
        // SAFETY: `self` exists.
        Self(unsafe {
            let either = _mm256_or_si256(self.0, y.0);
            _mm256_or_si256(_mm256_and_si256(self.0, y.0), _mm256_and_si256(either, z.0))
        })
    }

    #[inline(always)]
    fn choose(self, y: Self, z: Self) -> Self {
        // SAFETY: `self` exists.
        Self(unsafe {
            let differ = _mm256_xor_si256(y.0, z.0);
            _mm256_xor_si256(_mm256_and_si256(differ, self.0), z.0)
        })
    }
}

/// The 32 bytes behind `offset` of each message, as words.
#[inline]
#[target_feature(enable = "avx2")]
fn rows(messages: &[&[u8]; 8], offset: usize) -> [__m256i; 8] {
    let (low, high) = (0x0405_0607_0001_0203, 0x0c0d_0e0f_0809_0a0b);
    let swap = _mm256_setr_epi64x(low, high, low, high);
    let mut rows = [_mm256_setzero_si256(); 8];
    for (row, message) in rows.iter_mut().zip(messages) {
        let half = &message[offset..][..32];
        // SAFETY: 32 bytes are read from 32.
        let bytes = unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
        *row = _mm256_shuffle_epi8(bytes, swap);
    }
    rows
}

/// Word j of row i becomes word i of row j: first inside of halves, then the halves.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose(rows: &[__m256i; 8]) -> [__m256i; 8] {
    // quads[i][k]: in half q, column 4q + k of rows 4i to 4i + 3.
    let quads: [[__m256i; 4]; 2] = core::array::from_fn(|i| {
        let [a, b, c, d] = [rows[4 * i], rows[4 * i + 1], rows[4 * i + 2], rows[4 * i + 3]];
        let (ab, cd) = (_mm256_unpacklo_epi32(a, b), _mm256_unpacklo_epi32(c, d));
        let (ab_high, cd_high) = (_mm256_unpackhi_epi32(a, b), _mm256_unpackhi_epi32(c, d));
        [
            _mm256_unpacklo_epi64(ab, cd),
            _mm256_unpackhi_epi64(ab, cd),
            _mm256_unpacklo_epi64(ab_high, cd_high),
            _mm256_unpackhi_epi64(ab_high, cd_high),
        ]
    });
    core::array::from_fn(|j| {
        let (a, b) = (quads[0][j % 4], quads[1][j % 4]);
        if j < 4 {
            _mm256_permute2x128_si256::<0x20>(a, b)
        } else {
            _mm256_permute2x128_si256::<0x31>(a, b)
        }
    })
}
