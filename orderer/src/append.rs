// SPDX-License-Identifier: Apache-2.0
//! Blocks that another node sealed: judged, kept, applied.

use crate::OrdererChannel;
use crate::channel::{InForce, State};
use crate::join::check_block;
use bccsp::Digest;
use block::Block;
use channel::{Channel, check_last_config};
use consensus::SealError;
use proto::Bytes;
use std::sync::Arc;

/// The hash of a block, and the configuration that it brings.
type Judged = (Digest, Option<Arc<InForce>>);

impl OrdererChannel {
    /// Appends a block; see [`consensus::Chain::append`]. One that is refused changes nothing.
    pub(crate) fn append_block(&self, block: &Block) -> Result<(), SealError> {
        let _writing = self.writing();
        let state = self.state();
        let refuse = |why: String| self.refuse(block.number(), why);
        if let Some(why) = &state.failed {
            return Err(refuse(why.clone()));
        }
        let (hash, next) = self.judge(block, &state).map_err(refuse)?;
        let metadata = judge_metadata(block, &state).map_err(refuse)?;
        self.keep(block, hash, metadata, next)?;
        if state.anchor.is_some_and(|anchor| anchor.number() == block.number()) {
            self.arrive();
        }
        Ok(())
    }

    fn judge(&self, block: &Block, state: &State) -> Result<Judged, String> {
        if block.number() != state.height {
            return Err(format!("it is not the next one, which is block {}", state.height));
        }
        let anchor = state.anchor.as_ref().filter(|anchor| anchor.number() == block.number());
        if anchor.is_some_and(|anchor| !anchor.is(block)) {
            let why = "it is another block than the one of that number that was joined with";
            return Err(format!("{why}: the channel is another one"));
        }
        match &state.tip {
            None => self.judge_first(block),
            Some(tip) => judge_next(block, &state.in_force.channel, tip),
        }
    }

    /// Block 0 is right when the chain that begins with it leads to the block that was joined with.
    fn judge_first(&self, block: &Block) -> Result<Judged, String> {
        let channel = check_block(&self.node, block).map_err(|error| error.to_string())?;
        if channel.id() != self.name {
            return Err(format!("it is of channel `{}`", channel.id()));
        }
        let hash = block.hash(channel.hash().map_err(|error| error.to_string())?);
        Ok((hash, Some(InForce::new(channel))))
    }
}

fn judge_next(block: &Block, channel: &Channel, tip: &Digest) -> Result<Judged, String> {
    let hash = channel.check_next(block, tip).map_err(|error| error.to_string())?;
    let next = channel.after(block).map_err(|error| error.to_string())?;
    Ok((hash, next.map(InForce::new)))
}

/// What it says for agreement. That it names the right config block is asked for here.
fn judge_metadata(block: &Block, state: &State) -> Result<Bytes, String> {
    let said = check_last_config(block, state.last_config).map_err(|error| error.to_string())?;
    Ok(said.consenter_metadata)
}
