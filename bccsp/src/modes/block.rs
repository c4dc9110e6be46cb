// SPDX-License-Identifier: Apache-2.0
//! The bare modes of [`CipherMode`].

use super::xts::{Doubling, Xts};
use super::{BlockCipher, IV_LENGTH, WHOLE_BLOCKS, keyed};
use crate::{Cipher, CipherMode, Error};
use ::cipher::array::Array;
use ::cipher::block_padding::Pkcs7;
use ::cipher::consts::U16;
use ::cipher::{
    BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, StreamCipher, StreamCipherCoreWrapper,
};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::{self, Debug};
use zeroize::Zeroize;

type Block = Array<u8, U16>;

/// Makes a mode under `key`; XTS takes both its keys, one after the other.
pub(crate) fn cipher<C: BlockCipher>(
    mode: CipherMode,
    key: &[u8],
) -> Result<Box<dyn Cipher>, Error> {
    match mode {
        CipherMode::XtsGb => Ok(Box::new(Xts::<C>::new(key, Doubling::Gb)?)),
        CipherMode::XtsIeee => Ok(Box::new(Xts::<C>::new(key, Doubling::Ieee)?)),
        _ => Ok(Box::new(Bare::<C> { mode, cipher: keyed(key)? })),
    }
}

struct Bare<C> {
    mode: CipherMode,
    cipher: C,
}

impl<C: BlockCipher> Cipher for Bare<C> {
    fn encrypt(&self, iv: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        if self.mode == CipherMode::CbcPkcs7 {
            let mode = cbc::Encryptor::inner_iv_init(&self.cipher, &sixteen(iv)?);
            return Ok(mode.encrypt_padded_vec::<Pkcs7>(plaintext));
        }
        let mut data = plaintext.to_vec();
        match self.mode {
            CipherMode::Ecb => {
                no_iv(iv)?;
                self.cipher.encrypt_blocks(whole_blocks(&mut data)?);
            }
            CipherMode::Cbc => cbc::Encryptor::inner_iv_init(&self.cipher, &sixteen(iv)?)
                .encrypt_blocks(whole_blocks(&mut data)?),
            CipherMode::Cfb => {
                cfb_mode::Encryptor::inner_iv_init(&self.cipher, &sixteen(iv)?).encrypt(&mut data);
            }
            _ => self.apply_keystream(iv, &mut data)?,
        }
        Ok(data)
    }

    fn decrypt(&self, iv: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, Error> {
        let mut data = ciphertext.to_vec();
        match self.mode {
            CipherMode::Ecb => {
                no_iv(iv)?;
                self.cipher.decrypt_blocks(whole_blocks(&mut data)?);
            }
            CipherMode::Cbc => cbc::Decryptor::inner_iv_init(&self.cipher, &sixteen(iv)?)
                .decrypt_blocks(whole_blocks(&mut data)?),
            CipherMode::CbcPkcs7 => self.decrypt_padded(iv, &mut data)?,
            CipherMode::Cfb => {
                cfb_mode::Decryptor::inner_iv_init(&self.cipher, &sixteen(iv)?).decrypt(&mut data);
            }
            _ => self.apply_keystream(iv, &mut data)?,
        }
        Ok(data)
    }
}

impl<C: BlockCipher> Bare<C> {
    /// OFB and CTR, the same in both directions. The 128-bit counter may wrap around.
    fn apply_keystream(&self, iv: &[u8], data: &mut [u8]) -> Result<(), Error> {
        let iv = sixteen(iv)?;
        let done = if self.mode == CipherMode::Ofb {
            let core = ofb::OfbCore::inner_iv_init(&self.cipher, &iv);
            StreamCipherCoreWrapper::from_core(core).try_apply_keystream(data)
        } else {
            let core = ctr::CtrCore::<_, ctr::flavors::Ctr128BE>::inner_iv_init(&self.cipher, &iv);
            StreamCipherCoreWrapper::from_core(core).try_apply_keystream(data)
        };
        done.map_err(|_| Error::Misuse("a message too long for this mode"))
    }

    fn decrypt_padded(&self, iv: &[u8], data: &mut Vec<u8>) -> Result<(), Error> {
        let iv = sixteen(iv)?;
        whole_blocks(data)?;
        let mode = cbc::Decryptor::inner_iv_init(&self.cipher, &iv);
        match mode.decrypt_padded::<Pkcs7>(data).map(<[u8]>::len) {
            Ok(len) => {
                data.truncate(len);
                Ok(())
            }
            Err(_) => {
                data.zeroize();
                Err(Error::Refused)
            }
        }
    }
}

impl<C> Debug for Bare<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cipher({})", self.mode)
    }
}

pub(super) fn sixteen(iv: &[u8]) -> Result<Block, Error> {
    Block::try_from(iv).map_err(|_| IV_LENGTH)
}

fn no_iv(iv: &[u8]) -> Result<(), Error> {
    if iv.is_empty() { Ok(()) } else { Err(IV_LENGTH) }
}

fn whole_blocks(data: &mut [u8]) -> Result<&mut [Block], Error> {
    match Block::slice_as_chunks_mut(data) {
        (blocks, []) => Ok(blocks),
        _ => Err(WHOLE_BLOCKS),
    }
}
