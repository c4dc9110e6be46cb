// SPDX-License-Identifier: Apache-2.0
//! The ledger's state at two sizes: processor time to validate and commit a transaction of one
//! read and one write (signatures not counted), a range of 100 rows, replay, and opening.
//!
//! `cargo run --release -p gmca-benches --example state -- [KEYS ...]`

use bccsp::{EngineChoice, Hash, Providers, Suite};
use block::{ReadWriteSet, Version};
use ledger::mvcc::{self, Candidate, KnownIds};
use ledger::state::{Options, State};
use ledger::{Error, commit_hash};
use proto::Bytes;
use proto::kvrwset::{KvRead, KvWrite, KvrwSet};
use proto::prost::Message;
use proto::protos::TxValidationCode;
use proto::rwset::{NsReadWriteSet, TxReadWriteSet};
use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use sys::{SystemDisk, Volume};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const TRANSACTIONS: usize = 500;
const BLOCKS: usize = 200;
const NAMESPACE: &str = "basic";

fn main() -> Result<()> {
    let sizes: Vec<usize> =
        std::env::args().skip(1).map(|text| text.parse()).collect::<std::result::Result<_, _>>()?;
    let sizes = if sizes.is_empty() { vec![100_000, 1_000_000] } else { sizes };
    let providers = Providers::new(Suite::Nist, EngineChoice::Auto)?;
    let hash = providers.default_provider().hash()?;
    println!(
        "{BLOCKS} blocks of {TRANSACTIONS} transactions, one read and one write of 100 bytes each"
    );
    println!(
        "      keys  µs cpu/tx  ms/block  ms/block replayed  µs/range of 100  open clean  open dirty  peak MiB"
    );
    sizes.into_iter().try_for_each(|keys| measure(hash, keys))
}

/// Keys with the versions they have, and numbers that look random.
struct World {
    versions: Vec<Version>,
    dice: u64,
    height: u64,
}

fn measure(hash: &dyn Hash, keys: usize) -> Result<()> {
    let home = tempfile::tempdir_in(".")?;
    let state = open(home.path())?;
    let versions = vec![version(0, 0); keys];
    let mut world = World { versions, dice: 1, height: 0 };
    fill(&state, hash, &mut world)?;
    warm(&state, hash, &mut world)?;
    state.flush()?;
    let before = tempfile::tempdir_in(".")?;
    fs::copy(home.path().join(State::FILE), before.path().join(State::FILE))?;

    let blocks = (0..BLOCKS).map(|_| block(&mut world)).collect::<Vec<_>>();
    let (cpu, wall) = (processor(), Instant::now());
    for block in &blocks {
        commit(&state, hash, block)?;
    }
    let transactions = (BLOCKS * TRANSACTIONS) as f64;
    let cpu = (processor() - cpu).as_secs_f64() * 1e6 / transactions;
    let wall = wall.elapsed();
    let range = ranges(&state, &mut world)?;
    let dirty = tempfile::tempdir_in(".")?;
    fs::copy(home.path().join(State::FILE), dirty.path().join(State::FILE))?;
    state.flush()?;
    drop(state);

    let opened = Instant::now();
    drop(open(home.path())?);
    let clean = opened.elapsed();
    let opened = Instant::now();
    drop(open(dirty.path())?);
    let torn = opened.elapsed();
    let again = open(before.path())?;
    let replayed = Instant::now();
    for block in &blocks {
        replay(&again, hash, block)?;
    }
    let per_block = |time: Duration| time.as_secs_f64() * 1e3 / BLOCKS as f64;
    println!(
        "{keys:10}  {cpu:9.1}  {:8.1}  {:17.1}  {:15.1}  {clean:10.1?}  {torn:10.1?}  {:8}",
        per_block(wall),
        per_block(replayed.elapsed()),
        range.as_secs_f64() * 1e6,
        peak(),
    );
    Ok(())
}

fn open(dir: &Path) -> Result<State> {
    let disk: Arc<dyn Volume> = Arc::new(SystemDisk);
    Ok(State::open(&disk, dir, Options::default())?)
}

struct NoIds;

impl KnownIds for NoIds {
    fn has_id(&self, _: &str) -> std::result::Result<bool, Error> {
        Ok(false)
    }
}

fn version(block: u64, transaction: u64) -> Version {
    Version { block, transaction }
}

fn key(number: usize) -> String {
    // Spread, as keys of users are.
    format!("asset-{:016x}", (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn write(number: usize) -> KvWrite {
    KvWrite { key: key(number), is_delete: false, value: Bytes::from(vec![b'v'; 100]) }
}

fn serialized(set: &KvrwSet) -> Bytes {
    let namespace = NsReadWriteSet {
        namespace: NAMESPACE.into(),
        rwset: set.encode_to_vec().into(),
        collection_hashed_rwset: Vec::new(),
    };
    TxReadWriteSet { data_model: 0, ns_rwset: vec![namespace] }.encode_to_vec().into()
}

fn fill(state: &State, hash: &dyn Hash, world: &mut World) -> Result<()> {
    let numbers: Vec<usize> = (0..world.versions.len()).collect();
    for chunk in numbers.chunks(20_000) {
        let writes = chunk.iter().map(|number| write(*number)).collect();
        let set = serialized(&KvrwSet { writes, ..KvrwSet::default() });
        for number in chunk {
            world.versions[*number] = version(world.height, 0);
        }
        replay(state, hash, &Block { number: world.height, sets: vec![set] })?;
        world.height += 1;
    }
    Ok(())
}

fn warm(state: &State, hash: &dyn Hash, world: &mut World) -> Result<()> {
    (0..20).try_for_each(|_| commit(state, hash, &block(world)))
}

struct Block {
    number: u64,
    sets: Vec<Bytes>,
}

/// Transactions that do not meet each other.
fn block(world: &mut World) -> Block {
    let mut used = HashSet::new();
    let mut sets = Vec::new();
    while sets.len() < TRANSACTIONS {
        let number = world.below(world.versions.len());
        if !used.insert(number) {
            continue;
        }
        let Version { block: block_num, transaction: tx_num } = world.versions[number];
        let read = Some(proto::kvrwset::Version { block_num, tx_num });
        let reads = vec![KvRead { key: key(number), version: read }];
        let writes = vec![write(number)];
        world.versions[number] = version(world.height, sets.len() as u64);
        sets.push(serialized(&KvrwSet { reads, writes, ..KvrwSet::default() }));
    }
    world.height += 1;
    Block { number: world.height - 1, sets }
}

fn commit(state: &State, hash: &dyn Hash, block: &Block) -> Result<()> {
    let sets = decoded(block)?;
    let ids: Vec<String> = (0..sets.len()).map(|n| format!("{}-{n}", block.number)).collect();
    let candidates: Vec<_> = (ids.iter().zip(&sets))
        .map(|(id, set)| Candidate { id, code: TxValidationCode::Valid, set: Some(set) })
        .collect();
    let judged = mvcc::validate(&state.snapshot()?, &NoIds, hash, block.number, &candidates)?;
    if judged.codes.iter().any(|code| *code != TxValidationCode::Valid) {
        return Err("a transaction was not valid".into());
    }
    let filter = vec![0; judged.codes.len()];
    let made = commit_hash(hash, &filter, &judged.updates, state.tip().commit_hash.as_ref());
    Ok(state.commit(&judged.updates, Some(made), made)?)
}

fn replay(state: &State, hash: &dyn Hash, block: &Block) -> Result<()> {
    let sets = decoded(block)?;
    let transactions = sets.iter().map(|set| (true, Some(set)));
    let updates = mvcc::replay(&state.snapshot()?, hash, block.number, transactions)?;
    let filter = vec![0; sets.len()];
    let made = commit_hash(hash, &filter, &updates, state.tip().commit_hash.as_ref());
    Ok(state.commit(&updates, Some(made), made)?)
}

fn decoded(block: &Block) -> Result<Vec<ReadWriteSet>> {
    let sets = block.sets.iter().map(ReadWriteSet::decode);
    Ok(sets.collect::<std::result::Result<_, _>>()?)
}

fn ranges(state: &State, world: &mut World) -> Result<Duration> {
    const TIMES: u32 = 2000;
    let (snapshot, started) = (state.snapshot()?, Instant::now());
    for _ in 0..TIMES {
        let start = key(world.below(world.versions.len()));
        snapshot.page(NAMESPACE, &start, "", 100)?;
    }
    Ok(started.elapsed() / TIMES)
}

impl World {
    fn below(&mut self, end: usize) -> usize {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice % end as u64) as usize
    }
}

/// Processor time of this process so far, in steps of 10 ms.
fn processor() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split(' ').collect();
    let ticks =
        |place: usize| fields.get(place).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    Duration::from_millis((ticks(12) + ticks(13)) * 10)
}

fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().unwrap_or(0);
    (kib / 1024).to_string()
}
