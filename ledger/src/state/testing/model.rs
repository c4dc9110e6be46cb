// SPDX-License-Identifier: Apache-2.0
//! What the state should be, written as plainly as possible and apart from the real one: maps that
//! are walked through whole.

use super::workload::Transaction;
use crate::state::{Change, Snapshot, Space, version_read, version_to_read};
use bccsp::{Digest, Hash};
use block::{Collection, Namespace, ReadWriteSet, Version};
use proto::Bytes;
use proto::kvrwset::range_query_info::ReadsInfo;
use proto::kvrwset::{
    KvMetadataEntry, KvRead, QueryReads, QueryReadsMerkleSummary, RangeQueryInfo,
};
use proto::prost::Message;
use proto::protos::TxValidationCode;
use proto::updates::{KvWrite, Updates};
use std::collections::{BTreeMap, BTreeSet};

/// Namespace, collection ("" for public), key.
type Place = (String, String, Vec<u8>);

#[derive(Clone, Debug, PartialEq)]
struct Cell {
    version: Version,
    value: Bytes,
    metadata: Vec<KvMetadataEntry>,
}

/// The state after some blocks.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    cells: BTreeMap<Place, Cell>,
    history: BTreeMap<(String, String), Vec<Change>>,
    touched: BTreeSet<Place>,
    ids: BTreeSet<String>,
    pub(super) height: u64,
    pub(super) commit_hash: Option<Digest>,
}

impl Model {
    /// Judges a block and takes it in.
    pub(super) fn block(
        &mut self,
        hash: &dyn Hash,
        transactions: &[Transaction],
    ) -> Vec<TxValidationCode> {
        let (mut codes, mut changed) = (Vec::new(), BTreeMap::<Place, Version>::new());
        let mut in_block = BTreeSet::new();
        for (number, transaction) in (0u64..).zip(transactions) {
            let version = Version { block: self.height, transaction: number };
            let code = self.judge(hash, transaction, &changed, &mut in_block);
            if let (TxValidationCode::Valid, Some(set)) = (code, &transaction.set) {
                self.apply(hash, version, set, &mut changed);
            }
            codes.push(code);
        }
        self.ids.extend(transactions.iter().map(|transaction| transaction.id.clone()));
        let filter: Vec<u8> = codes.iter().map(|code| *code as i32 as u8).collect();
        let updates = self.update_bytes(&changed);
        let mut all = Vec::new();
        proto::prost::encoding::encode_varint(filter.len() as u64, &mut all);
        let previous = self.commit_hash.as_ref().map(Digest::as_ref).unwrap_or_default();
        all.extend([&filter[..], &updates, previous].concat());
        self.commit_hash = Some(hash.digest(&[&all]));
        self.height += 1;
        codes
    }

    fn judge(
        &self,
        hash: &dyn Hash,
        transaction: &Transaction,
        changed: &BTreeMap<Place, Version>,
        in_block: &mut BTreeSet<String>,
    ) -> TxValidationCode {
        if transaction.code != TxValidationCode::Valid {
            return transaction.code;
        }
        if self.ids.contains(&transaction.id) || !in_block.insert(transaction.id.clone()) {
            return TxValidationCode::DuplicateTxid;
        }
        let Some(set) = &transaction.set else { return TxValidationCode::Valid };
        let stale = |place: Place, version: Option<Version>| {
            changed.contains_key(&place)
                || self.cells.get(&place).map(|cell| cell.version) != version
        };
        for set in &set.namespaces {
            let of = |collection: &str, key: &[u8]| {
                (set.name.clone(), collection.to_owned(), key.to_vec())
            };
            let reads = &set.public.reads;
            if reads.iter().any(|r| stale(of("", r.key.as_bytes()), r.version.map(version_read))) {
                return TxValidationCode::MvccReadConflict;
            }
            let queries = &set.public.range_queries_info;
            if queries.iter().any(|query| !self.gives(hash, &set.name, query)) {
                return TxValidationCode::PhantomReadConflict;
            }
            for collection in &set.collections {
                let reads = &collection.hashed.hashed_reads;
                let name = &collection.name;
                if reads.iter().any(|r| stale(of(name, &r.key_hash), r.version.map(version_read))) {
                    return TxValidationCode::MvccReadConflict;
                }
            }
        }
        TxValidationCode::Valid
    }

    fn gives(&self, hash: &dyn Hash, namespace: &str, query: &RangeQueryInfo) -> bool {
        let (start, end) = (query.start_key.as_bytes(), query.end_key.as_bytes());
        let within = |key: &[u8]| {
            let before_end = end.is_empty() || key < end;
            key >= start && before_end || !query.itr_exhausted && key == end
        };
        let reads: Vec<KvRead> = self
            .cells
            .iter()
            .filter(|((ns, collection, key), _)| {
                ns == namespace && collection.is_empty() && within(key)
            })
            .map(|((_, _, key), cell)| KvRead {
                key: String::from_utf8(key.clone()).unwrap(),
                version: Some(version_to_read(cell.version)),
            })
            .collect();
        match &query.reads_info {
            None => reads.is_empty(),
            Some(ReadsInfo::RawReads(raw)) => raw.kv_reads == reads,
            Some(ReadsInfo::ReadsMerkleHashes(tree)) => {
                summary(hash, &reads, tree.max_degree).as_ref() == Some(tree)
            }
        }
    }

    fn apply(
        &mut self,
        hash: &dyn Hash,
        version: Version,
        set: &ReadWriteSet,
        changed: &mut BTreeMap<Place, Version>,
    ) {
        for Namespace { name, public, collections } in &set.namespaces {
            let mut writes = BTreeMap::new();
            for write in &public.writes {
                let value = (!write.is_delete).then(|| write.value.clone());
                writes.insert(write.key.as_bytes().to_vec(), value);
                let change = Change { version, is_delete: write.is_delete };
                let key = (name.clone(), write.key.clone());
                self.history.entry(key).or_default().insert(0, change);
            }
            let metadata =
                public.metadata_writes.iter().map(|w| (w.key.as_bytes().to_vec(), &w.entries));
            self.cell(name, "", &writes, &metadata.collect(), version, changed);
            for Collection { name: collection, hashed, .. } in collections {
                let mut writes = BTreeMap::new();
                for write in &hashed.hashed_writes {
                    let empty = write.value_hash == hash.digest(&[]).as_ref();
                    let value = (!write.is_delete && !empty).then(|| write.value_hash.clone());
                    writes.insert(write.key_hash.to_vec(), value);
                }
                let metadata =
                    hashed.metadata_writes.iter().map(|w| (w.key_hash.to_vec(), &w.entries));
                self.cell(name, collection, &writes, &metadata.collect(), version, changed);
            }
        }
    }

    fn cell(
        &mut self,
        namespace: &str,
        collection: &str,
        writes: &BTreeMap<Vec<u8>, Option<Bytes>>,
        metadata: &BTreeMap<Vec<u8>, &Vec<KvMetadataEntry>>,
        version: Version,
        changed: &mut BTreeMap<Place, Version>,
    ) {
        for key in writes.keys().chain(metadata.keys()) {
            let place = (namespace.to_owned(), collection.to_owned(), key.clone());
            let before = self.cells.get(&place).cloned();
            let value = match writes.get(key) {
                Some(written) => written.clone(),
                None if before.is_none() => continue,
                None => before.as_ref().map(|cell| cell.value.clone()),
            };
            let kept = before.map(|cell| cell.metadata).unwrap_or_default();
            let metadata = metadata.get(key).map_or(kept, |entries| (*entries).clone());
            match value {
                Some(value) => {
                    self.cells.insert(place.clone(), Cell { version, value, metadata });
                }
                None => {
                    self.cells.remove(&place);
                }
            }
            self.touched.insert(place.clone());
            changed.insert(place, version);
        }
    }

    fn update_bytes(&self, changed: &BTreeMap<Place, Version>) -> Vec<u8> {
        let mut last = (String::new(), String::new());
        let number = |n: u64| {
            let digits: Vec<u8> = n.to_be_bytes().into_iter().skip_while(|b| *b == 0).collect();
            [vec![digits.len() as u8], digits].concat()
        };
        let mut all = Updates::default();
        for ((namespace, collection, key), version) in changed {
            let cell = self.cells.get(&(namespace.clone(), collection.clone(), key.clone()));
            let same = *namespace == last.0;
            all.kv_writes.push(KvWrite {
                namespace: if same { String::new() } else { namespace.clone() },
                collection: if same && *collection == last.1 {
                    String::new()
                } else {
                    collection.clone()
                },
                key: key.clone().into(),
                is_delete: cell.is_none(),
                value: cell.map(|cell| cell.value.clone()).unwrap_or_default(),
                version_bytes: [number(version.block), number(version.transaction)].concat().into(),
            });
            last = (namespace.clone(), collection.clone());
        }
        all.encode_to_vec()
    }

    /// The first thing in which a state is not like this.
    pub(super) fn differs(&self, state: &Snapshot) -> Result<(), String> {
        let tip = state.tip();
        if tip.height != self.height || tip.commit_hash != self.commit_hash {
            return Err(format!("height {} is said to be {tip:?}", self.height));
        }
        for place in &self.touched {
            self.cell_differs(state, place)?;
        }
        for ((namespace, key), expected) in &self.history {
            let found =
                state.history(namespace, key).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            if found.as_ref().ok() != Some(expected) {
                return Err(format!("history of {key}: {found:?} is not {expected:?}"));
            }
        }
        let namespaces: BTreeSet<&String> = self.touched.iter().map(|place| &place.0).collect();
        namespaces.into_iter().try_for_each(|namespace| self.range_differs(state, namespace))
    }

    fn cell_differs(&self, state: &Snapshot, place: &Place) -> Result<(), String> {
        let (namespace, collection, key) = place;
        let public = collection.is_empty();
        let collection = (!public).then_some(collection.as_str());
        let found = state.entry(Space { namespace, collection }, key).map_err(|e| e.to_string())?;
        let found = found.map(|entry| Cell {
            version: entry.version,
            metadata: entry.metadata(),
            value: entry.value,
        });
        if found.as_ref() != self.cells.get(place) {
            let expected = self.cells.get(place);
            return Err(format!("state of {place:?}: {found:?} is not {expected:?}"));
        }
        Ok(())
    }

    fn range_differs(&self, state: &Snapshot, namespace: &str) -> Result<(), String> {
        let cells =
            self.cells.iter().filter(|(place, _)| place.0 == namespace && place.1.is_empty());
        let expected: Vec<(&[u8], &Bytes)> =
            cells.map(|(place, cell)| (place.2.as_slice(), &cell.value)).collect();
        let (mut rows, mut start) = (Vec::new(), String::new());
        loop {
            let page = state.page(namespace, &start, "", 7).map_err(|error| error.to_string())?;
            rows.extend(page.rows);
            if page.bookmark.is_empty() {
                break;
            }
            start = String::from_utf8(page.bookmark.to_vec()).map_err(|error| error.to_string())?;
        }
        let found: Vec<(&[u8], &Bytes)> =
            rows.iter().map(|row| (row.key.as_ref(), &row.entry.value)).collect();
        if found != expected {
            return Err(format!("range over {namespace}: {found:?} is not {expected:?}"));
        }
        Ok(())
    }
}

/// The summary of a range, from all its reads at once.
fn summary(hash: &dyn Hash, reads: &[KvRead], degree: u32) -> Option<QueryReadsMerkleSummary> {
    let most = degree as usize;
    if degree < 2 || reads.len() <= most {
        return None;
    }
    let join = |hashes: &[Bytes]| Bytes::copy_from_slice(hash.digest(&[&hashes.concat()]).as_ref());
    let leaf = |reads: &[KvRead]| {
        let reads = QueryReads { kv_reads: reads.to_vec() };
        Bytes::copy_from_slice(hash.digest(&[&reads.encode_to_vec()]).as_ref())
    };
    // Level by level: whole groups rise, the rest waits.
    let mut level: Vec<Bytes> = reads.chunks(most + 1).map(leaf).collect();
    let mut waiting: Vec<Vec<Bytes>> = Vec::new();
    while level.len() > most {
        let whole = level.chunks_exact(most + 1);
        waiting.push(whole.remainder().to_vec());
        level = whole.map(join).collect();
    }
    let mut max_level = waiting.len() + 1;
    let mut risen: Vec<Bytes> = Vec::new();
    for mut rest in waiting {
        rest.append(&mut risen);
        risen = if rest.len() > 1 { vec![join(&rest)] } else { rest };
    }
    level.append(&mut risen);
    if level.len() > most {
        level = vec![join(&level)];
        max_level += 1;
    }
    Some(QueryReadsMerkleSummary {
        max_degree: degree,
        max_level: max_level as u32,
        max_level_hashes: level,
    })
}
