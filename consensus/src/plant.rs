// SPDX-License-Identifier: Apache-2.0
//! Mistakes that can be planted, to see that a check finds them. Without the feature `plant`,
//! which no program sets, all of it is gone.

sys::plants! {
    /// Log: a vote is answered before it is safe.
    VoteBeforeSync = "vote-before-sync",
    /// Log: a truncation is not written.
    TruncateForgotten = "truncate-forgotten",
    /// Log: entries are acknowledged before they are safe.
    AcknowledgedBeforeSync = "acknowledged-before-sync",
    /// Log: a segment goes although a group that lags behind needs entries in it.
    LaggardForgotten = "laggard-forgotten",
    /// Raft: whoever asks whether it would get a vote is told yes.
    PreVoteGranted = "pre-vote-granted",
    /// Raft: a node that cannot be reached counts as one that has an entry.
    CommitWithoutQuorum = "commit-without-quorum",
    /// Raft: a block is sealed when its entry is written, before it is agreed on.
    SealedBeforeCommit = "sealed-before-commit",
    /// Raft: an envelope is acknowledged when it is proposed.
    AcknowledgedBeforeCommit = "acknowledged-before-commit",
    /// Raft: batches are proposed behind a configuration that is in flight.
    ConfigPipelined = "config-pipelined",
    /// Raft: a listed node whose log is empty starts under its old id.
    EmptyLogVotes = "empty-log-votes",
    /// Raft: the membership does not follow the configuration.
    MembershipNotReconciled = "membership-not-reconciled",
    /// Raft: what was admitted under an older configuration is not judged again.
    StaleNotReadmitted = "stale-not-readmitted",
}

impl Plant {
    /// Those of the log, which power failures show; the others need several nodes.
    pub const LOG: &'static [Self] = &[
        Self::VoteBeforeSync,
        Self::TruncateForgotten,
        Self::AcknowledgedBeforeSync,
        Self::LaggardForgotten,
    ];
}
