// SPDX-License-Identifier: Apache-2.0
//! What the peer in memory has committed.

use super::simulation::Write;
use bytes::Bytes;
use proto::prost_types::Timestamp;
use proto::protos;
use proto::queryresult;
use std::collections::BTreeMap;
use std::ops::Bound;

/// State and history of all namespaces.
#[derive(Debug, Default)]
pub struct Ledger {
    state: BTreeMap<(String, String), Entry>,
    history: BTreeMap<(String, String), Vec<queryresult::KeyModification>>,
}

#[derive(Debug, Default)]
struct Entry {
    value: Bytes,
    metadata: BTreeMap<String, Bytes>,
}

impl Ledger {
    /// The value of a key.
    #[must_use]
    pub fn value(&self, namespace: &str, key: &str) -> Option<Bytes> {
        let entry = self.state.get(&(namespace.to_owned(), key.to_owned()));
        entry.map(|entry| entry.value.clone())
    }

    /// The metadata of a key.
    pub(super) fn metadata(&self, namespace: &str, key: &str) -> protos::StateMetadataResult {
        let entry = self.state.get(&(namespace.to_owned(), key.to_owned()));
        let metadata = entry.into_iter().flat_map(|entry| &entry.metadata);
        let entry = |(metakey, value): (&String, &Bytes)| protos::StateMetadata {
            metakey: metakey.clone(),
            value: value.clone(),
        };
        protos::StateMetadataResult { entries: metadata.map(entry).collect() }
    }

    /// The keys from `start` to before `end`; no end is the end of the namespace.
    pub(super) fn range(&self, namespace: &str, start: &str, end: &str) -> Vec<queryresult::Kv> {
        let start = Bound::Included((namespace.to_owned(), start.to_owned()));
        let rest = self.state.range((start, Bound::Unbounded));
        let inside = rest
            .take_while(|((ns, key), _)| ns == namespace && (end.is_empty() || key.as_str() < end));
        let record = |((namespace, key), entry): (&(String, String), &Entry)| queryresult::Kv {
            namespace: namespace.clone(),
            key: key.clone(),
            value: entry.value.clone(),
        };
        inside.map(record).collect()
    }

    /// The changes of a key, the newest first.
    pub(super) fn history(&self, namespace: &str, key: &str) -> Vec<queryresult::KeyModification> {
        let changes = self.history.get(&(namespace.to_owned(), key.to_owned()));
        changes.into_iter().flatten().rev().cloned().collect()
    }

    /// Takes a write in.
    pub(super) fn write(
        &mut self,
        place: &(String, String),
        write: &Write,
        tx: &str,
        seconds: i64,
    ) {
        if let Some(value) = &write.value {
            let is_delete = value.is_empty();
            if is_delete {
                self.state.remove(place);
            } else {
                self.state.entry(place.clone()).or_default().value = value.clone();
            }
            self.history.entry(place.clone()).or_default().push(queryresult::KeyModification {
                tx_id: tx.to_owned(),
                value: value.clone(),
                timestamp: Some(Timestamp { seconds, nanos: 0 }),
                is_delete,
            });
        }
        // A key that does not exist has no metadata.
        if let (Some(entry), Some(metadata)) = (self.state.get_mut(place), &write.metadata) {
            entry.metadata.insert(metadata.metakey.clone(), metadata.value.clone());
        }
    }
}
