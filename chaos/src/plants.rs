// SPDX-License-Identifier: Apache-2.0
//! Mistakes that are put into what was seen, to see that they are found.

use crate::evidence::{Ledger, Peer};
use crate::history::{History, Outcome};
use anyhow::{Context as _, Result};

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plant {
    LostTransaction,
    SwappedFlag,
    OtherHeader,
    OtherCommitHash,
    LostBlock,
    LostUpdate,
    StaleRead,
    RefusedCounts,
    Backwards,
    Twice,
}

impl Plant {
    pub(crate) const ALL: [Self; 10] = [
        Self::LostTransaction,
        Self::SwappedFlag,
        Self::OtherHeader,
        Self::OtherCommitHash,
        Self::LostBlock,
        Self::LostUpdate,
        Self::StaleRead,
        Self::RefusedCounts,
        Self::Backwards,
        Self::Twice,
    ];

    /// Its name, what it does, and the rule that finds it.
    pub(crate) fn told(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::LostTransaction => (
                "lost-transaction",
                "an acknowledged transaction is gone from every ledger",
                "acknowledged-is-there",
            ),
            Self::SwappedFlag => ("swapped-flag", "a peer has another verdict", "one-verdict"),
            Self::OtherHeader => ("other-header", "a node has another header", "one-chain"),
            Self::OtherCommitHash => {
                ("other-commit-hash", "a peer has another commit hash", "one-verdict")
            }
            Self::LostBlock => ("lost-block", "a node lacks the last block", "same-height"),
            Self::LostUpdate => ("lost-update", "a key of a peer's state is old", "last-writer"),
            Self::StaleRead => (
                "stale-read",
                "a peer showed an older number than it had acknowledged",
                "reads-go-forward",
            ),
            Self::RefusedCounts => (
                "refused-counts",
                "what counts had been refused to its client",
                "refused-is-not-there",
            ),
            Self::Backwards => {
                ("backwards", "what began later is earlier in the chain", "in-order")
            }
            Self::Twice => ("twice", "a transaction is there twice, and counts twice", "once"),
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plant| plant.told().0 == name)
    }

    /// Puts it in.
    pub(crate) fn plant(self, history: &mut History, ledgers: &mut [Ledger]) -> Result<()> {
        let done = match self {
            Self::LostTransaction => lost_transaction(history, ledgers),
            Self::SwappedFlag => last_peer(ledgers).and_then(|ledger| {
                *ledger.blocks.last_mut()?.flags.last_mut()? ^= 1;
                Some(())
            }),
            Self::OtherHeader => ledgers.last_mut().and_then(|ledger| {
                *ledger.blocks.last_mut()?.header.last_mut()? ^= 1;
                Some(())
            }),
            Self::OtherCommitHash => last_peer(ledgers).and_then(|ledger| {
                *ledger.blocks.last_mut()?.commit_hash.last_mut()? ^= 1;
                Some(())
            }),
            Self::LostBlock => ledgers.last_mut().and_then(|ledger| ledger.blocks.pop()).map(drop),
            Self::LostUpdate => last_peer(ledgers).and_then(|ledger| {
                let Peer { state, .. } = ledger.peer.as_mut()?;
                *state.values_mut().next()? -= 1;
                Some(())
            }),
            Self::StaleRead => stale_read(history),
            Self::RefusedCounts => acknowledged(history).map(|write| {
                write.outcome = Outcome::Refused;
            }),
            Self::Backwards => backwards(history),
            Self::Twice => last_peer(ledgers).and_then(|ledger| {
                let mut blocks = ledger.blocks.iter_mut().rev();
                let block = blocks.find(|block| !block.transactions.is_empty())?;
                let repeated = block.transactions.first()?.clone();
                block.transactions.push(repeated);
                Some(())
            }),
        };
        done.context("there is nothing to plant it in")
    }
}

fn last_peer(ledgers: &mut [Ledger]) -> Option<&mut Ledger> {
    ledgers.iter_mut().rfind(|ledger| ledger.peer.is_some())
}

fn acknowledged(history: &mut History) -> Option<&mut crate::history::Write> {
    let mut all = history.writes.iter_mut().rev();
    all.find(|write| matches!(write.outcome, Outcome::Acknowledged { .. }))
}

fn lost_transaction(history: &mut History, ledgers: &mut [Ledger]) -> Option<()> {
    let id = acknowledged(history)?.tx_id.clone();
    for block in ledgers.iter_mut().flat_map(|ledger| &mut ledger.blocks) {
        block.transactions.retain(|one| one.id != id);
    }
    Some(())
}

/// A read of what was there before, right after something newer was acknowledged.
fn stale_read(history: &mut History) -> Option<()> {
    let acknowledged = history.writes.iter().filter_map(|write| match write.outcome {
        Outcome::Acknowledged { block, peer } => Some((write, block, peer)),
        _ => None,
    });
    let acknowledged: Vec<_> = acknowledged.collect();
    let read = acknowledged.iter().find_map(|(new, block, peer)| {
        let is_older = |(old, before, _): &&(&crate::history::Write, u64, usize)| {
            old.key == new.key && before < block
        };
        let (old, ..) = acknowledged.iter().find(is_older)?;
        let (start, end) = (new.end + 1, new.end + 2);
        let (number, key, peer) = (old.number, old.key.clone(), *peer);
        Some(crate::history::Read { number, key, peer, start, end })
    })?;
    history.reads.push(read);
    Some(())
}

/// The first that was acknowledged began after all others.
fn backwards(history: &mut History) -> Option<()> {
    let end = history.writes.iter().map(|write| write.end).max()?;
    let mut all = history.writes.iter_mut();
    let first = all.find(|write| matches!(write.outcome, Outcome::Acknowledged { .. }))?;
    (first.start, first.end) = (end + 1, end + 2);
    Some(())
}
