// SPDX-License-Identifier: Apache-2.0
//! Mistakes that can be planted, to see that a check finds them. Without the feature `plant`,
//! which no program sets, all of it is gone.

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plant {
    /// Log: a vote is answered before it is safe.
    VoteBeforeSync,
    /// Log: a truncation is not written.
    TruncateForgotten,
    /// Log: entries are acknowledged before they are safe.
    AcknowledgedBeforeSync,
    /// Log: a segment goes although a group that lags behind needs entries in it.
    LaggardForgotten,
    /// Raft: whoever asks whether it would get a vote is told yes.
    PreVoteGranted,
    /// Raft: a node that cannot be reached counts as one that has an entry.
    CommitWithoutQuorum,
    /// Raft: a block is sealed when its entry is written, before it is agreed on.
    SealedBeforeCommit,
    /// Raft: an envelope is acknowledged when it is proposed.
    AcknowledgedBeforeCommit,
    /// Raft: batches are proposed behind a configuration that is in flight.
    ConfigPipelined,
    /// Raft: a listed node whose log is empty starts under its old id.
    EmptyLogVotes,
    /// Raft: the membership does not follow the configuration.
    MembershipNotReconciled,
    /// Raft: what was admitted under an older configuration is not judged again.
    StaleNotReadmitted,
}

impl Plant {
    /// Those of the log, which power failures show; the others need several nodes.
    pub const LOG: [Self; 4] = [
        Self::VoteBeforeSync,
        Self::TruncateForgotten,
        Self::AcknowledgedBeforeSync,
        Self::LaggardForgotten,
    ];

    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::VoteBeforeSync,
        Self::TruncateForgotten,
        Self::AcknowledgedBeforeSync,
        Self::LaggardForgotten,
        Self::PreVoteGranted,
        Self::CommitWithoutQuorum,
        Self::SealedBeforeCommit,
        Self::AcknowledgedBeforeCommit,
        Self::ConfigPipelined,
        Self::EmptyLogVotes,
        Self::MembershipNotReconciled,
        Self::StaleNotReadmitted,
    ];

    /// Its name on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VoteBeforeSync => "vote-before-sync",
            Self::TruncateForgotten => "truncate-forgotten",
            Self::AcknowledgedBeforeSync => "acknowledged-before-sync",
            Self::LaggardForgotten => "laggard-forgotten",
            Self::PreVoteGranted => "pre-vote-granted",
            Self::CommitWithoutQuorum => "commit-without-quorum",
            Self::SealedBeforeCommit => "sealed-before-commit",
            Self::AcknowledgedBeforeCommit => "acknowledged-before-commit",
            Self::ConfigPipelined => "config-pipelined",
            Self::EmptyLogVotes => "empty-log-votes",
            Self::MembershipNotReconciled => "membership-not-reconciled",
            Self::StaleNotReadmitted => "stale-not-readmitted",
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
