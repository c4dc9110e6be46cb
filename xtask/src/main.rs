// SPDX-License-Identifier: Apache-2.0
//! `cargo run -p xtask -- <chore>`.
#![forbid(unsafe_code)]

use anyhow::{Context as _, Result, bail};
use std::process::ExitCode;
use xtask::chores::{chaos, constant_time, crash, features, fuzz, gm_differential, sim};

const USAGE: &str = "\
cargo run -p xtask -- features        build every set of features that must build alone
cargo run -p xtask -- fuzz SECONDS    run every fuzz target for so long
cargo run --release -p xtask -- crash [--images N] [--seed S] [--plant NAME] [--list-plants]
                                      power failures by the thousand; planted mistakes
cargo run --release -p xtask -- sim [--seeds N] [--seed K] [--plant NAME] [--list-plants]
                                      an ordering service by seeds; planted mistakes
cargo run --release -p xtask -- chaos [--scenario NAME] [--suite nist|gm|both] [--seconds N] [--seed K]
                                      real processes killed, stopped, cut off; see chaos --help
cargo run --release -p xtask -- gm-differential --cases N | --plants | --only NAME --case I [--seed S]
                                      random cases of SM2, SM3, SM4 against other implementations
cargo run -p xtask -- gm-constant-time [--measurements N]
                                      gm under valgrind, and its times by statistics (0: not those)

The rules of the house are tests: cargo test -p xtask";

fn main() -> Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["features"] => features::check()?,
        ["fuzz", seconds] => fuzz::run_all(seconds.parse().context("SECONDS is a number")?)?,
        ["chaos", arguments @ ..] => return Ok(chaos::start(arguments)?.into()),
        ["crash", arguments @ ..] => return Ok(crash::start(arguments)?.into()),
        ["gm-differential", arguments @ ..] => return Ok(gm_differential::start(arguments)?.into()),
        ["sim", arguments @ ..] => return Ok(sim::start(arguments)?.into()),
        ["gm-constant-time", arguments @ ..] => constant_time::check(arguments)?,
        [] | ["--help" | "-h" | "help"] => println!("{USAGE}"),
        _ => bail!("not a chore\n{USAGE}"),
    }
    Ok(ExitCode::SUCCESS)
}
