// SPDX-License-Identifier: Apache-2.0
//! Mistakes that can be planted, to see that a check finds them. Without the feature `plant`,
//! which no program sets, all of it is gone.

sys::plants! {
    /// A certificate is handed out before its signature is durable.
    SignatureNotDurable = "ca-signature-not-durable",
    /// A new CA appears under its name before the names in its folder are durable.
    HomeWithoutFolderSync = "ca-home-without-folder-sync",
    /// A decision and its audit row are two commits.
    AuditOutsideCommit = "ca-audit-outside-commit",
    /// The key of a pair is kept in a commit of its own.
    EscrowOutsideCommit = "ca-escrow-outside-commit",
    /// A kept key is given out before that is durable.
    RecoveryNotDurable = "ca-recovery-not-durable",
    /// A CA goes on under a certificate before that is on record.
    GenerationOutsideCommit = "ca-generation-outside-commit",
    /// A delta does not say what is off hold.
    ReleaseForgotten = "ca-release-forgotten",
    /// Opening takes what it reads for safe, though a sync may have failed before.
    MemoryTrusted = "ca-memory-trusted",
}
