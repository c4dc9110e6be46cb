// SPDX-License-Identifier: Apache-2.0
//! All families at once. *Creating* follows the configuration, *verifying* follows the data.

use crate::{
    Context, DecryptionKey, EncryptionKey, EngineChoice, Error, Hash, HashAlgorithm, KeyMaterial,
    Provider, PublicKey, SignatureAlgorithm, SigningKey, Ski, Suite, VerifyingKey,
};
use alloc::sync::Arc;
use alloc::vec::Vec;
use sys::{Entropy, SystemEntropy};

/// The families this process works with, and the one it creates in.
///
/// ```
/// # #[cfg(all(feature = "nist", feature = "gm"))] {
/// use gmca_bccsp::{Context, EngineChoice, Providers, Suite};
///
/// let providers = Providers::new(Suite::Gm, EngineChoice::Auto)?;
/// let key = providers.default_provider().generate_signing_key()?;
/// let signature = key.sign(Context::Fabric, &[b"hello"])?;
/// key.verifying_key().verify(Context::Fabric, &[b"hello"], signature.as_ref())?;
/// # }
/// # Ok::<(), gmca_bccsp::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Providers {
    default: Suite,
    all: Vec<Arc<dyn Provider>>,
}

impl Providers {
    /// Every family that was compiled in, with the system's randomness.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when the default family was not compiled in or has no engine of
    /// that kind. Another family without the fast engine falls back to its portable one.
    pub fn new(default: Suite, engine: EngineChoice) -> Result<Self, Error> {
        Self::with_entropy(default, engine, &(Arc::new(SystemEntropy) as Arc<dyn Entropy>))
    }

    /// The same with another source of randomness, for simulations. Fast engines bring their own
    /// and ignore it, so ask for [`EngineChoice::Portable`].
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_entropy(
        default: Suite,
        engine: EngineChoice,
        entropy: &Arc<dyn Entropy>,
    ) -> Result<Self, Error> {
        let mut all = Vec::new();
        for suite in Suite::ALL {
            let wanted = match engine {
                EngineChoice::Fast if suite != default => EngineChoice::Auto,
                other => other,
            };
            match crate::provider_of(suite, wanted, Arc::clone(entropy)) {
                Ok(provider) => all.push(provider),
                Err(error) if suite == default => return Err(error),
                Err(_) => {}
            }
        }
        Self::from_parts(default, all)
    }

    /// Providers made elsewhere (a device, a test double), at most one for each family.
    ///
    /// # Errors
    /// [`Error::Misuse`] when two are of one family or the default family has none.
    pub fn from_parts(default: Suite, all: Vec<Arc<dyn Provider>>) -> Result<Self, Error> {
        let count = |suite| all.iter().filter(|p| p.suite() == suite).count();
        if Suite::ALL.into_iter().any(|suite| count(suite) > 1) {
            return Err(Error::Misuse("two providers of one family"));
        }
        if count(default) == 0 {
            return Err(Error::Misuse("no provider of the default family"));
        }
        Ok(Self { default, all })
    }

    /// The family new things are made in.
    #[must_use]
    pub fn default_suite(&self) -> Suite {
        self.default
    }

    /// The provider new things are made with.
    ///
    /// # Panics
    /// Never: the constructors make sure that it is there.
    #[must_use]
    pub fn default_provider(&self) -> &Arc<dyn Provider> {
        self.get(self.default).expect("constructors require the default provider")
    }

    /// The provider of a family.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when this process has none.
    pub fn get(&self, suite: Suite) -> Result<&Arc<dyn Provider>, Error> {
        self.all
            .iter()
            .find(|provider| provider.suite() == suite)
            .ok_or(Error::Unsupported("no provider for this family of algorithms"))
    }

    /// The hash function of this algorithm.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when this process has no provider with it.
    pub fn hash(&self, algorithm: HashAlgorithm) -> Result<&dyn Hash, Error> {
        let suite = Suite::ALL.into_iter().find(|suite| suite.hash_algorithm() == algorithm);
        self.get(suite.ok_or(Error::Unsupported("no family with this hash function"))?)?.hash()
    }

    /// All providers.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.all.iter()
    }

    /// Takes in a public key that judges signatures, whatever its family.
    ///
    /// # Errors
    /// As [`Provider::verifying_key`].
    pub fn verifying_key(&self, key: &PublicKey) -> Result<Arc<dyn VerifyingKey>, Error> {
        self.get(key.algorithm().suite())?.verifying_key(key)
    }

    /// Takes in a public key to encrypt to, whatever its family.
    ///
    /// # Errors
    /// As [`Provider::encryption_key`].
    pub fn encryption_key(&self, key: &PublicKey) -> Result<Arc<dyn EncryptionKey>, Error> {
        self.get(key.algorithm().suite())?.encryption_key(key)
    }

    /// Takes in a private key that signs, whatever its family.
    ///
    /// # Errors
    /// As [`Provider::signing_key`].
    pub fn signing_key(&self, key: &KeyMaterial) -> Result<Arc<dyn SigningKey>, Error> {
        self.get(key.algorithm().suite())?.signing_key(key)
    }

    /// Takes in a private key that decrypts, whatever its family.
    ///
    /// # Errors
    /// As [`Provider::decryption_key`].
    pub fn decryption_key(&self, key: &KeyMaterial) -> Result<Arc<dyn DecryptionKey>, Error> {
        self.get(key.algorithm().suite())?.decryption_key(key)
    }

    /// The identifier of a public key, by the hash of its own family.
    ///
    /// # Errors
    /// [`Error::Unsupported`] without a provider of that family.
    pub fn ski(&self, key: &PublicKey) -> Result<Ski, Error> {
        Ok(key.ski(self.get(key.algorithm().suite())?.hash()?))
    }

    /// Judges one signature, made as `algorithm` says, by a key of any family.
    ///
    /// # Errors
    /// [`Error::Refused`]; also when `algorithm` and the key do not belong together.
    pub fn verify(
        &self,
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        ctx: Context<'_>,
        message: &[&[u8]],
        signature: &[u8],
    ) -> Result<(), Error> {
        if algorithm.key_algorithm() != key.algorithm() {
            return Err(Error::Refused);
        }
        self.verifying_key(key)?.verify(ctx, message, signature)
    }

    /// Judges many signatures by keys of any family: a verdict each, in the order of the jobs,
    /// each equal to what the single call says, with no early exit.
    #[must_use]
    pub fn verify_many(&self, jobs: &[Job<'_>]) -> Vec<Result<(), Error>> {
        let mut verdicts: Vec<Result<(), Error>> =
            jobs.iter().map(|_| Err(Error::Refused)).collect();
        for suite in Suite::ALL {
            let (places, mine): (Vec<usize>, Vec<Job<'_>>) =
                jobs.iter().copied().enumerate().filter(|(_, job)| job.suite() == suite).unzip();
            if mine.is_empty() {
                continue;
            }
            let judged = match self.get(suite) {
                Ok(provider) => provider.verify_many(&mine),
                Err(_) => mine.iter().map(Job::verify).collect(),
            };
            for (place, verdict) in places.into_iter().zip(judged) {
                if let Some(slot) = verdicts.get_mut(place) {
                    *slot = verdict;
                }
            }
        }
        verdicts
    }
}

/// One signature to be judged among many.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The signer's key.
    pub key: &'a dyn VerifyingKey,
    /// What the signature is for.
    pub ctx: Context<'a>,
    /// The signed bytes, in parts.
    pub message: &'a [&'a [u8]],
    /// The DER signature.
    pub signature: &'a [u8],
}

impl Job<'_> {
    /// The family of the key.
    #[must_use]
    pub fn suite(&self) -> Suite {
        self.key.public_key().algorithm().suite()
    }

    /// Judges this one alone.
    ///
    /// # Errors
    /// As [`VerifyingKey::verify`].
    pub fn verify(&self) -> Result<(), Error> {
        self.key.verify(self.ctx, self.message, self.signature)
    }
}
