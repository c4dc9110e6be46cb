// SPDX-License-Identifier: Apache-2.0
//! What work with secrets leaves on the stack, and how it is wiped.
//!
//! A compiler moves and spills values as it likes, so that wiping the variables is not enough. Work runs in
//! frames of its own, and when it is over, those are overwritten. What it gives back must be public or on
//! the heap: a value that is moved leaves its bytes behind, in the caller's frame too.

use core::hint::black_box;

/// More than the deepest of SM2's operations reaches: 12 KiB where the terms of a sum are spread over lanes.
/// Where bounds are asserted, frames are larger. `tests/wiping.rs` holds all four.
pub(crate) const SM2: usize = if cfg!(debug_assertions) { 32 << 10 } else { 16 << 10 };
/// The same of eight lanes.
pub(crate) const LANES: usize = 64 << 10;
/// The same of eight lanes with a point each, whose multiples lie there.
pub(crate) const PRODUCTS: usize = 96 << 10;
/// The same of a key of SM4.
pub(crate) const SM4: usize = 4 << 10;

/// Runs `work`, and wipes `DEPTH` bytes of the stack below the frame of the caller.
#[inline(always)]
pub(crate) fn wiped<const DEPTH: usize, R>(work: impl FnOnce() -> R) -> R {
    let result = apart(work);
    wipe::<DEPTH>();
    result
}

/// Here, so that no frame above has anything of it.
#[inline(never)]
fn apart<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[inline(never)]
fn wipe<const DEPTH: usize>() {
    black_box(&mut [0_u8; DEPTH]);
}
