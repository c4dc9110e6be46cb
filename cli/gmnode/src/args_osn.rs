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
