// SPDX-License-Identifier: Apache-2.0
//! Processor time: what a piece of work costs, whoever else is busy meanwhile.
//!
//! Not here: the time of day (`clock`); what other processes take.

use rustix::time::{ClockId, clock_gettime};
use std::cell::Cell;
use std::time::Duration;

thread_local! {
    /// What threads that [`spread`](crate::spread) began for this one have taken.
    static LENT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Processor time that this thread has taken so far, with that of the threads between which
/// [`spread`](crate::spread) divided its work. Only differences mean something.
#[must_use]
pub fn processor_time() -> Duration {
    own().saturating_add(LENT.get())
}

/// Adds what another thread took for this one.
pub(crate) fn lend(time: Duration) {
    LENT.set(LENT.get().saturating_add(time));
}

fn own() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spread;

    /// Some milliseconds of work that nobody can leave out.
    fn work(n: u64) -> u64 {
        (0..3_000_000).fold(n, |hash, at| std::hint::black_box(hash.wrapping_mul(31) ^ at))
    }

    #[test]
    fn work_takes_time_and_waiting_does_not() {
        let begun = processor_time();
        std::hint::black_box(work(1));
        let worked = processor_time();
        assert!(worked > begun);
        std::thread::sleep(Duration::from_millis(20));
        assert!(processor_time() - worked < Duration::from_millis(20));
    }

    #[test]
    fn work_of_others_for_this_thread_counts() {
        let begun = processor_time();
        let one = {
            std::hint::black_box(work(1));
            processor_time() - begun
        };
        let begun = processor_time();
        let items: Vec<u64> = (0..8).collect();
        spread(&items, 1, |piece| piece.iter().map(|n| work(*n)).collect());
        assert!(processor_time() - begun > one * 4, "eight times as much was done");
    }
}
