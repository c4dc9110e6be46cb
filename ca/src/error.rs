// SPDX-License-Identifier: Apache-2.0
//! Why a certificate authority did not do what it was asked.

use std::path::PathBuf;

/// A refusal or a failure, grouped by who must act.
///
/// The requester for [`Refused`](Self::Refused); the operator for everything that names the home
/// folder; us for [`Store`](Self::Store).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request does not get a certificate, and why not.
    #[error("{0}")]
    Refused(Refusal),
    /// There is no CA in the folder.
    #[error("{0}: no CA here; make one with `gmca init --dir {0}`")]
    NoCa(PathBuf),
    /// The folder is taken.
    #[error("{0}: exists already; a CA is only made in a folder that does not exist or is empty")]
    Exists(PathBuf),
    /// Another process works with the CA.
    #[error("{home}: this CA is in use by {holder}; try again when it has ended")]
    InUse {
        /// The CA's folder.
        home: PathBuf,
        /// The process that has it.
        holder: String,
    },
    /// The folder was written by a newer version of this program.
    #[error("{home}: written in format {found}, this program knows {known}; use a newer gmca")]
    NewerFormat {
        /// The CA's folder.
        home: PathBuf,
        /// The format that was found.
        found: u64,
        /// The newest format this program knows.
        known: u64,
    },
    /// The CA's own certificate is not (or no more) good for signing.
    #[error("{home}: {why}")]
    Unusable {
        /// The CA's folder.
        home: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing was issued under that serial number.
    #[error("no certificate with serial number {0} was issued here")]
    UnknownSerial(String),
    /// The certificate is revoked already.
    #[error("the certificate with serial number {0} is revoked already")]
    AlreadyRevoked(String),
    /// A reason that says something else.
    #[error("{0} is no reason to revoke; release a certificate that is on hold instead")]
    Reason(&'static str),
    /// A key is sealed for two administrators at least.
    #[error(
        "{home}: {found} administrators; keys of others are kept when there are two at least: \
         `gmca escrow add --ca {home} --cert ADMINISTRATOR.crt`"
    )]
    FewAdministrators {
        /// The CA's folder.
        home: PathBuf,
        /// How many there are.
        found: usize,
    },
    /// An escrowed key is not given out, and why not.
    #[error("recovery refused: {0}")]
    Recovery(String),
    /// Only what is on hold can be released.
    #[error("the certificate with serial number {0} is not on hold, so it cannot be released")]
    NotOnHold(String),
    /// A delta CRL amends a complete one.
    #[error("{0}: no complete list to amend; make one first, with `gmca crl` and without --delta")]
    NoCompleteList(PathBuf),
    /// The CA's database or its audit log is damaged.
    #[error("{home}: the record is damaged: {what}")]
    Damaged {
        /// The CA's folder.
        home: PathBuf,
        /// What was found.
        what: String,
    },
    /// The database could not be read or written.
    #[error("{home}: {source}")]
    Store {
        /// The CA's folder.
        home: PathBuf,
        /// What the database said.
        source: redb::Error,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The CA's own profiles are refused.
    #[error(transparent)]
    Profiles(#[from] crate::openssl_conf::ConfError),
    /// The provider did not do its part.
    #[error(transparent)]
    Provider(#[from] bccsp::Error),
    /// A certificate object could not be read or made.
    #[error(transparent)]
    Pki(#[from] pki::Error),
}

/// Why a request was refused: each says what is wrong and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The signature of the request is not by the key in it.
    #[error(
        "the request's signature is not by the key in it (proof of possession failed); \
         make the request again with the private key"
    )]
    NoProofOfPossession,
    /// The key is of the other family.
    #[error(
        "the request's key is {found}, but this CA issues {wanted}; \
         make the key with `gmca key new --suite {suite}`, or allow both with `--any-key`"
    )]
    OtherFamily {
        /// The kind of key in the request.
        found: String,
        /// The kind of key this CA issues for.
        wanted: String,
        /// The suite that fits.
        suite: String,
    },
    /// The key is the CA's own.
    #[error("the request's key is the CA's own; make another with `gmca key new`")]
    OwnKey,
    /// There is no name in it.
    #[error("the request has no subject and no alternative name; name it with `--subject`")]
    NoName,
    /// The validity asked for makes no sense.
    #[error("the validity ends before it begins, or after the year 9999; ask for fewer days")]
    Validity,
    /// A profile that makes CAs was asked for by a CA that may not have any below it.
    #[error("this CA may have no CA below it (its pathLen is 0); use the CA above it")]
    NoCaBelow,
    /// The profile does not give that away.
    #[error("profile `{profile}`: {why}")]
    Policy {
        /// The profile.
        profile: String,
        /// What it does not give, and what to ask for instead.
        why: String,
    },
    /// There is no envelope for a key of that family.
    #[error("a pair is of the gm family; make the request with a key of `gmca key new --suite gm`")]
    NoPair,
    /// A certificate cannot be followed by another.
    #[error("certificate {serial} {why}")]
    NotRenewed {
        /// Its serial number.
        serial: String,
        /// Why not, and what to do instead.
        why: &'static str,
    },
    /// An extension that was asked for is not allowed.
    #[error("{0}")]
    Extension(String),
}
