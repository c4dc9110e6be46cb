// SPDX-License-Identifier: Apache-2.0
//! The ledger as its users see it: real blocks, what it refuses, snapshots and copies while it goes
//! on, and parts that are gone or no good.
#![allow(clippy::disallowed_methods)] // tests read the real disk

use bccsp::{EngineChoice, HashAlgorithm, Providers, Suite};
use block::Block;
use gmca_ledger::blocks::StoredBlock;
use gmca_ledger::mvcc::Candidate;
use gmca_ledger::state::State;
use gmca_ledger::testing::{config_block, endorsed};
use gmca_ledger::{ChainBlock, Error, Ledger, Options, import, is_there, state};
use proto::Bytes;
use proto::kvrwset::{KvWrite, KvrwSet};
use proto::prost::Message;
use proto::protos::TxValidationCode;
use proto::rwset::{NsReadWriteSet, TxReadWriteSet};
use std::path::Path;
use std::sync::Arc;
use sys::sim::MemoryDisk;
use sys::{Disk, Volume};

const DIR: &str = "channel";

fn providers() -> Arc<Providers> {
    Arc::new(Providers::new(Suite::Nist, EngineChoice::Auto).unwrap())
}

fn options() -> Options {
    let state = state::Options { cache_size: 1 << 20, ..state::Options::default() };
    let mut options = Options { state, ..Options::default() };
    options.blocks.log.segment_size = 4096;
    options
}

fn volume(disk: &MemoryDisk) -> Arc<dyn Volume> {
    Arc::new(disk.clone())
}

fn try_open(disk: &MemoryDisk) -> Result<Ledger<Block>, Error> {
    Ledger::open(&volume(disk), Path::new(DIR), options(), &providers())
}

fn open(disk: &MemoryDisk) -> Ledger<Block> {
    try_open(disk).unwrap()
}

fn real_blocks() -> Vec<Block> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/data/fabric");
    let names = (0..=5).map(|number| format!("blocks/peer/{number}.block"));
    let all = names.chain(["config/config-update-block.block".to_owned()]);
    all.map(|name| Block::decode(std::fs::read(format!("{folder}/{name}")).unwrap()).unwrap())
        .collect()
}

fn commit(ledger: &Ledger<Block>, block: &Block) -> Result<Vec<TxValidationCode>, Error> {
    let read: Vec<_> =
        (0..block.transaction_count()).map(|place| block.transaction(place).unwrap()).collect();
    let code = TxValidationCode::Valid;
    let candidates: Vec<_> =
        read.iter().map(|tx| Candidate { id: &tx.id, code, set: tx.set.as_ref() }).collect();
    Ok(ledger.commit(block.clone(), &candidates)?.codes)
}

/// A block that writes a key, behind what is in the ledger.
fn next_block(ledger: &Ledger<Block>, key: &str, value: &str) -> Block {
    let hash = providers();
    let (number, tip) = (ledger.height(), ledger.tip());
    let hash = hash.hash(ledger.hash_algorithm().unwrap_or(HashAlgorithm::FABRIC_CLIENT)).unwrap();
    let previous = tip.block_hash.as_ref().map_or(&[][..], AsRef::as_ref);
    let previous = Bytes::copy_from_slice(previous);
    if number == 0 {
        return config_block(0, previous, hash.algorithm(), hash);
    }
    let write = KvWrite { key: key.into(), is_delete: false, value: value.to_owned().into() };
    let set = KvrwSet { writes: vec![write], ..KvrwSet::default() };
    let namespace = NsReadWriteSet {
        namespace: "basic".into(),
        rwset: set.encode_to_vec().into(),
        collection_hashed_rwset: Vec::new(),
    };
    let set = TxReadWriteSet { data_model: 0, ns_rwset: vec![namespace] };
    let entry = endorsed(&format!("{number:064x}"), set.encode_to_vec().into());
    Block::new(number, previous, vec![entry], hash)
}

fn grow(ledger: &Ledger<Block>, height: u64) {
    while ledger.height() < height {
        let number = ledger.height();
        let block = next_block(ledger, &format!("k{}", number % 7), &number.to_string());
        commit(ledger, &block).unwrap();
    }
}

/// Everything in the state.
fn rows(ledger: &Ledger<Block>) -> Vec<(Bytes, Bytes)> {
    let rows = ledger.snapshot().unwrap().range("basic", "", "").unwrap();
    rows.map(|row| row.unwrap()).map(|row| (row.key, row.entry.value)).collect()
}

#[test]
fn real_blocks_get_the_verdicts_and_commit_hashes_that_their_peer_gave() {
    let disk = MemoryDisk::new(1 << 26);
    let ledger = open(&disk);
    for block in real_blocks() {
        let bare = {
            let mut bare = block.clone();
            bare.seal(&[], None);
            bare
        };
        commit(&ledger, &bare).unwrap();
        let stored = ledger.blocks().block(block.number()).unwrap().unwrap();
        assert_eq!(stored.block.codes(), block.codes());
        assert_eq!(ChainBlock::commit_hash(&stored.block), ChainBlock::commit_hash(&block));
    }
    assert_eq!(ledger.config_block().unwrap().unwrap().block.number(), 6);
    assert_eq!(rows(&ledger).len(), 3);
    drop(ledger);
    let again = Ledger::<Block>::rebuild(
        &volume(&disk),
        Path::new(DIR),
        options(),
        &providers(),
        &mut |_, _| {},
    )
    .unwrap();
    assert_eq!(again.recovery().replayed, 0..7);
    assert_eq!(rows(&again).len(), 3);
}

#[test]
fn a_block_that_does_not_follow_is_refused_and_the_next_one_taken() {
    let ledger = open(&MemoryDisk::new(1 << 26));
    grow(&ledger, 3);
    let good = next_block(&ledger, "a", "1");
    let code = TxValidationCode::Valid;
    let set = good.transaction(0).unwrap();
    let one = [Candidate { id: &set.id, code, set: set.set.as_ref() }];
    for (block, candidates, says) in [
        (real_blocks().remove(1), &one[..], "does not follow"),
        (good.clone(), &[], "has 1 transactions, 0 were judged"),
        (
            Block::new(
                3,
                Bytes::from_static(&[9; 32]),
                good.entries().to_vec(),
                providers().hash(HashAlgorithm::FABRIC_CLIENT).unwrap(),
            ),
            &one[..],
            "does not state the hash",
        ),
    ] {
        let refused = ledger.commit(block, candidates).unwrap_err();
        assert!(
            matches!(refused, Error::Refused(_)) && refused.to_string().contains(says),
            "{refused}"
        );
    }
    ledger.commit(good, &one).unwrap();
    let invalid = config_block(
        4,
        Bytes::copy_from_slice(ledger.tip().block_hash.unwrap().as_ref()),
        HashAlgorithm::FABRIC_CLIENT,
        providers().hash(HashAlgorithm::FABRIC_CLIENT).unwrap(),
    );
    let bad = [Candidate { id: "", code: TxValidationCode::InvalidConfigTransaction, set: None }];
    let refused = ledger.commit(invalid, &bad).unwrap_err().to_string();
    assert!(refused.contains("configuration in block 4 was found invalid"), "{refused}");
}

#[test]
fn a_block_that_is_not_finished_stops_the_ledger_until_it_is_opened_again() {
    let disk = MemoryDisk::new(1 << 26);
    let ledger = open(&disk);
    grow(&ledger, 3);
    let block = next_block(&ledger, "a", "1");
    let set = block.transaction(0).unwrap();
    let one = [Candidate { id: &set.id, code: TxValidationCode::Valid, set: set.set.as_ref() }];
    drop(ledger.begin(block.clone(), &one).unwrap());
    for refused in
        [commit(&ledger, &block).map(drop), ledger.flush(), ledger.prune_before(1).map(drop)]
    {
        assert!(refused.unwrap_err().to_string().contains("block 3 was begun and is not finished"));
    }
    drop(ledger);
    let ledger = open(&disk);
    // It was written, and so it counts.
    assert_eq!((ledger.height(), ledger.recovery().replayed.clone()), (4, 3..4));
}

#[test]
fn several_ledgers_are_made_safe_at_once() {
    let disks: Vec<_> = (0..3).map(|_| MemoryDisk::new(1 << 26)).collect();
    let ledgers: Vec<_> = disks.iter().map(open).collect();
    ledgers.iter().for_each(|ledger| grow(ledger, 3));
    let begin = |ledger: &Ledger<Block>| {
        let block = next_block(ledger, "a", "1");
        let set = block.transaction(0).unwrap();
        let one = [Candidate { id: &set.id, code: TxValidationCode::Valid, set: set.set.as_ref() }];
        ledger.begin(block, &one).unwrap()
    };
    let pending: Vec<_> = ledgers.iter().map(|ledger| (ledger, begin(ledger))).collect();
    disks[1].fail_sync_after(0);
    let done = Ledger::finish_all(pending);
    let heights: Vec<_> = ledgers.iter().map(Ledger::height).collect();
    assert_eq!((done[0].is_ok(), done[1].is_ok(), done[2].is_ok()), (true, false, true));
    assert_eq!(heights, [4, 3, 4]);
    let stopped = commit(&ledgers[1], &next_block(&ledgers[1], "a", "1")).unwrap_err();
    assert!(matches!(stopped, Error::Stopped { .. }), "{stopped}");
}

#[test]
fn a_block_is_finished_where_it_was_begun() {
    let (one, two) = (open(&MemoryDisk::new(1 << 26)), open(&MemoryDisk::new(1 << 26)));
    [&one, &two].into_iter().for_each(|ledger| grow(ledger, 3));
    let begin = |ledger: &Ledger<Block>, value: &str| {
        let block = next_block(ledger, "a", value);
        let set = block.transaction(0).unwrap();
        let one = [Candidate { id: &set.id, code: TxValidationCode::Valid, set: set.set.as_ref() }];
        ledger.begin(block, &one).unwrap()
    };
    let (first, second) = (begin(&one, "1"), begin(&two, "2"));
    let refused = one.finish(second).unwrap_err().to_string();
    assert!(refused.contains("was not begun in this ledger"), "{refused}");
    assert_eq!(one.height(), 3);
    one.finish(first).unwrap();
    assert_eq!((one.height(), two.height()), (4, 3));
}

#[test]
fn a_second_opener_and_a_newer_format_are_refused_in_words() {
    let disk = MemoryDisk::new(1 << 26);
    let ledger = open(&disk);
    grow(&ledger, 2);
    let refused = try_open(&disk).unwrap_err();
    assert!(matches!(refused, Error::InUse { .. }), "{refused}");
    drop(ledger);
    let segment = Path::new(DIR).join("blocks/00000000000000000000.seg");
    let file = disk.open_file(&segment).unwrap();
    let mut header = [0; 32];
    file.read_at(&mut header, 0).unwrap();
    header[8] = 9;
    file.write_at(&header, 0).unwrap();
    let refused = try_open(&disk).unwrap_err().to_string();
    assert!(refused.contains("format version 9"), "{refused}");
}

#[test]
fn parts_that_are_gone_or_no_good_are_made_again() {
    let disk = MemoryDisk::new(1 << 26);
    let ledger = open(&disk);
    grow(&ledger, 30);
    let before = rows(&ledger);
    ledger.flush().unwrap();
    drop(ledger);
    let state = Path::new(DIR).join(State::FILE);
    for garbage in [false, true] {
        disk.remove(&state).unwrap();
        if garbage {
            disk.create(&state, &[7; 9000], sys::Access::Private).unwrap();
        }
        disk.remove_dir(&Path::new(DIR).join("ids")).unwrap();
        let ledger = open(&disk);
        assert_eq!(ledger.recovery().rebuilt.is_some(), garbage);
        assert_eq!(ledger.recovery().replayed, 0..30);
        assert_eq!(rows(&ledger), before);
        let ids = ledger.blocks().block(20).unwrap().unwrap().block.transaction_ids();
        assert_eq!(ledger.blocks().transaction(&ids[0].1).unwrap().unwrap().block, 20);
    }
}

#[test]
fn a_state_of_another_chain_is_made_again() {
    let (one, other) = (MemoryDisk::new(1 << 26), MemoryDisk::new(1 << 26));
    let ledger = open(&one);
    grow(&ledger, 5);
    let before = rows(&ledger);
    drop(ledger);
    let ledger = open(&other);
    for block in real_blocks().iter().take(5) {
        commit(&ledger, block).unwrap();
    }
    ledger.flush().unwrap();
    drop(ledger);
    let state = Path::new(DIR).join(State::FILE);
    one.replace(&state, &other.read(&state).unwrap(), sys::Access::Private).unwrap();
    let ledger = open(&one);
    assert!(ledger.recovery().rebuilt.as_ref().unwrap().contains("not that of block 4"));
    assert_eq!(rows(&ledger), before);
}

#[test]
fn a_block_with_another_commit_hash_is_named() {
    let disk = MemoryDisk::new(1 << 26);
    let ledger = open(&disk);
    grow(&ledger, 4);
    drop(ledger);
    disk.remove(&Path::new(DIR).join(State::FILE)).unwrap();
    // The same chain, with a verdict that nobody gave.
    let forged = MemoryDisk::new(1 << 26);
    let source = gmca_ledger::blocks::BlockStore::<Block>::open(
        &volume(&disk),
        Path::new(DIR),
        options().blocks,
        0,
    )
    .unwrap();
    let store = gmca_ledger::blocks::BlockStore::<Block>::open(
        &volume(&forged),
        Path::new(DIR),
        options().blocks,
        0,
    )
    .unwrap();
    for stored in source.iter(0) {
        let mut stored = stored.unwrap();
        if stored.block.number() == 2 {
            stored.block.metadata_mut().set_filter(&[TxValidationCode::MvccReadConflict]);
        }
        store.append(&stored.block, &stored.hash).unwrap();
    }
    store.sync().unwrap();
    drop(store);
    let refused = try_open(&forged).unwrap_err().to_string();
    assert!(refused.starts_with("block 2 is stored with the commit hash"), "{refused}");
}

#[test]
fn a_snapshot_is_taken_while_blocks_are_committed_and_equal_ones_are_equal() {
    let disk = MemoryDisk::new(1 << 28);
    let ledger = open(&disk);
    grow(&ledger, 40);
    let to = volume(&disk);
    let hashes: Vec<_> = std::thread::scope(|scope| {
        let writer = scope.spawn(|| grow(&ledger, 160));
        let mut hashes = Vec::new();
        while !writer.is_finished() || hashes.is_empty() {
            let dir = format!("snapshot-{}", hashes.len());
            let base = ledger.export(&to, Path::new(&dir)).unwrap();
            base.verify(providers().hash(base.header().algorithm).unwrap()).unwrap();
            hashes.push((base.header().height, base.end().clone()));
        }
        writer.join().unwrap();
        hashes
    });
    // Another ledger with the same blocks says the same at each of these heights.
    let twin = open(&MemoryDisk::new(1 << 28));
    for (height, end) in hashes {
        if height < twin.height() {
            continue;
        }
        grow(&twin, height);
        let dir = format!("twin-{height}");
        if !is_there(&disk, Path::new(&dir)) && !disk.exists(Path::new(&dir)) {
            assert_eq!(*twin.export(&to, Path::new(&dir)).unwrap().end(), end);
        }
    }
}

#[test]
fn an_imported_ledger_goes_on_and_its_own_snapshot_is_equal() {
    let (disk, other) = (MemoryDisk::new(1 << 26), MemoryDisk::new(1 << 26));
    let ledger = open(&disk);
    grow(&ledger, 25);
    let snapshot = Path::new("snapshot");
    let end = ledger.export(&volume(&disk), snapshot).unwrap().end().clone();
    let (from, to) = (volume(&disk), volume(&other));
    let wrong = bccsp::Digest::new([1; 32]);
    let with = |hash| {
        import((&from, snapshot), (&to, Path::new(DIR)), options(), &providers(), hash).map(drop)
    };
    let refused = with(Some(&wrong)).unwrap_err().to_string();
    assert!(refused.contains("its state hash is"), "{refused}");
    assert!(!is_there(&other, Path::new(DIR)));
    with(Some(&end.state_hash)).unwrap();
    let imported = open(&other);
    assert_eq!((imported.height(), imported.blocks().first()), (25, 25));
    assert_eq!(rows(&imported), rows(&ledger));
    for height in 26..40 {
        grow(&ledger, height);
        let block = ledger.blocks().block(height - 1).unwrap().unwrap().block;
        commit(&imported, &block).unwrap();
    }
    assert_eq!(imported.tip().commit_hash, ledger.tip().commit_hash);
    let one = ledger.export(&from, Path::new("one")).unwrap();
    let two = imported.export(&from, Path::new("two")).unwrap();
    assert_eq!((one.header(), one.end()), (two.header(), two.end()));
    let gone =
        imported.snapshot().unwrap().history_values("basic", "k1", &imported).unwrap().count();
    assert_eq!(gone, 2, "blocks 29 and 36");
    drop(imported);
    assert!(with(None).unwrap_err().to_string().contains("there is a ledger already"));
}

/// Runs until it is done, on a disk that stops a little later each time.
fn insist(disk: &MemoryDisk, mut run: impl FnMut() -> Result<(), Error>) -> u64 {
    for operations in 0.. {
        disk.halt_after(operations);
        let done = run();
        disk.halt_after(u64::MAX);
        match done {
            Ok(()) => return operations,
            Err(Error::Disk { .. } | Error::Stopped { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    unreachable!()
}

#[test]
fn a_snapshot_that_stopped_anywhere_is_finished_and_the_same() {
    let (disk, other) = (MemoryDisk::new(1 << 26), MemoryDisk::new(1 << 26));
    let ledger = open(&disk);
    grow(&ledger, 200);
    let (own, to) = (volume(&disk), volume(&other));
    let whole = ledger.export(&own, Path::new("s")).unwrap().end().clone();
    let times = insist(&other, || ledger.export(&to, Path::new("s")).map(drop));
    assert!(times > 10, "it stopped {times} times");
    let again = ledger.export(&to, Path::new("s")).unwrap();
    assert_eq!(*again.end(), whole);
    drop(again);
    let twin = MemoryDisk::new(1 << 26);
    let target = volume(&twin);
    let run = || {
        let (from, to) = ((&to, Path::new("s")), (&target, Path::new(DIR)));
        import(from, to, options(), &providers(), None).map(drop)
    };
    assert!(insist(&twin, run) > 10);
    assert_eq!(rows(&open(&twin)), rows(&ledger));
}

#[test]
fn a_part_of_one_snapshot_is_not_finished_with_another() {
    let (one, two) = (MemoryDisk::new(1 << 26), MemoryDisk::new(1 << 26));
    for (disk, value) in [(&one, "1"), (&two, "2")] {
        let ledger = open(disk);
        grow(&ledger, 150);
        commit(&ledger, &next_block(&ledger, "x", value)).unwrap();
        drop(ledger.export(&volume(disk), Path::new("s")).unwrap());
    }
    let target = MemoryDisk::new(1 << 26);
    let run = |disk: &MemoryDisk| {
        let (from, to) = (volume(disk), volume(&target));
        let (from, to) = ((&from, Path::new("s")), (&to, Path::new(DIR)));
        import(from, to, options(), &providers(), None).map(drop)
    };
    target.halt_after(12);
    run(&one).unwrap_err();
    target.halt_after(u64::MAX);
    let refused = try_open(&target).unwrap_err().to_string();
    assert!(refused.contains("was begun here"), "{refused}");
    let refused = run(&two).unwrap_err().to_string();
    assert!(refused.contains("a part of another snapshot is here"), "{refused}");
    run(&one).unwrap();
    assert_eq!(open(&target).height(), 151);
}

#[test]
fn a_pruned_ledger_keeps_state_and_ids_and_says_what_is_gone() {
    let disk = MemoryDisk::new(1 << 26);
    let ledger = open(&disk);
    grow(&ledger, 60);
    let before = rows(&ledger);
    let id = ledger.blocks().block(9).unwrap().unwrap().block.transaction_ids()[0].1;
    let first = ledger.prune_before(50).unwrap();
    assert!((10..=50).contains(&first), "{first}");
    assert_eq!(ledger.blocks().block(9).unwrap(), None);
    assert!(ledger.blocks().has_transaction(&id).unwrap());
    assert_eq!(ledger.snapshot().unwrap().history("basic", "k1").unwrap().count(), 0);
    assert_eq!(ledger.config_block().unwrap().unwrap().block.number(), 0);
    assert_eq!(ledger.prune_before(50).unwrap(), first, "again at the same height");
    grow(&ledger, 70);
    assert_eq!(ledger.snapshot().unwrap().history("basic", "k1").unwrap().count(), 1);
    drop(ledger);
    let again = Ledger::<Block>::rebuild(
        &volume(&disk),
        Path::new(DIR),
        options(),
        &providers(),
        &mut |_, _| {},
    )
    .unwrap();
    assert_eq!(again.recovery().replayed, 60..70);
    assert_eq!(rows(&again).len(), before.len());
    assert!(again.blocks().has_transaction(&id).unwrap());
}

#[test]
fn a_backup_is_a_ledger_and_takes_only_what_is_new() {
    let (disk, safe) = (MemoryDisk::new(1 << 26), MemoryDisk::new(1 << 26));
    let ledger = open(&disk);
    grow(&ledger, 20);
    let to = volume(&safe);
    let copied = std::thread::scope(|scope| {
        let writer = scope.spawn(|| grow(&ledger, 60));
        let copied = ledger.backup(&to, Path::new(DIR)).unwrap();
        writer.join().unwrap();
        copied
    });
    assert!(copied >= 20);
    assert_eq!(open(&safe).height(), copied);
    assert_eq!(ledger.backup(&to, Path::new(DIR)).unwrap(), 60);
    let copy = open(&safe);
    assert_eq!((copy.height(), rows(&copy)), (60, rows(&ledger)));
    drop(copy);
    ledger.prune_before(55).unwrap();
    grow(&ledger, 65);
    assert_eq!(ledger.backup(&to, Path::new(DIR)).unwrap(), 65);
    let fresh = MemoryDisk::new(1 << 26);
    assert_eq!(ledger.backup(&volume(&fresh), Path::new(DIR)).unwrap(), 65);
    for disk in [&safe, &fresh] {
        assert_eq!(rows(&open(disk)), rows(&ledger));
    }
    let stranger = MemoryDisk::new(1 << 26);
    let other = open(&stranger);
    for block in real_blocks() {
        commit(&other, &block).unwrap();
    }
    drop(other);
    let refused = ledger.backup(&volume(&stranger), Path::new(DIR)).unwrap_err().to_string();
    assert!(refused.contains("were pruned here"), "{refused}");
}

#[test]
fn a_full_disk_stops_it_and_room_lets_it_go_on() {
    let disk = MemoryDisk::new(1 << 26);
    let ledger = open(&disk);
    grow(&ledger, 10);
    disk.set_room(0);
    let block = next_block(&ledger, "a", "1");
    assert!(matches!(commit(&ledger, &block), Err(Error::Disk { .. })));
    assert!(matches!(commit(&ledger, &block), Err(Error::Stopped { .. })));
    assert!(rows(&ledger).len() > 1, "reading goes on");
    drop(ledger);
    disk.set_room(1 << 26);
    let ledger = open(&disk);
    assert_eq!(ledger.height(), 10);
    grow(&ledger, 12);
}
