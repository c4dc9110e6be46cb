// SPDX-License-Identifier: Apache-2.0
//! Why a channel was not joined, opened or removed, by who must act.
//!
//! Why an envelope is not ordered is a `consensus::Refusal`.

use std::io;
use std::path::{Path, PathBuf};

/// Why a channel of this node is not what somebody wanted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The block is none that a channel can be joined with.
    #[error("no channel can be joined with this block: {0}")]
    BadBlock(String),
    /// The channel was joined before.
    #[error("channel {0} is here already")]
    Exists(String),
    /// The channel was never joined, or was removed.
    #[error("channel {} is not here", .0.escape_debug())]
    NotFound(String),
    /// What is on disk is no channel of this program, or not any more.
    #[error("{path}: {why}")]
    Damaged {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong, and what to do.
        why: String,
    },
    /// The chain of blocks.
    #[error(transparent)]
    Chain(#[from] ledger::Error),
    /// The disk refused.
    #[error("{path}: {source}")]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: this happened to that file.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Disk { path, source }
    }

    pub(crate) fn damaged(path: &Path, why: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_path_buf(), why: why.into() }
    }
}
