// SPDX-License-Identifier: Apache-2.0
//! Proofs that a transaction was ordered: what the orderers signed, and the way from there to it.
//!
//! An orderer signs header and its own part of the metadata. The header has the data hash, which is
//! over all transactions joined: with it the proof holds the whole block. Where the orderer also
//! states a Merkle tree, a path in it is enough.
//!
//! Not here: whether those who signed may order (`channel`); whether the transaction is valid, which
//! peers decide and nobody signs.

use crate::error::{decode, encode};
use crate::{Block, Envelope, Error, Header, Metadata, Slot, canonical, tree};
use bccsp::{Digest, Hash, Providers};
use proto::common::{self, HeaderType, OrdererBlockMetadata};
use proto::gmca::{Entries, Path, ProofVersion, TransactionProof, transaction_proof};
use proto::{Bytes, SignedData};

/// Shows that one transaction is in a block. By itself it shows nothing: see
/// [`check`](Self::check).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    header: Header,
    /// The first slot alone: nothing else is signed.
    metadata: Metadata,
    index: u64,
    content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    /// All transactions of the block.
    Entries(Vec<Bytes>),
    /// The transaction, and the hashes beside its way to the root.
    Path { entry: Bytes, hashes: Vec<Digest> },
}

/// What a proof shows, provided that its signatures suffice.
#[derive(Clone, Debug, PartialEq)]
pub struct Proven {
    /// The channel that the transaction names. Block and signatures name none.
    pub channel_id: String,
    /// Number of the block.
    pub number: u64,
    /// Hash of the block.
    pub block_hash: Digest,
    /// Place in the block, from 0.
    pub index: u64,
    /// How many transactions the block has.
    pub count: u64,
    /// Computed from nonce and creator. A change of the configuration has none.
    pub transaction_id: Option<String>,
    /// The transaction.
    pub envelope: Envelope,
    /// The configuration that the block was made under, as its orderers say.
    pub under: Under,
    /// What is still to be judged, by that configuration's policy for blocks. There is at least one.
    pub signatures: Vec<SignedData>,
}

/// The configuration that a block was made under: by its hash function and its policy for blocks the
/// block is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Under {
    /// The one in the config block of this number.
    ConfigBlock(u64),
    /// The one of this sequence: the block itself brings the next. It does not say in which block
    /// the one before is.
    Sequence(u64),
}

impl Proof {
    /// Makes the proof for the transaction at `index`, counted from 0: with the path to it when the
    /// orderer states a tree, else with the whole block. `hash` is the function in force for the
    /// block. Nothing is proven that [`check`](Self::check) would refuse.
    ///
    /// # Errors
    /// [`Error::Misuse`] when there is no such transaction, and for block 0, which nobody signs; as
    /// [`Block::check`],
    /// [`Block::check_tree`] and [`check`](Self::check).
    pub fn new(
        block: &Block,
        index: usize,
        hash: &dyn Hash,
        providers: &Providers,
    ) -> Result<Self, Error> {
        let none = || Error::Misuse("the block has no transaction at that place");
        let entry = block.entries().get(index).ok_or_else(none)?.clone();
        if block.number() == 0 {
            return Err(Error::Misuse("nobody signs block 0: it is trusted, or it is not"));
        }
        block.check(hash)?;
        let content = if block.metadata().tree()?.is_some() {
            block.check_tree(hash)?;
            let hashes = tree::path(block.entries(), index, hash).ok_or_else(none)?;
            Content::Path { entry, hashes }
        } else {
            Content::Entries(block.entries().to_vec())
        };
        let signed = block.metadata().slot(Slot::Signatures).clone();
        let (header, metadata) = (block.header().clone(), only(signed));
        let proof = Self { header, metadata, index: index as u64, content };
        proof.check(hash, providers)?;
        Ok(proof)
    }

    /// Reads a serialized `gmca.TransactionProof`. Nothing is judged.
    ///
    /// # Errors
    /// [`Error::NewerVersion`]; [`Error::Malformed`].
    pub fn decode(bytes: impl Into<Bytes>) -> Result<Self, Error> {
        let bytes = bytes.into();
        // Alone at first: what else is in a newer one is not known.
        match decode::<ProofVersion>("proof", &bytes)?.version {
            0 => return Err(Error::malformed("proof", "it has no version")),
            found if found > VERSION => {
                return Err(Error::NewerVersion { what: "proof", found, known: VERSION });
            }
            _ => {}
        }
        let proof: TransactionProof = decode("proof", &bytes)?;
        let header = proof.header.ok_or_else(|| Error::malformed("proof", "it has no header"))?;
        let content = match proof.content {
            Some(transaction_proof::Content::Entries(Entries { entries })) => {
                Content::Entries(entries)
            }
            Some(transaction_proof::Content::Path(Path { entry, hashes })) => {
                Content::Path { entry, hashes: digests(&hashes)? }
            }
            None => return Err(Error::malformed("proof", "it has neither transactions nor path")),
        };
        let (header, metadata) = (header.into(), only(proof.signatures));
        Ok(Self { header, metadata, index: proof.index, content })
    }

    /// The serialized `gmca.TransactionProof`.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let content = match &self.content {
            Content::Entries(entries) => {
                transaction_proof::Content::Entries(Entries { entries: entries.clone() })
            }
            Content::Path { entry, hashes } => {
                let hashes = hashes.iter().map(|hash| Bytes::copy_from_slice(hash.as_ref()));
                let hashes = hashes.collect();
                transaction_proof::Content::Path(Path { entry: entry.clone(), hashes })
            }
        };
        encode(&TransactionProof {
            version: VERSION,
            header: Some(self.header.clone().into()),
            signatures: self.metadata.slot(Slot::Signatures).clone(),
            index: self.index,
            content: Some(content),
        })
    }

    /// Number of the block, as stated.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.header.number
    }

    /// Whether the orderers state a tree, whichever way the proof takes.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn has_tree(&self) -> Result<bool, Error> {
        Ok(self.metadata.tree()?.is_some())
    }

    /// Which configuration to judge it by, as stated: whoever has another one at hand can know
    /// nothing of this proof.
    ///
    /// # Errors
    /// [`Error::Malformed`], also for a block that contradicts itself.
    pub fn under(&self) -> Result<Under, Error> {
        let envelope = Envelope::open(self.entry()?.clone())?;
        under(&self.header, &self.metadata.orderer()?, &envelope)
    }

    /// Whether the transaction is in the block that was signed. `hash` is the function in force for
    /// the block. When this succeeds, then what it gives back is true of the block **if** the
    /// signatures that it also gives back satisfy the policy for blocks of the channel.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for another block's, or none's, transaction, place or count, and for an
    /// endorser transaction with a wrong id; [`Error::NotCanonical`] for transactions that could be
    /// cut in several ways; [`Error::Malformed`] for a block that contradicts itself or that nobody
    /// signed; [`Error::Unsupported`] as [`Metadata::signatures`]; [`Error::Crypto`].
    pub fn check(&self, hash: &dyn Hash, providers: &Providers) -> Result<Proven, Error> {
        let orderer = self.metadata.orderer()?;
        let entry = self.entry()?;
        let count = match &self.content {
            Content::Entries(entries) => self.check_entries(entries, &orderer, hash)?,
            Content::Path { entry, hashes } => self.check_path(entry, hashes, &orderer, hash)?,
        };
        let envelope = Envelope::open(entry.clone())?;
        let headers = envelope.headers();
        if headers.kind() == Some(HeaderType::Config) && count != 1 {
            return Err(contradiction("a config transaction is not alone in its block"));
        }
        let has_id = headers.kind() == Some(HeaderType::EndorserTransaction);
        if has_id {
            headers.check_transaction_id(providers)?;
        }
        let channel_header = headers.channel_header();
        Ok(Proven {
            channel_id: channel_header.channel_id.clone(),
            number: self.header.number,
            block_hash: self.header.hash(hash),
            index: self.index,
            count,
            transaction_id: has_id.then(|| channel_header.tx_id.clone()),
            under: under(&self.header, &orderer, &envelope)?,
            signatures: self.signatures()?,
            envelope,
        })
    }

    /// The transaction in question.
    fn entry(&self) -> Result<&Bytes, Error> {
        match &self.content {
            Content::Path { entry, .. } => Ok(entry),
            Content::Entries(entries) => {
                let place = usize::try_from(self.index).ok();
                let entry = place.and_then(|place| entries.get(place));
                entry.ok_or_else(|| Error::malformed("proof", "its block has no such place"))
            }
        }
    }

    /// The whole block: cut in the one way that there is, hashed, and with the tree that is stated.
    fn check_entries(
        &self,
        entries: &[Bytes],
        orderer: &OrdererBlockMetadata,
        hash: &dyn Hash,
    ) -> Result<u64, Error> {
        // A config transaction has this form, too: only that of block 0 does not, and nobody signs it.
        for (entry, bytes) in entries.iter().enumerate() {
            canonical::envelope(bytes).map_err(|why| Error::NotCanonical { entry, why })?;
        }
        let block: Block = common::Block {
            header: Some(self.header.clone().into()),
            data: Some(common::BlockData { data: entries.to_vec() }),
            metadata: Some(self.metadata.clone().into()),
        }
        .try_into()?;
        block.check_data_hash(hash)?;
        if orderer.transaction_tree.is_some() {
            block.check_tree(hash)?;
        }
        Ok(entries.len() as u64)
    }

    /// The path to the root that is signed, together with the count.
    fn check_path(
        &self,
        entry: &Bytes,
        hashes: &[Digest],
        orderer: &OrdererBlockMetadata,
        hash: &dyn Hash,
    ) -> Result<u64, Error> {
        let none = || Error::malformed("proof", "it has a path, and its block states no tree");
        let tree = orderer.transaction_tree.as_ref().ok_or_else(none)?;
        let (count, index) = (tree.count, self.index);
        canonical::envelope(entry).map_err(|why| Error::NotCanonical {
            entry: usize::try_from(index).unwrap_or(usize::MAX),
            why,
        })?;
        if tree::leads_to(&tree.root, count, index, entry, hashes, hash) {
            return Ok(count);
        }
        Err(Error::Mismatch {
            what: format!("transaction tree of block {}", self.number()),
            stated: tree::shown(tree),
            computed: format!("another root from this path and transaction at place {index}"),
        })
    }

    fn signatures(&self) -> Result<Vec<SignedData>, Error> {
        let signed = self.metadata.signatures(&self.header)?;
        if signed.is_empty() {
            let why = "nobody has signed the block: there is nothing to prove it with";
            return Err(Error::malformed("block signature", why));
        }
        Ok(signed)
    }
}

/// A config block says that it is its own last one, and every other one that an earlier one is.
fn under(
    header: &Header,
    orderer: &OrdererBlockMetadata,
    envelope: &Envelope,
) -> Result<Under, Error> {
    let last = orderer.last_config.unwrap_or_default().index;
    if envelope.headers().kind() != Some(HeaderType::Config) {
        if last >= header.number {
            return Err(contradiction("its last config block is not before it"));
        }
        return Ok(Under::ConfigBlock(last));
    }
    if last != header.number {
        return Err(contradiction("it is a config block and says that another is the last one"));
    }
    let sequence = envelope.config()?.config.unwrap_or_default().sequence;
    let before = sequence.checked_sub(1);
    before
        .map(Under::Sequence)
        .ok_or_else(|| contradiction("it begins a chain, which nobody signs"))
}

fn contradiction(why: &str) -> Error {
    Error::malformed("block", why)
}

fn only(signatures: Bytes) -> Metadata {
    let mut metadata = Metadata::default();
    metadata.set(Slot::Signatures, signatures);
    metadata
}

fn digests(hashes: &[Bytes]) -> Result<Vec<Digest>, Error> {
    let digest = |hash: &Bytes| <[u8; Digest::LEN]>::try_from(&hash[..]).ok().map(Digest::new);
    let all: Option<Vec<Digest>> = hashes.iter().map(digest).collect();
    all.filter(|all| all.len() <= MAX_LEVELS)
        .ok_or_else(|| Error::malformed("proof", "its path is not one of at most 64 hashes"))
}

/// The version that is written, and the newest that is read.
const VERSION: u32 = 1;
/// A tree that is counted in 64 bits is no higher.
const MAX_LEVELS: usize = 64;
