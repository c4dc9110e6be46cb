// SPDX-License-Identifier: Apache-2.0
//! Whether the time of an operation depends on its secret, by statistics: the same secret again and again
//! against a new one each time, in random order, and Welch's t of the two sets of times.
//!
//! ```text
//! cargo run --release -p gmca-gm --example constant_time -- --measurements 1000000 [--level NAME]
//! ```
//!
//! Ends with 1 if an operation differs, or if one of the two controls, which are made to, does not. It is a
//! measurement, not a test: a machine that does other things needs more of them. See `docs/constant-time.md`.
#![allow(clippy::disallowed_methods, clippy::expect_used)] // a measurement: it looks at the clock

mod operations;
mod statistics;

use gmca_gm::harness::{LEVELS, chosen};
use operations::{Random, Row};
use std::process::ExitCode;

/// Beyond this |t|, two classes differ.
const LIMIT: f64 = 4.5;

struct Arguments {
    measurements: usize,
    level: Option<String>,
    only: Option<String>,
}

fn main() -> ExitCode {
    let Some(arguments) = arguments() else {
        eprintln!("constant_time [--measurements N] [--level NAME] [--only WORD OF AN OPERATION]");
        return ExitCode::from(2);
    };
    let here = |name: &str| arguments.level.as_deref().is_none_or(|wanted| wanted == name);
    let levels: Vec<_> = LEVELS.iter().filter(|level| here(level.name())).collect();
    if levels.is_empty() {
        let names: Vec<_> = LEVELS.iter().map(|level| level.name()).collect();
        eprintln!("constant_time: no such level; there are {}", names.join(", "));
        return ExitCode::from(2);
    }
    let mut bad = 0;
    for level in levels {
        if level.is_here() {
            bad += level.run(|| table(level.name(), &arguments));
        } else {
            println!("level {}: not measured, it needs {}", level.name(), level.needs());
        }
    }
    if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn arguments() -> Option<Arguments> {
    let mut arguments = Arguments { measurements: 100_000, level: None, only: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next()?;
        match word.as_str() {
            "--measurements" => arguments.measurements = value.parse().ok()?,
            "--level" => arguments.level = Some(value),
            "--only" => arguments.only = Some(value),
            _ => return None,
        }
    }
    (arguments.measurements >= 1000).then_some(arguments)
}

/// Measures everything at one level; gives how many rows are not as they should be.
fn table(level: &str, arguments: &Arguments) -> usize {
    let [one, many, hash, hashes, cipher] = chosen();
    println!("level {level}: SM2 {one} ({many}), SM3 {hash} ({hashes}), SM4 {cipher}");
    println!("{} measurements of each, |t| < {LIMIT}", arguments.measurements);
    let mut random = Random::new(0x5eed);
    let mut bad = 0;
    for Row { name, leaky, measure } in operations::ALL {
        if arguments.only.as_ref().is_some_and(|word| !name.contains(word.as_str())) {
            continue;
        }
        let found = measure(arguments.measurements, &mut random).compare();
        let verdict = match (found.t.abs() >= LIMIT, leaky) {
            (false, false) => "",
            (true, true) => "caught, as it must be",
            (true, false) => "DIFFERS",
            (false, true) => "NOT CAUGHT",
        };
        bad += usize::from((found.t.abs() >= LIMIT) != *leaky);
        println!(
            "  {name:32} |t| {:8.2} of the fastest {:5.1} %, medians {:7} and {:7} ns  {verdict}",
            found.t.abs(),
            found.percent,
            found.medians[0],
            found.medians[1]
        );
    }
    bad
}
