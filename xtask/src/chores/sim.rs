// SPDX-License-Identifier: Apache-2.0
//! Starts the simulation of an ordering service, which is a package of its own (`simulation/`): the
//! tests of the rules need not wait until the orderer is compiled.

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
    cargo.args(["-p", "gmca-simulation", "--features", "harness", "--bin", "simulation", "--"]);
    let status = cargo.args(arguments).status().context("cargo run -p gmca-simulation")?;
    let code = status.code().context("the simulation was killed")?;
    u8::try_from(code).context("an exit status")
}
