// SPDX-License-Identifier: Apache-2.0
//! Whether the crate `gm` works in constant time (`gm/docs/constant-time.md`): branches and addresses under
//! valgrind, and times by statistics. Both are examples of that crate.

use crate::tree::root;
use anyhow::{Context as _, Result, bail, ensure};
use std::process::{Command, Stdio};

/// What valgrind ends with if it has complained.
const COMPLAINED: i32 = 9;

/// Runs both: `--measurements N` says how many of each operation, 0 for none.
///
/// # Errors
/// What was found, or what is missing on this machine.
pub fn check(arguments: &[&str]) -> Result<()> {
    let measurements = match arguments {
        [] => "100000",
        ["--measurements", number] => number,
        _ => bail!("gm-constant-time [--measurements N]"),
    };
    let number: usize = measurements.parse().context("--measurements takes a number")?;
    under_valgrind()?;
    if number > 0 {
        let status = example("constant_time")
            .args(["--", "--measurements", measurements])
            .status()
            .context("cargo run --example constant_time")?;
        ensure!(status.success(), "a time depends on a secret, or a control was not caught");
    }
    Ok(())
}

fn under_valgrind() -> Result<()> {
    if !cfg!(target_arch = "x86_64") {
        println!("left out: branches and addresses; valgrind is asked on x86-64 only");
        return Ok(());
    }
    let version = Command::new("valgrind").arg("--version").output();
    let Ok(version) = version else {
        ensure!(std::env::var_os("CI").is_none(), "install valgrind first");
        println!(
            "left out: branches and addresses, for lack of valgrind (`apt-get install valgrind`)"
        );
        return Ok(());
    };
    println!("under {}", String::from_utf8_lossy(&version.stdout).trim());
    ensure!(secrets_undefined("all", false)? == 0, "a branch or an address depends on a secret");
    for control in ["branch", "table"] {
        let status = secrets_undefined(control, true)?;
        ensure!(status == COMPLAINED, "valgrind does not see the control `{control}`");
        println!("control `{control}`: caught, as it must be");
    }
    Ok(())
}

/// The exit status; what is said of a control is of no interest.
fn secrets_undefined(part: &str, silent: bool) -> Result<i32> {
    let runner = format!(
        "target.'cfg(all())'.runner = ['valgrind', '--quiet', '--error-limit=no', \
         '--num-callers=20', '--error-exitcode={COMPLAINED}']"
    );
    let mut cargo = example("secrets_undefined");
    cargo.args(["--features", "valgrind", "--config", &runner, "--", part]);
    if silent {
        cargo.stdout(Stdio::null()).stderr(Stdio::null());
    }
    let status = cargo.status().context("cargo run --example secrets_undefined")?;
    status.code().context("valgrind was killed")
}

fn example(name: &str) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["run", "--release", "--quiet"]);
    cargo.args(["-p", "gmca-gm", "--example", name]);
    cargo
}
