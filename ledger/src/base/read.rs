// SPDX-License-Identifier: Apache-2.0
//! Reading a snapshot's files. They may come from somebody else: nothing in them is believed that
//! the hashes at their end do not say.

use super::{End, Header, IDS, KIND, STATE};
use crate::Error;
use crate::blocks::{Before, Start};
use crate::ids::{self, Key, Place};
use crate::log::cut::Cut;
use crate::log::{self, Reader, SegmentLog};
use crate::plant::{self, Plant};
use crate::state::{Head, RawRow};
use bccsp::Hash;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::Volume;

/// Is given rows, and the number of the record behind them.
pub(crate) type EachRows<'a> = dyn FnMut(u64, &[RawRow<'_>]) -> Result<(), Error> + 'a;

/// A snapshot that is whole.
#[derive(Debug)]
pub struct Base {
    dir: PathBuf,
    log: SegmentLog,
    header: Header,
    end: End,
}

impl Base {
    /// Opens the snapshot in a folder.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is none or only a part of one; [`Error::Damaged`],
    /// [`Error::NewerFormat`], or what the disk says.
    pub fn open(volume: &Arc<dyn Volume>, dir: &Path) -> Result<Self, Error> {
        if !volume.exists(dir) {
            return Err(Error::Refused(format!("{}: there is no snapshot", dir.display())));
        }
        let log = SegmentLog::open(volume, dir, KIND, log::Options::default(), 0)?;
        let reader = log.reader();
        let Some(end) = end(reader)? else {
            let what = format!("{}: only a part of a snapshot is there", dir.display());
            return Err(Error::Refused(what));
        };
        let header = Header::read(&reader.read(0)?, dir)?;
        Ok(Self { dir: dir.to_path_buf(), log, header, end })
    }

    /// Whether the last record says that all are there.
    pub(super) fn is_whole(reader: &Reader) -> Result<bool, Error> {
        Ok(end(reader)?.is_some())
    }

    /// What it is of.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What it holds.
    #[must_use]
    pub fn end(&self) -> &End {
        &self.end
    }

    /// Reads everything, and compares it with the hashes at its end.
    ///
    /// # Errors
    /// [`Error::Damaged`], or what the disk says.
    pub fn verify(&self, hash: &dyn Hash) -> Result<(), Error> {
        let mut sums = Sums::new(hash);
        for record in 1..self.last() {
            let bytes = self.reader().read(record)?;
            sums.add(&bytes).map_err(|what| self.damaged(record, what))?;
        }
        if sums.end() != self.end && !plant::is(Plant::SnapshotNotCompared) {
            return Err(self.damaged(self.last(), "its hashes are not those of what is there"));
        }
        Ok(())
    }

    /// The rows of the state, a record at a time from that one on: the number of the next record,
    /// and places with what stands there.
    pub(crate) fn rows(&self, from: u64, each: &mut EachRows<'_>) -> Result<(), Error> {
        for record in from.max(1)..self.last() {
            let bytes = self.reader().read(record)?;
            if bytes.first() != Some(&STATE) {
                continue;
            }
            let rows = rows(&bytes).map_err(|what| self.damaged(record, what))?;
            each(record.saturating_add(1), &rows)?;
        }
        Ok(())
    }

    pub(crate) fn reader(&self) -> &Reader {
        self.log.reader()
    }

    /// The number of the last record.
    fn last(&self) -> u64 {
        self.reader().next_sequence().saturating_sub(1)
    }

    fn damaged(&self, record: u64, what: &str) -> Error {
        match self.reader().locate(record) {
            Ok(at) => Error::Damaged {
                path: at.path,
                offset: at.offset,
                what: format!("snapshot record {record}: {what}"),
            },
            Err(error) => error,
        }
    }

    /// Where it is.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Before for Base {
    fn start(&self) -> Start {
        Start {
            number: self.header.height,
            previous_hash: self.header.block_hash,
            last_config: Some(self.header.last_config),
        }
    }

    fn ids(&self, each: &mut dyn FnMut(Key, Place) -> Result<(), Error>) -> Result<(), Error> {
        for record in 1..self.last() {
            let bytes = self.reader().read(record)?;
            if bytes.first() == Some(&IDS) {
                let entries = ids::read_entries(bytes.get(1..).unwrap_or_default());
                let entries = entries.ok_or_else(|| self.damaged(record, "an id is cut off"))?;
                entries.into_iter().try_for_each(|(key, place)| each(key, place))?;
            }
        }
        Ok(())
    }
}

fn end(reader: &Reader) -> Result<Option<End>, Error> {
    let last = reader.next_sequence().checked_sub(1).filter(|last| *last > 0);
    let record = last.map(|last| reader.read(last)).transpose()?;
    Ok(record.and_then(|record| End::read(&record)))
}

/// The rows in a record of the state.
fn rows(record: &[u8]) -> Result<Vec<RawRow<'_>>, &'static str> {
    let mut cut = Cut(record.get(1..).unwrap_or_default());
    let mut rows = Vec::new();
    while !cut.0.is_empty() {
        let place = field(&mut cut).ok_or("a row is cut off")?;
        let head = field(&mut cut).ok_or("a row is cut off")?;
        Head::read(head).filter(|head| head.live.is_some()).ok_or("a row is not one")?;
        rows.push((place, head));
    }
    Ok(rows)
}

fn field<'a>(cut: &mut Cut<'a>) -> Option<&'a [u8]> {
    let length = usize::try_from(cut.u32()?).ok()?;
    cut.bytes(length)
}

/// Counts and hashes of what is in the records.
pub(super) struct Sums {
    rows: u64,
    ids: u64,
    state: Box<dyn bccsp::HashStream>,
    id_hash: Box<dyn bccsp::HashStream>,
    last_place: Option<Vec<u8>>,
    last_id: Option<Key>,
}

impl Sums {
    pub(super) fn new(hash: &dyn Hash) -> Self {
        let (state, id_hash) = (hash.start(), hash.start());
        Self { rows: 0, ids: 0, state, id_hash, last_place: None, last_id: None }
    }

    /// Takes in a record between the first and the last.
    pub(super) fn add(&mut self, record: &[u8]) -> Result<(), &'static str> {
        let body = record.get(1..).unwrap_or_default();
        match record.first() {
            Some(&STATE) if self.ids == 0 => self.add_rows(record, body),
            Some(&IDS) => self.add_ids(body),
            _ => Err("it is out of place"),
        }
    }

    fn add_rows(&mut self, record: &[u8], body: &[u8]) -> Result<(), &'static str> {
        let rows = rows(record)?;
        for (place, _) in &rows {
            if self.last_place.as_deref().is_some_and(|last| last >= *place) {
                return Err("a row is out of order");
            }
            self.last_place = Some(place.to_vec());
        }
        self.rows = self.rows.saturating_add(rows.len() as u64);
        self.state.update(body);
        Ok(())
    }

    fn add_ids(&mut self, body: &[u8]) -> Result<(), &'static str> {
        let entries = ids::read_entries(body).ok_or("an id is cut off")?;
        for (key, _) in &entries {
            if self.last_id.is_some_and(|last| last >= *key) {
                return Err("an id is out of order");
            }
            self.last_id = Some(*key);
        }
        self.ids = self.ids.saturating_add(entries.len() as u64);
        self.id_hash.update(body);
        Ok(())
    }

    /// The last place and id that were taken in.
    pub(super) fn position(&self) -> (Option<Vec<u8>>, Option<Key>) {
        (self.last_place.clone(), self.last_id)
    }

    pub(super) fn end(self) -> End {
        End {
            rows: self.rows,
            ids: self.ids,
            state_hash: self.state.finish(),
            ids_hash: self.id_hash.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bccsp::{EngineChoice, HashAlgorithm, Providers, Suite};
    use block::Version;

    fn row(place: &str) -> Vec<u8> {
        let mut head = Vec::new();
        let version = Version { block: 1, transaction: 0 };
        Head { version, live: Some(("v".into(), "".into())) }.write(&mut head);
        let fields = [place.as_bytes(), &head];
        fields
            .into_iter()
            .flat_map(|field| [&(field.len() as u32).to_le_bytes(), field].concat())
            .collect()
    }

    fn id(byte: u8) -> Vec<u8> {
        [&[1], &[byte; 32][..], &[0; 12]].concat()
    }

    /// What becomes of these records after a row `b` and an id 2.
    fn add(kind: u8, body: &[u8]) -> Result<(), &'static str> {
        let providers = Providers::new(Suite::Nist, EngineChoice::Portable).unwrap();
        let mut sums = Sums::new(providers.hash(HashAlgorithm::FABRIC_CLIENT).unwrap());
        sums.add(&[&[STATE], &row("b")[..]].concat()).unwrap();
        if kind == IDS {
            sums.add(&[&[IDS], &id(2)[..]].concat()).unwrap();
        }
        sums.add(&[&[kind], body].concat())
    }

    #[test]
    fn rows_and_ids_come_in_order_and_whole() {
        add(STATE, &row("c")).unwrap();
        add(STATE, &row("b")).unwrap_err();
        add(STATE, &row("a")).unwrap_err();
        add(STATE, &[row("d"), row("c")].concat()).unwrap_err();
        add(STATE, &row("c")[1..]).unwrap_err();
        add(IDS, &id(3)).unwrap();
        add(IDS, &id(2)).unwrap_err();
        add(IDS, &[id(4), id(3)].concat()).unwrap_err();
        add(IDS, &id(3)[1..]).unwrap_err();
        add(9, &[]).unwrap_err();
    }

    #[test]
    fn no_rows_come_behind_ids() {
        let providers = Providers::new(Suite::Nist, EngineChoice::Portable).unwrap();
        let mut sums = Sums::new(providers.hash(HashAlgorithm::FABRIC_CLIENT).unwrap());
        sums.add(&[&[IDS], &id(2)[..]].concat()).unwrap();
        sums.add(&[&[STATE], &row("b")[..]].concat()).unwrap_err();
    }
}
