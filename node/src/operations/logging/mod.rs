// SPDX-License-Identifier: Apache-2.0
//! One line per event on standard error: `ts level module msg key=value ...` in logfmt.
//!
//! Events are `tracing`'s. Which are written is a [`Spec`] in Fabric's syntax, exchanged under a
//! running process; one that is not written costs one load. Spans are not kept: a line says all.
//!
//! Not here: what is worth a line.

mod escape;
mod level;
mod line;
mod spec;
mod subscriber;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::Write as _;
use std::sync::{Arc, PoisonError, RwLock};
use sys::Clock;

pub use level::Level;
pub use spec::{BadSpec, Spec};

use super::metrics::fabric::Process;
pub(super) use line::time_of;
use subscriber::Subscriber;

/// The environment variable that holds the specification at start, as in Fabric.
pub const VARIABLE: &str = "FABRIC_LOGGING_SPEC";

/// Where lines go; each call is one whole line.
pub type Sink = Box<dyn Fn(&str) + Send + Sync>;

/// The log of a process; clones are the same log.
#[derive(Clone)]
pub struct Logging(Arc<Shared>);

/// What the subscriber and its handles share.
struct Shared {
    spec: RwLock<Arc<Spec>>,
    clock: Arc<dyn Clock>,
    sink: Sink,
    metrics: Option<Process>,
}

/// Somebody else takes this process' events already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the log of this process was set up before")]
pub struct AlreadySet;

impl Logging {
    /// A log on standard error. Lines are counted in `metrics`.
    #[must_use]
    pub fn new(spec: Spec, clock: Arc<dyn Clock>, metrics: Option<Process>) -> Self {
        // Nobody can be told that standard error is gone.
        let sink = |line: &str| drop(std::io::stderr().lock().write_all(line.as_bytes()));
        Self::with_sink(spec, clock, metrics, Box::new(sink))
    }

    /// A log that goes elsewhere.
    #[must_use]
    pub fn with_sink(
        spec: Spec,
        clock: Arc<dyn Clock>,
        metrics: Option<Process>,
        sink: Sink,
    ) -> Self {
        let spec = RwLock::new(Arc::new(spec));
        Self(Arc::new(Shared { spec, clock, sink, metrics }))
    }

    /// Takes all events of the process from now on.
    ///
    /// # Errors
    /// [`AlreadySet`].
    pub fn install(&self) -> Result<(), AlreadySet> {
        tracing::subscriber::set_global_default(self.subscriber()).map_err(|_| AlreadySet)
    }

    /// What is written now.
    #[must_use]
    pub fn spec(&self) -> Arc<Spec> {
        Arc::clone(&self.0.spec.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what is written, from the next event on.
    pub fn set_spec(&self, spec: Spec) {
        *self.0.spec.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(spec);
        // Who asked once whether it is written asks again.
        tracing::callsite::rebuild_interest_cache();
    }

    fn subscriber(&self) -> Subscriber {
        Subscriber::new(self.clone())
    }
}

impl fmt::Debug for Logging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Logging").field(&self.spec().to_string()).finish()
    }
}
