// SPDX-License-Identifier: Apache-2.0
//! What a run of blocks changes, gathered so that one commit takes it in: of each key only what
//! stands there at the end, and every write for the history.
//!
//! What the state has at a key is not looked up while a run is gathered but met when it is written,
//! key by key in their order: a look-up at random would cost more than all the rest. Until then
//! the first write of a key in the run does not know the one before it, and metadata that a write
//! keeps may be known to the state alone.
//!
//! Not here: who decides which writes count (`mvcc`).

use super::entry::{HeadBytes, Kind, Link};
use super::keys::written;
use super::snapshot::damaged;
use super::tables::{HISTORY, STATE};
use super::{Head, Space, database};
use crate::Error;
use crate::plant::{self, Plant};
use block::Version;
use proto::Bytes;
use redb::{CursorError, Table, WriteTransaction};
use std::collections::HashMap;
use std::ops::Bound;
use std::path::Path;

/// The metadata of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Metadata {
    /// It is this.
    Known(Bytes),
    /// What the state has at the key, or nothing.
    OfState,
}

/// What stands at a key after the blocks so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    place: Bytes,
    is_public: bool,
    pub(crate) version: Version,
    /// `None` when the key was deleted.
    pub(crate) live: Option<(Bytes, Metadata)>,
    /// The link whose write before it is known to the state alone.
    first: Option<usize>,
}

/// A write for the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Write {
    version: Version,
    slot: usize,
    link: Link,
}

/// What some blocks change that follow on each other.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    first: u64,
    next: u64,
    places: HashMap<Bytes, usize>,
    slots: Vec<Slot>,
    writes: Vec<Write>,
    bytes: usize,
}

impl Run {
    /// Of no blocks yet; the first one will have that number.
    pub(crate) fn new(first: u64) -> Self {
        let (places, slots, writes) = (HashMap::new(), Vec::new(), Vec::new());
        Self { first, next: first, places, slots, writes, bytes: 0 }
    }

    /// The number of the first block.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// The number of the block that comes next.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// About how many bytes of memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// All writes of a block are in.
    pub(crate) fn end_block(&mut self) {
        self.next = self.next.saturating_add(1);
    }

    /// The slot of a key that was written in the run.
    pub(crate) fn find(&self, place: &Bytes) -> Option<usize> {
        if plant::is(Plant::RunNotLookedAt) {
            return None;
        }
        self.places.get(place).copied()
    }

    pub(crate) fn slot(&self, slot: usize) -> Option<&Slot> {
        self.slots.get(slot)
    }

    /// Puts down the first write of a key in the run. `before` is what the state has there, when
    /// that is known.
    pub(crate) fn add(
        &mut self,
        (space, place): (Space<'_>, &Bytes),
        (version, live): (Version, Option<(Bytes, Metadata)>),
        kind: Kind,
        before: Option<&Head>,
    ) -> usize {
        let (index, is_public) = (self.slots.len(), space.collection.is_none());
        let first = (is_public && before.is_none()).then_some(self.writes.len());
        self.count(place.len().saturating_add(SLOT), live.as_ref());
        let slot = Slot { place: place.clone(), is_public, version, live, first };
        self.slots.push(slot);
        self.places.insert(place.clone(), index);
        if is_public {
            self.write(version, index, kind, before.map(|head| head.version));
        }
        index
    }

    /// Puts down a further write of a key.
    pub(crate) fn set(
        &mut self,
        index: usize,
        (version, live): (Version, Option<(Bytes, Metadata)>),
        kind: Kind,
    ) {
        self.count(0, live.as_ref());
        let Some(slot) = self.slots.get_mut(index) else { return };
        let previous = slot.version;
        (slot.version, slot.live) = (version, live);
        if slot.is_public && !plant::is(Plant::LinkLost) {
            self.write(version, index, kind, Some(previous));
        }
    }

    fn write(&mut self, version: Version, slot: usize, kind: Kind, previous: Option<Version>) {
        self.bytes = self.bytes.saturating_add(size_of::<Write>());
        self.writes.push(Write { version, slot, link: Link { kind, previous } });
    }

    fn count(&mut self, place: usize, live: Option<&(Bytes, Metadata)>) {
        let value = live.map_or(0, |(value, _)| value.len());
        let metadata = match live {
            Some((_, Metadata::Known(metadata))) => metadata.len(),
            _ => 0,
        };
        self.bytes = [place, value, metadata].into_iter().fold(self.bytes, usize::saturating_add);
    }

    /// Writes all of it.
    pub(super) fn put(mut self, write: &WriteTransaction, path: &Path) -> Result<(), Error> {
        let state = write.open_table(STATE).map_err(|error| database(path, error))?;
        self.put_slots(state, path)?;
        let history = write.open_table(HISTORY).map_err(|error| database(path, error))?;
        self.put_writes(history, path)
    }

    fn put_slots(&mut self, mut state: StateTable<'_>, path: &Path) -> Result<(), Error> {
        let at = |error| database(path, error);
        let mut order: Vec<&Slot> = self.slots.iter().collect();
        order.sort_unstable_by(|one, other| one.place.cmp(&other.place));
        let (mut out, mut again) = (Vec::new(), Vec::new());
        for slot in order {
            // A deleted public key stays as the head of its history; hashes have no history.
            if slot.live.is_none() && !slot.is_public {
                state.remove(&slot.place[..]).map_err(at)?;
                continue;
            }
            slot.bytes(&[]).write(&mut out);
            let before = state.insert(&slot.place[..], out.as_slice()).map_err(at)?;
            let Some(before) = &before else { continue };
            let head = HeadBytes::read(before.value()).ok_or_else(|| damaged(path, "state"))?;
            if let Some(first) = slot.first.and_then(|first| self.writes.get_mut(first)) {
                first.link.previous = Some(head.version);
            }
            if let (Some((_, Metadata::OfState)), Some((_, metadata))) = (&slot.live, head.live)
                && !metadata.is_empty()
            {
                slot.bytes(metadata).write(&mut out);
                again.push((&slot.place, out.clone()));
            }
        }
        for (place, head) in again {
            state.insert(&place[..], head.as_slice()).map_err(at)?;
        }
        Ok(())
    }

    fn put_writes(&mut self, mut history: StateTable<'_>, path: &Path) -> Result<(), Error> {
        let slots = &self.slots;
        let place = |write: &Write| slots.get(write.slot).map_or(&[][..], |slot| &slot.place);
        // They are in this order already, but for names that no chaincode has.
        self.writes.sort_by(|one, other| {
            one.version.cmp(&other.version).then_with(|| place(one).cmp(place(other)))
        });
        put_history(
            &mut history,
            self.writes.iter().map(|write| (write.version, place(write), write.link)),
            path,
        )
    }
}

type StateTable<'t> = Table<'t, &'static [u8], &'static [u8]>;

/// Puts links to the end of the table of history, where their versions are; they come in the order
/// of version and place.
pub(super) fn put_history<'a>(
    history: &mut StateTable<'_>,
    links: impl Iterator<Item = (Version, &'a [u8], Link)>,
    path: &Path,
) -> Result<(), Error> {
    let at = |error: CursorError| match error {
        CursorError::Storage(error) => database(path, error),
        _ => damaged(path, "history"),
    };
    let end = Bound::<&[u8]>::Unbounded;
    let mut end = history.upper_bound_mut(end).map_err(|error| database(path, error))?;
    let mut out = Vec::new();
    for (version, place, link) in links {
        let key = written(version, place)?;
        link.write(&mut out);
        end.insert_before(key.as_slice(), out.as_slice()).map_err(at)?;
    }
    end.close().map_err(|error| database(path, error))
}

impl Slot {
    /// What the table has of it, with that metadata where the state's counts.
    fn bytes<'a>(&'a self, of_state: &'a [u8]) -> HeadBytes<'a> {
        let live = self.live.as_ref().map(|(value, metadata)| match metadata {
            Metadata::Known(metadata) => (&value[..], &metadata[..]),
            Metadata::OfState => (&value[..], of_state),
        });
        HeadBytes { version: self.version, live }
    }
}

/// What a key takes beside its bytes: here, in the map and where these are kept.
const SLOT: usize = size_of::<Slot>() + size_of::<(Bytes, usize)>() + 32;
