// SPDX-License-Identifier: Apache-2.0
//! What a valid transaction writes, put on top of what earlier ones of its block left.

use crate::Error;
use crate::plant::{self, Plant};
use crate::state::{Head, Kind, Snapshot, Space, Updates, metadata_bytes};
use bccsp::Digest;
use block::{Namespace, ReadWriteSet, Version};
use proto::Bytes;
use std::collections::BTreeMap;

/// What one transaction does to one key. Of several writes in a set the last counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Operation {
    pub(super) write: Option<Write>,
    pub(super) metadata: Option<Bytes>,
}

#[derive(Clone, Debug)]
pub(super) enum Write {
    Value(Bytes),
    Delete,
}

impl Write {
    fn new(delete: bool, value: &Bytes) -> Self {
        if delete { Self::Delete } else { Self::Value(value.clone()) }
    }
}

pub(super) type Operations<'a> = BTreeMap<(Space<'a>, Bytes), Operation>;

/// What a set does to each key. `nothing` is the hash of no bytes.
pub(super) fn operations<'a>(set: &'a ReadWriteSet, nothing: &Digest) -> Operations<'a> {
    let mut operations = Operations::new();
    for namespace in &set.namespaces {
        public(namespace, &mut operations);
        hashed(namespace, nothing, &mut operations);
    }
    operations
}

pub(super) fn transaction(
    state: &Snapshot,
    nothing: &Digest,
    updates: &mut Updates,
    version: Version,
    set: &ReadWriteSet,
) -> Result<(), Error> {
    for ((space, key), operation) in operations(set, nothing) {
        one(state, updates, version, space, &key, operation)?;
    }
    Ok(())
}

fn public<'a>(namespace: &'a Namespace, operations: &mut Operations<'a>) {
    let space = Space::public(&namespace.name);
    let place = |key: &str| (space, Bytes::copy_from_slice(key.as_bytes()));
    for write in &namespace.public.writes {
        // A value of no bytes is a delete, whatever the flag says: Fabric's rule since 2.3.
        let delete = write.is_delete || write.value.is_empty();
        let operation = operations.entry(place(&write.key)).or_default();
        operation.write = Some(Write::new(delete, &write.value));
    }
    for write in &namespace.public.metadata_writes {
        let operation = operations.entry(place(&write.key)).or_default();
        operation.metadata = Some(metadata_bytes(&write.entries));
    }
}

fn hashed<'a>(namespace: &'a Namespace, nothing: &Digest, operations: &mut Operations<'a>) {
    for collection in &namespace.collections {
        let space = Space::hashed(&namespace.name, &collection.name);
        for write in &collection.hashed.hashed_writes {
            let no_value = write.value_hash.is_empty() || write.value_hash == nothing.as_ref();
            let delete = write.is_delete || no_value;
            let operation = operations.entry((space, write.key_hash.clone())).or_default();
            operation.write = Some(Write::new(delete, &write.value_hash));
        }
        for write in &collection.hashed.metadata_writes {
            let operation = operations.entry((space, write.key_hash.clone())).or_default();
            operation.metadata = Some(metadata_bytes(&write.entries));
        }
    }
}

fn one(
    state: &Snapshot,
    updates: &mut Updates,
    version: Version,
    space: Space<'_>,
    key: &Bytes,
    operation: Operation,
) -> Result<(), Error> {
    let before = match updates.head(space, key) {
        Some(head) => Some(head.clone()),
        None => state.head(space, key)?,
    };
    let previous = before.as_ref().map(|head| head.version);
    let before = before.and_then(|head| head.live);
    let (kind, live) = match (operation.write, operation.metadata) {
        (Some(Write::Delete), _) => (Kind::Delete, None),
        (Some(Write::Value(value)), metadata) => {
            let kept = before.map(|(_, metadata)| metadata).unwrap_or_default();
            let kept = if plant::is(Plant::MetadataLost) { Bytes::new() } else { kept };
            (Kind::Value, Some((value, metadata.unwrap_or(kept))))
        }
        (None, Some(metadata)) => match before {
            Some((value, _)) => (Kind::Metadata, Some((value, metadata))),
            // Metadata of a key that does not exist: nothing happens.
            None => return Ok(()),
        },
        (None, None) => return Ok(()),
    };
    updates.set(space, key, Head { version, live }, kind, previous);
    Ok(())
}
