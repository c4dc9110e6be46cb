// SPDX-License-Identifier: Apache-2.0
//! A family of algorithms behind every digest, signature and seal of this workspace.

use crate::hazmat::Hazmat;
use crate::{
    Aead, AeadMode, Cipher, CipherMode, DecryptionKey, EncryptionKey, Engine, Error, Hash, Job,
    Kdf, KeyMaterial, Mac, PublicKey, SigningKey, Suite, VerifyingKey,
};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::Debug;

/// Makes keys, hashes and seals for one family. Callers hold a `&dyn Provider` and never name
/// the algorithms behind it.
///
/// Whatever a provider hands out has passed its known-answer test before; after one failed test
/// it hands out nothing more. To add a provider, implement this and run
/// [`testing::check_provider`](crate::testing::check_provider) on it.
pub trait Provider: Debug + Send + Sync {
    /// The family.
    fn suite(&self) -> Suite;

    /// Who computes it.
    fn engine(&self) -> Engine;

    /// Which algorithm is computed by what, a line each.
    fn describe(&self) -> Vec<Implementation>;

    /// The family's hash function.
    ///
    /// # Errors
    /// [`Error::SelfTestFailed`]; the same holds for every method below.
    fn hash(&self) -> Result<&dyn Hash, Error>;

    /// HMAC with the family's hash function.
    ///
    /// # Errors
    /// [`Error::SelfTestFailed`].
    fn mac(&self) -> Result<&dyn Mac, Error>;

    /// Key derivation with the family's hash function.
    ///
    /// # Errors
    /// [`Error::SelfTestFailed`].
    fn kdf(&self) -> Result<&dyn Kdf, Error>;

    /// The lengths, in bytes, of keys that [`aead`](Self::aead) and [`cipher`](Self::cipher) take,
    /// the preferred one first. XTS takes twice as many.
    fn key_lengths(&self) -> &'static [usize];

    /// Authenticated encryption under `key`.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a key of another length.
    fn aead(&self, mode: AeadMode, key: &[u8]) -> Result<Box<dyn Aead>, Error>;

    /// A bare block mode under `key`.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a key of another length, [`Error::Unsupported`] for a mode this
    /// family does not have.
    fn cipher(&self, mode: CipherMode, key: &[u8]) -> Result<Box<dyn Cipher>, Error>;

    /// Makes a key pair that signs, and tries it on itself before handing it out.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    fn generate_signing_key(&self) -> Result<Arc<dyn SigningKey>, Error>;

    /// Makes a key pair that decrypts and agrees, and tries it on itself before handing it out.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    fn generate_decryption_key(&self) -> Result<Arc<dyn DecryptionKey>, Error>;

    /// Takes in a private key that signs.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a key of the other family; [`Error::Malformed`] for a value out of
    /// range (SM2: 1 to n − 2; P-256: 1 to n − 1) or with a public key that is not its own.
    fn signing_key(&self, key: &KeyMaterial) -> Result<Arc<dyn SigningKey>, Error>;

    /// Takes in a private key that decrypts and agrees.
    ///
    /// # Errors
    /// As [`signing_key`](Self::signing_key).
    fn decryption_key(&self, key: &KeyMaterial) -> Result<Arc<dyn DecryptionKey>, Error>;

    /// Takes in a public key that judges signatures.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a key of the other family, [`Error::Refused`] for a point that is
    /// not on the curve.
    fn verifying_key(&self, key: &PublicKey) -> Result<Arc<dyn VerifyingKey>, Error>;

    /// Takes in a public key to encrypt to.
    ///
    /// # Errors
    /// As [`verifying_key`](Self::verifying_key).
    fn encryption_key(&self, key: &PublicKey) -> Result<Arc<dyn EncryptionKey>, Error>;

    /// Reads a point in compressed (33 bytes) or uncompressed form (65 bytes), on the curve.
    ///
    /// # Errors
    /// [`Error::Refused`] for anything else: other lengths, hybrid forms, infinity, points off
    /// the curve.
    fn public_key(&self, point: &[u8]) -> Result<PublicKey, Error>;

    /// Judges many signatures by keys of this family: a verdict each, in the order of the jobs,
    /// with no early exit.
    fn verify_many(&self, jobs: &[Job<'_>]) -> Vec<Result<(), Error>> {
        jobs.iter().map(Job::verify).collect()
    }

    /// Random bytes from the source this provider was given.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it gives none.
    fn random(&self, out: &mut [u8]) -> Result<(), Error>;

    /// Runs every known-answer test now and gives their names.
    ///
    /// # Errors
    /// [`Error::SelfTestFailed`] with the first that came out wrong.
    fn self_test(&self) -> Result<Vec<&'static str>, Error>;

    /// What only tests and protocol implementations may ask for, where the engine can do it.
    fn hazmat(&self) -> Option<&dyn Hazmat> {
        None
    }
}

/// One line of [`Provider::describe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Implementation {
    /// What is computed, such as `"SM2 signatures"`.
    pub algorithm: &'static str,
    /// The crate that does it.
    pub by: &'static str,
    /// The instructions it uses on this machine: `"portable"` or the name of a CPU level.
    pub level: &'static str,
}
