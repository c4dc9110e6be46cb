// SPDX-License-Identifier: Apache-2.0
//! Update bytes and commit hashes: order, repetition, deletion, versions.

mod common;

use bccsp::Suite;
use common::providers;
use gmca_block::{Collection, Namespace, ReadWriteSet, UpdateBatch, Version};
use proptest::prelude::*;
use proto::Bytes;
use proto::kvrwset::{HashedRwSet, KvWrite, KvWriteHash, KvrwSet};
use proto::prost::Message;
use proto::updates::{self, Updates};

fn batch() -> UpdateBatch {
    UpdateBatch::new(5, providers(Suite::Gm).default_provider().hash().unwrap())
}

fn written(batch: &UpdateBatch) -> Vec<updates::KvWrite> {
    Updates::decode(batch.to_bytes()).unwrap().kv_writes
}

type Brief<'a> = (&'a str, &'a str, &'a [u8], Option<&'a [u8]>);

/// A write without its version: namespace, collection, key, value or deletion.
fn brief(write: &updates::KvWrite) -> Brief<'_> {
    let value = (!write.is_delete).then_some(&write.value[..]);
    (&write.namespace, &write.collection, &write.key, value)
}

#[test]
fn order_and_runs() {
    let mut batch = batch();
    let entries = [
        ("b", Some("y"), "k1"),
        ("b", Some("x"), "k2"),
        ("b", Some("x"), "k1"),
        ("b", None, "zz"),
        ("b", None, "a"),
        ("", None, "config"),
        ("a\u{e9}", None, "k"),
        ("aZ", Some("only"), "k"),
    ];
    for (namespace, collection, key) in entries {
        batch.set(namespace, collection, key.into(), Some("v".into()), 0);
    }
    let writes = written(&batch);
    let writes: Vec<_> = writes.iter().map(brief).collect();
    let v = Some(&b"v"[..]);
    let expected: Vec<Brief<'_>> = vec![
        ("aZ", "only", b"k", v),
        ("a\u{e9}", "", b"k", v),
        ("b", "", b"a", v),
        ("", "", b"zz", v),
        ("", "x", b"k1", v),
        ("", "", b"k2", v),
        ("", "y", b"k1", v),
    ];
    assert_eq!(writes, expected);
    assert_eq!(batch.find("b", Some("x"), b"k2").unwrap().value.as_deref(), v);
    assert!(batch.find("b", Some("z"), b"k2").is_none() && batch.find("c", None, b"a").is_none());
    assert!(batch.find("", None, b"config").is_some());
}

#[test]
fn the_last_write_wins() {
    let set = |value: &'static str, is_delete| {
        let write = KvWrite { key: "k".to_owned(), is_delete, value: value.into() };
        let public = KvrwSet { writes: vec![write], ..KvrwSet::default() };
        let name = "ns".to_owned();
        ReadWriteSet { namespaces: vec![Namespace { name, public, ..Namespace::default() }] }
    };
    let mut batch = batch();
    batch.add(0, &set("first", false));
    batch.add(7, &set("second", false));
    let write = &written(&batch)[0];
    assert_eq!(brief(write), ("ns", "", &b"k"[..], Some(&b"second"[..])));
    assert_eq!(write.version_bytes, &[1, 5, 1, 7][..]);
    // Deleted by the flag, whatever value stands beside it; and by writing nothing.
    for (value, flag) in [("value", true), ("", false), ("", true)] {
        batch.add(8, &set(value, flag));
        let writes = written(&batch);
        assert_eq!(brief(&writes[0]), ("ns", "", &b"k"[..], None));
        assert!(writes.len() == 1 && writes[0].value.is_empty());
        assert_eq!(writes[0].version_bytes, &[1, 5, 1, 8][..]);
        batch.add(9, &set("third", false));
        assert!(!written(&batch)[0].is_delete);
    }
}

#[test]
fn hashed_writes() {
    let providers = providers(Suite::Gm);
    let hash = providers.default_provider().hash().unwrap();
    let nothing = Bytes::copy_from_slice(hash.digest(&[]).as_ref());
    let write = |value_hash: Bytes, is_delete, is_purge| {
        let key_hash = Bytes::from_static(b"key hash");
        let write = KvWriteHash { key_hash, is_delete, value_hash, is_purge };
        let hashed = HashedRwSet { hashed_writes: vec![write], ..HashedRwSet::default() };
        let name = "collection".to_owned();
        let collections = vec![Collection { name, hashed, ..Collection::default() }];
        let name = "ns".to_owned();
        ReadWriteSet { namespaces: vec![Namespace { name, collections, ..Namespace::default() }] }
    };
    let cases = [
        (write("value hash".into(), false, false), false),
        (write("value hash".into(), true, false), true),
        (write("value hash".into(), false, true), true),
        (write(nothing, false, false), true),
    ];
    for (set, is_deletion) in cases {
        let mut batch = UpdateBatch::new(5, hash);
        batch.add(0, &set);
        let writes = written(&batch);
        let value = (!is_deletion).then_some(&b"value hash"[..]);
        assert_eq!(brief(&writes[0]), ("ns", "collection", &b"key hash"[..], value));
    }
}

#[test]
fn versions_at_the_edges() {
    let cases: [(u64, u64, &[u8]); 5] = [
        (0, 0, &[0, 0]),
        (3, 0, &[1, 3, 0]),
        (0x80, 0xff, &[1, 0x80, 1, 0xff]),
        (0x100, 1, &[2, 1, 0, 1, 1]),
        (u64::MAX, 0, &[8, 255, 255, 255, 255, 255, 255, 255, 255, 0]),
    ];
    for (block, transaction, bytes) in cases {
        assert_eq!(Version { block, transaction }.to_bytes(), bytes);
    }
}

#[test]
fn a_commit_hash_covers_everything() {
    for suite in Suite::ALL {
        let providers = providers(suite);
        let hash = providers.default_provider().hash().unwrap();
        let mut batch = UpdateBatch::new(1, hash);
        let previous = hash.digest(&[b"before"]);
        let bare = batch.commit_hash(&[0], None, hash);
        // An empty batch is no bytes.
        assert_eq!(bare, hash.digest(&[&[1, 0]]));
        assert_eq!(
            batch.commit_hash(&[0], Some(&previous), hash),
            hash.digest(&[&[1, 0], previous.as_ref()])
        );
        // A filter of 300 transactions: its length takes two digits.
        let filter = [7; 300];
        let expected = hash.digest(&[&[0xac, 0x02], &filter[..]]);
        assert_eq!(batch.commit_hash(&filter, None, hash), expected);
        batch.set("ns", None, "k".into(), None, 0);
        assert_ne!(batch.commit_hash(&[0], None, hash), bare);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_of_versions_are_in_their_order(a in any::<(u64, u64)>(), b in any::<(u64, u64)>(), low in any::<bool>()) {
        let version = |(block, transaction): (u64, u64)| {
            let shift = if low { 60 } else { 0 };
            Version { block: block >> shift, transaction: transaction >> shift }
        };
        let (a, b) = (version(a), version(b));
        prop_assert_eq!(a.cmp(&b), a.to_bytes().cmp(&b.to_bytes()));
    }
}
