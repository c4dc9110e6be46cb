// SPDX-License-Identifier: Apache-2.0
//! One channel on one node: its blocks on disk, the configuration in force, and what agreement sees
//! of both.
//!
//! Not here: how it comes to a node (`join`), which envelopes may be ordered (`admit`), how blocks
//! are made (`seal`) and judged (`append`).

use crate::join::Anchor;
use crate::plant::{self, Plant};
use crate::{Error, Info, Node, Relation, Status, admit, members};
use bccsp::Digest;
use block::Block;
use channel::Channel;
use consensus::{Admitted, Batch, Chain, Limits, Member, Refusal, SealError};
use ledger::blocks::BlockStore;
use proto::Bytes;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// A channel on a node. Shared by one who seals and appends, and any number who admit and read.
#[derive(Debug)]
pub struct OrdererChannel {
    pub(crate) node: Arc<Node>,
    pub(crate) name: String,
    pub(crate) dir: PathBuf,
    pub(crate) store: BlockStore<Block>,
    state: RwLock<State>,
    /// Held while a block is made or judged, and kept.
    writing: Mutex<()>,
}

/// What a channel is between two blocks.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// Number of the next block.
    pub(crate) height: u64,
    /// Hash of the last block; none before block 0.
    pub(crate) tip: Option<Digest>,
    /// The last block that changed the configuration.
    pub(crate) last_config: u64,
    /// What the last block says for agreement.
    pub(crate) metadata: Bytes,
    /// The configuration in force; before block 0 the one that was joined with.
    pub(crate) in_force: Arc<InForce>,
    /// The block that was joined with, while blocks up to it are missing.
    pub(crate) anchor: Option<Anchor>,
    /// Why nothing is written any more.
    pub(crate) failed: Option<String>,
}

/// A configuration, and who agrees under it.
#[derive(Debug)]
pub(crate) struct InForce {
    pub(crate) channel: Arc<Channel>,
    members: Vec<Member>,
}

impl InForce {
    pub(crate) fn new(channel: Channel) -> Arc<Self> {
        let members = members::members(&channel);
        Arc::new(Self { channel: Arc::new(channel), members })
    }
}

impl OrdererChannel {
    pub(crate) fn with(
        node: &Arc<Node>,
        dir: &Path,
        store: BlockStore<Block>,
        state: State,
    ) -> Self {
        let (node, dir) = (Arc::clone(node), dir.to_path_buf());
        let name = state.in_force.channel.id().to_owned();
        Self { node, name, dir, store, state: RwLock::new(state), writing: Mutex::new(()) }
    }

    /// The block of that number, if it is here and safe.
    ///
    /// # Errors
    /// [`Error::Chain`] when it cannot be read.
    pub fn block(&self, number: u64) -> Result<Option<Block>, Error> {
        Ok(self.store.block(number)?.map(|stored| stored.block))
    }

    /// The configuration in force; while blocks up to the one that was joined with are missing, the
    /// one in that block.
    #[must_use]
    pub fn configuration(&self) -> Arc<Channel> {
        self.read(|state| Arc::clone(&state.current().channel))
    }

    /// How it stands.
    #[must_use]
    pub fn info(&self) -> Info {
        let state = self.state();
        let own = |member: &Member| member.key == self.node.key;
        let current = state.current();
        let is_member = current.members.iter().any(own);
        let alone = current.channel.orderer().consenters().is_empty();
        let status = match (&state.failed, &state.anchor) {
            (Some(_), _) => Status::Failed,
            (None, Some(_)) => Status::Onboarding,
            (None, None) => Status::Active,
        };
        Info {
            name: self.name.clone(),
            height: state.height,
            status,
            relation: if is_member || alone { Relation::Consenter } else { Relation::Follower },
            why: state.failed,
        }
    }

    /// Takes the channel out of use: nothing is written any more, whoever still has it.
    pub(crate) fn retire(&self, why: &str) {
        let _writing = self.writing();
        self.change(|state| state.failed = Some(why.to_owned()));
    }

    pub(crate) fn state(&self) -> State {
        self.read(State::clone)
    }

    fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn writing(&self) -> MutexGuard<'_, ()> {
        // What it guards is in `state`, which is changed only when a block is safe.
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn refuse(&self, number: u64, why: impl Into<String>) -> SealError {
        SealError { channel: self.name.clone(), number, why: why.into() }
    }

    fn write(&self, block: &Block, hash: &Digest) -> Result<(), ledger::Error> {
        if plant::is(Plant::SealedWithoutSync) {
            self.store.sync()?;
            return self.store.append(block, hash);
        }
        self.store.append(block, hash)?;
        self.store.sync()
    }

    /// Keeps a block that is right, and applies it: it is safe after `Ok`. `next` is the
    /// configuration that it brings.
    pub(crate) fn keep(
        &self,
        block: &Block,
        hash: Digest,
        metadata: Bytes,
        next: Option<Arc<InForce>>,
    ) -> Result<(), SealError> {
        let number = block.number();
        if let Err(error) = self.write(block, &hash) {
            let why = format!("it could not be kept: {error}; open the channel again");
            self.change(|state| state.failed = Some(why.clone()));
            return Err(self.refuse(number, why));
        }
        self.change(|state| {
            state.height = number.saturating_add(1);
            state.tip = Some(hash);
            state.metadata = metadata;
            if let Some(next) = next {
                state.last_config = number;
                state.in_force = next;
            }
        });
        Ok(())
    }
}

impl State {
    /// The configuration in force, or while that is an old one, the one that was joined with.
    fn current(&self) -> &Arc<InForce> {
        self.anchor.as_ref().map_or(&self.in_force, |anchor| &anchor.in_force)
    }
}

impl Chain for OrdererChannel {
    fn channel(&self) -> &str {
        &self.name
    }

    fn height(&self) -> u64 {
        self.read(|state| state.height)
    }

    fn sequence(&self) -> u64 {
        self.read(|state| state.current().channel.sequence())
    }

    fn limits(&self) -> Limits {
        let batch = self.read(|state| *state.current().channel.orderer().batch());
        Limits {
            max_messages: batch.max_messages,
            absolute_max_bytes: batch.absolute_max_bytes,
            preferred_max_bytes: batch.preferred_max_bytes,
            timeout: batch.timeout,
        }
    }

    fn members(&self) -> Vec<Member> {
        self.read(|state| state.current().members.clone())
    }

    fn tip(&self) -> Bytes {
        let tip = self.read(|state| state.tip);
        tip.map(|tip| Bytes::copy_from_slice(tip.as_ref())).unwrap_or_default()
    }

    fn metadata(&self) -> Bytes {
        self.read(|state| state.metadata.clone())
    }

    fn admit(&self, envelope: &Bytes) -> Result<Admitted, Refusal> {
        let state = self.state();
        let unavailable = |why: String| Err(Refusal::Unavailable(why));
        match (&state.failed, &state.anchor) {
            (Some(why), _) => unavailable(format!("channel {}: {why}", self.name)),
            (None, Some(anchor)) => unavailable(format!(
                "channel {} has blocks up to {}, and is still to get those up to {}",
                self.name,
                state.height,
                anchor.number()
            )),
            (None, None) => admit::judge(&self.node, &state.in_force.channel, envelope),
        }
    }

    fn seal(&self, batch: &Batch, metadata: Bytes) -> Result<Option<Block>, SealError> {
        self.seal_batch(batch, metadata)
    }

    fn append(&self, block: Block) -> Result<(), SealError> {
        self.append_block(&block)
    }
}
