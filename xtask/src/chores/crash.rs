// SPDX-License-Identifier: Apache-2.0
//! Starts the checks against power failures, which are a package of their own (`crash/`): the
//! tests of the rules need not wait until the ledger is compiled.

use crate::tree::root;
use anyhow::{Context as _, Result};
use std::process::Command;

/// Builds and runs it with these arguments, and gives its exit status.
///
/// # Errors
/// When cargo cannot be started or is killed.
pub fn start(arguments: &[&str]) -> Result<u8> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["run", "--release", "--quiet"]);
    cargo.args(["-p", "gmca-crash", "--features", "harness", "--"]).args(arguments);
    let status = cargo.status().context("cargo run -p gmca-crash")?;
    let code = status.code().context("the checks were killed")?;
    u8::try_from(code).context("an exit status")
}
