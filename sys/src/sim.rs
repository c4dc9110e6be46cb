// SPDX-License-Identifier: Apache-2.0
//! A clock set by hand, entropy from a seed and a disk that can refuse: for tests above.
//!
//! Not here: a disk that loses what was not synced; it comes with the ledger, which needs it.

use crate::{Access, Clock, Disk, Entropy, EntropyFailure, Timestamp};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// A clock that stands still until it is told otherwise.
#[derive(Debug)]
pub struct SetClock(AtomicU64);

impl SetClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self(AtomicU64::new(now.0))
    }

    /// Moves the clock, in either direction.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn sleep(&self, how_long: std::time::Duration) {
        self.0.fetch_add(how_long.as_secs(), Ordering::SeqCst);
    }
}

/// Repeatable bytes from a seed (SplitMix64). **Not secret**: anyone who knows the seed knows all.
#[derive(Debug)]
pub struct SeededEntropy(AtomicU64);

impl SeededEntropy {
    /// The same seed gives the same bytes in the same order of calls.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyFailure> {
        for chunk in out.chunks_mut(8) {
            let word = self.next().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

/// Entropy that always fails.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&self, _: &mut [u8]) -> Result<(), EntropyFailure> {
        Err(EntropyFailure)
    }
}

/// Files in memory, with room for a given number of bytes.
#[derive(Debug)]
pub struct MemoryDisk {
    files: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
    room: usize,
}

impl MemoryDisk {
    /// An empty disk that refuses a write once `room` bytes are in use (`StorageFull`).
    #[must_use]
    pub fn new(room: usize) -> Self {
        Self { files: Mutex::default(), room }
    }

    fn files(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, Vec<u8>>> {
        self.files.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn put(&self, path: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
        let mut files = self.files();
        if !replace && files.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let used: usize = files.values().map(Vec::len).sum();
        if used + bytes.len() > self.room {
            return Err(io::ErrorKind::StorageFull.into());
        }
        files.insert(path.to_path_buf(), bytes.to_vec());
        Ok(())
    }
}

impl Disk for MemoryDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files().get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(self.files().keys().filter(|p| p.parent() == Some(dir)).cloned().collect())
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
        self.files().remove(path).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn remove_dir(&self, dir: &Path) -> io::Result<()> {
        self.files().retain(|path, _| !path.starts_with(dir));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut files = self.files();
        if files.keys().any(|path| path.starts_with(to)) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let moved: Vec<PathBuf> =
            files.keys().filter(|path| path.starts_with(from)).cloned().collect();
        for path in moved {
            let rest = path.strip_prefix(from).unwrap_or(&path).to_path_buf();
            let target = if rest.as_os_str().is_empty() { to.to_path_buf() } else { to.join(rest) };
            if let Some(bytes) = files.remove(&path) {
                files.insert(target, bytes);
            }
        }
        Ok(())
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        self.read(path).map(|_| 0o600)
    }

    fn exists(&self, path: &Path) -> bool {
        self.files().keys().any(|file| file.starts_with(path))
    }
}
