// SPDX-License-Identifier: Apache-2.0
//! A channel in memory: real blocks, simple rules. What an envelope says it does: `refuse…` is
//! refused, `only 1` is admitted under that configuration only, `update members:0,2` lists those
//! nodes, anything else is a transaction.

use bccsp::{EngineChoice, Provider, Suite};
use block::Block;
use gmca_consensus::{Admitted, Batch, BatchKind, Chain, Kind, Limits, Member, Refusal, SealError};
use proto::Bytes;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What outlives a node: its blocks, and whether somebody has them open.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    blocks: Arc<Mutex<Vec<Block>>>,
    open: Arc<AtomicBool>,
}

pub(crate) struct TestChain {
    disk: Disk,
    provider: Arc<dyn Provider>,
    limits: Limits,
}

/// The member with that number.
pub(crate) fn member(number: usize) -> Member {
    let port = 7000 + u16::try_from(number).unwrap();
    Member { host: "node".to_owned(), port, key: format!("key {number}").into() }
}

impl Disk {
    /// One with a genesis block that lists these.
    pub(crate) fn with_genesis(members: &[usize]) -> Self {
        let disk = Self::default();
        let provider = provider();
        let block = Block::genesis(config(members), provider.hash().unwrap());
        disk.blocks.lock().unwrap().push(block);
        disk
    }

    pub(crate) fn blocks(&self) -> Vec<Block> {
        self.blocks.lock().unwrap().clone()
    }

    pub(crate) fn block(&self, number: u64) -> Option<Block> {
        self.blocks.lock().unwrap().get(usize::try_from(number).unwrap()).cloned()
    }

    /// All transactions, in their order.
    pub(crate) fn envelopes(&self) -> Vec<String> {
        let blocks = self.blocks();
        let entries = blocks.iter().skip(1).flat_map(|block| block.entries().to_vec());
        entries.map(|entry| String::from_utf8(entry.to_vec()).unwrap()).collect()
    }
}

pub(crate) fn config(members: &[usize]) -> Bytes {
    let list: Vec<_> = members.iter().map(ToString::to_string).collect();
    format!("members:{}", list.join(",")).into()
}

fn provider() -> Arc<dyn Provider> {
    bccsp::provider_of(Suite::Nist, EngineChoice::Portable, Arc::new(sys::SystemEntropy)).unwrap()
}

impl TestChain {
    /// Opens it, which only one can at a time.
    pub(crate) fn open(disk: &Disk) -> Arc<Self> {
        assert!(!disk.open.swap(true, Ordering::SeqCst), "the chain is in use");
        let limits = Limits {
            max_messages: 10,
            absolute_max_bytes: 1 << 20,
            preferred_max_bytes: 1 << 16,
            timeout: Duration::from_millis(50),
        };
        Arc::new(Self { disk: disk.clone(), provider: provider(), limits })
    }

    fn configs(&self) -> Vec<Bytes> {
        let blocks = self.disk.blocks();
        let entries = blocks.iter().flat_map(|block| block.entries().to_vec());
        entries.filter(|entry| entry.starts_with(b"members:")).collect()
    }

    fn error(&self, why: &str) -> SealError {
        SealError { channel: "test".to_owned(), number: self.height(), why: why.to_owned() }
    }
}

impl Drop for TestChain {
    fn drop(&mut self) {
        self.disk.open.store(false, Ordering::SeqCst);
    }
}

impl Chain for TestChain {
    fn channel(&self) -> &str {
        "test"
    }

    fn height(&self) -> u64 {
        self.disk.blocks.lock().unwrap().len() as u64
    }

    fn sequence(&self) -> u64 {
        self.configs().len() as u64
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn members(&self) -> Vec<Member> {
        let last = self.configs().pop().unwrap();
        let text = String::from_utf8(last.to_vec()).unwrap();
        let list = text.strip_prefix("members:").unwrap();
        list.split(',').map(|number| member(number.parse().unwrap())).collect()
    }

    fn tip(&self) -> Bytes {
        let last = self.disk.blocks().pop().unwrap();
        Bytes::copy_from_slice(last.hash(self.provider.hash().unwrap()).as_ref())
    }

    fn metadata(&self) -> Bytes {
        let last = self.disk.blocks().pop().unwrap();
        last.metadata().orderer().unwrap().consenter_metadata
    }

    fn admit(&self, envelope: &Bytes) -> Result<Admitted, Refusal> {
        let sequence = self.sequence();
        if envelope.starts_with(b"refuse") {
            return Err(Refusal::Forbidden("as it asked for".to_owned()));
        }
        let only =
            envelope.strip_prefix(b"only ").map(|rest| rest == sequence.to_string().as_bytes());
        if only == Some(false) {
            return Err(Refusal::Forbidden("under another configuration".to_owned()));
        }
        let kind = match envelope.strip_prefix(b"update ") {
            Some(_) => Kind::Config { update: envelope.clone() },
            None => Kind::Normal,
        };
        let envelope = match &kind {
            Kind::Normal => envelope.clone(),
            Kind::Config { update } => update.slice(b"update ".len()..),
        };
        Ok(Admitted { kind, envelope, sequence })
    }

    fn seal(&self, batch: &Batch, metadata: Bytes) -> Result<Option<Block>, SealError> {
        if batch.sequence() != self.sequence() {
            return Ok(None);
        }
        let is_config = batch.envelopes().iter().any(|one| one.starts_with(b"members:"));
        if is_config != (batch.kind() == BatchKind::Config) {
            return Err(self.error("a configuration that is not alone"));
        }
        let hash = self.provider.hash().unwrap();
        let entries = batch.envelopes().to_vec();
        let mut block = Block::new(self.height(), self.tip(), entries, hash);
        block.metadata_mut().set_orderer(&proto::common::OrdererBlockMetadata {
            consenter_metadata: metadata,
            ..Default::default()
        });
        self.disk.blocks.lock().unwrap().push(block.clone());
        Ok(Some(block))
    }

    fn append(&self, block: Block) -> Result<(), SealError> {
        let last = self.disk.blocks().pop().unwrap();
        let checked = block.check_link(last.header(), self.provider.hash().unwrap());
        checked.map_err(|error| self.error(&error.to_string()))?;
        self.disk.blocks.lock().unwrap().push(block);
        Ok(())
    }
}
