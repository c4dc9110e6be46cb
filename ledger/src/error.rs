// SPDX-License-Identifier: Apache-2.0
//! What can go wrong with what is on disk, by who must act.

use std::io;
use std::path::{Path, PathBuf};

/// Why the ledger could not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The disk refused: full, read-only, failing.
    #[error("{path}: {source}")]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Bytes that were once safe on disk are not what was written. Nothing is skipped: restore
    /// the file from another node or a backup.
    #[error("{path}: damaged at byte {offset}: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the damage starts.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
    /// Written by a newer version of this program.
    #[error("{path}: format version {found}, this program reads up to {known}; use a newer one")]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest known.
        known: u32,
    },
    /// Another process has the ledger open.
    #[error("{path}: in use by another process; stop that one first")]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// A sync failed before: what is on disk is not known until the ledger is opened again.
    #[error("{path}: a write did not reach the disk earlier; open the ledger again")]
    Stopped {
        /// The file whose sync failed.
        path: PathBuf,
    },
    /// What the caller gave does not follow on what is there.
    #[error("{0}")]
    Refused(String),
}

impl Error {
    /// For `map_err`: this happened to that file.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Disk { path, source }
    }
}
