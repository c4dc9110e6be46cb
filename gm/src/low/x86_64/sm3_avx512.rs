// SPDX-License-Identifier: Apache-2.0
//! SM3 for sixteen messages at once: rotations and functions of three words are one instruction.

use crate::low::cpu::Avx512;
use crate::low::sm3::States;
use crate::low::sm3_lanes::{self, Words};
use core::arch::x86_64::*;

/// Takes `blocks` blocks of each message into its state.
///
/// # Panics
/// If a message is shorter than that.
pub(in crate::low) fn compress(
    cpu: Avx512,
    state: &mut States<16>,
    messages: &[&[u8]; 16],
    blocks: usize,
) {
    // SAFETY: `cpu` exists only if this processor has AVX-512 F, BW and VL.
    unsafe { compress_avx512(cpu, state, messages, blocks) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn compress_avx512(cpu: Avx512, state: &mut States<16>, messages: &[&[u8]; 16], blocks: usize) {
    sm3_lanes::compress::<Zmm, 16>(cpu, state, messages, blocks);
}

/// Sixteen words. One exists only where an [`Avx512`] did: this is what the SAFETY lines below say.
#[derive(Clone, Copy)]
struct Zmm(__m512i);

impl Words<16> for Zmm {
    type Cpu = Avx512;

    #[inline(always)]
    fn splat(_: Avx512, word: u32) -> Self {
        // SAFETY: the token.
        Self(unsafe { _mm512_set1_epi32(word.cast_signed()) })
    }

    #[inline(always)]
    fn read(_: Avx512, words: &[u32; 16]) -> Self {
        // SAFETY: the token; 64 bytes are read from 64.
        Self(unsafe { _mm512_loadu_si512(words.as_ptr().cast()) })
    }

    #[inline(always)]
    fn write(self, words: &mut [u32; 16]) {
        // SAFETY: `self` exists; 64 bytes are written to 64.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), self.0) }
    }

    #[inline(always)]
    fn load(_: Avx512, messages: &[&[u8]; 16], at: usize) -> [Self; 16] {
        // SAFETY: the token.
        unsafe { transpose(&rows(messages, at)).map(Self) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: `self` exists.
        Self(unsafe { _mm512_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: `self` exists.
        Self(unsafe { _mm512_xor_si512(self.0, other.0) })
    }

    #[inline(always)]
    fn turn<const N: i32>(self) -> Self {
        // SAFETY: `self` exists.
        Self(unsafe { _mm512_rol_epi32::<N>(self.0) })
    }

    #[inline(always)]
    fn parity(self, y: Self, z: Self) -> Self {
        // SAFETY: `self` exists.
        Self(unsafe { _mm512_ternarylogic_epi32::<0x96>(self.0, y.0, z.0) })
    }

    #[inline(always)]
    fn majority(self, y: Self, z: Self) -> Self {
        // SAFETY: `self` exists.
        Self(unsafe { _mm512_ternarylogic_epi32::<0xe8>(self.0, y.0, z.0) })
    }

    #[inline(always)]
    fn choose(self, y: Self, z: Self) -> Self {
        // SAFETY: `self` exists.
        Self(unsafe { _mm512_ternarylogic_epi32::<0xca>(self.0, y.0, z.0) })
    }
}

/// Block `at` of each message, as words.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn rows(messages: &[&[u8]; 16], at: usize) -> [__m512i; 16] {
    let swap = _mm512_set4_epi32(0x0c0d_0e0f, 0x0809_0a0b, 0x0405_0607, 0x0001_0203);
    let mut rows = [_mm512_setzero_si512(); 16];
    for (row, message) in rows.iter_mut().zip(messages) {
        let block = &message[64 * at..][..64];
        // SAFETY: 64 bytes are read from 64.
        let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        *row = _mm512_shuffle_epi8(bytes, swap);
    }
    rows
}

/// Word j of row i becomes word i of row j: first inside of quarters, then the quarters.
#[inline]
#[target_feature(enable = "avx512f")]
fn transpose(rows: &[__m512i; 16]) -> [__m512i; 16] {
    // quads[i][k]: in quarter q, column 4q + k of rows 4i to 4i + 3.
    let quads: [[__m512i; 4]; 4] = core::array::from_fn(|i| {
        let low = |a, b| _mm512_unpacklo_epi32(a, b);
        let high = |a, b| _mm512_unpackhi_epi32(a, b);
        let [a, b, c, d] = [rows[4 * i], rows[4 * i + 1], rows[4 * i + 2], rows[4 * i + 3]];
        let (ab, cd, ab_high, cd_high) = (low(a, b), low(c, d), high(a, b), high(c, d));
        [
            _mm512_unpacklo_epi64(ab, cd),
            _mm512_unpackhi_epi64(ab, cd),
            _mm512_unpacklo_epi64(ab_high, cd_high),
            _mm512_unpackhi_epi64(ab_high, cd_high),
        ]
    });
    let mut columns = [_mm512_setzero_si512(); 16];
    for k in 0..4 {
        let [a, b, c, d] = [quads[0][k], quads[1][k], quads[2][k], quads[3][k]];
        // Quarters 0 and 1, then 2 and 3, of two each.
        let (ab, cd) = (_mm512_shuffle_i32x4::<0x44>(a, b), _mm512_shuffle_i32x4::<0x44>(c, d));
        let (ab_high, cd_high) =
            (_mm512_shuffle_i32x4::<0xee>(a, b), _mm512_shuffle_i32x4::<0xee>(c, d));
        columns[k] = _mm512_shuffle_i32x4::<0x88>(ab, cd);
        columns[4 + k] = _mm512_shuffle_i32x4::<0xdd>(ab, cd);
        columns[8 + k] = _mm512_shuffle_i32x4::<0x88>(ab_high, cd_high);
        columns[12 + k] = _mm512_shuffle_i32x4::<0xdd>(ab_high, cd_high);
    }
    columns
}
