// SPDX-License-Identifier: Apache-2.0
//! The first counter block of GCM (NIST SP 800-38D clause 7.1 step 2), and its limits.

use crate::low::sm4::{Block, GcmKey};

/// The most bytes one nonce may encrypt: 2³⁹ − 256 bits (clause 5.2.1.1).
pub(crate) const MAX_LEN: u64 = (1 << 36) - 32;

/// J₀ for a nonce of 1 byte or more.
pub(crate) fn first_counter(key: &GcmKey, nonce: &[u8]) -> Block {
    match <&[u8; 12]>::try_from(nonce) {
        Ok(nonce) => {
            let mut block = [0; 16];
            block[..12].copy_from_slice(nonce);
            block[15] = 1;
            block
        }
        Err(_) => key.ghash(nonce, &(nonce.len() as u128 * 8).to_be_bytes()),
    }
}
