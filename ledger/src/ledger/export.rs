// SPDX-License-Identifier: Apache-2.0
//! Snapshots out of a ledger, and into an empty folder.

use super::{Ledger, Options, bases};
use crate::base::{self, Base, Header};
use crate::blocks::BlockStore;
use crate::state::{Snapshot, State};
use crate::{ChainBlock, Error, log};
use bccsp::{Digest, Providers};
use proto::Bytes;
use std::path::Path;
use std::sync::Arc;
use sys::{Access, Volume};

impl<B: ChainBlock> Ledger<B> {
    /// Writes a snapshot of the state as it is now, with the ids of all blocks before, into a
    /// folder of its own. Blocks are committed meanwhile. What was begun there at the same height
    /// is finished.
    ///
    /// # Errors
    /// [`Error::Refused`] before block 0, and when the folder has a snapshot of another height;
    /// what the disks say.
    pub fn export(&self, volume: &Arc<dyn Volume>, dir: &Path) -> Result<Base, Error> {
        let snapshot = self.snapshot()?;
        let header = self.header(&snapshot)?;
        let height = header.height;
        base::write(
            volume,
            dir,
            self.options.blocks.log,
            &mut base::Source {
                hash: self.hash(header.algorithm)?,
                header,
                state: &snapshot,
                ids: &mut |each| self.blocks.export_ids(height, each),
            },
        )
    }

    /// What a snapshot of that state says of itself.
    fn header(&self, snapshot: &Snapshot) -> Result<Header, Error> {
        let empty = || Error::Refused("there is nothing in the ledger yet".into());
        let tip = snapshot.tip();
        let block_hash = tip.block_hash.ok_or_else(empty)?;
        let number = self.config_before(tip.height)?.ok_or_else(empty)?;
        let config = super::config_block(&self.blocks, self.base().as_deref(), number)?;
        let mut config_block = Vec::new();
        config.block.encode(&mut config_block);
        Ok(Header {
            height: tip.height,
            algorithm: super::algorithm_after(&config.block)?,
            block_hash,
            commit_hash: tip.commit_hash,
            last_config: number,
            config_hash: config.hash,
            config_block: Bytes::from(config_block),
        })
    }

    /// The last configuration block below that height.
    fn config_before(&self, height: u64) -> Result<Option<u64>, Error> {
        let Some(last) = height.checked_sub(1) else { return Ok(None) };
        if let Some(stored) = self.blocks.block(last)? {
            return Ok(stored.last_config);
        }
        let base = self.base().filter(|base| base.header().height == height);
        Ok(base.map(|base| base.header().last_config))
    }
}

/// Begins a ledger from a snapshot, in a folder without one: copies it there, or what is missing
/// of it, and compares everything with its hashes. [`Ledger::open`] then makes the state from it.
/// With `state_hash`, the snapshot must be that of this state.
///
/// # Errors
/// [`Error::Refused`] when there is a ledger, when another import was begun, or when the snapshot
/// has another state hash; [`Error::Damaged`], or what the disks say. After an error nothing counts
/// as a ledger, and the same import goes on where it stopped.
pub fn import(
    (from_volume, from): (&Arc<dyn Volume>, &Path),
    (volume, dir): (&Arc<dyn Volume>, &Path),
    options: Options,
    providers: &Providers,
    state_hash: Option<&Digest>,
) -> Result<Base, Error> {
    let source = Base::open(from_volume, from)?;
    if state_hash.is_some_and(|expected| *expected != source.end().state_hash) {
        let what = format!("{}: its state hash is {}", from.display(), source.end().state_hash);
        return Err(Error::Refused(what));
    }
    volume.create_dir(dir, Access::Private).map_err(Error::at(dir))?;
    let _lock = log::lock(volume.as_ref(), dir)?;
    check_free(volume.as_ref(), dir)?;
    let path = bases::path(dir, source.header().height);
    if bases::all(volume.as_ref(), dir)?.iter().any(|(_, other)| *other != path) {
        let what = format!("{}: another import was begun here; remove the folder", dir.display());
        return Err(Error::Refused(what));
    }
    let hash = super::hash(providers, source.header().algorithm)?;
    source.verify(hash)?;
    base::copy(source.reader(), volume, &path, options.blocks.log)?;
    let copied = Base::open(volume, &path)?;
    copied.verify(hash)?;
    Ok(copied)
}

fn check_free(volume: &dyn Volume, dir: &Path) -> Result<(), Error> {
    if BlockStore::<block::Block>::is_there(volume, dir) || volume.exists(&dir.join(State::FILE)) {
        let what = format!("{}: there is a ledger already", dir.display());
        return Err(Error::Refused(what));
    }
    Ok(())
}
