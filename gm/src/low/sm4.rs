// SPDX-License-Identifier: Apache-2.0
//! Chooses among the levels of SM4. Round keys remember for which level they were made.

use super::ghash::Powers;
use super::portable;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
use super::{
    cpu::{Aes, Gfni, Gfni512},
    x86_64::sm4 as x86,
};
use crate::plant::{self, Plant};
use alloc::boxed::Box;
use core::fmt::{self, Debug};
use zeroize::Zeroize;

/// A block.
pub(crate) type Block = [u8; 16];

/// Round keys in the form of a level, in the order in which they are used, and then a 0 for code that
/// asks for the one after the last.
pub(in crate::low) type Words = [u32; 33];

/// A way to compute SM4 on this processor.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Level {
    /// Bit planes.
    Portable,
    /// Four blocks a vector, the S-box from AES's.
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    Aes(Aes),
    /// Eight blocks in four vectors of AVX2.
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    Gfni(Gfni),
    /// Sixteen blocks in four vectors of AVX-512.
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    Gfni512(Gfni512),
}

impl Level {
    /// The fastest one here.
    pub(crate) fn best() -> Self {
        #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
        {
            if let Some(cpu) = Gfni512::detect() {
                return Self::Gfni512(cpu);
            }
            if let Some(cpu) = Gfni::detect() {
                return Self::Gfni(cpu);
            }
            if let Some(cpu) = Aes::detect() {
                return Self::Aes(cpu);
            }
        }
        Self::Portable
    }

    /// What runs, for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
            Self::Aes(_) => "AES-NI",
            #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
            Self::Gfni(_) => "GFNI, AVX2",
            #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
            Self::Gfni512(_) => "GFNI, AVX-512",
        }
    }

    /// Every level that this processor has, for tests.
    #[cfg(test)]
    pub(crate) fn all() -> alloc::vec::Vec<Self> {
        let mut all = alloc::vec![Self::Portable];
        #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
        {
            all.extend(Aes::detect().map(Self::Aes));
            all.extend(Gfni::detect().map(Self::Gfni));
            all.extend(Gfni512::detect().map(Self::Gfni512));
        }
        all
    }
}

/// Calls the same function of the level's own module.
macro_rules! at {
    ($level:expr, $function:ident($($argument:expr),*)) => {
        match $level {
            Level::Portable => portable::sm4::$function($($argument),*),
            #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
            Level::Aes(cpu) => x86::aes_level::$function(cpu, $($argument),*),
            #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
            Level::Gfni(cpu) => x86::gfni_level::$function(cpu, $($argument),*),
            #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
            Level::Gfni512(cpu) => x86::gfni512_level::$function(cpu, $($argument),*),
        }
    };
}

/// The round keys of one direction. Wiped on drop; they stay where they are when this is moved.
pub(crate) struct Schedule {
    level: Level,
    words: Box<Words>,
}

impl Schedule {
    /// The round keys for encryption (GB/T 32907 clause 6.3).
    pub(crate) fn new(level: Level, key: &Block) -> Self {
        Self { level, words: Box::new(at!(level, expand(key))) }
    }

    /// The round keys for decryption: the same in reverse order.
    pub(crate) fn reversed(&self) -> Self {
        let mut words = self.words.clone();
        words[..32].reverse();
        Self { level: self.level, words }
    }

    /// The level that these keys were made for.
    pub(crate) fn level(&self) -> Level {
        self.level
    }

    /// Encrypts each block on its own, or decrypts it with reversed keys.
    pub(crate) fn ecb(&self, blocks: &mut [Block]) {
        at!(self.level, ecb(&self.words, blocks));
    }

    /// Adds the key stream to `data`. Of `counter`, the last 32 bits count up, modulo 2³².
    pub(crate) fn ctr32(&self, counter: &Block, data: &mut [u8]) {
        at!(self.level, ctr32(&self.words, counter, data));
    }

    /// Encrypts in CBC; `iv` becomes the last block of ciphertext.
    pub(crate) fn cbc_encrypt(&self, iv: &mut Block, blocks: &mut [Block]) {
        at!(self.level, cbc_encrypt(&self.words, iv, blocks));
    }

    /// Decrypts in CBC, with reversed keys; `iv` becomes the last block of ciphertext.
    pub(crate) fn cbc_decrypt(&self, iv: &mut Block, blocks: &mut [Block]) {
        let before = *iv;
        at!(self.level, cbc_decrypt(&self.words, iv, blocks));
        if plant::is(Plant::ChainLost) && blocks.len().is_multiple_of(8) {
            *iv = before;
        }
    }

    /// What `iv` would become in [`cbc_encrypt`](Self::cbc_encrypt), and nothing else.
    pub(crate) fn cbc_mac(&self, state: &mut Block, blocks: &[Block]) {
        at!(self.level, cbc_mac(&self.words, state, blocks));
    }
}

impl Drop for Schedule {
    fn drop(&mut self) {
        self.words.zeroize();
    }
}

impl Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Schedule")
    }
}

/// Round keys with the powers of the hash key of GCM.
pub(crate) struct GcmKey {
    schedule: Schedule,
    powers: Box<Powers>,
}

impl GcmKey {
    /// Computes H and its powers.
    pub(crate) fn new(schedule: Schedule) -> Self {
        let powers = Box::new(at!(schedule.level, powers(&schedule.words)));
        Self { schedule, powers }
    }

    /// The level that this key was made for.
    pub(crate) fn level(&self) -> Level {
        self.schedule.level
    }

    /// GHASH over `data`, filled up with zeros, and the block `last`.
    pub(crate) fn ghash(&self, data: &[u8], last: &Block) -> Block {
        at!(self.schedule.level, ghash(&self.powers, data, last))
    }

    /// Encrypts `data` under the first counter block `j0` and gives the tag
    /// (NIST SP 800-38D clause 7.1, from step 3 on).
    pub(crate) fn seal(&self, j0: &Block, aad: &[u8], data: &mut [u8]) -> Block {
        at!(self.schedule.level, seal(&self.schedule.words, &self.powers, j0, aad, data))
    }

    /// Decrypts `data` and gives the tag that the ciphertext should have had: the caller compares.
    pub(crate) fn open(&self, j0: &Block, aad: &[u8], data: &mut [u8]) -> Block {
        at!(self.schedule.level, open(&self.schedule.words, &self.powers, j0, aad, data))
    }
}
