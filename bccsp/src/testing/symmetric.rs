// SPDX-License-Identifier: Apache-2.0
//! Hash, MAC, key derivation, seals and block modes.

use super::{LENGTHS, bytes, misuse, refused};
use crate::{AeadMode, CipherMode, Error, Provider, SecretBytes};
use alloc::vec::Vec;

pub(super) fn check_hash(provider: &dyn Provider) {
    let hash = provider.hash().expect("hash() is there");
    assert_eq!(hash.algorithm(), provider.suite().hash_algorithm(), "the family's own hash");
    let messages: Vec<Vec<u8>> = LENGTHS.into_iter().map(bytes).collect();
    let many: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let digests = hash.digest_many(&many);
    assert_eq!(digests.len(), many.len(), "digest_many gives a digest for each message");
    for (message, digest) in many.iter().zip(digests) {
        let len = message.len();
        assert_eq!(digest, hash.digest(&[message]), "digest_many equals digest at {len}");
        let (head, tail) = message.split_at(len / 3);
        assert_eq!(digest, hash.digest(&[head, &[], tail]), "parts are joined at {len}");
        let mut stream = hash.start();
        message.chunks(7).for_each(|chunk| stream.update(chunk));
        assert_eq!(digest, stream.finish(), "a stream equals one shot at {len}");
    }
    assert!(hash.digest_many(&[]).is_empty(), "digest_many of nothing is nothing");
    assert_eq!(hash.digest(&[]), hash.digest(&[b""]), "no parts are an empty message");
    assert_ne!(hash.digest(&[b"a"]), hash.digest(&[b"b"]), "other messages, other digests");
}

pub(super) fn check_mac(provider: &dyn Provider) {
    let mac = provider.mac().expect("mac() is there");
    assert_eq!(mac.algorithm(), provider.suite().hash_algorithm(), "HMAC of the family's hash");
    for (key_len, len) in LENGTHS.into_iter().zip(LENGTHS.into_iter().rev()) {
        let (key, message) = (bytes(key_len), bytes(len));
        let tag = *mac.tag(&key, &[&message]).as_bytes();
        let (head, tail) = message.split_at(len / 2);
        mac.verify(&key, &[head, tail], &tag).expect("the tag of the parts is the tag");
        mac.verify(&key, &[&message], &tag[..16]).expect("a tag of 16 bytes is accepted");
        refused(mac.verify(&key, &[&message], &tag[..15]), "a tag of 15 bytes");
        refused(mac.verify(&key, &[&message], &[&tag[..], &[0]].concat()), "a longer tag");
        let mut wrong = tag;
        wrong[31] ^= 1;
        refused(mac.verify(&key, &[&message], &wrong), "a changed tag");
        refused(mac.verify(&key, &[&message, b"x"], &tag), "another message");
        refused(mac.verify(&[&key[..], &[1]].concat(), &[&message], &tag), "another key");
        let mut stream = mac.start(&key);
        message.chunks(7).for_each(|chunk| stream.update(chunk));
        assert_eq!(*stream.finish().as_bytes(), tag, "a stream equals one shot");
    }
}

pub(super) fn check_kdf(provider: &dyn Provider) {
    let kdf = provider.kdf().expect("kdf() is there");
    let prk = kdf.hkdf_extract(b"salt", b"input");
    assert_eq!(prk.len(), 32, "hkdf_extract gives 32 bytes");
    let zero_salt = kdf.hkdf_extract(&[0; 32], b"input");
    assert_eq!(
        kdf.hkdf_extract(&[], b"input").expose(),
        zero_salt.expose(),
        "an empty salt is 32 zero bytes"
    );
    let longest = kdf.hkdf_expand(&prk, b"info", 255 * 32).expect("255 · 32 bytes are allowed");
    for len in LENGTHS {
        let out = kdf.hkdf(b"salt", b"input", b"info", len).expect("hkdf");
        assert_eq!(
            out.expose(),
            &longest.expose()[..len],
            "hkdf of {len} bytes begins the longest"
        );
        let out = kdf.x963(&[b"shared ", b"secret"], len).expect("x963");
        let whole = kdf.x963(&[b"shared secret"], 1000).expect("x963");
        assert_eq!(out.expose(), &whole.expose()[..len], "x963 of {len} bytes begins the longest");
    }
    misuse(kdf.hkdf_expand(&prk, b"info", 255 * 32 + 1), "hkdf_expand of too many bytes");
    let short = SecretBytes::copy_from(&[1; 31]);
    misuse(kdf.hkdf_expand(&short, b"info", 32), "hkdf_expand of a short key");
    let other = kdf.hkdf_expand(&prk, b"other", 32).expect("hkdf");
    assert_ne!(other.expose(), &longest.expose()[..32], "another info, another key");
    misuse(kdf.pbkdf2(b"password", b"salt", 0, 32), "pbkdf2 of no iterations");
    misuse(kdf.pbkdf2(b"password", b"salt", 1, 0), "pbkdf2 of no bytes");
    let one = kdf.pbkdf2(b"password", b"salt", 2, 100).expect("pbkdf2");
    assert_eq!(one.len(), 100, "pbkdf2 gives as many bytes as asked");
    let two = kdf.pbkdf2(b"password", b"salt", 3, 100).expect("pbkdf2");
    assert_ne!(one.expose(), two.expose(), "other iterations, another key");
    // One iteration and one block are one HMAC (RFC 8018 section 5.2).
    let first = kdf.pbkdf2(b"password", b"salt", 1, 32).expect("pbkdf2");
    let mac = provider.mac().expect("mac() is there");
    let tag = mac.tag(b"password", &[b"salt", &[0, 0, 0, 1]]);
    assert_eq!(first.expose(), tag.as_bytes(), "pbkdf2 is built on mac()");
}

pub(super) fn check_aead(provider: &dyn Provider) {
    for mode in [AeadMode::Gcm, AeadMode::Ccm] {
        for key_len in provider.key_lengths() {
            check_aead_key(provider, mode, &bytes(*key_len));
        }
        for wrong in [0, 15, 17, 24, 33] {
            misuse(provider.aead(mode, &bytes(wrong)), "an AEAD key of another length");
        }
    }
}

fn check_aead_key(provider: &dyn Provider, mode: AeadMode, key: &[u8]) {
    let aead = provider.aead(mode, key).expect("aead() takes the lengths it names");
    for len in LENGTHS {
        let message = bytes(len);
        let sealed = aead.seal(b"aad", &message).expect("seal");
        assert_eq!(sealed.len(), 12 + len + 16, "nonce ‖ ciphertext ‖ tag");
        assert_eq!(aead.open(b"aad", &sealed).expect("open"), message, "{mode:?} opens at {len}");
        let again = aead.seal(b"aad", &message).expect("seal");
        assert_ne!(sealed[..12], again[..12], "each seal draws its own nonce");
        refused(aead.open(b"AAD", &sealed), "other additional data");
        for place in [0, 11, 12, 12 + len / 2, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[place] ^= 0x40;
            refused(aead.open(b"aad", &changed), "a changed byte");
        }
        refused(aead.open(b"aad", &sealed[..sealed.len() - 1]), "a byte cut off");
        refused(aead.open(b"aad", &[&sealed[..], &[0]].concat()), "a byte added");
        check_nonce_aead(provider, mode, key, &message, &sealed);
    }
    for len in [0, 11, 12, 27] {
        refused(aead.open(b"aad", &bytes(len)), "less than nonce and tag");
    }
    let mut other = key.to_vec();
    other[0] ^= 1;
    let other = provider.aead(mode, &other).expect("aead");
    refused(other.open(b"", &aead.seal(b"", b"x").expect("seal")), "another key");
}

/// The seal with the caller's nonce is the same seal.
fn check_nonce_aead(
    provider: &dyn Provider,
    mode: AeadMode,
    key: &[u8],
    message: &[u8],
    sealed: &[u8],
) {
    let Some(Ok(aead)) = provider.hazmat().map(|hazmat| hazmat.nonce_aead(mode, key, 12, 16))
    else {
        return;
    };
    let (nonce, rest) = sealed.split_at(12);
    assert_eq!(aead.seal(nonce, b"aad", message).expect("seal"), rest, "the same seal");
    assert_eq!(aead.open(nonce, b"aad", rest).expect("open"), message, "the same seal");
    misuse(aead.seal(&nonce[1..], b"aad", message), "a nonce of another length");
    refused(aead.open(&nonce[1..], b"aad", rest), "a nonce of another length");
    refused(aead.open(&[0; 12], b"aad", rest), "another nonce");
}

const MODES: [CipherMode; 8] = [
    CipherMode::Ecb,
    CipherMode::Cbc,
    CipherMode::CbcPkcs7,
    CipherMode::Cfb,
    CipherMode::Ofb,
    CipherMode::Ctr,
    CipherMode::XtsGb,
    CipherMode::XtsIeee,
];

pub(super) fn check_cipher(provider: &dyn Provider) {
    for mode in MODES {
        let keys = if is_xts(mode) { 2 } else { 1 };
        for key_len in provider.key_lengths() {
            check_cipher_key(provider, mode, &bytes(key_len * keys));
        }
        let wrong = provider.cipher(mode, &bytes(7));
        let fits = matches!(wrong, Err(Error::Misuse(_) | Error::Unsupported(_)));
        assert!(fits, "a cipher key of another length: {wrong:?}");
    }
}

fn is_xts(mode: CipherMode) -> bool {
    matches!(mode, CipherMode::XtsGb | CipherMode::XtsIeee)
}

fn check_cipher_key(provider: &dyn Provider, mode: CipherMode, key: &[u8]) {
    let cipher = match provider.cipher(mode, key) {
        Ok(cipher) => cipher,
        // CBC with padding is what key files need; the rest a device may lack.
        Err(Error::Unsupported(_)) if mode != CipherMode::CbcPkcs7 => return,
        Err(error) => panic!("{mode} with a key of {} bytes: {error}", key.len()),
    };
    let iv = if mode == CipherMode::Ecb { bytes(0) } else { bytes(16) };
    for len in LENGTHS {
        let message = bytes(len);
        let whole_only = matches!(mode, CipherMode::Ecb | CipherMode::Cbc);
        if (whole_only && len % 16 != 0) || (is_xts(mode) && len < 16) {
            misuse(cipher.encrypt(&iv, &message), "a length this mode does not take");
            misuse(cipher.decrypt(&iv, &message), "a length this mode does not take");
            continue;
        }
        let encrypted = cipher.encrypt(&iv, &message).expect("encrypt");
        let padded = if mode == CipherMode::CbcPkcs7 { 16 - len % 16 } else { 0 };
        assert_eq!(encrypted.len(), len + padded, "the length of a ciphertext in {mode}");
        let decrypted = cipher.decrypt(&iv, &encrypted).expect("decrypt");
        assert_eq!(decrypted, message, "{mode} decrypts at {len}");
        assert!(len == 0 || encrypted[..len] != message[..], "{mode} encrypts at {len}");
        misuse(cipher.encrypt(&bytes(15), &message), "an IV of 15 bytes");
        misuse(cipher.decrypt(&bytes(15), &encrypted), "an IV of 15 bytes");
    }
    if mode == CipherMode::CbcPkcs7 {
        check_padding(&*cipher, &iv);
    }
}

fn check_padding(cipher: &dyn crate::Cipher, iv: &[u8]) {
    let encrypted = cipher.encrypt(iv, &bytes(20)).expect("encrypt");
    misuse(cipher.decrypt(iv, &encrypted[..31]), "padded data that is no whole block");
    // The last byte of padding is 12; through the block before, it becomes 12 ⊕ 0x80.
    let mut changed = encrypted;
    changed[15] ^= 0x80;
    refused(cipher.decrypt(iv, &changed), "wrong padding");
    refused(cipher.decrypt(iv, &[]), "no padding at all");
}
