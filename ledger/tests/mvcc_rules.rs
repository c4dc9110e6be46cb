// SPDX-License-Identifier: Apache-2.0
//! Rule by rule: which transaction of a block is valid, and what stands in the state after it.

use bccsp::{Digest, EngineChoice, Hash, Providers, Suite};
use block::{Collection, Namespace, ReadWriteSet, Version};
use gmca_ledger::Error;
use gmca_ledger::mvcc::{self, Candidate, KnownIds};
use gmca_ledger::state::{Change, Options, State};
use proto::Bytes;
use proto::kvrwset::range_query_info::ReadsInfo;
use proto::kvrwset::{
    HashedRwSet, KvMetadataEntry, KvMetadataWrite, KvRead, KvReadHash, KvWrite, KvWriteHash,
    KvrwSet, QueryReads, QueryReadsMerkleSummary, RangeQueryInfo, Version as ReadVersion,
};
use proto::protos::TxValidationCode::{
    self, DuplicateTxid, EndorsementPolicyFailure, MvccReadConflict, PhantomReadConflict, Valid,
};
use std::path::Path;
use std::sync::Arc;
use sys::Volume;
use sys::sim::MemoryDisk;

struct Ledger {
    state: State,
    providers: Providers,
}

struct Known(&'static [&'static str]);

impl KnownIds for Known {
    fn has_id(&self, id: &str) -> Result<bool, Error> {
        Ok(self.0.contains(&id))
    }
}

impl Ledger {
    fn new() -> Self {
        let disk: Arc<dyn Volume> = Arc::new(MemoryDisk::new(1 << 26));
        let options = Options { cache_size: 1 << 20, ..Options::default() };
        let state = State::open(&disk, Path::new("c"), options).unwrap();
        Self { state, providers: Providers::new(Suite::Gm, EngineChoice::Auto).unwrap() }
    }

    /// One with `a`, `b` and `c` from block 0.
    fn with_keys() -> Self {
        let ledger = Self::new();
        let codes = ledger.block(vec![writes(&[("a", "1"), ("b", "1"), ("c", "1")])]);
        assert_eq!(codes, [Valid]);
        ledger
    }

    fn hash(&self) -> &dyn Hash {
        self.providers.default_provider().hash().unwrap()
    }

    fn block(&self, sets: Vec<KvrwSet>) -> Vec<TxValidationCode> {
        self.sets(&sets.into_iter().map(public).collect::<Vec<_>>())
    }

    fn sets(&self, sets: &[ReadWriteSet]) -> Vec<TxValidationCode> {
        let ids: Vec<String> = (0..sets.len()).map(|number| number.to_string()).collect();
        let candidates: Vec<_> = ids
            .iter()
            .zip(sets)
            .map(|(id, set)| Candidate { id, code: Valid, set: Some(set) })
            .collect();
        self.candidates(&Known(&[]), &candidates)
    }

    fn candidates(&self, ids: &Known, candidates: &[Candidate<'_>]) -> Vec<TxValidationCode> {
        let (now, height) = (self.state.snapshot().unwrap(), self.state.height());
        let judged = mvcc::validate(&now, ids, self.hash(), height, candidates).unwrap();
        self.state.commit(&judged.updates, None, Digest::new([0; 32])).unwrap();
        judged.codes
    }

    fn value(&self, key: &str) -> Option<(Bytes, Version)> {
        let entry = self.state.snapshot().unwrap().get("ns", key).unwrap()?;
        Some((entry.value, entry.version))
    }

    fn history(&self, key: &str) -> Vec<(Version, bool)> {
        let now = self.state.snapshot().unwrap();
        let change = |change: Result<Change, Error>| change.map(|c| (c.version, c.is_delete));
        now.history("ns", key).unwrap().map(|c| change(c).unwrap()).collect()
    }
}

fn public(public: KvrwSet) -> ReadWriteSet {
    let namespace = Namespace { name: "ns".into(), public, collections: Vec::new() };
    ReadWriteSet { namespaces: vec![namespace] }
}

fn version(block: u64, transaction: u64) -> Version {
    Version { block, transaction }
}

fn at(block_num: u64, tx_num: u64) -> Option<ReadVersion> {
    Some(ReadVersion { block_num, tx_num })
}

fn read(key: &str, version: Option<ReadVersion>) -> KvrwSet {
    KvrwSet { reads: vec![KvRead { key: key.into(), version }], ..KvrwSet::default() }
}

fn write(key: &str, value: &str) -> KvWrite {
    KvWrite { key: key.into(), is_delete: value.is_empty(), value: value.to_owned().into() }
}

fn writes(all: &[(&str, &str)]) -> KvrwSet {
    let writes = all.iter().map(|(key, value)| write(key, value)).collect();
    KvrwSet { writes, ..KvrwSet::default() }
}

fn metadata(key: &str, names: &[&str]) -> KvrwSet {
    let entry = |name: &&str| KvMetadataEntry { name: (*name).into(), value: "v".into() };
    let entries = names.iter().map(entry).collect();
    let metadata_writes = vec![KvMetadataWrite { key: key.into(), entries }];
    KvrwSet { metadata_writes, ..KvrwSet::default() }
}

fn range(start: &str, end: &str, exhausted: bool, reads: &[(&str, u64, u64)]) -> KvrwSet {
    let read = |(key, block, tx): &(&str, u64, u64)| KvRead {
        key: (*key).into(),
        version: at(*block, *tx),
    };
    let kv_reads: Vec<_> = reads.iter().map(read).collect();
    let reads_info = (!kv_reads.is_empty()).then_some(ReadsInfo::RawReads(QueryReads { kv_reads }));
    query(start, end, exhausted, reads_info)
}

fn query(start: &str, end: &str, itr_exhausted: bool, reads_info: Option<ReadsInfo>) -> KvrwSet {
    let (start_key, end_key) = (start.into(), end.into());
    let info = RangeQueryInfo { start_key, end_key, itr_exhausted, reads_info };
    KvrwSet { range_queries_info: vec![info], ..KvrwSet::default() }
}

#[test]
fn a_read_needs_the_version_that_was_read() {
    let codes = Ledger::with_keys().block(vec![
        read("a", at(0, 0)),
        read("a", at(0, 1)),
        read("a", at(1, 0)),
        read("a", None),
        read("z", None),
        read("z", at(0, 0)),
    ]);
    let conflict = MvccReadConflict;
    assert_eq!(codes, [Valid, conflict, conflict, conflict, Valid, conflict]);
}

#[test]
fn what_an_earlier_valid_transaction_of_the_block_wrote_is_not_read() {
    let ledger = Ledger::with_keys();
    let both = KvrwSet { writes: vec![write("a", "2")], ..read("a", at(0, 0)) };
    let other = KvrwSet { writes: vec![write("b", "2")], ..read("a", at(0, 0)) };
    let codes = ledger.block(vec![both, other, read("b", at(0, 0)), read("c", at(0, 0))]);
    assert_eq!(codes, [Valid, MvccReadConflict, Valid, Valid]);
    assert_eq!(ledger.value("a"), Some(("2".into(), version(1, 0))));
    assert_eq!(ledger.value("b"), Some(("1".into(), version(0, 0))));
}

#[test]
fn the_last_write_of_a_block_stays_and_history_has_them_all() {
    let ledger = Ledger::with_keys();
    ledger.block(vec![writes(&[("a", "2")]), writes(&[("a", "")]), writes(&[("a", "3")])]);
    assert_eq!(ledger.value("a"), Some(("3".into(), version(1, 2))));
    ledger.block(vec![writes(&[("a", "")])]);
    assert_eq!(ledger.value("a"), None);
    assert_eq!(ledger.block(vec![read("a", None)]), [Valid]);
    ledger.block(vec![writes(&[("a", "4")])]);
    let expected = [(4, 0, false), (2, 0, true), (1, 2, false), (1, 1, true), (1, 0, false)];
    let mut expected: Vec<_> = expected.map(|(b, t, gone)| (version(b, t), gone)).into();
    expected.push((version(0, 0), false));
    assert_eq!(ledger.history("a"), expected);
}

#[test]
fn two_writes_of_a_key_in_one_transaction_are_the_last_one() {
    let ledger = Ledger::new();
    let twice = ReadWriteSet {
        namespaces: [public(writes(&[("a", "1"), ("a", "2")])), public(writes(&[("a", "3")]))]
            .into_iter()
            .flat_map(|set| set.namespaces)
            .collect(),
    };
    assert_eq!(ledger.sets(&[twice]), [Valid]);
    assert_eq!(ledger.value("a"), Some(("3".into(), version(0, 0))));
    assert_eq!(ledger.history("a"), [(version(0, 0), false)]);
}

#[test]
fn a_value_of_no_bytes_is_a_delete() {
    let ledger = Ledger::with_keys();
    let empty = KvWrite { key: "a".into(), is_delete: false, value: Bytes::new() };
    ledger.block(vec![KvrwSet { writes: vec![empty], ..KvrwSet::default() }]);
    assert_eq!(ledger.value("a"), None);
}

#[test]
fn metadata_moves_the_version_and_keeps_the_value() {
    let ledger = Ledger::with_keys();
    let names = || {
        let entry = ledger.state.snapshot().unwrap().get("ns", "a").unwrap().unwrap();
        let names: Vec<String> = entry.metadata().into_iter().map(|e| e.name).collect();
        (names, entry.value, entry.version)
    };
    ledger.block(vec![metadata("a", &["x", "y"]), metadata("none", &["x"])]);
    assert_eq!(names(), (vec!["x".into(), "y".into()], "1".into(), version(1, 0)));
    assert_eq!(ledger.value("none"), None);
    // A write of the value keeps it.
    ledger.block(vec![writes(&[("a", "2")])]);
    assert_eq!(names(), (vec!["x".into(), "y".into()], "2".into(), version(2, 0)));
    // An empty one takes it away.
    ledger.block(vec![metadata("a", &[])]);
    assert_eq!(names(), (vec![], "2".into(), version(3, 0)));
    // A delete takes it away for whoever comes after, in the same block too.
    ledger.block(vec![metadata("a", &["z"]), writes(&[("a", "")]), writes(&[("a", "3")])]);
    assert_eq!(names(), (vec![], "3".into(), version(4, 2)));
    let versions: Vec<_> = ledger.history("a").into_iter().map(|(version, _)| version).collect();
    assert_eq!(versions, [version(4, 2), version(4, 1), version(2, 0), version(0, 0)]);
}

#[test]
fn metadata_of_a_key_deleted_before_in_the_block_is_nothing() {
    let ledger = Ledger::with_keys();
    assert_eq!(ledger.block(vec![writes(&[("a", "")]), metadata("a", &["x"])]), [Valid, Valid]);
    assert_eq!(ledger.value("a"), None);
}

#[test]
fn a_range_gives_again_what_it_gave() {
    let all = [("a", 0, 0), ("b", 0, 0), ("c", 0, 0)];
    let phantom = PhantomReadConflict;
    let codes = Ledger::with_keys().block(vec![
        range("", "", true, &all),
        range("a", "c", true, &all[..2]),
        range("a", "c", true, &all),
        range("a", "c", true, &all[..1]),
        range("a", "b", false, &all[..2]),
        range("a", "b", true, &all[..2]),
        range("x", "", true, &[]),
        range("", "", true, &[]),
        range("", "", true, &[("a", 0, 0), ("b", 0, 1), ("c", 0, 0)]),
        range("c", "a", true, &[]),
    ]);
    let expected = [Valid, Valid, phantom, phantom, Valid, phantom, Valid, phantom, phantom, Valid];
    assert_eq!(codes, expected);
}

#[test]
fn a_range_sees_what_the_block_changed_before() {
    let before = || range("", "", true, &[("a", 0, 0), ("b", 0, 0), ("c", 0, 0)]);
    for (change, after) in [
        (writes(&[("aa", "1")]), vec![("a", 0, 0), ("aa", 1, 0), ("b", 0, 0), ("c", 0, 0)]),
        (writes(&[("b", "")]), vec![("a", 0, 0), ("c", 0, 0)]),
        (writes(&[("b", "2")]), vec![("a", 0, 0), ("b", 1, 0), ("c", 0, 0)]),
        (writes(&[("d", "")]), vec![("a", 0, 0), ("b", 0, 0), ("c", 0, 0)]),
    ] {
        let after = range("", "", true, &after);
        let unchanged = after == before();
        let codes = Ledger::with_keys().block(vec![change, before(), after]);
        assert_eq!(codes, [Valid, if unchanged { Valid } else { PhantomReadConflict }, Valid]);
    }
}

#[test]
fn the_last_key_of_a_range_not_read_to_its_end_belongs_to_it() {
    let query = || range("a", "b", false, &[("a", 0, 0), ("b", 0, 0)]);
    let codes = Ledger::with_keys().block(vec![writes(&[("bb", "1")]), query()]);
    assert_eq!(codes, [Valid, Valid]);
    for change in [writes(&[("b", "")]), writes(&[("b", "2")])] {
        let codes = Ledger::with_keys().block(vec![change, query()]);
        assert_eq!(codes, [Valid, PhantomReadConflict]);
    }
    // As Fabric takes it: a query that gave nothing and was not read to its end has no end.
    let codes =
        Ledger::with_keys().block(vec![range("x", "", false, &[]), range("", "", false, &[])]);
    assert_eq!(codes, [Valid, PhantomReadConflict]);
}

#[test]
fn a_summary_that_no_query_gives_is_a_phantom() {
    for max_degree in [0, 1, 2, 50, u32::MAX] {
        for max_level in [0, 1, u32::MAX] {
            let max_level_hashes = vec![Bytes::from_static(b"?"); 3];
            let summary = QueryReadsMerkleSummary { max_degree, max_level, max_level_hashes };
            let set = query("", "", true, Some(ReadsInfo::ReadsMerkleHashes(summary)));
            assert_eq!(Ledger::with_keys().block(vec![set]), [PhantomReadConflict]);
        }
    }
}

#[test]
fn the_first_thing_found_wrong_gives_the_code() {
    let ledger = Ledger::with_keys();
    let both = KvrwSet { reads: read("a", None).reads, ..range("", "", true, &[]) };
    let mut two = public(range("", "", true, &[]));
    two.namespaces.extend(public(read("a", None)).namespaces);
    assert_eq!(ledger.sets(&[public(both), two]), [MvccReadConflict, PhantomReadConflict]);
}

#[test]
fn an_id_counts_once() {
    let ledger = Ledger::new();
    let (one, two) = (public(writes(&[("a", "1")])), public(writes(&[("a", "2")])));
    let conflict = public(read("a", at(7, 7)));
    let candidate = |id, code, set| Candidate { id, code, set: Some(set) };
    let codes = ledger.candidates(
        &Known(&["old"]),
        &[
            candidate("old", Valid, &one),
            candidate("x", EndorsementPolicyFailure, &one),
            candidate("x", Valid, &one),
            candidate("x", Valid, &two),
            candidate("y", Valid, &conflict),
            // It had passed all but the last check, so its id is taken.
            candidate("y", Valid, &two),
            candidate("", Valid, &conflict),
            Candidate { id: "", code: Valid, set: None },
        ],
    );
    let (twice, policy, stale) = (DuplicateTxid, EndorsementPolicyFailure, MvccReadConflict);
    assert_eq!(codes, [twice, policy, Valid, twice, stale, twice, stale, Valid]);
    assert_eq!(ledger.value("a"), Some(("1".into(), version(0, 2))));
}

fn collection(hashed: HashedRwSet) -> ReadWriteSet {
    let mut set = public(KvrwSet::default());
    set.namespaces[0].collections =
        vec![Collection { name: "c".into(), hashed, private_hash: Bytes::new() }];
    set
}

#[test]
fn hashes_of_a_collection_are_judged_like_keys_and_apart_from_them() {
    let ledger = Ledger::new();
    let write = |value: Bytes| {
        let write =
            KvWriteHash { key_hash: "k".into(), value_hash: value, ..KvWriteHash::default() };
        collection(HashedRwSet { hashed_writes: vec![write], ..HashedRwSet::default() })
    };
    let read = |version| {
        let hashed_reads = vec![KvReadHash { key_hash: "k".into(), version }];
        collection(HashedRwSet { hashed_reads, ..HashedRwSet::default() })
    };
    let codes = ledger.sets(&[read(None), write("v".into()), read(None)]);
    assert_eq!(codes, [Valid, Valid, MvccReadConflict]);
    assert_eq!(ledger.value("k"), None);
    assert_eq!(ledger.sets(&[read(at(0, 1)), read(at(0, 0))]), [Valid, MvccReadConflict]);
    // The hash of no bytes is a delete, like no hash at all.
    let nothing = Bytes::copy_from_slice(ledger.hash().digest(&[]).as_ref());
    for gone in [nothing, Bytes::new()] {
        ledger.sets(&[write("v".into())]);
        ledger.sets(&[write(gone)]);
        let now = ledger.state.snapshot().unwrap();
        assert_eq!(now.hashed("ns", "c", b"k").unwrap(), None);
    }
    assert_eq!(ledger.sets(&[read(None)]), [Valid]);
}
