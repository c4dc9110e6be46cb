// SPDX-License-Identifier: Apache-2.0
//! A provider out of any engine.

use super::encrypt::{Decrypter, Encrypter, check_plaintext, gated};
use super::seal::{GatedCipher, GivenNonce, NONCE_LEN, RandomNonce, TAG_LEN};
use super::sign::{Signer, Verifier, read, verdict, verify_many, written};
use super::{
    Backend, HashOf, KdfOf, MacOf, generate, hash_parts, import_private, import_public, public_key,
};
use crate::hazmat::{Hazmat, NonceAead};
use crate::health::{Health, Slot};
use crate::{
    Aead, AeadMode, Cipher, CipherMode, Context, DecryptionKey, EncryptionKey, Engine, Error,
    Exchange, ExchangeParams, Hash, Implementation, Job, Kdf, KeyMaterial, Mac, Provider,
    PublicKey, SecretBytes, Signature, SigningKey, Suite, VerifyingKey,
};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::{self, Debug};
use sys::Entropy;

pub(crate) struct EngineProvider<B: Backend> {
    health: Arc<Health>,
    entropy: Arc<dyn Entropy>,
    hash: HashOf<B::Hash>,
    mac: MacOf<B::Hash>,
    kdf: KdfOf<B::Hash>,
}

impl<B: Backend> EngineProvider<B> {
    pub(crate) fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self::with_health(entropy, Health::new(B::KNOWN_ANSWERS))
    }

    /// The same, but one known answer comes out wrong.
    #[cfg(feature = "test-hooks")]
    pub(crate) fn broken(entropy: Arc<dyn Entropy>, name: &'static str) -> Self {
        Self::with_health(entropy, Health::with_broken(B::KNOWN_ANSWERS, name))
    }

    fn with_health(entropy: Arc<dyn Entropy>, health: Health) -> Self {
        let health = Arc::new(health);
        Self { health, entropy, hash: HashOf::NEW, mac: MacOf::NEW, kdf: KdfOf::NEW }
    }

    fn signer(&self, key: B::Private) -> Result<Arc<Signer<B>>, Error> {
        let (health, entropy) = (Arc::clone(&self.health), Arc::clone(&self.entropy));
        Ok(Arc::new(Signer::new(health, entropy, key)?))
    }

    fn decrypter(&self, key: B::Private) -> Result<Arc<Decrypter<B>>, Error> {
        let (health, entropy) = (Arc::clone(&self.health), Arc::clone(&self.entropy));
        Ok(Arc::new(Decrypter::new(health, entropy, key)?))
    }
}

impl<B: Backend> Provider for EngineProvider<B> {
    fn suite(&self) -> Suite {
        B::SUITE
    }

    fn engine(&self) -> Engine {
        B::ENGINE
    }

    fn describe(&self) -> Vec<Implementation> {
        B::implementations()
    }

    fn hash(&self) -> Result<&dyn Hash, Error> {
        self.health.require(Slot::Hash)?;
        Ok(&self.hash)
    }

    fn mac(&self) -> Result<&dyn Mac, Error> {
        self.health.require(Slot::Mac)?;
        Ok(&self.mac)
    }

    fn kdf(&self) -> Result<&dyn Kdf, Error> {
        self.health.require(Slot::Kdf)?;
        Ok(&self.kdf)
    }

    fn key_lengths(&self) -> &'static [usize] {
        B::KEY_LENGTHS
    }

    fn aead(&self, mode: AeadMode, key: &[u8]) -> Result<Box<dyn Aead>, Error> {
        self.health.require(aead_slot(mode))?;
        let inner = B::aead(mode, key, NONCE_LEN, TAG_LEN)?;
        let (health, entropy) = (Arc::clone(&self.health), Arc::clone(&self.entropy));
        Ok(Box::new(RandomNonce { health, entropy, inner }))
    }

    fn cipher(&self, mode: CipherMode, key: &[u8]) -> Result<Box<dyn Cipher>, Error> {
        self.health.require(cipher_slot(mode))?;
        let inner = B::cipher(mode, key)?;
        Ok(Box::new(GatedCipher { health: Arc::clone(&self.health), inner }))
    }

    fn generate_signing_key(&self) -> Result<Arc<dyn SigningKey>, Error> {
        const TRIAL: &[&[u8]] = &[b"pair-wise ", b"check"];
        self.health.require(Slot::Signature)?;
        let key = self.signer(generate::<B>(&*self.entropy)?)?;
        let signature = key.sign(Context::Fabric, TRIAL)?;
        let public = key.verifying_key();
        let verdict = public.verify(Context::Fabric, TRIAL, signature.as_ref());
        self.health.pairwise(verdict.is_ok())?;
        Ok(key)
    }

    fn generate_decryption_key(&self) -> Result<Arc<dyn DecryptionKey>, Error> {
        const TRIAL: &[u8] = b"pair-wise check";
        self.health.require(Slot::Encryption)?;
        let key = self.decrypter(generate::<B>(&*self.entropy)?)?;
        let ciphertext = key.encryption_key().encrypt(TRIAL)?;
        let opened = key.decrypt(&ciphertext);
        self.health.pairwise(opened.is_ok_and(|plain| plain.expose() == TRIAL))?;
        Ok(key)
    }

    fn signing_key(&self, key: &KeyMaterial) -> Result<Arc<dyn SigningKey>, Error> {
        self.health.require(Slot::Signature)?;
        Ok(self.signer(import_private::<B>(key)?)?)
    }

    fn decryption_key(&self, key: &KeyMaterial) -> Result<Arc<dyn DecryptionKey>, Error> {
        self.health.require(Slot::Encryption)?;
        Ok(self.decrypter(import_private::<B>(key)?)?)
    }

    fn verifying_key(&self, key: &PublicKey) -> Result<Arc<dyn VerifyingKey>, Error> {
        self.health.require(Slot::Signature)?;
        let ready = import_public::<B>(key)?;
        Ok(Arc::new(Verifier::<B>::new(Arc::clone(&self.health), *key, ready)))
    }

    fn encryption_key(&self, key: &PublicKey) -> Result<Arc<dyn EncryptionKey>, Error> {
        self.health.require(Slot::Encryption)?;
        let ready = import_public::<B>(key)?;
        let (health, entropy) = (Arc::clone(&self.health), Arc::clone(&self.entropy));
        Ok(Arc::new(Encrypter::<B>::new(health, entropy, *key, ready)))
    }

    fn public_key(&self, point: &[u8]) -> Result<PublicKey, Error> {
        self.health.check()?;
        public_key::<B>(&B::uncompress(point).ok_or(Error::Refused)?)
    }

    fn verify_many(&self, jobs: &[Job<'_>]) -> Vec<Result<(), Error>> {
        verify_many::<B>(jobs)
    }

    fn random(&self, out: &mut [u8]) -> Result<(), Error> {
        self.health.check()?;
        Ok(self.entropy.fill(out)?)
    }

    fn self_test(&self) -> Result<Vec<&'static str>, Error> {
        self.health.run_all()
    }

    fn hazmat(&self) -> Option<&dyn Hazmat> {
        Some(self)
    }
}

impl<B: Backend> Hazmat for EngineProvider<B> {
    fn message_digest(
        &self,
        key: &PublicKey,
        ctx: Context<'_>,
        message: &[&[u8]],
    ) -> Result<[u8; 32], Error> {
        self.health.require(Slot::Hash)?;
        let prefix = B::prefix(&import_public::<B>(key)?, ctx)?;
        Ok(hash_parts::<B::Hash>(prefix.as_ref(), message))
    }

    fn signer_hash(&self, key: &PublicKey, id: &[u8]) -> Result<[u8; 32], Error> {
        self.health.require(Slot::Hash)?;
        B::signer_hash(&import_public::<B>(key)?, id)
    }

    fn sign_digest(
        &self,
        key: &KeyMaterial,
        digest: &[u8; 32],
        k: &SecretBytes,
    ) -> Result<Signature, Error> {
        self.health.require(Slot::Signature)?;
        Ok(written::<B>(&B::sign_digest_with(&import_private::<B>(key)?, digest, k)?))
    }

    fn verify_digest(
        &self,
        key: &PublicKey,
        digest: &[u8; 32],
        signature: &[u8],
    ) -> Result<(), Error> {
        self.health.require(Slot::Signature)?;
        let key = import_public::<B>(key)?;
        let raw = read::<B>(Context::X509, signature)?;
        verdict(B::verify_digest(&key, digest, &raw))
    }

    fn encrypt(
        &self,
        key: &PublicKey,
        plaintext: &[u8],
        k: &SecretBytes,
    ) -> Result<Vec<u8>, Error> {
        self.health.require(Slot::Encryption)?;
        check_plaintext(plaintext)?;
        B::encrypt_with(&import_public::<B>(key)?, plaintext, k)
    }

    fn exchange(
        &self,
        key: &KeyMaterial,
        params: &ExchangeParams<'_>,
        r: &SecretBytes,
    ) -> Result<Box<dyn Exchange>, Error> {
        self.health.require(Slot::Exchange)?;
        let key = import_private::<B>(key)?;
        gated(&self.health, B::exchange(&key, params, &*self.entropy, Some(r))?)
    }

    fn nonce_aead(
        &self,
        mode: AeadMode,
        key: &[u8],
        nonce_len: usize,
        tag_len: usize,
    ) -> Result<Box<dyn NonceAead>, Error> {
        self.health.require(aead_slot(mode))?;
        let inner = B::aead(mode, key, nonce_len, tag_len)?;
        Ok(Box::new(GivenNonce { health: Arc::clone(&self.health), inner, nonce_len, tag_len }))
    }
}

impl<B: Backend> Debug for EngineProvider<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Provider({}, {}, {:?})", B::SUITE, B::ENGINE, self.health)
    }
}

fn aead_slot(mode: AeadMode) -> Slot {
    match mode {
        AeadMode::Gcm => Slot::Gcm,
        AeadMode::Ccm => Slot::Ccm,
    }
}

fn cipher_slot(mode: CipherMode) -> Slot {
    match mode {
        CipherMode::Ecb => Slot::Ecb,
        CipherMode::Cbc | CipherMode::CbcPkcs7 => Slot::Cbc,
        CipherMode::Cfb => Slot::Cfb,
        CipherMode::Ofb => Slot::Ofb,
        CipherMode::Ctr => Slot::Ctr,
        CipherMode::XtsGb | CipherMode::XtsIeee => Slot::Xts,
    }
}
