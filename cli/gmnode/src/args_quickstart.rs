// SPDX-License-Identifier: Apache-2.0
//! What can be typed behind `gmnode quickstart`.

use bccsp::Suite;
use clap::Args;
use std::path::PathBuf;

/// See a whole network at work, in one command.
///
/// Makes the CAs of three organisations, identities, MSP folders and the first block of a channel;
/// starts orderers, peers and a chaincode as processes; sends transactions through the gateways of the
/// peers; kills the leader of the orderers with kill -9 while they come; starts it again; stops all, and
/// verifies and compares every ledger off line. Exit status 1 when a transaction is lost or a ledger
/// does not hold. Progress is told on standard error, the result on standard output.
///
/// Example: gmnode quickstart --suite nist --keep
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Quickstart {
    /// The family of identities and blocks
    #[arg(long, value_parser = crate::args::suite, default_value = "gm", value_name = "gm|nist")]
    pub(crate) suite: Suite,
    /// How many nodes order; with fewer than three, none is killed
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub(crate) orderers: u8,
    /// How many peers there are, of two organisations
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=18))]
    pub(crate) peers: u8,
    /// How many transactions are sent
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub(crate) transactions: u32,
    /// The folder, which must be empty or not be there [default: network, or network-2 and so on]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Leave the network running
    #[arg(long)]
    pub(crate) keep: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
