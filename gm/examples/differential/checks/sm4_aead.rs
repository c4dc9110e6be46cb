// SPDX-License-Identifier: Apache-2.0
//! GCM and CCM against the crates `aes-gcm` and `ccm` over `sm4`; GCM with nonces that the crate does not
//! take against the letter of NIST SP 800-38D. Each message is opened again, and with one bit changed.

use super::sm4::{Placed, theirs};
use super::{Dice, Of, at_levels};
use ::aead::{AeadInOut, KeyInit};
use ::cipher::BlockCipherEncrypt;
use ::cipher::consts::{U4, U7, U8, U12, U13, U14, U16};
use gmca_gm::sm4::{Block, Error, Sm4Ccm, Sm4Gcm};

/// A message, and what comes of it.
struct Case {
    key: [u8; 16],
    nonce: Vec<u8>,
    aad: Vec<u8>,
    plain: Vec<u8>,
    cipher: Vec<u8>,
    tag: Vec<u8>,
}

impl Case {
    fn new(dice: &mut Dice<'_>, nonce_len: usize) -> Self {
        let len = dice.length();
        let aad_len = if dice.once_in(4) { dice.length() } else { dice.below(40) };
        let plain = dice.bytes(len);
        Self {
            key: dice.array(),
            nonce: dice.bytes(nonce_len),
            aad: dice.bytes(aad_len),
            cipher: plain.clone(),
            plain,
            tag: Vec::new(),
        }
    }

    /// Sealed by the other implementation.
    fn seal_by<A: AeadInOut + KeyInit>(&mut self) {
        let cipher = A::new_from_slice(&self.key).unwrap();
        let nonce = self.nonce.as_slice().try_into().unwrap();
        let sealed = cipher.encrypt_inout_detached(nonce, &self.aad, (&mut self.cipher[..]).into());
        self.tag = sealed.unwrap().to_vec();
    }
}

pub(crate) fn gcm(dice: &mut Dice<'_>) {
    let mut case = if dice.once_in(4) {
        let nonce_len = 1 + dice.below(40);
        let mut case = Case::new(dice, nonce_len);
        by_the_letter(&mut case);
        case
    } else {
        let mut case = Case::new(dice, 12);
        case.seal_by::<::aes_gcm::AesGcm<::sm4::Sm4, U12>>();
        case
    };
    // 12 bytes are enough of a tag.
    let expected = case.tag.clone();
    case.tag.truncate(if dice.once_in(2) { 16 } else { 12 + dice.below(5) });
    let judge = Judge::new(dice, &case);
    at_levels(Of::Sm4, |level| {
        let ours = Sm4Gcm::new(&case.key);
        judge.plain.check(&case.cipher, level, |data| {
            assert_eq!(ours.seal(&case.nonce, &case.aad, data).unwrap()[..], expected, "{level}");
        });
        judge.open(level, &case, &|aad, data, tag| ours.open(&case.nonce, aad, data, tag));
    });
}

pub(crate) fn ccm(dice: &mut Dice<'_>) {
    type Ccm<Tag, Nonce> = ::ccm::Ccm<::sm4::Sm4, Tag, Nonce>;
    let nonce_len = [7, 8, 12, 13][dice.below(4)];
    let mut case = Case::new(dice, nonce_len);
    if dice.once_in(200) {
        // Here the length of associated data takes another form.
        let aad_len = 0xfeff + dice.below(3);
        case.aad = dice.bytes(aad_len);
    }
    match (nonce_len, dice.below(2)) {
        (7, _) => case.seal_by::<Ccm<U8, U7>>(),
        (8, _) => case.seal_by::<Ccm<U14, U8>>(),
        (12, 0) => case.seal_by::<Ccm<U16, U12>>(),
        (12, _) => case.seal_by::<Ccm<U4, U12>>(),
        (_, 0) => case.seal_by::<Ccm<U12, U13>>(),
        (_, _) => case.seal_by::<Ccm<U16, U13>>(),
    }
    let tag_len = case.tag.len();
    let judge = Judge::new(dice, &case);
    at_levels(Of::Sm4, |level| {
        let ours = Sm4Ccm::new(&case.key);
        judge.plain.check(&case.cipher, level, |data| {
            let tag = ours.seal(&case.nonce, &case.aad, data, tag_len).unwrap();
            assert_eq!(tag[..tag_len], case.tag, "{level}");
        });
        judge.open(level, &case, &|aad, data, tag| ours.open(&case.nonce, aad, data, tag));
    });
}

/// What is opened: the message, and one of which a bit is not as it was.
struct Judge {
    plain: Placed,
    cipher: Placed,
    changed: Placed,
    aad: Vec<u8>,
    tag: Vec<u8>,
}

/// Opens data in place, given associated data and a tag.
type Open<'a> = &'a dyn Fn(&[u8], &mut [u8], &[u8]) -> Result<(), Error>;

impl Judge {
    fn new(dice: &mut Dice<'_>, case: &Case) -> Self {
        let cipher = Placed::new(dice, &case.cipher);
        let (mut aad, mut tag, mut changed) = (case.aad.clone(), case.tag.clone(), cipher.clone());
        let bit = 1 << dice.below(8);
        match dice.below(4) {
            0 if !aad.is_empty() => aad[dice.below(case.aad.len())] ^= bit,
            1 if !case.cipher.is_empty() => {
                changed.data()[dice.below(case.cipher.len())] ^= bit;
            }
            // The end of a tag more often than what comes before.
            2 => *tag.last_mut().unwrap() ^= bit,
            _ => tag[dice.below(case.tag.len())] ^= bit,
        }
        Self { plain: Placed::new(dice, &case.plain), cipher, changed, aad, tag }
    }

    fn open(&self, level: &str, case: &Case, open: Open<'_>) {
        self.cipher.check(&case.plain, level, |data| {
            assert_eq!(open(&case.aad, data, &case.tag), Ok(()), "{level}");
        });
        let zeros = vec![0; case.plain.len()];
        self.changed.check(&zeros, level, |data| {
            assert_eq!(open(&self.aad, data, &self.tag), Err(Error::Refused), "{level}");
        });
    }
}

/// NIST SP 800-38D clause 7.1.
fn by_the_letter(case: &mut Case) {
    let cipher = theirs(&case.key);
    let encrypted = |block: u128| {
        let mut block = block.to_be_bytes();
        cipher.encrypt_block((&mut block).into());
        u128::from_be_bytes(block)
    };
    let h = encrypted(0);
    let j0 = match <[u8; 12]>::try_from(case.nonce.as_slice()) {
        Ok(nonce) => {
            let mut block: Block = [0; 16];
            block[..12].copy_from_slice(&nonce);
            u128::from_be_bytes(block) | 1
        }
        Err(_) => ghash(h, &[&case.nonce], case.nonce.len() as u128 * 8),
    };
    let mut counter = j0;
    for block in case.cipher.chunks_mut(16) {
        counter = (counter >> 32 << 32) | u128::from((counter as u32).wrapping_add(1));
        block.iter_mut().zip(encrypted(counter).to_be_bytes()).for_each(|(a, b)| *a ^= b);
    }
    let lengths = (case.aad.len() as u128 * 8) << 64 | (case.cipher.len() as u128 * 8);
    let sum = ghash(h, &[&case.aad, &case.cipher], lengths);
    case.tag = (sum ^ encrypted(j0)).to_be_bytes().to_vec();
}

/// Clauses 6.3 and 6.4, bit by bit.
fn ghash(h: u128, parts: &[&[u8]], last: u128) -> u128 {
    let times_h = |x: u128| {
        let (mut z, mut v) = (0, h);
        for i in 0..128 {
            z ^= v & (x >> (127 - i) & 1).wrapping_neg();
            v = (v >> 1) ^ ((v & 1).wrapping_neg() & (0xe1 << 120));
        }
        z
    };
    let blocks = parts.iter().flat_map(|part| part.chunks(16)).map(|some| {
        let mut block: Block = [0; 16];
        block[..some.len()].copy_from_slice(some);
        u128::from_be_bytes(block)
    });
    blocks.chain([last]).fold(0, |sum, block| times_h(sum ^ block))
}
