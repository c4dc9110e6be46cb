// SPDX-License-Identifier: Apache-2.0
//! Chores that people and CI start by hand: `cargo run -p xtask -- <chore>`.

pub mod chaos;
pub mod constant_time;
pub mod crash;
pub mod features;
pub mod fuzz;
pub mod gm_differential;
pub mod sim;

use anyhow::{Context as _, Result, bail};
use std::process::{Command, Stdio};

/// Runs a command quietly; its output is shown when it fails.
///
/// # Errors
/// When it cannot be started or does not succeed.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| shown.clone())?;
    if !output.status.success() {
        eprint!("{}", String::from_utf8_lossy(&output.stdout));
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        bail!("failed ({}): {shown}", output.status);
    }
    Ok(())
}

/// The command as it would be typed.
fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}
