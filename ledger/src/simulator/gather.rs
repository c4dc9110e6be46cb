// SPDX-License-Identifier: Apache-2.0
//! Reads and writes on their way to a read/write set. The order of the bytes is Fabric's, so that
//! endorsers of two makes agree: everything sorted by key, private keys by the key and not its
//! hash, and range queries in the order of the calls.

use bccsp::Hash;
use proto::Bytes;
use proto::kvrwset::{
    HashedRwSet, KvMetadataEntry, KvMetadataWrite, KvMetadataWriteHash, KvRead, KvReadHash,
    KvWrite, KvWriteHash, KvrwSet, RangeQueryInfo, Version,
};
use proto::prost::Message;
use proto::rwset::{
    CollectionHashedReadWriteSet, CollectionPvtReadWriteSet, NsPvtReadWriteSet, NsReadWriteSet,
};
use std::collections::BTreeMap;

/// What is gathered for one chaincode.
#[derive(Debug, Default)]
pub(super) struct Namespace {
    pub(super) reads: BTreeMap<String, Option<Version>>,
    pub(super) writes: BTreeMap<String, Option<Bytes>>,
    pub(super) metadata: BTreeMap<String, Vec<KvMetadataEntry>>,
    pub(super) queries: Vec<RangeQueryInfo>,
    pub(super) collections: BTreeMap<String, Collection>,
}

/// What is gathered for one private collection.
#[derive(Debug, Default)]
pub(super) struct Collection {
    pub(super) reads: BTreeMap<String, Option<Version>>,
    pub(super) writes: BTreeMap<String, PrivateWrite>,
    pub(super) metadata: BTreeMap<String, Vec<KvMetadataEntry>>,
}

#[derive(Debug)]
pub(super) enum PrivateWrite {
    Value(Bytes),
    Delete,
    /// A delete that also takes the value out of every peer's past.
    Purge,
}

impl Namespace {
    /// The public part and, when a collection was written to, the private one.
    pub(super) fn build(
        self,
        name: &str,
        hash: &dyn Hash,
    ) -> (NsReadWriteSet, Option<NsPvtReadWriteSet>) {
        let (mut hashed, mut private) = (Vec::new(), Vec::new());
        for (name, collection) in self.collections {
            let (public, secret) = collection.build(name, hash);
            hashed.push(public);
            private.extend(secret);
        }
        let writes = self.writes.into_iter().map(|(key, value)| KvWrite {
            key,
            is_delete: value.is_none(),
            value: value.unwrap_or_default(),
        });
        let set = KvrwSet {
            reads: reads(self.reads),
            range_queries_info: once_each(self.queries),
            writes: writes.collect(),
            metadata_writes: metadata(self.metadata),
        };
        let namespace = name.to_owned();
        let private = (!private.is_empty()).then(|| NsPvtReadWriteSet {
            namespace: namespace.clone(),
            collection_pvt_rwset: private,
        });
        let rwset = set.encode_to_vec().into();
        (NsReadWriteSet { namespace, rwset, collection_hashed_rwset: hashed }, private)
    }
}

impl Collection {
    fn build(
        self,
        name: String,
        hash: &dyn Hash,
    ) -> (CollectionHashedReadWriteSet, Option<CollectionPvtReadWriteSet>) {
        let hashed = HashedRwSet {
            hashed_reads: self.hashed_reads(hash),
            hashed_writes: self.hashed_writes(hash),
            metadata_writes: self.hashed_metadata(hash),
        };
        let private = self.private().map(|set| CollectionPvtReadWriteSet {
            collection_name: name.clone(),
            rwset: set.encode_to_vec().into(),
        });
        let pvt_rwset_hash =
            private.as_ref().map(|private| digest(hash, &private.rwset)).unwrap_or_default();
        let hashed_rwset = hashed.encode_to_vec().into();
        let public =
            CollectionHashedReadWriteSet { collection_name: name, hashed_rwset, pvt_rwset_hash };
        (public, private)
    }

    fn hashed_reads(&self, hash: &dyn Hash) -> Vec<KvReadHash> {
        let read = |(key, version): (&String, &Option<Version>)| KvReadHash {
            key_hash: digest(hash, key.as_bytes()),
            version: *version,
        };
        self.reads.iter().map(read).collect()
    }

    fn hashed_writes(&self, hash: &dyn Hash) -> Vec<KvWriteHash> {
        let write = |(key, write): (&String, &PrivateWrite)| {
            let (is_purge, value) = match write {
                PrivateWrite::Value(value) => (false, Some(value)),
                PrivateWrite::Delete => (false, None),
                PrivateWrite::Purge => (true, None),
            };
            KvWriteHash {
                key_hash: digest(hash, key.as_bytes()),
                is_delete: value.is_none(),
                value_hash: value.map(|value| digest(hash, value)).unwrap_or_default(),
                is_purge,
            }
        };
        self.writes.iter().map(write).collect()
    }

    fn hashed_metadata(&self, hash: &dyn Hash) -> Vec<KvMetadataWriteHash> {
        let write = |(key, entries): (&String, &Vec<KvMetadataEntry>)| KvMetadataWriteHash {
            key_hash: digest(hash, key.as_bytes()),
            entries: entries.clone(),
        };
        self.metadata.iter().map(write).collect()
    }

    /// What members of the collection get. Of metadata they need only to know the key.
    fn private(self) -> Option<KvrwSet> {
        if self.writes.is_empty() && self.metadata.is_empty() {
            return None;
        }
        let writes = self.writes.into_iter().map(|(key, write)| match write {
            PrivateWrite::Value(value) => KvWrite { key, is_delete: false, value },
            PrivateWrite::Delete | PrivateWrite::Purge => {
                KvWrite { key, is_delete: true, value: Bytes::new() }
            }
        });
        let metadata = self.metadata.into_keys();
        let metadata = metadata.map(|key| KvMetadataWrite { key, entries: Vec::new() });
        Some(KvrwSet {
            writes: writes.collect(),
            metadata_writes: metadata.collect(),
            ..KvrwSet::default()
        })
    }
}

fn digest(hash: &dyn Hash, bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(hash.digest(&[bytes]).as_ref())
}

fn reads(reads: BTreeMap<String, Option<Version>>) -> Vec<KvRead> {
    reads.into_iter().map(|(key, version)| KvRead { key, version }).collect()
}

fn metadata(metadata: BTreeMap<String, Vec<KvMetadataEntry>>) -> Vec<KvMetadataWrite> {
    metadata.into_iter().map(|(key, entries)| KvMetadataWrite { key, entries }).collect()
}

/// The same query asked twice stands there once.
fn once_each(queries: Vec<RangeQueryInfo>) -> Vec<RangeQueryInfo> {
    let mut seen = std::collections::HashSet::new();
    let mut first = |query: &RangeQueryInfo| {
        seen.insert((query.start_key.clone(), query.end_key.clone(), query.itr_exhausted))
    };
    queries.into_iter().filter(|query| first(query)).collect()
}
