// SPDX-License-Identifier: Apache-2.0
//! SM4 (GB/T 32907-2016) and its modes: ECB, CBC, CTR ([`Sm4`]), XTS ([`Sm4Xts`]), GCM ([`Sm4Gcm`]), CCM
//! ([`Sm4Ccm`]).
//!
//! All of it takes a time that depends on lengths alone, on every processor: no table is read at an index
//! that depends on a key or on data. The level is chosen when a key is made.
//!
//! [`Sm4`] has the traits of the `cipher` crate, [`Sm4Gcm`] and [`Sm4Ccm`] those of `aead`; the functions
//! here do the same without them, and take nonces and tags of every length that the standards allow.
//!
//! ```
//! use gmca_gm::sm4::Sm4Gcm;
//!
//! let key = Sm4Gcm::new(&[7; 16]);
//! let mut data = *b"attack at dawn";
//! let tag = key.seal(b"unique nonce", b"header", &mut data)?;
//! key.open(b"unique nonce", b"header", &mut data, &tag)?;
//! assert_eq!(&data, b"attack at dawn");
//! # Ok::<(), gmca_gm::sm4::Error>(())
//! ```
//!
//! Not here: padding, and modes in which a nonce may be used twice.

mod aead;
mod cipher;
#[cfg(test)]
mod tests;

pub use crate::mid::sm4_xts::Doubling;

use crate::low::secrets::declassify;
use crate::low::sm4::{GcmKey, Level, Schedule};
use crate::mid::leavings::{self, wiped};
use crate::mid::sm4_xts::Direction;
use crate::mid::{sm4_ccm, sm4_ctr, sm4_gcm, sm4_xts};
use crate::plant::{self, Plant};
use core::fmt::{self, Debug, Display};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The mode does not take a nonce of this length.
    NonceLength,
    /// The mode does not take a tag of this length.
    TagLength,
    /// XTS needs at least 16 bytes.
    TooShort,
    /// The message is longer than one nonce may encrypt.
    TooLong,
    /// The tag is not that of the ciphertext; the data was wiped.
    Refused,
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NonceLength => {
                "the mode takes no nonce of this length: GCM 1 byte and more, CCM 7 to 13"
            }
            Self::TagLength => {
                "the mode takes no tag of this length: GCM 12 to 16 bytes, CCM even ones of 4 to 16"
            }
            Self::TooShort => "XTS needs at least 16 bytes",
            Self::TooLong => "a message too long for this mode: split it",
            Self::Refused => "refused",
        })
    }
}

impl core::error::Error for Error {}

/// A block, 16 bytes.
pub type Block = [u8; 16];

/// The block cipher, in both directions, with the modes that need nothing else. Wiped on drop.
pub struct Sm4 {
    encrypt: Schedule,
    decrypt: Schedule,
}

impl Sm4 {
    /// Expands a key (GB/T 32907 clause 6.3).
    #[must_use]
    pub fn new(key: &[u8; 16]) -> Self {
        Self::at(Level::best(), key)
    }

    fn at(level: Level, key: &[u8; 16]) -> Self {
        wiped::<{ leavings::SM4 }, _>(|| {
            let encrypt = Schedule::new(level, key);
            let decrypt = encrypt.reversed();
            Self { encrypt, decrypt }
        })
    }

    /// The instructions that this key uses, for people to read.
    #[must_use]
    pub fn level(&self) -> &'static str {
        self.encrypt.level().name()
    }

    /// Encrypts each block on its own (ECB, GB/T 17964-2021 clause 7).
    pub fn ecb_encrypt(&self, blocks: &mut [Block]) {
        self.encrypt.ecb(blocks);
    }

    /// Decrypts each block on its own.
    pub fn ecb_decrypt(&self, blocks: &mut [Block]) {
        self.decrypt.ecb(blocks);
    }

    /// Encrypts or decrypts in CTR (clause 10): adds the key stream of `counter`, `counter + 1`, ... modulo
    /// 2¹²⁸. The data may end within a block; the next counter is then that of the block after it.
    pub fn ctr(&self, counter: &Block, data: &mut [u8]) {
        sm4_ctr::apply(&self.encrypt, counter, data);
    }

    /// Encrypts in CBC (clause 8) without padding. `iv` becomes what the next call goes on with: the last
    /// block of ciphertext.
    pub fn cbc_encrypt(&self, iv: &mut Block, blocks: &mut [Block]) {
        self.encrypt.cbc_encrypt(iv, blocks);
    }

    /// Decrypts in CBC. `iv` becomes the last block of ciphertext.
    pub fn cbc_decrypt(&self, iv: &mut Block, blocks: &mut [Block]) {
        self.decrypt.cbc_decrypt(iv, blocks);
    }
}

impl Debug for Sm4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sm4")
    }
}

/// SM4 in XTS, for sectors of storage (GB/T 17964-2021 clause 12; IEEE 1619-2018 clause 5).
pub struct Sm4Xts {
    data: Sm4,
    tweak: Schedule,
    doubling: Doubling,
}

impl Sm4Xts {
    /// `key` is the key of the data and then that of the tweaks, 16 bytes each.
    #[must_use]
    pub fn new(key: &[u8; 32], doubling: Doubling) -> Self {
        Self::at(Level::best(), key, doubling)
    }

    fn at(level: Level, key: &[u8; 32], doubling: Doubling) -> Self {
        let [data, tweak] = [0, 1].map(|half: usize| &key.as_chunks::<16>().0[half]);
        wiped::<{ leavings::SM4 }, _>(|| Self {
            data: Sm4::at(level, data),
            tweak: Schedule::new(level, tweak),
            doubling,
        })
    }

    /// Encrypts a sector of 16 bytes or more under its tweak (often the sector's number).
    ///
    /// # Errors
    ///
    /// [`Error::TooShort`] for less than a block.
    pub fn encrypt(&self, tweak: &Block, sector: &mut [u8]) -> Result<(), Error> {
        self.run(&self.data.encrypt, Direction::Encrypt, tweak, sector)
    }

    /// Decrypts it.
    ///
    /// # Errors
    ///
    /// [`Error::TooShort`] for less than a block.
    pub fn decrypt(&self, tweak: &Block, sector: &mut [u8]) -> Result<(), Error> {
        self.run(&self.data.decrypt, Direction::Decrypt, tweak, sector)
    }

    fn run(
        &self,
        keys: &Schedule,
        direction: Direction,
        tweak: &Block,
        sector: &mut [u8],
    ) -> Result<(), Error> {
        if sector.len() < 16 {
            return Err(Error::TooShort);
        }
        let mut first = [*tweak];
        self.tweak.ecb(&mut first);
        sm4_xts::run(keys, direction, self.doubling, first[0], sector);
        Ok(())
    }
}

impl Debug for Sm4Xts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sm4Xts")
    }
}

/// SM4 in GCM (NIST SP 800-38D; GB/T 36624-2018 clause 11; RFC 8998). Wiped on drop.
pub struct Sm4Gcm(GcmKey);

impl Sm4Gcm {
    /// Expands a key and computes what GHASH needs: as much work as some hundred bytes of a message.
    #[must_use]
    pub fn new(key: &[u8; 16]) -> Self {
        Self::at(Level::best(), key)
    }

    fn at(level: Level, key: &[u8; 16]) -> Self {
        wiped::<{ leavings::SM4 }, _>(|| Self(GcmKey::new(Schedule::new(level, key))))
    }

    /// The instructions that this key uses, for people to read.
    #[must_use]
    pub fn level(&self) -> &'static str {
        self.0.level().name()
    }

    /// Encrypts `data` in place and gives the tag; of a shorter one, the first bytes count.
    ///
    /// A nonce, best of 12 bytes, must never be used twice under a key: that gives away the key of the
    /// tags.
    ///
    /// # Errors
    ///
    /// [`Error::NonceLength`] for an empty nonce, [`Error::TooLong`] for more than 2³⁶ − 32 bytes.
    pub fn seal(&self, nonce: &[u8], aad: &[u8], data: &mut [u8]) -> Result<[u8; 16], Error> {
        check_gcm(nonce, data.len())?;
        Ok(wiped::<{ leavings::SM4 }, _>(|| {
            self.0.seal(&sm4_gcm::first_counter(&self.0, nonce), aad, data)
        }))
    }

    /// Checks the tag, of 12 to 16 bytes, and decrypts `data` in place.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the tag is not the right one; `data` is then zeros. [`Error::NonceLength`],
    /// [`Error::TagLength`] and [`Error::TooLong`] leave `data` as it was.
    pub fn open(&self, nonce: &[u8], aad: &[u8], data: &mut [u8], tag: &[u8]) -> Result<(), Error> {
        if !(12..=16).contains(&tag.len()) {
            return Err(Error::TagLength);
        }
        check_gcm(nonce, data.len())?;
        wiped::<{ leavings::SM4 }, _>(|| {
            let expected = self.0.open(&sm4_gcm::first_counter(&self.0, nonce), aad, data);
            accept(&expected, tag, data)
        })
    }
}

impl Debug for Sm4Gcm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sm4Gcm")
    }
}

/// SM4 in CCM (NIST SP 800-38C; GB/T 36624-2018 clause 9; RFC 8998). Wiped on drop.
///
/// Its tag is a chain of blocks: some twenty times slower than GCM.
pub struct Sm4Ccm(Schedule);

impl Sm4Ccm {
    /// Expands a key.
    #[must_use]
    pub fn new(key: &[u8; 16]) -> Self {
        Self::at(Level::best(), key)
    }

    fn at(level: Level, key: &[u8; 16]) -> Self {
        wiped::<{ leavings::SM4 }, _>(|| Self(Schedule::new(level, key)))
    }

    /// Encrypts `data` in place and gives a tag of `tag_len` bytes: the first of the 16.
    ///
    /// The length of the tag is part of what it protects. A nonce of 7 to 13 bytes must never be used twice
    /// under a key.
    ///
    /// # Errors
    ///
    /// [`Error::NonceLength`], [`Error::TagLength`] unless it is 4, 6, ... 16, [`Error::TooLong`] for more
    /// bytes than 15 less the length of the nonce can count.
    pub fn seal(
        &self,
        nonce: &[u8],
        aad: &[u8],
        data: &mut [u8],
        tag_len: usize,
    ) -> Result<[u8; 16], Error> {
        check_ccm(nonce, data.len(), tag_len)?;
        let mut tag = sm4_ccm::tag(&self.0, nonce, aad, data, tag_len);
        tag[tag_len..].fill(0);
        sm4_ccm::crypt(&self.0, nonce, data);
        Ok(tag)
    }

    /// Decrypts `data` in place and checks the tag, of an even length of 4 to 16 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the tag is not the right one; `data` is then zeros. The others leave `data` as
    /// it was.
    pub fn open(&self, nonce: &[u8], aad: &[u8], data: &mut [u8], tag: &[u8]) -> Result<(), Error> {
        check_ccm(nonce, data.len(), tag.len())?;
        sm4_ccm::crypt(&self.0, nonce, data);
        let expected = sm4_ccm::tag(&self.0, nonce, aad, data, tag.len());
        accept(&expected, tag, data)
    }
}

impl Debug for Sm4Ccm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sm4Ccm")
    }
}

fn check_gcm(nonce: &[u8], len: usize) -> Result<(), Error> {
    if nonce.is_empty() {
        return Err(Error::NonceLength);
    }
    if len as u64 > sm4_gcm::MAX_LEN {
        return Err(Error::TooLong);
    }
    Ok(())
}

fn check_ccm(nonce: &[u8], len: usize, tag_len: usize) -> Result<(), Error> {
    if !(7..=13).contains(&nonce.len()) {
        return Err(Error::NonceLength);
    }
    if !(4..=16).contains(&tag_len) || !tag_len.is_multiple_of(2) {
        return Err(Error::TagLength);
    }
    if sm4_ccm::fits(nonce, len) { Ok(()) } else { Err(Error::TooLong) }
}

/// Compares in a time that does not depend on where tags differ.
fn accept(expected: &Block, tag: &[u8], data: &mut [u8]) -> Result<(), Error> {
    let tag = if plant::is(Plant::TagShort) { &tag[..tag.len() - 1] } else { tag };
    let same = expected.get(..tag.len()).map_or(0, |expected| expected.ct_eq(tag).unwrap_u8());
    if declassify(same.into()) == 1 {
        return Ok(());
    }
    data.zeroize();
    Err(Error::Refused)
}
