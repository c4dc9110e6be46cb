// SPDX-License-Identifier: Apache-2.0
//! What a process is told: Fabric's YAML keys, overridden by the environment.
//!
//! Not here: files that a configuration names, which are read by whoever needs them.

mod common;
mod orderer;
mod peer;
mod settings;
#[cfg(test)]
mod tests;

pub use common::Operations;
pub use orderer::{Cluster, OrdererConfig, Participation};
pub use peer::{BlockSource, Chaincode, Gateway, Limits, PeerConfig};
pub(crate) use settings::duration;

use std::path::PathBuf;

/// Why a configuration is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It says something that cannot be honoured.
    #[error("{name}: {why}")]
    Content {
        /// The file.
        name: String,
        /// Which key, and what to do.
        why: String,
    },
}

/// The TLS files of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate and those between it and its root, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
    /// Roots that certificates of clients are verified by, PEM.
    pub client_roots: Vec<PathBuf>,
    /// What is asked of clients.
    pub clients: ClientAuth,
}

/// What a server asks of clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientAuth {
    /// A certificate that leads to a root, from every client.
    Required,
    /// None, but one that is shown must lead to a root.
    IfGiven,
    /// None, and any may be shown: who needs to know looks at it.
    #[default]
    Any,
}
