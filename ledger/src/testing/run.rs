// SPDX-License-Identifier: Apache-2.0
//! A ledger that commits, is flushed, pruned and opened again, on a disk that fails now and then.

use super::chain::{Chain, grow};
use super::picture::{Picture, values};
use super::{DIR, OPTIONS, ROOM, open, words};
use crate::{Error, Ledger};
use bccsp::Providers;
use block::Block;
use std::path::Path;
use std::sync::Arc;
use sys::Volume;
use sys::sim::{Dice, Loss, MemoryDisk};

/// Commits random blocks with failures of the disk in between, and looks at that many disks that a
/// power failure at a random moment may have left: each must open at a height that is not below
/// what was told, with state, history, ids, hash function and configuration of that height, give
/// the same when all but the blocks is made anew, and go on.
///
/// # Errors
/// What was lost or wrong, in words.
pub fn commit(
    providers: &Arc<Providers>,
    seed: u64,
    loss: Loss,
    images: usize,
) -> Result<(), String> {
    Run::new(providers, seed, 60)?.images(loss, images)
}

/// The same for a ledger that is pruned often.
///
/// # Errors
/// As [`commit`].
pub fn prune(
    providers: &Arc<Providers>,
    seed: u64,
    loss: Loss,
    images: usize,
) -> Result<(), String> {
    Run::new(providers, seed, 6)?.images(loss, images)
}

/// What holds from one acknowledgement to the next.
#[derive(Clone, Copy, Debug)]
struct Interval {
    /// Blocks that somebody was told of.
    safe: u64,
    /// The first block and the height of the base, as they were.
    first: u64,
    base: u64,
    pruning: bool,
}

struct Run {
    dice: Dice,
    providers: Arc<Providers>,
    chain: Chain,
    /// The same blocks, and nothing else happens to it.
    reference: Ledger<Block>,
    /// At each height.
    pictures: Vec<Picture>,
    intervals: Vec<Interval>,
    /// One step in so many is a prune.
    prune_once_in: u64,
}

impl Run {
    fn new(providers: &Arc<Providers>, seed: u64, prune_once_in: u64) -> Result<Self, String> {
        Ok(Self {
            reference: open(&MemoryDisk::new(ROOM), providers).map_err(words)?,
            dice: Dice::new(seed),
            providers: Arc::clone(providers),
            chain: Chain::new(providers),
            pictures: Vec::new(),
            intervals: Vec::new(),
            prune_once_in,
        })
    }

    fn images(mut self, loss: Loss, images: usize) -> Result<(), String> {
        let disk = MemoryDisk::recording(ROOM);
        self.work(&disk, 40)?;
        let mut crashes = disk.crashes();
        let all = crashes.moments() as u64;
        let mut moments: Vec<u64> = (0..images).map(|_| self.dice.below(all)).collect();
        moments.sort_unstable();
        for moment in moments {
            crashes.advance(moment as usize);
            let Some(told) = crashes.acknowledged() else { continue };
            let left = crashes.disk(loss, &mut self.dice);
            let interval = self.intervals[told as usize];
            self.recovers(&left, interval)
                .map_err(|what| format!("{loss:?} at event {moment}: {what}"))?;
        }
        Ok(())
    }

    fn work(&mut self, disk: &MemoryDisk, steps: u64) -> Result<(), String> {
        let mut ledger = open(disk, &self.providers).map_err(words)?;
        self.remember(&ledger)?;
        for step in 0..steps {
            let pruning = ledger.height() > 2 && self.dice.once_in(self.prune_once_in);
            let base = ledger.base().map_or(0, |base| base.header().height);
            let (safe, first) = (ledger.height(), ledger.blocks().first());
            self.intervals.push(Interval { safe, first, base, pruning });
            disk.acknowledge(step);
            if self.dice.once_in(9) {
                disk.fail_sync_after(self.dice.below(8));
            } else if self.dice.once_in(9) {
                disk.halt_after(self.dice.below(40));
            }
            let done = self.step(&ledger, pruning);
            disk.fail_sync_after(u64::MAX);
            disk.halt_after(u64::MAX);
            if done.is_err() && self.chain.commit(&ledger, &mut self.dice).is_ok() {
                return Err(format!("it goes on after {done:?}"));
            }
            if done.is_err() || self.dice.once_in(8) {
                drop(ledger);
                ledger = open(disk, &self.providers).map_err(words)?;
            }
            self.remember(&ledger)?;
            self.compare(&ledger)?;
        }
        Ok(())
    }

    fn step(&mut self, ledger: &Ledger<Block>, pruning: bool) -> Result<(), Error> {
        if pruning {
            let keep = self.dice.below(ledger.height() + 1);
            return ledger.prune_before(keep).map(drop);
        }
        if self.dice.once_in(10) {
            return ledger.flush();
        }
        self.chain.commit(ledger, &mut self.dice).map(drop)
    }

    /// Keeps up with the ledger on a disk that never fails, where nothing is pruned.
    fn remember(&mut self, ledger: &Ledger<Block>) -> Result<(), String> {
        while self.pictures.len() as u64 <= ledger.height() {
            let height = self.pictures.len() as u64;
            grow(&mut self.chain, &self.reference, height, &mut self.dice)?;
            let snapshot = self.reference.snapshot().map_err(words)?;
            self.pictures.push(Picture::of(&snapshot).map_err(words)?);
        }
        Ok(())
    }

    fn compare(&self, ledger: &Ledger<Block>) -> Result<(), String> {
        let picture = Picture::of(&ledger.snapshot().map_err(words)?).map_err(words)?;
        let height = picture.tip.height;
        let known = self.pictures.get(height as usize).ok_or("there was no such height")?;
        known.differs(&picture)?;
        if ledger.blocks().height() != height {
            return Err(format!("blocks up to {}, state up to {height}", ledger.blocks().height()));
        }
        if ledger.hash_algorithm() != self.chain.algorithm(height) {
            return Err(format!("another hash function at height {height}"));
        }
        let config = ledger.config_block().map_err(words)?.map(|stored| stored.block.number());
        if config != self.chain.config_below(height) {
            return Err(format!("configuration block {config:?} at height {height}"));
        }
        if picture.tip.history_from != base_of(ledger) {
            let from = picture.tip.history_from;
            return Err(format!("the history begins with {from}, the base is {}", base_of(ledger)));
        }
        self.compare_ids(ledger, height)?;
        let history = picture.tip.history_from >= ledger.blocks().first();
        if history { values(ledger) } else { Ok(()) }
    }

    fn compare_ids(&self, ledger: &Ledger<Block>, height: u64) -> Result<(), String> {
        for given in self.chain.blocks[..height as usize].iter().step_by(3) {
            for (_, id) in crate::blocks::StoredBlock::transaction_ids(&given.block) {
                if !ledger.blocks().has_transaction(&id).map_err(words)? {
                    return Err(format!("an id of block {} is missing", given.block.number()));
                }
            }
        }
        ledger.blocks().verify(&mut |_| Ok(())).map_err(words)
    }

    fn recovers(&mut self, left: &MemoryDisk, interval: Interval) -> Result<(), String> {
        let Interval { safe, first, base, pruning } = interval;
        let ledger = open(left, &self.providers).map_err(words)?;
        let height = ledger.height();
        if height < safe || height > safe + 1 {
            return Err(format!("height {height}, {safe} was told"));
        }
        if !pruning && (ledger.blocks().first() != first || base_of(&ledger) != base) {
            let now = (ledger.blocks().first(), base_of(&ledger));
            return Err(format!("begins with {now:?}, not {:?}", (first, base)));
        }
        self.compare(&ledger)?;
        let picture = Picture::of(&ledger.snapshot().map_err(words)?).map_err(words)?;
        drop(ledger);
        let volume: Arc<dyn Volume> = Arc::new(left.clone());
        let (dir, tell) = (Path::new(DIR), &mut |_, _| {});
        let again = Ledger::<Block>::rebuild(&volume, dir, OPTIONS, &self.providers, tell);
        let again = again.map_err(|error| format!("made anew: {error}"))?;
        let made = Picture::of(&again.snapshot().map_err(words)?).map_err(words)?;
        picture.differs(&made).map_err(|what| format!("made anew: {what}"))?;
        self.goes_on(again, left)
    }

    fn goes_on(&mut self, ledger: Ledger<Block>, left: &MemoryDisk) -> Result<(), String> {
        let height = (self.pictures.len() as u64 - 1).min(ledger.height() + 2);
        grow(&mut self.chain, &ledger, height, &mut self.dice)
            .and_then(|()| self.compare(&ledger))
            .map_err(|what| format!("going on: {what}"))?;
        drop(ledger);
        let ledger = open(left, &self.providers).map_err(words)?;
        self.compare(&ledger).map_err(|what| format!("opened again: {what}"))
    }
}

fn base_of(ledger: &Ledger<Block>) -> u64 {
    ledger.base().map_or(0, |base| base.header().height)
}
