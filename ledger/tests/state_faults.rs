// SPDX-License-Identifier: Apache-2.0
//! A disk that refuses, and blocks that do not follow.

use bccsp::{Digest, EngineChoice, Hash, Providers, Suite};
use block::{Namespace, ReadWriteSet};
use gmca_ledger::state::{Options, State, Updates};
use gmca_ledger::{Error, mvcc};
use proto::Bytes;
use proto::kvrwset::{KvWrite, KvrwSet};
use std::path::Path;
use std::sync::Arc;
use sys::sim::MemoryDisk;
use sys::{Access, Volume};

fn open(disk: &MemoryDisk) -> Result<State, Error> {
    let options = Options { cache_size: 1 << 18, durable_blocks: 2, ..Options::default() };
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    State::open(&volume, Path::new("c"), options)
}

/// What a block of that number changes: one key, with as many bytes.
fn updates(state: &State, number: u64, bytes: usize) -> Updates {
    let providers = Providers::new(Suite::Gm, EngineChoice::Auto).unwrap();
    let value = Bytes::from(vec![b'v'; bytes]);
    let writes = vec![KvWrite { key: format!("k{number}"), is_delete: false, value }];
    let public = KvrwSet { writes, ..KvrwSet::default() };
    let namespace = Namespace { name: "ns".into(), public, collections: Vec::new() };
    let set = ReadWriteSet { namespaces: vec![namespace] };
    let hash: &dyn Hash = providers.default_provider().hash().unwrap();
    mvcc::replay(&state.snapshot().unwrap(), hash, number, [(true, Some(&set))]).unwrap()
}

fn commit(state: &State, number: u64) -> Result<(), Error> {
    state.commit(&updates(state, number, 10), None, Digest::new([7; 32]))
}

#[test]
fn a_block_that_does_not_follow_is_refused() {
    let state = open(&MemoryDisk::new(1 << 26)).unwrap();
    assert!(matches!(commit(&state, 1), Err(Error::Refused(_))));
    commit(&state, 0).unwrap();
    assert!(matches!(commit(&state, 0), Err(Error::Refused(_))));
    commit(&state, 1).unwrap();
    assert_eq!((state.height(), state.tip().block_hash), (2, Some(Digest::new([7; 32]))));
}

#[test]
fn every_second_block_is_durable_and_the_rest_with_a_flush() {
    let state = open(&MemoryDisk::new(1 << 26)).unwrap();
    for (number, durable) in [(0, 0), (1, 2), (2, 2), (3, 4), (4, 4)] {
        commit(&state, number).unwrap();
        assert_eq!(state.durable_height(), durable);
    }
    state.flush().unwrap();
    assert_eq!(state.durable_height(), 5);
}

#[test]
fn after_a_failed_sync_nothing_is_taken_in_until_it_is_opened_again() {
    let disk = MemoryDisk::new(1 << 26);
    let state = open(&disk).unwrap();
    commit(&state, 0).unwrap();
    commit(&state, 1).unwrap();
    commit(&state, 2).unwrap();
    disk.fail_sync_after(0);
    let error = commit(&state, 3).unwrap_err();
    assert!(matches!(error, Error::Disk { .. }), "{error}");
    assert!(matches!(commit(&state, 3), Err(Error::Stopped { .. })));
    assert!(matches!(state.flush(), Err(Error::Stopped { .. })));
    assert_eq!((state.height(), state.durable_height()), (3, 2));
    drop(state);
    let state = open(&disk).unwrap();
    assert!((2..=4).contains(&state.height()));
    commit(&state, state.height()).unwrap();
}

#[test]
fn a_full_disk_stops_it_and_room_helps() {
    let disk = MemoryDisk::new(1 << 26);
    let state = open(&disk).unwrap();
    commit(&state, 0).unwrap();
    commit(&state, 1).unwrap();
    let used: usize = disk.files().iter().map(|(_, size)| size).sum();
    disk.set_room(used);
    let large = updates(&state, 2, 8 << 20);
    let failed = state.commit(&large, None, Digest::new([7; 32]));
    let failed = failed.and_then(|()| state.flush());
    assert!(matches!(failed, Err(Error::Disk { .. })), "{failed:?}");
    assert!(matches!(commit(&state, 2), Err(Error::Stopped { .. })));
    drop(state);
    disk.set_room(1 << 26);
    let state = open(&disk).unwrap();
    assert_eq!(state.height(), 2);
    commit(&state, 2).unwrap();
}

#[test]
fn what_is_no_state_is_refused_in_words() {
    let disk = MemoryDisk::new(1 << 26);
    let path = Path::new("c").join(State::FILE);
    let file = disk.create_file(&path, Access::Private).unwrap();
    file.write_at(&[7; 10_000], 0).unwrap();
    let error = open(&disk).unwrap_err().to_string();
    assert!(error.contains("state.redb"), "{error}");
}
