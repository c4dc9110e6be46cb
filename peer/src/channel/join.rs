// SPDX-License-Identifier: Apache-2.0
//! How a channel comes to a peer, and back after a restart.

use super::{Fronts, PeerChannel, Recent};
use crate::validate::Rules;
use crate::{Error, Node, Watch};
use bccsp::Digest;
use block::Block;
use channel::Channel;
use ledger::Ledger;
use ledger::base::Base;
use ledger::mvcc::Candidate;
use proto::protos::TxValidationCode;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

impl PeerChannel {
    /// Joins the channel of a genesis block. `dir` will be its folder, which is there whole or not at
    /// all.
    ///
    /// # Errors
    /// [`Error::BadBlock`], [`Error::Exists`], [`Error::Chain`], or what the disk says.
    pub fn create(node: &Node, dir: &Path, block: &Block) -> Result<Self, Error> {
        let channel = check_genesis(node, block)?;
        if node.volume.exists(dir) {
            return Err(Error::Exists(channel.id().to_owned()));
        }
        stage(node, dir, |staged| prepare(node, staged, block))?;
        Self::open(node, dir)
    }

    /// Joins the channel of a snapshot: its state, without the blocks before. Everything in it is
    /// compared with its hashes, and with `state_hash`, where that is given. `dir` will be the
    /// channel's folder, which is there whole or not at all.
    ///
    /// # Errors
    /// [`Error::BadBlock`] when the configuration in it makes no channel, [`Error::Exists`],
    /// [`Error::Chain`], or what the disk says.
    pub fn create_from(
        node: &Node,
        dir: &Path,
        snapshot: &Path,
        state_hash: Option<&Digest>,
    ) -> Result<Self, Error> {
        let id = channel_of(node, snapshot, state_hash)?;
        if node.volume.exists(dir) {
            return Err(Error::Exists(id));
        }
        stage(node, dir, |staged| {
            let (from, to) = ((&node.volume, snapshot), (&node.volume, staged));
            ledger::import(from, to, node.options, &node.providers, state_hash)?;
            let ledger: Ledger = Ledger::open(&node.volume, staged, node.options, &node.providers)?;
            Ok(ledger.flush()?)
        })?;
        Self::open(node, dir)
    }

    /// Opens the channel in a folder.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Chain`], or what the disk says.
    pub fn open(node: &Node, dir: &Path) -> Result<Self, Error> {
        if !ledger::is_there(&*node.volume, dir) {
            return Err(Error::damaged(dir, "there is no ledger: leave the channel and join it"));
        }
        let ledger = Ledger::open(&node.volume, dir, node.options, &node.providers)?;
        let none =
            || Error::damaged(dir, "the ledger has no blocks: leave the channel and join it");
        let stored = ledger.config_block()?.ok_or_else(none)?;
        let config = Channel::from_block(&node.providers, &stored.block).map_err(|error| {
            let number = stored.block.number();
            Error::damaged(dir, format!("the configuration in block {number}: {error}"))
        })?;
        let config = Arc::new(config);
        let tip = ledger.tip();
        let hash = tip.block_hash.ok_or_else(none)?;
        let last_config = ledger.blocks().last_config().ok_or_else(none)?;
        let fronts = Fronts::new(tip.height, hash, last_config, &config);
        Ok(Self {
            id: config.id().to_owned(),
            providers: Arc::clone(&node.providers),
            config: RwLock::new(config),
            fronts: Mutex::new(fronts),
            committing: Mutex::new(Rules::default()),
            recent: Mutex::new(Recent::default()),
            definitions: Mutex::default(),
            watch: Watch::new(tip.height),
            stopped: Mutex::new(None),
            ledger,
        })
    }
}

/// The name of a snapshot's channel.
///
/// # Errors
/// [`Error::BadBlock`], [`Error::Chain`].
pub(crate) fn channel_of(
    node: &Node,
    snapshot: &Path,
    state_hash: Option<&Digest>,
) -> Result<String, Error> {
    let base = Base::open(&node.volume, snapshot)?;
    if state_hash.is_some_and(|expected| *expected != base.end().state_hash) {
        let is = &base.end().state_hash;
        let why = format!("{}: its state hash is {is}", snapshot.display());
        return Err(ledger::Error::Refused(why).into());
    }
    let bad = |error: &dyn std::fmt::Display| {
        Error::BadBlock(format!("{}: its configuration: {error}", snapshot.display()))
    };
    let block = Block::decode(base.header().config_block.clone()).map_err(|error| bad(&error))?;
    let channel = Channel::from_block(&node.providers, &block).map_err(|error| bad(&error))?;
    Ok(channel.id().to_owned())
}

/// Makes a folder whole or not at all.
fn stage(
    node: &Node,
    dir: &Path,
    make: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    let staged = joining(dir);
    if node.volume.exists(&staged) {
        node.volume.remove_dir(&staged).map_err(Error::at(&staged))?;
    }
    let made = make(&staged);
    let made = made.and_then(|()| node.volume.rename(&staged, dir).map_err(Error::at(dir)));
    if made.is_err() {
        // What cannot be removed is so at the next start; the failure is the one to tell.
        let _ = node.volume.remove_dir(&staged);
    }
    made
}

/// What a peer asks of a block that it is to join a channel with: whoever gives it vouches for it.
fn check_genesis(node: &Node, block: &Block) -> Result<Channel, Error> {
    let bad = |why: String| Error::BadBlock(why);
    if block.number() != 0 {
        let why = format!("it is block {}: join with block 0, or with a snapshot", block.number());
        return Err(bad(why));
    }
    if block.entries().len() != 1 || !block.is_config() {
        return Err(bad("it is no config block: it must hold one configuration".to_owned()));
    }
    if !block.header().previous_hash.is_empty() {
        return Err(bad("it is block 0 and states a previous hash".to_owned()));
    }
    let channel = Channel::from_block(&node.providers, block);
    let channel = channel.map_err(|error| bad(error.to_string()))?;
    let hash = channel.hash().map_err(|error| bad(error.to_string()))?;
    block.check(hash).map_err(|error| bad(error.to_string()))?;
    Ok(channel)
}

fn prepare(node: &Node, dir: &Path, block: &Block) -> Result<(), Error> {
    let ledger = Ledger::open(&node.volume, dir, node.options, &node.providers)?;
    let valid = Candidate { id: "", code: TxValidationCode::Valid, set: None };
    ledger.commit(block.clone(), &[valid])?;
    Ok(ledger.flush()?)
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
