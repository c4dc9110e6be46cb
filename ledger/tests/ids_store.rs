// SPDX-License-Identifier: Apache-2.0
//! Ids against a map: many, few, alike, twice; in files of several levels, with filters and without.

use gmca_ledger::Error;
use gmca_ledger::ids::{IdStore, Key, Kind, Options, Place};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use sys::Volume;
use sys::sim::{Dice, MemoryDisk};

const DIR: &str = "ids";

fn open(disk: &MemoryDisk, options: Options) -> Option<IdStore> {
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    IdStore::open(&volume, Path::new(DIR), options).unwrap()
}

fn create(disk: &MemoryDisk, options: Options, from: u64) -> IdStore {
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    IdStore::create(&volume, Path::new(DIR), options, from).unwrap()
}

fn key(dice: &mut Dice, range: u64) -> Key {
    let number = dice.below(range);
    let mut id = [0; 32];
    match dice.once_in(3) {
        // Alike in the part that fences and pages are found by.
        true => id[24..].copy_from_slice(&number.to_be_bytes()),
        false => {
            let mut dice = Dice::new(number);
            id.iter_mut().for_each(|byte| *byte = dice.roll() as u8);
        }
    }
    Key::new(if dice.once_in(50) { Kind::Block } else { Kind::Transaction }, &id)
}

fn check(seed: u64, options: Options) {
    let (disk, mut dice) = (MemoryDisk::new(1 << 28), Dice::new(seed));
    let mut store = create(&disk, options, 0);
    let mut model: BTreeMap<Key, Place> = BTreeMap::new();
    let mut most = 0;
    for block in 0..300 {
        let keys: Vec<Key> = (0..dice.below(200)).map(|_| key(&mut dice, 40_000)).collect();
        for (transaction, key) in (0..).zip(&keys) {
            model.entry(*key).or_insert(Place { block, transaction });
        }
        store.add(block, keys.into_iter().zip(0..)).unwrap();
        store.tend().unwrap();
        most = most.max(store.sizes().1);
        if dice.once_in(40) {
            store.flush().unwrap();
            assert_eq!(store.covered(), block + 1);
            drop(store);
            store = open(&disk, options).unwrap();
            assert_eq!(store.next_block(), block + 1);
        }
    }
    for (key, place) in model.iter().step_by(5) {
        assert_eq!(store.find(key).unwrap(), Some(*place));
    }
    for _ in 0..2_000 {
        let key = key(&mut dice, 80_000);
        assert_eq!(store.contains(&key).unwrap(), model.contains_key(&key));
    }
    let mut all = BTreeMap::new();
    store
        .view()
        .export(&mut |key, place| {
            assert!(all.insert(key, place).is_none());
            Ok(())
        })
        .unwrap();
    assert_eq!(all, model);
    store.verify().unwrap();
    assert!(most < 40, "{most} files at once");
}

#[test]
fn ids_are_found_at_their_first_place_with_filters() {
    check(1, Options { memory_entries: 300, filter_bytes: 1 << 20 });
}

#[test]
fn ids_are_found_at_their_first_place_without_filters() {
    check(2, Options { memory_entries: 300, filter_bytes: 0 });
}

#[test]
fn ids_are_found_at_their_first_place_with_some_filters() {
    check(3, Options { memory_entries: 1000, filter_bytes: 5_000 });
}

#[test]
fn what_was_imported_in_any_order_is_found_at_its_first_place() {
    let (disk, mut dice) = (MemoryDisk::new(1 << 28), Dice::new(4));
    let options = Options { memory_entries: 100, filter_bytes: 1 << 20 };
    let mut store = create(&disk, options, 50);
    let mut model: BTreeMap<Key, Place> = BTreeMap::new();
    for _ in 0..2_000 {
        let (key, block) = (key(&mut dice, 3_000), dice.below(50));
        let place = Place { block, transaction: 1 };
        store.import(key, place).unwrap();
        let first = model.entry(key).or_insert(place);
        *first = place.min(*first);
    }
    let late = Place { block: 50, transaction: 0 };
    assert!(matches!(store.import(key(&mut dice, 9), late), Err(Error::Refused(_))));
    assert!(matches!(store.add(49, []), Err(Error::Refused(_))));
    store.flush().unwrap();
    drop(store);
    assert!(open(&disk, options).is_none(), "an import that was not finished");
    let mut store = create(&disk, options, 50);
    for (key, place) in &model {
        store.import(*key, *place).unwrap();
    }
    store.end_import().unwrap();
    drop(store);
    let store = open(&disk, options).unwrap();
    assert_eq!((store.from(), store.covered()), (50, 50));
    assert!(model.iter().all(|(key, place)| store.find(key).unwrap() == Some(*place)));
}

#[test]
fn files_that_nobody_names_go_away() {
    let disk = MemoryDisk::new(1 << 20);
    let options = Options { memory_entries: 10, filter_bytes: 1 << 10 };
    assert!(open(&disk, options).is_none());
    let mut store = create(&disk, options, 0);
    store.add(0, (0..20).map(|n| (Key::new(Kind::Transaction, &[n; 32]), u32::from(n)))).unwrap();
    store.tend().unwrap();
    drop(store);
    let stray = Path::new("ids/00000000000000000099.run");
    disk.create_file(stray, sys::Access::Private).unwrap();
    assert_eq!(disk.files().len(), 3);
    open(&disk, options).unwrap();
    assert_eq!(disk.files().len(), 2);
    create(&disk, options, 0);
    assert_eq!(disk.files().len(), 1);
}
