// SPDX-License-Identifier: Apache-2.0
//! One file for each command.

mod chaincode;
pub(crate) mod channel;
mod config;
mod config_set;
mod genesis;
mod inspect;
mod ledger;
mod network;
mod network_run;
mod orderer;
mod orderer_start;
mod osn;
mod peer;
mod raft_demo;
pub(crate) mod serve;

use crate::args::{Arguments, Command, Config};
use anyhow::Result;
use terminal::Outcome;

/// Runs what was typed.
pub(crate) fn run(arguments: Arguments) -> Result<Outcome> {
    match arguments.command {
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
        Command::Chaincode(command) => chaincode::run(&command),
        Command::Network(command) => network::run(&command),
        Command::RaftDemo(args) => raft_demo::run(&args),
    }
}
