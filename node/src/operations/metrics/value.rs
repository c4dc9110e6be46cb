// SPDX-License-Identifier: Apache-2.0
//! What a metric is at one moment.

use super::text;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// What a family is of.
pub(super) trait Metric: Default + Send + Sync + 'static {
    /// As Prometheus calls it.
    const KIND: &'static str;
    /// Writes its samples; `labels` are written already, such as `channel="ch1"`.
    fn write(&self, out: &mut String, name: &str, labels: &str);
}

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn increment(&self) {
        self.add(1);
    }

    /// `count` more.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// How many so far.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Metric for Counter {
    const KIND: &'static str = "counter";

    fn write(&self, out: &mut String, name: &str, labels: &str) {
        text::sample(out, name, labels, &self.value().to_string());
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    /// It is `value` now. A height above `i64::MAX` stands at it.
    pub fn set(&self, value: u64) {
        self.0.store(i64::try_from(value).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// It is 1 now, or 0.
    pub fn set_flag(&self, value: bool) {
        self.set(u64::from(value));
    }

    /// `change` more, or fewer.
    pub fn change(&self, change: i64) {
        self.0.fetch_add(change, Ordering::Relaxed);
    }

    /// What it is.
    #[must_use]
    pub fn value(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Metric for Gauge {
    const KIND: &'static str = "gauge";

    fn write(&self, out: &mut String, name: &str, labels: &str) {
        text::sample(out, name, labels, &self.value().to_string());
    }
}

/// Upper bounds in nanoseconds, and as Prometheus writes them: its default buckets, which are
/// Fabric's too.
const BUCKETS: [(u64, &str); 11] = [
    (5_000_000, "0.005"),
    (10_000_000, "0.01"),
    (25_000_000, "0.025"),
    (50_000_000, "0.05"),
    (100_000_000, "0.1"),
    (250_000_000, "0.25"),
    (500_000_000, "0.5"),
    (1_000_000_000, "1"),
    (2_500_000_000, "2.5"),
    (5_000_000_000, "5"),
    (10_000_000_000, "10"),
];

/// How long things took.
#[derive(Debug, Default)]
pub struct Histogram {
    /// Each bucket without those below it; what is above all is in `above`.
    buckets: [AtomicU64; BUCKETS.len()],
    above: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Histogram {
    /// Something took `time`.
    pub fn observe(&self, time: Duration) {
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BUCKETS.iter().position(|(bound, _)| time <= *bound);
        bucket
            .and_then(|bucket| self.buckets.get(bucket))
            .unwrap_or(&self.above)
            .fetch_add(1, Ordering::Relaxed);
        self.nanoseconds.fetch_add(time, Ordering::Relaxed);
    }

    /// How many things so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        let buckets = self.buckets.iter().chain([&self.above]);
        buckets.map(|bucket| bucket.load(Ordering::Relaxed)).sum()
    }
}

impl Metric for Histogram {
    const KIND: &'static str = "histogram";

    fn write(&self, out: &mut String, name: &str, labels: &str) {
        let comma = if labels.is_empty() { "" } else { "," };
        let bucket = format!("{name}_bucket");
        let mut count = 0;
        for ((_, bound), here) in BUCKETS.iter().zip(&self.buckets) {
            count += here.load(Ordering::Relaxed);
            let labels = format!("{labels}{comma}le=\"{bound}\"");
            text::sample(out, &bucket, &labels, &count.to_string());
        }
        count += self.above.load(Ordering::Relaxed);
        let all = format!("{labels}{comma}le=\"+Inf\"");
        text::sample(out, &bucket, &all, &count.to_string());
        let sum = Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed));
        text::sample(out, &format!("{name}_sum"), labels, &sum.as_secs_f64().to_string());
        text::sample(out, &format!("{name}_count"), labels, &count.to_string());
    }
}
