// SPDX-License-Identifier: Apache-2.0
//! What can be typed behind `gmnode tx`.

use crate::args_client::Shown;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What became of a transaction, and why.
#[derive(Debug, Subcommand)]
pub(crate) enum Tx {
    /// Say which read, policy or signature failed
    Explain(Box<Explain>),
}

/// Say whether a transaction counts and, if not, which read, policy or signature failed, in words.
///
/// Asks a running peer, as somebody who may read the channel, or looks into the folder of a channel's
/// ledger in which no peer runs. Signatures are judged again by the configuration of then, policies by
/// the definitions of today. Exit status 1 when the transaction does not count, 2 when it is not in the
/// ledger.
///
/// Example: gmnode tx explain 8f1c... --channel ch1 --peer 127.0.0.1:7051 --tls-ca tls/ca.crt --msp
/// client/msp --mspid Org1MSP
///
/// Example: gmnode tx explain 17:0 --ledger data/channels/ch1
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Explain {
    /// The id of the transaction; or block and place in it from 0, such as 17:0. Of several with one id
    /// it is the first: the others are duplicates of it
    #[arg(value_name = "TXID|BLOCK:PLACE")]
    pub(crate) transaction: String,
    /// The folder of the channel's ledger of a peer that does not run
    #[arg(long, value_name = "DIR", required_unless_present = "peer", conflicts_with = "peer")]
    pub(crate) ledger: Option<PathBuf>,
    /// The peer
    #[arg(long, value_name = "HOST:PORT", requires_all = ["channel", "msp", "mspid"])]
    pub(crate) peer: Option<String>,
    /// The channel
    #[arg(long, value_name = "NAME", requires = "peer")]
    pub(crate) channel: Option<String>,
    /// Who may have issued the peer's TLS certificate, PEM; without, there is no TLS
    #[arg(long, value_name = "FILE", requires = "peer")]
    pub(crate) tls_ca: Vec<PathBuf>,
    /// The MSP folder of who calls, with the key
    #[arg(long, value_name = "DIR", requires = "peer")]
    pub(crate) msp: Option<PathBuf>,
    /// The name of that MSP
    #[arg(long, value_name = "ID", requires = "peer")]
    pub(crate) mspid: Option<String>,
    #[command(flatten)]
    pub(crate) tls: Shown,
    /// Print it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
