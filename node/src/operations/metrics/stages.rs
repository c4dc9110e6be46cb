// SPDX-License-Identifier: Apache-2.0
//! Processor time by stage of the work, and how many signatures a process made and judged: what tells
//! where the time of a transaction goes, on a busy machine too.
//!
//! Not here: names that Fabric has ([`fabric`](super::fabric)).

use super::{Family, Gauge, Histogram, Registry};
use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use sys::processor_time;

/// A part of what a process does with a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// A peer looks at a proposal: layers, signature, policy, definition.
    Propose,
    /// A peer exchanges messages with a chaincode, and reads the state for it.
    Chaincode,
    /// A peer makes the read/write set of a proposal and signs it.
    Endorse,
    /// A gateway finds out whose endorsements are needed, passes on, puts together, waits.
    Gateway,
    /// A peer takes in a block: form, hashes, all signatures.
    Verify,
    /// A peer judges a block against the state and writes it.
    Commit,
    /// A peer answers what became of transactions.
    Status,
    /// An orderer takes envelopes from clients and answers them.
    Broadcast,
    /// An orderer judges an envelope.
    Admit,
    /// An orderer makes, signs and writes a block.
    Seal,
}

impl Stage {
    /// All of them, in the order in which a transaction meets them.
    pub const ALL: [Self; 10] = [
        Self::Propose,
        Self::Chaincode,
        Self::Endorse,
        Self::Gateway,
        Self::Broadcast,
        Self::Admit,
        Self::Seal,
        Self::Verify,
        Self::Commit,
        Self::Status,
    ];

    /// Its name in the metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Propose => "propose",
            Self::Chaincode => "chaincode",
            Self::Endorse => "endorse",
            Self::Gateway => "gateway",
            Self::Verify => "verify",
            Self::Commit => "commit",
            Self::Status => "status",
            Self::Broadcast => "broadcast",
            Self::Admit => "admit",
            Self::Seal => "seal",
        }
    }
}

/// The processor time of each stage. Clones are the same.
#[derive(Clone)]
pub struct Stages(Arc<[Arc<Histogram>; Stage::ALL.len()]>);

impl Stages {
    /// `gmca_stage_processor_seconds` by `stage`, and `gmca_signatures` by `operation` (`signed`,
    /// `verified`, and of the latter `together`, in batches), in `registry`.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        let times = registry.histogram(
            "gmca_stage_processor_seconds",
            "Processor time in seconds by stage, without that of stages within it.",
            &["stage"],
        );
        let signatures = registry.gauge(
            "gmca_signatures",
            "The number of signatures that the process made and verified.",
            &["operation"],
        );
        registry.on_read(move || count(&signatures));
        let mut stages = Stage::ALL;
        stages.sort_unstable();
        Self(Arc::new(stages.map(|stage| times.with(&[stage.name()]))))
    }

    /// Does something, and counts what it takes.
    pub fn measure<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let (done, time) = timed(work);
        self.of(stage).observe(time);
        done
    }

    /// The same for work that waits in between, which is not counted; nor is what other tasks do for it.
    pub fn follow<F: Future>(&self, stage: Stage, work: F) -> Followed<F> {
        Followed { histogram: Arc::clone(self.of(stage)), work: Box::pin(work) }
    }

    /// Ten stages, and a place for each: see the test.
    fn of(&self, stage: Stage) -> &Arc<Histogram> {
        let [first, ..] = &*self.0;
        self.0.get(stage as usize).unwrap_or(first)
    }
}

thread_local! {
    /// What was counted in this thread, for whatever stage.
    static COUNTED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Does something; what it took, without the stages within.
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let (begun, counted) = (processor_time(), COUNTED.get());
    let done = work();
    let within = COUNTED.get().saturating_sub(counted);
    let own = processor_time().saturating_sub(begun).saturating_sub(within);
    COUNTED.set(COUNTED.get().saturating_add(own));
    (done, own)
}

/// How many signatures there were until now.
fn count(signatures: &Family<Gauge>) {
    let operations = bccsp::operations();
    signatures.with(&["signed"]).set(operations.signed);
    signatures.with(&["verified"]).set(operations.verified);
    signatures.with(&["together"]).set(operations.together);
}

impl fmt::Debug for Stages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stages")
    }
}

/// A future whose processor time is counted.
#[must_use]
pub struct Followed<F> {
    histogram: Arc<Histogram>,
    work: Pin<Box<F>>,
}

impl<F: Future> Future for Followed<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (polled, time) = timed(|| self.work.as_mut().poll(context));
        self.histogram.observe(time);
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(registry: &Registry, name: &str) -> Vec<String> {
        let text = registry.text();
        text.lines().filter(|line| line.starts_with(name)).map(str::to_owned).collect()
    }

    #[test]
    fn each_stage_has_a_place_of_its_own() {
        let registry = Registry::new();
        let stages = Stages::new(&registry);
        for (count, stage) in Stage::ALL.into_iter().enumerate() {
            (0..count).for_each(|_| stages.measure(stage, || ()));
        }
        for (count, stage) in Stage::ALL.into_iter().enumerate() {
            let name = stage.name();
            let line = format!("gmca_stage_processor_seconds_count{{stage=\"{name}\"}} {count}");
            assert_eq!(samples(&registry, &line), [line]);
        }
    }

    #[test]
    fn a_stage_within_a_stage_counts_once() {
        let step = |hash: u64, at| std::hint::black_box(hash.wrapping_mul(31) ^ at);
        let work = || (0..3_000_000).fold(1, step);
        let ((_, within), around) = timed(|| timed(work));
        assert!(within > around * 4, "{within:?} within {around:?}");
    }

    #[tokio::test]
    async fn a_future_counts_once_for_each_time_it_goes_on() {
        let registry = Registry::new();
        let stages = Stages::new(&registry);
        stages.follow(Stage::Gateway, tokio::task::yield_now()).await;
        let line = "gmca_stage_processor_seconds_count{stage=\"gateway\"} 2";
        assert_eq!(samples(&registry, line), [line]);
    }

    #[test]
    fn signatures_are_counted() {
        let registry = Registry::new();
        let _stages = Stages::new(&registry);
        let count = || {
            let lines = samples(&registry, "gmca_signatures{operation=\"signed\"} ");
            lines[0].rsplit(' ').next().unwrap().parse::<u64>().unwrap()
        };
        let before = count();
        let providers = bccsp::Providers::new(bccsp::Suite::Nist, bccsp::EngineChoice::Auto);
        let key = providers.unwrap().default_provider().generate_signing_key().unwrap();
        key.sign(bccsp::Context::Fabric, &[b"message"]).unwrap();
        assert!(count() > before);
    }
}
