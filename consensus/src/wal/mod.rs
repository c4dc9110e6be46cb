// SPDX-License-Identifier: Apache-2.0
//! One write-ahead log for all groups of a node: one sync makes safe what all of them wrote.
//!
//! A record belongs to a group; the group's entries, its vote and the like are what its records
//! make of them, in their order. Nothing is ever cut off: a truncation is a record, too. Since all
//! is in one order, a vote that is safe has all before it safe.
//!
//! ```
//! use gmca_consensus::wal::{Entry, Options, SyncAtOnce, Wal};
//! use std::sync::Arc;
//!
//! # let folder = tempfile::tempdir()?;
//! let volume: Arc<dyn sys::Volume> = Arc::new(sys::SystemDisk);
//! let wal = Wal::open(&volume, folder.path(), Options::default(), Box::new(SyncAtOnce))?;
//! let group = wal.group("channel")?;
//! let entry = Entry { index: 0, term: 1, kind: 0, body: "any bytes".into() };
//! group.append(vec![entry.clone()], Box::new(|safe| assert!(safe.is_ok())))?;
//! assert_eq!(group.read(0, 1, u64::MAX)?, [entry]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Not here: what entries and votes mean (`raft`), segments and their checksums (`ledger::log`).
#![deny(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

mod cache;
mod error;
mod format;
mod group;
mod handle;
mod space;
mod state;
mod sync;

pub use error::Error;
pub use handle::{Group, MAX_KEY};
pub use sync::{SyncAtOnce, SyncThread, Syncer, Work};

use format::Record;
use ledger::log::SegmentLog;
use proto::Bytes;
use state::State;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use sync::Shared;
use sys::Volume;

/// The kind of its segments.
const KIND: u32 = 2;

/// How a log is kept.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bytes after which a new segment is begun.
    pub segment_size: u64,
    /// A number that nobody outside can guess: see [`ledger::log::Options::salt`].
    pub salt: u32,
    /// Bytes of entries that are kept in memory, of all groups together.
    pub cached_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_size: 64 << 20, salt: 0, cached_bytes: 64 << 20 }
    }
}

/// Called when what was written is safe, or never will be. It may be called with no lock held, by
/// any thread, and must not block.
pub type Completion = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// An entry of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the group.
    pub index: u64,
    /// The term of the leader that made it.
    pub term: u64,
    /// What its body is, for whoever made it.
    pub kind: u8,
    /// Any bytes.
    pub body: Bytes,
}

/// Which entry, and whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The entry's.
    pub index: u64,
    /// The entry's.
    pub term: u64,
}

/// What is there of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupInfo {
    /// Index of the first entry that is there.
    pub first: Option<u64>,
    /// The last entry that is there, or else the last that was purged.
    pub last: Option<Position>,
    /// What was last given to [`Group::save_vote`].
    pub vote: Option<Bytes>,
    /// What was last given to [`Group::save_committed`].
    pub committed: Option<Position>,
    /// What was last given to [`Group::purge`].
    pub purged: Option<Position>,
}

impl GroupInfo {
    /// Whether nothing was ever written: no vote, no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.last.is_none() && self.vote.is_none()
    }
}

/// The log, with its folder locked. Dropping it lets go of the folder at once, without a last
/// sync; whoever still waits is refused.
pub struct Wal {
    shared: Arc<Shared>,
}

impl fmt::Debug for Wal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wal").field("groups", &self.groups()).finish()
    }
}

impl Wal {
    /// Opens the log in a folder, or makes an empty one. What was safe is there, and what was
    /// written after it up to some record.
    ///
    /// # Errors
    /// [`Error::Log`] with what the disk says, or that it is in use or damaged;
    /// [`Error::Damaged`], [`Error::Incomplete`].
    pub fn open(
        volume: &Arc<dyn Volume>,
        dir: &Path,
        options: Options,
        syncer: Box<dyn Syncer>,
    ) -> Result<Self, Error> {
        let Options { segment_size, salt, .. } = options;
        let log = ledger::log::Options { segment_size, salt };
        let log = SegmentLog::open(volume, dir, KIND, log, 0)?;
        let state = Mutex::new(State::replay(log, &options)?);
        Ok(Self { shared: Arc::new(Shared { state, syncer }) })
    }

    /// The group of that name; one that is not there is made, and is safe with the first thing of
    /// it that is.
    ///
    /// # Errors
    /// [`Error::Stopped`], [`Error::Closed`], or what the disk says.
    pub fn group(&self, name: &str) -> Result<Group, Error> {
        let mut state = self.shared.lock();
        let id = match state.find(name) {
            Some(id) => id,
            None => state.declare(name)?,
        };
        drop(state);
        Ok(Group { shared: Arc::clone(&self.shared), id, name: name.into() })
    }

    /// The names of all groups, sorted.
    #[must_use]
    pub fn groups(&self) -> Vec<String> {
        let state = self.shared.lock();
        let mut names: Vec<_> =
            state.groups.values().filter_map(|group| group.name().map(str::to_owned)).collect();
        names.sort_unstable();
        names
    }

    /// Takes a group away, with all that it has. `done` as in [`Group::append`].
    ///
    /// # Errors
    /// [`Error::NoGroup`]; else as [`Group::append`].
    pub fn remove(&self, name: &str, done: Completion) -> Result<(), Error> {
        handle::write(&self.shared, Some((done, false)), |state| {
            let id = state.find(name).ok_or_else(|| Error::NoGroup(name.to_owned()))?;
            state.write(id, Record::Removed)
        })
    }

    /// Makes safe what was written, and lets go of the folder: when this returns it can be opened
    /// again. All handles refuse to write from then on.
    pub fn close(&self) {
        self.shared.sync();
        self.let_go();
    }

    /// Whether some thread is in the middle of writing: one must not write in it, too.
    #[cfg(feature = "testing")]
    pub(crate) fn is_busy(&self) -> bool {
        self.shared.state.try_lock().is_err()
    }

    fn let_go(&self) {
        self.shared.syncer.stop();
        let waiting = self.shared.lock().close();
        waiting.into_iter().for_each(|(done, result)| done(result));
    }
}

impl Drop for Wal {
    fn drop(&mut self) {
        self.let_go();
    }
}
