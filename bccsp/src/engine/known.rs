// SPDX-License-Identifier: Apache-2.0
//! The computations behind known answers, for any engine. Inputs and answers stand in the
//! families.

use super::{Backend, HashOf, KdfOf, MacOf};
use crate::{AeadMode, CipherMode, Error, Hash, Kdf, Mac, PublicKey, SecretBytes};
use alloc::vec;
use alloc::vec::Vec;

type Answer = Result<Vec<u8>, Error>;

pub(crate) fn hash<B: Backend>(parts: &[&[u8]]) -> Answer {
    Ok(HashOf::<B::Hash>::NEW.digest(parts).as_ref().to_vec())
}

pub(crate) fn mac<B: Backend>(key: &[u8], parts: &[&[u8]]) -> Answer {
    Ok(MacOf::<B::Hash>::NEW.tag(key, parts).as_bytes().to_vec())
}

pub(crate) fn hkdf<B: Backend>(salt: &[u8], input: &[u8], info: &[u8], len: usize) -> Answer {
    Ok(KdfOf::<B::Hash>::NEW.hkdf(salt, input, info, len)?.expose().to_vec())
}

pub(crate) fn pbkdf2<B: Backend>(password: &[u8], salt: &[u8], rounds: u32, len: usize) -> Answer {
    Ok(KdfOf::<B::Hash>::NEW.pbkdf2(password, salt, rounds, len)?.expose().to_vec())
}

pub(crate) fn x963<B: Backend>(z: &[u8], len: usize) -> Answer {
    Ok(super::x963::<B::Hash>(&[z], len)?.expose().to_vec())
}

pub(crate) fn sign_with<B: Backend>(d: &[u8; 32], digest: &[u8; 32], k: &[u8; 32]) -> Answer {
    let key = private::<B>(d)?;
    Ok(B::sign_digest_with(&key, digest, &SecretBytes::copy_from(k))?.to_vec())
}

/// 1 when the signature is accepted, then 0 when one with another digest is not.
pub(crate) fn verify<B: Backend>(
    point: &[u8; PublicKey::LEN],
    digest: &[u8; 32],
    raw: &[u8; 64],
) -> Answer {
    let key = B::public(point).ok_or(Error::Refused)?;
    let mut other = *digest;
    other[0] ^= 1;
    let verdicts = [B::verify_digest(&key, digest, raw), B::verify_digest(&key, &other, raw)];
    Ok(verdicts.map(u8::from).to_vec())
}

pub(crate) fn agree<B: Backend>(d: &[u8; 32], peer: &[u8; PublicKey::LEN]) -> Answer {
    let peer = B::public(peer).ok_or(Error::Refused)?;
    Ok(B::agree(&private::<B>(d)?, &peer)?.expose().to_vec())
}

/// Ciphertext ‖ tag, if opening gives the plaintext back and refuses another tag.
pub(crate) fn seal<B: Backend>(
    mode: AeadMode,
    key: &[u8],
    nonce: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Answer {
    let aead = B::aead(mode, key, nonce.len(), 16)?;
    let mut data = plaintext.to_vec();
    let mut tag = aead.seal_in_place(nonce, aad, &mut data)?;
    let out = [&data[..], &tag].concat();
    let mut tampered = data.clone();
    aead.open_in_place(nonce, aad, &mut data, &tag)?;
    same(&data, plaintext)?;
    tag[15] ^= 1;
    match aead.open_in_place(nonce, aad, &mut tampered, &tag) {
        Err(Error::Refused) => Ok(out),
        _ => Ok(vec![]),
    }
}

/// The ciphertext, if decrypting gives the plaintext back.
pub(crate) fn encrypt<B: Backend>(
    mode: CipherMode,
    key: &[u8],
    iv: &[u8],
    plaintext: &[u8],
) -> Answer {
    let cipher = B::cipher(mode, key)?;
    let ciphertext = cipher.encrypt(iv, plaintext)?;
    same(&cipher.decrypt(iv, &ciphertext)?, plaintext)?;
    Ok(ciphertext)
}

pub(crate) fn private<B: Backend>(d: &[u8; 32]) -> Result<B::Private, Error> {
    B::private(&SecretBytes::copy_from(d)).ok_or(Error::Refused)
}

pub(crate) fn same(got: &[u8], expected: &[u8]) -> Result<(), Error> {
    if got == expected { Ok(()) } else { Err(Error::Refused) }
}
