// SPDX-License-Identifier: Apache-2.0
//! GHASH with carry-less products of 128-bit vectors. The form of numbers is that of
//! `portable::ghash`.
//!
//! Inlined into functions with the target features `pclmulqdq`, `ssse3` and `sse4.1`, which whoever
//! calls answers for.
#![allow(unsafe_op_in_unsafe_fn)] // The caller is the guarantor of every line here.

use crate::low::ghash::{POWERS, Powers};
use core::arch::x86_64::*;

/// Sums of products: of the low halves, of the halves crosswise, of the high halves.
#[derive(Clone, Copy)]
pub(super) struct Products {
    pub(super) low: __m128i,
    pub(super) middle: __m128i,
    pub(super) high: __m128i,
}

impl Products {
    /// # Safety
    /// The processor has `pclmulqdq`, `ssse3` and `sse4.1`.
    #[inline(always)]
    pub(super) unsafe fn zero() -> Self {
        let zero = _mm_setzero_si128();
        Self { low: zero, middle: zero, high: zero }
    }

    /// Adds a · b.
    ///
    /// # Safety
    /// The processor has `pclmulqdq`, `ssse3` and `sse4.1`.
    #[inline(always)]
    pub(super) unsafe fn add(&mut self, a: __m128i, b: __m128i) {
        let (x, y) = (_mm_clmulepi64_si128::<0x01>(a, b), _mm_clmulepi64_si128::<0x10>(a, b));
        self.low = _mm_xor_si128(self.low, _mm_clmulepi64_si128::<0x00>(a, b));
        self.middle = _mm_xor_si128(self.middle, _mm_xor_si128(x, y));
        self.high = _mm_xor_si128(self.high, _mm_clmulepi64_si128::<0x11>(a, b));
    }

    /// The sum divided by x¹²⁸, modulo the polynomial, as `portable::ghash::multiply` has it.
    ///
    /// # Safety
    /// The processor has `pclmulqdq`, `ssse3` and `sse4.1`.
    #[inline(always)]
    pub(super) unsafe fn reduce(self) -> __m128i {
        let low = _mm_xor_si128(self.low, _mm_slli_si128::<8>(self.middle));
        let high = _mm_xor_si128(self.high, _mm_srli_si128::<8>(self.middle));
        // x⁶³ + x⁶² + x⁵⁷; exchanging the halves brings the term x⁶⁴ and the division by x⁶⁴.
        let polynomial = _mm_set_epi64x(0, 0xc2 << 56);
        let exchange = |x| _mm_shuffle_epi32::<0x4e>(x);
        let first = _mm_xor_si128(exchange(low), _mm_clmulepi64_si128::<0x00>(low, polynomial));
        let second =
            _mm_xor_si128(exchange(first), _mm_clmulepi64_si128::<0x00>(first, polynomial));
        _mm_xor_si128(high, second)
    }
}

/// From bytes in memory to the number they are, and back.
///
/// # Safety
/// The processor has `pclmulqdq`, `ssse3` and `sse4.1`.
#[inline(always)]
pub(super) unsafe fn reversed(x: __m128i) -> __m128i {
    _mm_shuffle_epi8(x, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
}

/// The powers of `h` from 1 to `count`.
///
/// # Safety
/// The processor has `pclmulqdq`, `ssse3` and `sse4.1`.
#[inline(always)]
pub(super) unsafe fn powers(h: u128, count: usize) -> Powers {
    debug_assert!(count <= POWERS);
    let mut powers = Powers::first_only(h);
    let places = powers.tail_mut(count);
    // Hⁱ stands `count - i` places behind the highest.
    let (mut known, place) = (1, |i: usize| count - i);
    while known < count {
        let top = _mm_loadu_si128((&raw const places[place(known)]).cast());
        for i in 1..=known.min(count - known) {
            let mut sum = Products::zero();
            sum.add(top, _mm_loadu_si128((&raw const places[place(i)]).cast()));
            _mm_storeu_si128((&raw mut places[place(known + i)]).cast(), sum.reduce());
        }
        known += known.min(count - known);
    }
    powers
}
