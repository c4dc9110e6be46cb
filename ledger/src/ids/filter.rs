// SPDX-License-Identifier: Apache-2.0
//! A Bloom filter in blocks of 64 bytes, so that a look-up touches one cache line: it says of most
//! keys that are not there that they are not.

use super::entry::Key;

/// Bytes of a block.
const BLOCK: usize = 64;
/// Bits of a block.
const BITS: u64 = 512;
/// How many bits are set for a key, all in one block ...
const PROBES: u32 = 6;
/// ... and how many bits there are for each.
const BITS_PER_KEY: u64 = 10;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter(Vec<u8>);

impl Filter {
    /// How many bytes a filter of that many keys has.
    pub(super) fn size(keys: u64) -> usize {
        let bits = keys.saturating_mul(BITS_PER_KEY);
        let blocks = bits.div_ceil(BITS).max(1);
        usize::try_from(blocks.saturating_mul(BLOCK as u64)).unwrap_or(usize::MAX)
    }

    pub(super) fn new(keys: u64) -> Self {
        Self(vec![0; Self::size(keys)])
    }

    /// One that was stored.
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        let whole = !bytes.is_empty() && bytes.len().is_multiple_of(BLOCK);
        whole.then_some(Self(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn insert(&mut self, key: &Key) {
        let (block, bits) = self.place(key);
        let Some(block) = self.0.get_mut(block) else { return };
        for (byte, bit) in bits {
            if let Some(byte) = block.get_mut(byte) {
                *byte |= bit;
            }
        }
    }

    /// Whether the key may be there.
    pub(super) fn may_have(&self, key: &Key) -> bool {
        let (block, mut bits) = self.place(key);
        let block = self.0.get(block).unwrap_or_default();
        bits.all(|(byte, bit)| block.get(byte).is_some_and(|byte| byte & bit != 0))
    }

    /// The block of a key, and its bits there.
    fn place(
        &self,
        key: &Key,
    ) -> (std::ops::Range<usize>, impl Iterator<Item = (usize, u8)> + use<>) {
        let hash = mix(key);
        let blocks = (self.0.len() / BLOCK) as u128;
        // The upper half of the product: evenly from 0 to blocks − 1.
        let index = usize::try_from((u128::from(hash).wrapping_mul(blocks)) >> 64).unwrap_or(0);
        let start = index.saturating_mul(BLOCK);
        let mut rest = scramble(hash);
        let bits = (0..PROBES).map(move |_| {
            let bit = usize::try_from(rest & 511).unwrap_or(0);
            rest >>= 9;
            (bit >> 3, 1u8 << (bit & 7))
        });
        (start..start.saturating_add(BLOCK), bits)
    }
}

/// Ids are mostly hashes, but whoever sends a transaction writes its id.
fn mix(key: &Key) -> u64 {
    let words = key.0.chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        u64::from_le_bytes(word)
    });
    words.fold(0x9e37_79b9_7f4a_7c15, |hash, word| scramble(hash ^ word))
}

/// The finalizer of splitmix64: every bit of the result depends on every bit of the argument.
fn scramble(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Kind;

    fn key(number: u64) -> Key {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_le_bytes());
        Key::new(Kind::Transaction, &id)
    }

    #[test]
    fn what_is_in_is_found_and_of_the_rest_few_are() {
        let mut filter = Filter::new(10_000);
        (0..10_000).for_each(|number| filter.insert(&key(number)));
        assert!((0..10_000).all(|number| filter.may_have(&key(number))));
        let wrong = (10_000..60_000).filter(|number| filter.may_have(&key(*number))).count();
        assert!(wrong < 1_000, "{wrong} of 50000, expected about one in a hundred");
        assert!(wrong > 100, "{wrong} of 50000: does it look at all?");
    }
}
