// SPDX-License-Identifier: Apache-2.0
//! Small blocks of eight channels made safe one after the other and at once, on the disk that the
//! target folder is on; and what a block store does for a block of 500 transactions beside writing.
//!
//! Not here: appending beside a bare write (`examples/append.rs`).

#![allow(missing_docs)]

use bccsp::{Digest, EngineChoice, Providers, Suite};
use block::Block;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use gmca_benches::chain;
use ledger::blocks::{BlockStore, Options, StoredBlock};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use sys::{SystemDisk, Volume};

const CHANNELS: usize = 8;

fn providers() -> Providers {
    Providers::new(Suite::Nist, EngineChoice::Auto).unwrap()
}

fn store(dir: &Path) -> BlockStore<Block> {
    let volume: Arc<dyn Volume> = Arc::new(SystemDisk);
    BlockStore::open(&volume, dir, Options::default(), 0).unwrap()
}

fn group_sync(c: &mut Criterion) {
    let providers = providers();
    let mut group = c.benchmark_group("eight channels");
    let seconds = Duration::from_secs;
    group.sample_size(30).measurement_time(seconds(3)).warm_up_time(seconds(1));
    for together in [false, true] {
        // Not the system's temporary folder: that may be in memory.
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let folder = |number: usize| dir.path().join(number.to_string());
        let stores: Vec<_> = (0..CHANNELS).map(|number| store(&folder(number))).collect();
        let all: Vec<_> = stores.iter().collect();
        let mut blocks = chain(&providers, 10).unwrap();
        let run = |(block, hash): (Block, Digest)| {
            for store in &stores {
                store.append(&block, &hash).unwrap();
            }
            if together {
                BlockStore::sync_all(&all).unwrap();
            } else {
                stores.iter().for_each(|store| store.sync().unwrap());
            }
        };
        let name = if together { "at once" } else { "one after the other" };
        group.bench_function(name, |b| {
            b.iter_batched(|| blocks.next().unwrap(), run, BatchSize::PerIteration);
        });
    }
}

fn encode(c: &mut Criterion) {
    let (block, _) = chain(&providers(), 500).unwrap().next().unwrap();
    c.bench_function("bytes and ids of a block", |b| {
        let mut out = Vec::new();
        b.iter(|| {
            out.clear();
            StoredBlock::encode(&block, &mut out);
            block.transaction_ids()
        });
    });
}

criterion_group!(benches, group_sync, encode);
criterion_main!(benches);
