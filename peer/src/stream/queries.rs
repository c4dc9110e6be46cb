// SPDX-License-Identifier: Apache-2.0
//! Range and history queries of a running chaincode, answered in batches.
//!
//! How far a range was read is part of the read/write set, so the batches are cut as Fabric cuts
//! them: one row more is read than a full batch takes, and it begins the next one.

use super::Trouble;
use super::transaction::{Open, Transaction};
use block::{Block, Envelope};
use ledger::simulator::Query;
use ledger::state::{Change, Row};
use proto::Bytes;
use proto::prost::Message;
use proto::protos::{QueryResponse, QueryResponseMetadata, QueryResultBytes};
use proto::queryresult::{KeyModification, Kv};
use std::collections::BTreeMap;

/// The queries that one running chaincode has open.
#[derive(Debug, Default)]
pub(super) struct Queries {
    last: u64,
    open: BTreeMap<String, Running>,
}

#[derive(Debug)]
struct Running {
    namespace: String,
    source: Source,
    /// A result that was read and did not fit into the batch before.
    pending: Option<Bytes>,
    given: usize,
}

#[derive(Debug)]
enum Source {
    Range(Query),
    History { key: String, changes: std::vec::IntoIter<Change>, block: Option<Box<Block>> },
}

/// A range of keys of a chaincode.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range<'a> {
    pub(super) namespace: &'a str,
    pub(super) start: &'a str,
    pub(super) end: &'a str,
}

impl Queries {
    /// Starts a range query: its first batch.
    pub(super) fn range(
        &mut self,
        transaction: &Transaction,
        channel: &str,
        range: Range<'_>,
    ) -> Result<QueryResponse, Trouble> {
        transaction.spend_query()?;
        let query = transaction.with(channel, |open| {
            Ok(open.simulator.range(range.namespace, range.start, range.end)?)
        })?;
        self.start(transaction, channel, range.namespace, Source::Range(query))
    }

    /// Starts a history query, newest first: its first batch.
    pub(super) fn history(
        &mut self,
        transaction: &Transaction,
        channel: &str,
        namespace: &str,
        key: &str,
    ) -> Result<QueryResponse, Trouble> {
        transaction.spend_query()?;
        let changes: Vec<Change> = transaction.with(channel, |open| {
            let history = open.snapshot.history(namespace, key)?.take(MOST);
            Ok(history.collect::<Result<_, _>>()?)
        })?;
        transaction.spend(changes.len().saturating_mul(size_of::<Change>()))?;
        let source =
            Source::History { key: key.to_owned(), changes: changes.into_iter(), block: None };
        self.start(transaction, channel, namespace, source)
    }

    /// The next batch of a query.
    pub(super) fn next(
        &mut self,
        transaction: &Transaction,
        channel: &str,
        id: &str,
    ) -> Result<QueryResponse, Trouble> {
        let running =
            self.open.get_mut(id).ok_or_else(|| Trouble::NoQuery(shortened(id).to_owned()))?;
        let (results, has_more) = transaction.with(channel, |open| running.batch(open))?;
        transaction.spend(results.iter().map(|result| result.result_bytes.len()).sum())?;
        if !has_more {
            self.open.remove(id);
        }
        Ok(QueryResponse { results, has_more, id: id.to_owned(), metadata: Bytes::new() })
    }

    /// Ends a query. One that has ended already is closed again without complaint.
    pub(super) fn close(&mut self, id: &str) -> QueryResponse {
        self.open.remove(id);
        QueryResponse { id: id.to_owned(), ..QueryResponse::default() }
    }

    fn start(
        &mut self,
        transaction: &Transaction,
        channel: &str,
        namespace: &str,
        source: Source,
    ) -> Result<QueryResponse, Trouble> {
        self.last = self.last.saturating_add(1);
        let id = self.last.to_string();
        let running = Running { namespace: namespace.to_owned(), source, pending: None, given: 0 };
        self.open.insert(id.clone(), running);
        self.next(transaction, channel, &id)
    }
}

/// One page of a range, with the bookmark for the next one.
pub(super) fn page(
    transaction: &Transaction,
    channel: &str,
    range: Range<'_>,
    size: usize,
    bookmark: &str,
) -> Result<QueryResponse, Trouble> {
    transaction.spend_query()?;
    let size = size.min(MOST);
    let page = transaction.with(channel, |open| {
        check_page(open, range, size, bookmark)?;
        let Range { namespace, start, end } = range;
        Ok(open.simulator.page(namespace, start, end, size, bookmark)?)
    })?;
    let results: Vec<_> = page.rows.iter().map(|row| result(kv(range.namespace, row))).collect();
    transaction.spend(results.iter().map(|result| result.result_bytes.len()).sum())?;
    let metadata = QueryResponseMetadata {
        fetched_records_count: i32::try_from(results.len()).unwrap_or(i32::MAX),
        bookmark: String::from_utf8_lossy(&page.bookmark).into_owned(),
    };
    let metadata = metadata.encode_to_vec().into();
    Ok(QueryResponse { results, has_more: false, id: String::new(), metadata })
}

/// A page is one message and is in memory at once: looks through it first.
fn check_page(open: &Open, range: Range<'_>, size: usize, bookmark: &str) -> Result<(), Trouble> {
    let start = if bookmark.is_empty() { range.start } else { bookmark };
    let mut bytes = 0_usize;
    for row in open.snapshot.range(range.namespace, start, range.end)?.take(size) {
        let row = row?;
        bytes = bytes.saturating_add(row.key.len()).saturating_add(row.entry.value.len());
        if bytes > PAGE_BYTES {
            return Err(Trouble::TooMuch { what: "bytes in a page", limit: PAGE_BYTES });
        }
    }
    Ok(())
}

impl Running {
    /// The results of a batch, and whether there are more.
    fn batch(&mut self, open: &mut Open) -> Result<(Vec<QueryResultBytes>, bool), Trouble> {
        let (mut results, mut bytes) = (Vec::new(), 0_usize);
        while self.given < MOST {
            let next = match self.pending.take() {
                Some(pending) => Some(pending),
                None => self.read(open)?,
            };
            let Some(next) = next else { break };
            if results.len() >= BATCH || (bytes > 0 && bytes.saturating_add(next.len()) > BYTES) {
                self.pending = Some(next);
                return Ok((results, true));
            }
            bytes = bytes.saturating_add(next.len());
            self.given = self.given.saturating_add(1);
            results.push(QueryResultBytes { result_bytes: next });
        }
        Ok((results, false))
    }

    fn read(&mut self, open: &mut Open) -> Result<Option<Bytes>, Trouble> {
        match &mut self.source {
            Source::Range(query) => {
                let row = open.simulator.advance(*query)?;
                Ok(row.map(|row| kv(&self.namespace, &row)))
            }
            Source::History { key, changes, block } => {
                let Some(change) = changes.next() else { return Ok(None) };
                modification(open, &self.namespace, key, change, block).map(Some)
            }
        }
    }
}

/// One write of a key, as the block tells it. `kept` is the block that was read last: many writes
/// of a key may be in one.
fn modification(
    open: &Open,
    namespace: &str,
    key: &str,
    change: Change,
    kept: &mut Option<Box<Block>>,
) -> Result<Bytes, Trouble> {
    let number = change.version.block;
    let gone = || {
        ledger::Error::Refused(format!("block {number}, in which a key was written, was pruned"))
    };
    if kept.as_ref().is_none_or(|block| block.number() != number) {
        let stored = open.view.ledger().blocks().block(number)?.ok_or_else(gone)?;
        *kept = Some(Box::new(stored.block));
    }
    let place = usize::try_from(change.version.transaction).unwrap_or(usize::MAX);
    let entry = kept.as_ref().and_then(|block| block.entries().get(place)).ok_or_else(gone)?;
    let envelope = Envelope::open(entry.clone())?;
    let header = envelope.headers().channel_header();
    let value = if change.is_delete { None } else { written(&envelope, namespace, key)? };
    let modification = KeyModification {
        tx_id: header.tx_id.clone(),
        value: value.unwrap_or_default(),
        // Node's iterator falls over when there is none.
        timestamp: Some(header.timestamp.unwrap_or_default()),
        is_delete: change.is_delete,
    };
    Ok(modification.encode_to_vec().into())
}

fn written(envelope: &Envelope, namespace: &str, key: &str) -> Result<Option<Bytes>, Trouble> {
    let set = envelope.transaction()?.action()?.rwset()?;
    let sets = set.namespaces.into_iter().filter(|set| set.name == namespace);
    let writes = sets.flat_map(|set| set.public.writes).filter(|write| write.key == key);
    Ok(writes.last().map(|write| write.value))
}

fn kv(namespace: &str, row: &Row) -> Bytes {
    let kv = Kv {
        namespace: namespace.to_owned(),
        key: String::from_utf8_lossy(&row.key).into_owned(),
        value: row.entry.value.clone(),
    };
    kv.encode_to_vec().into()
}

fn result(result_bytes: Bytes) -> QueryResultBytes {
    QueryResultBytes { result_bytes }
}

fn shortened(id: &str) -> &str {
    id.get(..id.len().min(64)).unwrap_or("?")
}

/// Results in one message.
const BATCH: usize = 100;
/// Bytes in one message of several results: official clients take 4 MiB.
const BYTES: usize = 3 << 20;
/// Results of one query in all.
const MOST: usize = 100_000;
/// Bytes in a page, which is one message.
const PAGE_BYTES: usize = 90 << 20;
