// SPDX-License-Identifier: Apache-2.0
//! A disk on which something else is written while a sync is on its way.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use sys::sim::MemoryDisk;
use sys::{Access, Disk, Volume, VolumeFile, VolumeLock};

/// Runs what was given once, in the middle of the next sync of a file that does not keep others
/// from writing: what is written there is not part of that sync.
#[derive(Clone, Default)]
pub(super) struct During(Arc<Mutex<Option<Interlude>>>);

type Interlude = (Box<dyn Fn() -> bool + Send>, Box<dyn FnOnce() + Send>);

impl std::fmt::Debug for During {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("During")
    }
}

impl During {
    /// `may` says whether it is the time for it.
    pub(super) fn set(
        &self,
        may: impl Fn() -> bool + Send + 'static,
        run: impl FnOnce() + Send + 'static,
    ) {
        *self.0.lock().unwrap() = Some((Box::new(may), Box::new(run)));
    }

    /// Runs it, if it has not run yet.
    pub(super) fn run(&self) {
        let interlude = self.0.lock().unwrap().take();
        interlude.into_iter().for_each(|(_, run)| run());
    }

    fn try_run(&self) {
        let interlude = self.0.lock().unwrap().take_if(|(may, _)| may());
        interlude.into_iter().for_each(|(_, run)| run());
    }
}

#[derive(Clone, Debug)]
pub(super) struct Busy {
    pub(super) disk: MemoryDisk,
    pub(super) during: During,
}

#[derive(Debug)]
struct File {
    file: Arc<dyn VolumeFile>,
    during: During,
}

impl Busy {
    fn file(&self, file: Arc<dyn VolumeFile>) -> Arc<dyn VolumeFile> {
        Arc::new(File { file, during: self.during.clone() })
    }
}

impl VolumeFile for File {
    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }

    fn read_at(&self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(out, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_at(bytes, offset)
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        self.file.set_size(size)
    }

    fn sync(&self) -> io::Result<()> {
        let synced = self.file.sync();
        self.during.try_run();
        synced
    }
}

impl Disk for Busy {
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

impl Volume for Busy {
    fn open_file(&self, path: &Path) -> io::Result<Arc<dyn VolumeFile>> {
        self.disk.open_file(path).map(|file| self.file(file))
    }

    fn create_file(&self, path: &Path, access: Access) -> io::Result<Arc<dyn VolumeFile>> {
        self.disk.create_file(path, access).map(|file| self.file(file))
    }

    fn rename_file(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename_file(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.disk.remove_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.disk.sync_dir(dir)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn VolumeLock>> {
        self.disk.lock(path)
    }
}
