// SPDX-License-Identifier: Apache-2.0
//! How a channel comes to a node, and back after a restart.
//!
//! ```text
//! CHANNEL/           a `ledger::blocks::BlockStore`, and
//! CHANNEL/joined     the config block that was joined with, while blocks up to it are missing
//! .CHANNEL.joining   a channel that is being joined: not one yet
//! ```
//!
//! A genesis block is the first of its chain. Joined with a later one, a channel is empty, and its
//! blocks are appended from block 0 on; that later block is what the operator trusts, so the chain
//! must lead to it.

use crate::channel::{InForce, State};
use crate::{Error, Node, OrdererChannel};
use bccsp::Digest;
use block::Block;
use channel::{Channel, RAFT, SOLO};
use ledger::blocks::BlockStore;
use proto::Bytes;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::Access;

/// A later config block that a channel was joined with.
#[derive(Clone, Debug)]
pub(crate) struct Anchor {
    block: Block,
    pub(crate) in_force: Arc<InForce>,
}

impl Anchor {
    pub(crate) fn number(&self) -> u64 {
        self.block.number()
    }

    /// Whether that block is the one that was joined with.
    pub(crate) fn is(&self, block: &Block) -> bool {
        self.block.header() == block.header()
    }
}

impl OrdererChannel {
    /// Joins the channel of a config block: with a genesis block it begins here, with a later one its
    /// blocks are appended next, from block 0. `dir` will be its folder, which is there whole or not
    /// at all.
    ///
    /// # Errors
    /// [`Error::BadBlock`], [`Error::Exists`], or what the disk says.
    pub fn join(node: &Arc<Node>, dir: &Path, block: &Block) -> Result<Self, Error> {
        let channel = check_block(node, block)?;
        if node.volume.exists(dir) {
            return Err(Error::Exists(channel.id().to_owned()));
        }
        let staged = joining(dir);
        if node.volume.exists(&staged) {
            node.volume.remove_dir(&staged).map_err(Error::at(&staged))?;
        }
        let made = prepare(node, &staged, &channel, block);
        let made = made.and_then(|()| node.volume.rename(&staged, dir).map_err(Error::at(dir)));
        if let Err(error) = made {
            // What cannot be removed is so at the next start; the failure is the one to tell.
            let _ = node.volume.remove_dir(&staged);
            return Err(error);
        }
        Self::open(node, dir)
    }

    /// Opens the channel in a folder.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Chain`], or what the disk says.
    pub fn open(node: &Arc<Node>, dir: &Path) -> Result<Self, Error> {
        if !node.volume.exists(dir) {
            return Err(Error::damaged(dir, "there is no channel"));
        }
        let store = BlockStore::open(&node.volume, dir, node.options, 0)?;
        let mut anchor = read_anchor(node, dir)?;
        if anchor.as_ref().is_some_and(|anchor| anchor.number() < store.height()) {
            anchor = None;
            let _ = node.volume.remove(&joined(dir));
        }
        let state = match (read_state(node, dir, &store)?, &anchor) {
            (Some(state), _) => State { anchor, ..state },
            (None, Some(first)) => State::empty(Arc::clone(&first.in_force), anchor),
            (None, None) => {
                let why =
                    "no block is here, and none to begin with: remove the channel and join it";
                return Err(Error::damaged(dir, why));
            }
        };
        Ok(Self::with(node, dir, store, state))
    }

    /// All blocks up to the one that was joined with are here.
    pub(crate) fn arrive(&self) {
        self.change(|state| state.anchor = None);
        // A file that stays is removed at the next start.
        let _ = self.node.volume.remove(&joined(&self.dir));
    }
}

impl State {
    fn empty(in_force: Arc<InForce>, anchor: Option<Anchor>) -> Self {
        Self {
            height: 0,
            tip: None,
            last_config: 0,
            metadata: Bytes::new(),
            in_force,
            anchor,
            failed: None,
        }
    }
}

/// Whether a channel can be joined with this block; gives the channel under its configuration.
/// Nobody has signed a genesis block, and who may sign a later one is known when all before are
/// there: it is the operator who vouches for it.
pub(crate) fn check_block(node: &Node, block: &Block) -> Result<Channel, Error> {
    let bad = |why: String| Error::BadBlock(why);
    if !block.is_config() || block.entries().len() != 1 {
        return Err(bad("it is no config block, with one config envelope in it".to_owned()));
    }
    if block.metadata().slots().is_empty() {
        return Err(bad("it has no metadata".to_owned()));
    }
    let channel =
        Channel::from_block(&node.providers, block).map_err(|error| bad(error.to_string()))?;
    check_hashes(node, &channel, block)?;
    let kind = channel.orderer().consensus_type();
    if kind != RAFT && kind != SOLO {
        let kind = kind.escape_debug();
        return Err(bad(format!(
            "its consensus type is `{kind}`; {RAFT} and {SOLO} are known here"
        )));
    }
    Ok(channel)
}

/// The hash function of a later block is the one of the configuration before it, which is not at
/// hand: any that is known will do.
fn check_hashes(node: &Node, channel: &Channel, block: &Block) -> Result<(), Error> {
    let bad = |error: String| Error::BadBlock(error);
    if block.number() == 0 {
        if !block.header().previous_hash.is_empty() {
            return Err(bad("it is block 0, and states the hash of a block before it".to_owned()));
        }
        let hash = channel.hash().map_err(|error| bad(error.to_string()))?;
        return block.check_data_hash(hash).map_err(|error| bad(error.to_string()));
    }
    let mut hashes = node.providers.iter().filter_map(|provider| provider.hash().ok());
    if hashes.any(|hash| block.check_data_hash(hash).is_ok()) {
        return Ok(());
    }
    Err(bad("its data hash is not the one of its content".to_owned()))
}

/// Fills the folder of a channel.
fn prepare(node: &Node, dir: &Path, channel: &Channel, block: &Block) -> Result<(), Error> {
    node.volume.create_dir(dir, Access::Private).map_err(Error::at(dir))?;
    if block.number() != 0 {
        let path = joined(dir);
        let bytes = block.encode();
        return node.volume.create(&path, &bytes, Access::Private).map_err(Error::at(&path));
    }
    let hash = channel.hash().map_err(|error| Error::BadBlock(error.to_string()))?;
    let store = BlockStore::open(&node.volume, dir, node.options, 0)?;
    store.append(block, &block.hash(hash))?;
    Ok(store.flush()?)
}

fn read_anchor(node: &Node, dir: &Path) -> Result<Option<Anchor>, Error> {
    let path = joined(dir);
    if !node.volume.exists(&path) {
        return Ok(None);
    }
    let bytes = node.volume.read(&path).map_err(Error::at(&path))?;
    let damaged =
        |why: String| Error::damaged(&path, format!("{why}; remove the channel and join it again"));
    let block = Block::decode(bytes).map_err(|error| damaged(error.to_string()))?;
    let channel = check_block(node, &block).map_err(|error| damaged(error.to_string()))?;
    Ok(Some(Anchor { block, in_force: InForce::new(channel) }))
}

/// What the blocks say; `None` when there are none.
fn read_state(node: &Node, dir: &Path, store: &BlockStore<Block>) -> Result<Option<State>, Error> {
    let tip = store.tip();
    let Some(last) = tip.height.checked_sub(1) else { return Ok(None) };
    let damaged = |why: String| Error::damaged(dir, why);
    let missing = |number: u64| damaged(format!("block {number} is not here"));
    let block =
        |number: u64| Ok::<_, Error>(store.block(number)?.ok_or_else(|| missing(number))?.block);
    let last_config =
        tip.last_config.ok_or_else(|| damaged("no block is a config block".into()))?;
    let channel = Channel::from_block(&node.providers, &block(last_config)?)
        .map_err(|error| damaged(format!("the configuration in block {last_config}: {error}")))?;
    let said = block(last)?.metadata().orderer();
    let said = said.map_err(|error| damaged(format!("block {last}: {error}")))?;
    let hash: Option<Digest> = tip.hash;
    let in_force = InForce::new(channel);
    let state = State::empty(in_force, None);
    let metadata = said.consenter_metadata;
    Ok(Some(State { height: tip.height, tip: hash, last_config, metadata, ..state }))
}

fn joined(dir: &Path) -> PathBuf {
    dir.join("joined")
}

/// A hidden folder beside that of the channel, whose name no channel may have.
fn joining(dir: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(dir.file_name().unwrap_or_default());
    name.push(JOINING);
    dir.with_file_name(name)
}

/// The end of the name of a folder in which a channel is being joined.
pub(crate) const JOINING: &str = ".joining";
