// SPDX-License-Identifier: Apache-2.0
//! XTS with ciphertext stealing (IEEE 1619-2018 clause 5; GB/T 17964-2021 clause 12).

use crate::low::sm4::{Block, Schedule};
use crate::plant::{self, Plant};
use zeroize::Zeroize;

/// How the tweak goes from one block to the next: times α in GF(2¹²⁸).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubling {
    /// With the bits in the order of GCM (GB/T 17964-2021 clause 12).
    Gb,
    /// With the bytes as a little-endian number (IEEE 1619-2018 clause 5.2).
    Ieee,
}

impl Doubling {
    /// The tweak of the next block. What falls out comes back as α⁷ + α² + α + 1.
    fn next(self, tweak: u128) -> u128 {
        if plant::is(Plant::TweakCarry) && (tweak >> 60) as u8 == 0xff {
            return if self == Self::Gb { tweak >> 1 } else { tweak << 1 };
        }
        match self {
            Self::Gb => (tweak >> 1) ^ ((tweak & 1).wrapping_neg() & (0xe1 << 120)),
            Self::Ieee => (tweak << 1) ^ ((tweak >> 127).wrapping_neg() & 0x87),
        }
    }

    fn read(self, block: Block) -> u128 {
        match self {
            Self::Gb => u128::from_be_bytes(block),
            Self::Ieee => u128::from_le_bytes(block),
        }
    }

    fn write(self, tweak: u128) -> Block {
        match self {
            Self::Gb => tweak.to_be_bytes(),
            Self::Ieee => tweak.to_le_bytes(),
        }
    }
}

/// Which way; with stealing, the last two tweaks change places.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Encrypt,
    Decrypt,
}

/// How many blocks go through the cipher at once.
const WIDTH: usize = 64;

/// Encrypts or decrypts `data`, at least a block, in place; `keys` are those of the direction. `tweak` is
/// the tweak of the first block, encrypted.
pub(crate) fn run(
    keys: &Schedule,
    direction: Direction,
    doubling: Doubling,
    tweak: Block,
    data: &mut [u8],
) {
    let mut tweak = doubling.read(tweak);
    let whole = if data.len().is_multiple_of(16) { data.len() } else { (data.len() / 16 - 1) * 16 };
    let (blocks, stolen) = data.split_at_mut(whole);
    let mut masks = [0; WIDTH];
    for some in blocks.as_chunks_mut().0.chunks_mut(WIDTH) {
        for (block, mask) in some.iter_mut().zip(&mut masks) {
            *mask = u128::from_ne_bytes(doubling.write(tweak));
            tweak = doubling.next(tweak);
            add(block, *mask);
        }
        keys.ecb(some);
        some.iter_mut().zip(&masks).for_each(|(block, mask)| add(block, *mask));
    }
    masks[..WIDTH.min(whole / 16)].zeroize();
    if let Some((last, tail)) = stolen.split_first_chunk_mut() {
        let following = doubling.next(tweak);
        let (first, second) = match direction {
            Direction::Encrypt => (tweak, following),
            Direction::Decrypt => (following, tweak),
        };
        one(keys, last, doubling.write(first));
        // The last whole block gives its beginning to the part of a block and takes that instead.
        last.iter_mut().zip(tail).for_each(|(a, b)| core::mem::swap(a, b));
        one(keys, last, doubling.write(second));
    }
}

fn one(keys: &Schedule, block: &mut Block, mask: Block) {
    let mask = u128::from_ne_bytes(mask);
    add(block, mask);
    keys.ecb(core::slice::from_mut(block));
    add(block, mask);
}

/// `mask` has the bytes of a block in the order of memory.
fn add(block: &mut Block, mask: u128) {
    *block = (u128::from_ne_bytes(*block) ^ mask).to_ne_bytes();
}
