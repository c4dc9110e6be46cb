// SPDX-License-Identifier: Apache-2.0
//! Mistakes that can be planted, to see that a check finds them. Without the feature `plant`,
//! which no program sets, all of it is gone.

sys::plants! {
    /// Log: a sync that does nothing.
    SyncForgotten = "sync-forgotten",
    /// Log: a new name is not made durable.
    RenameWithoutDirSync = "rename-without-dir-sync",
    /// Log: a record is taken without looking at its checksum.
    CrcNotChecked = "crc-not-checked",
    /// Log: a record claims that more is durable than was synced.
    DurableMarkWrong = "durable-mark-wrong",
    /// Log: opening takes what it reads for safe, though a sync may have failed before.
    RewriteForgotten = "rewrite-forgotten",
    /// Validation: of a version only the block is compared.
    VersionComparedWrong = "version-compared-wrong",
    /// Validation: range queries are not run again.
    PhantomMissed = "phantom-missed",
    /// Updates: of two writes in a block the first stays.
    LastWriteOrder = "last-write-order",
    /// State: a deleted key reads as an empty value.
    TombstoneRead = "tombstone-read",
    /// Validation: a write of a value drops the metadata.
    MetadataLost = "metadata-lost",
    /// State: the height is committed before what it stands for.
    HeightOutsideCommit = "height-outside-commit",
    /// Ledger: blocks are pruned, and nothing stands for them.
    PruneWithoutSnapshot = "prune-without-snapshot",
    /// Ledger: the state changes before the block is safe.
    StateBeforeBlock = "state-before-block",
    /// Snapshot: what is there is not compared with the hashes at its end.
    SnapshotNotCompared = "snapshot-not-compared",
    /// Replay: what earlier blocks of a run left at a key is not looked at.
    RunNotLookedAt = "run-not-looked-at",
    /// Replay: of the writes of a key in a run only the first is in the history.
    LinkLost = "link-lost",
}
