// SPDX-License-Identifier: Apache-2.0
//! Starts the random cases of `gm` against other implementations, which are an example of that package.

use crate::tree::root;
use anyhow::{Context as _, Result};
use std::process::Command;

/// Builds and runs it with these arguments, and gives its exit status.
///
/// # Errors
/// When cargo cannot be started or is killed.
pub fn start(arguments: &[&str]) -> Result<u8> {
    // Only a program that is asked to plant mistakes has them in it.
    let plants = arguments.contains(&"--plants");
    let features: &[&str] = if plants { &["--features", "plant"] } else { &[] };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["run", "--release", "--quiet", "-p", "gmca-gm"]);
    cargo.args(features).args(["--example", "differential", "--"]).args(arguments);
    let status = cargo.status().context("cargo run -p gmca-gm --example differential")?;
    let code = status.code().context("the cases were killed")?;
    u8::try_from(code).context("an exit status")
}
