// SPDX-License-Identifier: Apache-2.0
//! What can go wrong with the log.

use std::io;

/// Why the log could not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What the disk, or what is on it, says.
    #[error(transparent)]
    Log(#[from] ledger::Error),
    /// Earlier a write did not reach the disk. What is there is not known until the log is opened
    /// again.
    #[error("the log of agreement has stopped: {0}; open it again")]
    Stopped(String),
    /// It was closed.
    #[error("the log of agreement is closed")]
    Closed,
    /// The group is not in the log, or no longer.
    #[error("the log of agreement has no group {0:?}")]
    NoGroup(String),
    /// A record of the log can be read and makes no sense.
    #[error(
        "record {sequence} of the log of agreement: {what}; restore it from a backup, or have this node join anew"
    )]
    Damaged {
        /// The record's number.
        sequence: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A group lacks entries, or its name.
    #[error(
        "group {group:?} in the log of agreement: {what}; restore it from a backup, or have this node join anew"
    )]
    Incomplete {
        /// The group's name, or its number.
        group: String,
        /// What it lacks.
        what: String,
    },
    /// What the caller gave does not follow on what is there.
    #[error("group {group:?} in the log of agreement: {what}")]
    Refused {
        /// The group.
        group: String,
        /// What does not fit.
        what: String,
    },
    /// A thread for syncing cannot be started.
    #[error("the log of agreement cannot start a thread: {0}")]
    Thread(io::Error),
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}
