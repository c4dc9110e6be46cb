// SPDX-License-Identifier: Apache-2.0
//! A copy of a ledger that is in use.

use super::{Ledger, bases};
use crate::base;
use crate::blocks::BlockStore;
use crate::{ChainBlock, Error, log};
use std::path::Path;
use std::sync::Arc;
use sys::{Access, Volume};

impl<B: ChainBlock> Ledger<B> {
    /// Copies the blocks, and what stands for those that are not there, into a folder of its own;
    /// into one with an earlier copy, only the blocks that are new. Blocks are committed meanwhile.
    /// The copy is a ledger: opening it makes the rest. Says up to which height it goes.
    ///
    /// # Errors
    /// [`Error::Refused`] when the folder has the blocks of another ledger, or when the blocks that
    /// it lacks were pruned here; [`Error::Damaged`], or what the disks say. A copy that failed
    /// goes on the next time.
    pub fn backup(&self, volume: &Arc<dyn Volume>, dir: &Path) -> Result<u64, Error> {
        volume.create_dir(dir, Access::Private).map_err(Error::at(dir))?;
        let lock = log::lock(volume.as_ref(), dir)?;
        let base = self.base();
        let fresh = !BlockStore::<B>::is_there(volume.as_ref(), dir);
        if let (Some(base), true) = (&base, fresh) {
            let path = bases::path(dir, base.header().height);
            base::copy(base.reader(), volume, &path, self.options.blocks.log)?;
        }
        self.blocks.copy_to(volume, dir, self.options.blocks, lock)
    }
}
