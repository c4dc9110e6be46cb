// SPDX-License-Identifier: Apache-2.0
//! The ledger of a channel: blocks, ids, state and history as one.
//!
//! A block is judged against the state, written with its verdicts and its commit hash, and made
//! safe; only then it changes the state. What is told to anybody is told after that. Blocks are
//! the truth: ids, state and history are made from them, and made again when they are behind or no
//! good. `docs/ledger.md` has the argument.
//!
//! ```text
//! lock                held while the ledger is open
//! start, blocks, ids  a `blocks::BlockStore`
//! state.redb          a `state::State`
//! base-…              a `base::Base`: what stands for blocks that are not there
//! ```
//!
//! Not here: signatures and endorsement policies, which are judged before a block comes here.

mod backup;
mod bases;
mod commit;
mod export;
mod open;
mod prune;
mod recover;
mod replay;

pub use bases::newest as newest_base;
pub use commit::{Committed, Pending};
pub use export::import;
pub use open::{Recovery, has_state, is_there};
pub use replay::{HashOf, replay_blocks};

use crate::base::Base;
use crate::blocks::{self, BlockStore, Stored};
use crate::state::{self, Snapshot, State, WrittenValues};
use crate::{ChainBlock, Error};
use bccsp::{Digest, Hash, HashAlgorithm, Providers};
use block::{Block, Version};
use proto::Bytes;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use sys::Volume;

/// How a ledger uses disk and memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Of the blocks and ids.
    pub blocks: blocks::Options,
    /// Of the state.
    pub state: state::Options,
}

/// The ledger of one channel. Shared by one who commits and any number who read.
pub struct Ledger<B = Block> {
    volume: Arc<dyn Volume>,
    dir: PathBuf,
    options: Options,
    providers: Arc<Providers>,
    blocks: BlockStore<B>,
    state: State,
    base: Mutex<Option<Arc<Base>>>,
    writer: Mutex<Writer>,
    recovery: Recovery,
}

#[derive(Debug)]
struct Writer {
    /// In force for the next block; none before block 0.
    algorithm: Option<HashAlgorithm>,
    /// Number and hash of a block that was begun and not finished.
    pending: Option<(u64, Digest)>,
    stopped: bool,
}

impl<B> std::fmt::Debug for Ledger<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ledger({}, {:?}, {:?})", self.dir.display(), self.blocks, self.state)
    }
}

impl<B: ChainBlock> Ledger<B> {
    /// The number of the next block.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.state.height()
    }

    /// The blocks. They may be one ahead of the state while a block is committed.
    #[must_use]
    pub fn blocks(&self) -> &BlockStore<B> {
        &self.blocks
    }

    /// The state as it is after the last block, to be read while it goes on.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        self.state.snapshot()
    }

    /// Height, commit hash and hash of the last block.
    #[must_use]
    pub fn tip(&self) -> state::Tip {
        self.state.tip()
    }

    /// The hash function in force for the next block; none before block 0, which names its own.
    #[must_use]
    pub fn hash_algorithm(&self) -> Option<HashAlgorithm> {
        self.writer().algorithm
    }

    /// The last block that changed the configuration, also when it is no longer among the blocks;
    /// none before block 0.
    ///
    /// # Errors
    /// [`Error::Damaged`], or what the disk says.
    pub fn config_block(&self) -> Result<Option<Stored<B>>, Error> {
        let Some(number) = self.blocks.last_config() else { return Ok(None) };
        config_block(&self.blocks, self.base().as_deref(), number).map(Some)
    }

    /// The snapshot that stands for blocks that are not there.
    #[must_use]
    pub fn base(&self) -> Option<Arc<Base>> {
        self.base.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What opening had to do.
    #[must_use]
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Makes everything durable and quick to open again.
    ///
    /// # Errors
    /// [`Error::Stopped`] after a failure, or what the disk says.
    pub fn flush(&self) -> Result<(), Error> {
        let _writer = self.running()?;
        self.blocks.flush()?;
        self.state.flush()
    }

    fn hash(&self, algorithm: HashAlgorithm) -> Result<&dyn Hash, Error> {
        hash(&self.providers, algorithm)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The right to change the ledger, when nothing has failed and no block is on its way.
    fn running(&self) -> Result<MutexGuard<'_, Writer>, Error> {
        let writer = self.writer();
        if writer.stopped {
            return Err(Error::Stopped { path: self.dir.clone() });
        }
        if let Some((number, _)) = writer.pending {
            let what = format!("block {number} was begun and is not finished");
            return Err(Error::Refused(what));
        }
        Ok(writer)
    }
}

impl<B: ChainBlock> WrittenValues for Ledger<B> {
    fn written(&self, version: Version, namespace: &str, key: &str) -> Result<Bytes, Error> {
        let Version { block, transaction } = version;
        let stored = self.blocks.block(block)?.ok_or_else(|| {
            Error::Refused(format!("there is no block {block} any more, where `{key}` was written"))
        })?;
        let place = usize::try_from(transaction).unwrap_or(usize::MAX);
        let read = stored.block.transaction(place).ok().and_then(|transaction| transaction.set);
        let sets = read.into_iter().flat_map(|set| set.namespaces);
        let writes = sets.filter(|set| set.name == namespace).flat_map(|set| set.public.writes);
        let found = writes.filter(|write| write.key == key).last();
        found.map(|write| write.value).ok_or_else(|| {
            let what = format!("block {block}, transaction {transaction} does not write `{key}`");
            Error::Damaged { path: self.dir.join(State::FILE), offset: 0, what }
        })
    }
}

fn hash(providers: &Providers, algorithm: HashAlgorithm) -> Result<&dyn Hash, Error> {
    providers.hash(algorithm).map_err(|error| {
        Error::Refused(format!("the channel hashes with {algorithm}, which is not here: {error}"))
    })
}

/// The configuration block of that number, from the blocks or from what stands for them.
fn config_block<B: ChainBlock>(
    blocks: &BlockStore<B>,
    base: Option<&Base>,
    number: u64,
) -> Result<Stored<B>, Error> {
    if let Some(stored) = blocks.block(number)? {
        return Ok(stored);
    }
    let header = base.map(Base::header).filter(|header| header.last_config == number);
    let header = header.ok_or_else(|| {
        Error::Refused(format!("the configuration in force is in block {number}, which was pruned"))
    })?;
    let block = B::decode(header.config_block.clone()).map_err(|why| {
        let path = base.map(Base::dir).unwrap_or(Path::new("")).to_path_buf();
        Error::Damaged { path, offset: 0, what: format!("its configuration block: {why}") }
    })?;
    Ok(Stored { block, hash: header.config_hash, last_config: Some(number) })
}

/// The hash function in force for blocks behind that one.
fn algorithm_after<B: ChainBlock>(config: &B) -> Result<HashAlgorithm, Error> {
    let number = config.number();
    config.hash_algorithm().map_err(|why| Error::Refused(format!("block {number}: {why}")))
}
