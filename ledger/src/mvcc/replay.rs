// SPDX-License-Identifier: Apache-2.0
//! Blocks that were judged before, applied again, many at a time: only what is written counts, and
//! nothing is read again.
//!
//! It gives what `validate` and a commit for each block gave: the same state, the same history, the
//! same commit hashes. Not here: where the blocks come from (`ledger::replay`).

use super::apply::{self, Operation, Write};
use crate::Error;
use crate::state::{Kind, Metadata, Run, Snapshot, Space, State, Tip};
use bccsp::{Digest, Hash};
use block::{ReadWriteSet, UpdateWriter, Version};
use proto::Bytes;
use std::collections::BTreeMap;
use std::ops::Range;

/// What the valid transactions of a block write. It shares no memory with the block, which is
/// mostly signatures and certificates.
#[derive(Clone, Debug)]
pub(crate) struct Writes {
    /// Name of the chaincode and of the collection.
    spaces: Vec<(String, Option<String>)>,
    /// In the order of a commit hash.
    keys: Vec<Key>,
    /// In the order of the block.
    operations: Vec<(u64, usize, Operation)>,
    bytes: usize,
}

#[derive(Clone, Debug)]
struct Key {
    space: usize,
    place: Bytes,
    key: Bytes,
}

impl Writes {
    /// Of these transactions, each with its place in the block.
    pub(crate) fn new(hash: &dyn Hash, sets: &[(u64, ReadWriteSet)]) -> Self {
        let (nothing, mut all, mut room) = (hash.digest(&[]), Vec::new(), Room::default());
        let mut order = BTreeMap::<(Space<'_>, Bytes), usize>::new();
        for (transaction, set) in sets {
            for (key, operation) in apply::operations(set, &nothing) {
                let next = order.len();
                let id = *order.entry(key).or_insert(next);
                all.push((*transaction, id, room.take(operation)));
            }
        }
        let mut writes =
            Self { spaces: Vec::new(), keys: Vec::new(), operations: vec![], bytes: 0 };
        let (mut ranks, mut places) = (vec![0; order.len()], Vec::with_capacity(order.len()));
        for (rank, ((space, key), id)) in order.into_iter().enumerate() {
            ranks.get_mut(id).into_iter().for_each(|to| *to = rank);
            places.push((writes.space(space), room.put(&space.place(&key)), key.len()));
        }
        let bytes = Bytes::from(room.0);
        writes.bytes = bytes.len().saturating_add(all.len().saturating_mul(OPERATION));
        writes.keys = places
            .into_iter()
            .map(|(space, place, key)| {
                let place = bytes.slice(place);
                let key = place.slice(place.len().saturating_sub(key)..);
                Key { space, place, key }
            })
            .collect();
        writes.operations = all
            .into_iter()
            .map(|(transaction, id, stored)| {
                let rank = ranks.get(id).copied().unwrap_or_default();
                (transaction, rank, stored.operation(&bytes))
            })
            .collect();
        writes
    }

    /// About how many bytes of memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Spaces come in their order, so an equal one is the last one.
    fn space(&mut self, space: Space<'_>) -> usize {
        if self.spaces.last().map(borrowed) != Some(space) {
            let collection = space.collection.map(str::to_owned);
            self.spaces.push((space.namespace.to_owned(), collection));
        }
        self.spaces.len().saturating_sub(1)
    }
}

/// What a key and an operation take beside their bytes.
const OPERATION: usize = size_of::<(u64, usize, Operation)>() + size_of::<Key>();

fn borrowed((namespace, collection): &(String, Option<String>)) -> Space<'_> {
    Space { namespace, collection: collection.as_deref() }
}

/// Bytes of a block, one after the other, so that one piece of memory holds them.
#[derive(Default)]
struct Room(Vec<u8>);

impl Room {
    fn put(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.0.len();
        self.0.extend_from_slice(bytes);
        start..self.0.len()
    }

    fn take(&mut self, operation: Operation) -> StoredOperation {
        let write = operation.write.map(|write| match write {
            Write::Value(value) => Some(self.put(&value)),
            Write::Delete => None,
        });
        StoredOperation { write, metadata: operation.metadata.map(|bytes| self.put(&bytes)) }
    }
}

struct StoredOperation {
    write: Option<Option<Range<usize>>>,
    metadata: Option<Range<usize>>,
}

impl StoredOperation {
    fn operation(self, bytes: &Bytes) -> Operation {
        let write = self.write.map(|value| match value {
            Some(value) => Write::Value(bytes.slice(value)),
            None => Write::Delete,
        });
        Operation { write, metadata: self.metadata.map(|range| bytes.slice(range)) }
    }
}

/// Blocks on their way into a state: what they change is gathered, and committed at once.
#[derive(Debug)]
pub(crate) struct Replay<'s> {
    state: &'s State,
    now: Snapshot,
    run: Run,
    tip: Tip,
}

impl<'s> Replay<'s> {
    /// Onto what the state is now.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub(crate) fn new(state: &'s State) -> Result<Self, Error> {
        let now = state.snapshot()?;
        let (run, tip) = (Run::new(now.height()), now.tip().clone());
        Ok(Self { state, now, run, tip })
    }

    /// How many blocks there are, in the state and gathered: the number of the next one.
    pub(crate) fn height(&self) -> u64 {
        self.tip.height
    }

    /// About how many bytes of memory the gathered changes take.
    pub(crate) fn bytes(&self) -> usize {
        self.run.bytes()
    }

    /// How many blocks are gathered.
    pub(crate) fn blocks(&self) -> u64 {
        self.run.next().saturating_sub(self.run.first())
    }

    /// Takes in the next block. `filter` is its codes, `stated` the commit hash that it was sealed
    /// with; block 0 may have none.
    ///
    /// # Errors
    /// [`Error::Refused`] when it gives another commit hash; when the disk cannot be read.
    pub(crate) fn block(
        &mut self,
        hash: &dyn Hash,
        (writes, filter): (&Writes, &[u8]),
        stated: Option<Digest>,
        block_hash: Digest,
    ) -> Result<(), Error> {
        let block = self.tip.height;
        let mut slots: Vec<Option<usize>> =
            writes.keys.iter().map(|key| self.run.find(&key.place)).collect();
        for (transaction, key, operation) in &writes.operations {
            let version = Version { block, transaction: *transaction };
            if let (Some(key), Some(slot)) = (writes.keys.get(*key), slots.get_mut(*key)) {
                let space = writes.spaces.get(key.space).map(borrowed);
                let space = space.unwrap_or(Space::public(""));
                *slot = self.operation(version, (space, key), *slot, operation)?;
            }
        }
        self.check_commit_hash(hash, (writes, &slots), filter, stated)?;
        self.run.end_block();
        self.tip.height = block.saturating_add(1);
        self.tip.block_hash = Some(block_hash);
        Ok(())
    }

    /// The rules are those of `apply`; here the state is asked only when the outcome depends on it.
    fn operation(
        &mut self,
        version: Version,
        (space, key): (Space<'_>, &Key),
        slot: Option<usize>,
        operation: &Operation,
    ) -> Result<Option<usize>, Error> {
        let place = (space, &key.place);
        let known = slot.and_then(|slot| self.run.slot(slot)).map(|slot| &slot.live);
        let given = operation.metadata.clone().map(Metadata::Known);
        let (kind, live) = match (&operation.write, given) {
            (Some(Write::Delete), _) => (Kind::Delete, None),
            (Some(Write::Value(value)), Some(metadata)) => {
                (Kind::Value, Some((value.clone(), metadata)))
            }
            (Some(Write::Value(value)), None) => {
                let kept = match known {
                    Some(Some((_, metadata))) => metadata.clone(),
                    Some(None) => Metadata::Known(Bytes::new()),
                    None => Metadata::OfState,
                };
                (Kind::Value, Some((value.clone(), kept)))
            }
            (None, Some(metadata)) => match known {
                Some(Some((value, _))) => (Kind::Metadata, Some((value.clone(), metadata))),
                Some(None) => return Ok(slot),
                None => return self.metadata_of_state(version, place, &key.key, metadata),
            },
            (None, None) => return Ok(slot),
        };
        Ok(Some(match slot {
            Some(slot) => {
                self.run.set(slot, (version, live), kind);
                slot
            }
            None => self.run.add(place, (version, live), kind, None),
        }))
    }

    /// Metadata of a key whose value only the state has, if it is there at all.
    fn metadata_of_state(
        &mut self,
        version: Version,
        place: (Space<'_>, &Bytes),
        key: &Bytes,
        metadata: Metadata,
    ) -> Result<Option<usize>, Error> {
        let Some(head) = self.now.head(place.0, key)? else { return Ok(None) };
        let Some((value, _)) = head.live.clone() else { return Ok(None) };
        let live = Some((value, metadata));
        Ok(Some(self.run.add(place, (version, live), Kind::Metadata, Some(&head))))
    }

    fn check_commit_hash(
        &mut self,
        hash: &dyn Hash,
        (writes, slots): (&Writes, &[Option<usize>]),
        filter: &[u8],
        stated: Option<Digest>,
    ) -> Result<(), Error> {
        let block = self.tip.height;
        // Block 0 has none.
        if stated.is_none() && block == 0 {
            return Ok(());
        }
        let mut writer = UpdateWriter::default();
        for (key, slot) in writes.keys.iter().zip(slots) {
            let slot = slot.and_then(|slot| self.run.slot(slot));
            let Some(slot) = slot.filter(|slot| slot.version.block == block) else { continue };
            let Some(space) = writes.spaces.get(key.space).map(borrowed) else { continue };
            let value = slot.live.as_ref().map(|(value, _)| value);
            writer.push(space.namespace, space.collection, &key.key, value, slot.version);
        }
        let made = writer.commit_hash(filter, self.tip.commit_hash.as_ref(), hash);
        if stated != Some(made) {
            let stated = stated.map_or_else(|| "none".to_owned(), |stated| stated.to_string());
            return Err(Error::Refused(format!(
                "block {block} is stored with the commit hash {stated}, and its transactions give \
                 {made}: block or state are not those of this channel"
            )));
        }
        self.tip.commit_hash = Some(made);
        Ok(())
    }

    /// Commits what is gathered, and begins anew on top of it.
    ///
    /// # Errors
    /// As [`State::commit`].
    pub(crate) fn commit(self) -> Result<Self, Error> {
        let Self { state, now, run, tip } = self;
        // Held, it would keep alive the pages that are replaced.
        drop(now);
        if run.next() > run.first() {
            state.commit_run(run, tip.commit_hash, tip.block_hash)?;
        }
        Self::new(state)
    }
}
