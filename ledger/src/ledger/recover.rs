// SPDX-License-Identifier: Apache-2.0
//! Bringing the state up to the blocks.
//!
//! The state's height is inside its commits, so it is always that of some block, whole. The blocks
//! behind it are applied again by the verdicts that are stored with them, and each must give the
//! commit hash that is stored with it.

use super::{algorithm_after, config_block, hash};
use crate::base::Base;
use crate::blocks::{BlockStore, Stored};
use crate::state::{State, Tip};
use crate::{ChainBlock, Error, StateTransaction, commit_hash, mvcc};
use bccsp::{Digest, Hash, HashAlgorithm, Providers};
use std::ops::Range;

/// What a state is made from.
pub(super) struct Parts<'a, B> {
    pub(super) blocks: &'a BlockStore<B>,
    pub(super) base: Option<&'a Base>,
    pub(super) providers: &'a Providers,
}

impl<B: ChainBlock> Parts<'_, B> {
    /// Why the state is not one of these blocks, if it is not.
    pub(super) fn doubt(&self, state: &State) -> Result<Option<String>, Error> {
        let tip = state.tip();
        let Some(last) = tip.height.checked_sub(1) else { return Ok(None) };
        let stored = self.blocks.block(last)?.map(|stored| stored.hash);
        let header = self.base.map(Base::header).filter(|header| header.height == tip.height);
        let known = stored.or(header.map(|header| header.block_hash));
        if tip.block_hash.is_none() || tip.block_hash != known {
            return Ok(Some(format!("it is not that of block {last}")));
        }
        Ok(None)
    }

    /// Takes in what is missing. Says which blocks that were.
    pub(super) fn catch_up(
        &self,
        state: &State,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Range<u64>, Error> {
        if let Some(base) = self.base.filter(|_| state.height() == 0) {
            self.load(state, base)?;
        }
        let replayed = self.replay(state, progress)?;
        if let Some(base) = self.base {
            // A prune that did not come to its end.
            state.forget_before(base.header().height)?;
        }
        Ok(replayed)
    }

    fn replay(
        &self,
        state: &State,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Range<u64>, Error> {
        let (from, to) = (state.height(), self.blocks.height());
        if from == to {
            return Ok(0..0);
        }
        let mut algorithm = self.algorithm_before(from)?;
        for number in from..to {
            let stored = self.block(number)?;
            let own = algorithm.map_or_else(|| algorithm_after(&stored), Ok)?;
            self.apply(state, &stored, hash(self.providers, own)?)?;
            algorithm =
                Some(if stored.block.is_config() { algorithm_after(&stored)? } else { own });
            if number.is_multiple_of(PROGRESS_EVERY) {
                progress(number, to);
            }
        }
        state.flush()?;
        progress(to, to);
        Ok(from..to)
    }

    fn apply(&self, state: &State, stored: &Stored<B>, hash: &dyn Hash) -> Result<(), Error> {
        let number = stored.block.number();
        let transactions = transactions(&stored.block)?;
        let sets = transactions.iter().map(|(valid, read)| (*valid, read.set.as_ref()));
        let updates = mvcc::replay(&state.snapshot()?, hash, number, sets)?;
        let before = state.tip().commit_hash;
        let made = || commit_hash(hash, stored.block.codes(), &updates, before.as_ref());
        let made = (number > 0).then(made);
        check_commit_hash(&stored.block, made.as_ref())?;
        state.commit(&updates, made, stored.hash)
    }

    /// Takes the snapshot into an empty state, or goes on with that.
    fn load(&self, state: &State, base: &Base) -> Result<(), Error> {
        let from = state.loading()?.unwrap_or(0);
        base.rows(from, &mut |next, rows| {
            state.load(rows, next, next.is_multiple_of(DURABLE_EVERY))
        })?;
        let header = base.header();
        state.end_load(Tip {
            height: header.height,
            commit_hash: header.commit_hash,
            block_hash: Some(header.block_hash),
            history_from: header.height,
        })
    }

    /// The hash function in force for a block; none for block 0, which names its own.
    fn algorithm_before(&self, number: u64) -> Result<Option<HashAlgorithm>, Error> {
        let Some(last) = number.checked_sub(1) else { return Ok(None) };
        let header = self.base.map(Base::header).filter(|header| header.height == number);
        if let Some(header) = header {
            return Ok(Some(header.algorithm));
        }
        let config = self.block(last)?.last_config.unwrap_or(0);
        algorithm_after(&config_block(self.blocks, self.base, config)?).map(Some)
    }

    fn block(&self, number: u64) -> Result<Stored<B>, Error> {
        self.blocks.block(number)?.ok_or_else(|| {
            let what = format!("block {number} is needed for the state, and was pruned");
            Error::Refused(what)
        })
    }
}

/// How often somebody hears how far it is, in blocks.
const PROGRESS_EVERY: u64 = 64;
/// How many records of a snapshot, of a mebibyte each, are taken in between two durable commits.
const DURABLE_EVERY: u64 = 32;

/// Each transaction, and whether it counts. Of those that do not, nothing is read.
fn transactions<B: ChainBlock>(block: &B) -> Result<Vec<(bool, StateTransaction)>, Error> {
    let (number, codes) = (block.number(), block.codes());
    if codes.len() != block.transaction_count() {
        let what = format!("block {number} is stored without the verdicts on its transactions");
        return Err(Error::Refused(what));
    }
    let one = |(place, code): (usize, &u8)| {
        if *code != 0 {
            return Ok((false, StateTransaction { id: String::new(), set: None }));
        }
        let read = block.transaction(place).map_err(|why| {
            Error::Refused(format!("block {number}, transaction {place} counts, but: {why}"))
        })?;
        Ok((true, read))
    };
    codes.iter().enumerate().map(one).collect()
}

fn check_commit_hash<B: ChainBlock>(block: &B, made: Option<&Digest>) -> Result<(), Error> {
    let number = block.number();
    let stored =
        block.commit_hash().map_err(|why| Error::Refused(format!("block {number}: {why}")))?;
    if stored.as_ref() == made {
        return Ok(());
    }
    let say = |hash: Option<&Digest>| hash.map_or_else(|| "none".into(), Digest::to_string);
    Err(Error::Refused(format!(
        "block {number} is stored with the commit hash {}, and its transactions give {}: block or \
         state are not those of this channel",
        say(stored.as_ref()),
        say(made)
    )))
}
