// SPDX-License-Identifier: Apache-2.0
//! Looks at thousands of disks that power failures may have left of everything that keeps
//! something, and plants mistakes to see that they are found: `cargo run --release -p xtask -- crash`.
//!
//! Not here: the checks, which stand beside what they check (`testing` in `ledger` and `ca`).
#![forbid(unsafe_code)]

mod checks;
mod plants;
mod run;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use checks::Check;
use plants::{PLANTS, Planted};
use run::{Amount, Outcome};
use std::process::ExitCode;

const USAGE: &str = "\
crash [--images N] [--seed S] [--only CHECK]   at least N (1000) images of every kind of every workload,
                                               from seed S (0) on; exit 1 when something was lost
crash --plant NAME [--images N] [--seed S]     plants a mistake: exit 1 when it is found, 2 when not
crash --list-plants                            every mistake, and the check that finds it";

fn main() -> ExitCode {
    match start() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("crash: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// What is asked for.
struct Wish {
    amount: Amount,
    only: Option<String>,
    plant: Option<&'static Planted>,
    list: bool,
}

fn start() -> Result<ExitCode> {
    plants::check_table().map_err(|what| anyhow!(what))?;
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| matches!(word.as_str(), "-h" | "--help" | "help")) {
        println!("{USAGE}");
        return Ok(ExitCode::SUCCESS);
    }
    let wish = read(&words)?;
    if wish.list {
        list();
        return Ok(ExitCode::SUCCESS);
    }
    // What a check that panics says is told with the seed.
    std::panic::set_hook(Box::new(|_| {}));
    match wish.plant {
        Some(planted) => Ok(find(planted, wish.amount)),
        None => check(wish.amount, wish.only.as_deref()),
    }
}

fn read(words: &[String]) -> Result<Wish> {
    let mut wish =
        Wish { amount: Amount { images: 1000, seed: 0 }, only: None, plant: None, list: false };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} wants a value\n{USAGE}"));
        match word.as_str() {
            "--images" => wish.amount.images = value()?.parse().context("--images is a number")?,
            "--seed" => wish.amount.seed = value()?.parse().context("--seed is a number")?,
            "--only" => wish.only = Some(value()?.clone()),
            "--plant" => {
                let name = value()?;
                let found = Planted::named(name);
                let unknown = || format!("no plant is called {name}; see --list-plants");
                wish.plant = Some(found.with_context(unknown)?);
            }
            "--list-plants" => wish.list = true,
            other => bail!("{other} is not known\n{USAGE}"),
        }
    }
    Ok(wish)
}

fn list() {
    for planted in PLANTS {
        let finder = planted.finder().map(Check::title).unwrap_or_default();
        println!("{:28}{:58}{finder}", planted.plant.name(), planted.breaks);
    }
}

/// Runs every check, and prints a table.
fn check(amount: Amount, only: Option<&str>) -> Result<ExitCode> {
    let checks = Check::all(only);
    ensure!(!checks.is_empty(), "no check is called {}", only.unwrap_or_default());
    let outcomes = run::all(&checks, amount, None);
    print!("{}", run::table(&outcomes));
    let failed = outcomes.into_iter().find_map(|outcome| {
        let what = outcome.result.err()?;
        Some((outcome.check, outcome.seed, what))
    });
    let Some((check, seed, what)) = failed else {
        println!("all recovered");
        return Ok(ExitCode::SUCCESS);
    };
    println!("{}: {what}", check.title());
    println!(
        "to see it again: \
         cargo run --release -p xtask -- crash --only {} --images {} --seed {seed}",
        check.name(),
        amount.images
    );
    Ok(ExitCode::FAILURE)
}

/// Plants a mistake and runs first the check that should find it, then the others.
fn find(planted: &'static Planted, amount: Amount) -> ExitCode {
    let name = planted.plant.name();
    let expected = planted.finder();
    let first = expected.map(|check| run::one(check, amount, Some(planted.plant)));
    let found = first.filter(|outcome| outcome.result.is_err());
    let found = found.or_else(|| {
        let outcomes = run::all(&Check::all(None), amount, Some(planted.plant));
        outcomes.into_iter().find(|outcome| outcome.result.is_err())
    });
    let Some(Outcome { check, seed, result: Err(what), .. }) = found else {
        println!("{name} was not caught by any check");
        return ExitCode::from(2);
    };
    // What fails anyway has caught nothing.
    if let Err(anyway) = run::once(check, amount, seed) {
        println!("{}, without {name}: {anyway}", check.title());
        return ExitCode::from(2);
    }
    println!("{name} caught by {}: {what}", check.title());
    ExitCode::FAILURE
}
