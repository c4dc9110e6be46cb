// SPDX-License-Identifier: Apache-2.0
//! Bringing the state up to the blocks.
//!
//! The state's height is inside its commits, so it is always that of some block, whole. The blocks
//! behind it are applied again by the verdicts that are stored with them, and each must give the
//! commit hash that is stored with it.

use super::{algorithm_after, config_block, hash, replay_blocks};
use crate::base::Base;
use crate::blocks::{BlockStore, Stored};
use crate::state::{State, Tip};
use crate::{ChainBlock, Error};
use bccsp::{HashAlgorithm, Providers};
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
        let mut hash_of = |stored: &Stored<B>| {
            let own = algorithm.map_or_else(|| algorithm_after(&stored.block), Ok)?;
            algorithm =
                Some(if stored.block.is_config() { algorithm_after(&stored.block)? } else { own });
            hash(self.providers, own)
        };
        let blocks = (from..to).map(|number| self.block(number));
        replay_blocks(blocks, state, &mut hash_of, &mut |height| progress(height, to))?;
        state.flush()?;
        progress(to, to);
        Ok(from..to)
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
        algorithm_after(&config_block(self.blocks, self.base, config)?.block).map(Some)
    }

    fn block(&self, number: u64) -> Result<Stored<B>, Error> {
        self.blocks.block(number)?.ok_or_else(|| {
            let what = format!("block {number} is needed for the state, and was pruned");
            Error::Refused(what)
        })
    }
}

/// How many records of a snapshot, of a mebibyte each, are taken in between two durable commits.
const DURABLE_EVERY: u64 = 32;
