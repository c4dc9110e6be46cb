// SPDX-License-Identifier: Apache-2.0
//! Why a process does not start, and why a channel is not joined or removed.

use crate::config::ConfigError;
use crate::tls::TlsFilesError;
use std::io;

/// Why a process does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Its configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its TLS files.
    #[error(transparent)]
    Tls(#[from] TlsFilesError),
    /// Its identity.
    #[error("General.LocalMSPDir: {0}")]
    Identity(#[from] msp::Error),
    /// Its families of algorithms.
    #[error("General.BCCSP: {0}")]
    Crypto(#[from] bccsp::Error),
    /// A listener.
    #[error("{address} cannot be listened on: {source}")]
    Listen {
        /// Host and port.
        address: String,
        /// What the system says.
        source: io::Error,
    },
    /// The channels in its folder.
    #[error(transparent)]
    Channels(#[from] orderer::Error),
    /// The log in its folder.
    #[error("the log of all channels: {0}")]
    Log(#[from] consensus::wal::Error),
    /// A thread, or something else that the system did not give.
    #[error("{0}")]
    System(#[from] io::Error),
    /// Random numbers.
    #[error("no random numbers: {0}")]
    Entropy(#[from] sys::EntropyFailure),
}

/// Why a channel is not joined or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// The channel or its block.
    #[error(transparent)]
    Channel(#[from] orderer::Error),
    /// Nodes that agree reach each other by TLS only.
    #[error(
        "channel {0} has several consenters, and this node has no TLS: turn General.TLS.Enabled on"
    )]
    NoTls(String),
    /// Agreement.
    #[error(transparent)]
    Consensus(#[from] consensus::raft::StartError),
    /// The log of all channels.
    #[error("the log of all channels: {0}")]
    Log(#[from] consensus::wal::Error),
    /// The process is about to end.
    #[error("the node stops")]
    Stopping,
}
