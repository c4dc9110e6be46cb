// SPDX-License-Identifier: Apache-2.0
//! The bytes of a record, which is the payload of a record of a `ledger::log::SegmentLog`. All
//! numbers little-endian.
//!
//! ```text
//! every record  version 1 | kind 1 | group 4 | what the kind says
//! 0 group       name: this number is that group from here on
//! 1 entry       index 8 | term 8 | kind of the body 1 | body
//! 2 kept        the same: it was further back, and is not younger for that
//! 3 truncate    index 8: entries from it on are gone
//! 4 purge       index 8 | term 8: entries up to it are gone
//! 5 vote        the vote
//! 6 committed   index 8 | term 8, or nothing
//! 7 note        length of the key 2 | key | 1, value; or 0 when it is gone
//! 8 removed     the group is gone, with all that it had
//! ```

use super::{Entry, Position};
use proto::Bytes;

const VERSION: u8 = 1;
const GROUP: u8 = 0;
const ENTRY: u8 = 1;
const KEPT: u8 = 2;
const TRUNCATE: u8 = 3;
const PURGE: u8 = 4;
const VOTE: u8 = 5;
const COMMITTED: u8 = 6;
const NOTE: u8 = 7;
const REMOVED: u8 = 8;

/// What stands in a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record {
    Group(String),
    Entry(Entry),
    Kept(Entry),
    Truncate(u64),
    Purge(Position),
    Vote(Bytes),
    Committed(Option<Position>),
    Note(String, Option<Bytes>),
    Removed,
}

impl Record {
    /// Adds its bytes to others.
    pub(super) fn write(&self, group: u32, out: &mut Vec<u8>) {
        out.extend([VERSION, self.kind()]);
        out.extend(group.to_le_bytes());
        match self {
            Self::Group(name) => out.extend_from_slice(name.as_bytes()),
            Self::Entry(entry) | Self::Kept(entry) => {
                position(Position { index: entry.index, term: entry.term }, out);
                out.push(entry.kind);
                out.extend_from_slice(&entry.body);
            }
            Self::Truncate(from) => out.extend(from.to_le_bytes()),
            Self::Purge(upto) => position(*upto, out),
            Self::Vote(vote) => out.extend_from_slice(vote),
            Self::Committed(upto) => upto.iter().for_each(|upto| position(*upto, out)),
            Self::Note(key, value) => {
                // Keys are short: `Group::note` refuses others.
                out.extend(u16::try_from(key.len()).unwrap_or(u16::MAX).to_le_bytes());
                out.extend_from_slice(key.as_bytes());
                out.push(u8::from(value.is_some()));
                out.extend_from_slice(value.as_deref().unwrap_or_default());
            }
            Self::Removed => {}
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Group(_) => GROUP,
            Self::Entry(_) => ENTRY,
            Self::Kept(_) => KEPT,
            Self::Truncate(_) => TRUNCATE,
            Self::Purge(_) => PURGE,
            Self::Vote(_) => VOTE,
            Self::Committed(_) => COMMITTED,
            Self::Note(..) => NOTE,
            Self::Removed => REMOVED,
        }
    }

    /// The group, and what the record says of it; what is large shares its memory.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn read(bytes: &Bytes) -> Result<(u32, Self), &'static str> {
        let mut rest = bytes.clone();
        let [version, kind] = take(&mut rest)?;
        match version {
            VERSION => {}
            0 => return Err("it has a version that never was"),
            _ => return Err("it was written by a newer version of this program; update this one"),
        }
        let group = u32::from_le_bytes(take(&mut rest)?);
        let record = match kind {
            GROUP => Self::Group(text(&rest)?),
            ENTRY => Self::Entry(entry(rest)?),
            KEPT => Self::Kept(entry(rest)?),
            TRUNCATE => whole(&mut rest, |rest| number(rest).map(Self::Truncate))?,
            PURGE => whole(&mut rest, |rest| read_position(rest).map(Self::Purge))?,
            VOTE => Self::Vote(rest),
            COMMITTED if rest.is_empty() => Self::Committed(None),
            COMMITTED => {
                whole(&mut rest, |rest| read_position(rest).map(Some).map(Self::Committed))?
            }
            NOTE => note(rest)?,
            REMOVED => whole(&mut rest, |_| Ok(Self::Removed))?,
            _ => return Err("its kind is not known; update this program"),
        };
        Ok((group, record))
    }
}

fn position(Position { index, term }: Position, out: &mut Vec<u8>) {
    out.extend(index.to_le_bytes());
    out.extend(term.to_le_bytes());
}

fn take<const N: usize>(rest: &mut Bytes) -> Result<[u8; N], &'static str> {
    let array = *rest.first_chunk().ok_or("it ends too early")?;
    let _ = rest.split_to(N);
    Ok(array)
}

fn number(rest: &mut Bytes) -> Result<u64, &'static str> {
    take(rest).map(u64::from_le_bytes)
}

fn read_position(rest: &mut Bytes) -> Result<Position, &'static str> {
    Ok(Position { index: number(rest)?, term: number(rest)? })
}

fn entry(mut rest: Bytes) -> Result<Entry, &'static str> {
    let Position { index, term } = read_position(&mut rest)?;
    let [kind] = take(&mut rest)?;
    Ok(Entry { index, term, kind, body: rest })
}

fn note(mut rest: Bytes) -> Result<Record, &'static str> {
    let length = usize::from(u16::from_le_bytes(take(&mut rest)?));
    if rest.len() < length {
        return Err("it ends too early");
    }
    let key = text(&rest.split_to(length))?;
    match take(&mut rest)? {
        [0] if rest.is_empty() => Ok(Record::Note(key, None)),
        [1] => Ok(Record::Note(key, Some(rest))),
        _ => Err("a note is neither there nor gone"),
    }
}

fn text(bytes: &Bytes) -> Result<String, &'static str> {
    String::from_utf8(bytes.to_vec()).map_err(|_| "a name is not UTF-8")
}

fn whole(
    rest: &mut Bytes,
    read: impl FnOnce(&mut Bytes) -> Result<Record, &'static str>,
) -> Result<Record, &'static str> {
    let record = read(rest)?;
    if rest.is_empty() { Ok(record) } else { Err("there are bytes behind its end") }
}
