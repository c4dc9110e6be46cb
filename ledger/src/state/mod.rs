// SPDX-License-Identifier: Apache-2.0
//! The state: what stands at each key after the last block, and the history of each key.
//!
//! One redb commit a block, not durable by itself, and a durable one now and then: after a power
//! failure the state is that of some earlier block, whole, and the blocks after it are applied
//! again. The height is inside the commit, so it never says anything but what is there.
//!
//! Not here: which writes count (`mvcc`), and the values of old writes (in the blocks).

mod entry;
mod forget;
mod keys;
mod load;
mod run;
mod snapshot;
mod tables;
#[cfg(feature = "testing")]
pub mod testing;
mod updates;

pub use entry::Entry;
pub(crate) use entry::{Head, Kind, metadata_bytes, version_read, version_to_read};
pub use keys::Space;
pub(crate) use load::RawRow;
pub(crate) use run::{Metadata, Run};
pub use snapshot::{Change, History, Page, Row, Rows, Snapshot, WrittenValues};
pub use tables::Tip;
pub use updates::{Update, Updates};

use crate::Error;
use crate::plant::{self, Plant};
use bccsp::Digest;
use redb::{Database, Durability, ReadTransaction, ReadableDatabase, WriteTransaction};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use sys::redb::{Backend, settle};
use sys::{Access, Volume, VolumeFile};
use tables::{HISTORY, META, STATE, TIP};

/// How the state uses disk and memory.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bytes of memory for pages of the file.
    pub cache_size: usize,
    /// A durable commit at least every that many blocks ...
    pub durable_blocks: u64,
    /// ... and after about that many bytes of changes.
    pub durable_bytes: usize,
    /// When many blocks are applied again, they are gathered until their changes take about that
    /// many bytes of memory, and committed at once.
    pub run_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        // A durable commit syncs twice, and blocks since the last one are applied again after a
        // power failure: 64 of them take about a second.
        Self {
            cache_size: 1 << 30,
            durable_blocks: 64,
            durable_bytes: 64 << 20,
            run_bytes: 64 << 20,
        }
    }
}

/// The state of one channel, in one file.
pub struct State {
    database: Database,
    path: PathBuf,
    options: Options,
    /// Also what makes commits wait for each other.
    now: Mutex<Now>,
}

#[derive(Debug)]
struct Now {
    tip: Tip,
    durable: u64,
    bytes: usize,
    stopped: bool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "State({}, {:?})", self.path.display(), self.now())
    }
}

impl State {
    /// The file's name in the folder of a channel.
    pub const FILE: &'static str = "state.redb";

    /// Opens the state in that folder, or makes an empty one.
    ///
    /// # Errors
    /// [`Error::NewerFormat`], [`Error::Damaged`] (remove the file: it is made anew from the
    /// blocks), or what the disk says.
    pub fn open(volume: &Arc<dyn Volume>, dir: &Path, options: Options) -> Result<Self, Error> {
        let path = dir.join(Self::FILE);
        let (database, fresh) = match volume.open_file(&path) {
            Ok(file) => {
                // After a failed sync, what is read may be in the system's memory alone.
                settle(file.as_ref()).map_err(Error::at(&path))?;
                (open(file, &path, options)?, false)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                (create(volume.as_ref(), &path, options)?, true)
            }
            Err(error) => return Err(Error::at(&path)(error)),
        };
        let tip = if fresh { Tip::default() } else { tip(&database, &path)? };
        let now = Now { durable: tip.height, tip, bytes: 0, stopped: false };
        Ok(Self { database, path, options, now: Mutex::new(now) })
    }

    /// How many blocks are in the state: the number of the next one.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.now().tip.height
    }

    /// How many of them a power failure cannot take away.
    #[must_use]
    pub fn durable_height(&self) -> u64 {
        self.now().durable
    }

    /// The last block's hash and the commit hash.
    #[must_use]
    pub fn tip(&self) -> Tip {
        self.now().tip.clone()
    }

    /// The state as it is now, to be read while it goes on.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        let read = self.database.begin_read().map_err(|error| database(&self.path, error))?;
        Snapshot::new(&read, &self.path)
    }

    /// Takes in what the next block changes. Durable now when it is time for that, else with a
    /// later commit or [`flush`](Self::flush).
    ///
    /// # Errors
    /// [`Error::Refused`] when the block is not the next one, [`Error::Stopped`] after an earlier
    /// failure, or what the disk says.
    pub fn commit(
        &self,
        updates: &Updates,
        commit_hash: Option<Digest>,
        block_hash: Digest,
    ) -> Result<(), Error> {
        let (block, bytes) = (updates.block(), updates.bytes());
        let (height, block_hash) = (block.saturating_add(1), Some(block_hash));
        let tip = Tip { height, commit_hash, block_hash, ..Tip::default() };
        let put = |write: &WriteTransaction| put_updates(write, updates, &self.path);
        self.take_in(block, tip, bytes, put)
    }

    /// Takes in what several blocks change, at once; the hashes are the last one's.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub(crate) fn commit_run(
        &self,
        run: Run,
        commit_hash: Option<Digest>,
        block_hash: Option<Digest>,
    ) -> Result<(), Error> {
        let (first, bytes) = (run.first(), run.bytes());
        let tip = Tip { height: run.next(), commit_hash, block_hash, ..Tip::default() };
        self.take_in(first, tip, bytes, |write| run.put(write, &self.path))
    }

    pub(crate) fn run_bytes(&self) -> usize {
        self.options.run_bytes
    }

    /// Takes in changes of the blocks from `first` on, about that many bytes. Where the history
    /// begins stays as it is.
    fn take_in(
        &self,
        first: u64,
        mut tip: Tip,
        bytes: usize,
        put: impl FnOnce(&WriteTransaction) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut now = self.now();
        self.check_running(&now)?;
        let height = now.tip.height;
        if first != height {
            let what = format!("the state is at height {height}, block {first} does not follow");
            return Err(Error::Refused(what));
        }
        tip.history_from = now.tip.history_from;
        let bytes = now.bytes.saturating_add(bytes);
        let durable = tip.height.saturating_sub(now.durable) >= self.options.durable_blocks
            || bytes >= self.options.durable_bytes;
        let done = self.write(put, &tip, durable);
        self.settle(&mut now, tip, durable, bytes, done)
    }

    /// Makes everything durable.
    ///
    /// # Errors
    /// [`Error::Stopped`] after an earlier failure, or what the disk says.
    pub fn flush(&self) -> Result<(), Error> {
        let mut now = self.now();
        self.check_running(&now)?;
        if now.durable == now.tip.height {
            return Ok(());
        }
        let (tip, bytes) = (now.tip.clone(), now.bytes);
        let done = self.write(|_| Ok(()), &tip, true);
        self.settle(&mut now, tip, true, bytes, done)
    }

    fn check_running(&self, now: &Now) -> Result<(), Error> {
        if now.stopped {
            return Err(Error::Stopped { path: self.path.clone() });
        }
        Ok(())
    }

    fn settle(
        &self,
        now: &mut Now,
        tip: Tip,
        durable: bool,
        bytes: usize,
        done: Result<(), Error>,
    ) -> Result<(), Error> {
        // What is on the disk after a failed write or sync is known only to whoever opens it anew.
        now.stopped = done.is_err();
        done?;
        now.tip = tip;
        now.bytes = if durable { 0 } else { bytes };
        if durable {
            now.durable = now.tip.height;
        }
        Ok(())
    }

    fn write(
        &self,
        put: impl FnOnce(&WriteTransaction) -> Result<(), Error>,
        tip: &Tip,
        durable: bool,
    ) -> Result<(), Error> {
        let at = |error| database(&self.path, error);
        if plant::is(Plant::HeightOutsideCommit) {
            let early = self.begin(true).map_err(at)?;
            put_tip(&early, tip, &self.path)?;
            early.commit().map_err(|error| at(error.into()))?;
        }
        let write = self.begin(durable).map_err(at)?;
        put(&write)?;
        put_tip(&write, tip, &self.path)?;
        write.commit().map_err(|error| at(error.into()))
    }

    fn begin(&self, durable: bool) -> Result<WriteTransaction, redb::Error> {
        let mut write = self.database.begin_write()?;
        write.set_durability(if durable { Durability::Immediate } else { Durability::None })?;
        // With it a durable commit writes down which pages are free, so that opening after a power
        // failure need not walk through the whole file.
        write.set_quick_repair(durable);
        Ok(write)
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What redb says, as an error about that file.
fn database(path: &Path, error: impl Into<redb::Error>) -> Error {
    let path = path.to_path_buf();
    match error.into() {
        // It says so of a file that is not one of its own, or not all of it.
        redb::Error::Io(source)
            if matches!(source.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) =>
        {
            Error::Damaged { path, offset: 0, what: source.to_string() }
        }
        redb::Error::Io(source) => Error::Disk { path, source },
        redb::Error::PreviousIo => Error::Stopped { path },
        redb::Error::DatabaseAlreadyOpen => Error::InUse { path },
        redb::Error::Corrupted(what) => Error::Damaged { path, offset: 0, what },
        other => Error::Disk { path, source: std::io::Error::other(other) },
    }
}

fn open(file: Arc<dyn VolumeFile>, path: &Path, options: Options) -> Result<Database, Error> {
    let mut builder = Database::builder();
    builder.set_cache_size(options.cache_size);
    builder.create_with_backend(Backend::new(file)).map_err(|error| database(path, error))
}

/// Makes an empty state under another name first: under its own name the file is always whole.
fn create(volume: &dyn Volume, path: &Path, options: Options) -> Result<Database, Error> {
    let at = || Error::at(path);
    let (making, dir) = (path.with_extension("new"), path.parent().unwrap_or(Path::new("")));
    match volume.remove_file(&making) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        // Else it might be the one that was begun before whose new name gets durable.
        removed => removed.and_then(|()| volume.sync_dir(dir)).map_err(at())?,
    }
    let file = volume.create_file(&making, Access::Private).map_err(at())?;
    let empty = open(file, path, options)?;
    let write = empty.begin_write().map_err(|error| database(path, error))?;
    put_tip(&write, &Tip::default(), path)?;
    write.open_table(STATE).map_err(|error| database(path, error))?;
    write.open_table(HISTORY).map_err(|error| database(path, error))?;
    write.commit().map_err(|error| database(path, error))?;
    volume.rename_file(&making, path).map_err(at())?;
    volume.sync_dir(dir).map_err(at())?;
    Ok(empty)
}

fn tip(from: &Database, path: &Path) -> Result<Tip, Error> {
    tip_in(&from.begin_read().map_err(|error| database(path, error))?, path)
}

fn tip_in(read: &ReadTransaction, path: &Path) -> Result<Tip, Error> {
    let meta = read.open_table(META).map_err(|error| database(path, error))?;
    let row = meta.get(TIP).map_err(|error| database(path, error))?;
    Tip::read(row.as_ref().map_or(&[][..], |row| row.value()), path)
}

fn put_tip(write: &WriteTransaction, tip: &Tip, path: &Path) -> Result<(), Error> {
    let mut meta = write.open_table(META).map_err(|error| database(path, error))?;
    meta.insert(TIP, tip.write().as_slice()).map_err(|error| database(path, error))?;
    Ok(())
}

fn put_updates(write: &WriteTransaction, updates: &Updates, path: &Path) -> Result<(), Error> {
    let mut state = write.open_table(STATE).map_err(|error| database(path, error))?;
    let mut out = Vec::new();
    for (space, key, head) in updates.heads() {
        let place = space.place(key);
        // A deleted public key stays as the head of its history; hashes have no history.
        if head.live.is_none() && space.collection.is_some() {
            state.remove(place.as_slice()).map_err(|error| database(path, error))?;
            continue;
        }
        head.write(&mut out);
        state.insert(place.as_slice(), out.as_slice()).map_err(|error| database(path, error))?;
    }
    let mut written: Vec<_> = updates.written().iter().collect();
    // They are in this order already, but for names that no chaincode has.
    written.sort_by(|one, other| (one.version, &one.place).cmp(&(other.version, &other.place)));
    let mut history = write.open_table(HISTORY).map_err(|error| database(path, error))?;
    let links = written.into_iter().map(|one| (one.version, one.place.as_slice(), one.link));
    run::put_history(&mut history, links, path)
}
