// SPDX-License-Identifier: Apache-2.0
//! What this processor can do, as tokens. A function that takes a token is safe to call, because
//! only [`detect`](Aes::detect) makes one, after it asked the processor.
//!
//! The feature `harness` denies tokens to reach every level (`deny`); without it there is no such switch.
#![cfg_attr(
    not(all(target_arch = "x86_64", target_feature = "sse2", feature = "std")),
    allow(dead_code) // A token that nobody asks for costs nothing.
)]

/// Declares a token and what a processor must have for it.
macro_rules! token {
    ($(#[$doc:meta])* $name:ident, $bit:expr, $($feature:tt),+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name(());

        impl $name {
            /// A token, if this processor has all of it and no test has denied it.
            #[inline]
            pub(crate) fn detect() -> Option<Self> {
                #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
                {
                    cpufeatures::new!(has, $($feature),+);
                    (has::get() && !denied($bit)).then_some(Self(()))
                }
                #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
                None
            }
        }
    };
}

token! {
    /// AES-NI, SSSE3, SSE4.1 and carry-less multiplication: SM4's S-box is reached through AES's.
    Aes, 1, "aes", "ssse3", "sse4.1", "pclmulqdq"
}
token! {
    /// AVX2: eight words at once.
    Avx2, 2, "avx2"
}
token! {
    /// `mulx`, `adcx`, `adox`: two carry chains at once.
    Adx, 4, "adx", "bmi2"
}
token! {
    /// GFNI and AVX2: the inverse in GF(2^8) as one instruction, 32 bytes at once.
    Gfni, 8, "gfni", "avx2", "aes", "pclmulqdq"
}
token! {
    /// AVX-512 F, BW, VL and VBMI2: sixteen words at once.
    Avx512, 16, "avx512f", "avx512bw", "avx512vl", "avx512vbmi2"
}
token! {
    /// GFNI, VAES and carry-less multiplication in AVX-512.
    Gfni512, 32, "avx512f", "avx512bw", "avx512vl", "gfni", "vaes", "vpclmulqdq", "aes", "pclmulqdq"
}
token! {
    /// Products of 52 bits in eight lanes of AVX-512.
    Ifma, 64, "avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512ifma"
}

token! {
    /// Rotations and shifts that keep their source and no flags.
    Bmi2, 128, "bmi1", "bmi2"
}

/// What a processor without a token's instructions has not got either: a row for each token, with the
/// tokens that fall with it.
#[cfg(feature = "harness")]
const FALL_WITH: [(u32, u32); 8] = [
    (1, 8 | 32),
    (2, 8 | 16 | 32 | 64),
    (4, 64),
    (8, 32),
    (16, 32 | 64),
    (32, 0),
    (64, 0),
    (128, 4 | 16 | 32 | 64),
];

#[cfg(feature = "harness")]
std::thread_local! {
    static DENIED: core::cell::Cell<u32> = const { core::cell::Cell::new(0) };
}

/// Denies these tokens, and those that fall with them, to this thread: from now on, it finds the
/// processor without them. Gives what was denied before.
#[cfg(feature = "harness")]
pub(crate) fn deny(bits: u32) -> u32 {
    // A row falls only through rows above it, or below it once: twice is enough.
    let fall = |mask: u32| {
        FALL_WITH
            .iter()
            .filter(|(bit, _)| mask & bit != 0)
            .fold(mask, |mask, (_, more)| mask | more)
    };
    DENIED.replace(fall(fall(bits)))
}

#[cfg(feature = "harness")]
fn denied(bit: u32) -> bool {
    DENIED.get() & bit != 0
}

#[cfg(not(feature = "harness"))]
const fn denied(_: u32) -> bool {
    false
}
