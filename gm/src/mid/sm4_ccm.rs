// SPDX-License-Identifier: Apache-2.0
//! CCM (NIST SP 800-38C; GB/T 36624-2018 clause 9) with nonces of 7 to 13 bytes and even tags of 4 to 16.

use super::sm4_ctr;
use crate::low::sm4::{Block, Schedule};
use crate::plant::{self, Plant};
use zeroize::Zeroize;

/// Whether `len` bytes can be counted beside a nonce of this length (appendix A.1).
pub(crate) fn fits(nonce: &[u8], len: usize) -> bool {
    let bytes = 15 - nonce.len();
    bytes >= 8 || (len as u64) >> (8 * bytes) == 0
}

/// Encrypts or decrypts `data` in place: adds the key stream from counter 1 on (clause 6.1 step 8).
pub(crate) fn crypt(keys: &Schedule, nonce: &[u8], data: &mut [u8]) {
    sm4_ctr::apply(keys, &counter(nonce, 1), data);
}

/// The tag over the plaintext; of a shorter one, the first bytes count.
pub(crate) fn tag(
    keys: &Schedule,
    nonce: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    tag_len: usize,
) -> Block {
    let mut state = first_block(nonce, !aad.is_empty(), plaintext.len(), tag_len);
    // The first block is added to zeros.
    let first = state;
    state = [0; 16];
    keys.cbc_mac(&mut state, &[first]);
    absorb_aad(keys, &mut state, aad);
    absorb(keys, &mut state, plaintext);
    // T ⊕ S₀ (clause 6.1 step 7).
    keys.ctr32(&counter(nonce, 0), &mut state);
    state
}

/// B₀: flags, nonce and length (appendix A.2.1).
fn first_block(nonce: &[u8], has_aad: bool, len: usize, tag_len: usize) -> Block {
    let mut block = (len as u128).to_be_bytes();
    block[1..=nonce.len()].copy_from_slice(nonce);
    let (tag, width) = ((tag_len - 2) / 2, 14 - nonce.len());
    block[0] = u8::from(has_aad) << 6 | (tag as u8) << 3 | width as u8;
    block
}

/// A counter block (appendix A.3).
fn counter(nonce: &[u8], number: u8) -> Block {
    let mut block = [0; 16];
    block[0] = (14 - nonce.len()) as u8;
    block[1..=nonce.len()].copy_from_slice(nonce);
    block[15] = number;
    block
}

/// The associated data with its length in front (appendix A.2.2), filled up with zeros.
fn absorb_aad(keys: &Schedule, state: &mut Block, aad: &[u8]) {
    if aad.is_empty() {
        return;
    }
    let len = (aad.len() as u64).to_be_bytes();
    let mut first = [0; 16];
    let prefix = match aad.len() as u64 {
        short if short < 0xff00 + u64::from(plant::is(Plant::AadLength)) => {
            first[..2].copy_from_slice(&len[6..]);
            2
        }
        0..=0xffff_ffff => {
            first[..2].copy_from_slice(&[0xff, 0xfe]);
            first[2..6].copy_from_slice(&len[4..]);
            6
        }
        _ => {
            first[..2].copy_from_slice(&[0xff, 0xff]);
            first[2..10].copy_from_slice(&len);
            10
        }
    };
    let (begin, rest) = aad.split_at(aad.len().min(16 - prefix));
    first[prefix..prefix + begin.len()].copy_from_slice(begin);
    keys.cbc_mac(state, &[first]);
    absorb(keys, state, rest);
}

/// Data filled up with zeros.
fn absorb(keys: &Schedule, state: &mut Block, data: &[u8]) {
    let (blocks, tail) = data.as_chunks();
    keys.cbc_mac(state, blocks);
    if !tail.is_empty() {
        let mut last = [0; 16];
        last[..tail.len()].copy_from_slice(tail);
        keys.cbc_mac(state, &[last]);
        last.zeroize();
    }
}
