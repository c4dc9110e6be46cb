// SPDX-License-Identifier: Apache-2.0
//! What a block store refuses, finds, and says; and the blocks of a real network in one.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

use bccsp::{Digest, EngineChoice, Providers, Suite};
use block::Block;
use gmca_ledger::Error;
use gmca_ledger::blocks::testing::{OPTIONS, Tiny, open};
use gmca_ledger::blocks::{BlockStore, Options, Start, transaction_key};
use gmca_ledger::ids::{Key, Place};
use gmca_ledger::mvcc::KnownIds;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::sim::MemoryDisk;
use sys::{Access, Disk, SystemDisk, Volume};

fn chain(length: u64) -> Vec<Tiny> {
    let id = |number: u64| [number as u8; 32];
    let mut all = vec![Tiny { config: true, ids: vec![id(0)], ..Tiny::default() }];
    for number in 1..length {
        let last = all.last().unwrap();
        all.push(last.next(vec![id(number), id(number / 2)]));
    }
    all
}

fn append(store: &BlockStore<Tiny>, blocks: &[Tiny]) {
    for block in blocks {
        store.append(block, &block.hash()).unwrap();
    }
    store.sync().unwrap();
}

#[test]
fn blocks_are_found_by_number_hash_and_id_when_they_are_safe() {
    let store = open(&MemoryDisk::new(1 << 20), 0).unwrap();
    let chain = chain(40);
    append(&store, &chain[..39]);
    let last = &chain[39];
    store.append(last, &last.hash()).unwrap();
    assert_eq!((store.height(), store.tip().hash), (39, Some(chain[38].hash())));
    assert_eq!(store.block(39).unwrap(), None);
    assert_eq!(store.number_of(&last.hash()).unwrap(), None);
    assert_eq!(store.transaction(&[39; 32]).unwrap(), None);
    assert!(store.has_transaction(&[39; 32]).unwrap(), "the next block must know it");
    store.sync().unwrap();
    assert_eq!(store.block(39).unwrap().unwrap().block, *last);
    assert_eq!(store.number_of(&last.hash()).unwrap(), Some(39));
    assert_eq!(store.transaction(&[39; 32]).unwrap(), Some(Place { block: 39, transaction: 0 }));
    let first = Some(Place { block: 19, transaction: 0 });
    assert_eq!(store.transaction(&[19; 32]).unwrap(), first, "of blocks 19, 38 and 39");
    assert_eq!(store.last_config(), Some(0));
}

#[test]
fn what_does_not_follow_is_refused_and_the_store_goes_on() {
    let store = open(&MemoryDisk::new(1 << 20), 0).unwrap();
    let chain = chain(5);
    append(&store, &chain[..3]);
    for wrong in [&chain[2], &chain[4], &Tiny { previous: vec![1; 32], ..chain[3].clone() }] {
        assert!(matches!(store.append(wrong, &wrong.hash()), Err(Error::Refused(_))));
    }
    append(&store, &chain[3..]);
    assert_eq!(store.height(), 5);
}

#[test]
fn a_second_opener_is_refused_on_both_disks() {
    let disk = MemoryDisk::new(1 << 20);
    let held = open(&disk, 0).unwrap();
    assert!(matches!(open(&disk, 0), Err(Error::InUse { .. })));
    drop(held);
    open(&disk, 0).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let volume: Arc<dyn Volume> = Arc::new(SystemDisk);
    let open = || BlockStore::<Tiny>::open(&volume, dir.path(), OPTIONS, 0);
    let held = open().unwrap();
    assert!(matches!(open(), Err(Error::InUse { .. })));
    drop(held);
    append(&open().unwrap(), &chain(30));
    assert_eq!(open().unwrap().height(), 30);
}

#[test]
fn fewer_blocks_than_are_known_to_be_safe_are_refused() {
    let disk = MemoryDisk::new(1 << 20);
    append(&open(&disk, 0).unwrap(), &chain(5));
    open(&disk, 5).unwrap();
    assert!(matches!(open(&disk, 6), Err(Error::Damaged { .. })));
    let store = open(&disk, 0).unwrap();
    store.flush().unwrap();
    drop(store);
    disk.remove_dir(Path::new("chain/blocks")).unwrap();
    let refused = open(&disk, 0).unwrap_err().to_string();
    assert!(refused.contains("records up to before 5 were safe"), "{refused}");
}

#[test]
fn a_chain_begins_in_the_middle_with_the_ids_of_the_blocks_before() {
    let disk = MemoryDisk::new(1 << 20);
    let (all, source) = (chain(60), MemoryDisk::new(1 << 20));
    let source = open(&source, 0).unwrap();
    append(&source, &all[..40]);
    let mut ids = Vec::new();
    source
        .export_ids(40, &mut |key, place| {
            ids.push(Ok((key, place)));
            Ok(())
        })
        .unwrap();
    let sorted: Vec<Key> = ids.iter().flatten().map(|(key, _)| *key).collect();
    assert!(sorted.is_sorted_by(|a, b| a < b) && sorted.len() == 80);
    let tip = source.tip();
    let start =
        Start { number: 40, previous_hash: tip.hash.unwrap(), last_config: tip.last_config };
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    let begin = |ids: &mut dyn Iterator<Item = Result<(Key, Place), Error>>| {
        BlockStore::<Tiny>::begin_at(&volume, Path::new("chain"), OPTIONS, &start, ids)
    };
    let store = begin(&mut ids.into_iter()).unwrap();
    assert_eq!((store.first(), store.height(), store.last_config()), (40, 40, Some(0)));
    store.append(&all[41], &all[41].hash()).unwrap_err();
    let wrong = Tiny { previous: vec![0; 32], ..all[40].clone() };
    store.append(&wrong, &wrong.hash()).unwrap_err();
    drop(store);
    let store = open(&disk, 40).unwrap();
    append(&store, &all[40..]);
    assert_eq!(store.transaction(&[7; 32]).unwrap().unwrap().block, 7);
    assert_eq!(store.number_of(&all[3].hash()).unwrap(), Some(3));
    assert_eq!(store.block(3).unwrap(), None);
    store.verify(&mut |_| Ok(())).unwrap();
    drop(store);
    assert!(matches!(begin(&mut std::iter::empty()), Err(Error::Refused(_))));
    disk.remove_dir(Path::new("chain/ids")).unwrap();
    let refused = open(&disk, 0).unwrap_err().to_string();
    assert!(refused.contains("the ids of blocks before 40 are missing"), "{refused}");
}

#[test]
fn pruned_blocks_are_gone_and_their_ids_are_not() {
    let disk = MemoryDisk::new(1 << 20);
    let store = open(&disk, 0).unwrap();
    let all = chain(60);
    append(&store, &all);
    let first = store.prune_before(50).unwrap();
    assert!((30..=50).contains(&first), "{first}");
    assert_eq!(store.block(first - 1).unwrap(), None);
    assert!(store.block(first).unwrap().is_some());
    drop(store);
    let store = open(&disk, 60).unwrap();
    assert_eq!(store.first(), first);
    assert_eq!(store.transaction(&[3; 32]).unwrap().unwrap().block, 3);
    assert!(store.iter(0).next().unwrap().is_err());
}

/// Every file of ids, with its length.
fn id_files(disk: &MemoryDisk) -> Vec<(PathBuf, usize)> {
    disk.files().into_iter().filter(|(path, _)| path.starts_with("chain/ids")).collect()
}

#[test]
fn a_flipped_bit_among_the_ids_is_found_or_healed() {
    let disk = MemoryDisk::new(1 << 20);
    let all = chain(30);
    let store = open(&disk, 0).unwrap();
    all.chunks(10).for_each(|some| append(&store, some));
    store.flush().unwrap();
    drop(store);
    let files = id_files(&disk);
    assert!(files.len() >= 3, "{files:?}");
    for (path, size) in files {
        // Pages are mostly zeros; every bit of the rest, some of them.
        for byte in (0..size).filter(|byte| *byte < 100 || byte % 53 == 0) {
            let copy = MemoryDisk::new(1 << 22);
            for (path, _) in disk.files() {
                copy.create(&path, &disk.read(&path).unwrap(), Access::Private).unwrap();
            }
            copy.flip(&path, byte, byte as u8);
            let store = match open(&copy, 30) {
                Ok(store) => store,
                Err(Error::NewerFormat { path: named, .. }) if named == path => continue,
                Err(error) => panic!("byte {byte} of {}: {error}", path.display()),
            };
            if matches!(store.verify(&mut |_| Ok(())), Err(Error::Damaged { path: named, .. }) if named == path)
            {
                continue;
            }
            for number in 0..30 {
                let found = store.transaction(&[number; 32]).unwrap().unwrap();
                assert_eq!(found.block, u64::from(number), "byte {byte} of {}", path.display());
            }
        }
    }
}

#[test]
fn a_block_that_states_another_hash_is_found_by_verifying() {
    let disk = MemoryDisk::new(1 << 20);
    let store = open(&disk, 0).unwrap();
    let all = chain(4);
    append(&store, &all[..2]);
    // The store believes the hash it is given; the next block then does not fit in a check.
    store.append(&all[2], &Digest::new([9; 32])).unwrap();
    store.sync().unwrap();
    let mut last = None;
    let found = store.verify(&mut |stored| {
        last = Some(stored.block.number);
        match stored.hash == stored.block.hash() {
            true => Ok(()),
            false => Err(Error::Refused("the hash is wrong".into())),
        }
    });
    assert!(matches!(found, Err(Error::Refused(_))));
    assert_eq!(last, Some(2));
}

#[test]
fn several_chains_are_made_safe_at_once() {
    let disks: Vec<MemoryDisk> = (0..8).map(|_| MemoryDisk::new(1 << 20)).collect();
    let stores: Vec<_> = disks.iter().map(|disk| open(disk, 0).unwrap()).collect();
    let block = &chain(1)[0];
    stores.iter().for_each(|store| store.append(block, &block.hash()).unwrap());
    disks[3].fail_sync_after(0);
    let all: Vec<&BlockStore<Tiny>> = stores.iter().collect();
    assert!(matches!(BlockStore::sync_all(&all), Err(Error::Disk { .. })));
    let heights: Vec<u64> = stores.iter().map(BlockStore::height).collect();
    assert_eq!(heights, [1, 1, 1, 0, 1, 1, 1, 1]);
    assert!(matches!(stores[3].sync(), Err(Error::Stopped { .. })));
}

#[test]
fn a_real_network_s_blocks_are_stored_and_found() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/data/fabric");
    let read = |name: String| Block::decode(std::fs::read(format!("{folder}/{name}")).unwrap());
    let mut blocks: Vec<Block> =
        (0..=5).map(|number| read(format!("blocks/peer/{number}.block")).unwrap()).collect();
    blocks.push(read("config/config-update-block.block".into()).unwrap());
    let providers = Providers::new(Suite::Nist, EngineChoice::Auto).unwrap();
    let hash = providers.default_provider().hash().unwrap();
    let volume: Arc<dyn Volume> = Arc::new(MemoryDisk::new(1 << 26));
    let store = BlockStore::<Block>::open(&volume, Path::new("c"), Options::default(), 0).unwrap();
    for block in &blocks {
        store.append(block, &block.hash(hash)).unwrap();
    }
    store.sync().unwrap();
    assert_eq!((store.height(), store.last_config()), (7, Some(6)));
    let mut ids = 0;
    for (number, block) in (0..).zip(&blocks) {
        assert_eq!(store.block(number).unwrap().unwrap().block, *block);
        for (place, entry) in (0..).zip(block.entries()) {
            let envelope = block::Envelope::open(entry.clone()).unwrap();
            let id = &envelope.headers().channel_header().tx_id;
            let Some(key) = transaction_key(id) else { continue };
            let expected = Place { block: number, transaction: place };
            assert_eq!(store.transaction(&key).unwrap(), Some(expected));
            assert!(store.has_id(id).unwrap() && !store.has_id(&id.to_uppercase()).unwrap());
            ids += 1;
        }
    }
    assert!(ids >= 5, "{ids}");
    store.verify(&mut |_| Ok(())).unwrap();
}
