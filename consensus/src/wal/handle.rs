// SPDX-License-Identifier: Apache-2.0
//! One group of the log, to be written by one and read by any.

use super::format::Record;
use super::state::{State, read_record};
use super::sync::Shared;
use super::{Completion, Entry, Error, GroupInfo, Position};
use crate::plant::{self, Plant};
use proto::Bytes;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A group of a [`Wal`](super::Wal). Clones are the same one. It keeps nothing open: after its log
/// was closed everything but reading from memory is refused.
#[derive(Clone)]
pub struct Group {
    pub(super) shared: Arc<Shared>,
    pub(super) id: u32,
    pub(super) name: Arc<str>,
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Group({})", self.name)
    }
}

/// The longest key of a note, in bytes.
pub const MAX_KEY: usize = 255;

impl Group {
    /// Its name: the channel's.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is there. What was written and is not safe yet counts, too.
    ///
    /// # Errors
    /// [`Error::NoGroup`] when it was removed.
    pub fn info(&self) -> Result<GroupInfo, Error> {
        let state = self.shared.lock();
        let group = self.group(&state)?;
        Ok(GroupInfo {
            first: group.slots.first_key_value().map(|(index, _)| *index),
            last: group.last(),
            vote: group.vote(),
            committed: group.committed(),
            purged: group.purged(),
        })
    }

    /// Appends entries, which follow on the last one; the first of a group may have any index.
    /// They can be read at once. `done` is called when they are safe, or never will be: before or
    /// after this returns, in the order of the calls, and not when this fails.
    ///
    /// # Errors
    /// [`Error::Refused`] for a gap: then nothing was written; [`Error::Stopped`],
    /// [`Error::Closed`], [`Error::NoGroup`], or what the disk says.
    pub fn append(&self, entries: Vec<Entry>, done: Completion) -> Result<(), Error> {
        let early = plant::is(Plant::AcknowledgedBeforeSync);
        self.write(Some((done, early)), |state| {
            let mut next = self.group(state)?.last().map(|last| last.index.saturating_add(1));
            for Entry { index, .. } in &entries {
                if let Some(next) = next.filter(|next| next != index) {
                    return Err(self.refused(format!("entry {index}, and {next} is the next one")));
                }
                next = index.checked_add(1);
            }
            let records = entries.into_iter().map(Record::Entry);
            records.into_iter().try_for_each(|record| state.write(self.id, record))
        })
    }

    /// Takes away that entry and all behind it. It is safe before anything that is written later.
    ///
    /// # Errors
    /// [`Error::Refused`] for one that was purged; else as [`append`](Self::append).
    pub fn truncate(&self, from: u64) -> Result<(), Error> {
        self.write(None, |state| {
            if self.group(state)?.purged().is_some_and(|purged| from <= purged.index) {
                return Err(self.refused(format!("entry {from} was purged")));
            }
            state.write(self.id, Record::Truncate(from))
        })
    }

    /// Takes away that entry and all before it, which are no longer needed, also when the last
    /// one is not that far. After a power failure they may be there again.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn purge(&self, upto: Position) -> Result<(), Error> {
        self.write(None, |state| {
            if self.group(state)?.purged().is_some_and(|purged| upto.index <= purged.index) {
                return Ok(());
            }
            state.write(self.id, Record::Purge(upto))
        })
    }

    /// Keeps a vote in the place of the one before. `done` as in [`append`](Self::append): nobody
    /// may be told of the vote before.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn save_vote(&self, vote: Bytes, done: Completion) -> Result<(), Error> {
        let early = plant::is(Plant::VoteBeforeSync);
        self.write(Some((done, early)), |state| {
            self.group(state)?;
            state.write(self.id, Record::Vote(vote))
        })
    }

    /// Keeps how far entries are known to be committed. After a power failure it may be less.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn save_committed(&self, upto: Option<Position>) -> Result<(), Error> {
        self.write(None, |state| {
            if self.group(state)?.committed() == upto {
                return Ok(());
            }
            state.write(self.id, Record::Committed(upto))
        })
    }

    /// Keeps something small under a key, in the place of what was there; `None` takes it away.
    /// `done` as in [`append`](Self::append).
    ///
    /// # Errors
    /// [`Error::Refused`] for a key over [`MAX_KEY`]; else as [`append`](Self::append).
    pub fn note(&self, key: &str, value: Option<Bytes>, done: Completion) -> Result<(), Error> {
        if key.len() > MAX_KEY {
            return Err(self.refused(format!("a key of {} bytes is too long", key.len())));
        }
        self.write(Some((done, false)), |state| {
            self.group(state)?;
            state.write(self.id, Record::Note(key.to_owned(), value))
        })
    }

    /// What [`note`](Self::note) keeps under a key.
    ///
    /// # Errors
    /// [`Error::NoGroup`] when the group was removed.
    pub fn read_note(&self, key: &str) -> Result<Option<Bytes>, Error> {
        Ok(self.notes()?.remove(key))
    }

    /// All notes.
    ///
    /// # Errors
    /// [`Error::NoGroup`] when the group was removed.
    pub fn notes(&self) -> Result<BTreeMap<String, Bytes>, Error> {
        Ok(self.group(&self.shared.lock())?.notes())
    }

    /// Has somebody told when all that was written so far, by any group, is safe.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn when_safe(&self, done: Completion) -> Result<(), Error> {
        self.write(Some((done, false)), |state| state.check_running())
    }

    /// The entries from `from` up to before `to` that are there: as many as have no more than
    /// `max_bytes` together, and one if there is one.
    ///
    /// # Errors
    /// [`Error::NoGroup`], [`Error::Damaged`], or what the disk says.
    pub fn read(&self, from: u64, to: u64, max_bytes: u64) -> Result<Vec<Entry>, Error> {
        loop {
            let (reader, places) = self.places(from, to, max_bytes)?;
            let read = |place: &Place| match place {
                Place::Memory(entry) => Ok(entry.clone()),
                Place::Disk { index, sequence } => read_record(&reader, self.id, *index, *sequence),
            };
            let entries = places.iter().map(read).collect::<Result<Vec<_>, _>>();
            // Those on disk may have been copied forward meanwhile.
            match entries {
                Err(error) if self.is_steady(&places)? => return Err(error),
                Err(_) => {}
                Ok(entries) => return Ok(entries),
            }
        }
    }

    fn places(
        &self,
        from: u64,
        to: u64,
        max_bytes: u64,
    ) -> Result<(ledger::log::Reader, Vec<Place>), Error> {
        let state = self.shared.lock();
        let group = self.group(&state)?;
        let (mut places, mut bytes) = (Vec::new(), 0u64);
        let range = if from < to { from..to } else { from..from };
        for (index, slot) in group.slots.range(range) {
            bytes = bytes.saturating_add(slot.at.size);
            if bytes > max_bytes && !places.is_empty() {
                break;
            }
            let (index, term, kind) = (*index, slot.term, slot.kind);
            places.push(match &slot.body {
                Some(body) => Place::Memory(Entry { index, term, kind, body: body.clone() }),
                None => Place::Disk { index, sequence: slot.at.sequence },
            });
        }
        Ok((state.reader.clone(), places))
    }

    fn is_steady(&self, places: &[Place]) -> Result<bool, Error> {
        let state = self.shared.lock();
        let group = self.group(&state)?;
        let steady = |place: &Place| match place {
            Place::Memory(_) => true,
            Place::Disk { index, sequence } => {
                group.slots.get(index).is_some_and(|slot| slot.at.sequence == *sequence)
            }
        };
        Ok(places.iter().all(steady))
    }

    fn group<'s>(&self, state: &'s State) -> Result<&'s super::group::Group, Error> {
        state.groups.get(&self.id).ok_or_else(|| Error::NoGroup(self.name.to_string()))
    }

    fn refused(&self, what: String) -> Error {
        Error::Refused { group: self.name.to_string(), what }
    }

    /// Runs something that writes, and has `done` called when it is safe, or early.
    fn write(
        &self,
        done: Option<(Completion, bool)>,
        run: impl FnOnce(&mut State) -> Result<(), Error>,
    ) -> Result<(), Error> {
        write(&self.shared, done, run)
    }
}

/// Where an entry is read from.
enum Place {
    Memory(Entry),
    Disk { index: u64, sequence: u64 },
}

/// Runs something that writes, and has `done` called when it is safe; a planted mistake calls it
/// early.
pub(super) fn write<T>(
    shared: &Arc<Shared>,
    done: Option<(Completion, bool)>,
    run: impl FnOnce(&mut State) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut state = shared.lock();
    let result = state.check_running().and_then(|()| run(&mut state));
    let mut early = None;
    let mut waits = result.is_err();
    if let (Ok(_), Some((done, is_early))) = (&result, done) {
        if is_early {
            early = Some(done);
        } else {
            state.wait(done);
            waits = true;
        }
    }
    drop(state);
    early.into_iter().for_each(|done| done(Ok(())));
    // After a failure those who wait are told, too.
    if waits {
        shared.wake();
    }
    result
}
