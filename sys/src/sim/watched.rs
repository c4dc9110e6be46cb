// SPDX-License-Identifier: Apache-2.0
//! A disk in memory that says what is done to it: for tests of what else goes on meanwhile.

use super::MemoryDisk;
use crate::{Access, Disk, Volume, VolumeFile, VolumeLock};
use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a [`Watched`] disk calls, on the thread that does it. What it does to the disk itself is said, too.
pub trait Watch: Debug + Send + Sync {
    /// A file that is written in place has other contents, another length or another name, or is gone.
    fn changed(&self) {}

    /// Such a file was synced, and what is written from here on is not part of that.
    fn synced(&self) {}
}

/// The disk and who watches it; clones are the same.
#[derive(Clone, Debug)]
pub struct Watched {
    disk: MemoryDisk,
    watch: Arc<dyn Watch>,
}

impl Watched {
    /// The same disk, watched where it is used through this.
    #[must_use]
    pub fn new(disk: &MemoryDisk, watch: Arc<dyn Watch>) -> Self {
        Self { disk: disk.clone(), watch }
    }

    fn file(&self, file: Arc<dyn VolumeFile>) -> Arc<dyn VolumeFile> {
        Arc::new(File { file, watch: Arc::clone(&self.watch) })
    }

    fn changed<T>(&self, done: io::Result<T>) -> io::Result<T> {
        self.watch.changed();
        done
    }
}

#[derive(Debug)]
struct File {
    file: Arc<dyn VolumeFile>,
    watch: Arc<dyn Watch>,
}

impl VolumeFile for File {
    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }

    fn read_at(&self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(out, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let done = self.file.write_at(bytes, offset);
        self.watch.changed();
        done
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        let done = self.file.set_size(size);
        self.watch.changed();
        done
    }

    fn sync(&self) -> io::Result<()> {
        let done = self.file.sync();
        self.watch.synced();
        done
    }
}

impl Disk for Watched {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.disk.read(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        self.disk.list(dir)
    }

    fn create_dir(&self, dir: &Path, access: Access) -> io::Result<()> {
        self.disk.create_dir(dir, access)
    }

    fn create(&self, path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
        self.disk.create(path, bytes, access)
    }

    fn replace(&self, path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
        self.disk.replace(path, bytes, access)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn remove_dir(&self, dir: &Path) -> io::Result<()> {
        self.disk.remove_dir(dir)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk::rename(&self.disk, from, to)
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        self.disk.mode(path)
    }

    fn exists(&self, path: &Path) -> bool {
        self.disk.exists(path)
    }
}

impl Volume for Watched {
    fn open_file(&self, path: &Path) -> io::Result<Arc<dyn VolumeFile>> {
        self.disk.open_file(path).map(|file| self.file(file))
    }

    fn create_file(&self, path: &Path, access: Access) -> io::Result<Arc<dyn VolumeFile>> {
        self.disk.create_file(path, access).map(|file| self.file(file))
    }

    fn rename_file(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.changed(self.disk.rename_file(from, to))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.changed(self.disk.remove_file(path))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.disk.sync_dir(dir)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn VolumeLock>> {
        self.disk.lock(path)
    }
}
