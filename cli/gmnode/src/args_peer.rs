// SPDX-License-Identifier: Apache-2.0
//! What can be typed behind `gmnode peer`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Run a node that endorses and keeps ledgers.
#[derive(Debug, Subcommand)]
pub(crate) enum Peer {
    /// Run a node that endorses and keeps ledgers, until it is told to stop
    Start(Start),
}

/// Run a node that endorses and keeps ledgers, until it is told to stop.
///
/// The configuration has Fabric's keys, and each can be overridden by a variable of the environment,
/// such as CORE_PEER_LISTENADDRESS=127.0.0.1:7051. A key that would not be honoured is refused by
/// name. FABRIC_LOGGING_SPEC says what is logged, on standard error.
///
/// One line says where it listens, when it does. SIGTERM and Ctrl-C stop it: everything is on disk
/// when it is gone; exit status 0. A second one ends it at once.
///
/// Example: gmnode peer start --config core.yaml
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Start {
    /// The configuration (default: core.yaml in the folder FABRIC_CFG_PATH, or here)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}
