// SPDX-License-Identifier: Apache-2.0
//! Read/write sets byte for byte, and that they are valid exactly as long as nothing changed.

use bccsp::{Digest, EngineChoice, Hash, Providers, Suite};
use block::ReadWriteSet;
use gmca_ledger::Error;
use gmca_ledger::mvcc::{self, Candidate, KnownIds};
use gmca_ledger::simulator::Simulator;
use gmca_ledger::state::{Options, State};
use proptest::prelude::*;
use proto::Bytes;
use proto::kvrwset::range_query_info::ReadsInfo;
use proto::kvrwset::{
    HashedRwSet, KvMetadataEntry, KvMetadataWrite, KvRead, KvReadHash, KvWrite, KvWriteHash,
    KvrwSet, QueryReads, RangeQueryInfo, Version,
};
use proto::prost::Message;
use proto::protos::TxValidationCode::{self, MvccReadConflict, PhantomReadConflict, Valid};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use sys::Volume;
use sys::sim::MemoryDisk;

struct Ledger {
    state: State,
    providers: Providers,
}

struct NoIds;

impl KnownIds for NoIds {
    fn has_id(&self, _: &str) -> Result<bool, Error> {
        Ok(false)
    }
}

impl Ledger {
    fn new(suite: Suite) -> Self {
        let disk: Arc<dyn Volume> = Arc::new(MemoryDisk::new(1 << 26));
        let options = Options { cache_size: 1 << 20, ..Options::default() };
        let state = State::open(&disk, Path::new("c"), options).unwrap();
        Self { state, providers: Providers::new(suite, EngineChoice::Auto).unwrap() }
    }

    fn hash(&self) -> &dyn Hash {
        self.providers.default_provider().hash().unwrap()
    }

    fn simulator(&self) -> Simulator<'_> {
        Simulator::new(self.state.snapshot().unwrap(), self.hash())
    }

    fn block(&self, simulators: Vec<Simulator<'_>>) -> Vec<TxValidationCode> {
        let sets: Vec<ReadWriteSet> = simulators.into_iter().map(set).collect();
        let candidates: Vec<_> =
            sets.iter().map(|set| Candidate { id: "", code: Valid, set: Some(set) }).collect();
        let (now, height) = (self.state.snapshot().unwrap(), self.state.height());
        let judged = mvcc::validate(&now, &NoIds, self.hash(), height, &candidates).unwrap();
        self.state.commit(&judged.updates, None, Digest::new([0; 32])).unwrap();
        judged.codes
    }

    fn put(&self, keys: impl IntoIterator<Item = String>) {
        let mut simulator = self.simulator();
        for key in keys {
            simulator.put("ns", &key, "value".into()).unwrap();
        }
        assert_eq!(self.block(vec![simulator]), [Valid]);
    }
}

fn set(simulator: Simulator<'_>) -> ReadWriteSet {
    ReadWriteSet::decode(&simulator.finish().public.encode_to_vec().into()).unwrap()
}

fn keys(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!("k{number:05}"))
}

fn map(entries: &[(&str, &str)]) -> BTreeMap<String, Bytes> {
    entries.iter().map(|(name, value)| ((*name).into(), (*value).to_owned().into())).collect()
}

const AT: Option<Version> = Some(Version { block_num: 0, tx_num: 0 });

fn read(key: &str, version: Option<Version>) -> KvRead {
    KvRead { key: key.into(), version }
}

#[test]
fn public_sets_are_sorted_and_say_everything_once() {
    let ledger = Ledger::new(Suite::Nist);
    ledger.put(["a", "b", "c", "d"].map(String::from));
    let mut simulator = ledger.simulator();
    simulator.put("zz", "z", "1".into()).unwrap();
    simulator.put("ns", "b", "first".into()).unwrap();
    assert_eq!(simulator.get("ns", "b").unwrap().unwrap().value, "value", "not its own write");
    simulator.get("ns", "b").unwrap();
    simulator.get("ns", "a").unwrap();
    simulator.get("ns", "nothing").unwrap();
    simulator.put("ns", "b", "last".into()).unwrap();
    simulator.put("ns", "a", "x".into()).unwrap();
    simulator.delete("ns", "a").unwrap();
    simulator.set_metadata("ns", "d", &map(&[("two", "2"), ("one", "1")])).unwrap();
    simulator.set_metadata("ns", "c", &map(&[])).unwrap();
    // One that is read to its end, one that is not, and the first again.
    for (start, end, most) in [("b", "d", 9), ("b", "d", 1), ("b", "d", 9), ("x", "", 9)] {
        let query = simulator.range("ns", start, end).unwrap();
        for _ in 0..most {
            if simulator.advance(query).unwrap().is_none() {
                break;
            }
        }
    }
    let all = simulator.finish();
    assert_eq!(all.private, None);
    let names: Vec<&str> = all.public.ns_rwset.iter().map(|set| set.namespace.as_str()).collect();
    assert_eq!(names, ["ns", "zz"]);
    let raw = |reads: &[&str]| {
        let kv_reads = reads.iter().map(|key| read(key, AT)).collect();
        Some(ReadsInfo::RawReads(QueryReads { kv_reads }))
    };
    let query = |start: &str, end: &str, itr_exhausted, reads_info| RangeQueryInfo {
        start_key: start.into(),
        end_key: end.into(),
        itr_exhausted,
        reads_info,
    };
    let write = |key: &str, value: &str| KvWrite {
        key: key.into(),
        is_delete: value.is_empty(),
        value: value.to_owned().into(),
    };
    let entry = |name: &str, value: &str| KvMetadataEntry {
        name: name.into(),
        value: value.to_owned().into(),
    };
    let expected = KvrwSet {
        reads: vec![read("a", AT), read("b", AT), read("nothing", None)],
        range_queries_info: vec![
            query("b", "d", true, raw(&["b", "c"])),
            query("b", "b", false, raw(&["b"])),
            query("x", "", true, None),
        ],
        writes: vec![write("a", ""), write("b", "last")],
        metadata_writes: vec![
            KvMetadataWrite { key: "c".into(), entries: vec![] },
            KvMetadataWrite {
                key: "d".into(),
                entries: vec![entry("one", "1"), entry("two", "2")],
            },
        ],
    };
    assert_eq!(KvrwSet::decode(all.public.ns_rwset[0].rwset.clone()).unwrap(), expected);
    assert_eq!(all.public.ns_rwset[0].rwset, expected.encode_to_vec());
}

#[test]
fn private_sets_are_hashes_in_the_order_of_the_keys() {
    let ledger = Ledger::new(Suite::Gm);
    let digest =
        |bytes: &str| Bytes::copy_from_slice(ledger.hash().digest(&[bytes.as_bytes()]).as_ref());
    let mut simulator = ledger.simulator();
    simulator.put_private("ns", "c", "b", "2".into()).unwrap();
    simulator.put_private("ns", "c", "a", "1".into()).unwrap();
    simulator.delete_private("ns", "c", "d").unwrap();
    simulator.purge_private("ns", "c", "e").unwrap();
    simulator.private_hash("ns", "c", "b").unwrap();
    simulator.private_hash("ns", "c", "a").unwrap();
    simulator.private_hash("ns", "only read", "a").unwrap();
    simulator.set_private_metadata("ns", "c", "a", &map(&[("n", "v")])).unwrap();
    let all = simulator.finish();
    let namespace = &all.public.ns_rwset[0];
    assert!(namespace.rwset.is_empty());
    let collection = &namespace.collection_hashed_rwset[0];
    let hashed = HashedRwSet::decode(collection.hashed_rwset.clone()).unwrap();
    let reads = ["a", "b"].map(|key| KvReadHash { key_hash: digest(key), version: None });
    assert_eq!(hashed.hashed_reads, reads);
    let write = |key: &str, value: Option<&str>, is_purge| KvWriteHash {
        key_hash: digest(key),
        is_delete: value.is_none(),
        value_hash: value.map(&digest).unwrap_or_default(),
        is_purge,
    };
    let writes = [
        write("a", Some("1"), false),
        write("b", Some("2"), false),
        write("d", None, false),
        write("e", None, true),
    ];
    assert_eq!(hashed.hashed_writes, writes);
    assert_eq!(hashed.metadata_writes[0].key_hash, digest("a"));
    let private = all.private.unwrap().ns_pvt_rwset.remove(0).collection_pvt_rwset.remove(0);
    let expected = ledger.hash().digest(&[&private.rwset]);
    assert_eq!(collection.pvt_rwset_hash, expected.as_ref());
    let private = KvrwSet::decode(private.rwset).unwrap();
    let keys: Vec<&str> = private.writes.iter().map(|write| write.key.as_str()).collect();
    assert_eq!(keys, ["a", "b", "d", "e"]);
    assert_eq!(private.metadata_writes, [KvMetadataWrite { key: "a".into(), entries: vec![] }]);
    let read_only = &namespace.collection_hashed_rwset[1];
    assert!(read_only.pvt_rwset_hash.is_empty());
    // What was simulated is what is found by the hash of the key.
    let mut simulator = ledger.simulator();
    simulator.put_private("ns", "c", "a", "1".into()).unwrap();
    assert_eq!(ledger.block(vec![simulator]), [Valid]);
    let found = ledger.simulator().private_hash("ns", "c", "a").unwrap().unwrap();
    assert_eq!(found.value, digest("1"));
}

/// Levels and hashes of the summary of that many results; `None` when they are given as reads.
fn summary(ledger: &Ledger, count: usize) -> Option<(u32, usize)> {
    let mut simulator = ledger.simulator();
    let end = format!("k{count:05}");
    let query = simulator.range("ns", "", &end).unwrap();
    while simulator.advance(query).unwrap().is_some() {}
    let set = set(simulator);
    let info = set.namespaces[0].public.range_queries_info[0].reads_info.clone();
    match info.unwrap() {
        ReadsInfo::RawReads(reads) => {
            assert_eq!(reads.kv_reads.len(), count);
            None
        }
        ReadsInfo::ReadsMerkleHashes(summary) => {
            assert_eq!(summary.max_degree, 50);
            Some((summary.max_level, summary.max_level_hashes.len()))
        }
    }
}

#[test]
fn many_results_become_hashes_of_batches_of_51() {
    let ledger = Ledger::new(Suite::Nist);
    ledger.put(keys(2700));
    assert_eq!(summary(&ledger, 50), None);
    assert_eq!(summary(&ledger, 51), Some((1, 1)));
    assert_eq!(summary(&ledger, 52), Some((1, 2)));
    assert_eq!(summary(&ledger, 51 * 50), Some((1, 50)));
    assert_eq!(summary(&ledger, 51 * 50 + 1), Some((2, 1)));
    assert_eq!(summary(&ledger, 51 * 51), Some((2, 1)));
    assert_eq!(summary(&ledger, 51 * 51 + 1), Some((2, 2)));
    assert_eq!(summary(&ledger, 2700), Some((2, 2)));
}

#[test]
fn the_hash_of_a_batch_is_over_its_serialized_reads() {
    let ledger = Ledger::new(Suite::Nist);
    ledger.put(keys(60));
    let mut simulator = ledger.simulator();
    let query = simulator.range("ns", "", "").unwrap();
    while simulator.advance(query).unwrap().is_some() {}
    let set = set(simulator);
    let Some(ReadsInfo::ReadsMerkleHashes(found)) =
        &set.namespaces[0].public.range_queries_info[0].reads_info
    else {
        panic!("reads");
    };
    let reads: Vec<KvRead> = keys(60).map(|key| read(&key, AT)).collect();
    let expected: Vec<Bytes> = [&reads[..51], &reads[51..]]
        .map(|reads| {
            let bytes = QueryReads { kv_reads: reads.to_vec() }.encode_to_vec();
            Bytes::copy_from_slice(ledger.hash().digest(&[&bytes]).as_ref())
        })
        .into();
    assert_eq!(found.max_level_hashes, expected);
}

#[test]
fn queries_by_pages_and_over_private_data_do_not_go_with_writes() {
    let ledger = Ledger::new(Suite::Nist);
    ledger.put(keys(5));
    let mut simulator = ledger.simulator();
    let page = simulator.page("ns", "", "", 2, "").unwrap();
    assert_eq!((page.rows.len(), page.bookmark.as_ref()), (2, &b"k00002"[..]));
    let page = simulator.page("ns", "", "", 9, "k00002").unwrap();
    assert_eq!((page.rows.len(), page.bookmark.as_ref()), (3, &b""[..]));
    let refused = simulator.put("ns", "a", "1".into()).unwrap_err().to_string();
    assert!(refused.contains("paginated"), "{refused}");
    simulator.set_private_metadata("ns", "c", "a", &map(&[])).unwrap_err();
    let mut simulator = ledger.simulator();
    simulator.private_query().unwrap();
    simulator.put_private("ns", "c", "a", "1".into()).unwrap_err();
    let mut simulator = ledger.simulator();
    simulator.put("ns", "a", "1".into()).unwrap();
    simulator.page("ns", "", "", 2, "").unwrap_err();
    simulator.private_query().unwrap_err();
    simulator.put("ns", "", "1".into()).unwrap_err();
}

#[derive(Clone, Debug)]
enum Step {
    Get(u8),
    Put(u8),
    Delete(u8),
    Metadata(u8),
    Range(u8, u8, usize),
    Hash(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..90u8).prop_map(Step::Get),
        (0..90u8).prop_map(Step::Put),
        (0..90u8).prop_map(Step::Delete),
        (0..90u8).prop_map(Step::Metadata),
        (0..90u8, 0..90u8, 0..100usize).prop_map(|(a, b, n)| Step::Range(a.min(b), a.max(b), n)),
        (0..90u8).prop_map(Step::Hash),
    ];
    proptest::collection::vec(step, 1..8)
}

/// What is read, beside the set: the check below must not ask the code under test.
fn run(simulator: &mut Simulator<'_>, steps: &[Step]) -> (Vec<u8>, Vec<u8>) {
    let (mut gets, mut ranged) = (Vec::new(), Vec::new());
    let name = |key: &u8| format!("k{key:05}");
    for step in steps {
        match step {
            Step::Get(key) => {
                simulator.get("ns", &name(key)).unwrap();
                gets.push(*key);
            }
            Step::Put(key) => simulator.put("ns", &name(key), "new".into()).unwrap(),
            Step::Delete(key) => simulator.delete("ns", &name(key)).unwrap(),
            Step::Metadata(key) => {
                simulator.set_metadata("ns", &name(key), &map(&[("m", "v")])).unwrap();
            }
            Step::Range(start, end, most) => {
                let query = simulator.range("ns", &name(start), &name(end)).unwrap();
                let mut last = None;
                for _ in 0..*most {
                    match simulator.advance(query).unwrap() {
                        Some(row) => {
                            last = String::from_utf8(row.key[1..].to_vec()).unwrap().parse().ok();
                        }
                        None => {
                            last = end.checked_sub(1);
                            break;
                        }
                    }
                }
                ranged.extend(last.into_iter().flat_map(|last: u8| *start..=last));
            }
            Step::Hash(key) => drop(simulator.private_hash("ns", "c", &name(key)).unwrap()),
        }
    }
    (gets, ranged)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_set_is_valid_until_what_it_read_changes(steps in steps(), changed in 0..90u8, delete: bool) {
        // Every third key does not exist.
        let there = |key: &u8| !key.is_multiple_of(3);
        let ledger = Ledger::new(Suite::Nist);
        ledger.put((0..90u8).filter(there).map(|key| format!("k{key:05}")));
        // An opened query that gave nothing is, as Fabric has it, one over everything after it.
        let steps: Vec<_> = steps
            .into_iter()
            .filter(|step| !matches!(step, Step::Range(_, _, 0)))
            .collect();
        let (mut same, mut later) = (ledger.simulator(), ledger.simulator());
        let (gets, ranged) = run(&mut same, &steps);
        run(&mut later, &steps);
        let now = ledger.state.snapshot().unwrap();
        let set = set(same);
        let candidate = [Candidate { id: "", code: Valid, set: Some(&set) }];
        let judged = mvcc::validate(&now, &NoIds, ledger.hash(), 1, &candidate).unwrap();
        prop_assert_eq!(judged.codes, [Valid]);

        let mut change = ledger.simulator();
        let key = format!("k{changed:05}");
        if delete { change.delete("ns", &key) } else { change.put("ns", &key, "x".into()) }.unwrap();
        ledger.block(vec![change]);
        // A delete of what was not there changes nothing.
        let changes = there(&changed) || !delete;
        let code = match (gets.contains(&changed), ranged.contains(&changed)) {
            (true, _) if changes => MvccReadConflict,
            (_, true) if changes => PhantomReadConflict,
            _ => Valid,
        };
        prop_assert_eq!(ledger.block(vec![later]), [code]);
    }
}
