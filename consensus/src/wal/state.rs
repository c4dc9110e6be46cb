// SPDX-License-Identifier: Apache-2.0
//! The log and what it says, under one lock.

use super::cache::Cache;
use super::format::Record;
use super::group::{Common, Group, Slot};
use super::space::{At, Space};
use super::{Completion, Entry, Error, Options};
use crate::plant::{self, Plant};
use ledger::log::{Reader, SegmentLog, Syncing};
use std::collections::{BTreeMap, VecDeque};

/// Somebody who waits until records are safe.
pub(super) struct Waiting {
    /// All below it.
    upto: u64,
    done: Completion,
}

/// A segment that goes when all that is wanted of it is safe elsewhere.
#[derive(Clone, Copy, Debug)]
struct GivingUp {
    before: u64,
    upto: u64,
}

pub(super) struct State {
    /// None when it was closed.
    log: Option<SegmentLog>,
    pub(super) reader: Reader,
    pub(super) groups: BTreeMap<u32, Group>,
    space: Space,
    cache: Cache,
    waiting: VecDeque<Waiting>,
    giving_up: Option<GivingUp>,
    /// Whether a thread is in a sync, and will look at `waiting` again behind it.
    pub(super) syncing: bool,
    stopped: Option<String>,
    segment_size: u64,
    next_group: u32,
}

impl State {
    /// Reads the log again from its start.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Incomplete`], or what the disk says.
    pub(super) fn replay(log: SegmentLog, options: &Options) -> Result<Self, Error> {
        let reader = log.reader().clone();
        let mut state = Self {
            log: Some(log),
            reader: reader.clone(),
            groups: BTreeMap::new(),
            space: Space::default(),
            cache: Cache::new(options.cached_bytes),
            waiting: VecDeque::new(),
            giving_up: None,
            syncing: false,
            stopped: None,
            segment_size: options.segment_size,
            next_group: 0,
        };
        state.space.set_segments(&reader.segments());
        for record in reader.iter(reader.first()) {
            let record = record?;
            let (sequence, size) = (record.sequence, record.payload.len() as u64);
            let damaged = |what: &str| Error::Damaged { sequence, what: what.to_owned() };
            let (group, record) = Record::read(&record.payload).map_err(damaged)?;
            state.apply(group, record, At { sequence, size }, false).map_err(damaged)?;
        }
        state.check()?;
        Ok(state)
    }

    fn check(&self) -> Result<(), Error> {
        let mut names = BTreeMap::new();
        for (id, group) in &self.groups {
            let name = group.name().map_or_else(|| format!("number {id}"), str::to_owned);
            let incomplete = |what| Error::Incomplete { group: name.clone(), what };
            group.check().map_err(incomplete)?;
            if names.insert(name.clone(), id).is_some() {
                return Err(incomplete("there are two of that name".to_owned()));
            }
        }
        Ok(())
    }

    fn apply(
        &mut self,
        id: u32,
        record: Record,
        at: At,
        remember: bool,
    ) -> Result<(), &'static str> {
        self.next_group = self.next_group.max(id.saturating_add(1));
        let is_removed = record == Record::Removed;
        let mut common = Common { space: &mut self.space, cache: &mut self.cache, remember };
        self.groups.entry(id).or_default().apply(id, record, at, &mut common)?;
        if is_removed {
            self.groups.remove(&id);
        }
        Ok(())
    }

    /// The group of that name.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let found = self.groups.iter().find(|(_, group)| group.name() == Some(name));
        found.map(|(id, _)| *id)
    }

    /// Makes a group.
    ///
    /// # Errors
    /// [`Error::Refused`] when no number is left for it; else as [`write`](Self::write).
    pub(super) fn declare(&mut self, name: &str) -> Result<u32, Error> {
        let id = self.next_group;
        if self.groups.contains_key(&id) {
            let (group, what) = (name.to_owned(), "there are too many groups".to_owned());
            return Err(Error::Refused { group, what });
        }
        self.write(id, Record::Group(name.to_owned()))?;
        Ok(id)
    }

    /// Whether records can be written.
    ///
    /// # Errors
    /// [`Error::Stopped`], [`Error::Closed`].
    pub(super) fn check_running(&self) -> Result<(), Error> {
        match (&self.stopped, &self.log) {
            (_, None) => Err(Error::Closed),
            (Some(why), _) => Err(Error::Stopped(why.clone())),
            _ => Ok(()),
        }
    }

    /// Writes a record, and takes it in.
    ///
    /// # Errors
    /// As [`check_running`](Self::check_running), or what the disk says.
    pub(super) fn write(&mut self, id: u32, record: Record) -> Result<(), Error> {
        self.check_running()?;
        let Some(log) = &mut self.log else { return Err(Error::Closed) };
        let mut size = 0;
        let mut write = |out: &mut Vec<u8>| {
            let before = out.len();
            record.write(id, out);
            size = out.len().saturating_sub(before) as u64;
        };
        let sequence = match &record {
            Record::Truncate(_) if plant::is(Plant::TruncateForgotten) => log.next_sequence(),
            _ => match log.append_with(&mut write) {
                Ok(sequence) => sequence,
                Err(error) => return Err(self.failed(error)),
            },
        };
        self.space.set_segments(&self.reader.segments());
        let damaged = |what: &str| Error::Damaged { sequence, what: what.to_owned() };
        self.apply(id, record, At { sequence, size }, true).map_err(damaged)?;
        self.evict();
        Ok(())
    }

    fn failed(&mut self, error: ledger::Error) -> Error {
        // A record that is too long changed nothing.
        if !matches!(error, ledger::Error::Refused(_)) {
            self.stopped.get_or_insert_with(|| error.to_string());
        }
        error.into()
    }

    /// Lets go of the entries that are longest in memory, when there are too many.
    fn evict(&mut self) {
        while let Some(kept) = self.cache.too_much() {
            let group = self.groups.get_mut(&kept.group);
            let slot = group.and_then(|group| group.slots.get_mut(&kept.index));
            let slot = slot.filter(|slot| slot.at.sequence == kept.sequence);
            if let Some(body) = slot.and_then(|slot| slot.body.take()) {
                self.cache.remove(body.len());
            }
        }
        if self.cache.is_untidy() {
            let groups = &self.groups;
            self.cache.tidy(|kept| {
                let slot = groups.get(&kept.group).and_then(|group| group.slots.get(&kept.index));
                slot.is_some_and(|slot| slot.at.sequence == kept.sequence && slot.body.is_some())
            });
        }
    }

    /// Has somebody told when all that was written so far is safe.
    pub(super) fn wait(&mut self, done: Completion) {
        let upto = self.log.as_ref().map_or(0, SegmentLog::next_sequence);
        self.waiting.push_back(Waiting { upto, done });
    }

    /// Begins a sync, when somebody waits for one.
    pub(super) fn begin_sync(&mut self) -> Option<Result<Syncing, Error>> {
        if self.waiting.is_empty() && (self.giving_up.is_none() || self.check_running().is_err()) {
            return None;
        }
        if let Err(error) = self.check_running() {
            return Some(Err(error));
        }
        let begun = self.log.as_mut()?.begin_sync();
        Some(begun.map_err(|error| self.failed(error)))
    }

    /// Ends a sync, and gives those who waited for it, in their order.
    pub(super) fn end_sync(&mut self, syncing: Syncing) -> Vec<(Completion, Result<(), Error>)> {
        let Some(log) = &mut self.log else { return self.refuse_waiting() };
        if let Err(error) = log.end_sync(syncing) {
            self.failed(error);
            return self.refuse_waiting();
        }
        let durable = log.durable();
        let count = self.waiting.iter().take_while(|waiting| waiting.upto <= durable).count();
        let ready: Vec<_> = self.waiting.drain(..count).collect();
        let mut ready: Vec<_> = ready.into_iter().map(|waiting| (waiting.done, Ok(()))).collect();
        if let Err(error) = self.give_up(durable) {
            self.stopped.get_or_insert_with(|| error.to_string());
            ready.extend(self.refuse_waiting());
        }
        ready
    }

    /// Those who wait, none of whom will be told that it is safe.
    pub(super) fn refuse_waiting(&mut self) -> Vec<(Completion, Result<(), Error>)> {
        let why = || self.check_running().err().unwrap_or(Error::Closed);
        let errors: Vec<_> = self.waiting.iter().map(|_| Err(why())).collect();
        self.waiting.drain(..).map(|waiting| waiting.done).zip(errors).collect()
    }

    /// Takes the oldest segment away when it may go, and sees whether the next one should.
    fn give_up(&mut self, durable: u64) -> Result<(), Error> {
        if let Some(GivingUp { before, upto }) = self.giving_up {
            if upto > durable {
                return Ok(());
            }
            self.giving_up = None;
            if let Some(log) = &mut self.log {
                log.prune_before(before)?;
                self.space.set_segments(&self.reader.segments());
            }
        }
        let Some(before) = self.space.worth_giving_up(self.segment_size) else { return Ok(()) };
        self.copy_forward(before)?;
        let upto = self.log.as_ref().map_or(0, SegmentLog::next_sequence);
        self.giving_up = Some(GivingUp { before, upto });
        Ok(())
    }

    /// Writes again, at the end, what is wanted of the records before that one.
    fn copy_forward(&mut self, before: u64) -> Result<(), Error> {
        let mut last = Vec::new();
        let mut entries = Vec::new();
        for (id, group) in &self.groups {
            let records = group.last.values().filter(|(at, _)| at.sequence < before);
            last.extend(records.map(|(_, record)| (*id, record.clone())));
            let slots = group.slots.iter().filter(|(_, slot)| slot.at.sequence < before);
            entries.extend(slots.map(|(index, _)| (*id, *index)));
        }
        for (id, record) in last {
            self.write(id, record)?;
        }
        if plant::is(Plant::LaggardForgotten) {
            return Ok(());
        }
        for (id, index) in entries {
            let slot = self.groups.get(&id).and_then(|group| group.slots.get(&index));
            let Some(slot) = slot else { continue };
            let entry = read(&self.reader, id, index, slot)?;
            self.write(id, Record::Kept(entry))?;
        }
        Ok(())
    }

    /// Lets go of the folder.
    pub(super) fn close(&mut self) -> Vec<(Completion, Result<(), Error>)> {
        self.log = None;
        self.refuse_waiting()
    }
}

/// An entry, from memory or from the disk.
///
/// # Errors
/// [`Error::Damaged`], or what the disk says.
pub(super) fn read(reader: &Reader, id: u32, index: u64, slot: &Slot) -> Result<Entry, Error> {
    if let Some(body) = &slot.body {
        return Ok(Entry { index, term: slot.term, kind: slot.kind, body: body.clone() });
    }
    read_record(reader, id, index, slot.at.sequence)
}

/// An entry from the disk.
///
/// # Errors
/// [`Error::Damaged`], or what the disk says.
pub(super) fn read_record(
    reader: &Reader,
    id: u32,
    index: u64,
    sequence: u64,
) -> Result<Entry, Error> {
    let damaged = |what: &str| Error::Damaged { sequence, what: what.to_owned() };
    match Record::read(&reader.read(sequence)?).map_err(damaged)? {
        (group, Record::Entry(entry) | Record::Kept(entry))
            if group == id && entry.index == index =>
        {
            Ok(entry)
        }
        _ => Err(damaged("it is another one than was written there")),
    }
}
