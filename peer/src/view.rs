// SPDX-License-Identifier: Apache-2.0
//! A channel as endorsement sees it: its ledger, and the configuration in force at one moment.
//!
//! Not here: following the chain, validating and committing blocks.

use crate::{PeerChannel, Registrar};
use channel::Channel;
use ledger::Ledger;
use std::fmt::Debug;
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
}

impl Source for PeerChannel {
    fn config(&self) -> Arc<Channel> {
        Self::config(self)
    }

    fn ledger(&self) -> &Ledger {
        Self::ledger(self)
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
}
