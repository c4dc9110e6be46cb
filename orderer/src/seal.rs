// SPDX-License-Identifier: Apache-2.0
//! From a batch that was agreed on to a block: made, signed, kept, applied.
//!
//! Every node makes the block for itself, and all make the same header: it depends on the blocks
//! before and on the batch. Only the signature is the node's own.

use crate::OrdererChannel;
use crate::channel::{InForce, State};
use crate::plant::{self, Plant};
use block::Block;
use channel::TRANSACTION_TREE;
use consensus::{Batch, BatchKind, SealError};
use proto::Bytes;
use proto::common::{LastConfig, OrdererBlockMetadata};

impl OrdererChannel {
    /// Seals a batch; see [`consensus::Chain::seal`].
    pub(crate) fn seal_batch(
        &self,
        batch: &Batch,
        metadata: Bytes,
    ) -> Result<Option<Block>, SealError> {
        let _writing = self.writing();
        let state = self.state();
        let refuse = |why: String| self.refuse(state.height, why);
        self.check_running(&state)?;
        let channel = &state.in_force.channel;
        if batch.sequence() != channel.sequence() && !is_stale_sealed(batch) {
            return Ok(None);
        }
        let next = match (batch.kind(), batch.envelopes().first()) {
            (BatchKind::Config, Some(entry)) => {
                let next = channel.after_config(entry);
                Some(InForce::new(next.map_err(|error| refuse(error.to_string()))?))
            }
            _ => None,
        };
        let block = self.make(&state, batch, next.as_deref(), &metadata).map_err(refuse)?;
        let hash = channel.hash().map_err(|error| refuse(error.to_string()))?;
        self.keep(&block, block.hash(hash), metadata, next)?;
        Ok(Some(block))
    }

    pub(crate) fn check_running(&self, state: &State) -> Result<(), SealError> {
        match (&state.failed, &state.anchor) {
            (Some(why), _) => Err(self.refuse(state.height, why.clone())),
            (None, Some(anchor)) => {
                let why = format!("blocks up to {} are to be appended first", anchor.number());
                Err(self.refuse(state.height, why))
            }
            (None, None) => Ok(()),
        }
    }

    /// The hash function is the one in force before the block, also for one that brings another.
    fn make(
        &self,
        state: &State,
        batch: &Batch,
        next: Option<&InForce>,
        metadata: &Bytes,
    ) -> Result<Block, String> {
        let channel = &state.in_force.channel;
        let hashed_under = match next {
            Some(next) if plant::is(Plant::WrongHashAfterSwitch) => &next.channel,
            _ => channel,
        };
        let hash = hashed_under.hash().map_err(|error| error.to_string())?;
        let tip = state.tip.ok_or("there is no block before it")?;
        let previous = Bytes::copy_from_slice(tip.as_ref());
        let mut block = Block::new(state.height, previous, batch.envelopes().to_vec(), hash);
        let index = if next.is_some() { state.height } else { state.last_config };
        let has_tree = channel.capabilities().has(TRANSACTION_TREE);
        let said = OrdererBlockMetadata {
            last_config: Some(LastConfig { index }),
            consenter_metadata: metadata.clone(),
            transaction_tree: has_tree.then(|| block.tree(hash)),
        };
        block.metadata_mut().set_orderer(&said);
        let nonce = self.node.nonce().map_err(|error| error.to_string())?;
        let identity = &self.node.identity;
        let signed = block.sign(identity.serialized(), &**identity.key(), &nonce);
        signed.map_err(|error| error.to_string())?;
        Ok(block)
    }
}

fn is_stale_sealed(batch: &Batch) -> bool {
    batch.kind() == BatchKind::Normal && plant::is(Plant::StaleSequenceSealed)
}
