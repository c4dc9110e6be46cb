// SPDX-License-Identifier: Apache-2.0
//! Keys that have a policy of their own, in their metadata.

use super::rules::Rule;
use block::Namespace;
use ledger::state::{Snapshot, Space};
use proto::Bytes;
use proto::common::SignaturePolicyEnvelope;
use proto::prost::Message;
use proto::protos::MetaDataKeys;
use std::collections::HashSet;

/// A key that a transaction writes: a public one, or the hash of one in a collection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key<'a> {
    pub(super) namespace: &'a str,
    pub(super) collection: Option<&'a str>,
    pub(super) key: Bytes,
}

impl Key<'_> {
    /// Its own policy; `None` when it has none.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub(super) fn policy(&self, state: &Snapshot) -> Result<Option<Rule>, ledger::Error> {
        let Self { namespace, collection, .. } = *self;
        let Some(entry) = state.entry(Space { namespace, collection }, &self.key)? else {
            return Ok(None);
        };
        let name = MetaDataKeys::ValidationParameter.as_str_name();
        let mut metadata = entry.metadata().into_iter();
        let found = metadata.find(|entry| entry.name == name && !entry.value.is_empty());
        Ok(found.map(|found| match SignaturePolicyEnvelope::decode(found.value) {
            Ok(envelope) => Rule::of_signatures(&envelope),
            // Fabric's peers stop here, so that a chaincode can stop a channel; ours do not.
            Err(error) => Rule::Unreadable(format!("its policy cannot be read: {error}")),
        }))
    }

    /// Its name; for one in a collection, the digits of its hash.
    pub(super) fn text(&self) -> String {
        match self.collection {
            None => String::from_utf8_lossy(&self.key).into_owned(),
            Some(_) => hex::encode(&self.key),
        }
    }

    /// For messages.
    pub(super) fn shown(&self) -> String {
        match self.collection {
            None => format!("key {:?}", String::from_utf8_lossy(&self.key)),
            Some(name) => format!("key hash {} of collection `{name}`", hex::encode(&self.key)),
        }
    }
}

/// All keys that a set writes, value or metadata, in Fabric's order.
pub(super) fn written(set: &Namespace) -> Vec<Key<'_>> {
    let public = |key: &str| Bytes::copy_from_slice(key.as_bytes());
    let values = set.public.writes.iter().map(|write| public(&write.key));
    let metadata = set.public.metadata_writes.iter().map(|write| public(&write.key));
    let key = |collection, key| Key { namespace: set.name.as_str(), collection, key };
    let mut keys: Vec<Key<'_>> = values.chain(metadata).map(|name| key(None, name)).collect();
    for collection in &set.collections {
        let name = Some(collection.name.as_str());
        let values = collection.hashed.hashed_writes.iter().map(|write| &write.key_hash);
        let metadata = collection.hashed.metadata_writes.iter().map(|write| &write.key_hash);
        keys.extend(values.chain(metadata).map(|hash| key(name, hash.clone())));
    }
    keys
}

/// The keys of which a set writes the metadata.
fn with_metadata(set: &Namespace) -> Vec<Key<'_>> {
    let namespace = set.name.as_str();
    let public = set.public.metadata_writes.iter().map(|write| Key {
        namespace,
        collection: None,
        key: Bytes::copy_from_slice(write.key.as_bytes()),
    });
    let hashed = set.collections.iter().flat_map(|collection| {
        let collection_name = Some(collection.name.as_str());
        collection.hashed.metadata_writes.iter().map(move |write| Key {
            namespace,
            collection: collection_name,
            key: write.key_hash.clone(),
        })
    });
    public.chain(hashed).collect()
}

/// Keys whose policies may be others after earlier transactions of the block: who writes one of them
/// behind those is not judged by the old policy, and not by the new one, but refused.
#[derive(Debug, Default)]
pub(super) struct Changed<'a>(HashSet<Key<'a>>);

impl<'a> Changed<'a> {
    pub(super) fn has(&self, key: &Key<'a>) -> bool {
        !self.0.is_empty() && self.0.contains(key)
    }

    /// Takes in what a transaction changes whose endorsements of this namespace were enough. Whether the
    /// transaction counts otherwise makes no difference, as in Fabric.
    pub(super) fn add(&mut self, set: &'a Namespace) {
        self.0.extend(with_metadata(set));
    }
}
