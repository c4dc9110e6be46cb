// SPDX-License-Identifier: Apache-2.0
//! Running a transaction without changing anything: it reads a snapshot, and what it read and
//! wants to write comes out as a read/write set in Fabric's exact form.
//!
//! Not here: who runs (chaincode), and private values, of which the ledger knows only the hashes.

mod composite;
mod gather;

pub use composite::{composite_key, composite_range, split_composite_key};

use crate::Error;
use crate::mvcc::summary::Summary;
use crate::state::{Entry, Page, Row, Rows, Snapshot, version_to_read};
use bccsp::Hash;
use gather::{Collection, Namespace, PrivateWrite};
use proto::Bytes;
use proto::kvrwset::{KvMetadataEntry, KvRead, RangeQueryInfo};
use proto::rwset::{TxPvtReadWriteSet, TxReadWriteSet};
use std::collections::BTreeMap;

/// One transaction that is tried out. It never sees its own writes; of several writes of a key the
/// last counts.
pub struct Simulator<'h> {
    snapshot: Snapshot,
    hash: &'h dyn Hash,
    namespaces: BTreeMap<String, Namespace>,
    queries: Vec<Running<'h>>,
    wrote: bool,
    /// What was asked that goes only without writes.
    read_only: Option<&'static str>,
}

impl std::fmt::Debug for Simulator<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Simulator({:?})", self.snapshot)
    }
}

/// A range query of a simulator, to be gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query(usize);

struct Running<'h> {
    namespace: String,
    /// `end_key` and `itr_exhausted` say how far it was read.
    info: RangeQueryInfo,
    asked_end: String,
    rows: Rows,
    summary: Summary<'h>,
}

/// What a transaction came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulated {
    /// For everyone: keys and values of public data, hashes of private data.
    pub public: TxReadWriteSet,
    /// For members of the collections; `None` when no private data was written.
    pub private: Option<TxPvtReadWriteSet>,
}

impl<'h> Simulator<'h> {
    /// A transaction over that state. The hash is the channel's.
    #[must_use]
    pub fn new(snapshot: Snapshot, hash: &'h dyn Hash) -> Self {
        let (namespaces, queries) = (BTreeMap::new(), Vec::new());
        Self { snapshot, hash, namespaces, queries, wrote: false, read_only: None }
    }

    /// Reads a key, value and metadata.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn get(&mut self, namespace: &str, key: &str) -> Result<Option<Entry>, Error> {
        let entry = self.snapshot.get(namespace, key)?;
        let version = entry.as_ref().map(|entry| version_to_read(entry.version));
        self.namespace(namespace).reads.insert(key.to_owned(), version);
        Ok(entry)
    }

    /// The same for many keys, in their order.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn get_many(
        &mut self,
        namespace: &str,
        keys: &[&str],
    ) -> Result<Vec<Option<Entry>>, Error> {
        keys.iter().map(|key| self.get(namespace, key)).collect()
    }

    /// Writes a value. One of no bytes deletes the key: that is how every peer will take it.
    ///
    /// # Errors
    /// [`Error::Refused`] for an empty key, or after a paginated or private query.
    pub fn put(&mut self, namespace: &str, key: &str, value: Bytes) -> Result<(), Error> {
        self.write(key)?;
        let value = (!value.is_empty()).then_some(value);
        self.namespace(namespace).writes.insert(key.to_owned(), value);
        Ok(())
    }

    /// Deletes a key.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub fn delete(&mut self, namespace: &str, key: &str) -> Result<(), Error> {
        self.put(namespace, key, Bytes::new())
    }

    /// Sets all metadata of a key; none of it takes it away.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub fn set_metadata(
        &mut self,
        namespace: &str,
        key: &str,
        metadata: &BTreeMap<String, Bytes>,
    ) -> Result<(), Error> {
        self.write(key)?;
        self.namespace(namespace).metadata.insert(key.to_owned(), entries(metadata));
        Ok(())
    }

    /// Starts to read the keys from `start` up to and without `end`; an empty `end` means up to
    /// the end of the namespace. What counts as read is what [`advance`](Self::advance) gave, and
    /// that there is no more once it gave nothing.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn range(&mut self, namespace: &str, start: &str, end: &str) -> Result<Query, Error> {
        let rows = self.snapshot.range(namespace, start, end)?;
        let info = RangeQueryInfo { start_key: start.to_owned(), ..RangeQueryInfo::default() };
        self.namespace(namespace);
        self.queries.push(Running {
            namespace: namespace.to_owned(),
            info,
            asked_end: end.to_owned(),
            rows,
            summary: Summary::new(self.hash),
        });
        Ok(Query(self.queries.len().saturating_sub(1)))
    }

    /// The next row of a query; `None` after the last.
    ///
    /// # Errors
    /// [`Error::Refused`] for a query of another simulator, or what the disk says.
    pub fn advance(&mut self, query: Query) -> Result<Option<Row>, Error> {
        let query = self.queries.get_mut(query.0);
        let query = query.ok_or_else(|| Error::Refused("no such query".into()))?;
        let row = query.rows.next().transpose()?;
        query.note(row.as_ref())?;
        Ok(row)
    }

    /// Reads up to `size` keys of a range, from the bookmark of the page before, if that is not
    /// empty.
    ///
    /// # Errors
    /// [`Error::Refused`] after a write, or what the disk says.
    pub fn page(
        &mut self,
        namespace: &str,
        start: &str,
        end: &str,
        size: usize,
        bookmark: &str,
    ) -> Result<Page, Error> {
        self.read_only("a paginated query")?;
        let start = if bookmark.is_empty() { start } else { bookmark };
        let page = self.snapshot.page(namespace, start, end, size)?;
        let Query(query) = self.range(namespace, start, end)?;
        if let Some(query) = self.queries.get_mut(query) {
            for row in &page.rows {
                query.note(Some(row))?;
            }
            query.note(None)?;
        }
        Ok(page)
    }

    /// Reads the hash of a private value.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn private_hash(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<Option<Entry>, Error> {
        let key_hash = self.hash.digest(&[key.as_bytes()]);
        let entry = self.snapshot.hashed(namespace, collection, key_hash.as_ref())?;
        let version = entry.as_ref().map(|entry| version_to_read(entry.version));
        self.collection(namespace, collection).reads.insert(key.to_owned(), version);
        Ok(entry)
    }

    /// Says that the caller is about to run a query over private values, which it keeps itself.
    ///
    /// # Errors
    /// [`Error::Refused`] after a write.
    pub fn private_query(&mut self) -> Result<(), Error> {
        self.read_only("a query over private data")
    }

    /// Writes a private value; one of no bytes deletes the key.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub fn put_private(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        value: Bytes,
    ) -> Result<(), Error> {
        let write =
            if value.is_empty() { PrivateWrite::Delete } else { PrivateWrite::Value(value) };
        self.write_private(namespace, collection, key, write)
    }

    /// Deletes a private key.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub fn delete_private(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<(), Error> {
        self.write_private(namespace, collection, key, PrivateWrite::Delete)
    }

    /// Deletes a private key and takes its values out of the past.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub fn purge_private(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<(), Error> {
        self.write_private(namespace, collection, key, PrivateWrite::Purge)
    }

    /// Sets all metadata of a private key; none of it takes it away.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub fn set_private_metadata(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        metadata: &BTreeMap<String, Bytes>,
    ) -> Result<(), Error> {
        self.write(key)?;
        let collection = self.collection(namespace, collection);
        collection.metadata.insert(key.to_owned(), entries(metadata));
        Ok(())
    }

    /// The read/write sets.
    #[must_use]
    pub fn finish(mut self) -> Simulated {
        for mut query in std::mem::take(&mut self.queries) {
            query.info.reads_info = query.summary.finish();
            self.namespace(&query.namespace).queries.push(query.info);
        }
        let (mut public, mut private) = (TxReadWriteSet::default(), TxPvtReadWriteSet::default());
        for (name, namespace) in self.namespaces {
            let (set, secret) = namespace.build(&name, self.hash);
            public.ns_rwset.push(set);
            private.ns_pvt_rwset.extend(secret);
        }
        let private = (!private.ns_pvt_rwset.is_empty()).then_some(private);
        Simulated { public, private }
    }

    fn write_private(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        write: PrivateWrite,
    ) -> Result<(), Error> {
        self.write(key)?;
        self.collection(namespace, collection).writes.insert(key.to_owned(), write);
        Ok(())
    }

    fn write(&mut self, key: &str) -> Result<(), Error> {
        if let Some(query) = self.read_only {
            let what = format!("a transaction that made {query} writes nothing; make another one");
            return Err(Error::Refused(what));
        }
        if key.is_empty() {
            return Err(Error::Refused("a key of no bytes is not written; name one".into()));
        }
        self.wrote = true;
        Ok(())
    }

    fn read_only(&mut self, query: &'static str) -> Result<(), Error> {
        if self.wrote {
            let what = format!("{query} goes only into a transaction that writes nothing");
            return Err(Error::Refused(what));
        }
        self.read_only = Some(query);
        Ok(())
    }

    fn namespace(&mut self, name: &str) -> &mut Namespace {
        self.namespaces.entry(name.to_owned()).or_default()
    }

    fn collection(&mut self, namespace: &str, name: &str) -> &mut Collection {
        self.namespace(namespace).collections.entry(name.to_owned()).or_default()
    }
}

impl Running<'_> {
    fn note(&mut self, row: Option<&Row>) -> Result<(), Error> {
        let Some(row) = row else {
            self.info.itr_exhausted = true;
            self.info.end_key.clone_from(&self.asked_end);
            return Ok(());
        };
        let key = String::from_utf8(row.key.to_vec())
            .map_err(|_| Error::Refused("a key in the state is not UTF-8".into()))?;
        self.info.end_key.clone_from(&key);
        self.summary.add(KvRead { key, version: Some(version_to_read(row.entry.version)) });
        Ok(())
    }
}

fn entries(metadata: &BTreeMap<String, Bytes>) -> Vec<KvMetadataEntry> {
    let entry = |(name, value): (&String, &Bytes)| KvMetadataEntry {
        name: name.clone(),
        value: value.clone(),
    };
    metadata.iter().map(entry).collect()
}
