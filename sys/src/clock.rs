// SPDX-License-Identifier: Apache-2.0
//! Wall-clock time in whole seconds: the resolution of a certificate.

use core::fmt::Debug;
use core::time::Duration;

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// This instant moved forward by `seconds`; stops at the end of time instead of wrapping.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

/// Tells the time of day.
pub trait Clock: Debug + Send + Sync {
    /// The current wall-clock time. It may jump in either direction.
    fn now(&self) -> Timestamp;
    /// Waits. A clock that is set by hand moves on instead.
    fn sleep(&self, how_long: Duration);
}

/// The operating system's clock. A clock set before 1970 reads as 1970.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[cfg(feature = "std")]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp(since.map_or(0, |elapsed| elapsed.as_secs()))
    }

    fn sleep(&self, how_long: Duration) {
        std::thread::sleep(how_long);
    }
}
