// SPDX-License-Identifier: Apache-2.0
//! Why an MSP folder could not be written, read or judged by. What is wrong *in* a folder is a
//! [`Finding`](crate::Finding).

use std::path::PathBuf;

/// A refusal or a failure, grouped by who must act.
///
/// The operator for [`File`](Self::File), [`Exists`](Self::Exists), [`TooMuch`](Self::TooMuch),
/// [`Config`](Self::Config), [`NoSigner`](Self::NoSigner) and [`NotJudged`](Self::NotJudged); the
/// organisation for [`Definition`](Self::Definition) and [`SameMsp`](Self::SameMsp); the caller for
/// the rest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The folder is taken.
    #[error("{0}: exists already; an MSP folder is only made where there is nothing")]
    Exists(PathBuf),
    /// There is no certificate that anything could chain to.
    #[error("an MSP needs at least one CA certificate (in `cacerts`)")]
    NoCa,
    /// The private key is not the one in the certificate.
    #[error("the private key is not the one in the certificate of {subject}")]
    KeyDiffers {
        /// Whom the certificate is about.
        subject: String,
    },
    /// A private key with nothing to say whose it is.
    #[error("a private key needs the certificate it belongs to (in `signcerts`)")]
    KeyWithoutCertificate,
    /// More or larger files than an MSP folder has.
    #[error("{path}: {what}")]
    TooMuch {
        /// The file or folder.
        path: PathBuf,
        /// Which bound was met.
        what: String,
    },
    /// `config.yaml` says something that cannot be followed. The text names file and line.
    #[error("{0}")]
    Config(String),
    /// There is nobody in the folder who could sign.
    #[error("{path}: {what}")]
    NoSigner {
        /// The folder in which it should be.
        path: PathBuf,
        /// What is missing.
        what: String,
    },
    /// The definition of an MSP in a channel's configuration is refused.
    #[error("{0}")]
    Definition(String),
    /// Two definitions have one name.
    #[error("two MSPs are called `{}`: each organisation has a name of its own", .0.escape_debug())]
    SameMsp(String),
    /// A provider did not do its part, so nothing is known of a signature.
    #[error("signatures could not be judged: {0}")]
    NotJudged(String),
    /// The provider did not do its part.
    #[error(transparent)]
    Provider(#[from] bccsp::Error),
    /// A certificate object could not be read or made.
    #[error(transparent)]
    Pki(#[from] pki::Error),
}

impl Error {
    pub(crate) fn file(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::File { path: path.into(), source }
    }
}
