// SPDX-License-Identifier: Apache-2.0
//! Committing a block.

use super::{Ledger, Writer, algorithm_after};
use crate::blocks::BlockStore;
use crate::mvcc::{self, Candidate, Judged};
use crate::plant::{self, Plant};
use crate::{ChainBlock, Error, commit_hash};
use bccsp::{Digest, HashAlgorithm};
use proto::protos::TxValidationCode;

/// A block that is written and not safe yet. It must be [finished](Ledger::finish); a ledger with
/// one that was dropped takes no more blocks until it is opened again.
#[derive(Debug)]
#[must_use = "a block that is not finished stops the ledger"]
pub struct Pending<B> {
    block: B,
    hash: Digest,
    judged: Judged,
    commit_hash: Option<Digest>,
    /// In force for the next block.
    algorithm: HashAlgorithm,
}

/// A block that is part of the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed<B> {
    /// As it is stored: with its verdicts and the commit hash.
    pub block: B,
    /// Its hash.
    pub hash: Digest,
    /// A code for each transaction.
    pub codes: Vec<TxValidationCode>,
    /// The commit hash; block 0 has none.
    pub commit_hash: Option<Digest>,
}

impl<B: ChainBlock> Ledger<B> {
    /// Judges the next block, writes it and makes it safe, and then changes the state.
    ///
    /// `candidates` are its transactions as they were judged before: signatures, policies, and
    /// whether the block is what its header says ([`ChainBlock::check`]).
    ///
    /// # Errors
    /// [`Error::Refused`] when it does not follow, or when its configuration was found invalid;
    /// [`Error::Stopped`] after a failure, or what the disk says. A transaction is never the cause.
    pub fn commit(&self, block: B, candidates: &[Candidate<'_>]) -> Result<Committed<B>, Error> {
        self.finish(self.begin(block, candidates)?)
    }

    /// The first half of [`commit`](Self::commit): the block is judged and written. Nobody may
    /// hear of it yet.
    ///
    /// # Errors
    /// As there.
    pub fn begin(&self, mut block: B, candidates: &[Candidate<'_>]) -> Result<Pending<B>, Error> {
        let mut writer = self.running()?;
        let number = block.number();
        self.check_next(&block, candidates)?;
        // Block 0 is hashed with what it names itself.
        let algorithm = writer.algorithm.map_or_else(|| algorithm_after(&block), Ok)?;
        let hash = self.hash(algorithm)?;
        let judged =
            mvcc::validate(&self.state.snapshot()?, &self.blocks, hash, number, candidates)?;
        let next = next_algorithm(&block, &judged.codes, algorithm)?;
        let codes: Vec<u8> = judged.codes.iter().map(|code| byte(*code)).collect();
        let before = self.state.tip().commit_hash;
        let commit_hash =
            (number > 0).then(|| commit_hash(hash, &codes, &judged.updates, before.as_ref()));
        block.seal(&judged.codes, commit_hash.as_ref());
        let hash = block.hash(hash);
        self.blocks.append(&block, &hash)?;
        writer.pending = Some((number, hash));
        Ok(Pending { block, hash, judged, commit_hash, algorithm: next })
    }

    /// The second half: the block is made safe, and changes the state.
    ///
    /// # Errors
    /// [`Error::Refused`] when it was begun in another ledger. [`Error::Stopped`] after a failure, or
    /// what the disk says: then it is open whether the block is part of the ledger until that is
    /// opened again.
    pub fn finish(&self, pending: Pending<B>) -> Result<Committed<B>, Error> {
        self.finish_telling(pending, &mut || ())
    }

    /// The same. `stored` is called when the block is safe, before the state changes.
    ///
    /// # Errors
    /// As there.
    pub fn finish_telling(
        &self,
        pending: Pending<B>,
        stored: &mut dyn FnMut(),
    ) -> Result<Committed<B>, Error> {
        let mut writer = self.writer();
        if plant::is(Plant::StateBeforeBlock) {
            let done = self.settle(&mut writer, pending, Ok(()))?;
            let synced = self.state.flush().and_then(|()| self.blocks.sync());
            writer.stopped = synced.is_err();
            return synced.map(|()| done);
        }
        let synced = self.blocks.sync();
        stored();
        self.settle(&mut writer, pending, synced)
    }

    /// The same for blocks of several ledgers, which are made safe at once. In their order: what
    /// became of each.
    pub fn finish_all(pending: Vec<(&Self, Pending<B>)>) -> Vec<Result<Committed<B>, Error>> {
        let stores: Vec<&BlockStore<B>> =
            pending.iter().map(|(ledger, _)| &ledger.blocks).collect();
        let all = BlockStore::sync_all(&stores);
        let one = |(ledger, pending): (&Self, Pending<B>)| {
            let mut writer = ledger.writer();
            // When one has failed, each is asked by itself.
            let synced = if all.is_ok() { Ok(()) } else { ledger.blocks.sync() };
            ledger.settle(&mut writer, pending, synced)
        };
        pending.into_iter().map(one).collect()
    }

    fn settle(
        &self,
        writer: &mut Writer,
        pending: Pending<B>,
        synced: Result<(), Error>,
    ) -> Result<Committed<B>, Error> {
        let Pending { block, hash, judged, commit_hash, algorithm } = pending;
        if writer.pending != Some((block.number(), hash)) {
            let what = format!("block {} was not begun in this ledger", block.number());
            return Err(Error::Refused(what));
        }
        let done = synced.and_then(|()| self.state.commit(&judged.updates, commit_hash, hash));
        writer.stopped = done.is_err();
        done?;
        writer.pending = None;
        writer.algorithm = Some(algorithm);
        Ok(Committed { block, hash, codes: judged.codes, commit_hash })
    }

    fn check_next(&self, block: &B, candidates: &[Candidate<'_>]) -> Result<(), Error> {
        let (number, height) = (block.number(), self.height());
        if number != height {
            let what = format!("block {number} does not follow: block {height} is next");
            return Err(Error::Refused(what));
        }
        if candidates.len() != block.transaction_count() {
            let (given, count) = (candidates.len(), block.transaction_count());
            let what = format!("block {number} has {count} transactions, {given} were judged");
            return Err(Error::Refused(what));
        }
        Ok(())
    }
}

fn next_algorithm<B: ChainBlock>(
    block: &B,
    codes: &[TxValidationCode],
    now: HashAlgorithm,
) -> Result<HashAlgorithm, Error> {
    if !block.is_config() {
        return Ok(now);
    }
    if codes.iter().any(|code| *code != TxValidationCode::Valid) {
        // Orderers have applied it: there is no way on from here.
        let what = format!("the configuration in block {} was found invalid", block.number());
        return Err(Error::Refused(what));
    }
    algorithm_after(block)
}

fn byte(code: TxValidationCode) -> u8 {
    u8::try_from(code as i32).unwrap_or(u8::MAX)
}
