// SPDX-License-Identifier: Apache-2.0
//! Runs checks on all cores, and says how it went.

use crate::checks::{Check, ROUNDS, WORKLOADS, kind};
use crate::plants::Plant;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Instant;
use sys::sim::{Crashes, Loss};

/// How much is done.
#[derive(Clone, Copy)]
pub(crate) struct Amount {
    /// Images of every kind of every workload, at least.
    pub(crate) images: u64,
    /// The first seed.
    pub(crate) seed: u64,
}

impl Amount {
    /// How many images are taken of one recording.
    fn batch(self) -> usize {
        usize::try_from(self.images / 20).unwrap_or(usize::MAX).clamp(10, 100)
    }
}

/// How a check went.
pub(crate) struct Outcome {
    pub(crate) check: Check,
    /// Images or seeds that were seen.
    pub(crate) seen: u64,
    /// The last seed.
    pub(crate) seed: u64,
    pub(crate) seconds: f64,
    /// What was lost or wrong, in words.
    pub(crate) result: Result<(), String>,
}

/// Runs them on all cores, with that mistake planted in each, and gives the outcomes in their
/// order. After the first that finds something no other is begun.
pub(crate) fn all(checks: &[Check], amount: Amount, plant: Option<Plant>) -> Vec<Outcome> {
    let queue = Mutex::new(checks.iter().copied().enumerate());
    let outcomes = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores.min(checks.len()) {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("no thread panics with it").next();
                    let Some((number, check)) = next else { return };
                    let outcome = one(check, amount, plant);
                    let mut outcomes = outcomes.lock().expect("no thread panics with it");
                    let failed = outcome.result.is_err();
                    outcomes.push((number, outcome));
                    if failed {
                        queue.lock().expect("no thread panics with it").by_ref().for_each(drop);
                    }
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().expect("no thread panics with it");
    outcomes.sort_by_key(|(number, _)| *number);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Runs one by seed after seed until enough was seen.
pub(crate) fn one(check: Check, amount: Amount, plant: Option<Plant>) -> Outcome {
    let (started, images_before) = (Instant::now(), Crashes::images_here());
    let mut outcome = Outcome { check, seen: 0, seed: amount.seed, seconds: 0.0, result: Ok(()) };
    Plant::set(plant);
    let wanted = match check {
        Check::Crash(..) => amount.images,
        Check::Round(round) => (amount.images * round.seeds).div_ceil(1000),
    };
    for seed in amount.seed.. {
        if outcome.seen >= wanted || outcome.result.is_err() {
            break;
        }
        outcome.seed = seed;
        outcome.result = once(check, amount, seed);
        outcome.seen = match check {
            Check::Crash(..) => Crashes::images_here() - images_before,
            Check::Round(_) => outcome.seen + 1,
        };
    }
    Plant::set(None);
    outcome.seconds = started.elapsed().as_secs_f64();
    outcome
}

/// Runs one with one seed. A panic is a finding, too.
pub(crate) fn once(check: Check, amount: Amount, seed: u64) -> Result<(), String> {
    let run = || check.run(seed, amount.batch());
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("it panicked: {}", text.unwrap_or("(no text)")))
    })
}

/// The outcomes as a table.
pub(crate) fn table(outcomes: &[Outcome]) -> String {
    let mut text = format!("{:12}", "images");
    for loss in Loss::ALL {
        text += &format!("{:>19}", kind(loss));
    }
    text += "    seconds\n";
    for workload in WORKLOADS {
        let here = |o: &&Outcome| matches!(o.check, Check::Crash(w, _) if w.name == workload.name);
        let row: Vec<&Outcome> = outcomes.iter().filter(here).collect();
        if row.is_empty() {
            continue;
        }
        text += &format!("{:12}", workload.name);
        for loss in Loss::ALL {
            let cell = row.iter().find(|o| matches!(o.check, Check::Crash(_, l) if l == loss));
            text += &format!("{:>19}", cell.map_or("-".into(), |outcome| shown(outcome)));
        }
        text += &format!("{:11.1}\n", row.iter().map(|outcome| outcome.seconds).sum::<f64>());
    }
    for round in ROUNDS {
        let here = |o: &&Outcome| matches!(o.check, Check::Round(r) if r.name == round.name);
        for outcome in outcomes.iter().filter(here) {
            let seeds = format!("{} seeds", shown(outcome));
            text += &format!("{:12}{seeds:>19}{:>87.1}\n", round.name, outcome.seconds);
        }
    }
    text
}

fn shown(outcome: &Outcome) -> String {
    match outcome.result {
        Ok(()) => outcome.seen.to_string(),
        Err(_) => format!("FAILED at {}", outcome.seen),
    }
}
