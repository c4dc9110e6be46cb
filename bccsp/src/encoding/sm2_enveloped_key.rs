// SPDX-License-Identifier: Apache-2.0
//! SM2EnvelopedKey (GB/T 35276-2017 clause 7.4, GM/T 0009-2012): how an escrowed encryption key
//! pair comes from a CA. A random SM4 key, encrypted to the requester's public key, encrypts the
//! private value.
//!
//! ```text
//! SEQUENCE { AlgorithmIdentifier SM4-ECB, SM2Cipher of the SM4 key,
//!            BIT STRING public key, BIT STRING SM4-ECB of the 32-byte private value }
//! ```

use super::algorithm::check_absent_or_null;
use super::oid;
use super::sm2_ciphertext::{Sm2Cipher, Sm2Ciphertext};
use crate::{
    CipherMode, DecryptionKey, EncryptionKey, Error, KeyAlgorithm, KeyMaterial, Provider,
    PublicKey, SecretBytes,
};
use ::spki::AlgorithmIdentifierRef;
use alloc::vec;
use alloc::vec::Vec;
use der::asn1::BitStringRef;
use der::{Decode, Encode, Sequence};

const WHAT: &str = "SM2EnvelopedKey";
const SM4_KEY_LEN: usize = 16;

#[derive(Sequence)]
struct EnvelopedKey<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    encrypted_key: Sm2Cipher<'a>,
    public_key: BitStringRef<'a>,
    encrypted_private_key: BitStringRef<'a>,
}

/// Opens an envelope with the key it was made for, which in practice is the requester's signing
/// key, taken in once more as a [`DecryptionKey`]. `provider` is the gm provider.
///
/// The private value stands in 32 bytes; two longer forms are met and read, as neither can be taken
/// for anything else: 64 bytes with zeros in front, as the interface of smart tokens has it
/// (ENVELOPEDKEYBLOB, GM/T 0016-2012), and 48 bytes with a block of padding (RFC 5652 section 6.3)
/// behind. The cipher may be named SM4-ECB or just SM4.
///
/// # Errors
/// [`Error::Malformed`] for what is not DER or has other lengths, for a private value out of
/// range and for a public key that is not its own; [`Error::Unsupported`] for another cipher;
/// [`Error::Refused`] when the SM4 key does not open.
pub fn open(
    provider: &dyn Provider,
    recipient: &dyn DecryptionKey,
    der: &[u8],
) -> Result<KeyMaterial, Error> {
    let envelope =
        EnvelopedKey::from_der(der).map_err(|_| malformed("not a DER SM2EnvelopedKey"))?;
    if ![oid::SM4_ECB, oid::SM4].contains(&envelope.algorithm.oid) {
        return Err(Error::Unsupported("an SM2EnvelopedKey under a cipher other than SM4-ECB"));
    }
    check_absent_or_null(envelope.algorithm.parameters, WHAT)?;
    let encrypted_key = Sm2Ciphertext::from_structure(&envelope.encrypted_key)?.to_der();
    let key = recipient.decrypt(&encrypted_key)?;
    if key.len() != SM4_KEY_LEN {
        return Err(malformed("the SM4 key is not 16 bytes"));
    }
    let encrypted = whole(&envelope.encrypted_private_key)?;
    if ![32, 48, 64].contains(&encrypted.len()) {
        return Err(malformed("the encrypted private key is not 32, 48 or 64 bytes"));
    }
    let plain = provider.cipher(CipherMode::Ecb, key.expose())?.decrypt(&[], encrypted)?;
    let scalar = scalar(&SecretBytes::new(plain))?;
    let public = PublicKey::from_uncompressed(KeyAlgorithm::Sm2, whole(&envelope.public_key)?)?;
    let material = KeyMaterial::new(KeyAlgorithm::Sm2, scalar, Some(public))?;
    // The import is where range and public key are checked.
    provider.decryption_key(&material)?;
    Ok(material)
}

/// The 32 bytes that count of what was encrypted.
fn scalar(plain: &SecretBytes) -> Result<SecretBytes, Error> {
    let bytes = plain.expose();
    let (first, second) = bytes.split_at_checked(32).ok_or(malformed("a short private key"))?;
    let (scalar, rest, filler) =
        if second.len() == 32 { (second, first, 0) } else { (first, second, 16) };
    if rest.iter().any(|byte| *byte != filler) {
        return Err(malformed("a long private key that is neither padded nor zero in front"));
    }
    Ok(SecretBytes::copy_from(scalar))
}

/// Makes an envelope for `recipient` around an SM2 key. `provider` is the gm provider.
///
/// # Errors
/// [`Error::Misuse`] for a key of the other family; what importing says of a bad one;
/// [`Error::Unavailable`] without randomness.
pub fn make(
    provider: &dyn Provider,
    recipient: &dyn EncryptionKey,
    key: &KeyMaterial,
) -> Result<Vec<u8>, Error> {
    if recipient.public_key().algorithm() != KeyAlgorithm::Sm2 {
        return Err(Error::Misuse("an SM2EnvelopedKey is made for an SM2 key"));
    }
    let public = *provider.decryption_key(key)?.encryption_key().public_key();
    let mut content_key = vec![0; SM4_KEY_LEN];
    provider.random(&mut content_key)?;
    let content_key = SecretBytes::new(content_key);
    let encrypted = provider
        .cipher(CipherMode::Ecb, content_key.expose())?
        .encrypt(&[], key.scalar().expose())?;
    let wrapped = Sm2Ciphertext::from_der(&recipient.encrypt(content_key.expose())?)?;
    wrapped.with_structure(|encrypted_key| write(encrypted_key, &public, &encrypted))
}

fn write(
    encrypted_key: &Sm2Cipher<'_>,
    public: &PublicKey,
    encrypted: &[u8],
) -> Result<Vec<u8>, Error> {
    let misuse = |_| Error::Misuse("a key that does not fit DER");
    let envelope = EnvelopedKey {
        algorithm: AlgorithmIdentifierRef { oid: oid::SM4_ECB, parameters: None },
        encrypted_key: encrypted_key.clone(),
        public_key: BitStringRef::from_bytes(public.point()).map_err(misuse)?,
        encrypted_private_key: BitStringRef::from_bytes(encrypted).map_err(misuse)?,
    };
    envelope.to_der().map_err(misuse)
}

fn whole<'a>(bits: &BitStringRef<'a>) -> Result<&'a [u8], Error> {
    bits.as_bytes().ok_or(malformed("a key is no whole number of bytes"))
}

fn malformed(why: &'static str) -> Error {
    Error::Malformed { what: WHAT, why }
}
