// SPDX-License-Identifier: Apache-2.0
//! What delivery sees of chains, and how an answer looks.

use block::Block;
use channel::Channel;
use proto::common::{self, BlockData, BlockHeader, BlockMetadata};
use std::sync::Arc;
use tokio::sync::watch;

/// A chain of blocks that grows.
pub trait Chain: Send + Sync + 'static {
    /// Number of the next block, told whenever it grows.
    fn heights(&self) -> watch::Receiver<u64>;

    /// The block of that number, if it is here. It may wait for a disk: it is called by a thread
    /// that may.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn block(&self, number: u64) -> Result<Option<Block>, String>;

    /// The configuration in force: who may read.
    fn configuration(&self) -> Arc<Channel>;

    /// Why no new blocks can be expected, told whenever that changes: a lost leader.
    fn trouble(&self) -> watch::Receiver<Option<String>>;
}

/// Chains by the names of their channels.
pub trait Chains: Send + Sync + 'static {
    /// The chain of that channel, if it is here.
    fn chain(&self, channel: &str) -> Option<Arc<dyn Chain>>;
}

/// How answers look, and who may ask.
pub trait Format: Send + Sync + 'static {
    /// An answer on the wire.
    type Response: Send + 'static;

    /// How answers are counted: `block`, `filtered_block` or `block_and_pvtdata`.
    fn data_type(&self) -> &'static str;

    /// The path of the policy that a client must satisfy, such as `/Channel/Readers`.
    fn policy(&self, channel: &Channel) -> String;

    /// A block; its content only where it is a config block, when `headers_only`.
    fn block(&self, block: &Block, headers_only: bool) -> Self::Response;

    /// The end of a range, or why it ends.
    fn status(&self, status: common::Status) -> Self::Response;
}

/// A block as it travels; with `headers_only`, the content of config blocks only.
#[must_use]
pub fn message(block: &Block, headers_only: bool) -> common::Block {
    let header = block.header();
    let header = BlockHeader {
        number: header.number,
        previous_hash: header.previous_hash.clone(),
        data_hash: header.data_hash.clone(),
    };
    let is_whole = !headers_only || block.is_config();
    let data = is_whole.then(|| BlockData { data: block.entries().to_vec() });
    let metadata = BlockMetadata { metadata: block.metadata().slots().to_vec() };
    common::Block { header: Some(header), data, metadata: Some(metadata) }
}
