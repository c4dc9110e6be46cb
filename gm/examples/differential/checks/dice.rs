// SPDX-License-Identifier: Apache-2.0
//! Random numbers that are the same in every run, and the edges that random numbers do not meet.

use super::theirs;
use sm2::Scalar;
use sm2::elliptic_curve::group::ff::PrimeField;

/// What was given, and then SplitMix64.
pub(crate) struct Dice<'a> {
    given: &'a [u8],
    state: u64,
}

/// Where something changes, in bytes: blocks, and vectors, groups, passes and strides of the levels.
const EDGES: &[usize] = &[
    0, 16, 32, 48, 55, 56, 64, 112, 119, 120, 128, 192, 240, 256, 384, 512, 768, 1008, 1024, 2048,
];

impl<'a> Dice<'a> {
    pub(crate) fn new(seed: u64, number: u64, given: &'a [u8]) -> Self {
        let mut dice = Dice { given: &[], state: seed };
        let state = dice.next() ^ number.wrapping_mul(0xd134_2543_de82_ef95);
        Self { given, state }
    }

    pub(crate) fn next(&mut self) -> u64 {
        if let Some((word, rest)) = self.given.split_first_chunk() {
            self.given = rest;
            return u64::from_le_bytes(*word);
        }
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        match self.given.split_first() {
            // A choice takes one byte of what is given, so that a little goes a long way.
            Some((byte, rest)) if n <= 256 => {
                self.given = rest;
                usize::from(*byte) % n
            }
            _ => (self.next() % n as u64) as usize,
        }
    }

    /// True once in `n` times.
    pub(crate) fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        for eight in bytes.chunks_mut(8) {
            let word = self.next().to_le_bytes();
            eight.copy_from_slice(&word[..eight.len()]);
        }
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.fill(&mut bytes);
        bytes
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A length around an edge, or any; below 2100, seldom some thousand.
    pub(crate) fn length(&mut self) -> usize {
        match self.below(16) {
            0..=7 => {
                let edge = EDGES[self.below(EDGES.len())];
                let offset = [0, 0, 1, 2, 8, 15, 16, 17][self.below(8)];
                if self.once_in(2) { edge + offset } else { edge.saturating_sub(offset) }
            }
            8..=11 => self.below(100),
            12..=14 => self.below(600),
            _ => self.below(4200),
        }
    }

    /// 256 bits, made of limbs that are at an edge.
    pub(crate) fn limbs(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for limb in bytes.as_chunks_mut::<8>().0 {
            let one = 1_u64 << self.below(64);
            let word = match self.below(9) {
                0 => 0,
                1 => u64::MAX,
                2 => one,
                3 => one - 1,
                4 => one.wrapping_neg(),
                5 => self.next() >> 32,
                6 => self.next() << 32 | 0xffff_ffff,
                7 => [1, 2, u64::MAX - 1, 0xffff_ffff, 0xffff_ffff << 32][self.below(5)],
                _ => self.next(),
            };
            *limb = word.to_be_bytes();
        }
        bytes
    }

    /// Digits of one width, most of them the largest, the smallest or in the middle.
    fn digits(&mut self) -> [u8; 32] {
        let width = 4 + self.below(5);
        let most = (1_u64 << width) - 1;
        let (mut bytes, mut bit) = ([0_u8; 32], 0);
        while bit < 256 {
            let middle = 1 << (width - 1);
            let digit =
                [0, 0, 1, most, most, middle, middle - 1, self.next() & most][self.below(8)];
            for i in (0..width).filter(|i| digit >> i & 1 == 1 && bit + i < 256) {
                bytes[31 - (bit + i) / 8] |= 1 << ((bit + i) % 8);
            }
            bit += width;
        }
        bytes
    }

    /// A number from 1 to n − 1.
    pub(crate) fn scalar(&mut self) -> Scalar {
        let small = |dice: &mut Self| Scalar::from(1 + dice.next() % 300);
        let number = match self.below(12) {
            0..=2 => theirs::reduced(&self.array()),
            3 => {
                let zeros = 1 + self.below(31);
                let mut bytes = self.array();
                bytes[..zeros].fill(0);
                theirs::reduced(&bytes)
            }
            4 => small(self),
            5 => -small(self),
            6 => theirs::reduced(&self.digits()),
            7 => -theirs::reduced(&self.digits()),
            8 => theirs::reduced(&self.limbs()),
            9 => {
                let power = Scalar::from(2_u64).pow_vartime(&sm2::U256::from(self.next() % 256));
                let number = power + Scalar::from(self.next() % 4) - Scalar::from(self.next() % 4);
                if self.once_in(2) { -number } else { number }
            }
            10 => theirs::reduced(&self.halves_of_n()),
            _ => Scalar::TWO_INV * small(self),
        };
        if number.is_zero().into() { Scalar::ONE } else { number }
    }

    /// n without its lowest bits, or with some of them.
    fn halves_of_n(&mut self) -> [u8; 32] {
        let mut bytes = theirs::ORDER;
        let zeros = self.below(31);
        bytes[31 - zeros..].fill(0);
        bytes[31 - zeros] = self.next() as u8;
        bytes
    }
}
