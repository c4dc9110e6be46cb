// SPDX-License-Identifier: Apache-2.0
//! One file for each command.

mod config;
mod config_set;
mod genesis;
mod inspect;
mod ledger;
mod network;
mod orderer;
mod orderer_start;
mod raft_demo;

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
        Command::Network(command) => network::run(&command),
        Command::RaftDemo(args) => raft_demo::run(&args),
    }
}
