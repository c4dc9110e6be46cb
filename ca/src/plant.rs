// SPDX-License-Identifier: Apache-2.0
//! Mistakes that can be planted, to see that a check finds them. Without the feature `plant`,
//! which no program sets, all of it is gone.

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plant {
    /// A certificate is handed out before its signature is durable.
    SignatureNotDurable,
    /// A new CA appears under its name before the names in its folder are durable.
    HomeWithoutFolderSync,
    /// A decision and its audit row are two commits.
    AuditOutsideCommit,
    /// Opening takes what it reads for safe, though a sync may have failed before.
    MemoryTrusted,
}

impl Plant {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::SignatureNotDurable,
        Self::HomeWithoutFolderSync,
        Self::AuditOutsideCommit,
        Self::MemoryTrusted,
    ];

    /// Its name on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignatureNotDurable => "ca-signature-not-durable",
            Self::HomeWithoutFolderSync => "ca-home-without-folder-sync",
            Self::AuditOutsideCommit => "ca-audit-outside-commit",
            Self::MemoryTrusted => "ca-memory-trusted",
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
