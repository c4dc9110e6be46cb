// SPDX-License-Identifier: Apache-2.0
//! Keys that are gone with the process: for tests and for keys that are used once.

use super::{ALREADY_HERE, KEPT_FOR_DECRYPTING, KEPT_FOR_SIGNING, KeyInfo, KeyStore, check_label};
use crate::{DecryptionKey, Error, KeyMaterial, KeyUse, Providers, SigningKey, Ski, Suite};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A key store in memory.
#[derive(Debug)]
pub struct MemoryKeyStore {
    providers: Arc<Providers>,
    keys: Mutex<BTreeMap<Ski, (KeyInfo, Handle)>>,
}

#[derive(Clone, Debug)]
enum Handle {
    Sign(Arc<dyn SigningKey>),
    Decrypt(Arc<dyn DecryptionKey>),
}

impl MemoryKeyStore {
    /// An empty store.
    #[must_use]
    pub fn new(providers: Arc<Providers>) -> Self {
        Self { providers, keys: Mutex::default() }
    }

    fn keys(&self) -> MutexGuard<'_, BTreeMap<Ski, (KeyInfo, Handle)>> {
        // The map is whole between any two statements, so a panic elsewhere did not harm it.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn insert(&self, handle: Handle, label: &str) -> Result<KeyInfo, Error> {
        check_label(label)?;
        let (public, key_use) = match &handle {
            Handle::Sign(key) => (*key.verifying_key().public_key(), KeyUse::Sign),
            Handle::Decrypt(key) => (*key.encryption_key().public_key(), KeyUse::Decrypt),
        };
        let ski = self.providers.ski(&public)?;
        let algorithm = public.algorithm();
        let info = KeyInfo { ski, algorithm, key_use, label: label.to_owned() };
        let mut keys = self.keys();
        if keys.contains_key(&ski) {
            return Err(ALREADY_HERE);
        }
        keys.insert(ski, (info.clone(), handle));
        Ok(info)
    }

    fn handle(&self, ski: &Ski) -> Result<Handle, Error> {
        let found = self.keys().get(ski).map(|(_, handle)| handle.clone());
        found.ok_or_else(|| Error::NotFound(ski.to_string()))
    }
}

impl KeyStore for MemoryKeyStore {
    fn generate(&self, suite: Suite, key_use: KeyUse, label: &str) -> Result<KeyInfo, Error> {
        check_label(label)?;
        let provider = self.providers.get(suite)?;
        let handle = match key_use {
            KeyUse::Sign => Handle::Sign(provider.generate_signing_key()?),
            KeyUse::Decrypt => Handle::Decrypt(provider.generate_decryption_key()?),
        };
        self.insert(handle, label)
    }

    fn import(&self, key: &KeyMaterial, key_use: KeyUse, label: &str) -> Result<KeyInfo, Error> {
        let handle = match key_use {
            KeyUse::Sign => Handle::Sign(self.providers.signing_key(key)?),
            KeyUse::Decrypt => Handle::Decrypt(self.providers.decryption_key(key)?),
        };
        self.insert(handle, label)
    }

    fn list(&self) -> Result<Vec<KeyInfo>, Error> {
        Ok(self.keys().values().map(|(info, _)| info.clone()).collect())
    }

    fn signing_key(&self, ski: &Ski) -> Result<Arc<dyn SigningKey>, Error> {
        match self.handle(ski)? {
            Handle::Sign(key) => Ok(key),
            Handle::Decrypt(_) => Err(KEPT_FOR_DECRYPTING),
        }
    }

    fn decryption_key(&self, ski: &Ski) -> Result<Arc<dyn DecryptionKey>, Error> {
        match self.handle(ski)? {
            Handle::Decrypt(key) => Ok(key),
            Handle::Sign(_) => Err(KEPT_FOR_SIGNING),
        }
    }

    fn set_label(&self, ski: &Ski, label: &str) -> Result<(), Error> {
        check_label(label)?;
        match self.keys().get_mut(ski) {
            Some((info, _)) => {
                label.clone_into(&mut info.label);
                Ok(())
            }
            None => Err(Error::NotFound(ski.to_string())),
        }
    }

    fn delete(&self, ski: &Ski) -> Result<(), Error> {
        let gone = self.keys().remove(ski);
        gone.map(drop).ok_or_else(|| Error::NotFound(ski.to_string()))
    }
}
