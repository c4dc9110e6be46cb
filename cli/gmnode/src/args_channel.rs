// SPDX-License-Identifier: Apache-2.0
//! What can be typed behind `gmnode channel`.

use crate::args_client::{AtOrderers, AtPeer, Member};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use terminal::Out;

/// Channels of running nodes.
#[derive(Debug, Subcommand)]
pub(crate) enum Channel {
    /// Have a peer join a channel
    Join(Join),
    /// Have a peer that does not run leave a channel
    Leave(Leave),
    /// List the channels of a peer
    List(List),
    /// Show how far a peer is in a channel
    Info(Info),
    /// Get a block
    Fetch(Box<Fetch>),
    /// Send a signed update of the configuration
    Update(Box<Update>),
}

/// Have a peer join a channel, as an administrator of its organisation.
///
/// With the genesis block it reads all blocks from there on. With a snapshot (`gmnode ledger export`)
/// it begins at the height of that, and has neither blocks nor history before. Whoever gives the
/// snapshot is believed: compare its state hash with that of other members.
///
/// Example: gmnode channel join ch1.block --peer 127.0.0.1:7051 --tls-ca tls/ca.crt --msp admin/msp
/// --mspid Org1MSP
///
/// Example: gmnode channel join --snapshot /backup/ch1.snapshot --state-hash 3f1c... --peer
/// 127.0.0.1:7051 --tls-ca tls/ca.crt --msp admin/msp --mspid Org1MSP
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Join {
    /// The genesis block of the channel
    #[arg(value_name = "BLOCK", required_unless_present = "snapshot", conflicts_with = "snapshot")]
    pub(crate) block: Option<PathBuf>,
    /// The folder of a snapshot, as the peer sees it on its own disk
    #[arg(long, value_name = "DIR")]
    pub(crate) snapshot: Option<String>,
    /// The state hash that the snapshot must have, 64 hexadecimal digits
    #[arg(long, value_name = "HEX", requires = "snapshot")]
    pub(crate) state_hash: Option<String>,
    #[command(flatten)]
    pub(crate) at: AtPeer,
}

/// Have a peer leave a channel and remove its ledger there. The peer must not run. Exit status 1 when
/// it is not in the channel.
///
/// Example: gmnode channel leave ch1 --dir data
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Leave {
    /// The channel
    #[arg(value_name = "NAME")]
    pub(crate) channel: String,
    /// The peer's folder (`peer.fileSystemPath`), with `channels` in it
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

/// List the channels of a peer.
///
/// Example: gmnode channel list --peer 127.0.0.1:7051 --tls-ca tls/ca.crt --msp admin/msp --mspid
/// Org1MSP
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) at: AtPeer,
}

/// Show how far a peer is in a channel.
///
/// Example: gmnode channel info ch1 --peer 127.0.0.1:7051 --tls-ca tls/ca.crt --msp client/msp
/// --mspid Org1MSP
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Info {
    /// The channel
    #[arg(value_name = "NAME")]
    pub(crate) channel: String,
    #[command(flatten)]
    pub(crate) at: AtPeer,
}

/// Get a block from an orderer, or from a peer, which has its verdicts in it.
///
/// Example: gmnode channel fetch ch1 config --out config.block --peer 127.0.0.1:7051 --tls-ca
/// tls/ca.crt --msp client/msp --mspid Org1MSP
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Fetch {
    /// The channel
    #[arg(value_name = "NAME")]
    pub(crate) channel: String,
    /// newest, oldest, config (the configuration in force) or a number
    #[arg(value_name = "BLOCK")]
    pub(crate) block: String,
    /// The peer
    #[arg(long, value_name = "HOST:PORT", required_unless_present = "orderer")]
    pub(crate) peer: Option<String>,
    /// Who may have issued its TLS certificate, PEM; without, there is no TLS
    #[arg(long, value_name = "FILE", requires = "peer")]
    pub(crate) tls_ca: Vec<PathBuf>,
    /// The orderer
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "peer")]
    pub(crate) orderer: Option<String>,
    /// Who may have issued its TLS certificate, PEM; without, there is no TLS
    #[arg(long, value_name = "FILE", requires = "orderer")]
    pub(crate) orderer_tls_ca: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) member: Member,
    #[command(flatten)]
    pub(crate) out: Out,
}

/// Send an update of a channel's configuration, which enough have signed; see `config set` and
/// `config sign`. Who sends it signs too; the orderer must be named.
///
/// Example: gmnode channel update update.pb --orderer 127.0.0.1:7050 --orderer-tls-ca tls/ca.crt
/// --msp admin/msp --mspid Org1MSP
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Update {
    /// The update
    #[arg(value_name = "UPDATE")]
    pub(crate) update: PathBuf,
    #[command(flatten)]
    pub(crate) at: AtOrderers,
    #[command(flatten)]
    pub(crate) member: Member,
}
