// SPDX-License-Identifier: Apache-2.0
//! Opening a ledger, and making its parts agree.

use super::{Ledger, Options, Writer, algorithm_after, bases, config_block, recover};
use crate::base::Base;
use crate::blocks::{Before, BlockStore};
use crate::state::State;
use crate::{ChainBlock, Error, log};
use bccsp::{HashAlgorithm, Providers};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex};
use sys::{Access, Volume};

/// What opening a ledger had to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Why the state was made anew.
    pub rebuilt: Option<String>,
    /// Which blocks the state took in. None after a clean stop.
    pub replayed: Range<u64>,
}

impl<B: ChainBlock> Ledger<B> {
    /// Opens the ledger in a folder, or begins an empty one. What is behind is brought up to the
    /// blocks, what is no good is made again.
    ///
    /// # Errors
    /// [`Error::InUse`]; [`Error::Damaged`] when blocks are missing or not what was written;
    /// [`Error::NewerFormat`]; [`Error::Refused`] when an import was not finished, or what the disk
    /// says.
    pub fn open(
        volume: &Arc<dyn Volume>,
        dir: &Path,
        options: Options,
        providers: &Arc<Providers>,
    ) -> Result<Self, Error> {
        Self::open_telling(volume, dir, options, providers, &mut |_, _| {})
    }

    /// The same. `progress` hears now and then how many blocks the state has, of how many.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_telling(
        volume: &Arc<dyn Volume>,
        dir: &Path,
        options: Options,
        providers: &Arc<Providers>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, Error> {
        volume.create_dir(dir, Access::Private).map_err(Error::at(dir))?;
        let lock = log::lock(volume.as_ref(), dir)?;
        let base = bases::newest(volume, dir)?;
        check_import(volume.as_ref(), dir, base.as_ref())?;
        let (state, mut rebuilt) = open_state(volume, dir, options)?;
        let below = base.as_ref().map_or(0, |base| base.header().height);
        let at_least = state.durable_height().max(below);
        let before = base.as_ref().map(|base| base as &dyn Before);
        let blocks = BlockStore::open_locked(volume, dir, options.blocks, at_least, before, lock)?;
        let parts = recover::Parts { blocks: &blocks, base: base.as_ref(), providers };
        let state = match parts.doubt(&state)? {
            Some(why) => {
                drop(state);
                rebuilt = Some(why);
                remove_state(volume.as_ref(), dir)?;
                State::open(volume, dir, options.state)?
            }
            None => state,
        };
        let replayed = parts.catch_up(&state, progress)?;
        let algorithm = in_force(&blocks, base.as_ref())?;
        let writer = Writer { algorithm, pending: None, stopped: false };
        Ok(Self {
            volume: Arc::clone(volume),
            dir: dir.to_path_buf(),
            options,
            providers: Arc::clone(providers),
            blocks,
            state,
            base: Mutex::new(base.map(Arc::new)),
            writer: Mutex::new(writer),
            recovery: Recovery { rebuilt, replayed },
        })
    }

    /// Makes the state and its history anew from the blocks and what stands for those that are not
    /// there, and the ids as well. The ledger is not open.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn rebuild(
        volume: &Arc<dyn Volume>,
        dir: &Path,
        options: Options,
        providers: &Arc<Providers>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, Error> {
        {
            let _lock = log::lock(volume.as_ref(), dir)?;
            remove_state(volume.as_ref(), dir)?;
            BlockStore::<B>::remove_ids(volume.as_ref(), dir)?;
        }
        let mut ledger = Self::open_telling(volume, dir, options, providers, progress)?;
        ledger.recovery.rebuilt = Some("it was asked for".into());
        Ok(ledger)
    }
}

/// Whether there is a ledger in a folder, or the beginning of one.
#[must_use]
pub fn is_there(volume: &dyn Volume, dir: &Path) -> bool {
    BlockStore::<block::Block>::is_there(volume, dir) || has_base(volume, dir)
}

/// Whether there is a state in a folder, or a snapshot that it is made from: an orderer's ledger has
/// blocks alone.
#[must_use]
pub fn has_state(volume: &dyn Volume, dir: &Path) -> bool {
    volume.exists(&dir.join(State::FILE)) || has_base(volume, dir)
}

/// Whether a snapshot is there, or a part of one.
fn has_base(volume: &dyn Volume, dir: &Path) -> bool {
    bases::all(volume, dir).is_ok_and(|all| !all.is_empty())
}

/// A folder with a part of a snapshot and nothing else is an import that did not end.
fn check_import(volume: &dyn Volume, dir: &Path, base: Option<&Base>) -> Result<(), Error> {
    let begun = base.is_none() && !bases::all(volume, dir)?.is_empty();
    if begun && !BlockStore::<block::Block>::is_there(volume, dir) {
        let what = format!(
            "{}: an import or a copy was begun here; do it again to finish it",
            dir.display()
        );
        return Err(Error::Refused(what));
    }
    Ok(())
}

/// The state, or an empty one in the place of one that cannot be used, and why.
fn open_state(
    volume: &Arc<dyn Volume>,
    dir: &Path,
    options: Options,
) -> Result<(State, Option<String>), Error> {
    match State::open(volume, dir, options.state) {
        Err(error @ Error::Damaged { .. }) => {
            remove_state(volume.as_ref(), dir)?;
            Ok((State::open(volume, dir, options.state)?, Some(error.to_string())))
        }
        state => Ok((state?, None)),
    }
}

fn remove_state(volume: &dyn Volume, dir: &Path) -> Result<(), Error> {
    let path = dir.join(State::FILE);
    match volume.remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::at(&path)(error)),
        _ => volume.sync_dir(dir).map_err(Error::at(dir)),
    }
}

/// The hash function in force for the next block.
fn in_force<B: ChainBlock>(
    blocks: &BlockStore<B>,
    base: Option<&Base>,
) -> Result<Option<HashAlgorithm>, Error> {
    let Some(number) = blocks.last_config() else { return Ok(None) };
    algorithm_after(&config_block(blocks, base, number)?.block).map(Some)
}
