// SPDX-License-Identifier: Apache-2.0
//! A ledger that begins from another one's snapshot, on a disk that fails on the way.

use super::chain::{Chain, grow};
use super::picture::Picture;
use super::{DIR, OPTIONS, ROOM, open, words};
use crate::{Error, Ledger, base, import as import_snapshot};
use bccsp::Providers;
use block::Block;
use std::path::Path;
use std::sync::Arc;
use sys::Volume;
use sys::sim::{Dice, Loss, MemoryDisk};

const SNAPSHOT: &str = "snapshot";
/// Behind the snapshot.
const BLOCKS: u64 = 4;

/// Imports a snapshot onto a disk that stops at random moments, commits some blocks behind it, and
/// looks at that many disks that a power failure may have left: before the import was told to be
/// done, importing again must do it; after that, the ledger opens with all that was told, is equal
/// to the one it comes from, and goes on.
///
/// # Errors
/// What was lost or wrong, in words.
pub fn import(
    providers: &Arc<Providers>,
    seed: u64,
    loss: Loss,
    images: usize,
) -> Result<(), String> {
    let mut run = Run::new(providers, seed)?;
    let disk = MemoryDisk::recording(ROOM);
    run.work(&disk)?;
    let (mut crashes, mut dice) = (disk.crashes(), Dice::new(seed));
    let all = crashes.moments() as u64;
    let mut moments: Vec<u64> = (0..images).map(|_| dice.below(all)).collect();
    moments.sort_unstable();
    for moment in moments {
        crashes.advance(moment as usize);
        let left = crashes.disk(loss, &mut dice);
        run.recovers(&left, crashes.acknowledged())
            .map_err(|what| format!("{loss:?} at event {moment}: {what}"))?;
    }
    run.refuses_another()
}

struct Run {
    providers: Arc<Providers>,
    dice: Dice,
    chain: Chain,
    /// With the snapshot.
    source: MemoryDisk,
    height: u64,
    /// From the height of the snapshot on.
    pictures: Vec<Picture>,
}

impl Run {
    fn new(providers: &Arc<Providers>, seed: u64) -> Result<Self, String> {
        let (mut dice, mut chain) = (Dice::new(seed), Chain::new(providers));
        let source = MemoryDisk::new(ROOM);
        let ledger = open(&source, providers).map_err(words)?;
        let height = 3 + dice.below(12);
        grow(&mut chain, &ledger, height, &mut dice)?;
        let volume: Arc<dyn Volume> = Arc::new(source.clone());
        let base = ledger.export(&volume, Path::new(SNAPSHOT)).map_err(words)?;
        drop(base);
        let mut pictures = Vec::new();
        for more in 0..=BLOCKS {
            grow(&mut chain, &ledger, height + more, &mut dice)?;
            pictures.push(Picture::of(&ledger.snapshot().map_err(words)?).map_err(words)?);
        }
        let providers = Arc::clone(providers);
        Ok(Self { providers, dice, chain, source, height, pictures })
    }

    fn work(&mut self, disk: &MemoryDisk) -> Result<(), String> {
        loop {
            disk.halt_after(self.dice.below(25));
            let done = self.import(disk);
            disk.halt_after(u64::MAX);
            match done {
                Ok(()) => break,
                Err(Error::Disk { .. } | Error::Stopped { .. }) => {}
                Err(error) => return Err(words(error)),
            }
        }
        // Told: this height is safe.
        disk.acknowledge(self.height);
        let opened = loop {
            disk.halt_after(5 + self.dice.below(60));
            let opened = open(disk, &self.providers);
            disk.halt_after(u64::MAX);
            match opened {
                Ok(ledger) => break ledger,
                Err(Error::Disk { .. } | Error::Stopped { .. }) => {}
                Err(error) => return Err(words(error)),
            }
        };
        for more in 1..=BLOCKS {
            grow(&mut self.chain, &opened, self.height + more, &mut self.dice)?;
            disk.acknowledge(self.height + more);
        }
        self.compare(&opened)
    }

    fn import(&self, disk: &MemoryDisk) -> Result<(), Error> {
        let from: Arc<dyn Volume> = Arc::new(self.source.clone());
        let to: Arc<dyn Volume> = Arc::new(disk.clone());
        let (from, to) = ((&from, Path::new(SNAPSHOT)), (&to, Path::new(DIR)));
        import_snapshot(from, to, OPTIONS, &self.providers, None).map(drop)
    }

    fn compare(&self, ledger: &Ledger<Block>) -> Result<(), String> {
        let picture = Picture::of(&ledger.snapshot().map_err(words)?).map_err(words)?;
        let height = picture.tip.height;
        let place = height.checked_sub(self.height).ok_or("it lacks the snapshot")?;
        self.pictures[place as usize].differs(&picture)?;
        if ledger.hash_algorithm() != self.chain.algorithm(height) {
            return Err(format!("another hash function at height {height}"));
        }
        let config = ledger.config_block().map_err(words)?.map(|stored| stored.block.number());
        if config != self.chain.config_below(height) {
            return Err(format!("configuration block {config:?} at height {height}"));
        }
        for given in &self.chain.blocks[..height as usize] {
            for (_, id) in crate::blocks::StoredBlock::transaction_ids(&given.block) {
                if !ledger.blocks().has_transaction(&id).map_err(words)? {
                    return Err(format!("an id of block {} is missing", given.block.number()));
                }
            }
        }
        ledger.blocks().verify(&mut |_| Ok(())).map_err(words)
    }

    fn recovers(&mut self, left: &MemoryDisk, told: Option<u64>) -> Result<(), String> {
        match open(left, &self.providers) {
            Ok(ledger) if ledger.height() == 0 && told.is_none() => {
                // Nothing was there yet, so that it began an empty one.
                return Ok(());
            }
            Ok(ledger) => return self.goes_on(&ledger, told.unwrap_or(0)),
            Err(Error::Refused(_)) if told.is_none() => {}
            Err(error) => return Err(words(error)),
        }
        self.import(left).map_err(|error| format!("imported again: {error}"))?;
        self.goes_on(&open(left, &self.providers).map_err(words)?, 0)
    }

    fn goes_on(&mut self, ledger: &Ledger<Block>, told: u64) -> Result<(), String> {
        if ledger.height() < told {
            return Err(format!("height {}, {told} was told", ledger.height()));
        }
        self.compare(ledger)?;
        let height = (ledger.height() + 2).min(self.height + BLOCKS);
        grow(&mut self.chain, ledger, height, &mut self.dice)?;
        self.compare(ledger).map_err(|what| format!("going on: {what}"))
    }

    /// A snapshot whose records are whole, and not those that its hashes stand for.
    fn refuses_another(self) -> Result<(), String> {
        let forged = MemoryDisk::new(ROOM);
        let (from, to): (Arc<dyn Volume>, Arc<dyn Volume>) =
            (Arc::new(self.source.clone()), Arc::new(forged.clone()));
        let path = Path::new(SNAPSHOT);
        base::testing::forge((&from, path), (&to, path)).map_err(words)?;
        match (Self { source: forged, ..self }).import(&MemoryDisk::new(ROOM)) {
            Err(Error::Damaged { .. }) => Ok(()),
            Ok(()) => Err("a snapshot that is not what its hashes say was taken in".into()),
            Err(error) => Err(words(error)),
        }
    }
}
