// SPDX-License-Identifier: Apache-2.0
//! Range queries, run again over the committed state with what the block changed so far on top.

use super::summary::Summary;
use super::{Check, same_version};
use crate::Error;
use crate::state::{Head, Rows, Space, version_read, version_to_read};
use block::Version;
use proto::Bytes;
use proto::kvrwset::range_query_info::ReadsInfo;
use proto::kvrwset::{KvRead, QueryReads, QueryReadsMerkleSummary, RangeQueryInfo};
use std::cmp::Ordering;
use std::iter::Peekable;

impl Check<'_> {
    /// Whether the query gives again what it gave when the transaction was made.
    pub(super) fn same_range(
        &self,
        namespace: &str,
        query: &RangeQueryInfo,
    ) -> Result<bool, Error> {
        let (start, end) = (query.start_key.as_str(), query.end_key.as_str());
        let rows = self.state.range(namespace, start, end)?.peekable();
        let changed = self.updates.range(namespace, start, end).peekable();
        let mut results = Merged { rows, changed };
        // A query that was not read to its end names the last key it gave: that one belongs to it.
        let last = if query.itr_exhausted { None } else { self.last(namespace, end)? };
        let results = std::iter::from_fn(|| results.next().transpose()).chain(last.map(Ok));
        match &query.reads_info {
            None => no_reads(results),
            Some(ReadsInfo::RawReads(reads)) => same_reads(results, reads),
            Some(ReadsInfo::ReadsMerkleHashes(summary)) => self.same_summary(results, summary),
        }
    }

    fn last(&self, namespace: &str, key: &str) -> Result<Option<Found>, Error> {
        let space = Space::public(namespace);
        let head = match self.updates.head(space, key.as_bytes()) {
            Some(head) => Some(head.clone()),
            None => self.state.head(space, key.as_bytes())?,
        };
        let alive = head.filter(|head| head.live.is_some());
        Ok(alive.map(|head| (Bytes::copy_from_slice(key.as_bytes()), head.version)))
    }

    fn same_summary(
        &self,
        results: impl Iterator<Item = Result<Found, Error>>,
        expected: &QueryReadsMerkleSummary,
    ) -> Result<bool, Error> {
        // With a degree below 2 there is no tree.
        if expected.max_degree < 2 {
            return Ok(false);
        }
        let mut summary = Summary::to_compare(self.hash, expected.max_degree);
        for found in results {
            let (key, version) = found?;
            let Ok(key) = String::from_utf8(key.to_vec()) else { return Ok(false) };
            summary.add(KvRead { key, version: Some(version_to_read(version)) });
            if summary.differs_from(expected) {
                return Ok(false);
            }
        }
        Ok(match summary.finish() {
            Some(ReadsInfo::ReadsMerkleHashes(summary)) => summary == *expected,
            _ => false,
        })
    }
}

type Found = (Bytes, Version);

fn no_reads(mut results: impl Iterator<Item = Result<Found, Error>>) -> Result<bool, Error> {
    Ok(results.next().transpose()?.is_none())
}

fn same_reads(
    mut results: impl Iterator<Item = Result<Found, Error>>,
    reads: &QueryReads,
) -> Result<bool, Error> {
    for read in &reads.kv_reads {
        let Some((key, version)) = results.next().transpose()? else { return Ok(false) };
        let same = same_version(Some(version), read.version.map(version_read));
        if key != read.key.as_bytes() || !same {
            return Ok(false);
        }
    }
    no_reads(results)
}

/// Committed rows with the block's changes on top, in byte order.
struct Merged<'a, I: Iterator<Item = (&'a Bytes, &'a Head)>> {
    rows: Peekable<Rows>,
    changed: Peekable<I>,
}

impl<'a, I: Iterator<Item = (&'a Bytes, &'a Head)>> Merged<'a, I> {
    fn next(&mut self) -> Result<Option<Found>, Error> {
        loop {
            let order = match (self.rows.peek(), self.changed.peek()) {
                (None, None) => return Ok(None),
                (Some(Ok(row)), Some((key, _))) => row.key.cmp(key),
                (Some(_), _) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
            };
            let row = if order.is_le() { self.rows.next().transpose()? } else { None };
            let changed = if order.is_ge() { self.changed.next() } else { None };
            match (row, changed) {
                (_, Some((key, head))) if head.live.is_some() => {
                    return Ok(Some((key.clone(), head.version)));
                }
                (Some(row), None) => return Ok(Some((row.key, row.entry.version))),
                _ => {}
            }
        }
    }
}
