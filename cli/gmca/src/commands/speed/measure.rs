// SPDX-License-Identifier: Apache-2.0
//! How often a second something can be done, and how many cycles that is.

use super::{Row, Task};
use anyhow::Result;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Measures one task, at its level.
pub(super) fn row(task: Task, at_least: Duration) -> Result<Row> {
    let Task { head, count, at, mut work } = task;
    let before = clock_hz();
    let calls = at.run(|| per_second(&mut work, at_least))?;
    // Others on the machine, and the processor itself, only ever make it look slower.
    let hz = before.into_iter().chain(clock_hz()).reduce(f64::max);
    Ok(Row::new(head, calls * count as f64, hz))
}

/// Repeats in runs that double until one has lasted long enough, and takes the best rate: others
/// on the machine only ever make it slower.
fn per_second(work: &mut dyn FnMut() -> Result<()>, at_least: Duration) -> Result<f64> {
    let started = Instant::now();
    let (mut count, mut best) = (1_u32, 0.0_f64);
    while started.elapsed() < at_least {
        let run = Instant::now();
        for _ in 0..count {
            work()?;
        }
        let seconds = run.elapsed().as_secs_f64().max(1e-9);
        best = best.max(f64::from(count) / seconds);
        if seconds < at_least.as_secs_f64() / 16.0 {
            count = count.saturating_mul(2);
        }
    }
    Ok(best)
}

/// The processor's clock as it is now, from a chain of steps whose length in cycles is known.
/// An estimate: frequency changes and others on the machine move it.
pub(super) fn clock_hz() -> Option<f64> {
    const STEPS: u32 = 1_000_000;
    let mut best = f64::MAX;
    for _ in 0..5 {
        let started = Instant::now();
        let mut x = black_box(1_u64);
        for _ in 0..STEPS {
            // Each step needs the one before. A multiplication takes 3 cycles on every x86-64 and
            // aarch64 core of the last ten years, the xor 1; together they cannot be folded.
            x ^= x.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        black_box(x);
        best = best.min(started.elapsed().as_secs_f64());
    }
    let hz = f64::from(STEPS) * CYCLES_PER_STEP / best;
    (0.5e9..=7e9).contains(&hz).then_some(hz)
}

/// Of a multiplication and an xor, one after the other.
const CYCLES_PER_STEP: f64 = 4.0;
