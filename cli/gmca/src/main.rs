// SPDX-License-Identifier: Apache-2.0
//! `gmca`: the certificate authority on the command line.
//!
//! Exit status: 0 done or yes, 1 the answer is no, 2 could not do it.
#![forbid(unsafe_code)]

mod args;
mod commands;
mod conf;
mod context;
mod interrupt;
mod keys;
mod objects;
mod password;
mod when;
mod wishes;

use clap::Parser;
use std::process::ExitCode;
use terminal::{Outcome, files, output};

fn main() -> ExitCode {
    terminal::exit("gmca", commands::run(args::Arguments::parse()))
}
