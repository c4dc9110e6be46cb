// SPDX-License-Identifier: Apache-2.0
//! A channel as endorsement sees it: its ledger, and the configuration in force at one moment.
//!
//! Not here: following the chain, validating and committing blocks.

use crate::lifecycle::Definition;
use crate::{Error, PeerChannel, Registrar, Status};
use bccsp::Digest;
use channel::Channel;
use ledger::Ledger;
use proto::gmca::Explanation;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One channel at one moment. Clones are the same.
#[derive(Clone, Debug)]
pub struct View {
    config: Arc<Channel>,
    source: Arc<dyn Source>,
}

/// Where a view comes from.
pub trait Source: Debug + Send + Sync {
    /// The configuration in force.
    fn config(&self) -> Arc<Channel>;

    /// Blocks and state.
    fn ledger(&self) -> &Ledger;

    /// What became of a transaction of late; `None` says nothing.
    fn recent(&self, id: &str) -> Option<Status>;

    /// The transactions of a block of late, without those whose id was there before; `None` says
    /// nothing.
    fn recent_block(&self, number: u64) -> Option<Vec<(String, Status)>>;

    /// The definition of a chaincode, if it is remembered.
    fn known_definition(&self, chaincode: &str) -> Option<Arc<Definition>>;

    /// The definition of a chaincode.
    ///
    /// # Errors
    /// When the disk cannot be read.
    fn definition(&self, chaincode: &str) -> Result<Option<Arc<Definition>>, Error>;

    /// What became of a transaction, and why: see [`PeerChannel::explain`].
    ///
    /// # Errors
    /// As there.
    fn explain(&self, which: &str) -> Result<Option<Explanation>, Error>;
}

impl View {
    /// The channel as it is now.
    #[must_use]
    pub fn new(source: Arc<dyn Source>) -> Self {
        Self { config: source.config(), source }
    }

    /// The channel's name.
    #[must_use]
    pub fn id(&self) -> &str {
        self.config.id()
    }

    /// The configuration that was in force.
    #[must_use]
    pub fn config(&self) -> &Channel {
        &self.config
    }

    /// Blocks and state, which go on meanwhile.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        self.source.ledger()
    }

    /// What became of a transaction, if that was not long ago: it costs no disk.
    #[must_use]
    pub fn recent(&self, id: &str) -> Option<Status> {
        self.source.recent(id)
    }

    /// The transactions of a block, likewise, without those whose id was there before.
    #[must_use]
    pub fn recent_block(&self, number: u64) -> Option<Vec<(String, Status)>> {
        self.source.recent_block(number)
    }

    /// The definition of a chaincode in the state of now, if it is remembered: it costs no disk.
    #[must_use]
    pub fn known_definition(&self, chaincode: &str) -> Option<Arc<Definition>> {
        self.source.known_definition(chaincode)
    }

    /// The definition of a chaincode in the state of now; `None` when there is none.
    ///
    /// # Errors
    /// [`Error::Chain`] when the disk cannot be read.
    pub fn definition(&self, chaincode: &str) -> Result<Option<Arc<Definition>>, Error> {
        self.source.definition(chaincode)
    }

    /// What became of a transaction, and why: see [`PeerChannel::explain`].
    ///
    /// # Errors
    /// As there.
    pub fn explain(&self, which: &str) -> Result<Option<Explanation>, Error> {
        self.source.explain(which)
    }
}

/// The channels that a peer is in.
pub trait Channels: Debug + Send + Sync {
    /// The channel of that name as it is now.
    fn view(&self, id: &str) -> Option<View>;

    /// The names of all, in order.
    fn names(&self) -> Vec<String>;

    /// Joins the channel that a genesis block or config block begins.
    ///
    /// # Errors
    /// Why not, as one line for whoever asked.
    fn join(&self, block: block::Block) -> Result<(), String>;

    /// Begins to join the channel of a snapshot in a folder on the peer's disk, whose state must have
    /// that hash where it is given; it goes on when this returns.
    ///
    /// # Errors
    /// Why not, as one line for whoever asked.
    fn join_snapshot(&self, dir: &Path, state_hash: Option<&Digest>) -> Result<(), String>;

    /// The snapshot that a channel is being joined with, if there is one.
    fn joining(&self) -> Option<PathBuf>;
}

impl Source for PeerChannel {
    fn config(&self) -> Arc<Channel> {
        Self::config(self)
    }

    fn ledger(&self) -> &Ledger {
        Self::ledger(self)
    }

    fn recent(&self, id: &str) -> Option<Status> {
        Self::recent(self).status(id)
    }

    fn recent_block(&self, number: u64) -> Option<Vec<(String, Status)>> {
        Self::recent(self).block(number)
    }

    fn known_definition(&self, chaincode: &str) -> Option<Arc<Definition>> {
        self.definitions().get(chaincode)
    }

    fn definition(&self, chaincode: &str) -> Result<Option<Arc<Definition>>, Error> {
        Self::definition(self, chaincode)
    }

    fn explain(&self, which: &str) -> Result<Option<Explanation>, Error> {
        Self::explain(self, which)
    }
}

impl Channels for Registrar {
    fn view(&self, id: &str) -> Option<View> {
        // One that was left, or could not be judged further, is of no use to anybody.
        let channel = self.get(id).ok().filter(|channel| channel.stopped().is_none())?;
        Some(View::new(channel))
    }

    fn names(&self) -> Vec<String> {
        self.channels().iter().map(|channel| channel.id().to_owned()).collect()
    }

    fn join(&self, block: block::Block) -> Result<(), String> {
        Self::join(self, &block).map(|_| ()).map_err(|error| error.to_string())
    }

    /// Here it is over when this returns.
    fn join_snapshot(&self, dir: &Path, state_hash: Option<&Digest>) -> Result<(), String> {
        let import = self.import(dir, state_hash);
        let joined = import.and_then(|import| self.take_in(&import));
        joined.map(drop).map_err(|error| error.to_string())
    }

    fn joining(&self) -> Option<PathBuf> {
        self.importing()
    }
}
