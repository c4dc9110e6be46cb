// SPDX-License-Identifier: Apache-2.0
//! Blocks of 500 transactions made safe one by one, and held against a bare write and fdatasync of
//! the same bytes, by turns in the same run: a disk is not the same from one minute to the next.
//!
//! `cargo run --release -p gmca-benches --example append -- [BLOCKS] [FOLDER]`

use bccsp::{Digest, EngineChoice, Providers, Suite};
use block::Block;
use gmca_benches::chain;
use ledger::blocks::{BlockStore, Options};
use ledger::log::SegmentLog;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use sys::{SystemDisk, Volume};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const TRANSACTIONS: u32 = 500;
const SEGMENT: u64 = 64 << 20;

fn main() -> Result {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().map_or(Ok(200), |text| text.parse())?;
    let folder = tempfile::tempdir_in(arguments.next().unwrap_or_else(|| ".".to_owned()))?;
    let providers = Providers::new(Suite::Nist, EngineChoice::Auto)?;
    let volume: Arc<dyn Volume> = Arc::new(SystemDisk);
    let mut bare = Bare::new(folder.path())?;
    let log = ledger::log::Options { segment_size: SEGMENT, ..ledger::log::Options::default() };
    let mut log = SegmentLog::open(&volume, &folder.path().join("log"), 1, log, 0)?;
    let store: BlockStore<Block> =
        BlockStore::open(&volume, &folder.path().join("store"), Options::default(), 0)?;
    let mut times = [const { Vec::new() }; 3];
    let mut size = 0;
    for (round, (block, hash)) in chain(&providers, TRANSACTIONS)?.take(count).enumerate() {
        let bytes = block.encode();
        size = bytes.len();
        // Each is first as often as the others: what comes after a sync has a busier disk.
        for turn in 0..3 {
            let which = (round + turn) % 3;
            let started = Instant::now();
            match which {
                0 => bare.write(&bytes)?,
                1 => append(&mut log, &bytes)?,
                _ => store_block(&store, &block, &hash)?,
            }
            times[which].push(started.elapsed());
        }
    }
    println!("{count} blocks of {TRANSACTIONS} transactions, {size} bytes each");
    let whole = median(&mut times[0]);
    for (name, times) in ["bare write + fdatasync", "log", "block store"].iter().zip(&mut times) {
        let (half, slow) = (median(times), times[times.len() * 99 / 100]);
        let ratio = whole.as_secs_f64() / half.as_secs_f64();
        println!("{name:24} median {half:>9.2?}  99 of 100 {slow:>9.2?}  ratio {ratio:.2}");
    }
    Ok(())
}

fn append(log: &mut SegmentLog, bytes: &[u8]) -> Result {
    log.append(&[bytes])?;
    Ok(log.sync()?)
}

fn store_block(store: &BlockStore<Block>, block: &Block, hash: &Digest) -> Result {
    store.append(block, hash)?;
    Ok(store.sync()?)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Appends to one file after another, as large as segments.
struct Bare {
    dir: PathBuf,
    file: File,
    end: u64,
    files: u64,
}

impl Bare {
    fn new(dir: &Path) -> Result<Self> {
        let file = File::create_new(dir.join("0"))?;
        Ok(Self { dir: dir.to_path_buf(), file, end: 0, files: 1 })
    }

    fn write(&mut self, bytes: &[u8]) -> Result {
        if self.end + bytes.len() as u64 > SEGMENT {
            self.file = File::create_new(self.dir.join(self.files.to_string()))?;
            (self.end, self.files) = (0, self.files + 1);
        }
        self.file.write_all_at(bytes, self.end)?;
        self.file.sync_data()?;
        self.end += bytes.len() as u64;
        Ok(())
    }
}
