// SPDX-License-Identifier: Apache-2.0
//! SM3 for four messages at once, in arrays that compilers put into vectors.

use crate::low::sm3::States;
use crate::low::sm3_lanes::{self, Words};

/// Takes `blocks` blocks of each message into its state.
///
/// # Panics
/// If a message is shorter than that.
pub(in crate::low) fn compress(state: &mut States<4>, messages: &[&[u8]; 4], blocks: usize) {
    sm3_lanes::compress::<Four, 4>((), state, messages, blocks);
}

#[derive(Clone, Copy)]
#[repr(align(16))]
struct Four([u32; 4]);

impl Four {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(u32, u32) -> u32) -> Self {
        Self(core::array::from_fn(|i| f(self.0[i], other.0[i])))
    }
}

impl Words<4> for Four {
    type Cpu = ();

    #[inline(always)]
    fn splat((): (), word: u32) -> Self {
        Self([word; 4])
    }

    #[inline(always)]
    fn read((): (), words: &[u32; 4]) -> Self {
        Self(*words)
    }

    #[inline(always)]
    fn write(self, words: &mut [u32; 4]) {
        *words = self.0;
    }

    #[inline(always)]
    fn load((): (), messages: &[&[u8]; 4], at: usize) -> [Self; 16] {
        let blocks = messages.map(|message| &message[64 * at..][..64]);
        core::array::from_fn(|j| {
            Self(
                blocks.map(|b| {
                    u32::from_be_bytes([b[4 * j], b[4 * j + 1], b[4 * j + 2], b[4 * j + 3]])
                }),
            )
        })
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, u32::wrapping_add)
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self.zip(other, |x, y| x ^ y)
    }

    #[inline(always)]
    fn turn<const N: i32>(self) -> Self {
        Self(self.0.map(|x| x.rotate_left(N.cast_unsigned())))
    }

    #[inline(always)]
    fn parity(self, y: Self, z: Self) -> Self {
        self.xor(y).xor(z)
    }

    #[inline(always)]
    fn majority(self, y: Self, z: Self) -> Self {
        self.zip(y, |x, y| x & y).zip(self.zip(y, |x, y| x | y).zip(z, |e, z| e & z), |x, y| x | y)
    }

    #[inline(always)]
    fn choose(self, y: Self, z: Self) -> Self {
        y.xor(z).zip(self, |differ, x| differ & x).xor(z)
    }
}
