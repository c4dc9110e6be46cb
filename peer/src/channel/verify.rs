// SPDX-License-Identifier: Apache-2.0
//! A block from an orderer, verified as far as that goes without the state: that it is the next one, by
//! its signatures, and all signatures in it.

use super::PeerChannel;
use crate::Error;
use crate::validate::{Signed, check_signatures, open_block};
use bccsp::Digest;
use block::Block;
use channel::{Channel, check_last_config};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

/// A block of the channel, to be committed.
#[derive(Debug)]
pub struct Verified {
    pub(super) block: Block,
    pub(super) hash: Digest,
    /// In force for it.
    pub(super) config: Arc<Channel>,
    /// In force behind it, where that is another one.
    pub(super) next: Option<Arc<Channel>>,
    pub(super) transactions: Vec<Signed>,
}

impl Verified {
    /// Its number.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.block.number()
    }

    /// Its hash.
    #[must_use]
    pub fn hash(&self) -> &Digest {
        &self.hash
    }

    /// The configuration behind it, where it brings another one: orderers may be others from here on.
    #[must_use]
    pub fn next_config(&self) -> Option<&Arc<Channel>> {
        self.next.as_ref()
    }
}

/// What a block is verified against.
#[derive(Clone, Debug)]
struct Front {
    hash: Digest,
    last_config: u64,
    config: Arc<Channel>,
}

/// That of the next block to be committed, and of those behind that were verified ahead.
#[derive(Debug)]
pub(super) struct Fronts(BTreeMap<u64, Front>);

impl Fronts {
    pub(super) fn new(height: u64, hash: Digest, last_config: u64, config: &Arc<Channel>) -> Self {
        let config = Arc::clone(config);
        Self(BTreeMap::from([(height, Front { hash, last_config, config })]))
    }

    /// Blocks below that one are committed.
    pub(super) fn drop_below(&mut self, height: u64) {
        self.0.retain(|number, _| *number >= height);
    }
}

impl PeerChannel {
    /// Verifies the next block, or one behind those that were verified and are not committed yet: link,
    /// form, data hash, tree, the orderers' signatures, the last config block; a configuration is derived
    /// again. Then all signatures in it, of creators and endorsers, in one batch, on all cores.
    ///
    /// Nothing is changed: a block that was verified may be dropped, and verified again.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is not the next block of this channel: whoever sent it is wrong.
    /// [`Error::Halted`] when it is, and nothing is known of what is in it.
    pub fn verify(&self, block: Block) -> Result<Verified, Error> {
        let number = block.number();
        if let Some(why) = self.stopped() {
            return Err(self.halt(number, why));
        }
        let Some(front) = self.front(number) else {
            let height = self.height();
            let why = format!("it does not follow: the channel has blocks up to {height}");
            return Err(self.refuse(number, why));
        };
        let (hash, next) = self.judge(&block, &front)?;
        let config = Arc::clone(&front.config);
        let transactions = self.signed(&block, &config)?;
        let last_config = if next.is_some() { number } else { front.last_config };
        let behind = Arc::clone(next.as_ref().unwrap_or(&config));
        self.advance(number, Front { hash, last_config, config: behind });
        Ok(Verified { block, hash, config, next, transactions })
    }

    /// The hash of the block, and the configuration that it brings.
    fn judge(&self, block: &Block, front: &Front) -> Result<(Digest, Option<Arc<Channel>>), Error> {
        let number = block.number();
        let judged = front.config.check_next(block, &front.hash).and_then(|hash| {
            check_last_config(block, front.last_config)?;
            Ok(hash)
        });
        let hash = judged.map_err(|error| self.judge_error(number, &error))?;
        // The orderers have signed it: there is no other block of this number to ask anybody for.
        let next = front.config.after(block);
        let next = next.map_err(|error| self.halt(number, error.to_string()))?;
        Ok((hash, next.map(Arc::new)))
    }

    fn signed(&self, block: &Block, config: &Channel) -> Result<Vec<Signed>, Error> {
        let opened = open_block(block, config, &self.providers);
        let signed = opened.and_then(|opened| check_signatures(opened, config));
        signed.map_err(|error| self.halt(block.number(), error.to_string()))
    }

    fn front(&self, number: u64) -> Option<Front> {
        let fronts = self.fronts.lock().unwrap_or_else(PoisonError::into_inner);
        fronts.0.get(&number).cloned()
    }

    fn advance(&self, number: u64, front: Front) {
        let Some(next) = number.checked_add(1) else { return };
        let mut fronts = self.fronts.lock().unwrap_or_else(PoisonError::into_inner);
        // Behind it, others may have been verified that do not follow on this one.
        fronts.0.retain(|other, _| *other <= number);
        fronts.0.insert(next, front);
    }

    /// Who is to blame: whoever sent the block, unless nothing could be judged here.
    fn judge_error(&self, number: u64, error: &channel::Error) -> Error {
        match error {
            channel::Error::Crypto(_) | channel::Error::Msp(_) => {
                self.halt(number, error.to_string())
            }
            _ => self.refuse(number, error.to_string()),
        }
    }
}
