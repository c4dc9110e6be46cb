// SPDX-License-Identifier: Apache-2.0
//! What a block changes: for each key what stands there after it, and every write for the history.
//!
//! Not here: who decides which writes count (`mvcc`).

use super::Space;
use super::entry::{Head, Kind, Link};
use block::Version;
use proto::Bytes;
use std::collections::BTreeMap;
use std::ops::Bound;

type Keys = BTreeMap<Bytes, Head>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Namespace {
    public: Keys,
    collections: BTreeMap<String, Keys>,
}

/// A link of the history that the block adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) version: Version,
    pub(super) place: Vec<u8>,
    pub(super) link: Link,
}

/// The changes of one block, made by [`mvcc::validate`](crate::mvcc::validate) or
/// [`mvcc::replay`](crate::mvcc::replay).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Updates {
    block: u64,
    namespaces: BTreeMap<String, Namespace>,
    written: Vec<Written>,
    bytes: usize,
}

/// One changed key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update<'a> {
    /// Where it is.
    pub space: Space<'a>,
    /// The key; in a private collection its hash.
    pub key: &'a Bytes,
    /// Which transaction of the block changed it last.
    pub version: Version,
    /// What stands there now; `None` when it is deleted.
    pub value: Option<&'a Bytes>,
}

impl Updates {
    /// No changes yet.
    #[must_use]
    pub(crate) fn new(block: u64) -> Self {
        Self { block, namespaces: BTreeMap::new(), written: Vec::new(), bytes: 0 }
    }

    /// The block's number.
    #[must_use]
    pub fn block(&self) -> u64 {
        self.block
    }

    /// All changed keys: namespaces in byte order, in each the public keys and then the
    /// collections in byte order, in each the keys in byte order.
    pub fn iter(&self) -> impl Iterator<Item = Update<'_>> {
        self.heads().map(|(space, key, head)| Update {
            space,
            key,
            version: head.version,
            value: head.live.as_ref().map(|(value, _)| value),
        })
    }

    pub(super) fn heads(&self) -> impl Iterator<Item = (Space<'_>, &Bytes, &Head)> {
        self.namespaces.iter().flat_map(|(name, namespace)| {
            let public = namespace.public.iter();
            let public = public.map(move |(key, head)| (Space::public(name), key, head));
            let hashed = namespace.collections.iter().flat_map(move |(collection, keys)| {
                keys.iter().map(move |(key, head)| (Space::hashed(name, collection), key, head))
            });
            public.chain(hashed)
        })
    }

    pub(super) fn written(&self) -> &[Written] {
        &self.written
    }

    /// About how many bytes the changes are.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn head(&self, space: Space<'_>, key: &[u8]) -> Option<&Head> {
        self.keys(space)?.get(key)
    }

    /// The changed public keys from `start` up to and without `end`; an empty `end` is no limit.
    pub(crate) fn range<'a>(
        &'a self,
        namespace: &str,
        start: &str,
        end: &str,
    ) -> impl Iterator<Item = (&'a Bytes, &'a Head)> + use<'a> {
        let bounded = end.is_empty() || start < end;
        let keys = self.keys(Space::public(namespace)).filter(|_| bounded);
        let upper = if end.is_empty() { Bound::Unbounded } else { Bound::Excluded(end.as_bytes()) };
        let from = Bound::Included(start.as_bytes());
        keys.map(|keys| keys.range::<[u8], _>((from, upper))).into_iter().flatten()
    }

    fn keys(&self, space: Space<'_>) -> Option<&Keys> {
        let namespace = self.namespaces.get(space.namespace)?;
        match space.collection {
            None => Some(&namespace.public),
            Some(collection) => namespace.collections.get(collection),
        }
    }

    /// Puts down what a transaction leaves at a key. `previous` is the write before it, if any.
    pub(crate) fn set(
        &mut self,
        space: Space<'_>,
        key: &Bytes,
        head: Head,
        kind: Kind,
        previous: Option<Version>,
    ) {
        if space.collection.is_none() {
            let link = Link { kind, previous };
            let place = space.place(key);
            self.bytes = self.bytes.saturating_add(place.len());
            self.written.push(Written { version: head.version, place, link });
        }
        let value = head.live.as_ref().map_or(0, |(value, _)| value.len());
        self.bytes = self.bytes.saturating_add(key.len()).saturating_add(value);
        let keys = self.keys_mut(space);
        if crate::plant::is(crate::plant::Plant::LastWriteOrder) {
            keys.entry(key.clone()).or_insert(head);
        } else {
            keys.insert(key.clone(), head);
        }
    }

    fn keys_mut(&mut self, space: Space<'_>) -> &mut Keys {
        let namespace = self.namespaces.entry(space.namespace.to_owned()).or_default();
        match space.collection {
            None => &mut namespace.public,
            Some(collection) => namespace.collections.entry(collection.to_owned()).or_default(),
        }
    }
}

impl Update<'_> {
    /// Whether the key is gone.
    #[must_use]
    pub fn is_delete(&self) -> bool {
        self.value.is_none()
    }
}
