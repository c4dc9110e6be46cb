// SPDX-License-Identifier: Apache-2.0
//! Every mistake that can be planted, and the rules that are expected to find it.

use crate::invariants::{FINAL, INVARIANTS};
use consensus::plant::Plant as Consensus;
use ledger::plant::Plant as Ledger;
use orderer::plant::Plant as Orderer;

/// A mistake of some crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// In agreement or its log.
    Consensus(Consensus),
    /// In admission or sealing.
    Orderer(Orderer),
    /// In the segments that log and blocks are kept in.
    Ledger(Ledger),
}

/// A mistake, in words, and who finds it.
pub struct Planted {
    /// The mistake.
    pub plant: Plant,
    /// What it breaks.
    pub breaks: &'static str,
    /// The rules that find it: which of them is first depends on the seed.
    pub finders: &'static [&'static str],
}

const fn row(plant: Plant, breaks: &'static str, finders: &'static [&'static str]) -> Planted {
    Planted { plant, breaks, finders }
}

/// All that the simulation must find.
pub const PLANTS: &[Planted] = &[
    row(
        Plant::Consensus(Consensus::VoteBeforeSync),
        "a vote is answered before it is safe",
        &["monotonic-vote", "monotonic-term", "election-safety", "log-order"],
    ),
    row(
        Plant::Consensus(Consensus::TruncateForgotten),
        "a truncation is not written",
        &["log-matching", "starts-again"],
    ),
    row(
        Plant::Consensus(Consensus::AcknowledgedBeforeSync),
        "entries are acknowledged before they are safe",
        &["leader-completeness", "committed-immutable", "log-order"],
    ),
    row(
        Plant::Consensus(Consensus::PreVoteGranted),
        "whoever asks whether it would get a vote is told yes",
        &["stands-when-fit"],
    ),
    row(
        Plant::Consensus(Consensus::CommitWithoutQuorum),
        "a node that cannot be reached counts as one that has an entry",
        &["committed-on-quorum"],
    ),
    row(
        Plant::Consensus(Consensus::SealedBeforeCommit),
        "a block is sealed when its entry is written",
        &["sealed-when-committed"],
    ),
    row(
        Plant::Consensus(Consensus::AcknowledgedBeforeCommit),
        "an envelope is acknowledged when it is proposed",
        &["acknowledged-in-chain"],
    ),
    row(
        Plant::Consensus(Consensus::ConfigPipelined),
        "batches are proposed behind a configuration that is in flight",
        &["config-barrier"],
    ),
    row(
        Plant::Consensus(Consensus::EmptyLogVotes),
        "a listed node whose log is empty starts under its old id",
        &["ids-never-reused"],
    ),
    row(
        Plant::Consensus(Consensus::MembershipNotReconciled),
        "the membership does not follow the configuration",
        &["converged", "membership-reconciled", "comes-back"],
    ),
    row(
        Plant::Consensus(Consensus::StaleNotReadmitted),
        "what was admitted under an older configuration is not judged again",
        &["revoked-stays-out", "progress", "admitted-in-force"],
    ),
    row(
        Plant::Orderer(Orderer::WrongHashAfterSwitch),
        "a block that brings another hash function is hashed with that one",
        &["block-sound"],
    ),
    row(
        Plant::Orderer(Orderer::NonCanonicalAdmitted),
        "the bytes that a client sent are ordered as they came",
        &["block-sound"],
    ),
    row(
        Plant::Orderer(Orderer::SealedWithoutSync),
        "a block is said to be on disk before it is",
        &["blocks-never-vanish", "acknowledged-in-chain"],
    ),
    row(
        Plant::Ledger(Ledger::SyncForgotten),
        "a sync of a log does nothing",
        &["monotonic-vote", "blocks-never-vanish", "starts-again"],
    ),
];

/// Rules that stand in no table: the course of a world asks them.
const OTHERS: &[&str] = &[
    "progress",
    "serves",
    "converged",
    "comes-back",
    "starts-again",
    "writers-admitted",
    "chain-readable",
    "no-panic",
];

impl Planted {
    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        PLANTS.iter().find(|planted| planted.plant.name() == name)
    }
}

impl Plant {
    /// Its name on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consensus(plant) => plant.name(),
            Self::Orderer(plant) => plant.name(),
            Self::Ledger(plant) => plant.name(),
        }
    }

    /// Plants it for what this thread does from now on, or takes any away.
    pub fn set(plant: Option<Self>) {
        let (mut consensus, mut orderer, mut ledger) = (None, None, None);
        match plant {
            Some(Self::Consensus(plant)) => consensus = Some(plant),
            Some(Self::Orderer(plant)) => orderer = Some(plant),
            Some(Self::Ledger(plant)) => ledger = Some(plant),
            None => {}
        }
        consensus::plant::set(consensus);
        orderer::plant::set(orderer);
        ledger::plant::set(ledger);
    }
}

/// Every mistake of agreement and ordering stands in the table once, and its finders exist. Asked at
/// each start: the table is written by hand.
///
/// # Errors
/// What is wrong with the table.
pub fn check_table() -> Result<(), String> {
    let consensus = Consensus::ALL.iter().copied().map(Plant::Consensus);
    let all = consensus.chain(Orderer::ALL.iter().copied().map(Plant::Orderer));
    for plant in all.filter(|plant| !ELSEWHERE.contains(&plant.name())) {
        let rows = PLANTS.iter().filter(|planted| planted.plant == plant).count();
        if rows != 1 {
            return Err(format!("{} stands in plants.rs {rows} times", plant.name()));
        }
    }
    let rules = INVARIANTS.iter().map(|rule| rule.name);
    let rules: Vec<&str> =
        rules.chain(FINAL.iter().map(|rule| rule.name)).chain(OTHERS.iter().copied()).collect();
    for planted in PLANTS {
        let unknown = planted.finders.iter().find(|finder| !rules.contains(finder));
        if planted.finders.is_empty() || unknown.is_some() {
            let name = planted.plant.name();
            return Err(format!("{name} is to be found by {unknown:?}, which is no rule"));
        }
    }
    Ok(())
}

/// One that the power failures of `crash` find; and one that the tests of `orderer` do, because the
/// proposer lets no batch get as far as that.
const ELSEWHERE: &[&str] = &["laggard-forgotten", "stale-sequence-sealed"];

/// The table in words.
#[must_use]
pub fn table() -> String {
    let line = |planted: &Planted| {
        let finders = planted.finders.join(", ");
        format!("{:28}{:70}{finders}\n", planted.plant.name(), planted.breaks)
    };
    PLANTS.iter().map(line).collect()
}
