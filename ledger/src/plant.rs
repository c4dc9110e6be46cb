// SPDX-License-Identifier: Apache-2.0
//! Mistakes that can be planted, to see that a check finds them. Without the feature `plant`,
//! which no program sets, all of it is gone.

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plant {
    /// Log: a sync that does nothing.
    SyncForgotten,
    /// Log: a new name is not made durable.
    RenameWithoutDirSync,
    /// Log: a record is taken without looking at its checksum.
    CrcNotChecked,
    /// Log: a record claims that more is durable than was synced.
    DurableMarkWrong,
    /// Log: opening takes what it reads for safe, though a sync may have failed before.
    RewriteForgotten,
    /// Validation: of a version only the block is compared.
    VersionComparedWrong,
    /// Validation: range queries are not run again.
    PhantomMissed,
    /// Updates: of two writes in a block the first stays.
    LastWriteOrder,
    /// State: a deleted key reads as an empty value.
    TombstoneRead,
    /// Validation: a write of a value drops the metadata.
    MetadataLost,
    /// State: the height is committed before what it stands for.
    HeightOutsideCommit,
    /// Ledger: blocks are pruned, and nothing stands for them.
    PruneWithoutSnapshot,
    /// Ledger: the state changes before the block is safe.
    StateBeforeBlock,
    /// Snapshot: what is there is not compared with the hashes at its end.
    SnapshotNotCompared,
    /// Replay: what earlier blocks of a run left at a key is not looked at.
    RunNotLookedAt,
    /// Replay: of the writes of a key in a run only the first is in the history.
    LinkLost,
}

impl Plant {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::SyncForgotten,
        Self::RenameWithoutDirSync,
        Self::CrcNotChecked,
        Self::DurableMarkWrong,
        Self::RewriteForgotten,
        Self::VersionComparedWrong,
        Self::PhantomMissed,
        Self::LastWriteOrder,
        Self::TombstoneRead,
        Self::MetadataLost,
        Self::HeightOutsideCommit,
        Self::PruneWithoutSnapshot,
        Self::StateBeforeBlock,
        Self::SnapshotNotCompared,
        Self::RunNotLookedAt,
        Self::LinkLost,
    ];

    /// Its name on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SyncForgotten => "sync-forgotten",
            Self::RenameWithoutDirSync => "rename-without-dir-sync",
            Self::CrcNotChecked => "crc-not-checked",
            Self::DurableMarkWrong => "durable-mark-wrong",
            Self::RewriteForgotten => "rewrite-forgotten",
            Self::VersionComparedWrong => "version-compared-wrong",
            Self::PhantomMissed => "phantom-missed",
            Self::LastWriteOrder => "last-write-order",
            Self::TombstoneRead => "tombstone-read",
            Self::MetadataLost => "metadata-lost",
            Self::HeightOutsideCommit => "height-outside-commit",
            Self::PruneWithoutSnapshot => "prune-without-snapshot",
            Self::StateBeforeBlock => "state-before-block",
            Self::SnapshotNotCompared => "snapshot-not-compared",
            Self::RunNotLookedAt => "run-not-looked-at",
            Self::LinkLost => "link-lost",
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
