// SPDX-License-Identifier: Apache-2.0
//! Where records are: in the public state of `_lifecycle`, and in the implicit collections of the
//! organisations, of which everybody sees the hashes and the organisation itself the values.

use super::record::{Record, field_key, metadata_key};
use crate::endorse::digest;
use crate::lifecycle::{NAMESPACE, keys};
use crate::stream::Open;
use crate::system::{Refusal, Values};
use bccsp::Hash;
use proto::Bytes;
use proto::lifecycle::StateMetadata;
use proto::prost::Message;
use std::collections::BTreeMap;

/// Keys and values, read and written for a transaction.
pub(super) trait Store {
    fn get(&mut self, key: &str) -> Result<Option<Bytes>, Refusal>;
    /// Writes a value; none deletes the key.
    fn put(&mut self, key: &str, value: Bytes) -> Result<(), Refusal>;
}

/// What everybody sees.
pub(super) struct Public<'a>(pub(super) &'a mut Open);

impl Store for Public<'_> {
    fn get(&mut self, key: &str) -> Result<Option<Bytes>, Refusal> {
        Ok(self.0.simulator.get(NAMESPACE, key)?.map(|entry| entry.value))
    }

    fn put(&mut self, key: &str, value: Bytes) -> Result<(), Refusal> {
        Ok(self.0.simulator.put(NAMESPACE, key, value)?)
    }
}

/// What one organisation sees.
pub(super) struct Private<'a> {
    pub(super) open: &'a mut Open,
    pub(super) collection: String,
    pub(super) values: &'a dyn Values,
    pub(super) hash: &'static dyn Hash,
}

impl<'a> Private<'a> {
    pub(super) fn of(
        open: &'a mut Open,
        msp_id: &str,
        values: &'a dyn Values,
        hash: &'static dyn Hash,
    ) -> Self {
        Self { open, collection: keys::implicit_collection(msp_id), values, hash }
    }

    /// The hash of a value, which everybody may compare.
    pub(super) fn hash_of(&mut self, key: &str) -> Result<Option<Bytes>, Refusal> {
        let entry = self.open.simulator.private_hash(NAMESPACE, &self.collection, key)?;
        Ok(entry.map(|entry| entry.value))
    }
}

impl Store for Private<'_> {
    /// A value that is not here reads as one of no bytes.
    fn get(&mut self, key: &str) -> Result<Option<Bytes>, Refusal> {
        let hash = self.hash_of(key)?;
        Ok(hash.map(|hash| self.values.find(&hash).unwrap_or_default()))
    }

    fn put(&mut self, key: &str, value: Bytes) -> Result<(), Refusal> {
        let hash = digest(self.hash, &value);
        self.values.keep(&hash, &value).map_err(Refusal::new)?;
        Ok(self.open.simulator.put_private(NAMESPACE, &self.collection, key, value)?)
    }
}

/// Writes a record over what stands there: only what differs, and what is left over goes.
pub(super) fn serialize(
    record: &Record,
    kind: &str,
    name: &str,
    store: &mut dyn Store,
) -> Result<(), Refusal> {
    let metadata_key = metadata_key(kind, name);
    let before = store.get(&metadata_key)?.unwrap_or_default();
    let listed = StateMetadata::decode(before.clone()).unwrap_or_default().fields;
    let mut existing = BTreeMap::new();
    for field in listed {
        let key = field_key(kind, name, &field);
        if let Some(value) = store.get(&key)? {
            existing.insert(key, value);
        }
    }
    for (field, value) in record.fields() {
        let key = field_key(kind, name, field);
        if existing.remove(&key).as_ref() != Some(value) {
            store.put(&key, value.clone())?;
        }
    }
    let metadata = record.metadata();
    if before != metadata {
        store.put(&metadata_key, metadata)?;
    }
    for key in existing.keys() {
        store.put(key, Bytes::new())?;
    }
    Ok(())
}

/// Where an organisation's record differs from this one, by hashes alone; `None` stands for the
/// record as a whole. With `first` alone, nothing is read behind the first difference.
pub(super) fn differences(
    record: &Record,
    kind: &str,
    name: &str,
    store: &mut Private<'_>,
    first: bool,
) -> Result<Vec<Option<&'static str>>, Refusal> {
    let hash = store.hash;
    let differs = |found: Option<Bytes>, value: &Bytes| {
        found.is_none_or(|found| found != digest(hash, value).as_ref())
    };
    if differs(store.hash_of(&metadata_key(kind, name))?, &record.metadata()) {
        return Ok(vec![None]);
    }
    let mut found = Vec::new();
    for (field, value) in record.fields() {
        if differs(store.hash_of(&field_key(kind, name, field))?, value) {
            found.push(Some(*field));
            if first {
                break;
            }
        }
    }
    Ok(found)
}
