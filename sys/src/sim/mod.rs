// SPDX-License-Identifier: Apache-2.0
//! A clock set by hand, entropy from a seed, and a disk that refuses, fails, and loses what was
//! not synced: for tests above.

mod crash;
mod dice;
mod disk;
mod file;
mod naming;
mod watched;

pub use crash::{Crashes, Loss};
pub use dice::Dice;
pub use disk::MemoryDisk;
pub use watched::{Watch, Watched};

use crate::{Clock, Entropy, EntropyFailure, Timestamp};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// A clock that stands still until it is told otherwise.
#[derive(Debug)]
pub struct SetClock(AtomicU64);

impl SetClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self(AtomicU64::new(now.0))
    }

    /// Moves the clock, in either direction.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn sleep(&self, how_long: std::time::Duration) {
        self.0.fetch_add(how_long.as_secs(), Ordering::SeqCst);
    }
}

/// Repeatable bytes from a seed. **Not secret**: anyone who knows the seed knows all.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<Dice>);

impl SeededEntropy {
    /// The same seed gives the same bytes in the same order of calls.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(Dice::new(seed)))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyFailure> {
        let mut dice = self.0.lock().map_err(|_| EntropyFailure)?;
        for chunk in out.chunks_mut(8) {
            let word = dice.roll().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

/// Entropy that always fails.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&self, _: &mut [u8]) -> Result<(), EntropyFailure> {
        Err(EntropyFailure)
    }
}
