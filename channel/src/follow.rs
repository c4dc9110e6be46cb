// SPDX-License-Identifier: Apache-2.0
//! What a block must be to follow under a configuration, whoever sent it, and what it leads to.
//!
//! Not here: where blocks come from and are kept (`orderer`, `peer`).

use crate::{Channel, Error};
use bccsp::Digest;
use block::{Block, Envelope};
use msp::Decision;
use proto::Bytes;
use proto::common::OrdererBlockMetadata;

impl Channel {
    /// Whether a block that was made under this configuration follows on the one with hash
    /// `previous`: link, form, data hash, tree, and signatures. Gives its hash.
    ///
    /// # Errors
    /// [`Error::Block`] and [`Error::Unsigned`] when it does not; [`Error::Msp`] and
    /// [`Error::Crypto`] when nothing is known.
    pub fn check_next(&self, block: &Block, previous: &Digest) -> Result<Digest, Error> {
        let hash = self.hash()?;
        block.check_previous_hash(previous)?;
        block.check(hash)?;
        self.check_tree(block)?;
        match self.check_block_signatures(block)? {
            Decision::Satisfied => Ok(block.hash(hash)),
            Decision::Unsatisfied(shortfall) => Err(Error::Unsigned(shortfall.to_string())),
        }
    }

    /// The channel behind a block: under the configuration that it brings, derived again from its
    /// update; `None` when it brings none.
    ///
    /// # Errors
    /// [`Error::NotNext`] when the configuration has company; as
    /// [`after_config`](Self::after_config).
    pub fn after(&self, block: &Block) -> Result<Option<Self>, Error> {
        match block.entries() {
            _ if !block.is_config() => Ok(None),
            [entry] => self.after_config(entry).map(Some),
            _ => Err(Error::NotNext("its configuration has company".to_owned())),
        }
    }

    /// The channel under the configuration in a serialized `CONFIG` envelope, derived again from its
    /// update.
    ///
    /// # Errors
    /// [`Error::NotNext`] when it is another channel's; as [`validate`](Self::validate).
    pub fn after_config(&self, entry: &Bytes) -> Result<Self, Error> {
        let envelope = Envelope::open(entry.clone())?;
        let id = &envelope.headers().channel_header().channel_id;
        if id != self.id() {
            let why = format!("its configuration is for channel `{}`", id.escape_debug());
            return Err(Error::NotNext(why));
        }
        self.validate(&envelope.config()?)
    }
}

/// What the orderer says in a block, which must name the right config block. `last_config` is the last
/// one before it.
///
/// # Errors
/// [`Error::NotNext`] when it names another one; [`Error::Block`] when it cannot be read.
pub fn check_last_config(block: &Block, last_config: u64) -> Result<OrdererBlockMetadata, Error> {
    let said = block.metadata().orderer()?;
    let last = if block.is_config() { block.number() } else { last_config };
    let stated = said.last_config.as_ref().map_or(0, |last| last.index);
    if stated == last {
        return Ok(said);
    }
    let why = format!("it names block {stated} as the last config block, which is block {last}");
    Err(Error::NotNext(why))
}
