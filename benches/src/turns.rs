// SPDX-License-Identifier: Apache-2.0
//! Rows that take turns: short batches of each, one after the other, many times over, so that whatever
//! else the machine does disturbs all alike. The tenth percentile of a row's batches counts.

use std::hint::black_box;
use std::time::Instant;

/// Something to do over and over.
pub type Work<'a> = Box<dyn FnMut() + 'a>;

/// Cycles of the core that one call of each takes, after so many rounds.
#[must_use]
pub fn cycles(rows: &mut [Work<'_>], rounds: usize) -> Vec<f64> {
    let mut samples = vec![Vec::with_capacity(rounds); rows.len()];
    for _ in 0..rounds {
        for (work, samples) in rows.iter_mut().zip(&mut samples) {
            samples.push(batch(work));
        }
    }
    let tenth = |mut of: Vec<f64>| {
        of.sort_by(f64::total_cmp);
        of.get(of.len() / 10).copied().unwrap_or(f64::NAN)
    };
    samples.into_iter().map(tenth).collect()
}

/// A batch of about half a millisecond. The clock is read twice for all of it: reading it may cost as
/// much as a microsecond.
fn batch(work: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    work();
    let count = (400_000 / start.elapsed().as_nanos().max(1)).clamp(1, 4000) as u32;
    let cycle = cycle_length();
    let start = Instant::now();
    for _ in 0..count {
        work();
    }
    start.elapsed().as_secs_f64() / f64::from(count) / cycle.min(cycle_length())
}

/// Seconds of one cycle now: a multiplication takes three, and each waits for the one before.
#[must_use]
pub fn cycle_length() -> f64 {
    const STEPS: u32 = 4000;
    let start = Instant::now();
    let mut x = black_box(3_u64);
    for _ in 0..STEPS {
        x = x.wrapping_mul(x);
    }
    black_box(x);
    start.elapsed().as_secs_f64() / f64::from(3 * STEPS)
}
