// SPDX-License-Identifier: Apache-2.0
//! SM4's modes without tags against the crates `sm4`, `cbc`, `ctr`; XTS against the standard's letter.

use super::{Dice, Of, at_levels};
use ::cipher::array::Array;
use ::cipher::consts::U16;
use ::cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit,
    KeyInit, StreamCipher, StreamCipherCoreWrapper,
};
use gmca_gm::sm4::{Block, Doubling, Sm4, Sm4Xts};

type Blocks = [Array<u8, U16>];

pub(crate) fn theirs(key: &[u8; 16]) -> ::sm4::Sm4 {
    ::sm4::Sm4::new(&(*key).into())
}

fn arrays(data: &mut [u8]) -> &mut Blocks {
    Array::slice_as_chunks_mut(data).0
}

/// Data at any place in memory, with neighbours that nobody may touch.
#[derive(Clone)]
pub(crate) struct Placed {
    memory: Vec<u8>,
    from: usize,
    to: usize,
}

impl Placed {
    pub(crate) fn new(dice: &mut Dice<'_>, data: &[u8]) -> Self {
        let from = dice.below(70);
        let len = from + data.len() + dice.below(70);
        let memory = dice.bytes(len);
        let mut placed = Self { memory, from, to: from + data.len() };
        placed.data().copy_from_slice(data);
        placed
    }

    pub(crate) fn data(&mut self) -> &mut [u8] {
        &mut self.memory[self.from..self.to]
    }

    /// Runs something on a copy, which then must be what is expected, and so must its neighbours be.
    pub(crate) fn check(&self, expected: &[u8], what: &str, run: impl FnOnce(&mut [u8])) {
        let mut copy = self.clone();
        run(copy.data());
        let mut whole = self.clone();
        whole.data().copy_from_slice(expected);
        assert!(copy.memory == whole.memory, "{what}: {} bytes", expected.len());
    }
}

pub(crate) fn ecb(dice: &mut Dice<'_>) {
    let (key, len) = (dice.array(), dice.length() / 16 * 16);
    let data = dice.bytes(len);
    let (mut there, mut back) = (data.clone(), data.clone());
    theirs(&key).encrypt_blocks(arrays(&mut there));
    theirs(&key).decrypt_blocks(arrays(&mut back));
    let (placed, target) = (Placed::new(dice, &data), Placed::new(dice, &vec![7; len]));
    at_levels(Of::Sm4, |level| {
        let ours = Sm4::new(&key);
        placed.check(&there, level, |x| ours.ecb_encrypt(x.as_chunks_mut().0));
        placed.check(&back, level, |x| ours.ecb_decrypt(x.as_chunks_mut().0));
        // From one buffer to another.
        let from = || Array::slice_as_chunks(&data).0;
        target.check(&there, level, |x| ours.encrypt_blocks_b2b(from(), arrays(x)).unwrap());
        target.check(&back, level, |x| ours.decrypt_blocks_b2b(from(), arrays(x)).unwrap());
    });
}

pub(crate) fn cbc(dice: &mut Dice<'_>) {
    let (key, iv, len) = (dice.array(), dice.array::<16>(), dice.length() / 16 * 16);
    let data = dice.bytes(len);
    let (mut there, mut back) = (data.clone(), data.clone());
    let peer = theirs(&key);
    ::cbc::Encryptor::inner_iv_init(&peer, &iv.into()).encrypt_blocks(arrays(&mut there));
    ::cbc::Decryptor::inner_iv_init(&peer, &iv.into()).decrypt_blocks(arrays(&mut back));
    let placed = Placed::new(dice, &data);
    let cut = dice.below(len / 16 + 1);
    let last = |cipher: &[u8]| cipher.last_chunk().copied().unwrap_or(iv);
    at_levels(Of::Sm4, |level| {
        let ours = Sm4::new(&key);
        for (encrypt, expected, end) in [(true, &there, last(&there)), (false, &back, last(&data))]
        {
            placed.check(expected, level, |x| {
                let mut chain: Block = iv;
                let (first, second) = x.as_chunks_mut().0.split_at_mut(cut);
                for blocks in [first, second] {
                    match encrypt {
                        true => ours.cbc_encrypt(&mut chain, blocks),
                        false => ours.cbc_decrypt(&mut chain, blocks),
                    }
                }
                assert_eq!(chain, end, "{level}: what the chain goes on with");
            });
        }
    });
}

/// A counter that is about to carry, more often than they are.
pub(crate) fn counter(dice: &mut Dice<'_>) -> Block {
    let mut counter = dice.array::<16>();
    let left = dice.below(140) as u32;
    match dice.below(4) {
        0 => counter[12..].copy_from_slice(&(u32::MAX - left).to_be_bytes()),
        1 => {
            let ones = dice.below(13);
            counter[ones..12].fill(0xff);
            counter[12..].copy_from_slice(&(u32::MAX - left).to_be_bytes());
        }
        _ => {}
    }
    counter
}

pub(crate) fn ctr(dice: &mut Dice<'_>) {
    let (key, counter, len) = (dice.array(), counter(dice), dice.length());
    let data = dice.bytes(len);
    let mut expected = data.clone();
    let core = ::ctr::CtrCore::<_, ::ctr::flavors::Ctr128BE>::inner_iv_init;
    StreamCipherCoreWrapper::from_core(core(theirs(&key), &counter.into()))
        .apply_keystream(&mut expected);
    let placed = Placed::new(dice, &data);
    at_levels(Of::Sm4, |level| {
        placed.check(&expected, level, |x| Sm4::new(&key).ctr(&counter, x));
    });
}

pub(crate) fn xts(dice: &mut Dice<'_>) {
    let (key, tweak, len) = (dice.array::<32>(), dice.array::<16>(), 16 + dice.length());
    let data = dice.bytes(len);
    let doubling = if dice.once_in(2) { Doubling::Gb } else { Doubling::Ieee };
    let (data_key, tweak_key) = key.split_at(16);
    let (data_key, tweak_key) =
        (theirs(data_key.try_into().unwrap()), tweak_key.try_into().unwrap());
    let mut first = tweak;
    theirs(tweak_key).encrypt_block((&mut first).into());
    let mut expected = data.clone();
    xts_by_the_letter(&data_key, doubling, first, &mut expected);
    let (there, back) = (Placed::new(dice, &data), Placed::new(dice, &expected));
    at_levels(Of::Sm4, |level| {
        let ours = Sm4Xts::new(&key, doubling);
        there.check(&expected, level, |x| ours.encrypt(&tweak, x).unwrap());
        back.check(&data, level, |x| ours.decrypt(&tweak, x).unwrap());
    });
}

/// IEEE 1619-2018 clause 5.3 and GB/T 17964-2021 clause 12, block by block; `tweak` is encrypted.
fn xts_by_the_letter(keys: &::sm4::Sm4, doubling: Doubling, tweak: Block, data: &mut [u8]) {
    let mut tweak = tweak;
    let whole = data.len() / 16;
    for at in 0..whole {
        one_block(keys, &tweak, (&mut data[16 * at..16 * at + 16]).try_into().unwrap());
        tweak = doubled(doubling, &tweak);
    }
    let rest = data.len() % 16;
    if rest > 0 {
        // The last block takes what the one before has to spare, and is encrypted in its place.
        let (front, tail) = data.split_at_mut(16 * whole);
        let last: &mut Block = front.last_chunk_mut().unwrap();
        tail.swap_with_slice(&mut last[..rest]);
        one_block(keys, &tweak, last);
    }
}

fn one_block(keys: &::sm4::Sm4, tweak: &Block, block: &mut Block) {
    block.iter_mut().zip(tweak).for_each(|(a, b)| *a ^= b);
    keys.encrypt_block(block.into());
    block.iter_mut().zip(tweak).for_each(|(a, b)| *a ^= b);
}

/// Times α: bit by bit over the bytes.
fn doubled(doubling: Doubling, tweak: &Block) -> Block {
    let (mut next, mut carry) = (*tweak, 0);
    match doubling {
        Doubling::Ieee => {
            for byte in &mut next {
                (*byte, carry) = (*byte << 1 | carry, *byte >> 7);
            }
            next[0] ^= 0x87 * carry;
        }
        Doubling::Gb => {
            for byte in &mut next {
                (*byte, carry) = (*byte >> 1 | carry << 7, *byte & 1);
            }
            next[0] ^= 0xe1 * carry;
        }
    }
    next
}
