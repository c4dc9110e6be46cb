// SPDX-License-Identifier: Apache-2.0
//! Checks of the block store that any length of run can ask for, over tiny blocks: random use and
//! power failures at random moments. Each says in words what it found.

// These are tests, even if they stand in the library.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use super::{BlockStore, Options, StoredBlock};
use crate::{Error, ids, log};
use bccsp::Digest;
use proto::Bytes;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use sys::sim::{Dice, Loss, MemoryDisk};
use sys::{Disk, Volume};

/// A block of no chain in particular.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tiny {
    /// Its number.
    pub number: u64,
    /// What it states as the hash of the one before.
    pub previous: Vec<u8>,
    /// Whether it changes the configuration.
    pub config: bool,
    /// The ids of its transactions.
    pub ids: Vec<[u8; 32]>,
}

impl Tiny {
    /// Something that differs from block to block, as a hash does.
    #[must_use]
    pub fn hash(&self) -> Digest {
        let mut bytes = Vec::new();
        self.encode(&mut bytes);
        let mut hash = [0; 32];
        for (start, word) in hash.chunks_exact_mut(4).enumerate() {
            word.copy_from_slice(&crc32c::crc32c_append(start as u32, &bytes).to_le_bytes());
        }
        Digest::new(hash)
    }

    /// A block behind this one.
    #[must_use]
    pub fn next(&self, ids: Vec<[u8; 32]>) -> Self {
        let previous = self.hash().as_ref().to_vec();
        Self { number: self.number + 1, previous, config: false, ids }
    }
}

impl StoredBlock for Tiny {
    fn number(&self) -> u64 {
        self.number
    }

    fn previous_hash(&self) -> &[u8] {
        &self.previous
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.number.to_le_bytes());
        out.extend([u8::from(self.config), self.previous.len() as u8]);
        out.extend(&self.previous);
        out.extend(self.ids.iter().flatten());
    }

    fn decode(bytes: Bytes) -> Result<Self, String> {
        let fields = || {
            let (number, rest) = bytes.split_first_chunk()?;
            let ([config, length], rest) = rest.split_first_chunk()?;
            let (previous, rest) = rest.split_at_checked(usize::from(*length))?;
            let (ids, rest) = rest.as_chunks();
            let number = u64::from_le_bytes(*number);
            let (previous, ids) = (previous.to_vec(), ids.to_vec());
            rest.is_empty().then_some(Self { number, previous, config: *config == 1, ids })
        };
        fields().ok_or_else(|| "it is no tiny block".to_owned())
    }

    fn transaction_ids(&self) -> Vec<(u32, [u8; 32])> {
        (0..).zip(self.ids.iter().copied()).collect()
    }

    fn is_config(&self) -> bool {
        self.config
    }
}

/// Appends random blocks, some of whose ids come twice, reopens, prunes and lets the disk fail now
/// and then, and looks at that many disks that a power failure at a random moment may have left:
/// each must open with at least what was safe, hold blocks, ids and tip of a prefix of the chain,
/// and go on.
///
/// # Errors
/// What was lost or wrong, in words.
pub fn crash(seed: u64, loss: Loss, images: usize) -> Result<(), String> {
    let disk = MemoryDisk::recording(1 << 30);
    let mut run = Run { dice: Dice::new(seed), chain: Vec::new(), intervals: Vec::new() };
    run.work(&disk, 60).map_err(|what| format!("seed {seed}: {what}"))?;
    let mut crashes = disk.crashes();
    let all = crashes.moments() as u64;
    let mut moments: Vec<u64> = (0..images).map(|_| run.dice.below(all)).collect();
    moments.sort_unstable();
    for moment in moments {
        crashes.advance(moment as usize);
        let Some(safe) = crashes.acknowledged() else { continue };
        let left = crashes.disk(loss, &mut run.dice);
        run.recovers(&left, &run.intervals[safe as usize].clone())
            .map_err(|what| format!("seed {seed}, {loss:?}, event {moment}: {what}"))?;
    }
    Ok(())
}

/// What was there at a moment: height and first block, and what was on its way.
#[derive(Clone, Copy, Debug)]
struct Interval {
    safe: u64,
    appended: u64,
    first: u64,
    prune: u64,
}

struct Run {
    dice: Dice,
    /// Every block there ever was. What a failure takes away is appended again, the same.
    chain: Vec<Tiny>,
    /// After acknowledgement n.
    intervals: Vec<Interval>,
}

impl Run {
    fn work(&mut self, disk: &MemoryDisk, steps: u64) -> Result<(), String> {
        let mut store = open(disk, 0).map_err(words)?;
        for number in 0..steps {
            let (safe, first) = (store.height(), store.first());
            let appended = safe + self.dice.below(4);
            let prune = if self.dice.once_in(10) { self.dice.below(safe + 1) } else { 0 };
            self.intervals.push(Interval { safe, appended, first, prune });
            disk.acknowledge(number);
            if self.dice.once_in(10) {
                disk.fail_sync_after(self.dice.below(4));
            } else if self.dice.once_in(15) {
                disk.halt_after(self.dice.below(12));
            }
            let done = self.step(&store, appended, prune);
            disk.fail_sync_after(u64::MAX);
            disk.halt_after(u64::MAX);
            if done.is_err() {
                let block = self.chain(store.height());
                if !matches!(store.sync(), Err(Error::Stopped { .. })) && done.is_err() {
                    return Err(format!("{done:?}, and it goes on"));
                }
                if store.append(&block, &block.hash()).is_ok() {
                    return Err("it takes blocks after a failure".into());
                }
            }
            if done.is_err() || self.dice.once_in(6) {
                drop(store);
                store = open(disk, safe).map_err(words)?;
            }
            self.compare(&store)?;
        }
        Ok(())
    }

    fn step(&mut self, store: &BlockStore<Tiny>, appended: u64, prune: u64) -> Result<(), Error> {
        for number in store.height()..appended {
            let block = self.chain(number);
            store.append(&block, &block.hash())?;
        }
        store.sync()?;
        if prune > 0 {
            store.prune_before(prune)?;
        }
        if self.dice.once_in(20) { store.flush() } else { Ok(()) }
    }

    /// Block of that number.
    fn chain(&mut self, number: u64) -> Tiny {
        while self.chain.len() as u64 <= number {
            let count = self.dice.below(6);
            let ids = (0..count).map(|_| id(self.dice.below(400))).collect();
            let mut block = self.chain.last().map(|last| last.next(ids)).unwrap_or_default();
            block.config = self.chain.is_empty() || self.dice.once_in(9);
            self.chain.push(block);
        }
        self.chain[number as usize].clone()
    }

    /// Compares all that a store says with the chain.
    fn compare(&self, store: &BlockStore<Tiny>) -> Result<(), String> {
        let tip = store.tip();
        let chain = &self.chain[..tip.height as usize];
        if tip.hash != chain.last().map(Tiny::hash) {
            return Err(format!("the hash at height {} is wrong", tip.height));
        }
        let config = chain.iter().rfind(|block| block.config).map(|block| block.number);
        if tip.last_config != config {
            return Err(format!("last configuration {:?}, not {config:?}", tip.last_config));
        }
        let mut count = store.first();
        for stored in store.iter(store.first()) {
            let stored = stored.map_err(words)?;
            if stored.block != chain[count as usize] || stored.hash != stored.block.hash() {
                return Err(format!("block {count} is another one"));
            }
            count += 1;
        }
        if count != tip.height {
            return Err(format!("blocks up to {count}, not {}", tip.height));
        }
        store.verify(&mut |_| Ok(())).map_err(words)?;
        self.compare_ids(store, chain)
    }

    fn compare_ids(&self, store: &BlockStore<Tiny>, chain: &[Tiny]) -> Result<(), String> {
        // Some of them, others each time: there are many, and a look-up is slow in small files.
        let from = self.dice.clone().below(7);
        for block in chain.iter().skip(from as usize).step_by(7) {
            let found = store.number_of(&block.hash()).map_err(words)?;
            if found != Some(block.number) {
                return Err(format!("block {} found by its hash as {found:?}", block.number));
            }
        }
        let mut first: BTreeMap<[u8; 32], ids::Place> = BTreeMap::new();
        for block in chain {
            for (transaction, id) in block.transaction_ids() {
                first.entry(id).or_insert(ids::Place { block: block.number, transaction });
            }
        }
        for number in (from..420).step_by(7) {
            let id = id(number);
            let (first, found) = (first.get(&id), store.transaction(&id).map_err(words)?);
            if found.as_ref() != first {
                return Err(format!("id {number} found at {found:?}, not {first:?}"));
            }
            if store.has_transaction(&id).map_err(words)? != first.is_some() {
                return Err(format!("id {number} is known: {}", first.is_none()));
            }
        }
        Ok(())
    }

    fn recovers(&mut self, left: &MemoryDisk, interval: &Interval) -> Result<(), String> {
        let Interval { safe, appended, first, prune } = *interval;
        if self.dice.once_in(8) && first == 0 && prune == 0 {
            left.remove_dir(&Path::new(DIR).join("ids")).map_err(|error| error.to_string())?;
        }
        let store = open(left, safe).map_err(words)?;
        if !(safe..=appended).contains(&store.height()) {
            return Err(format!("height {}, not {safe} to {appended}", store.height()));
        }
        if !(first..=first.max(prune)).contains(&store.first()) {
            return Err(format!("begins with {}, not {first}", store.first()));
        }
        self.compare(&store)?;
        for _ in 0..2 {
            let block = self.chain(store.height());
            store.append(&block, &block.hash()).map_err(words)?;
            store.sync().map_err(words)?;
        }
        let height = store.height();
        drop(store);
        let store = open(left, height).map_err(words)?;
        self.compare(&store).map_err(|what| format!("after it went on: {what}"))
    }
}

/// Few ids, so that some come twice, and with the same beginning, so that look-ups must look.
fn id(number: u64) -> [u8; 32] {
    let mut id = [0; 32];
    id[(number % 3) as usize * 8..][..8].copy_from_slice(&number.to_be_bytes());
    id[31] = 1;
    id
}

const DIR: &str = "chain";

/// Opens a store that writes small files.
///
/// # Errors
/// What the store says.
pub fn open(disk: &MemoryDisk, at_least: u64) -> Result<BlockStore<Tiny>, Error> {
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    BlockStore::open(&volume, Path::new(DIR), OPTIONS, at_least)
}

/// Small files, and memory for few filters.
pub const OPTIONS: Options = Options {
    log: log::Options { segment_size: 2048, salt: 5 },
    ids: ids::Options { memory_entries: 12, filter_bytes: 512 },
};

#[allow(clippy::needless_pass_by_value)] // for map_err
fn words(error: Error) -> String {
    error.to_string()
}
