// SPDX-License-Identifier: Apache-2.0
//! Why a path does not hold: which certificate, which rule.

use super::{Host, Purpose};
use crate::extension::ReasonCode;
use crate::{Certificate, Error, Name, Time, oid};
use const_oid::ObjectIdentifier;
use core::fmt;

/// The most useful reason among all paths that were tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    index: usize,
    subject: Name,
    rule: Rule,
}

impl Failure {
    pub(super) fn new(index: usize, certificate: &Certificate, rule: Rule) -> Self {
        Self { index, subject: certificate.subject().clone(), rule }
    }

    /// Where in the path the certificate is; 0 is the leaf.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Whom the certificate is about.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// What is wrong with it.
    #[must_use]
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// How much it says: a broken rule behind a good signature more than a wrong signature, that
    /// more than an issuer that is not there; among equals the one further up.
    pub(super) fn rank(&self) -> (u8, usize) {
        let kind = match self.rule {
            Rule::Budget => 3,
            Rule::IssuerUnknown { .. } => 0,
            Rule::Signature { .. } => 1,
            _ => 2,
        };
        (kind, self.index)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "certificate {} ({}): {}", self.index, self.subject, self.rule)
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Path(Box::new(failure))
    }
}

/// The rule that a certificate breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rule {
    /// RFC 5280 section 6.1.3 (a)(2).
    #[error("it is not valid before {from}")]
    NotYetValid {
        /// Its first second.
        from: Time,
    },
    /// RFC 5280 section 6.1.3 (a)(2); here the trust anchor too.
    #[error("it has expired on {until}")]
    Expired {
        /// Its last second.
        until: Time,
    },
    /// No certificate at hand has the name of its issuer.
    #[error("no certificate of its issuer ({issuer}) is at hand or trusted")]
    IssuerUnknown {
        /// The name that was looked for.
        issuer: Name,
    },
    /// RFC 5280 section 6.1.3 (a)(1).
    #[error("its signature is not by the key of the {issuer} at hand")]
    Signature {
        /// The name of the issuer whose key was tried.
        issuer: Name,
    },
    /// RFC 5280 section 4.1.1.2.
    #[error("the signature algorithms inside and outside of its signed part differ")]
    AlgorithmsDiffer,
    /// A key or signature that is not of our families.
    #[error("{what} {algorithm} is not supported")]
    UnsupportedAlgorithm {
        /// Key or signature.
        what: &'static str,
        /// Its name or identifier.
        algorithm: String,
    },
    /// The key is broken: its point is not on the curve.
    #[error("its public key is not a key: {0}")]
    BadKey(String),
    /// Our own provider of algorithms refuses service; the certificate may be good.
    #[error("it could not be verified: {0}")]
    Unverified(String),
    /// RFC 5280 section 6.1.4 (k).
    #[error("it issues certificates without being a CA (basicConstraints)")]
    NotACa,
    /// RFC 5280 section 6.1.4 (n).
    #[error("it issues certificates, but its keyUsage has no keyCertSign")]
    NoKeyCertSign,
    /// RFC 5280 section 6.1.4 (m).
    #[error("more CAs stand below it than its pathLenConstraint of {allowed} allows")]
    PathTooLong {
        /// How many it allows.
        allowed: u32,
    },
    /// The caller's limit.
    #[error("the path needs more than {allowed} intermediate certificates")]
    TooDeep {
        /// How many the caller allows.
        allowed: usize,
    },
    /// RFC 5280 section 4.2.1.12.
    #[error("it is not meant for {wanted} (extKeyUsage)")]
    Purpose {
        /// What was asked for.
        wanted: Purpose,
    },
    /// RFC 5280 section 4.2.1.3.
    #[error("its keyUsage does not allow {wanted}")]
    KeyUsage {
        /// What was asked for.
        wanted: Purpose,
    },
    /// RFC 9525 section 6.
    #[error("it is not for {host}, but for {found}")]
    Host {
        /// What was asked for.
        host: Host,
        /// What it names.
        found: String,
    },
    /// RFC 5280 section 6.1.3 (b) and (c).
    #[error("its name {name} is {why} by the nameConstraints of {by}")]
    NameConstraint {
        /// The name.
        name: String,
        /// Not permitted, excluded, or not comparable.
        why: &'static str,
        /// The CA that says so.
        by: Name,
    },
    /// RFC 5280 section 4.2.
    #[error("it has a critical extension that is not known: {}", oid::title(*.id))]
    CriticalExtension {
        /// Which.
        id: ObjectIdentifier,
    },
    /// RFC 5280 section 4.2.
    #[error("an extension occurs twice: {}", oid::title(*.id))]
    DuplicateExtension {
        /// Which.
        id: ObjectIdentifier,
    },
    /// An extension cannot be read.
    #[error("{0}")]
    Malformed(String),
    /// It is on a valid CRL, or a valid OCSP answer says so.
    #[error("it was revoked on {date} ({})", .reason.name())]
    Revoked {
        /// When.
        date: Time,
        /// Why.
        reason: ReasonCode,
    },
    /// Nothing is known about it.
    #[error("no CRL of its issuer is at hand, and no OCSP answer about it")]
    NoCrl,
    /// There is a CRL, but it cannot be used.
    #[error("the CRL of its issuer cannot be used: {0}")]
    Crl(String),
    /// There is an OCSP answer about it and no CRL, but the answer cannot be used.
    #[error("the OCSP answer about it cannot be used: {0}")]
    Ocsp(String),
    /// RFC 5280 section 6.1.5 (g).
    #[error("a certificate policy is demanded, and none that is accepted holds for the whole path")]
    NoPolicy,
    /// A rule of the chosen policy that others do not have.
    #[error("{0}")]
    Policy(&'static str),
    /// Whoever made these certificates wants to keep us busy.
    #[error("too many certificates, names or constraints to try")]
    Budget,
}

impl From<Error> for Rule {
    fn from(error: Error) -> Self {
        match error {
            Error::AlgorithmsDiffer { .. } => Self::AlgorithmsDiffer,
            Error::UnsupportedAlgorithm { what, algorithm } => {
                Self::UnsupportedAlgorithm { what, algorithm }
            }
            other => Self::Malformed(other.to_string()),
        }
    }
}
