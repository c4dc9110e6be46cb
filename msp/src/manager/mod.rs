// SPDX-License-Identifier: Apache-2.0
//! The MSPs of one channel by name, of both families, and the identities that were met.
//!
//! A manager is made for one configuration and dropped with it, and with it goes everything that
//! was remembered of anybody. No verdict depends on a clock.
//!
//! Not here: what signatures are enough for (`policy`).

mod cache;
mod identity;
mod signers;

pub use identity::{Identity, IdentityId, WhyNot};
pub use signers::{Dropped, Signers, WhyDropped};

use crate::{Definition, Error, Msp, SerializedIdentity};
use bccsp::Providers;
use bccsp::encoding::pem;
use cache::Cache;
use pki::Certificate;
use proto::Bytes;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The MSPs of one channel.
#[derive(Debug)]
pub struct Manager {
    providers: Providers,
    msps: BTreeMap<String, Arc<Msp>>,
    cache: Mutex<Cache>,
    judged: AtomicU64,
}

impl Manager {
    /// Identities that are remembered, unless [`with_capacity`](Self::with_capacity) says
    /// otherwise: with certificates of a kilobyte, about four megabytes.
    pub const DEFAULT_CAPACITY: usize = 1000;

    /// Longer identities are judged each time; real ones have about a kilobyte.
    const MAX_REMEMBERED: usize = 16 << 10;

    /// Puts the MSPs of these definitions together.
    ///
    /// # Errors
    /// As [`Definition::msp`]; [`Error::SameMsp`] for two of one name.
    pub fn new(
        providers: &Providers,
        definitions: impl IntoIterator<Item = Definition>,
    ) -> Result<Self, Error> {
        let msps = definitions.into_iter().map(|definition| definition.msp(providers));
        Self::of_msps(providers, msps.collect::<Result<Vec<_>, _>>()?)
    }

    /// The same with MSPs that are there already.
    ///
    /// # Errors
    /// [`Error::SameMsp`] for two of one name.
    pub fn of_msps(
        providers: &Providers,
        msps: impl IntoIterator<Item = Msp>,
    ) -> Result<Self, Error> {
        let mut by_id = BTreeMap::new();
        for msp in msps {
            if let Some(other) = by_id.insert(msp.id().to_owned(), Arc::new(msp)) {
                return Err(Error::SameMsp(other.id().to_owned()));
            }
        }
        Ok(Self {
            providers: providers.clone(),
            msps: by_id,
            cache: Mutex::new(Cache::new(Self::DEFAULT_CAPACITY)),
            judged: AtomicU64::new(0),
        })
    }

    /// Remembers so many identities at most; with 0, none.
    #[must_use]
    pub fn with_capacity(self, identities: usize) -> Self {
        Self { cache: Mutex::new(Cache::new(identities)), ..self }
    }

    /// The MSP of this name.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Msp>> {
        self.msps.get(id)
    }

    /// The names of all, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.msps.keys().map(String::as_str)
    }

    /// Providers of the families that signatures are judged with.
    #[must_use]
    pub fn providers(&self) -> &Providers {
        &self.providers
    }

    /// The identity with these serialized bytes, judged now or before.
    ///
    /// # Errors
    /// [`Refused`] when it cannot be known who it is. Somebody who is known and no member is no
    /// error: see [`Identity::verdict`].
    pub fn identity(&self, serialized: &[u8]) -> Result<Arc<Identity>, Refused> {
        match self.find(serialized) {
            Some(found) => Ok(found),
            None => self.read(Bytes::copy_from_slice(serialized)),
        }
    }

    /// The same without a copy.
    ///
    /// # Errors
    /// As [`identity`](Self::identity).
    pub fn identity_of(&self, serialized: &Bytes) -> Result<Arc<Identity>, Refused> {
        match self.find(serialized) {
            Some(found) => Ok(found),
            // A slice of a whole block would keep the block in memory.
            None => self.read(Bytes::copy_from_slice(serialized)),
        }
    }

    /// How many identities were judged so far: those that were not remembered.
    #[must_use]
    pub fn judged(&self) -> u64 {
        self.judged.load(Ordering::Relaxed)
    }

    /// How many identities are remembered now.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.lock().len()
    }

    fn find(&self, serialized: &[u8]) -> Option<Arc<Identity>> {
        self.lock().find(serialized)
    }

    fn read(&self, serialized: Bytes) -> Result<Arc<Identity>, Refused> {
        self.judged.fetch_add(1, Ordering::Relaxed);
        // Not under the lock: others may go on meanwhile, and at worst judge the same one, too.
        let identity = Arc::new(self.judge(&serialized)?);
        if serialized.len() <= Self::MAX_REMEMBERED {
            self.lock().insert(serialized, Arc::clone(&identity));
        }
        Ok(identity)
    }

    fn judge(&self, serialized: &Bytes) -> Result<Identity, Refused> {
        let identity = SerializedIdentity::decode(serialized)
            .map_err(|error| Refused::Malformed(error.to_string()))?;
        let Some(msp) = self.msps.get(&identity.msp_id) else {
            return Err(Refused::UnknownMsp(identity.msp_id));
        };
        let certificate = read_certificate(&identity.certificate)?;
        let bad_key = |error: pki::Error| match error {
            pki::Error::Crypto(error @ bccsp::Error::SelfTestFailed(_)) => {
                Refused::Failed(error.to_string())
            }
            error => Refused::Key(error.to_string()),
        };
        let public = certificate.public_key(&self.providers).map_err(bad_key)?;
        let key = self.providers.verifying_key(&public).map_err(|e| bad_key(e.into()))?;
        let failed = |error: Error| Refused::Failed(error.to_string());
        let verdict = msp.is_member(&certificate).map_err(failed)?;
        let id = msp.identity_id(&certificate).map_err(failed)?;
        let certifiers = msp.certifiers(&verdict).map_err(failed)?;
        Ok(Identity { serialized: identity, certificate, key, verdict, id, certifiers })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Cache> {
        // Whoever panicked with it left a map of good entries.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The certificate of an identity: the first PEM object, whatever stands behind it, as Fabric reads
/// it.
pub(crate) fn read_certificate(text: &[u8]) -> Result<Certificate, Refused> {
    let refused = |why: String| Refused::Certificate(why);
    if !pem::is_pem(text) {
        return Err(refused("it is not PEM".to_owned()));
    }
    let blocks = pem::decode_all(first_object(text)).map_err(|error| refused(error.to_string()))?;
    match blocks.first() {
        Some(block) if block.label().ends_with("CERTIFICATE") => {
            Certificate::from_der(block.der()).map_err(|error| refused(error.to_string()))
        }
        Some(block) => Err(refused(format!("it is PEM with a {}", block.label().escape_debug()))),
        None => Err(refused("it is PEM with nothing in it".to_owned())),
    }
}

/// The text up to the line in which the first object ends.
fn first_object(text: &[u8]) -> &[u8] {
    const END: &[u8] = b"-----END ";
    let Some(at) = text.windows(END.len()).position(|window| window == END) else {
        return text;
    };
    let line = text.iter().skip(at).position(|byte| *byte == b'\n');
    let end = line.map_or(text.len(), |line| at.saturating_add(line));
    text.get(..end).unwrap_or(text)
}

/// Why it cannot be known who an identity is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The bytes are no serialized identity.
    #[error("the identity cannot be read: {0}")]
    Malformed(String),
    /// No MSP of this name is in the channel.
    #[error("the channel has no MSP `{}`", .0.escape_debug())]
    UnknownMsp(String),
    /// The certificate cannot be read.
    #[error("the certificate of the identity cannot be read: {0}")]
    Certificate(String),
    /// The key is of no family that is known here.
    #[error("the key of the identity cannot be used: {0}")]
    Key(String),
    /// A provider did not do its part: nothing is known.
    #[error("the identity could not be judged: {0}")]
    Failed(String),
}
