// SPDX-License-Identifier: Apache-2.0
//! What can be wrong with a package.

/// Why a package was refused. Whoever packed it must act, save for [`Crypto`](Self::Crypto).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not a tar archive in gzip, or one that ends too soon.
    #[error("{archive}: not a .tar.gz that can be read: {why}")]
    NotAnArchive {
        /// Which one: `package` or `code.tar.gz`.
        archive: &'static str,
        /// The reader's words.
        why: String,
    },
    /// A file that must not be in such an archive.
    #[error("{archive}: {path:?} {why}")]
    Entry {
        /// Which archive.
        archive: &'static str,
        /// The name of the file, shortened.
        path: String,
        /// The rule it breaks, as the end of a sentence.
        why: &'static str,
    },
    /// More than is read.
    #[error("{archive}: over {limit} {of}")]
    TooLarge {
        /// Which archive or file.
        archive: &'static str,
        /// How many are read.
        limit: u64,
        /// Of what.
        of: &'static str,
    },
    /// A file that every package has.
    #[error("the package has no {0}")]
    Missing(&'static str),
    /// `metadata.json` does not say what it must.
    #[error("metadata.json: {0}")]
    Metadata(String),
    /// `connection.json` does not say what it must.
    #[error("connection.json: {0}")]
    Connection(String),
    /// The id could not be computed.
    #[error(transparent)]
    Crypto(#[from] bccsp::Error),
}
