// SPDX-License-Identifier: Apache-2.0
//! Runs seeds, each in one thread and several threads at once, and says how they went.

use crate::clients::Numbers;
use crate::faults::{self, Counts};
use crate::invariants::Violation;
use crate::plan;
use crate::plants::Plant;
use crate::runtime;
use crate::world::World;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// How a seed went.
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// What was found, if anything.
    pub violation: Option<Violation>,
    /// Why it proves too little, if it does.
    pub vacuous: Option<String>,
    /// The hash over its trace, in hexadecimal digits.
    pub hash: String,
    /// Lines of its trace.
    pub lines: u64,
    /// The last lines of it.
    pub last: Vec<String>,
    /// What went wrong in it, by kind.
    pub counts: Counts,
    /// How its clients did.
    pub numbers: Numbers,
    /// How often another led.
    pub leader_changes: u64,
    /// Blocks of all channels.
    pub blocks: u64,
    /// Virtual nanoseconds.
    pub time: u64,
    /// How often a task went on.
    pub polls: u64,
}

/// Runs one seed, with that mistake planted. A panic is a finding, too.
#[must_use]
pub fn one(seed: u64, plant: Option<Plant>, keep: usize) -> Report {
    Plant::set(plant);
    let world = World::new(plan::setup(seed, keep));
    let mut report = match world {
        Err(error) => {
            let what = format!("no provider: {error}");
            empty(seed, Violation { invariant: "world", what })
        }
        Ok(mut world) => {
            let played = catch_unwind(AssertUnwindSafe(|| plan::play(&mut world)));
            let result = played.unwrap_or_else(|panic| Err(panicked(&*panic)));
            let report = report(&world, result.err());
            // A world that panicked may do so again when it is taken apart.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(world)));
            report
        }
    };
    let cleared = catch_unwind(AssertUnwindSafe(|| runtime::reset(0)));
    if let (Err(panic), None) = (cleared, &report.violation) {
        report.violation = Some(panicked(&*panic));
    }
    Plant::set(None);
    report
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Violation {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("(no text)");
    Violation { invariant: "no-panic", what: text.to_owned() }
}

fn empty(seed: u64, violation: Violation) -> Report {
    Report {
        seed,
        violation: Some(violation),
        vacuous: None,
        hash: String::new(),
        lines: 0,
        last: Vec::new(),
        counts: Counts::new(),
        numbers: Numbers::default(),
        leader_changes: 0,
        blocks: 0,
        time: 0,
        polls: 0,
    }
}

fn report(world: &World, violation: Option<Violation>) -> Report {
    let numbers = world.tally.numbers();
    let histories = || world.known.iter().map(crate::clients::Known::history);
    let leader_changes = histories().map(|history| history.leader_changes()).sum();
    let seconds = runtime::now() / 1_000_000_000;
    let vacuous = match () {
        () if seconds < plan::SECONDS => Some(format!("{seconds} seconds")),
        () if numbers.acknowledged < plan::ENVELOPES => {
            Some(format!("{} envelopes", numbers.acknowledged))
        }
        () if leader_changes < plan::LEADER_CHANGES => {
            Some(format!("{leader_changes} changes of leader"))
        }
        () => None,
    };
    let hash = world.trace.finish();
    let mut last = world.trace.last();
    if violation.is_some() {
        last.extend(world.describe());
    }
    Report {
        seed: world.setup.seed,
        vacuous: vacuous.filter(|_| violation.is_none()),
        violation,
        hash: hash.map(|hash| hash.to_string()).unwrap_or_default(),
        lines: world.trace.lines(),
        last,
        counts: world.coverage.counts(),
        leader_changes,
        blocks: histories().map(|history| history.chain().len() as u64).sum(),
        time: runtime::now(),
        polls: runtime::polls(),
        numbers,
    }
}

/// All seeds together.
#[derive(Default)]
pub struct Sum {
    /// Seeds that were run.
    pub seeds: u64,
    /// Those that proved too little, with the reason.
    pub vacuous: Vec<(u64, String)>,
    /// What was found, by seed.
    pub found: Vec<(u64, Violation)>,
    counts: Counts,
    acknowledged: u64,
    leader_changes: u64,
    blocks: u64,
    time: u64,
    polls: u64,
}

impl Sum {
    fn add(&mut self, report: Report) {
        self.seeds += 1;
        self.vacuous.extend(report.vacuous.map(|why| (report.seed, why)));
        self.found.extend(report.violation.map(|violation| (report.seed, violation)));
        for (kind, count) in report.counts {
            *self.counts.entry(kind).or_insert(0) += count;
        }
        self.acknowledged += report.numbers.acknowledged;
        self.leader_changes += report.leader_changes;
        self.blocks += report.blocks;
        self.time += report.time;
        self.polls += report.polls;
    }

    /// All of it in words.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { seeds, acknowledged, leader_changes, blocks, polls, .. } = self;
        let (found, vacuous) = (self.found.len(), self.vacuous.len());
        let hours = self.time / 3_600_000_000_000;
        let minutes = self.time / 60_000_000_000 % 60;
        format!(
            "{}\n{seeds} seeds, {found} with violations, {vacuous} vacuous\n\
             {acknowledged} envelopes acknowledged in {blocks} blocks, {leader_changes} changes of \
             leader, {hours} h {minutes} min of virtual time, {polls} steps\n",
            faults::table(&self.counts)
        )
    }
}

/// Runs seeds from `first` on, on that many threads, until something is found.
#[must_use]
pub fn many(first: u64, seeds: u64, threads: usize, plant: Option<Plant>, tell: bool) -> Sum {
    let (next, found) = (AtomicU64::new(first), AtomicBool::new(false));
    let sum = Mutex::new(Sum::default());
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= first.saturating_add(seeds) || found.load(Ordering::SeqCst) {
                        return;
                    }
                    let report = one(seed, plant, 0);
                    found.fetch_or(report.violation.is_some(), Ordering::SeqCst);
                    let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                    sum.add(report);
                    if tell && sum.seeds.is_multiple_of(100) {
                        eprintln!("{} seeds", sum.seeds);
                    }
                }
            });
        }
    });
    let mut sum = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    sum.found.sort_by_key(|(seed, _)| *seed);
    sum.vacuous.sort_by_key(|(seed, _)| *seed);
    sum
}
