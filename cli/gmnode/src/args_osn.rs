// SPDX-License-Identifier: Apache-2.0
//! What can be typed behind `gmnode osn`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// The channels of a running orderer, as `osnadmin channel` has them.
#[derive(Debug, Subcommand)]
pub(crate) enum Osn {
    /// Have an orderer join a channel
    Join(Join),
    /// List the channels of an orderer, or show one
    List(List),
    /// Have an orderer leave a channel and remove its blocks there
    Remove(Remove),
    /// Have an orderer hand over the channel that it leads
    Transfer(Transfer),
    /// Have an orderer take no envelopes and lead nothing, before it is stopped
    Drain(Drain),
}

/// The administrators' port of an orderer.
#[derive(Debug, Args)]
pub(crate) struct AtAdmin {
    /// The administrators' port of the orderer (`Admin.ListenAddress`)
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) orderer: String,
    /// Who may have issued its TLS certificate, PEM; without, there is no TLS
    #[arg(long, value_name = "FILE", requires_all = ["client_cert", "client_key"])]
    pub(crate) ca_file: Option<PathBuf>,
    /// The TLS certificate that is shown to it, PEM
    #[arg(long, value_name = "FILE", requires = "ca_file")]
    pub(crate) client_cert: Option<PathBuf>,
    /// The key of that certificate, PEM
    #[arg(long, value_name = "FILE", requires = "ca_file")]
    pub(crate) client_key: Option<PathBuf>,
}

/// Have an orderer join a channel: as a consenter when the block lists it, else as a follower.
///
/// Example: gmnode osn join ch1.block --orderer 127.0.0.1:7053 --ca-file tls/ca.crt --client-cert
/// tls/client.crt --client-key tls/client.key
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Join {
    /// The genesis block of the channel, or a later config block
    #[arg(value_name = "BLOCK")]
    pub(crate) block: PathBuf,
    #[command(flatten)]
    pub(crate) at: AtAdmin,
}

/// List the channels of an orderer, or show how one stands.
///
/// Example: gmnode osn list --channel ch1 --orderer 127.0.0.1:7053 --ca-file tls/ca.crt
/// --client-cert tls/client.crt --client-key tls/client.key
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct List {
    /// The one to show; exit status 1 when it is not there
    #[arg(long, value_name = "NAME")]
    pub(crate) channel: Option<String>,
    #[command(flatten)]
    pub(crate) at: AtAdmin,
}

/// Have an orderer leave a channel and remove its blocks there. Exit status 1 when it is not there.
///
/// Example: gmnode osn remove ch1 --orderer 127.0.0.1:7053 --ca-file tls/ca.crt --client-cert
/// tls/client.crt --client-key tls/client.key
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Remove {
    /// The channel
    #[arg(value_name = "NAME")]
    pub(crate) channel: String,
    #[command(flatten)]
    pub(crate) at: AtAdmin,
}

/// Have an orderer hand leadership of a channel to the node that is furthest, and say who leads then.
/// Exit status 1 when it does not lead. Orderers other than ours know nothing of this.
///
/// Example: gmnode osn transfer ch1 --orderer 127.0.0.1:7053 --ca-file tls/ca.crt --client-cert
/// tls/client.crt --client-key tls/client.key
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Transfer {
    /// The channel
    #[arg(value_name = "NAME")]
    pub(crate) channel: String,
    /// Only say who leads; exit status 1 when it is another node
    #[arg(long)]
    pub(crate) show: bool,
    #[command(flatten)]
    pub(crate) at: AtAdmin,
}

/// Have an orderer take no more envelopes (clients are told to ask another) and hand over all that it
/// leads, so that nobody waits for an election when it is stopped. Exit status 1 when it still leads.
/// It hands over when it is told to stop (SIGTERM), too; draining beforehand shows whether that works.
///
/// Example: gmnode osn drain --orderer 127.0.0.1:7053 --ca-file tls/ca.crt --client-cert
/// tls/client.crt --client-key tls/client.key
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Drain {
    /// Take envelopes again
    #[arg(long)]
    pub(crate) undo: bool,
    #[command(flatten)]
    pub(crate) at: AtAdmin,
}
