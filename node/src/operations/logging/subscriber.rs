// SPDX-License-Identifier: Apache-2.0
//! What `tracing` talks to.

use super::level::Level;
use super::{Logging, line};
use std::borrow::Cow;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata};

/// Writes events; spans are nothing to it.
pub(super) struct Subscriber {
    log: Logging,
}

impl Subscriber {
    pub(super) const fn new(log: Logging) -> Self {
        Self { log }
    }

    fn is_written(&self, metadata: &Metadata<'_>) -> bool {
        if !metadata.is_event() {
            return false;
        }
        let (module, is_ours) = module_of(metadata.target());
        Level::of(*metadata.level()) >= self.log.spec().level_of(&module, is_ours)
    }
}

impl tracing::Subscriber for Subscriber {
    /// What was decided stands until the specification changes.
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.is_written(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.is_written(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(match self.log.spec().lowest() {
            Level::Payload => LevelFilter::TRACE,
            Level::Debug => LevelFilter::DEBUG,
            Level::Info => LevelFilter::INFO,
            Level::Warn => LevelFilter::WARN,
            Level::Error => LevelFilter::ERROR,
            Level::Dpanic | Level::Panic | Level::Fatal => LevelFilter::OFF,
        })
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let shared = &self.log.0;
        let (module, _) = module_of(metadata.target());
        (shared.sink)(&line::line(shared.clock.now(), &module, event));
        if let Some(metrics) = &shared.metrics {
            let level = Level::of(*metadata.level());
            metrics.entries_written.with(&[level.name()]).increment();
        }
    }

    // Spans are never enabled, so that these are not called but for those made by hand.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// `gmca_node::deliver::stream` is `node.deliver.stream`; and whether it is of this project.
fn module_of(target: &str) -> (Cow<'_, str>, bool) {
    let ours = target.strip_prefix("gmca_");
    let is_ours = ours.is_some() || target.starts_with("gmca") || target.starts_with("gmnode");
    let name = ours.unwrap_or(target);
    if name.contains("::") {
        return (Cow::Owned(name.replace("::", ".")), is_ours);
    }
    (Cow::Borrowed(name), is_ours)
}
