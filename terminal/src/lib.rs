// SPDX-License-Identifier: Apache-2.0
//! What the programs share: lines, files that are written whole or not at all, exit status; pages with
//! plots, and the machine that figures are from.
//!
//! Not here: what any of them does.
#![forbid(unsafe_code)]

pub mod files;
pub mod machine;
pub mod output;
pub mod page;
pub mod plot;

use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// What a command found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done, or yes.
    Yes,
    /// The answer is no: not valid, not a member, not the same.
    No,
}

/// Where a result goes.
#[derive(Clone, Debug, Args)]
pub struct Out {
    /// The file to write (`-`: standard output)
    #[arg(long, short, value_name = "FILE")]
    pub out: PathBuf,
    /// Replace the file when it exists
    #[arg(long)]
    pub force: bool,
}

/// The exit status of a program: 0 done or yes, 1 the answer is no, 2 could not do it, which is
/// said in one line.
#[must_use]
pub fn exit(program: &str, result: anyhow::Result<Outcome>) -> ExitCode {
    match result {
        Ok(Outcome::Yes) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        // A reader that went away (`gmca list | head`) is no failure.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::remark(format_args!("{program}: error: {error:#}"));
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
