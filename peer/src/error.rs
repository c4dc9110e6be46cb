// SPDX-License-Identifier: Apache-2.0
//! Why a channel of this peer is not what somebody wanted, by who must act.
//!
//! Why a transaction does not count is a `Verdict`, and no error.

use std::io;
use std::path::{Path, PathBuf};

/// Why a channel was not joined, opened or left, or did not take a block.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The block is none that a channel can be joined with.
    #[error("no channel can be joined with this block: {0}")]
    BadBlock(String),
    /// The channel was joined before.
    #[error("channel {0} is here already")]
    Exists(String),
    /// Another snapshot is being taken in.
    #[error("a channel is being joined with the snapshot {}: wait for that", .0.display())]
    Busy(PathBuf),
    /// The channel was never joined, or was left.
    #[error("channel {} is not here", .0.escape_debug())]
    NotFound(String),
    /// Whoever sent the block sent a wrong one: ask somebody else.
    #[error("channel {channel}: block {number} is refused: {why}")]
    Refused {
        /// The channel.
        channel: String,
        /// The number that the block states.
        number: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The block is the channel's, and could not be judged: nothing is known of it, and the peer must not
    /// go on.
    #[error("channel {channel} stops at block {number}: {why}")]
    Halted {
        /// The channel.
        channel: String,
        /// The block.
        number: u64,
        /// What was missing, and what to do.
        why: String,
    },
    /// A transaction is in the ledger, and what it takes to say why it does not count is not.
    #[error("channel {channel}: what became of block {number} cannot be explained: {why}")]
    Unexplained {
        /// The channel.
        channel: String,
        /// The block.
        number: u64,
        /// What was missing.
        why: String,
    },
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
