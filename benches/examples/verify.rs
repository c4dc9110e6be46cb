// SPDX-License-Identifier: Apache-2.0
//! A chain verified without signatures, beside reading and hashing the same bytes with nothing
//! around it on one core, in bytes for a second of processor time: `cargo run --release -p gmca-benches --example verify [-- BLOCKS]`.
//!
//! Not here: signatures (`cli/gmnode/tests/ledger_verify.rs`, `measure`).

use bccsp::{EngineChoice, Providers, Suite};
use block::Block;
use gmca_benches::chain;
use ledger::blocks::{BlockStore, Options};
use ledger::verify::{Finding, Judge, Window, verify};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use sys::{SystemDisk, Volume};

const TRANSACTIONS: u32 = 500;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

struct Nobody;

impl Judge<Block> for Nobody {
    fn judge(&mut self, _: &Window<Block>) -> std::result::Result<Vec<Finding>, ledger::Error> {
        Ok(Vec::new())
    }
}

fn main() -> Result {
    let count = std::env::args().nth(1).map_or(Ok(200), |text| text.parse())?;
    for suite in Suite::ALL {
        let providers = Providers::new(suite, EngineChoice::Auto)?;
        let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR"))?;
        let volume: Arc<dyn Volume> = Arc::new(SystemDisk);
        let store = BlockStore::<Block>::open(&volume, dir.path(), Options::default(), 0)?;
        for (block, hash) in chain(&providers, TRANSACTIONS)?.take(count) {
            store.append(&block, &hash)?;
        }
        store.flush()?;
        // Once for the system to have the files in memory.
        let size = bare(dir.path(), &providers)?;
        let before = processor_seconds()?;
        bare(dir.path(), &providers)?;
        let between = processor_seconds()?;
        let begun = Instant::now();
        let summary = verify(&store, &providers, &mut Nobody, &mut |_| {})?;
        let (took, after) = (begun.elapsed().as_secs_f64(), processor_seconds()?);
        let (mega, blocks) = (size as f64 / 1e6, summary.blocks as f64);
        println!("{suite}: {count} blocks of {TRANSACTIONS} transactions, {mega:.0} MB");
        println!("  read and hashed  {:>5.0} MB/s", mega / (between - before));
        println!("  verified         {:>5.0} MB/s", mega / (after - between));
        println!("  verified in      {took:>5.2} s, {:.0} blocks/s", blocks / took);
    }
    Ok(())
}

/// Reads and hashes the segments, and says how many bytes they have.
fn bare(dir: &Path, providers: &Providers) -> Result<usize> {
    let (hash, mut size) = (providers.default_provider().hash()?, 0);
    for file in std::fs::read_dir(dir.join("blocks"))? {
        let bytes = std::fs::read(file?.path())?;
        size += bytes.len();
        std::hint::black_box(hash.digest(&[&bytes]));
    }
    Ok(size)
}

/// Of this process. In a second of Linux there are a hundred ticks.
fn processor_seconds() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11);
    let ticks = fields.take(2).map(str::parse).collect::<std::result::Result<Vec<f64>, _>>()?;
    Ok(ticks.iter().sum::<f64>() / 100.0)
}
