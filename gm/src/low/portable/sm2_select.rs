// SPDX-License-Identifier: Apache-2.0
//! Masks made of secret bits, and reading a table at a secret index: every entry is read, and one
//! kept by a mask.

/// All ones for 1, all zeros for 0.
#[inline(always)]
pub(crate) fn mask(bit: u64) -> u64 {
    debug_assert!(bit < 2);
    barrier(bit).wrapping_neg()
}

/// All ones for a number below 0, all zeros for any other.
#[inline(always)]
pub(crate) fn sign_mask(x: i64) -> i64 {
    // After the shift: of the number itself, a compiler has made a branch.
    barrier((x >> 63) as u64) as i64
}

/// The same number, of which the compiler knows nothing any more: it cannot make a branch of it.
#[inline(always)]
fn barrier(mut x: u64) -> u64 {
    #[cfg(all(not(miri), any(target_arch = "x86_64", target_arch = "aarch64")))]
    // SAFETY: no instruction at all.
    unsafe {
        core::arch::asm!("/* {0} */", inout(reg) x, options(pure, nomem, nostack, preserves_flags));
    }
    #[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
    {
        x = core::hint::black_box(x);
    }
    x
}

/// Entry `index` of a table; zeros if it has none.
#[inline]
pub(crate) fn select<const N: usize>(table: &[[u64; N]], index: u64) -> [u64; N] {
    let mut found = [0; N];
    for (i, entry) in (0u64..).zip(table) {
        let different = i ^ index;
        // The top bit of x | −x is set for every x but 0.
        let keep = mask(((different | different.wrapping_neg()) >> 63) ^ 1);
        found.iter_mut().zip(entry).for_each(|(to, from)| *to |= from & keep);
    }
    found
}
