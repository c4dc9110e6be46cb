// SPDX-License-Identifier: Apache-2.0
//! Whose turn it is: sources in turn, from one that is drawn on; one that failed is left alone for a
//! while, longer each time.

use std::collections::BTreeMap;
use std::time::Duration;
use sys::Entropy;
use tokio::time::{Instant, sleep_until};

/// Doublings of the pause, at most.
const MOST: u32 = 6;

#[derive(Debug)]
pub(super) struct Turns {
    pause: Duration,
    turn: usize,
    failures: BTreeMap<String, Failure>,
}

#[derive(Clone, Copy, Debug)]
struct Failure {
    times: u32,
    until: Instant,
}

impl Turns {
    pub(super) fn new(pause: Duration, entropy: &dyn Entropy) -> Self {
        let mut drawn = [0; 2];
        // All pullers may begin with the same source if it must be so.
        let _ = entropy.fill(&mut drawn);
        let turn = usize::from(u16::from_be_bytes(drawn));
        Self { pause, turn, failures: BTreeMap::new() }
    }

    /// The next source that is not left alone, when there is one: of the first, else of the others.
    /// `None` when there are none at all.
    pub(super) async fn next(&mut self, first: &[String], others: &[String]) -> Option<String> {
        self.failures.retain(|source, _| first.contains(source) || others.contains(source));
        let in_turn = self.in_turn(first).chain(self.in_turn(others));
        let now = Instant::now();
        let until = |source: &&String| self.failures.get(*source).map_or(now, |it| it.until);
        let ready = in_turn.clone().find(|source| until(source) <= now);
        let chosen = ready.or_else(|| in_turn.min_by_key(until))?;
        sleep_until(until(&chosen)).await;
        Some(chosen.clone())
    }

    fn in_turn<'a>(&self, sources: &'a [String]) -> impl Iterator<Item = &'a String> + Clone {
        let from = self.turn.checked_rem(sources.len()).unwrap_or_default();
        sources.iter().cycle().skip(from).take(sources.len())
    }

    /// A source failed, perhaps after it had sent something.
    pub(super) fn failed(&mut self, source: String, was_good: bool) {
        self.turn = self.turn.wrapping_add(1);
        let times = match self.failures.get(&source) {
            Some(failure) if !was_good => failure.times.saturating_add(1).min(MOST),
            _ => 0,
        };
        let until = Instant::now() + self.pause * (1 << times);
        self.failures.insert(source, Failure { times, until });
    }
}
