// SPDX-License-Identifier: Apache-2.0
//! What the log knows of one group: where its entries are, and the last of everything else.

use super::cache::{Cache, Kept};
use super::format::Record;
use super::space::{At, Space};
use super::{Entry, Position};
use proto::Bytes;
use std::collections::BTreeMap;

/// Something of which the last one counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Group,
    Purge,
    Vote,
    Committed,
    Note(String),
}

/// Where an entry is.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) at: At,
    pub(super) term: u64,
    pub(super) kind: u8,
    /// When it is in memory.
    pub(super) body: Option<Bytes>,
}

/// A group as the records so far make it.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) slots: BTreeMap<u64, Slot>,
    pub(super) last: BTreeMap<Key, (At, Record)>,
}

/// What all groups have in common.
pub(super) struct Common<'a> {
    pub(super) space: &'a mut Space,
    pub(super) cache: &'a mut Cache,
    /// Whether entries are put into memory.
    pub(super) remember: bool,
}

impl Group {
    /// Takes in a record. The same function is used when it is written and when it is read again,
    /// so that both make the same of it.
    ///
    /// # Errors
    /// What is wrong with it here, in words.
    pub(super) fn apply(
        &mut self,
        id: u32,
        record: Record,
        at: At,
        common: &mut Common<'_>,
    ) -> Result<(), &'static str> {
        match record {
            Record::Entry(entry) if self.slots.contains_key(&entry.index) => {
                return Err("it is an entry that was there already");
            }
            Record::Entry(entry) | Record::Kept(entry) => self.put(id, entry, at, common),
            Record::Truncate(from) => {
                let gone = self.slots.split_off(&from);
                gone.into_values().for_each(|slot| forget(&slot, common));
            }
            Record::Purge(upto) => {
                let left = self.slots.split_off(&upto.index.saturating_add(1));
                let gone = std::mem::replace(&mut self.slots, left);
                gone.into_values().for_each(|slot| forget(&slot, common));
                self.set(Key::Purge, record, at, common);
            }
            Record::Group(_) => self.set(Key::Group, record, at, common),
            Record::Vote(_) => self.set(Key::Vote, record, at, common),
            Record::Committed(_) => self.set(Key::Committed, record, at, common),
            Record::Note(ref key, Some(_)) => {
                self.set(Key::Note(key.clone()), record, at, common);
            }
            Record::Note(key, None) => {
                if let Some((at, _)) = self.last.remove(&Key::Note(key)) {
                    common.space.remove(at);
                }
            }
            Record::Removed => {
                self.last.values().for_each(|(at, _)| common.space.remove(*at));
                self.slots.values().for_each(|slot| forget(slot, common));
                *self = Self::default();
            }
        }
        Ok(())
    }

    fn put(&mut self, id: u32, entry: Entry, at: At, common: &mut Common<'_>) {
        let Entry { index, term, kind, body } = entry;
        let body = common.remember.then_some(body);
        if let Some(body) = &body {
            let kept = Kept { group: id, index, sequence: at.sequence };
            common.cache.add(kept, body.len());
        }
        common.space.add(at);
        if let Some(old) = self.slots.insert(index, Slot { at, term, kind, body }) {
            forget(&old, common);
        }
    }

    fn set(&mut self, key: Key, record: Record, at: At, common: &mut Common<'_>) {
        common.space.add(at);
        if let Some((old, _)) = self.last.insert(key, (at, record)) {
            common.space.remove(old);
        }
    }

    /// The name, if the group has one.
    pub(super) fn name(&self) -> Option<&str> {
        match self.last.get(&Key::Group) {
            Some((_, Record::Group(name))) => Some(name),
            _ => None,
        }
    }

    pub(super) fn purged(&self) -> Option<Position> {
        match self.last.get(&Key::Purge) {
            Some((_, Record::Purge(upto))) => Some(*upto),
            _ => None,
        }
    }

    pub(super) fn vote(&self) -> Option<Bytes> {
        match self.last.get(&Key::Vote) {
            Some((_, Record::Vote(vote))) => Some(vote.clone()),
            _ => None,
        }
    }

    pub(super) fn committed(&self) -> Option<Position> {
        match self.last.get(&Key::Committed) {
            Some((_, Record::Committed(upto))) => *upto,
            _ => None,
        }
    }

    pub(super) fn notes(&self) -> BTreeMap<String, Bytes> {
        let note = |(key, (_, record)): (&Key, &(At, Record))| match (key, record) {
            (Key::Note(key), Record::Note(_, Some(value))) => Some((key.clone(), value.clone())),
            _ => None,
        };
        self.last.iter().filter_map(note).collect()
    }

    /// The last entry, or the last that was purged.
    pub(super) fn last(&self) -> Option<Position> {
        let last = self.slots.last_key_value();
        last.map(|(index, slot)| Position { index: *index, term: slot.term }).or(self.purged())
    }

    /// Entries follow on each other, and the first on what was purged.
    ///
    /// # Errors
    /// What is not there, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        let mut expected = self.purged().map(|purged| purged.index.saturating_add(1));
        for index in self.slots.keys() {
            if let Some(missing) = expected.filter(|expected| expected != index) {
                return Err(format!("entry {missing} is not there, and {index} is"));
            }
            expected = index.checked_add(1);
        }
        self.name().map(drop).ok_or_else(|| "it has entries and no name".to_owned())
    }
}

fn forget(slot: &Slot, common: &mut Common<'_>) {
    common.space.remove(slot.at);
    if let Some(body) = &slot.body {
        common.cache.remove(body.len());
    }
}
