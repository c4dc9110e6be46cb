// SPDX-License-Identifier: Apache-2.0
//! Runs networks of real processes under load while they are killed, stopped, cut off and left in the
//! dark: `cargo run --release -p xtask -- chaos`. What was acknowledged stays, no two ledgers differ.
//!
//! Not here: what disks lose (`crash`), and every interleaving of one thread (`simulation`).
#![forbid(unsafe_code)]

mod args;
mod clients;
mod evidence;
mod history;
mod judge;
mod network;
mod plan;
mod plants;
mod scenario;

use anyhow::{Context as _, Result, bail};
use args::{Args, USAGE};
use network::{Programs, namespaces};
use plants::Plant;
use scenario::{Report, Scenario, Wish};
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    match start() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("chaos: {error:#}");
            let is_no = error.downcast_ref::<judge::AtFault>().is_some();
            ExitCode::from(if is_no { 1 } else { 2 })
        }
    }
}

fn start() -> Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let args = args::read(&words)?;
    if args.help {
        println!("{USAGE}");
        return Ok(ExitCode::SUCCESS);
    }
    if args.list {
        for (name, what, rule) in Plant::ALL.map(Plant::told) {
            println!("{name:20}{what:58}{rule}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    if args.scenarios.contains(&Scenario::Partition) && !namespaces::are_ours() {
        return Ok(namespaces::inside(&words)?.into());
    }
    if namespaces::are_ours() {
        namespaces::prepare()?;
    }
    let programs = Programs::find()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let code = runtime.block_on(async {
        tokio::select! {
            code = all(&programs, &args) => code,
            // What was started ends with it.
            _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        }
    });
    runtime.shutdown_background();
    code
}

/// Every scenario in every family.
async fn all(programs: &Programs, args: &Args) -> Result<ExitCode> {
    let mut is_sound = true;
    for scenario in &args.scenarios {
        for suite in &args.suites {
            let report = one(programs, args, *scenario, suite).await;
            let report = report.with_context(|| format!("{} in {suite}", scenario.name()))?;
            if let Some(plant) = args.plant {
                return found(plant, &report);
            }
            is_sound &= report.wrong.is_empty();
        }
    }
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn one(programs: &Programs, args: &Args, scenario: Scenario, suite: &str) -> Result<Report> {
    let base = match &args.dir {
        Some(dir) => dir.clone(),
        None => tempfile::Builder::new().prefix("chaos-").tempdir()?.keep(),
    };
    std::fs::create_dir_all(&base).with_context(|| base.display().to_string())?;
    let wish = Wish {
        scenario,
        suite: suite.to_owned(),
        seed: args.seed,
        length: args.length,
        longest: args.longest,
        cuts: args.cuts,
        blocks: args.blocks,
        plant: args.plant,
        dir: base.join(format!("{}-{suite}", scenario.name())),
    };
    let begun = Instant::now();
    println!("{} in {suite}, seed {}", scenario.name(), args.seed);
    let report = scenario::run(programs, &wish).await;
    let report = report.with_context(|| format!("the network is in {}", wish.dir.display()))?;
    tell(&report, &wish, begun);
    // What a plant makes wrong is in no folder.
    if (report.wrong.is_empty() || args.plant.is_some()) && args.dir.is_none() {
        std::fs::remove_dir_all(&base).with_context(|| base.display().to_string())?;
    }
    Ok(report)
}

/// One screen.
fn tell(report: &Report, wish: &Wish, begun: Instant) {
    let count = report.count;
    println!(
        "writes: {} acknowledged, {} in conflict, {} not endorsed, {} refused, {} unknown ({} of them \
         in the chain); {} reads",
        count.acknowledged,
        count.invalid,
        count.never_sent,
        count.refused,
        count.unknown,
        report.unknown_there,
        count.reads
    );
    let faults = report.faults.iter().map(|(what, times)| format!("{what} {times}"));
    println!("faults: {}", faults.collect::<Vec<_>>().join(", "));
    println!("blocks: {}; nothing acknowledged for {:.1?} at most", report.blocks, report.silence);
    for (what, time) in &report.times {
        println!("{what}: {time:.1?}");
    }
    println!("ledger verify: {}", report.verified);
    for what in report.wrong.iter().take(SHOWN) {
        println!("WRONG {what}");
    }
    if report.wrong.len() > SHOWN {
        println!("... and {} more", report.wrong.len() - SHOWN);
    }
    let verdict = match report.wrong.is_empty() {
        true => "nothing acknowledged is lost, no two ledgers differ".to_owned(),
        false => format!("{} things are wrong; see {}", report.wrong.len(), wish.dir.display()),
    };
    println!("{verdict} ({:.0} s)\n", begun.elapsed().as_secs_f64());
}

/// Whether a mistake was found by its rule.
fn found(plant: Plant, report: &Report) -> Result<ExitCode> {
    let (name, _, rule) = plant.told();
    match report.wrong.iter().find(|what| what.starts_with(rule)) {
        Some(what) => {
            println!("{name} caught: {what}");
            Ok(ExitCode::FAILURE)
        }
        None => bail!("{name} was not caught by {rule}"),
    }
}

const SHOWN: usize = 20;
