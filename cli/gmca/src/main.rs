// SPDX-License-Identifier: Apache-2.0
//! `gmca`: the certificate authority on the command line.
//!
//! Exit status: 0 done or yes, 1 the answer is no, 2 could not do it.
#![forbid(unsafe_code)]

mod args;
mod commands;
mod conf;
mod context;
mod files;
mod interrupt;
mod keys;
mod objects;
mod output;
mod password;
mod when;

use clap::Parser;
use std::process::ExitCode;

/// What a command found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Done, or yes.
    Yes,
    /// The answer is no: not valid, not a member, not the same.
    No,
}

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    match commands::run(arguments) {
        Ok(Outcome::Yes) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        // A reader that went away (`gmca list | head`) is no failure.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::remark(format_args!("gmca: error: {error:#}"));
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}
