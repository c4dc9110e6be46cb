// SPDX-License-Identifier: Apache-2.0
//! Modes of operation over any block cipher of 16-byte blocks: AES and SM4 share all of it.

mod aead;
mod block;
mod gcm;
mod xts;

pub(crate) use aead::{RawAead, aead};
pub(crate) use block::cipher;

use crate::Error;
use ::cipher::consts::U16;
use ::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, BlockSizeUser, KeyInit};

/// A block cipher in both directions, wiped on drop by its crate's `zeroize` feature.
pub(crate) trait BlockCipher:
    BlockCipherEncrypt
    + BlockCipherDecrypt
    + BlockSizeUser<BlockSize = U16>
    + KeyInit
    + Send
    + Sync
    + 'static
{
}

impl<C> BlockCipher for C where
    C: BlockCipherEncrypt
        + BlockCipherDecrypt
        + BlockSizeUser<BlockSize = U16>
        + KeyInit
        + Send
        + Sync
        + 'static
{
}

pub(crate) const NONCE_LENGTH: Error = Error::Unsupported("a nonce of this length");
pub(crate) const TOO_LONG: Error = Error::Misuse("a message too long for this mode");
pub(crate) const KEY_LENGTH: Error = Error::Misuse("a key of a length this cipher does not take");
pub(crate) const IV_LENGTH: Error = Error::Misuse("the IV must be 16 bytes (none for ECB)");
pub(crate) const WHOLE_BLOCKS: Error = Error::Misuse("ECB and CBC take whole blocks of 16 bytes");
pub(crate) const XTS_LENGTH: Error = Error::Misuse("XTS needs at least 16 bytes");

fn keyed<C: KeyInit>(key: &[u8]) -> Result<C, Error> {
    C::new_from_slice(key).map_err(|_| KEY_LENGTH)
}
