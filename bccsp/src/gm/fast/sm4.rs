// SPDX-License-Identifier: Apache-2.0
//! SM4 of the fast engine: the modes of `gm`, and over its block cipher those it has no own code for
//! (CFB and OFB, by `cfb-mode` and `ofb`).

use crate::engine::Backend;
use crate::gm::Portable;
use crate::modes::{self, IV_LENGTH, KEY_LENGTH, NONCE_LENGTH, RawAead, TOO_LONG, WHOLE_BLOCKS};
use crate::{AeadMode, Cipher, CipherMode, Error};
use ::gm::sm4::{self, Block, Doubling, Sm4, Sm4Ccm, Sm4Gcm, Sm4Xts};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::{self, Debug};

pub(super) fn level() -> &'static str {
    Sm4::new(&[0; 16]).level()
}

pub(super) fn aead(
    mode: AeadMode,
    key: &[u8],
    nonce_len: usize,
    tag_len: usize,
) -> Result<Box<dyn RawAead>, Error> {
    match (mode, nonce_len, tag_len) {
        (AeadMode::Gcm, 1.., 12..=16) => {
            let key = Sm4Gcm::new(sixteen(key)?);
            Ok(Box::new(FastGcm { key, nonce_len }))
        }
        (AeadMode::Ccm, 7..=13, 4 | 6 | 8 | 10 | 12 | 14 | 16) => {
            let key = Sm4Ccm::new(sixteen(key)?);
            Ok(Box::new(FastCcm { key, nonce_len, tag_len }))
        }
        // Lengths that no engine has: the error is the same.
        _ => Portable::aead(mode, key, nonce_len, tag_len),
    }
}

pub(super) fn cipher(mode: CipherMode, key: &[u8]) -> Result<Box<dyn Cipher>, Error> {
    let xts = |doubling| {
        let key = key.try_into().map_err(|_| KEY_LENGTH)?;
        Ok(Box::new(FastXts(Sm4Xts::new(key, doubling))) as Box<dyn Cipher>)
    };
    match mode {
        CipherMode::Cbc => Ok(Box::new(FastCbc(Sm4::new(sixteen(key)?)))),
        CipherMode::Ctr => Ok(Box::new(FastCtr(Sm4::new(sixteen(key)?)))),
        CipherMode::XtsGb => xts(Doubling::Gb),
        CipherMode::XtsIeee => xts(Doubling::Ieee),
        _ => modes::cipher::<Sm4>(mode, key),
    }
}

fn sixteen(key: &[u8]) -> Result<&[u8; 16], Error> {
    key.try_into().map_err(|_| KEY_LENGTH)
}

struct FastGcm {
    key: Sm4Gcm,
    nonce_len: usize,
}

impl RawAead for FastGcm {
    fn seal_in_place(&self, nonce: &[u8], aad: &[u8], data: &mut [u8]) -> Result<[u8; 16], Error> {
        check_nonce(nonce, self.nonce_len)?;
        self.key.seal(nonce, aad, data).map_err(refusal)
    }

    fn open_in_place(
        &self,
        nonce: &[u8],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8],
    ) -> Result<(), Error> {
        check_nonce(nonce, self.nonce_len).map_err(|_| Error::Refused)?;
        self.key.open(nonce, aad, data, tag).map_err(|_| Error::Refused)
    }
}

struct FastCcm {
    key: Sm4Ccm,
    nonce_len: usize,
    tag_len: usize,
}

impl RawAead for FastCcm {
    fn seal_in_place(&self, nonce: &[u8], aad: &[u8], data: &mut [u8]) -> Result<[u8; 16], Error> {
        check_nonce(nonce, self.nonce_len)?;
        self.key.seal(nonce, aad, data, self.tag_len).map_err(refusal)
    }

    fn open_in_place(
        &self,
        nonce: &[u8],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8],
    ) -> Result<(), Error> {
        check_nonce(nonce, self.nonce_len).map_err(|_| Error::Refused)?;
        if tag.len() != self.tag_len {
            return Err(Error::Refused);
        }
        self.key.open(nonce, aad, data, tag).map_err(|_| Error::Refused)
    }
}

fn check_nonce(nonce: &[u8], len: usize) -> Result<(), Error> {
    if nonce.len() == len { Ok(()) } else { Err(NONCE_LENGTH) }
}

/// Why something was not sealed: lengths of nonces and tags were checked before.
fn refusal(error: sm4::Error) -> Error {
    if error == sm4::Error::TooLong { TOO_LONG } else { NONCE_LENGTH }
}

struct FastCbc(Sm4);

impl Cipher for FastCbc {
    fn encrypt(&self, iv: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let mut iv = block(iv)?;
        whole_blocks(plaintext, |blocks| self.0.cbc_encrypt(&mut iv, blocks))
    }

    fn decrypt(&self, iv: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, Error> {
        let mut iv = block(iv)?;
        whole_blocks(ciphertext, |blocks| self.0.cbc_decrypt(&mut iv, blocks))
    }
}

struct FastCtr(Sm4);

impl Cipher for FastCtr {
    fn encrypt(&self, iv: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let counter = block(iv)?;
        let mut data = plaintext.to_vec();
        self.0.ctr(&counter, &mut data);
        Ok(data)
    }

    fn decrypt(&self, iv: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, Error> {
        self.encrypt(iv, ciphertext)
    }
}

struct FastXts(Sm4Xts);

impl Cipher for FastXts {
    fn encrypt(&self, iv: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let tweak = block(iv)?;
        let mut data = plaintext.to_vec();
        self.0.encrypt(&tweak, &mut data).map_err(|_| modes::XTS_LENGTH)?;
        Ok(data)
    }

    fn decrypt(&self, iv: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, Error> {
        let tweak = block(iv)?;
        let mut data = ciphertext.to_vec();
        self.0.decrypt(&tweak, &mut data).map_err(|_| modes::XTS_LENGTH)?;
        Ok(data)
    }
}

fn block(iv: &[u8]) -> Result<Block, Error> {
    iv.try_into().map_err(|_| IV_LENGTH)
}

fn whole_blocks(data: &[u8], run: impl FnOnce(&mut [Block])) -> Result<Vec<u8>, Error> {
    let mut data = data.to_vec();
    match data.as_chunks_mut() {
        (blocks, []) => run(blocks),
        _ => return Err(WHOLE_BLOCKS),
    }
    Ok(data)
}

/// Writes how a mode shows itself: as those of the portable engine do.
macro_rules! shown {
    ($($mode:ident $name:literal),*) => {$(
        impl Debug for $mode {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!("Cipher(", $name, ")"))
            }
        }
    )*};
}

shown!(FastCbc "CBC", FastCtr "CTR", FastXts "XTS");
