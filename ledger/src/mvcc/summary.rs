// SPDX-License-Identifier: Apache-2.0
//! What a range query saw, in few bytes: the reads themselves when there are few of them, else
//! hashes of hashes.
//!
//! Reads are gathered until there are more than `degree` of them; such a batch becomes one hash of
//! level 1. When a level has more than `degree` hashes, they become one of the level above. At the
//! end whatever is left below the highest level is lifted up to it.

use bccsp::{Hash, HashStream};
use proto::Bytes;
use proto::kvrwset::range_query_info::ReadsInfo;
use proto::kvrwset::{KvRead, QueryReads, QueryReadsMerkleSummary};
use proto::prost::Message;

/// Up to that many reads are given as they are; it is also the degree of the tree of hashes.
pub(crate) const DEGREE: u32 = 50;

/// A summary in the making. Memory: `degree` hashes a level, and the reads of one batch, or
/// nothing of them when only the hashes are wanted.
pub(crate) struct Summary<'h> {
    hash: &'h dyn Hash,
    degree: u32,
    /// The batch in the making: its reads while they may be asked for, and their hash.
    reads: Vec<KvRead>,
    keeps_reads: bool,
    batch: Box<dyn HashStream>,
    batched: u32,
    /// From level 1 upwards.
    levels: Vec<Vec<Bytes>>,
}

impl<'h> Summary<'h> {
    /// For a query that runs: gives the reads, when they are few.
    pub(crate) fn new(hash: &'h dyn Hash) -> Self {
        Self::with(hash, DEGREE, true)
    }

    /// For a comparison with a summary of that degree.
    pub(crate) fn to_compare(hash: &'h dyn Hash, degree: u32) -> Self {
        Self::with(hash, degree, false)
    }

    fn with(hash: &'h dyn Hash, degree: u32, keeps_reads: bool) -> Self {
        let (reads, levels) = (Vec::new(), Vec::new());
        Self { hash, degree, reads, keeps_reads, batch: hash.start(), batched: 0, levels }
    }

    /// Takes in the next result.
    pub(crate) fn add(&mut self, read: KvRead) {
        // The stream is the bytes of a `QueryReads` with one read, and so, one after the other, of
        // one with all of them: nothing else is in the message.
        let read = QueryReads { kv_reads: vec![read] };
        self.batch.update(&read.encode_to_vec());
        if self.keeps_reads && self.levels.is_empty() {
            self.reads.extend(read.kv_reads);
        }
        self.batched = self.batched.saturating_add(1);
        if self.batched > self.degree {
            self.close_batch();
        }
    }

    fn close_batch(&mut self) {
        let batch = std::mem::replace(&mut self.batch, self.hash.start());
        let mut hash = Bytes::copy_from_slice(batch.finish().as_ref());
        self.batched = 0;
        self.reads.clear();
        let degree = usize::try_from(self.degree).unwrap_or(usize::MAX);
        for level in &mut self.levels {
            level.push(hash);
            if level.len() <= degree {
                return;
            }
            hash = combined(self.hash, level);
            level.clear();
        }
        self.levels.push(vec![hash]);
    }

    /// Whether the hashes made so far already differ from what the whole should give.
    pub(crate) fn differs_from(&self, expected: &QueryReadsMerkleSummary) -> bool {
        let level = u32::try_from(self.levels.len()).unwrap_or(u32::MAX);
        if level < expected.max_level {
            return false;
        }
        let hashes = self.levels.last().map_or(&[][..], Vec::as_slice);
        level > expected.max_level || !expected.max_level_hashes.starts_with(hashes)
    }

    /// The reads, or the hashes; nothing when there was no result.
    pub(crate) fn finish(mut self) -> Option<ReadsInfo> {
        if self.levels.is_empty() {
            let kv_reads = self.reads;
            return (!kv_reads.is_empty()).then_some(ReadsInfo::RawReads(QueryReads { kv_reads }));
        }
        if self.batched > 0 {
            self.close_batch();
        }
        self.lift();
        let max_level = u32::try_from(self.levels.len()).unwrap_or(u32::MAX);
        let max_level_hashes = self.levels.pop().unwrap_or_default();
        let max_degree = self.degree;
        let summary = QueryReadsMerkleSummary { max_degree, max_level, max_level_hashes };
        Some(ReadsInfo::ReadsMerkleHashes(summary))
    }

    /// Brings everything to the highest level: one hash rises as it is, several as their hash.
    fn lift(&mut self) {
        let mut risen: Option<Bytes> = None;
        let top = self.levels.len().saturating_sub(1);
        for level in self.levels.iter_mut().take(top) {
            level.extend(risen.take());
            risen = match level.as_slice() {
                [] => None,
                [one] => Some(one.clone()),
                several => Some(combined(self.hash, several)),
            };
        }
        let Some(last) = self.levels.last_mut() else { return };
        last.extend(risen);
        if last.len() > usize::try_from(self.degree).unwrap_or(usize::MAX) {
            let above = vec![combined(self.hash, last)];
            self.levels.push(above);
        }
    }
}

fn combined(hash: &dyn Hash, hashes: &[Bytes]) -> Bytes {
    let parts: Vec<&[u8]> = hashes.iter().map(AsRef::as_ref).collect();
    Bytes::copy_from_slice(hash.digest(&parts).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bccsp::{EngineChoice, Providers, Suite};

    /// The summary of the reads `a`, `b`, ... with the degree 2, so that a batch is three of them.
    fn of(hash: &dyn Hash, count: u8) -> (u32, Vec<Bytes>) {
        let mut summary = Summary::to_compare(hash, 2);
        (0..count).for_each(|number| summary.add(read(number)));
        match summary.finish() {
            Some(ReadsInfo::ReadsMerkleHashes(all)) => (all.max_level, all.max_level_hashes),
            _ => (0, Vec::new()),
        }
    }

    fn read(number: u8) -> KvRead {
        KvRead { key: char::from(b'a' + number).into(), version: None }
    }

    #[test]
    fn levels_fill_up_and_what_is_left_rises() {
        let providers = Providers::new(Suite::Nist, EngineChoice::Auto).unwrap();
        let hash = providers.default_provider().hash().unwrap();
        let join =
            |all: &[&Bytes]| combined(hash, &all.iter().copied().cloned().collect::<Vec<_>>());
        let batch = |from: u8, to: u8| {
            let reads = QueryReads { kv_reads: (from..to).map(read).collect() };
            Bytes::copy_from_slice(hash.digest(&[&reads.encode_to_vec()]).as_ref())
        };
        let first: Vec<Bytes> = (0..9).map(|n| batch(n * 3, n * 3 + 3)).collect();
        let [one, two, three] = [0, 3, 6].map(|n| join(&[&first[n], &first[n + 1], &first[n + 2]]));
        assert_eq!(of(hash, 2), (0, vec![]));
        assert_eq!(of(hash, 3), (1, vec![batch(0, 3)]));
        assert_eq!(of(hash, 4), (1, vec![batch(0, 3), batch(3, 4)]));
        assert_eq!(of(hash, 7), (2, vec![join(&[&first[0], &first[1], &batch(6, 7)])]));
        assert_eq!(of(hash, 9), (2, vec![one.clone()]));
        // One that is left rises as it is, two as their hash.
        assert_eq!(of(hash, 10), (2, vec![one.clone(), batch(9, 10)]));
        assert_eq!(of(hash, 13), (2, vec![one.clone(), join(&[&first[3], &batch(12, 13)])]));
        // What rises may be one too many for its level.
        let risen = join(&[&one, &two, &batch(18, 19)]);
        assert_eq!(of(hash, 19), (3, vec![risen]));
        assert_eq!(of(hash, 27), (3, vec![join(&[&one, &two, &three])]));
    }
}
