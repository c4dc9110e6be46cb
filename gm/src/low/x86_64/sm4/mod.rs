// SPDX-License-Identifier: Apache-2.0
//! SM4 in vectors, in the changed basis of `docs/sm4.md`, written once for three kinds of vector.
//!
//! - `basis` has the constants of the basis, `lanes` what a vector must be able to do;
//! - `aes`, `gfni`, `gfni512` are the vectors;
//! - `rounds`, `modes`, `gcm` are written over any vector;
//! - `levels` is the lists of functions that `low::sm4` chooses among.
//!
//! Everything but `levels` is inlined into functions with the target features of a level; that is what
//! makes it fast, and why it must not be called from anywhere else.

#![allow(unsafe_op_in_unsafe_fn)] // The caller is the guarantor of every line of an unsafe function.

mod aes;
mod basis;
mod gcm;
mod gfni;
mod gfni512;
mod lanes;
mod levels;
mod modes;
mod rounds;

use core::arch::asm;
use core::arch::x86_64::{__m128i, _mm_loadu_si128};

pub(in crate::low) use levels::{aes_level, gfni_level, gfni512_level};

/// The pattern of a shuffle, of which the compiler does not know what it is: it would turn a shuffle by it
/// into rotations or two shuffles, which take longer beside inverses.
#[inline(always)]
unsafe fn pattern(from: [u8; 16]) -> __m128i {
    pin(_mm_loadu_si128(from.as_ptr().cast()))
}

/// See [`lanes::Basis::pin`].
#[inline(always)]
#[cfg_attr(miri, allow(unused_mut))]
unsafe fn pin(mut x: __m128i) -> __m128i {
    #[cfg(not(miri))] // which knows no assembly
    asm!("/* {0} */", inout(xmm_reg) x, options(pure, nomem, nostack, preserves_flags));
    x
}
