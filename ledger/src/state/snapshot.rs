// SPDX-License-Identifier: Apache-2.0
//! Reading: one state, that of one height, however far the chain goes on meanwhile.

use super::entry::{Entry, Head, Kind, Link};
use super::keys::written;
use super::tables::{HISTORY, STATE};
use super::{Space, Tip, database, tip_in};
use crate::Error;
use block::Version;
use proto::Bytes;
use redb::{ReadOnlyTable, ReadTransaction};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

type Table = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// The state at one height. Holding it keeps its pages on disk, so do not hold it for long. Clones
/// are the same snapshot.
#[derive(Clone)]
pub struct Snapshot(Arc<Inner>);

struct Inner {
    state: Table,
    history: Table,
    tip: Tip,
    path: PathBuf,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snapshot({:?})", self.0.tip)
    }
}

/// A key and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The key.
    pub key: Bytes,
    /// What stands there.
    pub entry: Entry,
}

/// Some rows of a range, and where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The rows, in byte order of their keys.
    pub rows: Vec<Row>,
    /// The key to start the next page at; empty when there is none.
    pub bookmark: Bytes,
}

/// One write in the history of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which transaction wrote.
    pub version: Version,
    /// Whether it deleted the key.
    pub is_delete: bool,
}

/// Where the values of old writes are: in the blocks. The state does not keep them twice.
pub trait WrittenValues {
    /// The value that a transaction wrote to a public key.
    ///
    /// # Errors
    /// When the block cannot be read.
    fn written(&self, version: Version, namespace: &str, key: &str) -> Result<Bytes, Error>;
}

impl Snapshot {
    pub(super) fn new(read: &ReadTransaction, path: &Path) -> Result<Self, Error> {
        let tip = tip_in(read, path)?;
        let state = read.open_table(STATE).map_err(|error| database(path, error))?;
        let history = read.open_table(HISTORY).map_err(|error| database(path, error))?;
        Ok(Self(Arc::new(Inner { state, history, tip, path: path.to_path_buf() })))
    }

    /// How many blocks made this state: the number of the next one.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.0.tip.height
    }

    /// The commit hash and the hash of the last block.
    #[must_use]
    pub fn tip(&self) -> &Tip {
        &self.0.tip
    }

    /// What stands at a public key.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn get(&self, namespace: &str, key: &str) -> Result<Option<Entry>, Error> {
        self.entry(Space::public(namespace), key.as_bytes())
    }

    /// The same for many keys, in their order.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn get_many(&self, namespace: &str, keys: &[&str]) -> Result<Vec<Option<Entry>>, Error> {
        keys.iter().map(|key| self.get(namespace, key)).collect()
    }

    /// What stands at the hash of a private key: the hash of the value, and the version.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn hashed(
        &self,
        namespace: &str,
        collection: &str,
        key_hash: &[u8],
    ) -> Result<Option<Entry>, Error> {
        self.entry(Space::hashed(namespace, collection), key_hash)
    }

    /// What stands at a key of any space.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn entry(&self, space: Space<'_>, key: &[u8]) -> Result<Option<Entry>, Error> {
        Ok(self.head(space, key)?.and_then(Head::into_entry))
    }

    /// The public keys from `start` up to and without `end`, in byte order; an empty `end` means
    /// up to the end of the namespace.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn range(&self, namespace: &str, start: &str, end: &str) -> Result<Rows, Error> {
        let space = Space::public(namespace);
        let from = space.place(start.as_bytes());
        let to = if end.is_empty() { space.end() } else { space.place(end.as_bytes()) };
        let prefix = space.place(&[]).len();
        let rows = (from < to).then(|| self.0.state.range::<&[u8]>(from.as_slice()..to.as_slice()));
        let rows = rows.transpose().map_err(|error| database(&self.0.path, error))?;
        Ok(Rows { rows, prefix, path: self.0.path.clone() })
    }

    /// Up to `size` of these keys. To go on, ask for the same range from the bookmark.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn page(
        &self,
        namespace: &str,
        start: &str,
        end: &str,
        size: usize,
    ) -> Result<Page, Error> {
        let mut all = self.range(namespace, start, end)?;
        let rows = all.by_ref().take(size).collect::<Result<_, _>>()?;
        let bookmark = all.next().transpose()?.map(|row| row.key).unwrap_or_default();
        Ok(Page { rows, bookmark })
    }

    /// The writes of a public key, newest first, as far back as the history goes
    /// ([`Tip::history_from`]). Writes of its metadata alone are left out.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn history(&self, namespace: &str, key: &str) -> Result<History<'_>, Error> {
        let space = Space::public(namespace);
        let next = self.head(space, key.as_bytes())?.map(|head| head.version);
        Ok(History { snapshot: self, place: space.place(key.as_bytes()), next })
    }

    /// The same with the values, which come from the blocks; `None` for a delete.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn history_values<'a>(
        &'a self,
        namespace: &'a str,
        key: &'a str,
        values: &'a dyn WrittenValues,
    ) -> Result<impl Iterator<Item = Result<(Change, Option<Bytes>), Error>> + 'a, Error> {
        Ok(self.history(namespace, key)?.map(move |change| {
            let change = change?;
            let value = (!change.is_delete).then(|| values.written(change.version, namespace, key));
            Ok((change, value.transpose()?))
        }))
    }

    /// All keys that live, those of all spaces, behind that place.
    pub(crate) fn raw_rows(&self, after: Option<&[u8]>) -> Result<RawRows, Error> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.0.state.range::<&[u8]>((from, Bound::Unbounded));
        let rows = rows.map_err(|error| database(&self.0.path, error))?;
        Ok(RawRows { rows, path: self.0.path.clone() })
    }

    /// Every row of the tables, for checks.
    #[cfg(feature = "testing")]
    #[allow(clippy::type_complexity)] // keys and values
    pub(super) fn rows(&self) -> Result<Vec<(Vec<u8>, Vec<u8>)>, Error> {
        let at = |error| database(&self.0.path, error);
        let mut rows = Vec::new();
        for table in [&self.0.state, &self.0.history] {
            for row in table.range::<&[u8]>(..).map_err(at)? {
                let (key, value) = row.map_err(at)?;
                rows.push((key.value().to_vec(), value.value().to_vec()));
            }
        }
        Ok(rows)
    }

    pub(crate) fn head(&self, space: Space<'_>, key: &[u8]) -> Result<Option<Head>, Error> {
        let found = self.0.state.get(space.place(key).as_slice());
        let Some(found) = found.map_err(|error| database(&self.0.path, error))? else {
            return Ok(None);
        };
        Head::read(found.value()).map(Some).ok_or_else(|| damaged(&self.0.path, "state"))
    }
}

/// The rows of the table of states: what a snapshot of the ledger is made of.
pub(crate) struct RawRows {
    rows: redb::Range<'static, &'static [u8], &'static [u8]>,
    path: PathBuf,
}

impl Iterator for RawRows {
    type Item = Result<(Vec<u8>, Vec<u8>), Error>;

    /// Place and head of the next key that lives.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (place, head) = match self.rows.next()? {
                Ok(row) => row,
                Err(error) => return Some(Err(database(&self.path, error))),
            };
            match Head::read(head.value()) {
                None => return Some(Err(damaged(&self.path, "state"))),
                Some(Head { live: None, .. }) => {}
                Some(_) => return Some(Ok((place.value().to_vec(), head.value().to_vec()))),
            }
        }
    }
}

/// The rows of a range.
pub struct Rows {
    rows: Option<redb::Range<'static, &'static [u8], &'static [u8]>>,
    prefix: usize,
    path: PathBuf,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rows")
    }
}

impl Iterator for Rows {
    type Item = Result<Row, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (place, head) = match self.rows.as_mut()?.next()? {
                Ok(row) => row,
                Err(error) => return Some(Err(database(&self.path, error))),
            };
            let head = Head::read(head.value());
            let (Some(head), Some(key)) = (head, place.value().get(self.prefix..)) else {
                return Some(Err(damaged(&self.path, "state")));
            };
            if let Some(entry) = head.into_entry() {
                return Some(Ok(Row { key: Bytes::copy_from_slice(key), entry }));
            }
        }
    }
}

/// The writes of a key, newest first.
#[derive(Debug)]
pub struct History<'a> {
    snapshot: &'a Snapshot,
    place: Vec<u8>,
    next: Option<Version>,
}

impl Iterator for History<'_> {
    type Item = Result<Change, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let from = self.snapshot.0.tip.history_from;
            let version = self.next.take().filter(|version| version.block >= from)?;
            let link = match self.link(version) {
                Ok(link) => link,
                Err(error) => return Some(Err(error)),
            };
            self.next = link.previous;
            if link.kind != Kind::Metadata {
                return Some(Ok(Change { version, is_delete: link.kind == Kind::Delete }));
            }
        }
    }
}

impl History<'_> {
    fn link(&self, version: Version) -> Result<Link, Error> {
        let path = &self.snapshot.0.path;
        let found = self.snapshot.0.history.get(written(version, &self.place)?.as_slice());
        let found = found.map_err(|error| database(path, error))?;
        let link = found.and_then(|found| Link::read(found.value()));
        // A chain goes back in time, or it would have no end.
        link.filter(|link| link.previous.is_none_or(|previous| previous < version))
            .ok_or_else(|| damaged(path, "history"))
    }
}

pub(super) fn damaged(path: &Path, table: &str) -> Error {
    let what = format!("the table `{table}` has an entry this program did not write");
    Error::Damaged { path: path.to_path_buf(), offset: 0, what }
}
