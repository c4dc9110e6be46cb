// SPDX-License-Identifier: Apache-2.0
//! What an engine computes ([`Backend`]), and everything around it that all engines share:
//! gating by known answers, handles, streams, random nonces.
//!
//! Not here: any algorithm. They are in `gm` and `nist`.

mod encrypt;
mod hash;
mod kdf;
pub(crate) mod known;
mod mac;
mod provider;
mod seal;
mod sign;

pub(crate) use hash::{HashFamily, HashOf, hash_parts};
pub(crate) use kdf::{KdfOf, x963};
pub(crate) use mac::MacOf;
pub(crate) use provider::EngineProvider;

use crate::health::KnownAnswer;
use crate::modes::RawAead;
use crate::{
    AeadMode, Cipher, CipherMode, Context, Engine, Error, Exchange, ExchangeParams, Implementation,
    KeyAlgorithm, KeyMaterial, PublicKey, SecretBytes, Suite,
};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::Debug;
use sys::Entropy;

/// The computations of one engine of one family. To add an engine, implement this.
pub(crate) trait Backend: Debug + Send + Sync + Sized + 'static {
    const SUITE: Suite;
    const ENGINE: Engine;
    /// As [`Provider::key_lengths`](crate::Provider::key_lengths).
    const KEY_LENGTHS: &'static [usize];
    const KNOWN_ANSWERS: &'static [KnownAnswer];
    type Hash: HashFamily;
    /// A point on the curve, made ready for use.
    type Public: Send + Sync;
    /// A scalar in range, made ready for use. It wipes itself.
    type Private: Send + Sync;
    /// What is hashed in front of a message: Z_A or nothing.
    type Prefix: AsRef<[u8]>;

    fn implementations() -> Vec<Implementation>;

    /// Reads a point of 33 or 65 bytes that is on the curve.
    fn uncompress(point: &[u8]) -> Option<[u8; PublicKey::LEN]>;
    fn public(point: &[u8; PublicKey::LEN]) -> Option<Self::Public>;
    /// Takes 32 bytes in the range of private keys.
    fn private(scalar: &SecretBytes) -> Option<Self::Private>;
    fn point(private: &Self::Private) -> [u8; PublicKey::LEN];
    fn scalar(private: &Self::Private) -> SecretBytes;

    fn prefix(public: &Self::Public, ctx: Context<'_>) -> Result<Self::Prefix, Error>;
    fn signer_hash(public: &Self::Public, id: &[u8]) -> Result<[u8; 32], Error> {
        let _ = (public, id);
        Err(Error::Unsupported("signatures of this family have no signer ID"))
    }
    /// Whether the context allows this form of a signature (raw r ‖ s).
    fn form_allowed(ctx: Context<'_>, raw: &[u8; 64]) -> bool {
        let _ = (ctx, raw);
        true
    }
    fn sign_digest(
        key: &Self::Private,
        entropy: &dyn Entropy,
        digest: &[u8; 32],
    ) -> Result<[u8; 64], Error>;
    fn sign_digest_with(
        key: &Self::Private,
        digest: &[u8; 32],
        k: &SecretBytes,
    ) -> Result<[u8; 64], Error>;
    fn verify_digest(key: &Self::Public, digest: &[u8; 32], raw: &[u8; 64]) -> bool;
    fn sign(
        key: &Self::Private,
        entropy: &dyn Entropy,
        prefix: &[u8],
        message: &[&[u8]],
    ) -> Result<[u8; 64], Error> {
        Self::sign_digest(key, entropy, &hash_parts::<Self::Hash>(prefix, message))
    }
    fn verify(key: &Self::Public, prefix: &[u8], message: &[&[u8]], raw: &[u8; 64]) -> bool {
        Self::verify_digest(key, &hash_parts::<Self::Hash>(prefix, message), raw)
    }
    /// What [`verify`](Self::verify) says of each.
    fn verify_many(batch: &[Claim<'_, Self>]) -> Vec<bool> {
        batch.iter().map(|c| Self::verify(c.key, c.prefix.as_ref(), c.message, &c.raw)).collect()
    }

    fn encrypt(
        key: &Self::Public,
        entropy: &dyn Entropy,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Error>;
    fn encrypt_with(
        key: &Self::Public,
        plaintext: &[u8],
        k: &SecretBytes,
    ) -> Result<Vec<u8>, Error>;
    fn decrypt(key: &Self::Private, ciphertext: &[u8]) -> Result<SecretBytes, Error>;
    fn agree(key: &Self::Private, peer: &Self::Public) -> Result<SecretBytes, Error>;
    /// Without `r`, the ephemeral key is random.
    fn exchange(
        key: &Self::Private,
        params: &ExchangeParams<'_>,
        entropy: &dyn Entropy,
        r: Option<&SecretBytes>,
    ) -> Result<Box<dyn Exchange>, Error> {
        let _ = (key, params, entropy, r);
        Err(Error::Unsupported("keys of this family have no authenticated key exchange"))
    }

    fn aead(
        mode: AeadMode,
        key: &[u8],
        nonce_len: usize,
        tag_len: usize,
    ) -> Result<Box<dyn RawAead>, Error>;
    fn cipher(mode: CipherMode, key: &[u8]) -> Result<Box<dyn Cipher>, Error>;
}

/// One of many signatures.
pub(crate) struct Claim<'a, B: Backend> {
    pub(crate) key: &'a B::Public,
    pub(crate) prefix: B::Prefix,
    pub(crate) message: &'a [&'a [u8]],
    pub(crate) raw: [u8; 64],
}

/// Draws scalars until one is in range. For both curves nearly every draw is.
pub(crate) fn generate<B: Backend>(entropy: &dyn Entropy) -> Result<B::Private, Error> {
    const DRAWS: usize = 64;
    for _ in 0..DRAWS {
        let mut bytes = alloc::vec![0; 32];
        entropy.fill(&mut bytes)?;
        if let Some(key) = B::private(&SecretBytes::new(bytes)) {
            return Ok(key);
        }
    }
    Err(Error::Unavailable("the random number generator gives no usable numbers"))
}

/// Reads a public key as data into one that is on the curve.
pub(crate) fn import_public<B: Backend>(key: &PublicKey) -> Result<B::Public, Error> {
    check_family::<B>(key.algorithm())?;
    B::public(key.point()).ok_or(Error::Refused)
}

/// Reads a private key and sees to it that the public key that came with it is its own.
pub(crate) fn import_private<B: Backend>(key: &KeyMaterial) -> Result<B::Private, Error> {
    check_family::<B>(key.algorithm())?;
    let malformed = |why| Error::Malformed { what: "private key", why };
    let private = B::private(key.scalar()).ok_or(malformed("the private value is out of range"))?;
    match key.public() {
        Some(public) if *public.point() != B::point(&private) => {
            Err(malformed("the public key inside belongs to another private key"))
        }
        _ => Ok(private),
    }
}

/// The public key of an algorithm from a point that an engine made.
pub(crate) fn public_key<B: Backend>(point: &[u8; PublicKey::LEN]) -> Result<PublicKey, Error> {
    PublicKey::from_uncompressed(B::SUITE.key_algorithm(), point)
}

fn check_family<B: Backend>(algorithm: KeyAlgorithm) -> Result<(), Error> {
    if algorithm == B::SUITE.key_algorithm() {
        Ok(())
    } else {
        Err(Error::Misuse("the key belongs to the other family of algorithms"))
    }
}
