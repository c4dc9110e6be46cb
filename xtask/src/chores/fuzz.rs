// SPDX-License-Identifier: Apache-2.0
//! Runs every fuzz target for a while.

use super::run;
use crate::tree::root;
use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs each target of `fuzz/` for so many seconds, as many at a time as there are cores. Inputs
/// start from `fuzz/seeds/<target>/` where that is kept.
///
/// # Errors
/// The first finding, or what is missing on this machine.
pub fn run_all(seconds: u64) -> Result<()> {
    let fuzz = root().join("fuzz");
    ensure!(fuzz.join("Cargo.toml").exists(), "there is no fuzz/Cargo.toml");
    let mut version = Command::new(env!("CARGO"));
    let found = version.args(["fuzz", "--version"]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        bail!("cargo-fuzz is not here: `cargo install cargo-fuzz --locked`");
    }
    let targets = targets(&fuzz)?;
    ensure!(!targets.is_empty(), "fuzz/Cargo.toml has no targets");
    run(cargo_fuzz().current_dir(&fuzz).args(["fuzz", "build", "--fuzz-dir", "."]))?;
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
            println!("{target}: {seconds} s");
            run_one(&fuzz, target, seconds)?;
        }
        Ok(())
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(result) => result,
            Err(_) => bail!("a thread of this chore has died"),
        })
    })
}

/// The programs of the fuzz package.
fn targets(fuzz: &Path) -> Result<Vec<String>> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(fuzz);
    let output = cargo.output().context("cargo metadata")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let targets = metadata["packages"][0]["targets"].as_array().into_iter().flatten();
    let programs = targets.filter(|target| target["kind"][0] == "bin");
    Ok(programs.filter_map(|target| target["name"].as_str().map(str::to_owned)).collect())
}

fn run_one(fuzz: &Path, target: &str, seconds: u64) -> Result<()> {
    let corpus = fuzz.join("corpus").join(target);
    std::fs::create_dir_all(&corpus)?;
    let mut cargo = cargo_fuzz();
    cargo.current_dir(fuzz).args(["fuzz", "run", "--fuzz-dir", "."]).arg(target).arg(&corpus);
    let seeds = fuzz.join("seeds").join(target);
    if seeds.is_dir() {
        cargo.arg(seeds);
    }
    cargo.arg("--").arg(format!("-max_total_time={seconds}"));
    cargo.args(["-timeout=20", "-rss_limit_mb=2048"]);
    run(&mut cargo).with_context(|| {
        format!("the input is in fuzz/artifacts/{target}/; `cargo +nightly fuzz run {target} FILE`")
    })
}

/// Sanitizers are a nightly feature: nightly where it is installed, else stable told to act so.
fn cargo_fuzz() -> Command {
    let mut cargo = Command::new("cargo");
    // Set by the outer cargo, these would pin the inner one to the outer's toolchain.
    for name in ["RUSTUP_TOOLCHAIN", "RUSTC", "RUSTDOC", "CARGO", "RUSTFLAGS"] {
        cargo.env_remove(name);
    }
    let mut nightly = Command::new("rustc");
    nightly.env_remove("RUSTUP_TOOLCHAIN").args(["+nightly", "--version"]);
    if nightly.output().is_ok_and(|output| output.status.success()) {
        cargo.arg("+nightly");
    } else {
        cargo.env("RUSTC_BOOTSTRAP", "1");
    }
    cargo
}
