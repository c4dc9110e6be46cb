// SPDX-License-Identifier: Apache-2.0
//! Where a secret stops being one, and how a checker learns what is secret.
//!
//! Under the feature `valgrind`, secrets are marked as memory that was never written. Valgrind's memcheck
//! follows such bits through every instruction, and complains about a branch or an address made of them. In
//! any other build nothing here is any code at all.

/// A bit made of secrets that may be branched on, because it is no secret itself. Who asks, and why:
///
/// - `Scalar::from_bytes` and `Scalar::is_zero` (`mid/sm2/scalar.rs`), whether a number is 0 or out of
///   range: no private key and no nonce that is used is, those that are get thrown away, and r and s are sent;
/// - `accept` (`sm4.rs`), whether a tag is right: whoever sent it is told.
#[inline(always)]
pub(crate) fn declassify(bit: u64) -> u64 {
    #[cfg(all(feature = "valgrind", target_arch = "x86_64"))]
    {
        let place = [core::hint::black_box(bit)];
        valgrind::mark_defined(&place);
        core::hint::black_box(place)[0]
    }
    #[cfg(not(all(feature = "valgrind", target_arch = "x86_64")))]
    bit
}

/// The requests that a program makes of the valgrind it runs under. Without one they do nothing.
#[cfg(all(feature = "valgrind", target_arch = "x86_64"))]
pub(crate) mod valgrind {
    use core::arch::asm;

    /// The numbers of `valgrind.h` and `memcheck.h`.
    const RUNNING_ON_VALGRIND: u64 = 0x1001;
    const COUNT_ERRORS: u64 = 0x1201;
    const MAKE_MEM_UNDEFINED: u64 = MEMCHECK + 1;
    const MAKE_MEM_DEFINED: u64 = MEMCHECK + 2;
    /// "MC" in the upper two bytes.
    const MEMCHECK: u64 = (b'M' as u64) << 24 | (b'C' as u64) << 16;

    /// From here on, memcheck takes the values for never written.
    pub(crate) fn mark_undefined<T>(values: &mut [T]) {
        request(MAKE_MEM_UNDEFINED, values.as_ptr() as u64, size_of_val(values) as u64);
    }

    /// From here on, memcheck takes the values for written.
    pub(crate) fn mark_defined<T>(values: &[T]) {
        request(MAKE_MEM_DEFINED, values.as_ptr() as u64, size_of_val(values) as u64);
    }

    /// Whether this runs under valgrind.
    pub(crate) fn running() -> bool {
        request(RUNNING_ON_VALGRIND, 0, 0) != 0
    }

    /// How many errors there were.
    pub(crate) fn errors() -> u64 {
        request(COUNT_ERRORS, 0, 0)
    }

    /// Valgrind knows this sequence, which turns a register around once and else does nothing.
    fn request(number: u64, first: u64, second: u64) -> u64 {
        let arguments = [number, first, second, 0, 0, 0];
        let mut answer = 0;
        // SAFETY: changes no register but rdx, which is declared; memory is that of the six arguments, of
        // which valgrind at most reads. No `pure` and no `nomem`: what was written before must be there.
        unsafe {
            asm!(
                "rol rdi, 3",
                "rol rdi, 13",
                "rol rdi, 61",
                "rol rdi, 51",
                "xchg rbx, rbx",
                in("rax") arguments.as_ptr(),
                inout("rdx") answer,
                options(nostack),
            );
        }
        answer
    }
}
