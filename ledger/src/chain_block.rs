// SPDX-License-Identifier: Apache-2.0
//! What a ledger needs to know of a block whose transactions change a state, and Fabric's blocks
//! as such.

use crate::blocks::StoredBlock;
use bccsp::{Digest, Hash, HashAlgorithm};
use block::{Block, Envelope, ReadWriteSet};
use proto::common::{HashingAlgorithm, HeaderType};
use proto::prost::Message;
use proto::protos::TxValidationCode;

/// A transaction as the state sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct StateTransaction {
    /// Its id; empty where it has none.
    pub id: String,
    /// What it read and writes; `None` for one that does not touch the state.
    pub set: Option<ReadWriteSet>,
}

/// A block whose transactions change a state.
///
/// The hash function in force for a block is the one that the configuration *before* it names;
/// block 0 is hashed with its own.
pub trait ChainBlock: StoredBlock {
    /// The hash function that this block, which changes the configuration, names for those after it.
    ///
    /// # Errors
    /// Why it names none, as the end of a sentence.
    fn hash_algorithm(&self) -> Result<HashAlgorithm, String>;

    /// The hash of its header.
    fn hash(&self, hash: &dyn Hash) -> Digest;

    /// Whether the transactions are those that the header stands for.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence.
    fn check(&self, hash: &dyn Hash) -> Result<(), String>;

    /// How many transactions it has.
    fn transaction_count(&self) -> usize;

    /// A transaction, counted from 0.
    ///
    /// # Errors
    /// Why it cannot be read, as the end of a sentence.
    fn transaction(&self, place: usize) -> Result<StateTransaction, String>;

    /// The verdicts that were written with [`seal`](Self::seal): a code for each transaction.
    fn codes(&self) -> &[u8];

    /// The commit hash that was written with [`seal`](Self::seal).
    ///
    /// # Errors
    /// Why it cannot be read, as the end of a sentence.
    fn commit_hash(&self) -> Result<Option<Digest>, String>;

    /// Writes the verdicts and the commit hash to where they are stored with the block.
    fn seal(&mut self, codes: &[TxValidationCode], commit_hash: Option<&Digest>);
}

impl ChainBlock for Block {
    fn hash_algorithm(&self) -> Result<HashAlgorithm, String> {
        let words = |error: block::Error| error.to_string();
        let entry = self.entries().first().ok_or("it is empty")?;
        let config = Envelope::open(entry.clone()).and_then(|e| e.config()).map_err(words)?;
        let group = config.config.and_then(|config| config.channel_group);
        let value = group.and_then(|mut group| group.values.remove(HASHING_ALGORITHM));
        let value = value.ok_or("its configuration names no hash function")?.value;
        let named = HashingAlgorithm::decode(value).map_err(|error| error.to_string())?;
        HashAlgorithm::from_fabric_name(&named.name)
            .ok_or_else(|| format!("its configuration names the hash function `{}`", named.name))
    }

    fn hash(&self, hash: &dyn Hash) -> Digest {
        Self::hash(self, hash)
    }

    fn check(&self, hash: &dyn Hash) -> Result<(), String> {
        Self::check(self, hash).map_err(|error| error.to_string())
    }

    fn transaction_count(&self) -> usize {
        self.entries().len()
    }

    fn transaction(&self, place: usize) -> Result<StateTransaction, String> {
        let words = |error: block::Error| error.to_string();
        let entry = self.entries().get(place).ok_or("it is not there")?;
        let envelope = Envelope::open(entry.clone()).map_err(words)?;
        let id = envelope.headers().channel_header().tx_id.clone();
        let set = match envelope.headers().kind() {
            Some(HeaderType::EndorserTransaction) => {
                let transaction = envelope.transaction().map_err(words)?;
                Some(transaction.action().and_then(block::Action::rwset).map_err(words)?)
            }
            _ => None,
        };
        Ok(StateTransaction { id, set })
    }

    fn codes(&self) -> &[u8] {
        self.metadata().filter()
    }

    fn commit_hash(&self) -> Result<Option<Digest>, String> {
        let Some(bytes) = self.metadata().commit_hash().map_err(|error| error.to_string())? else {
            return Ok(None);
        };
        let hash = <[u8; Digest::LEN]>::try_from(&bytes[..]);
        hash.map(|hash| Some(Digest::new(hash)))
            .map_err(|_| format!("its commit hash has {} bytes", bytes.len()))
    }

    fn seal(&mut self, codes: &[TxValidationCode], commit_hash: Option<&Digest>) {
        self.metadata_mut().set_filter(codes);
        if let Some(hash) = commit_hash {
            self.metadata_mut().set_commit_hash(hash);
        }
    }
}

/// The value in the root group of a configuration.
const HASHING_ALGORITHM: &str = "HashingAlgorithm";
