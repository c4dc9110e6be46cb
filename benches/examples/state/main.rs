// SPDX-License-Identifier: Apache-2.0
//! A ledger at two sizes: what committing a block takes, replaying it, reading a range of 100 rows
//! and opening, and how much memory. Signatures are not counted: there are none.
//!
//! `cargo run --release -p gmca-benches --example state -- [KEYS ...]`. Each size runs in a process
//! of its own, with each size of the cache.

mod blocks;

use bccsp::{EngineChoice, Hash, Providers, Suite};
use block::Block;
use blocks::{NAMESPACE, TRANSACTIONS, World};
use ledger::mvcc::{self, Candidate};
use ledger::state::{self, State};
use ledger::{ChainBlock, Ledger, Options, StateTransaction, commit_hash};
use proto::protos::TxValidationCode;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use sys::{SystemDisk, Volume};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const BLOCKS: u64 = 300;
/// Bytes of memory for pages of the state: plenty, and little.
const CACHES: [usize; 2] = [1 << 30, 64 << 20];

fn main() -> Result {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, keys, cache] = &arguments[..]
        && flag == "--one"
    {
        return measure(keys.parse()?, cache.parse()?);
    }
    let sizes =
        if arguments.is_empty() { vec!["100000".into(), "1000000".into()] } else { arguments };
    println!("{BLOCKS} blocks of {TRANSACTIONS} transactions, one read and one write of 100 bytes");
    println!();
    println!("{}", row(&HEADS.map(str::to_owned)));
    println!("{}", row(&HEADS.map(|head| format!("{}:", "-".repeat(head.chars().count() - 1)))));
    for keys in &sizes {
        for cache in CACHES {
            let one = ["--one", keys, &cache.to_string()].map(str::to_owned);
            let done = Command::new(std::env::current_exe()?).args(one).status()?;
            if !done.success() {
                return Err(format!("{keys} keys: {done}").into());
            }
        }
    }
    Ok(())
}

const HEADS: [&str; 11] = [
    "keys",
    "cache MiB",
    "judge + state, µs cpu/tx",
    "commit, µs cpu/tx",
    "commit, ms/block",
    "replay, ms/block",
    "commit : replay",
    "range of 100, µs",
    "open clean",
    "open dirty",
    "peak MiB commit, replay",
];

fn row(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

/// A ledger on this machine's disk.
struct Place<'a> {
    dir: &'a Path,
    options: Options,
    providers: Arc<Providers>,
}

impl Place<'_> {
    fn open(&self) -> Result<Ledger<Block>> {
        let disk: Arc<dyn Volume> = Arc::new(SystemDisk);
        Ok(Ledger::open(&disk, self.dir, self.options, &self.providers)?)
    }

    fn state(&self, file: &Path) -> Result<State> {
        let alone = tempfile::tempdir_in(".")?.keep();
        fs::copy(file, alone.join(State::FILE))?;
        let disk: Arc<dyn Volume> = Arc::new(SystemDisk);
        let state = State::open(&disk, &alone, self.options.state)?;
        // The open file stays.
        fs::remove_dir_all(alone)?;
        Ok(state)
    }
}

fn measure(keys: usize, cache_size: usize) -> Result {
    let home = tempfile::tempdir_in(".")?;
    let dir = home.path().join("ledger");
    let providers = Arc::new(Providers::new(Suite::Nist, EngineChoice::Auto)?);
    let state = state::Options { cache_size, ..state::Options::default() };
    let options = Options { state, ..Options::default() };
    let place = Place { dir: &dir, options, providers: Arc::clone(&providers) };
    let hash = providers.default_provider().hash()?;
    let mut world = World::new(hash, keys);
    let ledger = place.open()?;
    commit(&ledger, world.first())?;
    world.fill().try_for_each(|block| commit(&ledger, block).map(drop))?;
    (0..20).try_for_each(|_| commit(&ledger, world.next()).map(drop))?;
    ledger.flush()?;
    let (file, before) = (dir.join(State::FILE), home.path().join("before"));
    fs::copy(&file, &before)?;
    let from = ledger.height();

    forget_peak();
    let mut spent = Spent::default();
    for _ in 0..BLOCKS {
        spent = spent.and(commit(&ledger, world.next())?);
    }
    let (commit_peak, range) = (peak(), ranges(&ledger, &mut world)?);
    let dirty = home.path().join("dirty");
    fs::copy(&file, &dirty)?;
    ledger.flush()?;
    let judging = judge(&place, &before, &ledger, hash)?;
    drop(ledger);
    let started = Instant::now();
    drop(place.open()?);
    let clean = started.elapsed();
    let started = Instant::now();
    drop(place.state(&dirty)?);
    let torn = started.elapsed();

    fs::copy(&before, &file)?;
    forget_peak();
    let started = Instant::now();
    let again = place.open()?;
    let replay = started.elapsed();
    if again.recovery().replayed != (from..from + BLOCKS) {
        return Err(format!("replayed {:?}", again.recovery()).into());
    }
    let transactions = (BLOCKS as usize * TRANSACTIONS) as f64;
    let each = |time: Duration| time.as_secs_f64() * 1e6 / transactions;
    let per_block = |time: Duration| time.as_secs_f64() * 1e3 / BLOCKS as f64;
    println!(
        "{}",
        row(&[
            keys.to_string(),
            (cache_size >> 20).to_string(),
            format!("{:.1}", each(judging)),
            format!("{:.1}", each(spent.processor)),
            format!("{:.1}", per_block(spent.wall)),
            format!("{:.1}", per_block(replay)),
            format!("{:.1}", spent.wall.as_secs_f64() / replay.as_secs_f64()),
            format!("{:.0}", range.as_secs_f64() * 1e6),
            format!("{clean:.0?}"),
            format!("{torn:.0?}"),
            format!("{commit_peak}, {}", peak()),
        ])
    );
    Ok(())
}

#[derive(Clone, Copy, Default)]
struct Spent {
    wall: Duration,
    processor: Duration,
}

impl Spent {
    fn and(self, other: Self) -> Self {
        Self { wall: self.wall + other.wall, processor: self.processor + other.processor }
    }
}

/// What a node does with a block when all signatures are good: opens it, judges it, makes it safe
/// and changes the state.
fn commit(ledger: &Ledger, block: Block) -> Result<Spent> {
    let (wall, before) = (Instant::now(), processor());
    let opened = opened(&block)?;
    let committed = ledger.commit(block, &candidates(&opened))?;
    let spent = Spent { wall: wall.elapsed(), processor: processor() - before };
    all_valid(&committed.codes)?;
    Ok(spent)
}

/// Processor time to open the last blocks, judge them and commit what they change to the state.
fn judge(
    place: &Place<'_>,
    before: &Path,
    ledger: &Ledger<Block>,
    hash: &dyn Hash,
) -> Result<Duration> {
    let (state, mut spent) = (place.state(before)?, Duration::ZERO);
    for number in state.height()..ledger.height() {
        let block = ledger.blocks().block(number)?.ok_or("a block is missing")?.block;
        let started = processor();
        let opened = opened(&block)?;
        let now = state.snapshot()?;
        let judged = mvcc::validate(&now, &NoIds, hash, number, &candidates(&opened))?;
        let filter = vec![0; judged.codes.len()];
        let made = commit_hash(hash, &filter, &judged.updates, now.tip().commit_hash.as_ref());
        drop(now);
        state.commit(&judged.updates, Some(made), made)?;
        spent += processor() - started;
        all_valid(&judged.codes)?;
    }
    if state.tip().commit_hash != ledger.tip().commit_hash {
        return Err("the commit hashes differ".into());
    }
    Ok(spent)
}

struct NoIds;

impl mvcc::KnownIds for NoIds {
    fn has_id(&self, _: &str) -> std::result::Result<bool, ledger::Error> {
        Ok(false)
    }
}

fn opened(block: &Block) -> Result<Vec<StateTransaction>> {
    let all = 0..block.transaction_count();
    Ok(all.map(|place| block.transaction(place)).collect::<std::result::Result<_, _>>()?)
}

fn candidates(opened: &[StateTransaction]) -> Vec<Candidate<'_>> {
    let code = TxValidationCode::Valid;
    opened.iter().map(|tx| Candidate { id: &tx.id, code, set: tx.set.as_ref() }).collect()
}

fn all_valid(codes: &[TxValidationCode]) -> Result {
    match codes.iter().find(|code| **code != TxValidationCode::Valid) {
        Some(code) => Err(format!("a transaction got {code:?}").into()),
        None => Ok(()),
    }
}

fn ranges(ledger: &Ledger, world: &mut World<'_>) -> Result<Duration> {
    const TIMES: u32 = 2000;
    let (snapshot, started) = (ledger.snapshot()?, Instant::now());
    for _ in 0..TIMES {
        snapshot.page(NAMESPACE, &world.start(), "", 100)?;
    }
    Ok(started.elapsed() / TIMES)
}

/// Processor time of this thread so far.
fn processor() -> Duration {
    let all = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = all.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0);
    Duration::from_nanos(nanos)
}

/// The most memory since `forget_peak`, in MiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0) / 1024
}

fn forget_peak() {
    // Only the kernel can; where it does not, the peak is that of the whole run.
    let _ = fs::write("/proc/self/clear_refs", "5");
}
