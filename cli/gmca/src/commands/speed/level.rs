// SPDX-License-Identifier: Apache-2.0
//! The processor that is acted as: this one, or, in a program that was built for it (feature `levels`),
//! a lesser one. What is shipped has no such switch.

/// A level of this processor.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Level {
    #[cfg(feature = "levels")]
    lesser: Option<&'static bccsp::levels::Level>,
}

#[cfg(feature = "levels")]
impl Level {
    /// This processor, then the lesser ones that it can act as, the best first.
    pub(super) fn all() -> Vec<Self> {
        let here = bccsp::levels::LEVELS.iter().rev().filter(|level| level.is_here());
        std::iter::once(Self::default())
            .chain(here.map(|level| Self { lesser: Some(level) }))
            .collect()
    }

    /// Does it as that processor would.
    pub(super) fn run<R>(self, work: impl FnOnce() -> R) -> R {
        match self.lesser {
            Some(level) => level.run(work),
            None => work(),
        }
    }
}

#[cfg(not(feature = "levels"))]
impl Level {
    /// This processor.
    pub(super) fn all() -> Vec<Self> {
        vec![Self::default()]
    }

    /// Does it.
    pub(super) fn run<R>(self, work: impl FnOnce() -> R) -> R {
        work()
    }
}
