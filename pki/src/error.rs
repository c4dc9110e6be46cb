// SPDX-License-Identifier: Apache-2.0
//! What can go wrong with objects of the PKI. Why a path does not hold is a [`Failure`].

use crate::path::Failure;

/// Why an object could not be read, written or trusted.
///
/// Whoever made the object is to blame for [`Malformed`](Self::Malformed),
/// [`WrongKind`](Self::WrongKind), [`AlgorithmsDiffer`](Self::AlgorithmsDiffer) and
/// [`BadSignature`](Self::BadSignature); the caller for [`Name`](Self::Name) and
/// [`Build`](Self::Build).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Foreign bytes break a rule of their format.
    #[error("malformed {object}: {field}: {why}")]
    Malformed {
        /// What was being read, such as `"certificate"`.
        object: &'static str,
        /// The field that is wrong, by its name in the standard.
        field: &'static str,
        /// The rule it breaks.
        why: &'static str,
    },
    /// A PEM file holds other objects than the one that was asked for.
    #[error("no {wanted} in this file; it holds: {found}")]
    WrongKind {
        /// The PEM label that was looked for.
        wanted: &'static str,
        /// The labels that were there.
        found: String,
    },
    /// A name as text that is no name.
    #[error("name `{text}`: {why}")]
    Name {
        /// The text.
        text: String,
        /// The rule it breaks.
        why: &'static str,
    },
    /// The algorithm of a key or signature is known by name at most.
    #[error("{what}: {algorithm} is not supported")]
    UnsupportedAlgorithm {
        /// Where it was met, such as `"signature"`.
        what: &'static str,
        /// Its name or object identifier.
        algorithm: String,
    },
    /// The algorithm inside the signed part and the one beside the signature are not the same
    /// bytes (RFC 5280 section 4.1.1.2).
    #[error("{object}: the signature algorithms inside and outside of the signed part differ")]
    AlgorithmsDiffer {
        /// What was being verified.
        object: &'static str,
    },
    /// The signature is not one of this key over these bytes.
    #[error("{object}: the signature does not verify under the key")]
    BadSignature {
        /// What was being verified.
        object: &'static str,
    },
    /// A builder was asked for something that cannot be written.
    #[error("cannot write this {object}: {why}")]
    Build {
        /// What was being built.
        object: &'static str,
        /// The rule against it.
        why: &'static str,
    },
    /// The provider border said no.
    #[error(transparent)]
    Crypto(#[from] bccsp::Error),
    /// A path does not hold.
    #[error(transparent)]
    Path(#[from] Box<Failure>),
}
