// SPDX-License-Identifier: Apache-2.0
//! A channel without members to ask: any text is a transaction, blocks are real and carry no signature.

use anyhow::{Context as _, Result};
use bccsp::{Hash, Provider};
use block::Block;
use consensus::{Admitted, Batch, Chain, Kind, Limits, Member, Refusal, SealError};
use ledger::blocks::{BlockStore, Options};
use proto::Bytes;
use proto::common::OrdererBlockMetadata;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use sys::Volume;

/// The name of the channel.
pub(super) const CHANNEL: &str = "demo";

/// The blocks of one node.
pub(super) struct DemoChain {
    blocks: BlockStore<Block>,
    provider: Arc<dyn Provider>,
    members: Vec<Member>,
}

impl DemoChain {
    /// Opens what is on that disk, or begins it with the block that all begin with.
    pub(super) fn open(
        volume: &Arc<dyn Volume>,
        provider: Arc<dyn Provider>,
        members: Vec<Member>,
    ) -> Result<Self> {
        let blocks = BlockStore::open(volume, Path::new("blocks"), Options::default(), 0)?;
        let chain = Self { blocks, provider, members };
        if chain.blocks.height() == 0 {
            let genesis = Block::genesis(Bytes::from_static(b"the demo begins"), chain.hash()?);
            chain.keep(&genesis)?;
        }
        Ok(chain)
    }

    /// A block of it.
    pub(super) fn block(&self, number: u64) -> Result<Block> {
        let stored = self.blocks.block(number)?;
        Ok(stored.with_context(|| format!("block {number} is not here"))?.block)
    }

    fn hash(&self) -> Result<&dyn Hash> {
        Ok(self.provider.hash()?)
    }

    fn last(&self) -> Result<Block> {
        self.block(self.height().saturating_sub(1))
    }

    fn keep(&self, block: &Block) -> Result<()> {
        self.blocks.append(block, &block.hash(self.hash()?))?;
        Ok(self.blocks.sync()?)
    }

    fn make(&self, batch: &Batch, metadata: Bytes) -> Result<Block> {
        let entries = batch.envelopes().to_vec();
        let mut block = Block::new(self.height(), self.tip(), entries, self.hash()?);
        let said = OrdererBlockMetadata { consenter_metadata: metadata, ..Default::default() };
        block.metadata_mut().set_orderer(&said);
        self.keep(&block)?;
        Ok(block)
    }

    fn take(&self, block: &Block) -> Result<()> {
        block.check_link(self.last()?.header(), self.hash()?)?;
        block.check_data_hash(self.hash()?)?;
        self.keep(block)
    }

    fn refuse(&self, number: u64, error: &anyhow::Error) -> SealError {
        SealError { channel: CHANNEL.to_owned(), number, why: format!("{error:#}") }
    }
}

impl Chain for DemoChain {
    fn channel(&self) -> &str {
        CHANNEL
    }

    fn height(&self) -> u64 {
        self.blocks.height()
    }

    fn sequence(&self) -> u64 {
        0
    }

    fn limits(&self) -> Limits {
        Limits {
            max_messages: 10,
            absolute_max_bytes: 1 << 20,
            preferred_max_bytes: 1 << 20,
            timeout: Duration::from_millis(100),
        }
    }

    fn members(&self) -> Vec<Member> {
        self.members.clone()
    }

    fn tip(&self) -> Bytes {
        let hash = self.blocks.tip().hash;
        hash.map(|hash| Bytes::copy_from_slice(hash.as_ref())).unwrap_or_default()
    }

    fn metadata(&self) -> Bytes {
        let said = self.last().and_then(|block| Ok(block.metadata().orderer()?));
        said.map(|said| said.consenter_metadata).unwrap_or_default()
    }

    fn admit(&self, envelope: &Bytes) -> Result<Admitted, Refusal> {
        Ok(Admitted { kind: Kind::Normal, envelope: envelope.clone(), sequence: 0 })
    }

    fn seal(&self, batch: &Batch, metadata: Bytes) -> Result<Option<Block>, SealError> {
        let number = self.height();
        let made = self.make(batch, metadata);
        made.map(Some).map_err(|error| self.refuse(number, &error))
    }

    fn append(&self, block: Block) -> Result<(), SealError> {
        self.take(&block).map_err(|error| self.refuse(block.number(), &error))
    }
}
