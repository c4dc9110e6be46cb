// SPDX-License-Identifier: Apache-2.0
//! Checks of the write-ahead log: random use against a model, power failures at random moments,
//! and every flipped bit.

mod crash;
mod during;
mod flips;
mod picture;

pub use crash::{crash, model};
pub use flips::flips;

use during::During;

use crate::wal::{Error, Options, SyncAtOnce, Syncer, Wal, Work};
use std::path::Path;
use std::sync::{Arc, Mutex};
use sys::sim::{Dice, MemoryDisk, Watched};
use sys::{Access, Disk, Volume};

const ROOM: usize = 1 << 30;
const DIR: &str = "wal";
const SEGMENT: u64 = 2048;

/// Syncs when it is told to, so that several writes wait for one sync.
#[derive(Clone, Debug, Default)]
struct Later(Arc<Mutex<Option<Work>>>);

impl Later {
    fn run(&self) {
        let work = self.0.lock().unwrap().take();
        work.iter().for_each(Work::run);
    }
}

impl Syncer for Later {
    fn wake(&self, work: Work) {
        *self.0.lock().unwrap() = Some(work);
    }

    fn stop(&self) {}
}

fn open_with(disk: &MemoryDisk, during: &During, syncer: Box<dyn Syncer>) -> Result<Wal, Error> {
    let volume: Arc<dyn Volume> = Arc::new(Watched::new(disk, Arc::new(during.clone())));
    let options = Options { segment_size: SEGMENT, salt: 0x5eed, cached_bytes: 1000 };
    Wal::open(&volume, Path::new(DIR), options, syncer)
}

fn open(disk: &MemoryDisk) -> Result<Wal, Error> {
    open_with(disk, &During::default(), Box::new(SyncAtOnce))
}

/// Lets a sync or a write fail, sometimes.
fn faulty(disk: &MemoryDisk, dice: &mut Dice) {
    if dice.once_in(20) {
        disk.fail_sync_after(dice.below(3));
    } else if dice.once_in(40) {
        disk.halt_after(dice.below(6));
    }
}

fn heal(disk: &MemoryDisk) {
    disk.fail_sync_after(u64::MAX);
    disk.halt_after(u64::MAX);
}

/// A disk with the same files that remembers what happens to it.
fn recorded(left: &MemoryDisk) -> MemoryDisk {
    let disk = MemoryDisk::recording(ROOM);
    for (path, _) in left.files() {
        disk.create(&path, &left.read(&path).unwrap(), Access::Private).unwrap();
    }
    disk
}
