// SPDX-License-Identifier: Apache-2.0
//! A block: header, transactions, metadata, and what must hold between them.
//!
//! Not here: whether its signatures suffice, whether its transactions are valid, where it is kept.

use crate::error::{decode, encode, same_digest};
use crate::{Error, Header, Metadata, canonical, envelope, tree};
use bccsp::{Digest, Hash, SigningKey};
use proto::common::{self, HeaderType, OrdererBlockMetadata};
use proto::gmca::TransactionTree;
use proto::{Bytes, SignedData};

/// A block as it travelled. Its transactions are the bytes that are hashed, never encoded again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    header: Header,
    entries: Vec<Bytes>,
    metadata: Metadata,
}

impl Block {
    /// Reads a serialized `common.Block`. Nothing is judged: ask [`check`](Self::check).
    ///
    /// # Errors
    /// [`Error::Malformed`], also for a block without header or data.
    pub fn decode(bytes: impl Into<Bytes>) -> Result<Self, Error> {
        decode::<common::Block>("block", &bytes.into())?.try_into()
    }

    /// Makes the block behind the one with hash `previous_hash`. `entries` are serialized
    /// `common.Envelope`s in canonical form; five slots of metadata are there and empty.
    #[must_use]
    pub fn new(
        number: u64,
        previous_hash: impl Into<Bytes>,
        entries: Vec<Bytes>,
        hash: &dyn Hash,
    ) -> Self {
        let data_hash = Bytes::copy_from_slice(digest_of(&entries, hash).as_ref());
        let header = Header { number, previous_hash: previous_hash.into(), data_hash };
        Self { header, entries, metadata: Metadata::default() }
    }

    /// Makes the block that a chain begins with: number 0, one config envelope, no signature.
    #[must_use]
    pub fn genesis(entry: Bytes, hash: &dyn Hash) -> Self {
        let mut block = Self::new(0, Bytes::new(), vec![entry], hash);
        let last_config = Some(common::LastConfig { index: 0 });
        block.metadata.set_orderer(&OrdererBlockMetadata { last_config, ..Default::default() });
        block
    }

    /// The serialized `common.Block`.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        encode(&common::Block::from(self.clone()))
    }

    /// Number, links and hashes, as stated.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Height: 0 is the genesis block.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.header.number
    }

    /// The transactions in their order: serialized `common.Envelope`s.
    #[must_use]
    pub fn entries(&self) -> &[Bytes] {
        &self.entries
    }

    /// What is not hashed.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What is not hashed, to be written.
    #[must_use]
    pub fn metadata_mut(&mut self) -> &mut Metadata {
        &mut self.metadata
    }

    /// The hash of the header, which the next block states.
    #[must_use]
    pub fn hash(&self, hash: &dyn Hash) -> Digest {
        self.header.hash(hash)
    }

    /// The hash of all transactions joined, computed from them.
    #[must_use]
    pub fn data_hash(&self, hash: &dyn Hash) -> Digest {
        digest_of(&self.entries, hash)
    }

    /// Whether the block is what its header says: transactions that can be cut in one way only,
    /// and their hash. Links and signatures are asked for apart.
    ///
    /// # Errors
    /// As [`check_canonical`](Self::check_canonical) and [`check_data_hash`](Self::check_data_hash).
    pub fn check(&self, hash: &dyn Hash) -> Result<(), Error> {
        self.check_canonical()?;
        self.check_data_hash(hash)
    }

    /// Compares the stated data hash with the transactions. By itself that is not enough, see
    /// [`canonical`].
    ///
    /// # Errors
    /// [`Error::Mismatch`].
    pub fn check_data_hash(&self, hash: &dyn Hash) -> Result<(), Error> {
        let what = || format!("data hash of block {}", self.number());
        same_digest(what, &self.header.data_hash, &self.data_hash(hash))
    }

    /// The Merkle tree over the transactions, computed from them: for the
    /// `OrdererBlockMetadata::transaction_tree` that an orderer writes where the channel asks for it,
    /// with [`Metadata::set_orderer`], before it signs.
    #[must_use]
    pub fn tree(&self, hash: &dyn Hash) -> TransactionTree {
        let root = Bytes::copy_from_slice(tree::root(&self.entries, hash).as_ref());
        TransactionTree { root, count: self.entries.len() as u64 }
    }

    /// Compares the tree that the orderer states with the transactions. Whether a block must have
    /// one is for the channel to say.
    ///
    /// # Errors
    /// [`Error::Mismatch`], also when none is stated; [`Error::Malformed`] for metadata that cannot
    /// be read.
    pub fn check_tree(&self, hash: &dyn Hash) -> Result<(), Error> {
        let stated = self.metadata.tree()?;
        let computed = self.tree(hash);
        if stated.as_ref() == Some(&computed) {
            return Ok(());
        }
        Err(Error::Mismatch {
            what: format!("transaction tree of block {}", self.number()),
            stated: stated.as_ref().map_or_else(|| "nothing".to_owned(), tree::shown),
            computed: tree::shown(&computed),
        })
    }

    /// Whether every transaction has the one form that a transaction may have in a block. A config
    /// transaction alone in its block is exempt (the genesis block's is not signed); in company it
    /// is not, which is stricter than Fabric, where no such block is ever made.
    ///
    /// # Errors
    /// [`Error::NotCanonical`] with the first bad one, also for a block without transactions.
    pub fn check_canonical(&self) -> Result<(), Error> {
        if self.entries.is_empty() {
            return Err(Error::NotCanonical { entry: 0, why: "is missing: the block is empty" });
        }
        if self.entries.len() == 1 && self.is_config() {
            return Ok(());
        }
        for (entry, bytes) in self.entries.iter().enumerate() {
            canonical::envelope(bytes).map_err(|why| Error::NotCanonical { entry, why })?;
        }
        Ok(())
    }

    /// Whether this is the block behind `previous`. `hash` is the function in force for `previous`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for another number or another previous hash.
    pub fn check_link(&self, previous: &Header, hash: &dyn Hash) -> Result<(), Error> {
        if previous.number.checked_add(1) != Some(self.number()) {
            return Err(Error::Mismatch {
                what: format!("number of the block behind block {}", previous.number),
                stated: self.number().to_string(),
                computed: previous.number.saturating_add(1).to_string(),
            });
        }
        self.check_previous_hash(&previous.hash(hash))
    }

    /// Compares the stated previous hash with that of a header that is not at hand.
    ///
    /// # Errors
    /// [`Error::Mismatch`].
    pub fn check_previous_hash(&self, previous: &Digest) -> Result<(), Error> {
        let what = || format!("previous hash of block {}", self.number());
        same_digest(what, &self.header.previous_hash, previous)
    }

    /// Whether the first transaction changes the channel's configuration; such a block holds no
    /// other. What cannot be read is no config transaction.
    #[must_use]
    pub fn is_config(&self) -> bool {
        let kind = self.entries.first().and_then(envelope::header_type);
        kind == Some(HeaderType::Config)
    }

    /// The orderers' signatures with what each is over; see [`Metadata::signatures`].
    ///
    /// # Errors
    /// As there.
    pub fn signatures(&self) -> Result<Vec<SignedData>, Error> {
        self.metadata.signatures(&self.header)
    }

    /// Signs the block as an orderer; see [`Metadata::sign`].
    ///
    /// # Errors
    /// As there.
    pub fn sign(
        &mut self,
        identity: &Bytes,
        key: &dyn SigningKey,
        nonce: &Bytes,
    ) -> Result<(), Error> {
        self.metadata.sign(&self.header, identity, key, nonce)
    }
}

impl TryFrom<common::Block> for Block {
    type Error = Error;

    fn try_from(block: common::Block) -> Result<Self, Error> {
        let header = block.header.ok_or_else(|| Error::malformed("block", "it has no header"))?;
        let data = block.data.ok_or_else(|| Error::malformed("block", "it has no data"))?;
        let metadata = block.metadata.unwrap_or_default().into();
        Ok(Self { header: header.into(), entries: data.data, metadata })
    }
}

impl From<Block> for common::Block {
    fn from(block: Block) -> Self {
        Self {
            header: Some(block.header.into()),
            data: Some(common::BlockData { data: block.entries }),
            metadata: Some(block.metadata.into()),
        }
    }
}

fn digest_of(entries: &[Bytes], hash: &dyn Hash) -> Digest {
    let parts: Vec<&[u8]> = entries.iter().map(|entry| &entry[..]).collect();
    hash.digest(&parts)
}
