// SPDX-License-Identifier: Apache-2.0
//! Runs an ordering service by seeds, and plants mistakes to see that they are found:
//! `cargo run --release -p xtask -- sim`.
//!
//! Not here: what is simulated, and what must hold (the library).
#![forbid(unsafe_code)]

use anyhow::{Context as _, Result, anyhow, bail};
use gmca_simulation::plants::{self, Planted};
use gmca_simulation::run::{self, Report};
use std::process::ExitCode;

const USAGE: &str = "\
sim [--seeds N] [--threads T]        N (20) seeds from 0 on; exit 1 when a rule was broken or a seed proves nothing
sim --seed K [--trace]               that seed alone, with the hash of its trace, or all of the trace
sim --seed K --seeds N               N seeds from K on
sim --plant NAME [--seed K] [--seeds N]   plants a mistake: exit 1 when it is found, 2 when not
sim --list-plants                    every mistake, and the rule that finds it";

/// What is asked for.
struct Wish {
    seeds: Option<u64>,
    seed: Option<u64>,
    threads: usize,
    plant: Option<&'static Planted>,
    list: bool,
    trace: bool,
}

fn main() -> ExitCode {
    match start() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("sim: {error:#}");
            ExitCode::from(2)
        }
    }
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
        print!("{}", plants::table());
        return Ok(ExitCode::SUCCESS);
    }
    // What somebody says who panics is told with the seed.
    std::panic::set_hook(Box::new(|_| {}));
    Ok(match (wish.plant, wish.seed, wish.seeds) {
        (Some(planted), first, seeds) => find(planted, first, seeds, &wish),
        (None, Some(seed), None) => single(seed, &wish),
        (None, first, seeds) => all(first.unwrap_or(0), seeds.unwrap_or(20), &wish),
    })
}

fn read(words: &[String]) -> Result<Wish> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut wish =
        Wish { seeds: None, seed: None, threads, plant: None, list: false, trace: false };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} wants a value\n{USAGE}"));
        match word.as_str() {
            "--seeds" => wish.seeds = Some(value()?.parse().context("--seeds is a number")?),
            "--seed" => wish.seed = Some(value()?.parse().context("--seed is a number")?),
            "--threads" => wish.threads = value()?.parse().context("--threads is a number")?,
            "--plant" => {
                let name = value()?;
                let unknown = || format!("no plant is called {name}; see --list-plants");
                wish.plant = Some(Planted::named(name).with_context(unknown)?);
            }
            "--list-plants" => wish.list = true,
            "--trace" => wish.trace = true,
            other => bail!("{other} is not known\n{USAGE}"),
        }
    }
    Ok(wish)
}

fn replay(seed: u64, planted: Option<&Planted>) -> String {
    let plant = planted.map(|planted| format!(" --plant {}", planted.plant.name()));
    let plant = plant.unwrap_or_default();
    format!("to see it again: cargo run --release -p xtask -- sim --seed {seed}{plant}")
}

/// Runs one seed and tells all about it.
fn single(seed: u64, wish: &Wish) -> ExitCode {
    let keep = if wish.trace { usize::MAX } else { 40 };
    let report = run::one(seed, None, keep);
    tell(&report, wish.trace);
    if report.violation.is_some() || report.vacuous.is_some() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn tell(report: &Report, trace: bool) {
    if trace || report.violation.is_some() {
        report.last.iter().for_each(|line| println!("{line}"));
    }
    if let Some(violation) = &report.violation {
        println!("seed {}: {violation}", report.seed);
    }
    if let Some(why) = &report.vacuous {
        println!("seed {} is vacuous: only {why}", report.seed);
    }
    let Report { seed, lines, blocks, leader_changes, polls, .. } = report;
    let (done, seconds) = (report.numbers.acknowledged, report.time / 1_000_000_000);
    println!(
        "seed {seed}: {done} envelopes acknowledged in {blocks} blocks, {leader_changes} changes of \
         leader, {seconds} virtual seconds, {polls} steps, {lines} lines"
    );
    println!("trace {}", report.hash);
}

fn all(first: u64, seeds: u64, wish: &Wish) -> ExitCode {
    let sum = run::many(first, seeds, wish.threads, None, true);
    print!("{}", sum.text());
    for (seed, why) in &sum.vacuous {
        println!("seed {seed} is vacuous: only {why}");
    }
    if let Some((seed, violation)) = sum.found.first() {
        println!("seed {seed}: {violation}");
        println!("{}", replay(*seed, None));
    }
    if sum.found.is_empty() && sum.vacuous.is_empty() {
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}

/// Plants a mistake and runs seeds until it is found.
fn find(
    planted: &'static Planted,
    first: Option<u64>,
    seeds: Option<u64>,
    wish: &Wish,
) -> ExitCode {
    let (name, plant) = (planted.plant.name(), Some(planted.plant));
    let seeds = seeds.unwrap_or(if first.is_some() { 1 } else { 200 });
    let sum = run::many(first.unwrap_or(0), seeds, wish.threads, plant, false);
    let Some((seed, violation)) = sum.found.first() else {
        println!("{name} was not caught in {} seeds", sum.seeds);
        return ExitCode::from(2);
    };
    // What fails anyway has caught nothing.
    if let Some(anyway) = run::one(*seed, None, 0).violation {
        println!("seed {seed}, without {name}: {anyway}");
        return ExitCode::from(2);
    }
    if !planted.finders.contains(&violation.invariant) {
        println!("{name} was caught by {violation}, which plants.rs does not name");
        return ExitCode::from(2);
    }
    println!("{name} caught after {} seeds by {violation}", sum.seeds);
    println!("{}", replay(*seed, Some(planted)));
    ExitCode::FAILURE
}
