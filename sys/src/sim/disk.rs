// SPDX-License-Identifier: Apache-2.0
//! Files in memory that can refuse, fail, and remember in which order they were written.
//!
//! Not here: what is left of them after a crash (`crash`), and one open file (`file`).

use super::file::{Held, Open};
use crate::{Access, Clock, Disk, Volume, VolumeFile, VolumeLock};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What happened to a disk, in order.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// A whole file appeared under its name, durably.
    Put(PathBuf, FileId, Arc<[u8]>),
    /// Everything under that path went away, durably.
    Take(PathBuf),
    /// Everything under a path went under another, durably.
    Move(PathBuf, PathBuf),
    /// An empty file got a name.
    Create(PathBuf, FileId),
    /// A file got another name.
    Rename(PathBuf, PathBuf),
    /// A file lost its name.
    Remove(PathBuf),
    /// Bytes were written at an offset.
    Write(FileId, u64, Arc<[u8]>),
    /// A file was cut or filled up.
    SetSize(FileId, u64),
    /// What is in a file became durable.
    Sync(FileId),
    /// It did not, and never will.
    SyncFailed(FileId),
    /// The names in a folder became durable.
    SyncDir(PathBuf),
    /// Somebody was told that this much is safe.
    Acknowledge(u64),
}

pub(super) type FileId = usize;

/// A disk in memory. Clones are the same disk.
///
/// A [`recording`](Self::recording) one remembers every write, so that [`crashes`](Self::crashes)
/// can show what a power failure at any moment would have left.
#[derive(Clone, Debug)]
pub struct MemoryDisk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) names: BTreeMap<PathBuf, FileId>,
    pub(super) contents: Vec<Vec<u8>>,
    pub(super) locks: BTreeSet<PathBuf>,
    log: Option<Vec<Event>>,
    used: usize,
    room: usize,
    /// How many syncs succeed before one fails.
    syncs_left: Option<u64>,
    /// How many operations that change something succeed before all fail.
    operations_left: Option<u64>,
    delay: Option<(Arc<dyn Clock>, Duration)>,
}

impl MemoryDisk {
    /// An empty disk that refuses a write once `room` bytes are in use (`StorageFull`).
    #[must_use]
    pub fn new(room: usize) -> Self {
        Self(Arc::new(Mutex::new(State { room, ..State::default() })))
    }

    /// The same, and it remembers everything that happens to it.
    #[must_use]
    pub fn recording(room: usize) -> Self {
        let log = Some(Vec::new());
        Self(Arc::new(Mutex::new(State { room, log, ..State::default() })))
    }

    /// A disk with these files.
    pub(super) fn with(files: impl IntoIterator<Item = (PathBuf, Vec<u8>)>) -> Self {
        let mut state = State { room: usize::MAX, ..State::default() };
        for (path, bytes) in files {
            state.names.insert(path, state.contents.len());
            state.used += bytes.len();
            state.contents.push(bytes);
        }
        Self(Arc::new(Mutex::new(state)))
    }

    /// Notes that somebody was told: this much is safe. A crash after it must not lose it.
    pub fn acknowledge(&self, what: u64) {
        self.state().note(|| Event::Acknowledge(what));
    }

    /// How much may be in use from now on.
    pub fn set_room(&self, room: usize) {
        self.state().room = room;
    }

    /// Lets that many syncs succeed and the one after them fail.
    pub fn fail_sync_after(&self, syncs: u64) {
        self.state().syncs_left = Some(syncs);
    }

    /// Lets that many changes succeed and fails every one after them.
    pub fn halt_after(&self, operations: u64) {
        self.state().operations_left = Some(operations);
    }

    /// Makes every sync take that long by that clock.
    pub fn slow_down(&self, clock: Arc<dyn Clock>, delay: Duration) {
        self.state().delay = Some((clock, delay));
    }

    /// Turns one bit of a file round, as a failing disk does. Says whether there is such a bit.
    pub fn flip(&self, path: &Path, byte: usize, bit: u8) -> bool {
        let mut state = self.state();
        let Some(&file) = state.names.get(path) else { return false };
        let found = state.contents.get_mut(file).and_then(|content| content.get_mut(byte));
        found.map(|byte| *byte ^= 1 << (bit % 8)).is_some()
    }

    /// Every file there is, with its length, in byte order of the paths.
    #[must_use]
    pub fn files(&self) -> Vec<(PathBuf, usize)> {
        let state = self.state();
        let size = |file: &FileId| state.contents.get(*file).map_or(0, Vec::len);
        state.names.iter().map(|(path, file)| (path.clone(), size(file))).collect()
    }

    /// What happened so far; nothing when this is not a recording disk.
    pub(super) fn events(&self) -> Vec<Event> {
        self.state().log.clone().unwrap_or_default()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, path: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
        let mut state = self.state();
        if !replace && state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.change(bytes.len())?;
        let file = state.add(path, bytes.to_vec());
        state.note(|| Event::Put(path.to_path_buf(), file, bytes.into()));
        Ok(())
    }

    fn open(&self, file: FileId) -> Arc<dyn VolumeFile> {
        Arc::new(Open { disk: self.clone(), file })
    }
}

impl State {
    /// Room for that many bytes more, on a disk that still works.
    pub(super) fn change(&mut self, more: usize) -> io::Result<()> {
        match &mut self.operations_left {
            Some(0) => return Err(io::Error::other("the disk has stopped")),
            Some(left) => *left -= 1,
            None => {}
        }
        if self.used.saturating_add(more) > self.room {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.used += more;
        Ok(())
    }

    pub(super) fn free(&mut self, less: usize) {
        self.used = self.used.saturating_sub(less);
    }

    pub(super) fn note(&mut self, event: impl FnOnce() -> Event) {
        if let Some(log) = &mut self.log {
            log.push(event());
        }
    }

    /// Whether this sync succeeds.
    pub(super) fn sync(&mut self) -> bool {
        match &mut self.syncs_left {
            Some(0) => {
                self.syncs_left = None;
                return false;
            }
            Some(left) => *left -= 1,
            None => {}
        }
        true
    }

    pub(super) fn delay(&self) -> Option<(Arc<dyn Clock>, Duration)> {
        self.delay.clone()
    }

    fn add(&mut self, path: &Path, bytes: Vec<u8>) -> FileId {
        self.drop_name(path);
        let file = self.contents.len();
        self.contents.push(bytes);
        self.names.insert(path.to_path_buf(), file);
        file
    }

    /// Takes a name away. Whoever has the file open keeps it.
    fn drop_name(&mut self, path: &Path) -> bool {
        let Some(file) = self.names.remove(path) else { return false };
        let size = self.contents.get(file).map_or(0, Vec::len);
        self.free(size);
        true
    }
}

/// Gives every name under `from` its place under `to`.
pub(super) fn move_names(names: &mut BTreeMap<PathBuf, FileId>, from: &Path, to: &Path) {
    let moved: Vec<PathBuf> = names.keys().filter(|path| path.starts_with(from)).cloned().collect();
    for path in moved {
        let rest = path.strip_prefix(from).unwrap_or(&path);
        let target = if rest.as_os_str().is_empty() { to.to_path_buf() } else { to.join(rest) };
        if let Some(file) = names.remove(&path) {
            names.insert(target, file);
        }
    }
}

impl Disk for MemoryDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let state = self.state();
        let file = state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(state.contents.get(*file).cloned().unwrap_or_default())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        // Folders are there by the files in them.
        let entry = |path: &PathBuf| {
            let name = path.strip_prefix(dir).ok()?.components().next()?;
            Some(dir.join(name))
        };
        let entries: BTreeSet<PathBuf> = self.state().names.keys().filter_map(entry).collect();
        Ok(entries.into_iter().collect())
    }

    fn create_dir(&self, _: &Path, _: Access) -> io::Result<()> {
        Ok(())
    }

    fn create(&self, path: &Path, bytes: &[u8], _: Access) -> io::Result<()> {
        self.put(path, bytes, false)
    }

    fn replace(&self, path: &Path, bytes: &[u8], _: Access) -> io::Result<()> {
        self.put(path, bytes, true)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.change(0)?;
        if !state.drop_name(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.note(|| Event::Take(path.to_path_buf()));
        Ok(())
    }

    fn remove_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.change(0)?;
        let gone: Vec<PathBuf> =
            state.names.keys().filter(|path| path.starts_with(dir)).cloned().collect();
        for path in gone {
            state.drop_name(&path);
        }
        state.note(|| Event::Take(dir.to_path_buf()));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        if state.names.keys().any(|path| path.starts_with(to)) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.change(0)?;
        move_names(&mut state.names, from, to);
        state.note(|| Event::Move(from.to_path_buf(), to.to_path_buf()));
        Ok(())
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        self.read(path).map(|_| 0o600)
    }

    fn exists(&self, path: &Path) -> bool {
        self.state().names.keys().any(|file| file.starts_with(path))
    }
}

impl Volume for MemoryDisk {
    fn open_file(&self, path: &Path) -> io::Result<Arc<dyn VolumeFile>> {
        let file = self.state().names.get(path).copied();
        file.map(|file| self.open(file)).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn create_file(&self, path: &Path, _: Access) -> io::Result<Arc<dyn VolumeFile>> {
        let mut state = self.state();
        if state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.change(0)?;
        let file = state.add(path, Vec::new());
        state.note(|| Event::Create(path.to_path_buf(), file));
        drop(state);
        Ok(self.open(file))
    }

    fn rename_file(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.change(0)?;
        let file = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.drop_name(to);
        state.names.insert(to.to_path_buf(), file);
        state.note(|| Event::Rename(from.to_path_buf(), to.to_path_buf()));
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.change(0)?;
        if !state.drop_name(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.note(|| Event::Remove(path.to_path_buf()));
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.change(0)?;
        if !state.sync() {
            return Err(io::Error::other("the disk did not sync a folder"));
        }
        state.note(|| Event::SyncDir(dir.to_path_buf()));
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn VolumeLock>> {
        if !self.state().locks.insert(path.to_path_buf()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(Held { disk: self.clone(), path: path.to_path_buf() }))
    }
}
