// SPDX-License-Identifier: Apache-2.0
//! A watermark on the disk: a node that is about to run out of room refuses new work while it can
//! still say so, instead of failing in the middle of a write.
//!
//! Not here: who asks (Broadcast, `/healthz`), what is removed to make room (the operator).

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use sys::Space;

/// How much must be free when nothing is configured, in bytes: 512 MiB.
pub const DEFAULT_RESERVE: u64 = 512 << 20;
/// How often to look when nothing is configured.
pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);

/// Whether the file system of a folder has less than a reserve left.
#[derive(Debug)]
pub struct DiskSpace {
    folder: PathBuf,
    reserve: u64,
    space: Arc<dyn Space>,
    free: AtomicU64,
    low: AtomicBool,
}

/// There is too little room: nothing new is taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{}: {} MiB free on its disk, less than the {} MiB that are kept back: make room",
    .folder.display(), .free >> 20, .reserve >> 20
)]
pub struct NoRoom {
    /// The folder whose file system is full.
    pub folder: PathBuf,
    /// What was free when it was last looked at, in bytes.
    pub free: u64,
    /// What should be, in bytes.
    pub reserve: u64,
}

impl DiskSpace {
    /// A watch over the file system of `folder`, which keeps `reserve` bytes back (0: never low).
    /// It has looked once; [`DiskSpace::watch`] looks again and again.
    #[must_use]
    pub fn new(folder: &Path, reserve: u64, space: Arc<dyn Space>) -> Arc<Self> {
        let (free, low) = (AtomicU64::new(u64::MAX), AtomicBool::new(false));
        let watch = Arc::new(Self { folder: folder.to_path_buf(), reserve, space, free, low });
        watch.look();
        watch
    }

    /// Looks every `interval` for as long as somebody holds this. Must be called in a runtime.
    pub fn watch(self: &Arc<Self>, interval: Duration) {
        tokio::spawn(look_again(Arc::downgrade(self), interval));
    }

    /// Whether there is room.
    ///
    /// # Errors
    /// [`NoRoom`].
    pub fn check(&self) -> Result<(), NoRoom> {
        if !self.low.load(Ordering::Relaxed) {
            return Ok(());
        }
        let (free, reserve) = (self.free(), self.reserve);
        Err(NoRoom { folder: self.folder.clone(), free, reserve })
    }

    /// What was free when it was last looked at, in bytes.
    #[must_use]
    pub fn free(&self) -> u64 {
        self.free.load(Ordering::Relaxed)
    }

    /// Looks now. A file system that cannot be asked changes nothing: writes will tell.
    pub fn look(&self) {
        let free = match self.space.free(&self.folder) {
            Ok(free) => free,
            Err(error) => {
                tracing::warn!(folder = %self.folder.display(), %error, "free space is not known");
                return;
            }
        };
        self.free.store(free, Ordering::Relaxed);
        let was_low = self.low.load(Ordering::Relaxed);
        // It takes a tenth more to be good again, so that the answer does not flicker.
        let enough =
            if was_low { self.reserve.saturating_add(self.reserve / 10) } else { self.reserve };
        let low = free < enough;
        self.low.store(low, Ordering::Relaxed);
        let (folder, free) = (self.folder.display(), free >> 20);
        match (was_low, low) {
            (false, true) => {
                tracing::error!(%folder, free_mib = free, "disk is nearly full: nothing new is taken");
            }
            (true, false) => tracing::info!(%folder, free_mib = free, "disk has room again"),
            _ => {}
        }
    }
}

async fn look_again(watch: Weak<DiskSpace>, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        let Some(watch) = watch.upgrade() else { return };
        // A network file system may take its time.
        drop(tokio::task::spawn_blocking(move || watch.look()).await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[derive(Debug, Default)]
    struct Tank(AtomicU64);

    impl Space for Tank {
        fn free(&self, _: &Path) -> io::Result<u64> {
            match self.0.load(Ordering::Relaxed) {
                u64::MAX => Err(io::Error::other("gone")),
                free => Ok(free),
            }
        }
    }

    #[test]
    fn low_begins_under_the_reserve_and_ends_a_tenth_above() {
        let tank = Arc::new(Tank(AtomicU64::new(1000)));
        let watch = DiskSpace::new(Path::new("ledger"), 1000, Arc::clone(&tank) as _);
        for (free, is_low) in [(1000, false), (999, true), (1099, true), (1100, false), (0, true)] {
            tank.0.store(free, Ordering::Relaxed);
            watch.look();
            assert_eq!(watch.check().is_err(), is_low, "{free}");
        }
        let why = watch.check().unwrap_err().to_string();
        assert!(why.starts_with("ledger: 0 MiB free"), "{why}");
        tank.0.store(u64::MAX, Ordering::Relaxed);
        watch.look();
        assert!(watch.check().is_err(), "not knowing is no room");
    }

    #[tokio::test(start_paused = true)]
    async fn it_looks_again_by_itself() {
        let tank = Arc::new(Tank(AtomicU64::new(5)));
        let watch = DiskSpace::new(Path::new("ledger"), 4, Arc::clone(&tank) as _);
        watch.watch(Duration::from_secs(1));
        tank.0.store(3, Ordering::Relaxed);
        while watch.check().is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
