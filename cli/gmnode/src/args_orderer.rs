// SPDX-License-Identifier: Apache-2.0
//! What can be typed behind `gmnode orderer`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Look after the folder of a node that orders, while it does not run.
#[derive(Debug, Subcommand)]
pub(crate) enum Orderer {
    /// Go on with one node when most nodes of a channel are lost for good
    GoAlone(GoAlone),
}

/// Go on with one node when most nodes of a channel are lost for good.
///
/// More than half of the consenters must be there to order anything. When they never come back, this
/// makes one node the only one that votes; it then takes the others in again, as new ones. THIS CAN
/// LOSE TRANSACTIONS THAT WERE ACKNOWLEDGED: those that only the lost nodes had. Use the node with
/// the most blocks. No other node of the channel may run, and each must be wiped (`wal` and the
/// channel's folder) before it is started again.
///
/// Without --confirm it says how the channel stands and changes nothing; exit status 1.
///
/// Example: gmnode orderer go-alone data --channel ch1 --tls-cert tls/server.crt --confirm ch1:27
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct GoAlone {
    /// The node's folder, with `wal` and `channels` in it
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The channel
    #[arg(long, value_name = "NAME")]
    pub(crate) channel: String,
    /// The node's TLS certificate as a server: its key says which consenter it is
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_cert: PathBuf,
    /// Do it: the channel and how many blocks it has here, as shown without this
    #[arg(long, value_name = "NAME:BLOCKS")]
    pub(crate) confirm: Option<String>,
}
