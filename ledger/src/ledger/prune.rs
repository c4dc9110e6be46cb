// SPDX-License-Identifier: Apache-2.0
//! Taking away old blocks, behind a snapshot that stands for them.

use super::{Ledger, bases};
use crate::plant::{self, Plant};
use crate::{ChainBlock, Error};
use std::sync::{Arc, PoisonError};

impl<B: ChainBlock> Ledger<B> {
    /// Takes away blocks before that number, as far as whole segments are, and the history of all
    /// blocks so far. Says which block is the first now.
    ///
    /// First a snapshot of the state is written into the ledger's folder: from it and the blocks
    /// behind it everything can be made again. Blocks are not committed meanwhile.
    ///
    /// # Errors
    /// [`Error::Refused`] before block 0; [`Error::Stopped`] after a failure, or what the disk says.
    pub fn prune_before(&self, number: u64) -> Result<u64, Error> {
        let mut writer = self.running()?;
        let pruned = self.prune(number);
        writer.stopped = pruned.is_err() && !matches!(pruned, Err(Error::Refused(_)));
        pruned
    }

    fn prune(&self, number: u64) -> Result<u64, Error> {
        let height = self.height();
        let there = self.base().is_some_and(|base| base.header().height == height);
        if !there && !plant::is(Plant::PruneWithoutSnapshot) {
            let base = self.export(&self.volume, &bases::path(&self.dir, height))?;
            base.verify(self.hash(base.header().algorithm)?)?;
            *self.base.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(base));
        }
        self.state.forget_before(height)?;
        let first = self.blocks.prune_before(number)?;
        bases::remove_below(self.volume.as_ref(), &self.dir, height)?;
        Ok(first)
    }
}
