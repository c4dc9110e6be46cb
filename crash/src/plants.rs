// SPDX-License-Identifier: Apache-2.0
//! Every mistake that can be planted, and the check that is expected to find it.

use crate::checks::{Check, ROUNDS, WORKLOADS};
use ca::plant::Plant as Ca;
use consensus::plant::Plant as Consensus;
use ledger::plant::Plant as Ledger;
use sys::sim::Loss;

/// A mistake of some crate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plant {
    Ledger(Ledger),
    Ca(Ca),
    Consensus(Consensus),
}

/// A mistake, in words, and who finds it: a workload with a kind of loss, or a round.
pub(crate) struct Planted {
    pub(crate) plant: Plant,
    pub(crate) breaks: &'static str,
    finder: (&'static str, Option<Loss>),
}

const fn crash(plant: Plant, breaks: &'static str, workload: &'static str, loss: Loss) -> Planted {
    Planted { plant, breaks, finder: (workload, Some(loss)) }
}

const fn round(plant: Plant, breaks: &'static str, round: &'static str) -> Planted {
    Planted { plant, breaks, finder: (round, None) }
}

pub(crate) const PLANTS: &[Planted] = &[
    crash(
        Plant::Ledger(Ledger::SyncForgotten),
        "a sync of a log does nothing",
        "log",
        Loss::Everything,
    ),
    crash(
        Plant::Ledger(Ledger::RenameWithoutDirSync),
        "a new file's name is not made durable",
        "log",
        Loss::Names,
    ),
    round(
        Plant::Ledger(Ledger::CrcNotChecked),
        "a record is taken without a look at its checksum",
        "log-flips",
    ),
    crash(
        Plant::Ledger(Ledger::DurableMarkWrong),
        "a record claims that more is durable than was synced",
        "log",
        Loss::Sectors,
    ),
    crash(
        Plant::Ledger(Ledger::RewriteForgotten),
        "a log takes what it reads for safe after a failed sync",
        "log",
        Loss::Everything,
    ),
    round(
        Plant::Ledger(Ledger::VersionComparedWrong),
        "of the version of a read only the block counts",
        "state-model",
    ),
    round(Plant::Ledger(Ledger::PhantomMissed), "range queries are not run again", "state-model"),
    round(
        Plant::Ledger(Ledger::LastWriteOrder),
        "of two writes of a key in a block the first stays",
        "state-model",
    ),
    round(
        Plant::Ledger(Ledger::TombstoneRead),
        "a deleted key reads as an empty value",
        "state-model",
    ),
    round(
        Plant::Ledger(Ledger::MetadataLost),
        "a write of a value drops the metadata",
        "state-model",
    ),
    round(
        Plant::Ledger(Ledger::RunNotLookedAt),
        "blocks applied again do not see each other's writes",
        "state-model",
    ),
    round(
        Plant::Ledger(Ledger::LinkLost),
        "the history of a key breaks off where blocks were applied again",
        "state-model",
    ),
    crash(
        Plant::Ledger(Ledger::HeightOutsideCommit),
        "the height is committed before what it stands for",
        "state",
        Loss::Everything,
    ),
    crash(
        Plant::Ledger(Ledger::StateBeforeBlock),
        "the state changes before the block is safe",
        "ledger",
        Loss::Everything,
    ),
    crash(
        Plant::Ledger(Ledger::PruneWithoutSnapshot),
        "blocks are pruned, and nothing stands for them",
        "prune",
        Loss::Everything,
    ),
    crash(
        Plant::Ledger(Ledger::SnapshotNotCompared),
        "a snapshot is not compared with its hashes",
        "import",
        Loss::Everything,
    ),
    crash(
        Plant::Ca(Ca::SignatureNotDurable),
        "a certificate is handed out before it is safe",
        "ca",
        Loss::Everything,
    ),
    crash(
        Plant::Ca(Ca::HomeWithoutFolderSync),
        "a new CA appears before the names in it are safe",
        "ca",
        Loss::Names,
    ),
    crash(
        Plant::Ca(Ca::AuditOutsideCommit),
        "a decision and its audit row are two commits",
        "ca",
        Loss::Nothing,
    ),
    crash(
        Plant::Ca(Ca::EscrowOutsideCommit),
        "the key of a pair is kept in a commit of its own",
        "ca",
        Loss::Nothing,
    ),
    crash(
        Plant::Ca(Ca::RecoveryNotDurable),
        "a kept key is given out before that is safe",
        "ca",
        Loss::Everything,
    ),
    crash(
        Plant::Ca(Ca::GenerationOutsideCommit),
        "a CA goes on under a certificate that is not on record",
        "ca",
        Loss::Everything,
    ),
    crash(
        Plant::Ca(Ca::ReleaseForgotten),
        "a delta CRL does not say what is off hold",
        "ca",
        Loss::Nothing,
    ),
    crash(
        Plant::Ca(Ca::MemoryTrusted),
        "a CA takes what it reads for safe after a failed sync",
        "ca",
        Loss::Everything,
    ),
    crash(
        Plant::Consensus(Consensus::VoteBeforeSync),
        "a vote is answered before it is safe",
        "wal",
        Loss::Everything,
    ),
    crash(
        Plant::Consensus(Consensus::AcknowledgedBeforeSync),
        "entries are acknowledged before they are safe",
        "wal",
        Loss::Everything,
    ),
    crash(
        Plant::Consensus(Consensus::TruncateForgotten),
        "a truncation is not written",
        "wal",
        Loss::Nothing,
    ),
    crash(
        Plant::Consensus(Consensus::LaggardForgotten),
        "a segment goes although a slow group needs entries in it",
        "wal",
        Loss::Nothing,
    ),
];

impl Planted {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        PLANTS.iter().find(|planted| planted.plant.name() == name)
    }

    /// The check that is expected to find it.
    pub(crate) fn finder(&self) -> Option<Check> {
        let (name, loss) = self.finder;
        match loss {
            Some(loss) => {
                let workload = WORKLOADS.iter().find(|workload| workload.name == name)?;
                Some(Check::Crash(workload, loss))
            }
            None => ROUNDS.iter().find(|round| round.name == name).map(Check::Round),
        }
    }
}

impl Plant {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ledger(plant) => plant.name(),
            Self::Ca(plant) => plant.name(),
            Self::Consensus(plant) => plant.name(),
        }
    }

    /// Plants one for this thread, or takes all away.
    pub(crate) fn set(plant: Option<Self>) {
        let (mut ledger, mut ca, mut consensus) = (None, None, None);
        match plant {
            Some(Self::Ledger(plant)) => ledger = Some(plant),
            Some(Self::Ca(plant)) => ca = Some(plant),
            Some(Self::Consensus(plant)) => consensus = Some(plant),
            None => {}
        }
        ledger::plant::set(ledger);
        ca::plant::set(ca);
        consensus::plant::set(consensus);
    }

    /// Those of every crate; of agreement, those of its log. The simulation finds the others.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let ledger = Ledger::ALL.iter().copied().map(Self::Ledger);
        let ca = Ca::ALL.iter().copied().map(Self::Ca);
        ledger.chain(ca).chain(Consensus::LOG.iter().copied().map(Self::Consensus))
    }
}

/// Every mistake stands in the table once, and its finder exists. Asked at each start: the table
/// is written by hand.
pub(crate) fn check_table() -> Result<(), String> {
    for plant in Plant::all() {
        let rows = PLANTS.iter().filter(|planted| planted.plant == plant).count();
        if rows != 1 {
            return Err(format!("{} stands in plants.rs {rows} times", plant.name()));
        }
    }
    for planted in PLANTS {
        let name = planted.plant.name();
        let finder = planted.finder();
        finder.ok_or_else(|| format!("plants.rs names no check that finds {name}"))?;
    }
    Ok(())
}
