// SPDX-License-Identifier: Apache-2.0
//! What a CA needs from the machine it runs on.

use bccsp::Providers;
use std::sync::Arc;
use sys::{Clock, SystemClock, SystemDisk, Volume};

/// Providers, clock and disk. Tests bring their own.
#[derive(Clone, Debug)]
pub struct Host {
    /// The algorithms.
    pub providers: Arc<Providers>,
    /// The time that validity starts at and revocations are recorded with.
    pub clock: Arc<dyn Clock>,
    /// Where the home folder is.
    pub disk: Arc<dyn Volume>,
}

impl Host {
    /// The machine's own clock and disk.
    #[must_use]
    pub fn new(providers: impl Into<Arc<Providers>>) -> Self {
        Self {
            providers: providers.into(),
            clock: Arc::new(SystemClock),
            disk: Arc::new(SystemDisk),
        }
    }
}
