// SPDX-License-Identifier: Apache-2.0
//! What can be wrong with a `configtx.yaml` and the files it names.

use std::fmt;
use std::path::PathBuf;

/// Why a file makes no channel.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text says something it may not say.
    #[error("line {line}: {what}")]
    Text {
        /// The line, from 1. What comes from an anchor is told where the anchor is.
        line: u64,
        /// What is wrong, and what to write instead.
        what: String,
    },
    /// A file cannot be read.
    #[error("{}: {why}", .path.display().to_string().escape_debug())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// The MSP folder of an organisation.
    #[error("organisation `{}`: {why}", .organization.escape_debug())]
    Msp {
        /// The name of the organisation.
        organization: String,
        /// What is wrong with the folder.
        why: msp::Error,
    },
    /// The file can be read, and yet no channel may have this configuration.
    #[error(transparent)]
    Channel(#[from] crate::Error),
}

impl Error {
    pub(super) fn text(line: u64, what: impl Into<String>) -> Self {
        Self::Text { line, what: what.into() }
    }
}

/// Foreign text in a message: quoted, short, and without lines of its own.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short: String = self.0.chars().take(80).collect();
        let dots = if short.len() < self.0.len() { "..." } else { "" };
        write!(f, "`{}{dots}`", short.escape_debug())
    }
}
