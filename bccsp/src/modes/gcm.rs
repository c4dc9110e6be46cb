// SPDX-License-Identifier: Apache-2.0
//! GCM (NIST SP 800-38D) with nonces of any length, which `aes-gcm` has only as types.
//!
//! Not here: the usual 12-byte nonce with a 16-byte tag. That is the crate's.

use super::aead::RawAead;
use super::{BlockCipher, TOO_LONG};
use crate::Error;
use ::cipher::array::Array;
use ::cipher::consts::U16;
use ::cipher::{InnerIvInit, StreamCipherCore};
use ctr::CtrCore;
use ctr::flavors::Ctr32BE;
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

type Block = Array<u8, U16>;

/// The most bytes one nonce may encrypt: 2³⁹ − 256 bits (clause 5.2.1.1).
const MAX_LEN: u64 = (1 << 36) - 32;

pub(super) struct AnyNonceGcm<C> {
    cipher: C,
    ghash: GHash,
}

impl<C: BlockCipher> AnyNonceGcm<C> {
    pub(super) fn new(cipher: C) -> Self {
        // H = E(0¹²⁸) (clause 7.1 step 1).
        let mut h = ghash::Key::default();
        cipher.encrypt_block(&mut h);
        let ghash = GHash::new(&h);
        h.zeroize();
        Self { cipher, ghash }
    }

    /// J₀ (clause 7.1 step 2).
    fn first_counter(&self, nonce: &[u8]) -> Block {
        let mut block = Block::default();
        if nonce.len() == 12 {
            block.iter_mut().zip(nonce).for_each(|(to, from)| *to = *from);
            block[15] = 1;
            return block;
        }
        let mut ghash = self.ghash.clone();
        ghash.update_padded(nonce);
        ghash.update(&[lengths(0, nonce.len())]);
        ghash.finalize()
    }

    /// The counter mode after J₀, and E(J₀) which masks the tag.
    fn start(&self, nonce: &[u8]) -> (CtrCore<&C, Ctr32BE>, Block) {
        let mut ctr = CtrCore::inner_iv_init(&self.cipher, &self.first_counter(nonce));
        let mut mask = Block::default();
        ctr.write_keystream_block(&mut mask);
        (ctr, mask)
    }

    /// S ⊕ E(J₀) (clause 7.1 steps 5 and 6).
    fn tag(&self, mask: Block, aad: &[u8], ciphertext: &[u8]) -> [u8; 16] {
        let mut ghash = self.ghash.clone();
        ghash.update_padded(aad);
        ghash.update_padded(ciphertext);
        ghash.update(&[lengths(aad.len(), ciphertext.len())]);
        let mut tag: [u8; 16] = ghash.finalize().into();
        tag.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        tag
    }
}

impl<C: BlockCipher> RawAead for AnyNonceGcm<C> {
    fn seal_in_place(&self, nonce: &[u8], aad: &[u8], data: &mut [u8]) -> Result<[u8; 16], Error> {
        if data.len() as u64 > MAX_LEN {
            return Err(TOO_LONG);
        }
        let (ctr, mask) = self.start(nonce);
        ctr.apply_keystream_partial(data.into());
        Ok(self.tag(mask, aad, data))
    }

    fn open_in_place(
        &self,
        nonce: &[u8],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8],
    ) -> Result<(), Error> {
        if data.len() as u64 > MAX_LEN {
            return Err(Error::Refused);
        }
        let (ctr, mask) = self.start(nonce);
        let expected = self.tag(mask, aad, data);
        let compared = expected.get(..tag.len()).ok_or(Error::Refused)?;
        if !bool::from(compared.ct_eq(tag)) {
            return Err(Error::Refused);
        }
        ctr.apply_keystream_partial(data.into());
        Ok(())
    }
}

/// Both lengths in bits, 64-bit big-endian each.
fn lengths(first: usize, second: usize) -> Block {
    let bits = ((first as u128 * 8) << 64) | (second as u128 * 8);
    bits.to_be_bytes().into()
}

#[cfg(all(test, feature = "gm"))]
mod tests {
    use super::*;
    use crate::AeadMode;
    use ::cipher::KeyInit;

    #[test]
    fn agrees_with_the_crate_where_both_can() {
        let key = [7; 16];
        let ours = AnyNonceGcm::new(sm4::Sm4::new(&key.into()));
        let theirs = super::super::aead::<sm4::Sm4>(AeadMode::Gcm, &key, 12, 16).unwrap();
        // Around a block, and around the eight blocks that counter modes take at once.
        for len in [0, 1, 15, 16, 17, 127, 128, 129, 300] {
            let (mut a, mut b) = (alloc::vec![3; len], alloc::vec![3; len]);
            let tag = ours.seal_in_place(&[9; 12], b"aad", &mut a).unwrap();
            assert_eq!(tag, theirs.seal_in_place(&[9; 12], b"aad", &mut b).unwrap());
            assert_eq!(a, b);
            theirs.open_in_place(&[9; 12], b"aad", &mut a, &tag).unwrap();
            ours.open_in_place(&[9; 12], b"aad", &mut b, &tag).unwrap();
            assert_eq!(a, b);
        }
    }
}
