// SPDX-License-Identifier: Apache-2.0
//! Handles of encryption and decryption keys over any engine.

use super::{Backend, import_public, public_key};
use crate::health::{Health, Slot};
use crate::{
    Agreed, DecryptionKey, EncryptionKey, Error, Exchange, ExchangeParams, KeyMaterial, PublicKey,
    SecretBytes,
};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::{self, Debug};
use sys::Entropy;

/// A public key of an engine that others encrypt to.
pub(super) struct Encrypter<B: Backend> {
    health: Arc<Health>,
    entropy: Arc<dyn Entropy>,
    public: PublicKey,
    key: B::Public,
}

impl<B: Backend> Encrypter<B> {
    pub(super) fn new(
        health: Arc<Health>,
        entropy: Arc<dyn Entropy>,
        public: PublicKey,
        key: B::Public,
    ) -> Self {
        Self { health, entropy, public, key }
    }
}

impl<B: Backend> EncryptionKey for Encrypter<B> {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        self.health.require(Slot::Encryption)?;
        check_plaintext(plaintext)?;
        B::encrypt(&self.key, &*self.entropy, plaintext)
    }
}

impl<B: Backend> Debug for Encrypter<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptionKey({:?})", self.public)
    }
}

/// A private key of an engine that decrypts and agrees.
pub(super) struct Decrypter<B: Backend> {
    health: Arc<Health>,
    entropy: Arc<dyn Entropy>,
    key: B::Private,
    public: Arc<dyn EncryptionKey>,
}

impl<B: Backend> Decrypter<B> {
    pub(super) fn new(
        health: Arc<Health>,
        entropy: Arc<dyn Entropy>,
        key: B::Private,
    ) -> Result<Self, Error> {
        let point = B::point(&key);
        let ready = B::public(&point).ok_or(Error::Refused)?;
        let public: Arc<dyn EncryptionKey> = Arc::new(Encrypter::<B>::new(
            Arc::clone(&health),
            Arc::clone(&entropy),
            public_key::<B>(&point)?,
            ready,
        ));
        Ok(Self { health, entropy, key, public })
    }
}

impl<B: Backend> DecryptionKey for Decrypter<B> {
    fn encryption_key(&self) -> &Arc<dyn EncryptionKey> {
        &self.public
    }

    fn decrypt(&self, ciphertext: &[u8]) -> Result<SecretBytes, Error> {
        self.health.require(Slot::Encryption)?;
        B::decrypt(&self.key, ciphertext)
    }

    fn agree(&self, peer: &PublicKey) -> Result<SecretBytes, Error> {
        self.health.require(Slot::Agreement)?;
        B::agree(&self.key, &import_public::<B>(peer)?)
    }

    fn exchange(&self, params: &ExchangeParams<'_>) -> Result<Box<dyn Exchange>, Error> {
        self.health.require(Slot::Exchange)?;
        gated(&self.health, B::exchange(&self.key, params, &*self.entropy, None)?)
    }

    fn export(&self) -> Result<KeyMaterial, Error> {
        self.health.check()?;
        let algorithm = B::SUITE.key_algorithm();
        KeyMaterial::new(algorithm, B::scalar(&self.key), Some(*self.public.public_key()))
    }
}

impl<B: Backend> Debug for Decrypter<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecryptionKey({:?})", self.public.public_key())
    }
}

/// SM2 has no encryption of nothing: its key stream would be empty (GB/T 32918.4 clause 6.1 A5).
/// HPKE could, but the border says one thing for both.
pub(super) fn check_plaintext(plaintext: &[u8]) -> Result<(), Error> {
    if plaintext.is_empty() {
        return Err(Error::Misuse("an empty message cannot be encrypted to a public key"));
    }
    Ok(())
}

/// Ends a running exchange too when the provider fails.
pub(super) fn gated(
    health: &Arc<Health>,
    inner: Box<dyn Exchange>,
) -> Result<Box<dyn Exchange>, Error> {
    Ok(Box::new(Gated { health: Arc::clone(health), inner }))
}

struct Gated {
    health: Arc<Health>,
    inner: Box<dyn Exchange>,
}

impl Exchange for Gated {
    fn ephemeral(&self) -> &[u8; 65] {
        self.inner.ephemeral()
    }

    fn finish(self: Box<Self>, peer_ephemeral: &[u8]) -> Result<Agreed, Error> {
        self.health.check()?;
        self.inner.finish(peer_ephemeral)
    }
}

impl Debug for Gated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exchange")
    }
}
