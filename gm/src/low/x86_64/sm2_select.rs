// SPDX-License-Identifier: Apache-2.0
//! Reading a table at a secret index with AVX2 or AVX-512: every entry is read, and one kept by a
//! mask.

use crate::low::cpu::{Avx2, Avx512};
use crate::plant::{self, Plant};
use core::arch::x86_64::{
    __m256i, __m512i, _mm256_add_epi64, _mm256_and_si256, _mm256_cmpeq_epi64, _mm256_loadu_si256,
    _mm256_mask_mov_epi64, _mm256_or_si256, _mm256_set1_epi64x, _mm256_setzero_si256,
    _mm256_storeu_si256, _mm512_add_epi64, _mm512_cmpeq_epi64_mask, _mm512_loadu_si512,
    _mm512_mask_mov_epi64, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_storeu_si512,
};

/// Entry `index` of a table of affine points; zeros if it has none.
#[inline(always)]
pub(super) fn select_8(_: Avx2, table: &[[u64; 8]], index: u64) -> [u64; 8] {
    let last = plant::is(Plant::LastEntry) && index + 1 == table.len() as u64;
    // SAFETY: the token proves AVX2.
    unsafe { scan::<8, 2>(table, index - u64::from(last)) }
}

/// Entry `index` of a table of Jacobian points; zeros if it has none.
#[inline(always)]
pub(super) fn select_12(_: Avx2, table: &[[u64; 12]], index: u64) -> [u64; 12] {
    // SAFETY: the token proves AVX2.
    unsafe { scan::<12, 3>(table, index) }
}

/// As [`select_8`], for a table of a multiple of four entries.
#[inline(always)]
pub(super) fn wide_select_8(_: Avx512, table: &[[u64; 8]], index: u64) -> [u64; 8] {
    // SAFETY: the token proves AVX-512 F.
    unsafe { wide_scan_8(table, index) }
}

/// As [`select_12`], for a table of a multiple of four entries.
#[inline(always)]
pub(super) fn wide_select_12(_: Avx512, table: &[[u64; 12]], index: u64) -> [u64; 12] {
    // SAFETY: the token proves AVX-512 F and VL.
    unsafe { wide_scan_12(table, index) }
}

/// `N` words are `V` vectors of four.
#[target_feature(enable = "avx2")]
fn scan<const N: usize, const V: usize>(table: &[[u64; N]], index: u64) -> [u64; N] {
    const { assert!(N == 4 * V) };
    let wanted = _mm256_set1_epi64x(index as i64);
    let one = _mm256_set1_epi64x(1);
    let mut at = _mm256_setzero_si256();
    let mut found = [_mm256_setzero_si256(); V];
    for entry in table {
        let keep = _mm256_cmpeq_epi64(at, wanted);
        for (i, found) in found.iter_mut().enumerate() {
            // SAFETY: 4·i + 4 ≤ N words are there.
            let part = unsafe { _mm256_loadu_si256(entry.as_ptr().add(4 * i).cast::<__m256i>()) };
            *found = _mm256_or_si256(*found, _mm256_and_si256(part, keep));
        }
        at = _mm256_add_epi64(at, one);
    }
    let mut out = [0; N];
    for (i, found) in found.iter().enumerate() {
        // SAFETY: 4·i + 4 ≤ N words are there.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().add(4 * i).cast::<__m256i>(), *found) };
    }
    out
}

/// An entry is one vector. Four stand under one mask, and the last step takes one of four.
#[target_feature(enable = "avx512f")]
fn wide_scan_8(table: &[[u64; 8]], index: u64) -> [u64; 8] {
    let (groups, rest) = table.as_chunks::<4>();
    debug_assert!(rest.is_empty());
    let wanted = _mm512_set1_epi64((index >> 2) as i64);
    let mut at = _mm512_setzero_si512();
    let mut found = [_mm512_setzero_si512(); 4];
    for group in groups {
        let keep = _mm512_cmpeq_epi64_mask(at, wanted);
        for (found, entry) in found.iter_mut().zip(group) {
            // SAFETY: an entry has 64 bytes.
            let entry = unsafe { _mm512_loadu_si512(entry.as_ptr().cast::<__m512i>()) };
            *found = _mm512_mask_mov_epi64(*found, keep, entry);
        }
        at = _mm512_add_epi64(at, _mm512_set1_epi64(1));
    }
    let wanted = _mm512_set1_epi64((index & 3) as i64);
    let mut one = found[0];
    for (i, found) in (1..).zip(&found[1..]) {
        let keep = _mm512_cmpeq_epi64_mask(_mm512_set1_epi64(i), wanted);
        one = _mm512_mask_mov_epi64(one, keep, *found);
    }
    let mut out = [0; 8];
    // SAFETY: `out` has 64 bytes.
    unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast::<__m512i>(), one) };
    out
}

/// An entry is one vector of eight words and one of four.
#[target_feature(enable = "avx512f,avx512vl")]
fn wide_scan_12(table: &[[u64; 12]], index: u64) -> [u64; 12] {
    let (groups, rest) = table.as_chunks::<4>();
    debug_assert!(rest.is_empty());
    let wanted = _mm512_set1_epi64((index >> 2) as i64);
    let mut at = _mm512_setzero_si512();
    let mut found = [(_mm512_setzero_si512(), _mm256_setzero_si256()); 4];
    for group in groups {
        let keep = _mm512_cmpeq_epi64_mask(at, wanted);
        for (found, entry) in found.iter_mut().zip(group) {
            // SAFETY: an entry has 64 + 32 bytes.
            let (first, last) = unsafe {
                let last = entry.as_ptr().add(8).cast::<__m256i>();
                (_mm512_loadu_si512(entry.as_ptr().cast::<__m512i>()), _mm256_loadu_si256(last))
            };
            found.0 = _mm512_mask_mov_epi64(found.0, keep, first);
            found.1 = _mm256_mask_mov_epi64(found.1, keep, last);
        }
        at = _mm512_add_epi64(at, _mm512_set1_epi64(1));
    }
    let wanted = _mm512_set1_epi64((index & 3) as i64);
    let mut one = found[0];
    for (i, found) in (1..).zip(&found[1..]) {
        let keep = _mm512_cmpeq_epi64_mask(_mm512_set1_epi64(i), wanted);
        one.0 = _mm512_mask_mov_epi64(one.0, keep, found.0);
        one.1 = _mm256_mask_mov_epi64(one.1, keep, found.1);
    }
    let mut out = [0; 12];
    // SAFETY: `out` has 64 + 32 bytes.
    unsafe {
        _mm512_storeu_si512(out.as_mut_ptr().cast::<__m512i>(), one.0);
        _mm256_storeu_si256(out.as_mut_ptr().add(8).cast::<__m256i>(), one.1);
    }
    out
}
