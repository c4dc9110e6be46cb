// SPDX-License-Identifier: Apache-2.0
//! What a block changes in the state, and the hash that chains verdicts and changes.
//!
//! Two peers with equal commit hashes hold equal states. Not here: which transactions are valid, and
//! the state itself (`ledger`).

use crate::ReadWriteSet;
use bccsp::{Digest, Hash};
use proto::kvrwset::{KvWrite, KvWriteHash};
use proto::prost::encoding;
use proto::{Bytes, updates};
use std::collections::BTreeMap;

/// Where a value was last written: transaction `transaction` of block `block`, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Number of the block.
    pub block: u64,
    /// Place of the transaction in it.
    pub transaction: u64,
}

impl Version {
    /// Both numbers in a form whose byte order is their order: a byte that counts, then that many
    /// big-endian digits; (3, 0) is `01 03 00`.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(18);
        for number in [self.block, self.transaction] {
            let zeros = number.leading_zeros() / 8;
            let digits = number.to_be_bytes().into_iter().skip(zeros as usize);
            bytes.push(u8::try_from(8_u32.saturating_sub(zeros)).unwrap_or_default());
            bytes.extend(digits);
        }
        bytes
    }
}

/// What happens to one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The new value (in a collection: its hash), or `None` for a deletion.
    pub value: Option<Bytes>,
    /// Who wrote it.
    pub version: Version,
}

/// All that one block changes, in the order in which it is hashed.
#[derive(Clone, Debug)]
pub struct UpdateBatch {
    block: u64,
    hash_of_nothing: Digest,
    namespaces: BTreeMap<String, NamespaceUpdates>,
}

/// What a block changes in the state of one chaincode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamespaceUpdates {
    /// What every member of the channel sees, by key.
    pub public: BTreeMap<Bytes, Update>,
    /// Private collections by name, each by hash of the key.
    pub collections: BTreeMap<String, BTreeMap<Bytes, Update>>,
}

impl UpdateBatch {
    /// Of block `block`, with nothing in it. `hash` is the channel's function: a hashed write whose
    /// value hash is that of no bytes is a deletion.
    #[must_use]
    pub fn new(block: u64, hash: &dyn Hash) -> Self {
        Self { block, hash_of_nothing: hash.digest(&[]), namespaces: BTreeMap::new() }
    }

    /// Takes in the writes of a valid transaction, public and hashed. Those of a later transaction
    /// replace those of an earlier one, so transactions come in block order.
    ///
    /// Writes of *metadata* are not taken in: they keep the value that is committed, which is not
    /// known here. Whoever knows the state puts them in with [`set`](Self::set).
    pub fn add(&mut self, transaction: u64, set: &ReadWriteSet) {
        for namespace in &set.namespaces {
            for write in &namespace.public.writes {
                let key = Bytes::copy_from_slice(write.key.as_bytes());
                let value = value_of(write);
                self.set(&namespace.name, None, key, value, transaction);
            }
            for collection in &namespace.collections {
                for write in &collection.hashed.hashed_writes {
                    let value = self.value_hash_of(write);
                    let key = write.key_hash.clone();
                    self.set(&namespace.name, Some(&collection.name), key, value, transaction);
                }
            }
        }
    }

    /// Puts in what one key becomes: `value`, or nothing any more. In a collection key and value
    /// are hashes. Changes of the namespace without a name, which is the channel's configuration,
    /// are kept and not hashed.
    pub fn set(
        &mut self,
        namespace: &str,
        collection: Option<&str>,
        key: Bytes,
        value: Option<Bytes>,
        transaction: u64,
    ) {
        let update = Update { value, version: Version { block: self.block, transaction } };
        let place = self.namespaces.entry(namespace.to_owned()).or_default();
        let updates = match collection {
            None => &mut place.public,
            Some(collection) => place.collections.entry(collection.to_owned()).or_default(),
        };
        updates.insert(key, update);
    }

    /// What one key becomes, if this block changes it.
    #[must_use]
    pub fn find(&self, namespace: &str, collection: Option<&str>, key: &[u8]) -> Option<&Update> {
        let namespace = self.namespaces.get(namespace)?;
        match collection {
            None => namespace.public.get(key),
            Some(collection) => namespace.collections.get(collection)?.get(key),
        }
    }

    /// Number of the block.
    #[must_use]
    pub fn block(&self) -> u64 {
        self.block
    }

    /// All changes, by namespace.
    #[must_use]
    pub fn namespaces(&self) -> &BTreeMap<String, NamespaceUpdates> {
        &self.namespaces
    }

    /// The serialized `updates.Updates` that the commit hash covers: by namespace, public writes
    /// before collections by name, by key. Names stand only where they change.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        self.writer().bytes.into()
    }

    /// The commit hash after this block: of the length of `filter`, `filter`, the updates and the
    /// commit hash before. `filter` is one verdict for each transaction, see
    /// [`Metadata::filter`](crate::Metadata::filter). Block 1 has none before it; block 0 has no
    /// commit hash.
    #[must_use]
    pub fn commit_hash(&self, filter: &[u8], previous: Option<&Digest>, hash: &dyn Hash) -> Digest {
        self.writer().commit_hash(filter, previous, hash)
    }

    fn writer(&self) -> UpdateWriter<'_> {
        let mut writer = UpdateWriter::default();
        for (namespace, updates) in &self.namespaces {
            for (key, update) in &updates.public {
                writer.push(namespace, None, key, update.value.as_ref(), update.version);
            }
            for (collection, updates) in &updates.collections {
                for (key, update) in updates {
                    let value = update.value.as_ref();
                    writer.push(namespace, Some(collection), key, value, update.version);
                }
            }
        }
        writer
    }

    /// As `value_of`, by hash.
    fn value_hash_of(&self, write: &KvWriteHash) -> Option<Bytes> {
        let is_deletion =
            write.is_delete || write.is_purge || write.value_hash == self.hash_of_nothing.as_ref();
        (!is_deletion).then(|| write.value_hash.clone())
    }
}

/// The same for whoever has a block's changes in their order already: they become bytes as they
/// come, and none is kept.
#[derive(Debug, Default)]
pub struct UpdateWriter<'a> {
    namespace: &'a str,
    collection: Option<&'a str>,
    bytes: Vec<u8>,
}

impl<'a> UpdateWriter<'a> {
    /// Puts in what one key becomes: `value`, or nothing any more. Namespaces come in byte order,
    /// in each the public keys and then the collections in byte order, in each the keys in byte
    /// order, each once. Changes of the namespace without a name are left out.
    pub fn push(
        &mut self,
        namespace: &'a str,
        collection: Option<&'a str>,
        key: &Bytes,
        value: Option<&Bytes>,
        version: Version,
    ) {
        if namespace.is_empty() {
            return;
        }
        let other_namespace = namespace != self.namespace;
        let other_collection = other_namespace || collection != self.collection;
        (self.namespace, self.collection) = (namespace, collection);
        let write = updates::KvWrite {
            namespace: if other_namespace { namespace.to_owned() } else { String::new() },
            collection: collection.filter(|_| other_collection).unwrap_or_default().to_owned(),
            key: key.clone(),
            is_delete: value.is_none(),
            value: value.cloned().unwrap_or_default(),
            version_bytes: version.to_bytes().into(),
        };
        // A message of repeated messages is these one after the other, each with the field's number.
        encoding::message::encode(KV_WRITES, &write, &mut self.bytes);
    }

    /// As [`UpdateBatch::commit_hash`].
    #[must_use]
    pub fn commit_hash(self, filter: &[u8], previous: Option<&Digest>, hash: &dyn Hash) -> Digest {
        let previous = previous.map(Digest::as_ref).unwrap_or_default();
        hash.digest(&[&base128(filter.len()), filter, &self.bytes, previous])
    }
}

/// The field of `updates.Updates`.
const KV_WRITES: u32 = 1;

/// An empty value is a deletion, whatever the flag says: the state has no empty values.
fn value_of(write: &KvWrite) -> Option<Bytes> {
    (!write.is_delete && !write.value.is_empty()).then(|| write.value.clone())
}

/// A length as protobuf writes it: digits of seven bits, the least significant first.
fn base128(mut number: usize) -> Vec<u8> {
    let mut digits = Vec::with_capacity(2);
    while number > 0x7f {
        digits.push(0x80 | number.to_le_bytes()[0]);
        number >>= 7;
    }
    digits.push(number.to_le_bytes()[0]);
    digits
}
