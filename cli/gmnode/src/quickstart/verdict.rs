// SPDX-License-Identifier: Apache-2.0
//! Every ledger of a network that was stopped: verified by itself, held against the others, and
//! searched for every transaction that was sent.

use super::load::Transaction;
use crate::commands::ledger::verify::{Verified, open, verify};
use crate::network::plan::Plan;
use crate::network::process::{self, Kind, Process};
use anyhow::{Context as _, Result};
use block::{Block, Envelope};
use ledger::blocks::{BlockStore, Stored};
use proto::protos::TxValidationCode;
use std::collections::BTreeMap;

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdict {
    /// Of each ledger.
    pub(crate) ledgers: Vec<Judged>,
    /// How they differ; nothing when they are equal.
    pub(crate) differences: Vec<String>,
    /// Ids of transactions that were acknowledged, and are not in every peer's ledger, once and valid.
    pub(crate) lost: Vec<String>,
    /// Of the last block, hex; peers that have equal ones have equal states.
    pub(crate) commit_hash: Option<String>,
}

/// A ledger that was verified.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// Whose it is.
    pub(crate) name: String,
    /// How many blocks it has.
    pub(crate) height: u64,
    /// How many transactions are in them.
    pub(crate) transactions: u64,
    /// How many signatures were verified.
    pub(crate) signatures: u64,
    /// What is wrong first; nothing when it holds.
    pub(crate) wrong: Option<String>,
}

impl Verdict {
    /// Whether all is as it should be.
    pub(crate) fn holds(&self) -> bool {
        let all_hold = self.ledgers.iter().all(|ledger| ledger.wrong.is_none());
        all_hold && self.differences.is_empty() && self.lost.is_empty()
    }
}

/// Judges all ledgers. No process may run.
pub(crate) fn judge(plan: &Plan, sent: &[Transaction]) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    let mut stores = Vec::new();
    for process in process::all(plan).into_iter().filter(Process::keeps_ledger) {
        let dir = process.ledger(&plan.channel);
        let name = || process.name.clone();
        let verified =
            verify(&dir, Some(&plan.genesis(&plan.channel)), &mut |_| ()).with_context(name)?;
        verdict.ledgers.push(judged(&process, &verified));
        if matches!(verified, Verified::Read { .. }) {
            let (store, _) = open(&dir, 0).with_context(name)?;
            stores.push(Ledger { name: name(), is_peer: is_peer(&process), store });
        }
    }
    compare(&stores, &mut verdict)?;
    for ledger in stores.iter().filter(|ledger| ledger.is_peer) {
        let found = transactions(ledger.store.iter(ledger.store.first()))?;
        verdict.lost.extend(lost(sent, &found).map(|id| format!("{id} on {}", ledger.name)));
    }
    Ok(verdict)
}

fn is_peer(process: &Process) -> bool {
    matches!(process.kind, Kind::Peer(..))
}

fn judged(process: &Process, verified: &Verified) -> Judged {
    let name = process.name.clone();
    match verified {
        Verified::Unreadable(error) => {
            let wrong = Some(error.to_string());
            Judged { name, height: 0, transactions: 0, signatures: 0, wrong }
        }
        Verified::Read { summary, signatures, .. } => Judged {
            name,
            height: summary.height,
            transactions: summary.transactions,
            signatures: *signatures,
            wrong: summary.findings.first().map(ToString::to_string),
        },
    }
}

/// A ledger that is read.
struct Ledger {
    name: String,
    is_peer: bool,
    store: BlockStore<Block>,
}

impl Ledger {
    fn block(&self, number: u64) -> Result<Option<Block>> {
        let stored = self.store.block(number).with_context(|| self.name.clone())?;
        Ok(stored.map(|stored| stored.block))
    }
}

/// Holds all ledgers against each other, block by block.
fn compare(ledgers: &[Ledger], verdict: &mut Verdict) -> Result<()> {
    let highest = ledgers.iter().map(|ledger| ledger.store.height()).max().unwrap_or(0);
    for number in 0..highest {
        let copies = ledgers.iter().map(|ledger| {
            anyhow::Ok(OneCopy {
                name: &ledger.name,
                is_peer: ledger.is_peer,
                block: ledger.block(number)?,
            })
        });
        let copies: Vec<OneCopy<'_>> = copies.collect::<Result<_>>()?;
        let found = differences(&copies)?;
        verdict.differences.extend(found.into_iter().map(|what| format!("block {number}: {what}")));
        let of_peer = copies.iter().find(|copy| copy.is_peer).and_then(|copy| copy.block.as_ref());
        if let Some(block) = of_peer {
            verdict.commit_hash = block.metadata().commit_hash()?.map(hex::encode);
        }
    }
    Ok(())
}

/// A block as it is in one of several ledgers.
struct OneCopy<'a> {
    name: &'a str,
    is_peer: bool,
    block: Option<Block>,
}

/// Header and data of all against those of the first, and of peers the verdicts on transactions and
/// the commit hash.
fn differences(copies: &[OneCopy<'_>]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut first: Option<(&str, &Block)> = None;
    let mut first_peer: Option<(&str, &Block)> = None;
    for OneCopy { name, is_peer, block } in copies {
        let Some(block) = block else {
            found.push(format!("{name} lacks it"));
            continue;
        };
        let mut differ =
            |other: &str, what: &str| found.push(format!("{name} and {other}: {what}"));
        let (other, known) = first.get_or_insert((name, block));
        if known.header() != block.header() {
            differ(other, "other headers");
        }
        if known.entries() != block.entries() {
            differ(other, "other transactions");
        }
        if !is_peer {
            continue;
        }
        let (other, known) = first_peer.get_or_insert((name, block));
        if known.metadata().filter() != block.metadata().filter() {
            differ(other, "other verdicts on transactions");
        }
        if known.metadata().commit_hash()? != block.metadata().commit_hash()? {
            differ(other, "other commit hashes");
        }
    }
    Ok(found)
}

/// The ids of transactions that an orderer has taken, and that do not count once.
fn lost<'a>(
    sent: &'a [Transaction],
    found: &BTreeMap<String, Vec<TxValidationCode>>,
) -> impl Iterator<Item = &'a str> {
    let counts = |id: &str| found.get(id).map(Vec::as_slice) == Some(&[VALID]);
    let acknowledged = sent.iter().filter(|one| one.is_acknowledged);
    acknowledged.map(|one| one.tx_id.as_str()).filter(move |id| !counts(id))
}

/// The verdicts on all transactions, by id.
fn transactions(
    blocks: impl Iterator<Item = Result<Stored<Block>, ledger::Error>>,
) -> Result<BTreeMap<String, Vec<TxValidationCode>>> {
    let mut found: BTreeMap<String, Vec<TxValidationCode>> = BTreeMap::new();
    for stored in blocks {
        let block = stored?.block;
        for (place, entry) in block.entries().iter().enumerate() {
            let Ok(envelope) = Envelope::open(entry.clone()) else { continue };
            let code = block.metadata().verdict(place).unwrap_or(TxValidationCode::NotValidated);
            // The same envelope sent twice is one transaction; the second is marked as such.
            if code != TxValidationCode::DuplicateTxid {
                let id = envelope.headers().channel_header().tx_id.clone();
                found.entry(id).or_default().push(code);
            }
        }
    }
    Ok(found)
}

const VALID: TxValidationCode = TxValidationCode::Valid;

#[cfg(test)]
mod tests {
    use super::*;
    use bccsp::Providers;

    fn block(entry: &'static str) -> Block {
        let providers: Providers = crate::objects::providers().unwrap();
        let hash = providers.hash(providers.default_suite().hash_algorithm()).unwrap();
        let mut block = Block::genesis(entry.into(), hash);
        block.metadata_mut().set_filter(&[VALID]);
        block.metadata_mut().set_commit_hash(&hash.digest(&[b"state"]));
        block
    }

    fn differ(change: impl FnOnce(&mut Vec<OneCopy<'_>>)) -> Vec<String> {
        let copy = |(name, is_peer)| OneCopy { name, is_peer, block: Some(block("one")) };
        let mut copies: Vec<OneCopy<'_>> =
            [("orderer", false), ("peer1", true), ("peer2", true)].map(copy).into();
        change(&mut copies);
        differences(&copies).unwrap()
    }

    #[test]
    fn what_differs_is_named() {
        assert!(differ(|_| ()).is_empty());
        assert_eq!(differ(|copies| copies[2].block = None), ["peer2 lacks it"]);
        let other = differ(|copies| copies[1].block = Some(block("other")));
        assert!(other.contains(&"peer1 and orderer: other headers".to_owned()), "{other:?}");
        assert!(other.contains(&"peer1 and orderer: other transactions".to_owned()), "{other:?}");
        let metadata = |copies: &mut Vec<OneCopy<'_>>, at: usize| {
            let mut block = block("one");
            block.metadata_mut().set_filter(&[TxValidationCode::MvccReadConflict]);
            copies[at].block = Some(block);
        };
        // Orderers give no verdicts.
        assert!(differ(|copies| metadata(copies, 0)).is_empty());
        let found = differ(|copies| metadata(copies, 2));
        assert_eq!(found[0], "peer2 and peer1: other verdicts on transactions");
    }

    #[test]
    fn what_is_acknowledged_must_count_once() {
        let one = |tx_id: &str, is_acknowledged| Transaction {
            tx_id: tx_id.to_owned(),
            is_acknowledged,
            ..Transaction::default()
        };
        let sent = ["valid", "twice", "conflict", "gone"].map(|id| one(id, true));
        let sent = [&sent[..], &[one("unknown", false)]].concat();
        let found = [
            ("valid", vec![VALID]),
            ("twice", vec![VALID, VALID]),
            ("conflict", vec![TxValidationCode::MvccReadConflict]),
        ];
        let found = found.map(|(id, codes)| (id.to_owned(), codes)).into();
        assert_eq!(lost(&sent, &found).collect::<Vec<_>>(), ["twice", "conflict", "gone"]);
    }
}
