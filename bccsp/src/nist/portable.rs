// SPDX-License-Identifier: Apache-2.0
//! The portable engine: the RustCrypto crates `p256`, `ecdsa`, `sha2` and `aes`, and `hpke`.

use super::curve::{self, Private, Public};
use super::{hpke, known};
use crate::engine::{Backend, HashFamily};
use crate::health::KnownAnswer;
use crate::modes::{self, KEY_LENGTH, RawAead};
use crate::{
    AeadMode, Cipher, CipherMode, Context, Engine, Error, HashAlgorithm, Implementation, PublicKey,
    SecretBytes, Suite,
};
use aes::{Aes128, Aes256};
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use sys::Entropy;

#[derive(Debug)]
pub(crate) struct Sha256Family;

impl HashFamily for Sha256Family {
    const ALGORITHM: HashAlgorithm = HashAlgorithm::Sha256;
    type Digest = sha2::Sha256;
    type Mac = hmac::Hmac<sha2::Sha256>;
}

#[derive(Debug)]
pub(crate) struct Portable;

impl Backend for Portable {
    const SUITE: Suite = Suite::Nist;
    const ENGINE: Engine = Engine::Portable;
    const KEY_LENGTHS: &'static [usize] = &[32, 16];
    const KNOWN_ANSWERS: &'static [KnownAnswer] = &known::answers::<Self>();
    type Hash = Sha256Family;
    type Public = Public;
    type Private = Private;
    type Prefix = [u8; 0];

    fn implementations() -> Vec<Implementation> {
        let by = |algorithm, by, level| Implementation { algorithm, by, level };
        vec![
            by("ECDSA P-256 signatures, ECDH", "p256", "portable"),
            by("HPKE (DHKEM P-256, HKDF-SHA256, AES-128-GCM)", "hpke", "portable"),
            by("SHA-256, HMAC, HKDF, PBKDF2, counter KDF", "sha2", "SHA-NI where present"),
            by("AES GCM, CCM, ECB, CBC, CFB, OFB, CTR, XTS", "aes", "AES-NI where present"),
        ]
    }

    fn uncompress(point: &[u8]) -> Option<[u8; PublicKey::LEN]> {
        curve::decode_point(point).as_ref().map(curve::encode_point)
    }

    fn public(point: &[u8; PublicKey::LEN]) -> Option<Public> {
        Public::new(point)
    }

    fn private(scalar: &SecretBytes) -> Option<Private> {
        Private::new(scalar)
    }

    fn point(private: &Private) -> [u8; PublicKey::LEN] {
        private.point
    }

    fn scalar(private: &Private) -> SecretBytes {
        private.to_bytes()
    }

    fn prefix(_: &Public, ctx: Context<'_>) -> Result<[u8; 0], Error> {
        no_prefix(ctx)
    }

    fn form_allowed(ctx: Context<'_>, raw: &[u8; 64]) -> bool {
        form_allowed(ctx, raw)
    }

    fn sign_digest(
        key: &Private,
        entropy: &dyn Entropy,
        digest: &[u8; 32],
    ) -> Result<[u8; 64], Error> {
        curve::sign(key, entropy, digest)
    }

    fn sign_digest_with(
        key: &Private,
        digest: &[u8; 32],
        k: &SecretBytes,
    ) -> Result<[u8; 64], Error> {
        curve::sign_with_nonce(key, digest, k)
    }

    fn verify_digest(key: &Public, digest: &[u8; 32], raw: &[u8; 64]) -> bool {
        curve::verify(key, digest, raw)
    }

    fn encrypt(key: &Public, entropy: &dyn Entropy, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        encrypt(&key.encoded, entropy, plaintext)
    }

    fn encrypt_with(key: &Public, plaintext: &[u8], k: &SecretBytes) -> Result<Vec<u8>, Error> {
        hpke::seal(&key.encoded, &[], &[], plaintext, k)
    }

    fn decrypt(key: &Private, ciphertext: &[u8]) -> Result<SecretBytes, Error> {
        hpke::open(&key.to_bytes(), &[], &[], ciphertext)
    }

    fn agree(key: &Private, peer: &Public) -> Result<SecretBytes, Error> {
        Ok(curve::agree(key, peer))
    }

    fn aead(
        mode: AeadMode,
        key: &[u8],
        nonce_len: usize,
        tag_len: usize,
    ) -> Result<Box<dyn RawAead>, Error> {
        match key.len() {
            16 => modes::aead::<Aes128>(mode, key, nonce_len, tag_len),
            32 => modes::aead::<Aes256>(mode, key, nonce_len, tag_len),
            _ => Err(KEY_LENGTH),
        }
    }

    fn cipher(mode: CipherMode, key: &[u8]) -> Result<Box<dyn Cipher>, Error> {
        match (mode, key.len()) {
            (CipherMode::XtsGb, _) => {
                Err(Error::Unsupported("XTS of GB/T 17964 with AES: it is defined for SM4"))
            }
            (CipherMode::XtsIeee, 32) => modes::cipher::<Aes128>(mode, key),
            (CipherMode::XtsIeee, 64) => modes::cipher::<Aes256>(mode, key),
            (CipherMode::XtsIeee, _) => Err(KEY_LENGTH),
            (_, 16) => modes::cipher::<Aes128>(mode, key),
            (_, 32) => modes::cipher::<Aes256>(mode, key),
            _ => Err(KEY_LENGTH),
        }
    }
}

/// ECDSA hashes no signer ID. One that SM2 would not take is refused all the same, so that a
/// caller meets the same border in both families.
pub(super) fn no_prefix(ctx: Context<'_>) -> Result<[u8; 0], Error> {
    match ctx {
        Context::SignerId(id) if id.len() > 8191 => {
            Err(Error::Misuse("a signer ID has at most 8191 bytes"))
        }
        _ => Ok([]),
    }
}

pub(super) fn form_allowed(ctx: Context<'_>, raw: &[u8; 64]) -> bool {
    !ctx.requires_low_s() || curve::is_low_s(raw)
}

pub(super) fn encrypt(
    recipient: &[u8; PublicKey::LEN],
    entropy: &dyn Entropy,
    plaintext: &[u8],
) -> Result<Vec<u8>, Error> {
    let mut ikm = vec![0; 32];
    entropy.fill(&mut ikm)?;
    hpke::seal(recipient, &[], &[], plaintext, &SecretBytes::new(ikm))
}
