// SPDX-License-Identifier: Apache-2.0
//! For checks, not for programs (feature `harness`): what this crate does on lesser processors than
//! this one, level by level.
//!
//! A level is a kind of processor. It is reached by denying instructions to one thread, and counts only
//! if every primitive then says that it uses what it should.

use crate::low::cpu;
use crate::mid::sm2::arithmetic;
use crate::{sm2, sm3, sm4};

/// A kind of processor.
#[derive(Debug)]
pub struct Level {
    name: &'static str,
    needs: &'static str,
    has: fn() -> bool,
    denied: u32,
    /// What runs: SM2, SM2 of many, SM3, SM3 of many, SM4.
    chosen: [&'static str; 5],
}

/// Whether this processor has these, asked of the standard library: the tokens ask another one.
macro_rules! has {
    ($($feature:tt),*) => {
        || {
            #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
            let has = true $(&& std::is_x86_feature_detected!($feature))*;
            #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
            let has = [$($feature),*].is_empty();
            has
        }
    };
}

/// Every level, the least first. Bits of `denied` are those of `low::cpu`.
pub const LEVELS: &[Level] = &[
    Level {
        name: "portable",
        needs: "nothing",
        has: || true,
        denied: 255,
        chosen: ["portable", "portable", "portable", "portable, 4 lanes", "portable"],
    },
    Level {
        name: "aes",
        needs: "AES-NI, SSE4.1, PCLMULQDQ",
        has: has!("aes", "ssse3", "sse4.1", "pclmulqdq"),
        denied: 255 & !1,
        chosen: ["portable", "portable", "portable", "portable, 4 lanes", "AES-NI"],
    },
    Level {
        name: "avx2",
        needs: "AVX2, ADX, BMI2, AES-NI, PCLMULQDQ",
        has: has!("avx2", "adx", "bmi1", "bmi2", "aes", "ssse3", "sse4.1", "pclmulqdq"),
        denied: 8 | 16 | 32 | 64,
        chosen: ["ADX, BMI2, AVX2", "ADX, BMI2, AVX2", "BMI2", "AVX2, 8 lanes", "AES-NI"],
    },
    Level {
        name: "gfni",
        needs: "GFNI, and all of avx2",
        has: has!("gfni", "avx2", "adx", "bmi1", "bmi2", "aes", "pclmulqdq"),
        denied: 16 | 32 | 64,
        chosen: ["ADX, BMI2, AVX2", "ADX, BMI2, AVX2", "BMI2", "AVX2, 8 lanes", "GFNI, AVX2"],
    },
    Level {
        name: "avx512",
        needs: "AVX-512 F, BW, VL, VBMI2, and all of gfni",
        has: has!(
            "avx512f",
            "avx512bw",
            "avx512vl",
            "avx512vbmi2",
            "gfni",
            "adx",
            "bmi2",
            "aes",
            "pclmulqdq"
        ),
        denied: 32 | 64,
        chosen: [
            "ADX, BMI2, AVX-512",
            "ADX, BMI2, AVX-512",
            "BMI2",
            "AVX-512, 16 lanes",
            "GFNI, AVX2",
        ],
    },
    Level {
        name: "ifma",
        needs: "AVX-512 DQ and IFMA, VAES, VPCLMULQDQ, and all of avx512",
        has: has!(
            "avx512f",
            "avx512bw",
            "avx512vl",
            "avx512dq",
            "avx512ifma",
            "avx512vbmi2",
            "gfni",
            "vaes",
            "vpclmulqdq",
            "adx",
            "bmi2",
            "aes",
            "pclmulqdq"
        ),
        denied: 0,
        chosen: [
            "ADX, BMI2, AVX-512 IFMA",
            "AVX-512 IFMA, 8 lanes",
            "BMI2",
            "AVX-512, 16 lanes",
            "GFNI, AVX-512",
        ],
    },
];

impl Level {
    /// Its name on a command line.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What a processor must have, for people.
    #[must_use]
    pub fn needs(&self) -> &'static str {
        self.needs
    }

    /// What runs at this level: SM2, SM2 of many, SM3, SM3 of many, SM4.
    #[must_use]
    pub fn chosen(&self) -> &[&'static str; 5] {
        &self.chosen
    }

    /// Whether this processor can run it.
    #[must_use]
    pub fn is_here(&self) -> bool {
        (self.has)()
    }

    /// Runs `check` on this thread as a processor of this level would.
    ///
    /// # Panics
    /// If a primitive does not use what it should at this level.
    pub fn run<R>(&self, check: impl FnOnce() -> R) -> R {
        let _again = Again(cpu::deny(self.denied));
        self.run_as_it_is(check)
    }

    /// The same with whatever is denied now.
    ///
    /// # Panics
    /// If a primitive does not use what it should at this level.
    pub fn run_as_it_is<R>(&self, check: impl FnOnce() -> R) -> R {
        assert_eq!(chosen(), self.chosen, "what should run at level {} does not", self.name);
        check()
    }
}

/// Runs `check` at every level of this processor, and says which it has not got.
///
/// # Panics
/// If a level does not run where it should, and where `check` does.
pub fn at_every_level(mut check: impl FnMut()) {
    for level in LEVELS {
        if level.is_here() {
            // Shown by a test that fails.
            std::println!("level {}", level.name);
            level.run(&mut check);
        } else {
            std::println!("level {}: not run, it needs {}", level.name, level.needs);
        }
    }
}

/// What every primitive says that it uses now.
#[must_use]
pub fn chosen() -> [&'static str; 5] {
    let sm4 = sm4::Sm4::new(&[0; 16]).level();
    [sm2::level(), sm2::batch_level(), sm3::level(), sm3::batch_level(), sm4]
}

/// For numbers a, b below p, 32 bytes each, and R = 2²⁵⁶: a·b/R, a²/R, (a·b − b²)/R, a + b, a − b, a/2,
/// 1/a (0 for 0), all modulo p.
#[must_use]
pub fn field(a: &[u8; 32], b: &[u8; 32]) -> [[u8; 32]; 7] {
    arithmetic::field(a, b)
}

/// For a, b below SM2's p: a·b/2²⁶⁰ modulo p by each of the four lanes of AVX-512 IFMA, whose operands are
/// reduced differently. `None` if this level has none.
#[must_use]
pub fn products(a: &[u8; 32], b: &[u8; 32]) -> Option<[[u8; 32]; 4]> {
    arithmetic::products(a, b)
}

/// For numbers a, b below n, and any c: a·b/R, c·b/R, a + b, a − b, c, 1/a (0 for 0), c·2²⁵⁶ + a, all
/// modulo n.
#[must_use]
pub fn scalar(a: &[u8; 32], b: &[u8; 32], c: &[u8; 32]) -> [[u8; 32]; 7] {
    arithmetic::scalar(a, b, c)
}

/// What was denied before, for when a level ends, however it does.
struct Again(u32);

impl Drop for Again {
    fn drop(&mut self) {
        cpu::deny(self.0);
    }
}
