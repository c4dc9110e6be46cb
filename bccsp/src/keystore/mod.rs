// SPDX-License-Identifier: Apache-2.0
//! Where private keys live and are found again: by identifier or label, in memory or in a folder.
//!
//! ```no_run
//! use gmca_bccsp::keystore::{FolderKeyStore, KeyStore};
//! use gmca_bccsp::{Context, EngineChoice, KeyUse, Providers, Suite};
//! use std::sync::Arc;
//!
//! let providers = Arc::new(Providers::new(Suite::Gm, EngineChoice::Auto)?);
//! let store = FolderKeyStore::open(providers, "msp/keystore")?;
//! let made = store.generate(Suite::Gm, KeyUse::Sign, "peer0")?;
//! let signature = store.signing_key(&made.ski)?.sign(Context::Fabric, &[b"hello"])?;
//! # Ok::<(), gmca_bccsp::Error>(())
//! ```
//!
//! Not here: devices. A PKCS#11 or SDF driver implements [`KeyStore`] in a crate of its own.

mod folder;
mod memory;

pub use folder::FolderKeyStore;
pub use memory::MemoryKeyStore;

use crate::{DecryptionKey, Error, KeyAlgorithm, KeyMaterial, KeyUse, SigningKey, Ski, Suite};
use std::fmt::Debug;
use std::sync::Arc;

/// Keeps private keys. They are made inside and worked with through handles.
pub trait KeyStore: Debug + Send + Sync {
    /// Makes a key pair and keeps it.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a family without provider, [`Error::Misuse`] for a label with
    /// control characters or over 64 characters, [`Error::Storage`].
    fn generate(&self, suite: Suite, key_use: KeyUse, label: &str) -> Result<KeyInfo, Error>;

    /// Takes in a key that was made elsewhere.
    ///
    /// # Errors
    /// As [`generate`](Self::generate); [`Error::Misuse`] when it is here already; what
    /// [`Provider::signing_key`](crate::Provider::signing_key) says of a bad one.
    fn import(&self, key: &KeyMaterial, key_use: KeyUse, label: &str) -> Result<KeyInfo, Error>;

    /// Every key, ordered by identifier.
    ///
    /// # Errors
    /// [`Error::Storage`].
    fn list(&self) -> Result<Vec<KeyInfo>, Error>;

    /// What is known of one key.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Storage`].
    fn find(&self, ski: &Ski) -> Result<KeyInfo, Error> {
        let found = self.list()?.into_iter().find(|info| info.ski == *ski);
        found.ok_or_else(|| Error::NotFound(ski.to_string()))
    }

    /// A handle that signs.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Misuse`] when the key is kept for decrypting;
    /// [`Error::Refused`] for a wrong password.
    fn signing_key(&self, ski: &Ski) -> Result<Arc<dyn SigningKey>, Error>;

    /// A handle that decrypts and agrees.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Misuse`] when the key is kept for signing;
    /// [`Error::Refused`] for a wrong password.
    fn decryption_key(&self, ski: &Ski) -> Result<Arc<dyn DecryptionKey>, Error>;

    /// Gives a key another label.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Misuse`] for a bad label, [`Error::Storage`].
    fn set_label(&self, ski: &Ski, label: &str) -> Result<(), Error>;

    /// Forgets a key for ever.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Storage`].
    fn delete(&self, ski: &Ski) -> Result<(), Error>;
}

/// What is known of a key without opening it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// Its identifier: the family's hash of the uncompressed public point.
    pub ski: Ski,
    /// What kind of key it is.
    pub algorithm: KeyAlgorithm,
    /// What it may do.
    pub key_use: KeyUse,
    /// The name people gave it; may be empty.
    pub label: String,
}

/// A label is one line that can be read back as it was written.
fn check_label(label: &str) -> Result<(), Error> {
    if label.chars().count() > 64 || label.chars().any(char::is_control) || label.trim() != label {
        return Err(Error::Misuse("a key label is one line of at most 64 characters"));
    }
    Ok(())
}

const KEPT_FOR_SIGNING: Error = Error::Misuse("the key is kept for signing, not for decrypting");
const KEPT_FOR_DECRYPTING: Error = Error::Misuse("the key is kept for decrypting, not for signing");
const ALREADY_HERE: Error = Error::Misuse("the key is in this key store already");
