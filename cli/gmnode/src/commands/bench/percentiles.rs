// SPDX-License-Identifier: Apache-2.0
//! What many measurements come to.

use serde::Serialize;
use std::time::Duration;

/// How long things took, in milliseconds. A percentile is by nearest rank: the least of the measured
/// values that so many are not above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Latency {
    /// The mean.
    pub(crate) mean: f64,
    /// Half are not above it.
    pub(crate) p50: f64,
    /// Nine of ten are not above it.
    pub(crate) p90: f64,
    /// 99 of 100 are not above it.
    pub(crate) p99: f64,
    /// The longest.
    pub(crate) max: f64,
}

impl Latency {
    /// Of all of these; zeros for none.
    pub(super) fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        let rank = |percent| nearest_rank(&all, percent).map_or(0.0, milliseconds);
        let sum: Duration = all.iter().sum();
        Self {
            mean: milliseconds(sum) / all.len().max(1) as f64,
            p50: rank(50),
            p90: rank(90),
            p99: rank(99),
            max: rank(100),
        }
    }
}

/// The value of this percentile (1 to 100) of what is in order.
fn nearest_rank<T: Copy>(ordered: &[T], percent: usize) -> Option<T> {
    let rank = (ordered.len() * percent).div_ceil(100);
    ordered.get(rank.saturating_sub(1)).copied()
}

/// The place of the median by `key`; of two in the middle, the lower one.
pub(super) fn median_place<T>(all: &[T], key: impl Fn(&T) -> f64) -> Option<usize> {
    let mut places: Vec<usize> = (0..all.len()).collect();
    places.sort_by(|a, b| key(&all[*a]).total_cmp(&key(&all[*b])));
    places.get(places.len().saturating_sub(1) / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(all: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        all.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let latency = Latency::of(milliseconds((1..=200).rev()));
        let expected = Latency { mean: 100.5, p50: 100.0, p90: 180.0, p99: 198.0, max: 200.0 };
        assert_eq!(latency, expected);
    }

    #[test]
    fn of_few_the_high_ones_are_the_longest() {
        let latency = Latency::of(milliseconds([30, 10, 20]));
        let expected = Latency { mean: 20.0, p50: 20.0, p90: 30.0, p99: 30.0, max: 30.0 };
        assert_eq!(latency, expected);
        let one = Latency::of(milliseconds([7]));
        assert_eq!((one.p50, one.p99, one.max), (7.0, 7.0, 7.0));
        assert_eq!(Latency::of(Vec::new()), Latency::default());
    }

    #[test]
    fn ranks_at_the_edges() {
        let ordered: Vec<u32> = (1..=100).collect();
        assert_eq!(nearest_rank(&ordered, 1), Some(1));
        assert_eq!(nearest_rank(&ordered, 99), Some(99));
        let ordered: Vec<u32> = (1..=101).collect();
        assert_eq!(nearest_rank(&ordered, 99), Some(100));
        assert_eq!(nearest_rank::<u32>(&[], 50), None);
    }

    #[test]
    fn the_median_is_one_of_them() {
        assert_eq!(median_place(&[5.0, 1.0, 3.0], |x| *x), Some(2));
        assert_eq!(median_place(&[4.0, 1.0, 3.0, 2.0], |x| *x), Some(3));
        assert_eq!(median_place::<f64>(&[], |x| *x), None);
    }
}
