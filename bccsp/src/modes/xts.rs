// SPDX-License-Identifier: Apache-2.0
//! XTS with ciphertext stealing (IEEE 1619-2018 clause 5; GB/T 17964-2021 clause 12).
//!
//! The two standards differ in one thing: the order of bits in which the tweak is doubled. One
//! block of data is the same in both.

use super::block::sixteen;
use super::{BlockCipher, KEY_LENGTH, XTS_LENGTH, keyed};
use crate::{Cipher, Error};
use ::cipher::array::Array;
use ::cipher::consts::U16;
use alloc::vec::Vec;
use core::fmt::{self, Debug};

type Block = Array<u8, U16>;

/// How the tweak goes from one block to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubling {
    /// Times α in GF(2¹²⁸) with the bits in the order of GCM.
    Gb,
    /// Times α in GF(2¹²⁸) with the bytes as a little-endian number.
    Ieee,
}

pub(super) struct Xts<C> {
    data: C,
    tweak: C,
    doubling: Doubling,
}

impl<C: BlockCipher> Xts<C> {
    /// `key` is K1 ‖ K2.
    pub(super) fn new(key: &[u8], doubling: Doubling) -> Result<Self, Error> {
        let (data, tweak) = key.split_at_checked(C::key_size()).ok_or(KEY_LENGTH)?;
        Ok(Self { data: keyed(data)?, tweak: keyed(tweak)?, doubling })
    }

    fn first_tweak(&self, iv: &[u8]) -> Result<u128, Error> {
        let mut block = sixteen(iv)?;
        self.tweak.encrypt_block(&mut block);
        Ok(self.load(block))
    }

    fn load(&self, block: Block) -> u128 {
        match self.doubling {
            Doubling::Gb => u128::from_be_bytes(block.into()),
            Doubling::Ieee => u128::from_le_bytes(block.into()),
        }
    }

    fn next(&self, tweak: u128) -> u128 {
        // The bit that falls out comes back as α⁷ + α² + α + 1, without a branch on the tweak.
        match self.doubling {
            Doubling::Gb => (tweak >> 1) ^ ((tweak & 1).wrapping_neg() & (0xe1 << 120)),
            Doubling::Ieee => (tweak << 1) ^ ((tweak >> 127).wrapping_neg() & 0x87),
        }
    }

    fn xor(&self, block: &mut Block, tweak: u128) {
        let bytes = match self.doubling {
            Doubling::Gb => tweak.to_be_bytes(),
            Doubling::Ieee => tweak.to_le_bytes(),
        };
        block.iter_mut().zip(bytes).for_each(|(byte, mask)| *byte ^= mask);
    }

    fn one(&self, direction: Direction, block: &mut Block, tweak: u128) {
        self.xor(block, tweak);
        match direction {
            Direction::Encrypt => self.data.encrypt_block(block),
            Direction::Decrypt => self.data.decrypt_block(block),
        }
        self.xor(block, tweak);
    }

    fn run(&self, direction: Direction, iv: &[u8], input: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = input.to_vec();
        let mut tweak = self.first_tweak(iv)?;
        let (blocks, tail) = Block::slice_as_chunks_mut(&mut out);
        let Some((last, whole)) = blocks.split_last_mut() else {
            return Err(XTS_LENGTH);
        };
        for block in whole {
            self.one(direction, block, tweak);
            tweak = self.next(tweak);
        }
        if tail.is_empty() {
            self.one(direction, last, tweak);
            return Ok(out);
        }
        // Stealing: the last whole block gives its end to the partial one. When decrypting, the
        // last two tweaks are used in the other order.
        let following = self.next(tweak);
        let (first, second) = match direction {
            Direction::Encrypt => (tweak, following),
            Direction::Decrypt => (following, tweak),
        };
        self.one(direction, last, first);
        last.iter_mut().zip(tail).for_each(|(a, b)| core::mem::swap(a, b));
        self.one(direction, last, second);
        Ok(out)
    }
}

#[derive(Clone, Copy)]
enum Direction {
    Encrypt,
    Decrypt,
}

impl<C: BlockCipher> Cipher for Xts<C> {
    fn encrypt(&self, iv: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        self.run(Direction::Encrypt, iv, plaintext)
    }

    fn decrypt(&self, iv: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, Error> {
        self.run(Direction::Decrypt, iv, ciphertext)
    }
}

impl<C> Debug for Xts<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cipher(XTS, {:?})", self.doubling)
    }
}
