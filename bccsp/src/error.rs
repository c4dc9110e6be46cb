// SPDX-License-Identifier: Apache-2.0
//! What can go wrong at the border, grouped by who must act.

use alloc::string::String;

/// Why an operation did not give its result.
///
/// The other side is to blame for [`Refused`](Self::Refused) and [`Malformed`](Self::Malformed);
/// the caller for [`Misuse`](Self::Misuse) and [`Unsupported`](Self::Unsupported); the operator for
/// [`NotFound`](Self::NotFound), [`Unavailable`](Self::Unavailable), [`Storage`](Self::Storage) and
/// [`Config`](Self::Config); this crate or the machine for [`SelfTestFailed`](Self::SelfTestFailed).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A signature, tag, ciphertext, point or password was not accepted. On purpose nothing more
    /// is said: what an attacker may learn is that it failed.
    #[error("refused: the signature, tag, key or password is not right")]
    Refused,
    /// Foreign bytes are not what they claim to be.
    #[error("malformed {what}: {why}")]
    Malformed {
        /// The object that was expected, such as `"PKCS#8 private key"`.
        what: &'static str,
        /// The first rule it breaks.
        why: &'static str,
    },
    /// The provider does not offer this; another suite, engine or key may.
    #[error("not supported: {0}")]
    Unsupported(&'static str),
    /// No key of that name is here.
    #[error("no key with identifier {0} here")]
    NotFound(String),
    /// The source of randomness or a device does not answer now; trying again may help.
    #[error("not available now: {0}")]
    Unavailable(&'static str),
    /// The call itself is wrong: a length, a range, a key of the other family.
    #[error("misuse: {0}")]
    Misuse(&'static str),
    /// A known answer came out wrong. The provider serves nothing any more.
    #[error("self-test failed: {0}; the provider refuses all service")]
    SelfTestFailed(&'static str),
    /// A key store could not be read or written.
    #[cfg(feature = "std")]
    #[error("{path}: {source}")]
    Storage {
        /// The file or folder.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A configuration was refused. The text names file, line, key and what is allowed there.
    #[cfg(feature = "config")]
    #[error("{0}")]
    Config(String),
}

impl From<sys::EntropyFailure> for Error {
    fn from(_: sys::EntropyFailure) -> Self {
        Self::Unavailable("the system's random number generator gave no bytes")
    }
}
