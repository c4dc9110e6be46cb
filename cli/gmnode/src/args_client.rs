// SPDX-License-Identifier: Apache-2.0
//! Options that all commands share which call a running node.

use clap::Args;
use std::path::PathBuf;

/// Who calls.
#[derive(Debug, Args)]
pub(crate) struct Member {
    /// The MSP folder of who calls, with the key
    #[arg(long, value_name = "DIR")]
    pub(crate) msp: PathBuf,
    /// The name of that MSP
    #[arg(long, value_name = "ID")]
    pub(crate) mspid: String,
    #[command(flatten)]
    pub(crate) tls: Shown,
}

/// What a caller shows to servers that ask for a certificate.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Shown {
    /// The TLS certificate that is shown to every server that asks for one, PEM
    #[arg(long, value_name = "FILE", requires = "tls_client_key")]
    pub(crate) tls_client_cert: Option<PathBuf>,
    /// The key of that certificate, PEM
    #[arg(long, value_name = "FILE", requires = "tls_client_cert")]
    pub(crate) tls_client_key: Option<PathBuf>,
}

/// The peer that is called.
#[derive(Debug, Args)]
pub(crate) struct AtPeer {
    /// The peer
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) peer: String,
    /// Who may have issued its TLS certificate, PEM; without, there is no TLS
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_ca: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) member: Member,
}

/// The peers that are called.
#[derive(Debug, Args)]
pub(crate) struct AtPeers {
    /// A peer (may be repeated)
    #[arg(long, value_name = "HOST:PORT", required = true)]
    pub(crate) peer: Vec<String>,
    /// Who may have issued their TLS certificates, PEM (may be repeated); without, there is no TLS
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_ca: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) member: Member,
}

/// The orderers that get what is to be ordered.
#[derive(Debug, Args)]
pub(crate) struct AtOrderers {
    /// An orderer (may be repeated); without, those that the channel's configuration lists
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) orderer: Vec<String>,
    /// Who may have issued their TLS certificates, PEM (may be repeated); without, there is no TLS
    #[arg(long, value_name = "FILE", requires = "orderer")]
    pub(crate) orderer_tls_ca: Vec<PathBuf>,
}
