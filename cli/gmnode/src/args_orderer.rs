// SPDX-License-Identifier: Apache-2.0
//! What can be typed behind `gmnode orderer`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Run a node that orders, or look after its folder while it does not run.
#[derive(Debug, Subcommand)]
pub(crate) enum Orderer {
    /// Run a node that orders, until it is told to stop
    Start(Start),
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

/// Run a node that orders, until it is told to stop.
///
/// The configuration has Fabric's keys, and each can be overridden by a variable of the environment,
/// such as ORDERER_GENERAL_LISTENPORT=7050. A key that would not be honoured is refused by name.
/// FABRIC_LOGGING_SPEC says what is logged, on standard error.
///
/// One line says where it listens, when it does. SIGTERM and Ctrl-C stop it: another node takes
/// over what it leads, and everything is on disk when it is gone; exit status 0. A second one ends it
/// at once.
///
/// Example: gmnode orderer start --config orderer.yaml
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Start {
    /// The configuration (default: orderer.yaml in the folder FABRIC_CFG_PATH, or here)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}
