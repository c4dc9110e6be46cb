// SPDX-License-Identifier: Apache-2.0
//! Numbers for Prometheus: counters, gauges, histograms, and a registry that writes them down.
//!
//! A hot path holds its [`Counter`] or [`Histogram`] (an `Arc`) and touches one or three atomics.
//! What Fabric calls them is in [`fabric`].
//!
//! Not here: the route `/metrics`.

mod calls;
pub mod fabric;
mod family;
mod stages;
#[cfg(test)]
mod tests;
mod text;
mod value;

pub use calls::{Calls, Counted};
pub use family::Family;
pub use stages::{Followed, Stage, Stages};
pub(crate) use text::MEDIA_TYPE;
pub use value::{Counter, Gauge, Histogram};

use family::Collect;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// All metrics of a process.
#[derive(Clone, Default)]
pub struct Registry {
    families: Arc<Mutex<Vec<Arc<dyn Collect>>>>,
    hooks: Arc<Mutex<Vec<Hook>>>,
}

/// What is done before the numbers are read.
type Hook = Arc<dyn Fn() + Send + Sync>;

impl Registry {
    /// An empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A counter named `name`, with one value for each combination of `labels`.
    #[must_use]
    pub fn counter(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str],
    ) -> Arc<Family<Counter>> {
        self.add(Family::new(name, help, labels))
    }

    /// A gauge, likewise.
    #[must_use]
    pub fn gauge(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str],
    ) -> Arc<Family<Gauge>> {
        self.add(Family::new(name, help, labels))
    }

    /// A histogram of seconds, likewise.
    #[must_use]
    pub fn histogram(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str],
    ) -> Arc<Family<Histogram>> {
        self.add(Family::new(name, help, labels))
    }

    /// Calls `hook` before the numbers are read, for gauges that nobody keeps: it sets them. It must
    /// be quick, and hold weakly what holds this registry.
    pub fn on_read(&self, hook: impl Fn() + Send + Sync + 'static) {
        self.hooks.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::new(hook));
    }

    /// Everything in Prometheus' text format, by name.
    #[must_use]
    pub fn text(&self) -> String {
        // Called without the lock: a hook may ask for a metric.
        let hooks = self.hooks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        hooks.iter().for_each(|hook| hook());
        let mut families = self.families.lock().unwrap_or_else(PoisonError::into_inner).clone();
        families.sort_by_key(|family| family.name());
        let mut out = String::new();
        for family in families {
            family.write(&mut out);
        }
        out
    }

    /// A name that is there already gives what is there, so that two parts of a process may both
    /// ask for it.
    fn add<M: value::Metric>(&self, family: Family<M>) -> Arc<Family<M>> {
        let mut families = self.families.lock().unwrap_or_else(PoisonError::into_inner);
        let same = families.iter().find(|other| other.name() == family.name());
        let same = same.and_then(|other| Arc::clone(other).as_any().downcast().ok());
        if let Some(same) = same {
            return same;
        }
        let family = Arc::new(family);
        families.push(Arc::clone(&family) as Arc<dyn Collect>);
        family
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Registry")
    }
}
