// SPDX-License-Identifier: Apache-2.0
//! Why a peer does not start.

use crate::tls::TlsFilesError;
use std::io;
use std::path::PathBuf;

/// Why a peer does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A provider did not do its part.
    #[error(transparent)]
    Crypto(#[from] bccsp::Error),
    /// The peer's identity, or its MSP.
    #[error("the peer's identity: {0}")]
    Identity(#[from] msp::Error),
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsFilesError),
    /// Its channels.
    #[error(transparent)]
    Channels(#[from] ::peer::Error),
    /// Randomness.
    #[error(transparent)]
    Entropy(#[from] sys::EntropyFailure),
    /// A folder of the peer's.
    #[error("{path}: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A port.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Host and port.
        address: String,
        /// What the system says.
        source: io::Error,
    },
    /// Something else of the system's.
    #[error(transparent)]
    System(#[from] io::Error),
}
