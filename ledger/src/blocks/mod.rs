// SPDX-License-Identifier: Apache-2.0
//! The chain of blocks on disk: found by number, by hash and by transaction id.
//!
//! A block is appended, then made safe together with others or alone; only then is it there for
//! readers. Ids are derived: the blocks whose ids are in no file yet are read again at a start,
//! and a bad id file means reading all of them.
//!
//! ```text
//! lock               held while the store is open
//! start              only of a chain that does not begin with block 0
//! blocks/…           a `log`, record n is block n
//! ids/…              an `ids::IdStore`
//! ```
//!
//! Not here: what a block is, and whether it is any good beyond its link (`block`, `channel`).

mod copy;
mod examine;
mod fabric;
mod open;
mod record;
mod start;
mod stored;
#[cfg(feature = "testing")]
pub mod testing;

pub use fabric::transaction_key;
pub(crate) use open::Before;
pub use start::Start;
pub use stored::{Stored, StoredBlock};

use crate::Error;
use crate::ids::{self, IdStore, Key, Kind, Place};
use crate::log::{self, Reader, SegmentLog, on_all};
use bccsp::Digest;
use open::{BLOCKS, IDS, import_ids, new_ids, open_log};
pub(crate) use record::keys;
use record::{damaged, decode, record};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use sys::{Access, Volume, VolumeLock};

/// How blocks are stored.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Of the blocks.
    pub log: log::Options,
    /// Of the ids.
    pub ids: ids::Options,
}

/// The end of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The number of the next block.
    pub height: u64,
    /// The hash of the last block; none before block 0.
    pub hash: Option<Digest>,
    /// The last block that changed the configuration.
    pub last_config: Option<u64>,
}

/// The blocks of one channel. Shared by one who appends and any number who read.
pub struct BlockStore<B> {
    dir: PathBuf,
    start: Option<Start>,
    reader: Reader,
    writer: Mutex<Writer>,
    ids: RwLock<IdStore>,
    /// Of the blocks that are safe.
    tip: RwLock<Tip>,
    block: PhantomData<fn() -> B>,
}

#[derive(Debug)]
struct Writer {
    log: SegmentLog,
    /// Of the blocks that were appended.
    tip: Tip,
    stopped: bool,
}

impl<B> std::fmt::Debug for BlockStore<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BlockStore({}, {:?})", self.dir.display(), *read(&self.tip))
    }
}

/// The records of a block store, in the header of its segments.
const KIND: u32 = 1;

impl<B: StoredBlock> BlockStore<B> {
    /// Opens the chain in a channel's folder, or begins an empty one with block 0. Blocks below
    /// `at_least` are known to have been safe once.
    ///
    /// # Errors
    /// [`Error::InUse`], [`Error::Damaged`], [`Error::NewerFormat`], or what the disk says.
    pub fn open(
        volume: &Arc<dyn Volume>,
        dir: &Path,
        options: Options,
        at_least: u64,
    ) -> Result<Self, Error> {
        volume.create_dir(dir, Access::Private).map_err(Error::at(dir))?;
        let lock = log::lock(volume.as_ref(), dir)?;
        Self::open_locked(volume, dir, options, at_least, None, lock)
    }

    /// The same for a folder that is locked. With `before`, ids that are missing are taken from
    /// there, and a chain that was never begun begins behind it.
    pub(crate) fn open_locked(
        volume: &Arc<dyn Volume>,
        dir: &Path,
        options: Options,
        at_least: u64,
        before: Option<&dyn Before>,
        lock: Box<dyn VolumeLock>,
    ) -> Result<Self, Error> {
        let mut start = Start::read(volume.as_ref(), dir)?;
        let mut ids = match IdStore::open(volume, &dir.join(IDS), options.ids) {
            // Files that are no good are made again from the blocks.
            Err(Error::Damaged { .. } | Error::Disk { .. }) => None,
            ids => ids?,
        };
        if let (Some(before), None) = (before, &ids) {
            ids = Some(import_ids(volume, dir, options, before)?);
        }
        if let (Some(before), None) = (before, &start)
            && !volume.exists(&dir.join(BLOCKS))
        {
            start = Some(before.start());
            before.start().write(volume.as_ref(), dir)?;
        }
        let covered = ids.as_ref().map_or(0, IdStore::covered);
        let begin = start.as_ref().map_or(0, |start| start.number);
        let at_least = at_least.max(covered).max(begin);
        let log = open_log(volume, dir, options, (at_least, begin), lock)?;
        let ids = match ids {
            Some(ids) => ids,
            None => new_ids(volume, dir, options, log.reader())?,
        };
        let store = Self::with(dir, log, ids, start)?;
        store.add_missing_ids()?;
        Ok(store)
    }

    /// Begins a chain in the middle, in a folder without one: `ids` are those of all blocks before.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is a chain; what `ids` says, or what the disk says.
    pub fn begin_at(
        volume: &Arc<dyn Volume>,
        dir: &Path,
        options: Options,
        start: &Start,
        ids: &mut dyn Iterator<Item = Result<(Key, Place), Error>>,
    ) -> Result<Self, Error> {
        volume.create_dir(dir, Access::Private).map_err(Error::at(dir))?;
        let lock = log::lock(volume.as_ref(), dir)?;
        if Self::is_there(volume.as_ref(), dir) {
            let what = format!("{}: there is a chain already", dir.display());
            return Err(Error::Refused(what));
        }
        let mut store = IdStore::create(volume, &dir.join(IDS), options.ids, start.number)?;
        for id in ids {
            let (key, place) = id?;
            store.import(key, place)?;
        }
        store.end_import()?;
        // With it the chain is there: everything it needs has to be there before.
        start.write(volume.as_ref(), dir)?;
        let log = open_log(volume, dir, options, (start.number, start.number), lock)?;
        Self::with(dir, log, store, Some(start.clone()))
    }

    fn with(
        dir: &Path,
        log: SegmentLog,
        ids: IdStore,
        start: Option<Start>,
    ) -> Result<Self, Error> {
        let (reader, height) = (log.reader().clone(), log.next_sequence());
        let last = height.checked_sub(1).filter(|last| *last >= reader.first());
        let tip = match last.map(|last| record(&reader, last)).transpose()? {
            Some((hash, last_config, _)) => Tip { height, hash: Some(hash), last_config },
            None => Tip {
                height,
                hash: start.as_ref().map(|start| start.previous_hash),
                last_config: start.as_ref().and_then(|start| start.last_config),
            },
        };
        let writer = Mutex::new(Writer { log, tip: tip.clone(), stopped: false });
        let (ids, tip, dir) = (RwLock::new(ids), RwLock::new(tip), dir.to_path_buf());
        Ok(Self { dir, start, reader, writer, ids, tip, block: PhantomData })
    }

    /// Whether a chain was begun in that folder.
    pub(crate) fn is_there(volume: &dyn Volume, dir: &Path) -> bool {
        volume.exists(&dir.join(BLOCKS)) || volume.exists(&Start::path(dir))
    }

    /// Takes away the ids of a chain that is not open, so that they are made anew.
    pub(crate) fn remove_ids(volume: &dyn Volume, dir: &Path) -> Result<(), Error> {
        let ids = dir.join(IDS);
        if volume.exists(&ids) { volume.remove_dir(&ids).map_err(Error::at(&ids)) } else { Ok(()) }
    }

    /// The number of the first block that is here: others were pruned, or were never here.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.reader.first()
    }

    /// The number of the next block.
    #[must_use]
    pub fn height(&self) -> u64 {
        read(&self.tip).height
    }

    /// The last block that changed the configuration.
    #[must_use]
    pub fn last_config(&self) -> Option<u64> {
        read(&self.tip).last_config
    }

    /// Height, last hash and last configuration block, as they are at one moment.
    #[must_use]
    pub fn tip(&self) -> Tip {
        read(&self.tip).clone()
    }

    /// Writes the next block. It is safe, and there for readers, after [`sync`](Self::sync); its
    /// ids are known at once to [`has_transaction`](Self::has_transaction). `hash` is its hash, by
    /// the function that is in force for it.
    ///
    /// # Errors
    /// [`Error::Refused`] when it does not follow; [`Error::Stopped`] after a failure, or what the
    /// disk says.
    pub fn append(&self, block: &B, hash: &Digest) -> Result<(), Error> {
        let mut writer = self.writer();
        writer.check_running(&self.dir)?;
        writer.check_follows(block)?;
        let number = block.number();
        let last_config = if block.is_config() { Some(number) } else { writer.tip.last_config };
        let before = stored::before(hash, last_config);
        let ids = keys(block, hash);
        writer.log.append_with(&mut |out| {
            out.extend(before);
            block.encode(out);
        })?;
        write(&self.ids).add(number, ids)?;
        let height = number.saturating_add(1);
        writer.tip = Tip { height, hash: Some(*hash), last_config };
        Ok(())
    }

    /// Makes all blocks that were appended safe.
    ///
    /// # Errors
    /// [`Error::Stopped`] after a failure, or what the disk says.
    pub fn sync(&self) -> Result<(), Error> {
        let mut writer = self.writer();
        writer.check_running(&self.dir)?;
        writer.log.sync()?;
        *write(&self.tip) = writer.tip.clone();
        let tended = write(&self.ids).tend();
        writer.stopped = tended.is_err();
        tended
    }

    /// Makes the blocks of several chains safe at once.
    ///
    /// # Errors
    /// The first one's that failed; all were tried.
    pub fn sync_all(stores: &[&Self]) -> Result<(), Error> {
        on_all(stores, |store| store.sync())
    }

    /// The block of that number, if it is here.
    ///
    /// # Errors
    /// [`Error::Damaged`], or what the disk says.
    pub fn block(&self, number: u64) -> Result<Option<Stored<B>>, Error> {
        if !(self.first()..self.height()).contains(&number) {
            return Ok(None);
        }
        decode(&self.reader, number, &self.reader.read(number)?).map(Some)
    }

    /// The number of the block with that hash. It may be pruned.
    ///
    /// # Errors
    /// [`Error::Damaged`], or what the disk says.
    pub fn number_of(&self, hash: &Digest) -> Result<Option<u64>, Error> {
        let found = self.find(&Key::new(Kind::Block, hash.as_bytes()))?;
        Ok(found.map(|place| place.block))
    }

    /// Where the transaction of that id is: the first one, if it is there twice. Its block may be
    /// pruned.
    ///
    /// # Errors
    /// [`Error::Damaged`], or what the disk says.
    pub fn transaction(&self, id: &[u8; 32]) -> Result<Option<Place>, Error> {
        self.find(&Key::new(Kind::Transaction, id))
    }

    /// Whether a transaction of that id was appended, safe or not.
    ///
    /// # Errors
    /// [`Error::Damaged`], or what the disk says.
    pub fn has_transaction(&self, id: &[u8; 32]) -> Result<bool, Error> {
        read(&self.ids).contains(&Key::new(Kind::Transaction, id))
    }

    /// The blocks from that number on, one at a time; those appended meanwhile, too.
    pub fn iter(&self, from: u64) -> impl Iterator<Item = Result<Stored<B>, Error>> + '_ {
        let mut next = Some(from);
        std::iter::from_fn(move || {
            let number = next.filter(|number| *number < self.height())?;
            let found = self.block(number).transpose().unwrap_or_else(|| {
                Err(Error::Refused(format!("there is no block {number}: it was pruned")))
            });
            next = number.checked_add(1).filter(|_| found.is_ok());
            Some(found)
        })
    }

    /// Every id of the blocks before that one, in order, once: for [`begin_at`](Self::begin_at)
    /// elsewhere. Blocks are appended meanwhile.
    ///
    /// # Errors
    /// What `each` says, [`Error::Damaged`], or what the disk says.
    pub fn export_ids(
        &self,
        height: u64,
        each: &mut dyn FnMut(Key, Place) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let ids = read(&self.ids).view();
        ids.export(&mut |key, place| {
            if place.block < height { each(key, place) } else { Ok(()) }
        })
    }

    /// Takes away blocks before that number, as far as whole segments are; their ids stay. Says
    /// which block is the first now. What they made of the state must be safe elsewhere.
    ///
    /// # Errors
    /// [`Error::Stopped`] after a failure, or what the disk says.
    pub fn prune_before(&self, number: u64) -> Result<u64, Error> {
        let mut writer = self.writer();
        writer.check_running(&self.dir)?;
        // Ids that are only in memory could not be found again.
        writer.log.sync()?;
        *write(&self.tip) = writer.tip.clone();
        let flushed = write(&self.ids).flush();
        writer.stopped = flushed.is_err();
        flushed?;
        writer.log.prune_before(number)
    }

    /// Writes all ids to files, so that the next start is quick.
    ///
    /// # Errors
    /// [`Error::Stopped`] after a failure, or what the disk says.
    pub fn flush(&self) -> Result<(), Error> {
        self.sync()?;
        let mut writer = self.writer();
        let flushed = write(&self.ids).flush();
        writer.stopped = flushed.is_err();
        flushed
    }

    /// Reads everything: checksums, numbers, links, and that every id is found. `each` is given
    /// every block, to say how far it is and to look closer.
    ///
    /// # Errors
    /// [`Error::Damaged`] with file and offset, and what `each` says.
    pub fn verify(
        &self,
        each: &mut dyn FnMut(&Stored<B>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        read(&self.ids).verify()?;
        let start = self.start.as_ref().filter(|start| start.number == self.first());
        let mut previous = start.map(|start| start.previous_hash);
        self.reader.verify(&mut |record| {
            let number = record.sequence;
            let stored: Stored<B> = decode(&self.reader, number, &record.payload)?;
            let stated = stored.block.previous_hash();
            if previous.as_ref().is_some_and(|previous| previous.as_ref() != stated) {
                let what = format!("block {number} does not state the hash of the block before");
                return Err(damaged(&self.reader, number, what));
            }
            self.check_ids(number, &stored)?;
            previous = Some(stored.hash);
            each(&stored)
        })
    }

    fn check_ids(&self, number: u64, stored: &Stored<B>) -> Result<(), Error> {
        let ids = read(&self.ids);
        for (key, _) in keys(&stored.block, &stored.hash) {
            if ids.find(&key)?.is_none_or(|place| place.block > number) {
                let path = self.dir.join(IDS);
                let what = format!("an id of block {number} is missing; remove this folder");
                return Err(Error::Damaged { path, offset: 0, what });
            }
        }
        Ok(())
    }

    /// Adds the ids of the blocks that are in no file.
    fn add_missing_ids(&self) -> Result<(), Error> {
        let mut ids = write(&self.ids);
        for number in ids.next_block()..self.height() {
            let stored: Stored<B> = decode(&self.reader, number, &self.reader.read(number)?)?;
            ids.add(number, keys(&stored.block, &stored.hash))?;
            ids.tend()?;
        }
        Ok(())
    }

    fn find(&self, key: &Key) -> Result<Option<Place>, Error> {
        let height = self.height();
        let found = read(&self.ids).find(key)?;
        Ok(found.filter(|place| place.block < height))
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    fn check_running(&self, dir: &Path) -> Result<(), Error> {
        if self.stopped {
            return Err(Error::Stopped { path: dir.to_path_buf() });
        }
        Ok(())
    }

    fn check_follows<B: StoredBlock>(&self, block: &B) -> Result<(), Error> {
        let (number, height) = (block.number(), self.tip.height);
        if number != height {
            let what = format!("block {number} does not follow: block {height} is next");
            return Err(Error::Refused(what));
        }
        match &self.tip.hash {
            Some(hash) if hash.as_ref() != block.previous_hash() => {
                let what = format!("block {number} does not state the hash of the block before");
                Err(Error::Refused(what))
            }
            _ => Ok(()),
        }
    }
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
