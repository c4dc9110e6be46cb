// SPDX-License-Identifier: Apache-2.0
//! Mistakes that can be planted, to see that a check finds them. Without the feature `plant`,
//! which no program sets, all of it is gone.

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plant {
    /// Seal: a block that brings another hash function is hashed with that one.
    WrongHashAfterSwitch,
    /// Admission: the bytes that the client sent are ordered as they came.
    NonCanonicalAdmitted,
    /// Seal: transactions that were admitted under an older configuration go in.
    StaleSequenceSealed,
    /// Seal: it says that a block is on disk before that is so.
    SealedWithoutSync,
}

impl Plant {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::WrongHashAfterSwitch,
        Self::NonCanonicalAdmitted,
        Self::StaleSequenceSealed,
        Self::SealedWithoutSync,
    ];

    /// Its name on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WrongHashAfterSwitch => "wrong-hash-after-switch",
            Self::NonCanonicalAdmitted => "non-canonical-admitted",
            Self::StaleSequenceSealed => "stale-sequence-sealed",
            Self::SealedWithoutSync => "sealed-without-sync",
        }
    }
}

#[cfg(feature = "plant")]
mod planted {
    use super::Plant;
    use std::cell::Cell;

    std::thread_local! {
        static PLANTED: Cell<Option<Plant>> = const { Cell::new(None) };
    }

    /// Plants a mistake for what this thread does from now on, or takes it away.
    pub fn set(plant: Option<Plant>) {
        PLANTED.set(plant);
    }

    pub(crate) fn is(plant: Plant) -> bool {
        PLANTED.get() == Some(plant)
    }
}

#[cfg(feature = "plant")]
pub(crate) use planted::is;
#[cfg(feature = "plant")]
pub use planted::set;

#[cfg(not(feature = "plant"))]
pub(crate) const fn is(_: Plant) -> bool {
    false
}
