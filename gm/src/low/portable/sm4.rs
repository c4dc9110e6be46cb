// SPDX-License-Identifier: Apache-2.0
//! SM4 (GB/T 32907-2016), sixteen blocks at a time in bit planes, on every processor.
//!
//! Slow for few blocks: a pass costs the same for one block and for sixteen.

use super::ghash;
use super::sm4_planes::{Planes, cut, join, rotate, spread, substitute, xor};
use crate::low::ghash::Powers;
use crate::low::sm4::{Block, Words};
use zeroize::Zeroize;

/// The most blocks of one pass.
const WIDTH: usize = 16;

/// The round keys of clause 6.3.
pub(in crate::low) fn expand(key: &Block) -> Words {
    // Step 1: K = MK ⊕ FK.
    let mut k: [u32; 4] = core::array::from_fn(|i| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|j| key[4 * i + j]);
        u32::from_be_bytes([a, b, c, d]) ^ FK[i]
    });
    // Step 2: rk[i] = K[i+4] = K[i] ⊕ T'(K[i+1] ⊕ K[i+2] ⊕ K[i+3] ⊕ CK[i]).
    let mut words = [0; 33];
    for (i, word) in words[..32].iter_mut().enumerate() {
        let b = tau(k[1] ^ k[2] ^ k[3] ^ constant(i));
        let next = k[0] ^ b ^ b.rotate_left(13) ^ b.rotate_left(23);
        k = [k[1], k[2], k[3], next];
        *word = next;
    }
    k.zeroize();
    words
}

/// The system parameter FK (clause 6.3).
pub(in crate::low) const FK: [u32; 4] = [0xa3b1_bac6, 0x56aa_3350, 0x677d_9197, 0xb270_22dc];

/// The fixed parameter CK[i]: its byte j is (4·i + j) · 7 modulo 256 (clause 6.3).
pub(in crate::low) const fn constant(i: usize) -> u32 {
    let first = (4 * i * 7) as u8;
    u32::from_be_bytes([
        first,
        first.wrapping_add(7),
        first.wrapping_add(14),
        first.wrapping_add(21),
    ])
}

/// τ: the S-box in each byte of a word (clause 6.2.1).
fn tau(word: u32) -> u32 {
    let [a, b, c, d, ..] = join(&substitute(&spread(word)));
    u32::from_be_bytes([a, b, c, d])
}

/// Encrypts each block, or decrypts it when the words are in reverse order.
pub(in crate::low) fn ecb(words: &Words, blocks: &mut [Block]) {
    for some in blocks.chunks_mut(WIDTH) {
        pass(words, some);
    }
}

/// One pass over at most [`WIDTH`] blocks (clause 7.1).
fn pass(words: &Words, blocks: &mut [Block]) {
    let mut x = [[0; 8]; 4];
    for (word, x) in x.iter_mut().enumerate() {
        let mut column = [0; 64];
        for (to, block) in column.as_chunks_mut::<4>().0.iter_mut().zip(blocks.iter()) {
            *to = block.as_chunks::<4>().0[word];
        }
        *x = cut(&column);
    }
    // Step 1: X[i+4] = X[i] ⊕ T(X[i+1] ⊕ X[i+2] ⊕ X[i+3] ⊕ rk[i]).
    for key in &words[..32] {
        let sum = xor(&xor(&x[1], &x[2]), &xor(&x[3], &spread(*key)));
        let next = xor(&x[0], &diffuse(&substitute(&sum)));
        x = [x[1], x[2], x[3], next];
    }
    // Step 2: the last four words in reverse order.
    for (word, x) in x.iter().rev().enumerate() {
        let column = join(x);
        for (from, block) in column.as_chunks::<4>().0.iter().zip(blocks.iter_mut()) {
            block.as_chunks_mut::<4>().0[word] = *from;
        }
    }
}

/// L(B) = B ⊕ (B <<< 2) ⊕ (B <<< 10) ⊕ (B <<< 18) ⊕ (B <<< 24) (clause 6.2.2).
fn diffuse(b: &Planes) -> Planes {
    [2, 10, 18, 24].iter().fold(*b, |sum, n| xor(&sum, &rotate(b, *n)))
}

/// Adds the key stream of counter blocks to `data`. Only the last 32 bits of the counter count up,
/// modulo 2³².
pub(in crate::low) fn ctr32(words: &Words, counter: &Block, data: &mut [u8]) {
    let mut counter = u128::from_be_bytes(*counter);
    for some in data.chunks_mut(16 * WIDTH) {
        let mut stream = [[0; 16]; WIDTH];
        for block in &mut stream[..some.len().div_ceil(16)] {
            *block = counter.to_be_bytes();
            let low = (counter as u32).wrapping_add(1);
            counter = (counter >> 32 << 32) | u128::from(low);
        }
        pass(words, &mut stream);
        some.iter_mut().zip(stream.as_flattened()).for_each(|(byte, mask)| *byte ^= mask);
        stream.zeroize();
    }
}

/// CBC (GB/T 17964-2021 clause 8); `iv` becomes the last block of ciphertext.
pub(in crate::low) fn cbc_encrypt(words: &Words, iv: &mut Block, blocks: &mut [Block]) {
    for block in blocks {
        add(block, iv);
        pass(words, core::slice::from_mut(block));
        *iv = *block;
    }
}

/// The opposite of [`cbc_encrypt`], with the words in reverse order.
pub(in crate::low) fn cbc_decrypt(words: &Words, iv: &mut Block, blocks: &mut [Block]) {
    for some in blocks.chunks_mut(WIDTH) {
        let mut previous = [[0; 16]; WIDTH];
        previous[..some.len()].copy_from_slice(some);
        pass(words, some);
        for (block, cipher) in some.iter_mut().zip(&previous) {
            add(block, iv);
            *iv = *cipher;
        }
    }
}

/// The last block of CBC encryption alone, which `state` becomes.
pub(in crate::low) fn cbc_mac(words: &Words, state: &mut Block, blocks: &[Block]) {
    for block in blocks {
        add(state, block);
        pass(words, core::slice::from_mut(state));
    }
}

fn add(block: &mut Block, other: &Block) {
    block.iter_mut().zip(other).for_each(|(a, b)| *a ^= b);
}

/// What GHASH needs of the hash key H = E(0).
pub(in crate::low) fn powers(words: &Words) -> Powers {
    let mut h = [[0; 16]];
    ecb(words, &mut h);
    let powers = Powers::first_only(ghash::key(&h[0]));
    h.zeroize();
    powers
}

/// GHASH over `data`, filled up with zeros, and the block `last`.
pub(in crate::low) fn ghash(powers: &Powers, data: &[u8], last: &Block) -> Block {
    ghash::hash(powers.first(), &[data], last)
}

/// Encrypts and gives the tag (NIST SP 800-38D clause 7.1, from step 3 on).
pub(in crate::low) fn seal(
    words: &Words,
    powers: &Powers,
    j0: &Block,
    aad: &[u8],
    data: &mut [u8],
) -> Block {
    crypt(words, j0, data);
    tag(words, powers, j0, aad, data)
}

/// Gives the tag that the ciphertext should have, and decrypts (clause 7.2, from step 4 on).
pub(in crate::low) fn open(
    words: &Words,
    powers: &Powers,
    j0: &Block,
    aad: &[u8],
    data: &mut [u8],
) -> Block {
    let tag = tag(words, powers, j0, aad, data);
    crypt(words, j0, data);
    tag
}

fn crypt(words: &Words, j0: &Block, data: &mut [u8]) {
    let mut first = *j0;
    let low = u32::from_be_bytes([j0[12], j0[13], j0[14], j0[15]]).wrapping_add(1);
    first[12..].copy_from_slice(&low.to_be_bytes());
    ctr32(words, &first, data);
}

fn tag(words: &Words, powers: &Powers, j0: &Block, aad: &[u8], ciphertext: &[u8]) -> Block {
    let lengths = crate::low::ghash::lengths(aad.len(), ciphertext.len());
    let mut tag = ghash::hash(powers.first(), &[aad, ciphertext], &lengths);
    ctr32(words, j0, &mut tag);
    tag
}
