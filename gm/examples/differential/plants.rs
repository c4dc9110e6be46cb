// SPDX-License-Identifier: Apache-2.0
//! Plants every mistake, one after the other, and sees that a check finds it.

use crate::Options;
use crate::checks::ALL;
use crate::run::{difference, quietly};
use gmca_gm::harness::LEVELS;
use gmca_gm::plant::{self, Plant};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Mistakes in code of this level, which a lesser processor does not run.
const OF_AVX2: &[Plant] =
    &[Plant::ProductCarry, Plant::LastEntry, Plant::LaneSwapped, Plant::StrideEdge];

/// The same of AVX-512 IFMA.
const OF_IFMA: &[Plant] = &[Plant::PrimeLimb, Plant::FourCarry, Plant::FourEntry];

/// Cases of a check before the next one has its turn; fewer if one is worth several.
const TURN: u64 = 32;

/// Cases of every check until a mistake counts as not found.
const PATIENCE: u64 = 20_000;

/// Plants all; false if one was not found.
pub(crate) fn all(options: &Options) -> bool {
    let started = Instant::now();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, missed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        while let Some(plant) = Plant::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
            if !one(*plant, options) {
                missed.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    quietly(|| {
        std::thread::scope(|scope| {
            (0..options.threads.unwrap_or(cores)).for_each(|_| {
                scope.spawn(work);
            });
        });
    });
    let (count, missed) = (Plant::ALL.len(), missed.into_inner());
    println!("{count} planted, {missed} not found ({:.0} s)", started.elapsed().as_secs_f64());
    missed == 0
}

fn one(plant: Plant, options: &Options) -> bool {
    let is_here = |name| LEVELS.iter().any(|level| level.name() == name && level.is_here());
    let lacking = |name, plants: &[Plant]| plants.contains(&plant) && !is_here(name);
    if lacking("avx2", OF_AVX2) || lacking("ifma", OF_IFMA) {
        println!("{}: not planted, this processor does not run its code", plant.name());
        return true;
    }
    let most = if options.cases > 0 { options.cases } else { PATIENCE };
    plant::set(Some(plant));
    let found = (0..most.div_ceil(TURN)).find_map(|turn| {
        ALL.iter().find_map(|check| {
            let size = TURN.div_ceil(check.worth);
            let mut cases = turn * size..(turn + 1) * size;
            let number = cases.find(|n| difference(check, options.seed, *n).is_some())?;
            Some((check.name, number))
        })
    });
    plant::set(None);
    match found {
        Some((check, number)) => println!("{}: found by {check}, case {number}", plant.name()),
        None => println!("{}: NOT FOUND in {most} cases of every check", plant.name()),
    }
    found.is_some()
}
