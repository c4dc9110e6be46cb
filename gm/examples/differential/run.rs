// SPDX-License-Identifier: Apache-2.0
//! Runs checks on all cores, and tells which case showed a difference.

use crate::Options;
use crate::checks::{self, Check};
use gmca_gm::harness::LEVELS;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// The checks, and the levels of this processor.
pub(crate) fn list() {
    checks::ALL.iter().for_each(|check| println!("{}", check.name));
    levels();
}

fn levels() {
    for level in LEVELS {
        if level.is_here() {
            println!("level {}: runs here", level.name());
        } else {
            println!(
                "level {}: not run, this processor lacks some of {}",
                level.name(),
                level.needs()
            );
        }
    }
}

/// Runs what was asked for; false if there was a difference.
pub(crate) fn all(options: &Options) -> bool {
    let wanted = |check: &&Check| options.only.as_deref().is_none_or(|name| name == check.name);
    let wanted: Vec<&Check> = checks::ALL.iter().filter(wanted).collect();
    if let Some(number) = options.case {
        // With the panic's own words and place.
        wanted.iter().for_each(|check| checks::run(check, options.seed, number, &[]));
        println!("no difference");
        return true;
    }
    levels();
    quietly(|| wanted.iter().filter(|check| !many(check, options)).count() == 0)
}

/// Runs without a report of each panic, which is told otherwise.
pub(crate) fn quietly<R>(run: impl FnOnce() -> R) -> R {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = run();
    panic::set_hook(hook);
    result
}

/// All cases of one check.
fn many(check: &Check, options: &Options) -> bool {
    let started = Instant::now();
    let cases = options.cases.div_ceil(check.worth);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, found) = (AtomicU64::new(0), AtomicU64::new(u64::MAX));
    let work = || {
        while found.load(Ordering::Relaxed) == u64::MAX {
            let from = next.fetch_add(64, Ordering::Relaxed);
            if from >= cases {
                break;
            }
            let wrong = (from..cases.min(from + 64))
                .find(|n| difference(check, options.seed, *n).is_some());
            if let Some(number) = wrong {
                found.fetch_min(number, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        (0..options.threads.unwrap_or(cores)).for_each(|_| {
            scope.spawn(work);
        });
    });
    let seconds = started.elapsed().as_secs_f64();
    let number = found.into_inner();
    if number == u64::MAX {
        let of = if check.worth > 1 { format!(" of {}", check.worth) } else { String::new() };
        println!("{}: {cases} cases{of}, no difference ({seconds:.0} s)", check.name);
        return true;
    }
    let why = difference(check, options.seed, number).unwrap_or_default();
    println!("{}: case {number} differs: {why}", check.name);
    println!("again: differential --only {} --case {number} --seed {}", check.name, options.seed);
    false
}

/// What is different in a case, if anything is.
pub(crate) fn difference(check: &Check, seed: u64, number: u64) -> Option<String> {
    let run = AssertUnwindSafe(|| checks::run(check, seed, number, &[]));
    let why = panic::catch_unwind(run).err()?;
    let text = why.downcast_ref::<String>().cloned();
    Some(
        text.or_else(|| why.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default(),
    )
}
