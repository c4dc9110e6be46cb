// SPDX-License-Identifier: Apache-2.0
//! Symmetric encryption: authenticated sealing, and the bare block modes that other formats need.

use crate::Error;
use alloc::vec::Vec;
use core::fmt::{self, Debug};

/// How a block cipher becomes an authenticated one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AeadMode {
    /// Galois/counter mode (NIST SP 800-38D; RFC 8998 for SM4): 12-byte nonce, 16-byte tag.
    Gcm,
    /// Counter with CBC-MAC (NIST SP 800-38C; RFC 8998 for SM4): 12-byte nonce, 16-byte tag.
    Ccm,
}

/// Seals and opens messages under one key. The nonce is chosen here, never by the caller.
pub trait Aead: Debug + Send + Sync {
    /// Encrypts and authenticates `plaintext` and authenticates `aad`. The result is
    /// nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes). Nonces are random: one key should seal at
    /// most 2³² messages.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness; [`Error::Misuse`] for a message too long for
    /// the mode.
    fn seal(&self, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error>;

    /// Checks the tag of what [`seal`](Self::seal) made and gives the plaintext, or nothing.
    ///
    /// # Errors
    /// [`Error::Refused`] for whatever is wrong.
    fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error>;
}

/// A block mode without authentication: whoever can change the ciphertext can change the
/// plaintext. For formats that ask for it (PBES2, disk sectors); new designs take [`Aead`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CipherMode {
    /// Each block for itself. No IV. Equal blocks stay equal: for single blocks of key material.
    Ecb,
    /// Cipher block chaining over whole blocks, no padding; 16-byte IV.
    Cbc,
    /// Cipher block chaining with the padding of RFC 5652 section 6.3; 16-byte IV.
    CbcPkcs7,
    /// Cipher feedback of whole blocks (CFB-128); 16-byte IV.
    Cfb,
    /// Output feedback; 16-byte IV.
    Ofb,
    /// Counter mode; the 16-byte IV is the first counter block, counted up as a big-endian number.
    Ctr,
    /// XTS as GB/T 17964-2021 doubles the tweak; two keys, 16-byte tweak.
    XtsGb,
    /// XTS as IEEE 1619 doubles the tweak; two keys, 16-byte tweak.
    XtsIeee,
}

impl fmt::Display for CipherMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ecb => "ECB",
            Self::Cbc => "CBC",
            Self::CbcPkcs7 => "CBC-PKCS7",
            Self::Cfb => "CFB",
            Self::Ofb => "OFB",
            Self::Ctr => "CTR",
            Self::XtsGb => "XTS-GB",
            Self::XtsIeee => "XTS-IEEE",
        })
    }
}

/// A block cipher in one mode under one key.
pub trait Cipher: Debug + Send + Sync {
    /// Encrypts. `iv` is 16 bytes, or empty for ECB.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a wrong IV length, or data that is no whole number of blocks in ECB
    /// and CBC (XTS: fewer than 16 bytes).
    fn encrypt(&self, iv: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error>;

    /// Decrypts.
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt); [`Error::Refused`] for wrong padding.
    fn decrypt(&self, iv: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, Error>;
}
