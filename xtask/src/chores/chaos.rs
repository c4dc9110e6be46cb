// SPDX-License-Identifier: Apache-2.0
//! Starts the faults of real processes, which are a package of their own (`chaos/`), and builds the
//! programs that they happen to.

use crate::tree::root;
use anyhow::{Context as _, Result, ensure};
use std::process::Command;

/// Builds and runs it with these arguments, and gives its exit status.
///
/// # Errors
/// When cargo cannot be started or is killed, or something does not build.
pub fn start(arguments: &[&str]) -> Result<u8> {
    let mut build = cargo(&["build", "-p", "gmnode", "-p", "gmca-chaincode"]);
    build.args(["--bin", "gmnode", "--example", "asset"]);
    let status = build.status().context("cargo build -p gmnode -p gmca-chaincode")?;
    ensure!(status.success(), "gmnode and the sample chaincode do not build");
    let mut run = cargo(&["run", "-p", "gmca-chaos", "--"]);
    let status = run.args(arguments).status().context("cargo run -p gmca-chaos")?;
    let code = status.code().context("it was killed")?;
    u8::try_from(code).context("an exit status")
}

fn cargo(words: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    let (first, others) = words.split_first().expect("a word at least");
    cargo.current_dir(root()).args([first, "--release", "--quiet"]).args(others);
    cargo
}
