// SPDX-License-Identifier: Apache-2.0
//! The provider border: digests, signatures, seals and keys of two families of algorithms,
//! **nist** (ECDSA P-256, SHA-256, AES) and **gm** (SM2, SM3, SM4), behind one set of traits.
//!
//! Callers hold a [`Provider`], or all of them as [`Providers`], and never name an algorithm.
//!
//! ```
//! # #[cfg(all(feature = "nist", feature = "gm"))] {
//! use gmca_bccsp::{Context, EngineChoice, Providers, Suite};
//!
//! let providers = Providers::new(Suite::Gm, EngineChoice::Auto)?; // or Suite::Nist: nothing below changes
//! let provider = providers.default_provider();
//! let digest = provider.hash()?.digest(&[b"abc"]);
//! let key = provider.generate_signing_key()?;
//! let signature = key.sign(Context::X509, &[digest.as_ref()])?;
//! providers.verify(
//!     key.verifying_key().public_key(),
//!     signature.algorithm(),
//!     Context::X509,
//!     &[digest.as_ref()],
//!     signature.as_ref(),
//! )?;
//! # }
//! # Ok::<(), gmca_bccsp::Error>(())
//! ```
//!
//! Not here: certificates (the `pki` crate), TLS, and any network or thread.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod cipher;
#[cfg(feature = "config")]
pub mod config;
mod context;
mod count;
pub mod encoding;
mod encrypt;
#[cfg(any(feature = "gm", feature = "nist"))]
mod engine;
mod error;
#[cfg(feature = "gm")]
mod gm;
mod hash;
pub mod hazmat;
#[cfg(any(feature = "gm", feature = "nist"))]
mod health;
mod kdf;
mod key;
#[cfg(feature = "keystore")]
pub mod keystore;
mod mac;
#[cfg(any(feature = "gm", feature = "nist"))]
mod modes;
#[cfg(feature = "nist")]
mod nist;
#[cfg(feature = "peers")]
pub mod peers;
mod provider;
mod providers;
#[cfg(feature = "std")]
pub mod seal;
mod secret;
mod sign;
mod suite;
pub mod testing;

#[cfg(feature = "levels")]
pub use ::gm::harness as levels;
pub use cipher::{Aead, AeadMode, Cipher, CipherMode};
pub use context::{Context, DEFAULT_SIGNER_ID, TLS13_SIGNER_ID};
pub use count::{Operations, operations};
pub use encrypt::{Agreed, DecryptionKey, EncryptionKey, Exchange, ExchangeParams, Role};
pub use error::Error;
pub use hash::{Digest, Hash, HashStream};
pub use kdf::Kdf;
pub use key::{KeyMaterial, KeyUse, PublicKey, Ski};
pub use mac::{Mac, MacStream, Tag};
pub use provider::{Implementation, Provider};
pub use providers::{Job, Providers};
pub use secret::SecretBytes;
pub use sign::{SignStream, Signature, SigningKey, VerifyStream, VerifyingKey};
pub use suite::{Engine, EngineChoice, HashAlgorithm, KeyAlgorithm, SignatureAlgorithm, Suite};

use alloc::sync::Arc;

/// Makes the provider of one family: the list that a new family or engine is added to.
///
/// # Errors
/// [`Error::Unsupported`] when the family was not compiled in, or has no engine of that kind
/// for this processor.
pub fn provider_of(
    suite: Suite,
    engine: EngineChoice,
    entropy: Arc<dyn sys::Entropy>,
) -> Result<Arc<dyn Provider>, Error> {
    match suite {
        #[cfg(feature = "gm")]
        Suite::Gm => gm::provider(engine, entropy),
        #[cfg(feature = "nist")]
        Suite::Nist => nist::provider(engine, entropy),
        #[allow(unreachable_patterns)]
        _ => {
            let _ = (engine, entropy);
            Err(Error::Unsupported("this family of algorithms was not compiled in"))
        }
    }
}

/// Writes bytes as lower-case hex, without a buffer for the whole.
fn hex_fmt(bytes: &[u8], f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}
