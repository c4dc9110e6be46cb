// SPDX-License-Identifier: Apache-2.0
//! Dangerous forms: digests made elsewhere, nonces and ephemeral keys given by the caller.
//!
//! A nonce used twice gives a private key away; a digest made without Z_A is no SM2 signature.
//! Known answers need all of this, and TLS records count their own nonces. Nothing else does.

use crate::{
    AeadMode, Context, Error, Exchange, ExchangeParams, KeyMaterial, PublicKey, SecretBytes,
    Signature,
};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::Debug;

const NO: Error = Error::Unsupported("this engine does not offer this hazardous operation");

/// Hazardous operations of a provider. Each may be missing ([`Error::Unsupported`]).
pub trait Hazmat {
    /// The digest that a signature in this context is made over: e = H(Z_A ‖ M) for SM2
    /// (GB/T 32918.2 clause 6.1 A1-A2), H(M) for ECDSA.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a signer ID over 8191 bytes.
    fn message_digest(
        &self,
        key: &PublicKey,
        ctx: Context<'_>,
        message: &[&[u8]],
    ) -> Result<[u8; 32], Error> {
        let _ = (key, ctx, message);
        Err(NO)
    }

    /// Z_A: the hash of signer ID, curve and public key (GB/T 32918.2 clause 5.5).
    ///
    /// # Errors
    /// [`Error::Unsupported`] for families without one.
    fn signer_hash(&self, key: &PublicKey, id: &[u8]) -> Result<[u8; 32], Error> {
        let _ = (key, id);
        Err(NO)
    }

    /// Signs a digest with the nonce `k` (32 bytes, big-endian). ECDSA answers are low-S.
    ///
    /// # Errors
    /// [`Error::Misuse`] when `k` is out of range or gives no signature.
    fn sign_digest(
        &self,
        key: &KeyMaterial,
        digest: &[u8; 32],
        k: &SecretBytes,
    ) -> Result<Signature, Error> {
        let _ = (key, digest, k);
        Err(NO)
    }

    /// Judges a DER signature over a digest.
    ///
    /// # Errors
    /// [`Error::Refused`].
    fn verify_digest(
        &self,
        key: &PublicKey,
        digest: &[u8; 32],
        signature: &[u8],
    ) -> Result<(), Error> {
        let _ = (key, digest, signature);
        Err(NO)
    }

    /// Encrypts with the nonce `k` (SM2: 32 bytes, big-endian; HPKE: ikmE, of which the ephemeral
    /// key is derived as in RFC 9180 section 7.1.3).
    ///
    /// # Errors
    /// [`Error::Misuse`] when `k` is out of range or gives an all-zero key stream.
    fn encrypt(
        &self,
        key: &PublicKey,
        plaintext: &[u8],
        k: &SecretBytes,
    ) -> Result<Vec<u8>, Error> {
        let _ = (key, plaintext, k);
        Err(NO)
    }

    /// Starts an SM2 key exchange with the ephemeral private key `r` (32 bytes, big-endian).
    ///
    /// # Errors
    /// [`Error::Misuse`] when `r` is out of range.
    fn exchange(
        &self,
        key: &KeyMaterial,
        params: &ExchangeParams<'_>,
        r: &SecretBytes,
    ) -> Result<Box<dyn Exchange>, Error> {
        let _ = (key, params, r);
        Err(NO)
    }

    /// Authenticated encryption whose nonces and lengths the caller chooses.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a key length, [`Error::Unsupported`] for a nonce or tag length that
    /// the engine does not have.
    fn nonce_aead(
        &self,
        mode: AeadMode,
        key: &[u8],
        nonce_len: usize,
        tag_len: usize,
    ) -> Result<Box<dyn NonceAead>, Error> {
        let _ = (mode, key, nonce_len, tag_len);
        Err(NO)
    }
}

/// Authenticated encryption with the caller's nonces. One that repeats under a key breaks it.
pub trait NonceAead: Debug + Send + Sync {
    /// Ciphertext ‖ tag.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a nonce of another length or a message too long for the mode.
    fn seal(&self, nonce: &[u8], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error>;

    /// The plaintext of ciphertext ‖ tag, or nothing.
    ///
    /// # Errors
    /// [`Error::Refused`].
    fn open(&self, nonce: &[u8], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error>;
}
