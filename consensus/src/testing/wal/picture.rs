// SPDX-License-Identifier: Apache-2.0
//! What a log should hold, and what can be done to it, one record at a time.

use crate::wal::{Completion, Entry, Error, Group, Position, Wal};
use proto::Bytes;
use std::collections::BTreeMap;
use sys::sim::Dice;

/// All groups, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Picture(pub(super) BTreeMap<&'static str, Drawn>);

/// One group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Drawn {
    entries: BTreeMap<u64, Entry>,
    purged: Option<Position>,
    vote: Option<Bytes>,
    committed: Option<Position>,
    notes: BTreeMap<String, Bytes>,
}

/// The last one is slow to purge.
pub(super) const GROUPS: [&str; 4] = ["one", "two", "three", "slow"];

impl Picture {
    /// Of what is there; all that can be read is read.
    pub(super) fn of(wal: &Wal) -> Result<Self, String> {
        let mut picture = Self::default();
        for name in wal.groups() {
            let known = GROUPS.iter().find(|known| **known == name);
            let known = known.ok_or_else(|| format!("a group called {name}"))?;
            let group = wal.group(name.as_str()).map_err(words)?;
            picture.0.insert(known, Drawn::of(&group)?);
        }
        Ok(picture)
    }

    /// Bytes of everything.
    pub(super) fn weight(&self) -> usize {
        let drawn = |drawn: &Drawn| {
            let entries = drawn.entries.values().map(|entry| entry.body.len() + 60);
            entries.sum::<usize>() + 400
        };
        self.0.values().map(drawn).sum()
    }

    /// What differs, in a few words.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        for name in GROUPS {
            let (here, there) = (self.0.get(name), other.0.get(name));
            if here != there {
                let short = |drawn: Option<&Drawn>| drawn.map_or("none".to_owned(), Drawn::short);
                return Some(format!("group {name}: {}; {}", short(here), short(there)));
            }
        }
        None
    }
}

impl Drawn {
    fn of(group: &Group) -> Result<Self, String> {
        let info = group.info().map_err(words)?;
        let entries = group.read(0, u64::MAX, u64::MAX).map_err(words)?;
        let drawn = Self {
            entries: entries.into_iter().map(|entry| (entry.index, entry)).collect(),
            purged: info.purged,
            vote: info.vote.clone(),
            committed: info.committed,
            notes: group.notes().map_err(words)?,
        };
        let first = drawn.entries.first_key_value().map(|(index, _)| *index);
        if (info.first, info.last) != (first, drawn.last()) {
            return Err(format!("{info:?} is said, and {} is there", drawn.short()));
        }
        if info.is_empty() != (drawn.vote.is_none() && drawn.last().is_none()) {
            return Err("empty is not what it should be".into());
        }
        Ok(drawn)
    }

    fn last(&self) -> Option<Position> {
        let last = self.entries.last_key_value();
        last.map(|(index, entry)| Position { index: *index, term: entry.term }).or(self.purged)
    }

    fn next(&self) -> u64 {
        self.last().map_or(0, |last| last.index + 1)
    }

    fn first(&self) -> u64 {
        self.purged.map_or(0, |purged| purged.index + 1)
    }

    fn short(&self) -> String {
        let entries = || {
            let sum = self.entries.values().flat_map(|entry| &entry.body[..]);
            sum.fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)))
        };
        format!(
            "entries {} up to before {} ({:08x}), vote {:?}, committed {:?}, {} notes",
            self.first(),
            self.next(),
            entries(),
            self.vote,
            self.committed.map(|committed| committed.index),
            self.notes.len()
        )
    }
}

/// One thing that is done to a log; it is one record.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Declare,
    Append(Entry),
    Truncate(u64),
    Purge(Position),
    Vote(Bytes),
    Committed(Option<Position>),
    Note(&'static str, Option<Bytes>),
    Remove,
}

impl Step {
    /// Something that may be done to one of the groups.
    pub(super) fn roll(picture: &Picture, dice: &mut Dice) -> (&'static str, Self) {
        let name = GROUPS[dice.below(GROUPS.len() as u64) as usize];
        let Some(drawn) = picture.0.get(name) else { return (name, Self::Declare) };
        let (first, next) = (drawn.first(), drawn.next());
        let inside = |dice: &mut Dice| first + dice.below(next - first + 1);
        let position = |index| {
            let term = drawn.entries.get(&index).map_or(1, |entry| entry.term);
            Position { index, term }
        };
        let step = match dice.below(20) {
            0..=1 => Self::Truncate(inside(dice)),
            2..=4 if name != "slow" || dice.once_in(12) => {
                // Ahead of the last one, too: a snapshot takes a node there.
                let ahead = if dice.once_in(8) { dice.below(5) } else { 0 };
                Self::Purge(position(inside(dice) + ahead))
            }
            5..=7 => Self::Vote(dice.roll().to_le_bytes().to_vec().into()),
            8 => Self::Committed(dice.once_in(9).then(|| position(inside(dice)))),
            9 => Self::Note(
                ["a", "b"][dice.below(2) as usize],
                dice.once_in(2).then(|| payload(dice)),
            ),
            10 if dice.once_in(8) => Self::Remove,
            _ => {
                let (index, term, kind) = (next, dice.below(9), dice.below(3) as u8);
                Self::Append(Entry { index, term, kind, body: payload(dice) })
            }
        };
        (name, step)
    }

    /// What it makes of a picture.
    pub(super) fn apply(&self, name: &'static str, picture: &mut Picture) {
        if matches!(self, Self::Remove) {
            picture.0.remove(name);
            return;
        }
        let drawn = picture.0.entry(name).or_default();
        match self.clone() {
            Self::Declare | Self::Remove => {}
            Self::Append(entry) => drop(drawn.entries.insert(entry.index, entry)),
            Self::Truncate(from) => drop(drawn.entries.split_off(&from)),
            Self::Purge(upto) if drawn.purged.is_some_and(|old| upto.index <= old.index) => {}
            Self::Purge(upto) => {
                drawn.entries = drawn.entries.split_off(&(upto.index + 1));
                drawn.purged = Some(upto);
            }
            Self::Vote(vote) => drawn.vote = Some(vote),
            Self::Committed(upto) => drawn.committed = upto,
            Self::Note(key, Some(value)) => drop(drawn.notes.insert(key.to_owned(), value)),
            Self::Note(key, None) => drop(drawn.notes.remove(key)),
        }
    }

    /// Does it. Not everything says when it is safe.
    pub(super) fn run(&self, name: &str, wal: &Wal, done: Completion) -> Result<(), Error> {
        if matches!(self, Self::Remove) {
            return wal.remove(name, done);
        }
        let group = wal.group(name)?;
        match self.clone() {
            Self::Declare => group.when_safe(done),
            Self::Remove => Ok(()),
            Self::Append(entry) => group.append(vec![entry], done),
            Self::Truncate(from) => group.truncate(from),
            Self::Purge(upto) => group.purge(upto),
            Self::Vote(vote) => group.save_vote(vote, done),
            Self::Committed(upto) => group.save_committed(upto),
            Self::Note(key, value) => group.note(key, value, done),
        }
    }
}

fn payload(dice: &mut Dice) -> Bytes {
    let length = match dice.below(8) {
        0 => 0,
        1 => dice.below(3000),
        _ => dice.below(200),
    };
    // Zeros are what a hole in a file reads as.
    let zeros = dice.once_in(8);
    (0..length).map(|_| if zeros { 0 } else { dice.roll() as u8 }).collect::<Vec<_>>().into()
}

#[allow(clippy::needless_pass_by_value)] // for map_err
pub(super) fn words(error: Error) -> String {
    error.to_string()
}
