// SPDX-License-Identifier: Apache-2.0
//! One channel on one peer: its ledger, and the configuration in force.
//!
//! Not here: where blocks come from, and who may ask for what.

mod commit;
mod definitions;
mod explain;
mod join;
mod recent;
mod verify;

pub use commit::{Kind, Outcome, Stage};
pub(crate) use join::{JOINING, channel_of};
pub use verify::Verified;

use crate::lifecycle::Definition;
use crate::validate::Rules;
use crate::{Error, Status, Watch};
use bccsp::{Digest, Providers};
use block::Block;
use channel::Channel;
use definitions::Definitions;
use ledger::Ledger;
use ledger::blocks::transaction_key;
use ledger::mvcc::KnownIds;
use ledger::state::Snapshot;
use recent::Recent;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use verify::Fronts;

/// A channel on a peer. Shared by one who verifies, one who commits, and any number who read.
///
/// ```text
/// verify(block N + 1)   links, signatures: needs the configuration alone
/// commit(block N)       policies, versions, disk: needs the state of block N − 1
/// ```
///
/// Both may go on at once, each in a thread of its own.
pub struct PeerChannel {
    id: String,
    providers: Arc<Providers>,
    ledger: Ledger,
    /// In force for the next block.
    config: RwLock<Arc<Channel>>,
    fronts: Mutex<Fronts>,
    /// Held while a block is judged and kept.
    committing: Mutex<Rules>,
    recent: Mutex<Recent>,
    definitions: Mutex<Definitions>,
    watch: Watch,
    /// Why no more blocks are taken.
    stopped: Mutex<Option<String>>,
}

impl std::fmt::Debug for PeerChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PeerChannel({}, {})", self.id, self.height())
    }
}

impl PeerChannel {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The number of the next block.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.watch.height()
    }

    /// Tells of new heights.
    #[must_use]
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// The configuration in force for the next block.
    #[must_use]
    pub fn config(&self) -> Arc<Channel> {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The blocks, ids, state and history. Whoever commits goes through [`commit`](Self::commit).
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The block of that number, with its verdicts and its commit hash; `None` when it is not here.
    ///
    /// # Errors
    /// [`Error::Chain`] when it cannot be read.
    pub fn block(&self, number: u64) -> Result<Option<Block>, Error> {
        // The blocks may be one ahead of the state, and of that one nobody is told.
        if number >= self.height() {
            return Ok(None);
        }
        Ok(self.ledger.blocks().block(number)?.map(|stored| stored.block))
    }

    /// The last block that changed the configuration.
    ///
    /// # Errors
    /// [`Error::Chain`] when it cannot be read.
    pub fn config_block(&self) -> Result<Block, Error> {
        let stored = self.ledger.config_block()?;
        let none = || ledger::Error::Refused(format!("channel {} has no blocks", self.id));
        Ok(stored.ok_or_else(none)?.block)
    }

    /// The state after the last block, to be read while it goes on: what transactions are tried out
    /// on. Holding it keeps its pages on disk, so do not hold it for long.
    ///
    /// # Errors
    /// [`Error::Chain`] when the disk cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        Ok(self.ledger.snapshot()?)
    }

    /// The hash of the last block.
    #[must_use]
    pub fn tip_hash(&self) -> Option<Digest> {
        self.ledger.tip().block_hash
    }

    /// The commit hash after the last block; none as long as there is block 0 alone.
    #[must_use]
    pub fn commit_hash(&self) -> Option<Digest> {
        self.ledger.tip().commit_hash
    }

    /// Whether a transaction of that id is in the ledger, valid or not.
    ///
    /// # Errors
    /// [`Error::Chain`] when the disk cannot be read.
    pub fn has_transaction(&self, id: &str) -> Result<bool, Error> {
        Ok(self.ledger.blocks().has_id(id)?)
    }

    /// What became of a transaction; `None` when it is not in the ledger, or in a block that was pruned.
    /// Of two with one id it is the first.
    ///
    /// # Errors
    /// [`Error::Chain`] when the disk cannot be read.
    pub fn transaction(&self, id: &str) -> Result<Option<Status>, Error> {
        if let Some(status) = self.recent().status(id) {
            return Ok(Some(status));
        }
        let Some(key) = transaction_key(id) else { return Ok(None) };
        let Some(place) = self.ledger.blocks().transaction(&key)? else { return Ok(None) };
        let Some(block) = self.block(place.block)? else { return Ok(None) };
        let at = usize::try_from(place.transaction).unwrap_or(usize::MAX);
        let code = block.metadata().verdict(at);
        Ok(code.map(|code| Status { block: place.block, place: at, code }))
    }

    /// The definition of a chaincode in the state, or as it was read since it last changed; `None`
    /// when there is none.
    ///
    /// # Errors
    /// [`Error::Chain`] when the disk cannot be read.
    pub fn definition(&self, chaincode: &str) -> Result<Option<Arc<Definition>>, Error> {
        let generation = {
            let known = self.definitions();
            if let Some(found) = known.get(chaincode) {
                return Ok(Some(found));
            }
            known.generation()
        };
        let Some(found) = Definition::read(&self.snapshot()?, chaincode)? else { return Ok(None) };
        let found = Arc::new(found);
        self.definitions().keep(generation, chaincode, &found);
        Ok(Some(found))
    }

    /// Makes everything durable and quick to open again.
    ///
    /// # Errors
    /// [`Error::Chain`].
    pub fn flush(&self) -> Result<(), Error> {
        Ok(self.ledger.flush()?)
    }

    /// Takes the channel out of use: no more blocks are taken, whoever still has it.
    pub(crate) fn retire(&self, why: &str) {
        let _committing = self.committing();
        self.stop(why);
    }

    fn stop(&self, why: &str) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.to_owned());
        self.watch.close();
    }

    /// Why no more blocks are taken, if that is so: it was left, or a block could not be judged or kept.
    #[must_use]
    pub fn stopped(&self) -> Option<String> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn committing(&self) -> MutexGuard<'_, Rules> {
        self.committing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn definitions(&self) -> MutexGuard<'_, Definitions> {
        self.definitions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refuse(&self, number: u64, why: impl Into<String>) -> Error {
        Error::Refused { channel: self.id.clone(), number, why: why.into() }
    }

    fn unexplained(&self, number: u64, why: impl Into<String>) -> Error {
        Error::Unexplained { channel: self.id.clone(), number, why: why.into() }
    }

    fn halt(&self, number: u64, why: impl Into<String>) -> Error {
        Error::Halted { channel: self.id.clone(), number, why: why.into() }
    }
}
