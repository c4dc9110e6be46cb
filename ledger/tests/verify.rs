// SPDX-License-Identifier: Apache-2.0
//! Everything that can be wrong with a chain on disk is found and named, and the verification goes
//! on behind it.

use bccsp::{Digest, EngineChoice, HashAlgorithm, Providers, Suite};
use block::Block;
use gmca_ledger::Error;
use gmca_ledger::blocks::{BlockStore, Options};
use gmca_ledger::log::SegmentLog;
use gmca_ledger::verify::{Finding, Judge, Progress, Summary, Window, verify};
use gmca_ledger::{ids, log};
use proto::common::{self, ChannelHeader, Config, ConfigEnvelope, ConfigGroup, ConfigValue};
use proto::common::{Envelope, HashingAlgorithm, Header, HeaderType, Payload};
use proto::prost::Message;
use proto::protos::TxValidationCode;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::sim::MemoryDisk;
use sys::{Access, Disk, Volume};

const DIR: &str = "chain";
const OPTIONS: Options = Options {
    log: log::Options { segment_size: 2048, salt: 5 },
    ids: ids::Options { memory_entries: 1 << 16, filter_bytes: 512 },
};
/// The records of a block store.
const KIND: u32 = 1;

/// A block as it is to be stored.
#[derive(Clone)]
struct Item {
    block: Block,
    hash: Digest,
    last_config: u64,
}

fn providers() -> Providers {
    Providers::new(Suite::Nist, EngineChoice::Auto).unwrap()
}

fn envelope(kind: HeaderType, id: &str, data: Vec<u8>) -> Vec<u8> {
    let header = ChannelHeader { r#type: kind.into(), tx_id: id.into(), ..Default::default() };
    let header = Header { channel_header: header.encode_to_vec().into(), ..Default::default() };
    let payload = Payload { header: Some(header), data: data.into() };
    Envelope { payload: payload.encode_to_vec().into(), signature: "signed".into() }.encode_to_vec()
}

/// A configuration that names nothing but a hash function.
fn config(algorithm: HashAlgorithm) -> Vec<u8> {
    let named = HashingAlgorithm { name: algorithm.fabric_name().to_owned() };
    let value = ConfigValue { value: named.encode_to_vec().into(), ..Default::default() };
    let values = [("HashingAlgorithm".to_owned(), value)].into_iter().collect();
    let group = ConfigGroup { values, ..Default::default() };
    let config = Some(Config { channel_group: Some(group), ..Default::default() });
    let config = ConfigEnvelope { config, ..Default::default() };
    envelope(HeaderType::Config, "", config.encode_to_vec())
}

fn transaction(number: u64, place: u64) -> Vec<u8> {
    envelope(HeaderType::Message, &format!("{number:032x}{place:032x}"), vec![7; 150])
}

/// The block in which the hash function becomes another one.
const SWITCH: u64 = 5;

/// Blocks 0 to 11, with two transactions each, of which 0 and [`SWITCH`] change the configuration.
fn chain() -> Vec<Item> {
    let (first, other) = (Suite::Nist.hash_algorithm(), Suite::Gm.hash_algorithm());
    let (providers, mut chain, mut in_force) = (providers(), Vec::<Item>::new(), first);
    for number in 0..12 {
        let entries = match number {
            0 => vec![config(first).into()],
            SWITCH => vec![config(other).into()],
            _ => vec![transaction(number, 0).into(), transaction(number, 1).into()],
        };
        let hash = providers.hash(in_force).unwrap();
        let previous = chain.last().map(|item| item.hash.as_ref().to_vec()).unwrap_or_default();
        let mut block = Block::new(number, previous, entries, hash);
        if number > 0 {
            let codes = vec![TxValidationCode::Valid; block.entries().len()];
            block.metadata_mut().set_filter(&codes);
            block.metadata_mut().set_commit_hash(&Digest::new([number as u8; 32]));
        }
        let (hash, last_config) = (block.hash(hash), if number < SWITCH { 0 } else { SWITCH });
        in_force = if number < SWITCH { first } else { other };
        chain.push(Item { block, hash, last_config });
    }
    chain
}

/// Stores blocks as they are, whatever they say, and no ids.
fn raw(chain: &[Item]) -> MemoryDisk {
    let disk = MemoryDisk::new(1 << 24);
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    disk.create_dir(Path::new(DIR), Access::Private).unwrap();
    let blocks = Path::new(DIR).join("blocks");
    let mut log = SegmentLog::open(&volume, &blocks, KIND, OPTIONS.log, 0).unwrap();
    for Item { block, hash, last_config } in chain {
        log.append(&[hash.as_bytes(), &last_config.to_le_bytes(), &block.encode()]).unwrap();
    }
    log.sync().unwrap();
    disk
}

/// Stores a chain as it should be.
fn stored(chain: &[Item]) -> MemoryDisk {
    let disk = MemoryDisk::new(1 << 24);
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    let store = BlockStore::<Block>::open(&volume, Path::new(DIR), OPTIONS, 0).unwrap();
    for item in chain {
        store.append(&item.block, &item.hash).unwrap();
    }
    store.flush().unwrap();
    disk
}

/// Takes down what it is given.
#[derive(Default)]
struct Heard {
    windows: Vec<(HashAlgorithm, Vec<u64>)>,
    says: Option<u64>,
}

impl Judge<Block> for Heard {
    fn judge(&mut self, window: &Window<Block>) -> Result<Vec<Finding>, Error> {
        let numbers = window.blocks.iter().map(|stored| stored.block.number()).collect();
        self.windows.push((window.hash, numbers));
        let finding = |block| Finding { block: Some(block), what: "no".into() };
        Ok(self.says.map(finding).into_iter().collect())
    }
}

fn examined(disk: &MemoryDisk) -> Result<(BlockStore<Block>, Vec<Error>), Error> {
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    BlockStore::examine(&volume, Path::new(DIR), OPTIONS, 0)
}

/// Verifies what can be opened; what keeps it from being opened counts as found.
fn run(disk: &MemoryDisk, judge: &mut Heard) -> Summary {
    let (store, wrong) = examined(disk).unwrap();
    let mut summary = verify(&store, &providers(), judge, &mut |_| {}).unwrap();
    wrong.iter().for_each(|e| summary.add(Finding { block: None, what: e.to_string() }));
    summary
}

fn lines(summary: &Summary) -> Vec<String> {
    summary.findings.iter().map(ToString::to_string).collect()
}

/// What is found in the chain when it is stored with a change: a line for each expected beginning.
fn check(change: impl FnOnce(&mut Vec<Item>), expected: &[&str]) {
    let mut chain = chain();
    change(&mut chain);
    let summary = run(&raw(&chain), &mut Heard::default());
    let found = lines(&summary);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found}: not {expected}");
    }
    assert_eq!(summary.wrong, expected.len() as u64);
}

/// A block with some of it changed, and the hash that it then has.
fn change(item: &mut Item, hash: HashAlgorithm, change: impl FnOnce(&mut common::Block)) {
    let mut message = common::Block::from(item.block.clone());
    change(&mut message);
    item.block = Block::try_from(message).unwrap();
    item.hash = item.block.hash(providers().hash(hash).unwrap());
}

const FIRST: fn() -> HashAlgorithm = || Suite::Nist.hash_algorithm();
const OTHER: fn() -> HashAlgorithm = || Suite::Gm.hash_algorithm();

#[test]
fn a_good_chain_holds_under_both_hash_functions_and_windows_end_with_a_configuration() {
    let mut heard = Heard::default();
    let (store, wrong) = examined(&stored(&chain())).unwrap();
    assert!(wrong.is_empty() && store.height() == 12);
    let mut told = Vec::new();
    let summary = verify(&store, &providers(), &mut heard, &mut |at| told.push(at)).unwrap();
    assert_eq!(lines(&summary), Vec::<String>::new());
    assert_eq!((summary.first, summary.height, summary.blocks), (0, 12, 12));
    assert_eq!((summary.transactions, summary.notes.len()), (22, 0));
    let windows = [(FIRST(), vec![0]), (FIRST(), (1..=5).collect()), (OTHER(), (6..12).collect())];
    assert_eq!(heard.windows, windows);
    let done = |done| Progress { first: 0, done, height: 12 };
    assert_eq!(told, [done(1), done(6), done(12)]);
}

#[test]
fn what_the_judge_says_stands_at_its_block() {
    let mut heard = Heard { says: Some(3), ..Heard::default() };
    let summary = run(&stored(&chain()), &mut heard);
    assert_eq!(lines(&summary), ["block 3: no"; 3]);
}

#[test]
fn other_transactions_than_the_header_says() {
    let other = |block: &mut common::Block| {
        block.data.as_mut().unwrap().data[1] = transaction(99, 1).into();
    };
    check(|chain| change(&mut chain[3], FIRST(), other), &["block 3: data hash of block 3"]);
    check(|chain| change(&mut chain[7], OTHER(), other), &["block 7: data hash of block 7"]);
}

#[test]
fn the_same_bytes_cut_elsewhere() {
    let cut = |block: &mut common::Block| {
        let data = &mut block.data.as_mut().unwrap().data;
        *data = vec![data.concat().into()];
        block.metadata.as_mut().unwrap().metadata[2] = vec![0].into();
    };
    check(
        |chain| change(&mut chain[3], FIRST(), cut),
        &["block 3: the block is refused: transaction 0"],
    );
}

#[test]
fn a_stored_hash_that_is_not_the_header_s() {
    let wrong = |chain: &mut Vec<Item>| chain[3].hash = Digest::new([1; 32]);
    check(wrong, &["block 3: it is stored with hash 0101"]);
}

#[test]
fn a_block_that_follows_on_another_one() {
    let other = |block: &mut common::Block| {
        block.header.as_mut().unwrap().previous_hash = vec![1; 32].into();
    };
    let expected = ["block 4: it follows on a block with hash 0101", "block 5: it follows on"];
    check(|chain| change(&mut chain[4], FIRST(), other), &expected);
}

/// Its own header, data and hash are as they should be.
#[test]
fn a_block_of_another_chain() {
    let swap = |chain: &mut Vec<Item>| {
        let entries = vec![transaction(4, 7).into(), transaction(4, 8).into()];
        let (providers, old) = (providers(), chain[4].clone());
        let hash = providers.hash(FIRST()).unwrap();
        let mut block = Block::new(4, vec![9; 32], entries, hash);
        *block.metadata_mut() = old.block.metadata().clone();
        chain[4] = Item { hash: block.hash(hash), block, ..old };
    };
    check(swap, &["block 4: it follows on a block with hash 0909", "block 5: it follows on"]);
}

#[test]
fn a_block_in_the_place_of_another_is_unreadable() {
    let swap = |chain: &mut Vec<Item>| chain[4] = chain[3].clone();
    check(swap, &["block 4: chain/blocks/"]);
    let mut chain = chain();
    swap(&mut chain);
    let summary = run(&raw(&chain), &mut Heard::default());
    let said = &lines(&summary)[0];
    assert!(said.contains("block 3 stands in the place of block 4"), "{said}");
    assert!(said.contains("damaged at byte"), "{said}");
    assert!(said.contains("that block 5 follows on it is not judged"), "{said}");
    assert_eq!(summary.blocks, 11);
}

#[test]
fn a_last_configuration_block_that_is_another() {
    let expected = "block 3: it is stored with last configuration block 2, which is 0";
    // What a block says is believed for the next one.
    let behind = "block 4: it is stored with last configuration block 0, which is 2";
    check(|chain| chain[3].last_config = 2, &[expected, behind]);
    let expected = "block 5: it is stored with last configuration block 0, which is 5";
    check(|chain| chain[5].last_config = 0, &[expected, "block 6: it is stored"]);
}

#[test]
fn codes_and_commit_hashes() {
    let slot = |number: usize, bytes: &'static [u8]| {
        move |block: &mut common::Block| {
            block.metadata.as_mut().unwrap().metadata[number] = bytes.into();
        }
    };
    let codes = "block 3: it has 3 codes for 2 transactions";
    check(|chain| change(&mut chain[3], FIRST(), slot(2, &[0; 3])), &[codes]);
    check(|chain| change(&mut chain[3], FIRST(), slot(2, &[])), &[]);
    let none = "block 3: it has codes and no commit hash";
    check(|chain| change(&mut chain[3], FIRST(), slot(4, &[])), &[none]);
    let short = slot(4, &[10, 2, 1, 1]);
    check(|chain| change(&mut chain[3], FIRST(), short), &["block 3: its commit hash has 2 bytes"]);
}

#[test]
fn ids_that_are_not_found_and_files_of_them_that_are_damaged() {
    let (disk, mut more) = (stored(&chain()), chain());
    let other = |block: &mut common::Block| {
        block.data.as_mut().unwrap().data[1] = transaction(99, 1).into();
    };
    change(&mut more[3], FIRST(), other);
    let (blocks, raw) = (Path::new(DIR).join("blocks"), raw(&more));
    for path in raw.list(&blocks).unwrap() {
        let bytes = raw.read(&path).unwrap();
        disk.replace(&path, &bytes, Access::Private).unwrap();
    }
    let found = lines(&run(&disk, &mut Heard::default()));
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[1].contains("block 3: 1 ids of it and its transactions are not found"));

    let disk = stored(&chain());
    let runs = disk.list(&Path::new(DIR).join("ids")).unwrap();
    let run_file = runs.iter().find(|path| path.extension().is_some()).unwrap();
    flip(&disk, run_file, 5000);
    let found = lines(&run(&disk, &mut Heard::default()));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("made again without that folder"), "{found:#?}");
}

fn flip(disk: &MemoryDisk, path: &Path, at: u64) {
    let (file, mut byte) = (disk.open_file(path).unwrap(), [0]);
    file.read_at(&mut byte, at).unwrap();
    file.write_at(&[byte[0] ^ 0x10], at).unwrap();
}

fn segments(disk: &MemoryDisk) -> Vec<PathBuf> {
    let files = disk.list(&Path::new(DIR).join("blocks")).unwrap().into_iter();
    let mut files: Vec<_> = files.filter(|f| f.extension().is_some_and(|e| e == "seg")).collect();
    files.sort();
    files
}

/// In closed segments and in the open one, in payloads and in headers, while the store is open and
/// before.
#[test]
fn flipped_bytes_are_found_and_the_blocks_of_other_segments_are_verified() {
    let good = stored(&chain());
    let files = segments(&good);
    assert!(files.len() > 3, "{files:?}");
    for file in &files {
        let size = good.open_file(file).unwrap().size().unwrap();
        for at in (0..size).step_by(61) {
            let disk = stored(&chain());
            flip(&disk, file, at);
            let summary = run(&disk, &mut Heard::default());
            let (found, is_last) = (lines(&summary), file == files.last().unwrap());
            assert!(!found.is_empty(), "{}, byte {at}", file.display());
            assert!(summary.blocks >= 6, "{}, byte {at}: {found:#?}", file.display());
            let named = |line: &String| line.contains(&file.display().to_string());
            assert!(found.iter().any(named) || is_last, "{found:#?}");
        }
    }
}

/// The header of its record leads past it, in the open segment, too.
#[test]
fn a_damaged_block_does_not_hide_those_behind_it() {
    for file in segments(&stored(&chain())) {
        let disk = stored(&chain());
        flip(&disk, &file, 150);
        let summary = run(&disk, &mut Heard::default());
        let found = lines(&summary);
        assert_eq!((found.len(), summary.blocks), (1, 11), "{found:#?}");
        assert!(found[0].starts_with("block "), "{found:#?}");
    }
}

#[test]
fn a_byte_that_flips_while_the_store_is_open_is_found_in_the_open_segment_too() {
    let disk = MemoryDisk::new(1 << 24);
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    let store = BlockStore::<Block>::open(&volume, Path::new(DIR), OPTIONS, 0).unwrap();
    for item in chain() {
        store.append(&item.block, &item.hash).unwrap();
    }
    store.sync().unwrap();
    for (file, block) in [(segments(&disk).pop().unwrap(), 10), (segments(&disk).remove(0), 0)] {
        flip(&disk, &file, 100);
        let summary = verify(&store, &providers(), &mut Heard::default(), &mut |_| {}).unwrap();
        let found = lines(&summary);
        let named = |line: &String| line.contains(&file.display().to_string());
        assert!(found.iter().any(named), "{block}: {found:#?}");
        assert!(summary.blocks >= 10);
        flip(&disk, &file, 100);
    }
}

#[test]
fn a_later_record_proves_that_a_damaged_one_was_safe_and_the_last_one_nobody() {
    let write = || {
        let disk = MemoryDisk::new(1 << 24);
        let volume: Arc<dyn Volume> = Arc::new(disk.clone());
        let options = Options::default();
        let store = BlockStore::<Block>::open(&volume, Path::new(DIR), options, 0).unwrap();
        for item in chain() {
            store.append(&item.block, &item.hash).unwrap();
            store.sync().unwrap();
        }
        drop(store);
        // Ids that are in files would know how many blocks there were.
        disk.remove_dir(&Path::new(DIR).join("ids")).unwrap();
        disk
    };
    let disk = write();
    let file = segments(&disk).pop().unwrap();
    flip(&disk, &file, 200);
    let summary = run(&disk, &mut Heard::default());
    assert!(lines(&summary)[0].contains("damaged at byte"), "{summary:#?}");
    assert_eq!(summary.height, 12);
    let disk = write();
    let size = disk.open_file(&file).unwrap().size().unwrap();
    flip(&disk, &file, size - 1);
    let summary = run(&disk, &mut Heard::default());
    assert_eq!((lines(&summary).len(), summary.height), (0, 11));
    assert!(summary.notes[0].contains("are no block"), "{summary:#?}");
}

#[test]
fn a_missing_segment_is_one_finding() {
    let disk = stored(&chain());
    let file = segments(&disk).remove(1);
    disk.remove_file(&file).unwrap();
    let summary = run(&disk, &mut Heard::default());
    let found = lines(&summary);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("and all up to block") || summary.blocks == 11, "{found:#?}");
}

/// Behind it, the function in force is the one that fits.
#[test]
fn a_configuration_that_is_lost_does_not_make_everything_behind_it_wrong() {
    let disk = stored(&chain());
    let files = segments(&disk);
    let holds = |file: &&PathBuf| {
        let bytes = disk.read(file).unwrap();
        let switch = chain().remove(SWITCH as usize).block.encode();
        bytes.windows(switch.len()).any(|window| window == &switch[..])
    };
    let file = files.iter().find(holds).unwrap();
    let bytes = disk.read(file).unwrap();
    let switch = chain().remove(SWITCH as usize).block.encode();
    let at = bytes.windows(switch.len()).position(|window| window == &switch[..]).unwrap();
    flip(&disk, file, at as u64 + 9);
    let mut heard = Heard::default();
    let summary = run(&disk, &mut heard);
    let found = lines(&summary);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("block 5: "), "{found:#?}");
    let expected =
        "block 6: the configuration before it is not at hand: its hash function is taken";
    assert!(summary.notes[0].contains(expected), "{:?}", summary.notes);
    assert_eq!(heard.windows.last(), Some(&(OTHER(), (6..12).collect())));
}

#[test]
fn findings_are_counted_and_so_many_kept() {
    let providers = providers();
    let hash = providers.hash(FIRST()).unwrap();
    let mut chain = chain();
    chain.truncate(1);
    for number in 1..=1500 {
        let previous = chain.last().unwrap().hash.as_ref().to_vec();
        let mut block = Block::new(number, previous, vec![transaction(number, 0).into()], hash);
        block.metadata_mut().set_filter(&[TxValidationCode::Valid]);
        let hash = block.hash(hash);
        chain.push(Item { block, hash, last_config: 0 });
    }
    let summary = run(&raw(&chain), &mut Heard::default());
    assert_eq!((summary.wrong, summary.findings.len()), (1500, Summary::MOST));
    assert_eq!(summary.findings[0].block, Some(1));
}

#[test]
fn where_there_is_no_chain_nothing_is_made() {
    let disk = MemoryDisk::new(1 << 20);
    disk.create_dir(Path::new(DIR), Access::Private).unwrap();
    assert!(matches!(examined(&disk), Err(Error::Refused(_))));
    assert!(disk.list(Path::new(DIR)).unwrap().is_empty());
}

#[test]
fn examining_changes_nothing_and_writes_are_refused() {
    let disk = stored(&chain());
    let last = segments(&disk).pop().unwrap();
    // A record that was being written when the power failed.
    let file = disk.open_file(&last).unwrap();
    let size = file.size().unwrap();
    file.write_at(&[1; 40], size).unwrap();
    let (store, wrong) = examined(&disk).unwrap();
    assert!(wrong.is_empty() && store.height() == 12);
    let (providers, previous) = (providers(), chain()[11].hash.as_ref().to_vec());
    let next = Block::new(12, previous, Vec::new(), providers.hash(FIRST()).unwrap());
    assert!(matches!(store.append(&next, &chain()[0].hash), Err(Error::Stopped { .. })));
    store.sync().unwrap_err();
    assert_eq!(file.size().unwrap(), size + 40);
    assert!(matches!(examined(&disk), Err(Error::InUse { .. })));
}
