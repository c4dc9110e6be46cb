// SPDX-License-Identifier: Apache-2.0
//! `gmnode`: the network tool on the command line.
//!
//! Exit status: 0 done or yes, 1 the answer is no, 2 could not do it.
#![forbid(unsafe_code)]

mod args;
mod args_bench;
mod args_chaincode;
mod args_channel;
mod args_client;
mod args_ledger;
mod args_network;
mod args_orderer;
mod args_osn;
mod args_peer;
mod args_quickstart;
mod args_tx;
mod chain_judge;
mod commands;
mod dial;
mod inspect;
mod lifecycle;
mod network;
mod objects;
mod quickstart;
mod raft_demo;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    terminal::exit("gmnode", commands::run(args::Arguments::parse()))
}
