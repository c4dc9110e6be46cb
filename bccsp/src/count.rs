// SPDX-License-Identifier: Apache-2.0
//! How many signatures this process has made and judged, of all families and keys together: what they
//! cost is told from it by whoever knows what one costs.
//!
//! Not here: time.

use core::sync::atomic::{AtomicUsize, Ordering};

static SIGNED: AtomicUsize = AtomicUsize::new(0);
static VERIFIED: AtomicUsize = AtomicUsize::new(0);
static TOGETHER: AtomicUsize = AtomicUsize::new(0);

/// How many, since the process began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operations {
    /// Signatures made.
    pub signed: u64,
    /// Signatures judged, right or wrong.
    pub verified: u64,
    /// How many of those were judged together with others, which may cost less for each.
    pub together: u64,
}

/// How many signatures this process has made and judged so far.
#[must_use]
pub fn operations() -> Operations {
    let read = |count: &AtomicUsize| count.load(Ordering::Relaxed) as u64;
    Operations { signed: read(&SIGNED), verified: read(&VERIFIED), together: read(&TOGETHER) }
}

#[cfg(any(feature = "gm", feature = "nist"))]
pub(crate) fn signed() {
    SIGNED.fetch_add(1, Ordering::Relaxed);
}

#[cfg(any(feature = "gm", feature = "nist"))]
pub(crate) fn verified() {
    VERIFIED.fetch_add(1, Ordering::Relaxed);
}

/// Of those that are counted as verified, so many were one batch.
#[cfg(any(feature = "gm", feature = "nist"))]
pub(crate) fn together(count: usize) {
    if count > 1 {
        TOGETHER.fetch_add(count, Ordering::Relaxed);
    }
}
