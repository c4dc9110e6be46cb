// SPDX-License-Identifier: Apache-2.0
//! What is wrong with an MSP folder, in words: where, what, and what to do.

use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that is wrong with a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Which check found it.
    pub kind: Kind,
    /// The file or folder it is about.
    pub path: PathBuf,
    /// The line in that file, where it is about one.
    pub line: Option<u64>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub hint: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something does not work.
    Error,
    /// It works, and somebody should look at it.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Which check found it: a stable name for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// There is no root certificate.
    NoCaCerts,
    /// A file could not be read, or holds none of what belongs there.
    Unreadable,
    /// A file or folder is larger than is read.
    TooMuch,
    /// A private key among certificates.
    KeyAmongCertificates,
    /// A form that is read here and not by Fabric.
    NotReadByFabric,
    /// A name that does not belong into an MSP folder.
    UnknownEntry,
    /// A certificate that must be a CA's and is none.
    NotACa,
    /// A CA certificate without subjectKeyIdentifier.
    NoKeyId,
    /// A root that somebody else signed.
    NotSelfSigned,
    /// A certificate whose time is over.
    Expired,
    /// A certificate whose time has not come.
    NotYetValid,
    /// A certificate whose time is over soon.
    ExpiresSoon,
    /// An intermediate CA that does not chain to a root.
    IntermediateDoesNotChain,
    /// The identity of the folder is not a member.
    SignerNotMember,
    /// More than one certificate of the folder's identity.
    SeveralSigners,
    /// There is no private key for the folder's identity.
    NoKey,
    /// A private key that others than its owner may read.
    KeyOpenToOthers,
    /// A private key under a password.
    KeyProtected,
    /// A file in the key store that holds no key of ours.
    KeyUnreadable,
    /// An admin who is not a member.
    AdminNotMember,
    /// Nobody can be an admin.
    NoAdmin,
    /// A revocation list of a CA that is not here, or not signed by it.
    CrlOfUnknownCa,
    /// A revocation list whose time is over, or has not come.
    CrlOutOfDate,
    /// A key that `config.yaml` does not have.
    ConfigUnknownKey,
    /// A value in `config.yaml` that cannot be followed.
    ConfigInvalid,
    /// A certificate that `config.yaml` names and that is not there.
    OuCertificateMissing,
    /// A certificate that `config.yaml` names and that is no CA of this folder.
    OuCertificateNotACa,
    /// A certificate that is in two places.
    Twice,
}

impl Kind {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoCaCerts => "no-cacerts",
            Self::Unreadable => "unreadable",
            Self::TooMuch => "too-much",
            Self::KeyAmongCertificates => "key-among-certificates",
            Self::NotReadByFabric => "not-read-by-fabric",
            Self::UnknownEntry => "unknown-entry",
            Self::NotACa => "not-a-ca",
            Self::NoKeyId => "no-key-id",
            Self::NotSelfSigned => "not-self-signed",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::ExpiresSoon => "expires-soon",
            Self::IntermediateDoesNotChain => "intermediate-does-not-chain",
            Self::SignerNotMember => "signer-not-member",
            Self::SeveralSigners => "several-signers",
            Self::NoKey => "no-key",
            Self::KeyOpenToOthers => "key-open-to-others",
            Self::KeyProtected => "key-protected",
            Self::KeyUnreadable => "key-unreadable",
            Self::AdminNotMember => "admin-not-member",
            Self::NoAdmin => "no-admin",
            Self::CrlOfUnknownCa => "crl-of-unknown-ca",
            Self::CrlOutOfDate => "crl-out-of-date",
            Self::ConfigUnknownKey => "config-unknown-key",
            Self::ConfigInvalid => "config-invalid",
            Self::OuCertificateMissing => "ou-certificate-missing",
            Self::OuCertificateNotACa => "ou-certificate-not-a-ca",
            Self::Twice => "twice",
        }
    }
}

impl Finding {
    pub(crate) fn error(kind: Kind, path: &Path, what: impl Into<String>, hint: &str) -> Self {
        Self::new(Severity::Error, kind, path, what.into(), hint)
    }

    pub(crate) fn warning(kind: Kind, path: &Path, what: impl Into<String>, hint: &str) -> Self {
        Self::new(Severity::Warning, kind, path, what.into(), hint)
    }

    fn new(severity: Severity, kind: Kind, path: &Path, what: String, hint: &str) -> Self {
        let (path, hint) = (path.to_path_buf(), hint.to_owned());
        Self { severity, kind, path, line: None, what, hint }
    }

    pub(crate) fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }
}

/// `error: PATH:LINE: what; what to do`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity.name(), self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}; {}", self.what, self.hint)
    }
}
