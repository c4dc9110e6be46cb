// SPDX-License-Identifier: Apache-2.0
//! The fast engine: the crate `gm`, whose code is chosen by what this processor can do.
//!
//! Not here: SM4, which is in `sm4.rs`.

mod public;
mod sm4;

use self::public::Public;
use super::points::{Coordinates, Points};
use super::{Portable, encrypt, exchange, known};
use crate::engine::{Backend, Claim, HashFamily};
use crate::health::KnownAnswer;
use crate::modes::RawAead;
use crate::{
    AeadMode, Cipher, CipherMode, Context, DEFAULT_SIGNER_ID, Engine, Error, Exchange,
    ExchangeParams, HashAlgorithm, Implementation, PublicKey, SecretBytes, Suite,
};
use ::gm::sm2::{self, EphemeralKey, ExchangeSecret, SharedPoint, SigningKey, VerifyingKey};
use ::gm::sm3::{self, Sm3};
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use sys::Entropy;

#[derive(Debug)]
pub(crate) struct FastSm3Family;

impl HashFamily for FastSm3Family {
    const ALGORITHM: HashAlgorithm = HashAlgorithm::Sm3;
    type Digest = Sm3;
    type Mac = hmac::Hmac<Sm3>;

    fn digest_many(messages: &[&[&[u8]]]) -> Vec<[u8; 32]> {
        sm3::digest_many_parts(messages)
    }
}

#[derive(Debug)]
pub(crate) struct Fast;

impl Backend for Fast {
    const SUITE: Suite = Suite::Gm;
    const ENGINE: Engine = Engine::Fast;
    const KEY_LENGTHS: &'static [usize] = Portable::KEY_LENGTHS;
    const KNOWN_ANSWERS: &'static [KnownAnswer] = &known::answers::<Self>();
    type Hash = FastSm3Family;
    type Public = Public;
    type Private = SigningKey;
    type Prefix = [u8; 32];

    fn implementations() -> Vec<Implementation> {
        let fast = |algorithm, level| Implementation { algorithm, by: "gm", level };
        vec![
            fast("SM2 signatures, encryption, key exchange, ECDH", sm2::level()),
            fast("SM2 signatures, many at once", sm2::batch_level()),
            fast("SM3, HMAC, HKDF, PBKDF2, counter KDF", sm3::level()),
            fast("SM3, many messages at once", sm3::batch_level()),
            fast("SM4 GCM, CCM, ECB, CBC, CFB, OFB, CTR, XTS", sm4::level()),
        ]
    }

    fn uncompress(point: &[u8]) -> Option<[u8; PublicKey::LEN]> {
        VerifyingKey::from_sec1(point).ok().map(|key| key.to_bytes())
    }

    fn public(point: &[u8; PublicKey::LEN]) -> Option<Public> {
        Public::new(VerifyingKey::from_bytes(point).ok()?)
    }

    fn private(scalar: &SecretBytes) -> Option<SigningKey> {
        SigningKey::from_bytes(scalar.expose().try_into().ok()?).ok()
    }

    fn point(private: &SigningKey) -> [u8; PublicKey::LEN] {
        private.verifying_key().to_bytes()
    }

    fn scalar(private: &SigningKey) -> SecretBytes {
        SecretBytes::copy_from(&*private.to_bytes())
    }

    fn prefix(public: &Public, ctx: Context<'_>) -> Result<[u8; 32], Error> {
        match ctx.signer_id() {
            DEFAULT_SIGNER_ID => Ok(*public.default_hash()),
            id => Self::signer_hash(public, id),
        }
    }

    fn signer_hash(public: &Public, id: &[u8]) -> Result<[u8; 32], Error> {
        sm2::signer_hash(public.key(), id)
            .map_err(|_| Error::Misuse("a signer ID has at most 8191 bytes"))
    }

    fn sign_digest(
        key: &SigningKey,
        entropy: &dyn Entropy,
        digest: &[u8; 32],
    ) -> Result<[u8; 64], Error> {
        Ok(key.sign_digest(digest, |bytes| entropy.fill(bytes))?)
    }

    fn sign_digest_with(
        key: &SigningKey,
        digest: &[u8; 32],
        k: &SecretBytes,
    ) -> Result<[u8; 64], Error> {
        let k = k.expose().try_into().map_err(|_| Error::Misuse("the nonce is out of range"))?;
        key.sign_digest_with(digest, k)
            .map_err(|_| Error::Misuse("the nonce is out of range, or gives no signature"))
    }

    fn verify_digest(key: &Public, digest: &[u8; 32], raw: &[u8; 64]) -> bool {
        key.verify_digest(digest, raw)
    }

    fn verify_many(batch: &[Claim<'_, Self>]) -> Vec<bool> {
        let messages: Vec<Vec<&[u8]>> = batch
            .iter()
            .map(|claim| {
                [&claim.prefix[..]].into_iter().chain(claim.message.iter().copied()).collect()
            })
            .collect();
        let messages: Vec<&[&[u8]]> = messages.iter().map(Vec::as_slice).collect();
        let digests = sm3::digest_many_parts(&messages);
        let mut cold = Vec::with_capacity(batch.len());
        let judge = |(claim, digest)| {
            let Claim { key, raw: signature, .. }: &Claim<'_, Self> = claim;
            // With a table one is faster than in lanes.
            let verdict = key.used().map(|prepared| prepared.verify_digest(digest, signature));
            if verdict.is_none() {
                cold.push(sm2::Claim { key: key.key(), digest, signature });
            }
            verdict
        };
        let judged: Vec<Option<bool>> = batch.iter().zip(&digests).map(judge).collect();
        let mut others = sm2::verify_many(&cold).into_iter();
        let verdict = |judged: Option<bool>| judged.or_else(|| others.next()).unwrap_or(false);
        judged.into_iter().map(verdict).collect()
    }

    fn encrypt(key: &Public, entropy: &dyn Entropy, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        encrypt::encrypt::<Self>(key, entropy, plaintext)
    }

    fn encrypt_with(key: &Public, plaintext: &[u8], k: &SecretBytes) -> Result<Vec<u8>, Error> {
        encrypt::encrypt_with_nonce::<Self>(key, plaintext, k)
    }

    fn decrypt(key: &SigningKey, ciphertext: &[u8]) -> Result<SecretBytes, Error> {
        encrypt::decrypt::<Self>(key, ciphertext)
    }

    fn agree(key: &SigningKey, peer: &Public) -> Result<SecretBytes, Error> {
        Ok(encrypt::agree::<Self>(key, peer))
    }

    fn exchange(
        key: &SigningKey,
        params: &ExchangeParams<'_>,
        entropy: &dyn Entropy,
        r: Option<&SecretBytes>,
    ) -> Result<Box<dyn Exchange>, Error> {
        exchange::start::<Self>(key, params, entropy, r)
    }

    fn aead(
        mode: AeadMode,
        key: &[u8],
        nonce_len: usize,
        tag_len: usize,
    ) -> Result<Box<dyn RawAead>, Error> {
        sm4::aead(mode, key, nonce_len, tag_len)
    }

    fn cipher(mode: CipherMode, key: &[u8]) -> Result<Box<dyn Cipher>, Error> {
        sm4::cipher(mode, key)
    }
}

impl Points for Fast {
    type Ephemeral = EphemeralKey;
    type Mixed = ExchangeSecret;

    fn draw(entropy: &dyn Entropy) -> Result<EphemeralKey, Error> {
        Ok(EphemeralKey::generate(|bytes| entropy.fill(bytes))?)
    }

    fn ephemeral(k: &SecretBytes) -> Option<EphemeralKey> {
        EphemeralKey::from_bytes(k.expose().try_into().ok()?).ok()
    }

    fn ephemeral_point(k: &EphemeralKey) -> [u8; PublicKey::LEN] {
        *k.point()
    }

    fn shared(k: &EphemeralKey, peer: &Public) -> Coordinates {
        coordinates(&k.shared(peer.key()))
    }

    fn times(key: &SigningKey, peer: &Public) -> Coordinates {
        coordinates(&key.diffie_hellman(peer.key()))
    }

    fn mix(key: &SigningKey, r: &EphemeralKey) -> ExchangeSecret {
        r.exchange(key)
    }

    fn mixed(t: &ExchangeSecret, peer: &Public, r: &Public) -> Option<Coordinates> {
        t.finish(peer.key(), r.key()).ok().map(|point| coordinates(&point))
    }
}

fn coordinates(point: &SharedPoint) -> Coordinates {
    Coordinates { x: *point.x(), y: *point.y() }
}
