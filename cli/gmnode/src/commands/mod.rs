// SPDX-License-Identifier: Apache-2.0
//! One file for each command.

pub(crate) mod bench;
mod chaincode;
pub(crate) mod channel;
mod config;
mod config_set;
mod genesis;
mod inspect;
pub(crate) mod ledger;
mod network;
mod network_run;
mod orderer;
mod orderer_start;
mod osn;
mod peer;
mod quickstart;
mod raft_demo;
pub(crate) mod serve;
mod tx;

use crate::args::{Arguments, Command, Config};
use anyhow::Result;
use terminal::Outcome;

/// Runs what was typed.
pub(crate) fn run(arguments: Arguments) -> Result<Outcome> {
    match arguments.command {
        Command::Quickstart(args) => quickstart::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Genesis(args) => genesis::run(&args),
        Command::Config(Config::Show(args)) => config::show(&args),
        Command::Config(Config::Diff(args)) => config::diff(&args),
        Command::Config(Config::Set(args)) => config_set::run(&args),
        Command::Config(Config::Sign(args)) => config::sign(&args),
        Command::Config(Config::Check(args)) => config::check(&args),
        Command::Ledger(command) => ledger::run(command),
        Command::Orderer(command) => orderer::run(&command),
        Command::Peer(command) => peer::run(&command),
        Command::Osn(command) => osn::run(&command),
        Command::Channel(command) => channel::run(&command),
        Command::Tx(command) => tx::run(&command),
        Command::Chaincode(command) => chaincode::run(&command),
        Command::Network(command) => network::run(&command),
        Command::Bench(args) => bench::run(&args),
        Command::BenchChaincode(args) => bench::contract::run(&args),
        Command::RaftDemo(args) => raft_demo::run(&args),
    }
}
