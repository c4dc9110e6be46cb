// SPDX-License-Identifier: Apache-2.0
//! A verified block judged against the state, written, and told.

use super::{PeerChannel, Verified};
use crate::lifecycle::NAMESPACE;
use crate::validate::{Judge, Rules, Signed, SignedContent};
use crate::{Error, Status, Verdict};
use bccsp::Digest;
use block::{Block, ReadWriteSet};
use channel::Channel;
use ledger::Committed;
use ledger::mvcc::Candidate;
use proto::protos::TxValidationCode as Code;
use std::sync::{Arc, PoisonError};

/// A block that is part of the ledger.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The block as it is stored: with its verdicts and the commit hash.
    pub block: Block,
    /// Its hash.
    pub hash: Digest,
    /// A code for each transaction.
    pub codes: Vec<Code>,
    /// For each transaction why it does not count; `None` for one that does.
    pub verdicts: Vec<Option<Verdict>>,
    /// Over the verdicts and changes of all blocks so far. Peers whose commit hashes are equal hold equal
    /// states.
    pub commit_hash: Option<Digest>,
    /// The configuration behind it, where it brought another one.
    pub config: Option<Arc<Channel>>,
    /// What each transaction is.
    pub kinds: Vec<Kind>,
}

/// What a transaction is, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A configuration.
    Config,
    /// The call of a chaincode, `name:version`.
    Call(String),
    /// Something was wrong with it before that counts.
    Unknown,
}

/// How far a commit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Ids and policies have been looked at. Versions come next, and the disk.
    Judged,
    /// The block is safe on disk. The state comes next.
    Stored,
}

impl PeerChannel {
    /// Commits the next block: judges its transactions against the state, writes it, makes it safe,
    /// changes the state, and tells.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is not the next one, which changes nothing. [`Error::Halted`] when it
    /// could not be judged or kept: the channel takes no more blocks until it is opened again.
    pub fn commit(&self, verified: Verified) -> Result<Outcome, Error> {
        self.commit_telling(verified, &mut |_| ())
    }

    /// The same. `tell` is called when a stage is over, for whoever has a clock.
    ///
    /// # Errors
    /// As there.
    pub fn commit_telling(
        &self,
        verified: Verified,
        tell: &mut dyn FnMut(Stage),
    ) -> Result<Outcome, Error> {
        let mut rules = self.committing();
        let number = verified.number();
        if let Some(why) = self.stopped() {
            return Err(self.halt(number, why));
        }
        let tip = self.ledger.tip();
        let follows = tip.block_hash.is_some_and(|hash| {
            verified.block.header().previous_hash == hash.as_ref() && number == tip.height
        });
        if !follows {
            let why = format!("it does not follow: block {} is next", tip.height);
            return Err(self.refuse(number, why));
        }
        self.judge_and_keep(verified, &mut rules, tell).map_err(|why| {
            self.stop(&why);
            self.halt(number, why)
        })
    }

    fn judge_and_keep(
        &self,
        verified: Verified,
        rules: &mut Rules,
        tell: &mut dyn FnMut(Stage),
    ) -> Result<Outcome, String> {
        let Verified { block, config, next, transactions, .. } = verified;
        let mut verdicts = self.judge_all(&transactions, &config, rules)?;
        let candidates: Vec<Candidate<'_>> = transactions
            .iter()
            .zip(&verdicts)
            .map(|(transaction, verdict)| candidate(transaction, verdict.as_ref()))
            .collect();
        tell(Stage::Judged);
        let done = self.ledger.begin(block, &candidates);
        let done = done
            .and_then(|begun| self.ledger.finish_telling(begun, &mut || tell(Stage::Stored)))
            .map_err(|error| error.to_string())?;
        add_verdicts(&done.codes, &mut verdicts);
        if changes_definitions(&transactions, &done.codes) {
            rules.forget();
            self.definitions().forget();
        }
        self.tell(&transactions, &done, &verdicts, next.as_ref());
        let Committed { block, hash, codes, commit_hash } = done;
        let kinds = transactions.iter().map(kind).collect();
        Ok(Outcome { block, hash, codes, verdicts, commit_hash, config: next, kinds })
    }

    fn judge_all(
        &self,
        transactions: &[Signed],
        config: &Channel,
        rules: &mut Rules,
    ) -> Result<Vec<Option<Verdict>>, String> {
        let state = self.ledger.snapshot().map_err(|error| error.to_string())?;
        let mut judge = Judge::new(config, &state, self.ledger.blocks(), rules);
        let judged = transactions.iter().enumerate().map(|(place, transaction)| {
            let judged = judge.transaction(transaction);
            let judged = judged.map_err(|error| format!("transaction {place}: {error}"))?;
            Ok(judged.err())
        });
        judged.collect()
    }

    fn tell(
        &self,
        transactions: &[Signed],
        done: &Committed<Block>,
        verdicts: &[Option<Verdict>],
        next: Option<&Arc<Channel>>,
    ) {
        let block = done.block.number();
        let height = block.saturating_add(1);
        if let Some(next) = next {
            *self.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(next);
        }
        self.fronts.lock().unwrap_or_else(PoisonError::into_inner).drop_below(height);
        {
            let mut recent = self.recent();
            let all = transactions.iter().zip(&done.codes).zip(verdicts).enumerate();
            for (place, ((transaction, code), verdict)) in all {
                // Of an id that was there before, the ledger knows the first.
                if *code != Code::DuplicateTxid {
                    let status = Status { block, place, code: *code };
                    recent.add(&transaction.id, status, verdict.clone());
                }
            }
        }
        self.watch.grow(height);
    }
}

fn kind(transaction: &Signed) -> Kind {
    match &transaction.content {
        Ok(SignedContent::Config) => Kind::Config,
        Ok(SignedContent::Call { invoked, .. }) => match invoked.as_ref() {
            Ok(invoked) => Kind::Call(format!("{}:{}", invoked.chaincode, invoked.version)),
            Err(_) => Kind::Unknown,
        },
        Err(_) => Kind::Unknown,
    }
}

fn candidate<'a>(transaction: &'a Signed, verdict: Option<&Verdict>) -> Candidate<'a> {
    let code = verdict.map_or(Code::Valid, |verdict| verdict.code);
    match set_of(transaction) {
        Some(set) => Candidate { id: &transaction.id, code, set: Some(set) },
        None => Candidate { id: "", code, set: None },
    }
}

fn set_of(transaction: &Signed) -> Option<&ReadWriteSet> {
    match &transaction.content {
        Ok(SignedContent::Call { invoked, .. }) => {
            invoked.as_ref().as_ref().ok().map(|invoked| &invoked.set)
        }
        _ => None,
    }
}

/// What the ledger found wrong, in words.
fn add_verdicts(codes: &[Code], verdicts: &mut [Option<Verdict>]) {
    for (code, verdict) in codes.iter().zip(verdicts) {
        if *code == Code::Valid || verdict.is_some() {
            continue;
        }
        let why = match code {
            Code::DuplicateTxid => "an earlier transaction of the block has this id",
            Code::MvccReadConflict => "a key that it read was written since",
            Code::PhantomReadConflict => "a range that it read gives other keys since",
            _ => "the ledger found it invalid",
        };
        *verdict = Some(Verdict::new(*code, why));
    }
}

/// Definitions are what is written there; every transaction reads the one of its chaincode.
fn changes_definitions(transactions: &[Signed], codes: &[Code]) -> bool {
    let valid = transactions.iter().zip(codes).filter(|(_, code)| **code == Code::Valid);
    let sets = valid.filter_map(|(transaction, _)| set_of(transaction));
    sets.flat_map(|set| &set.namespaces)
        .any(|set| set.name == NAMESPACE && !set.public.writes.is_empty())
}
