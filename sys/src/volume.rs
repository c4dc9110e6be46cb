// SPDX-License-Identifier: Apache-2.0
//! Files that are written in place, and made durable apart from being written.
//!
//! Not here: whole files that are durable when the call returns (`disk`).

use crate::disk::{parent, sync_dir};
use crate::{Access, Disk, SystemDisk};
use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

/// Files that grow record by record, on top of what a [`Disk`] does.
///
/// Two things are durable at different times: what is in a file after [`VolumeFile::sync`], and
/// the name of a file that was made, renamed or removed after [`sync_dir`](Self::sync_dir) of the
/// folder it is in. Before that, a power failure may lose any of it, in any order.
pub trait Volume: Disk {
    /// Opens a file that is there, to read and write it.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when it is not there.
    fn open_file(&self, path: &Path) -> io::Result<Arc<dyn VolumeFile>>;

    /// Makes an empty file that must not exist yet.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when it does.
    fn create_file(&self, path: &Path, access: Access) -> io::Result<Arc<dyn VolumeFile>>;

    /// Gives a file another name, in the place of what stood there.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when it is not there.
    fn rename_file(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Takes a file's name away.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when it is not there.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// What the system says; then nothing is known about them.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;

    /// Holds a lock under that name until it is dropped; the file stays.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when another holder, or another process, has it.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn VolumeLock>>;
}

/// An open file of a [`Volume`].
pub trait VolumeFile: Debug + Send + Sync {
    /// Its length in bytes.
    ///
    /// # Errors
    /// What the system says.
    fn size(&self) -> io::Result<u64>;

    /// Reads from `offset` until `out` is full or the file ends, and says how many bytes that was.
    ///
    /// # Errors
    /// What the system says.
    fn read_at(&self, out: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all of `bytes` at `offset`; a gap before it is filled with zeros.
    ///
    /// # Errors
    /// What the system says; then any part of it may have been written.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Cuts the file, or fills it up with zeros.
    ///
    /// # Errors
    /// What the system says.
    fn set_size(&self, size: u64) -> io::Result<()>;

    /// Returns when content and length are durable.
    ///
    /// # Errors
    /// What the system says. Then what was written since the last success may be lost **although a
    /// later call succeeds**: stop writing, and open the file again.
    fn sync(&self) -> io::Result<()>;
}

/// A lock that is held. Dropping it lets go.
pub trait VolumeLock: Debug + Send + Sync {}

impl Volume for SystemDisk {
    fn open_file(&self, path: &Path) -> io::Result<Arc<dyn VolumeFile>> {
        Ok(Arc::new(OpenOptions::new().read(true).write(true).open(path)?))
    }

    fn create_file(&self, path: &Path, access: Access) -> io::Result<Arc<dyn VolumeFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(access.file_mode());
        Ok(Arc::new(options.open(path)?))
    }

    fn rename_file(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        sync_dir(dir)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn VolumeLock>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.mode(Access::Private.file_mode()).open(path)?;
        match file.try_lock() {
            Ok(()) => {
                sync_dir(parent(path))?;
                Ok(Box::new(file))
            }
            Err(fs::TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }
}

impl VolumeFile for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut done = 0;
        while let Some(rest) = out.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match FileExt::read_at(self, rest, offset + done as u64) {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        self.set_len(size)
    }

    fn sync(&self) -> io::Result<()> {
        // The length is part of what `fdatasync` writes when it changed.
        self.sync_data()
    }
}

impl VolumeLock for File {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_in_place_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let file = SystemDisk.create_file(&path, Access::Private).unwrap();
        file.write_at(b"world", 6).unwrap();
        file.write_at(b"hello ", 0).unwrap();
        file.sync().unwrap();
        let mut out = [0u8; 16];
        assert_eq!(SystemDisk.open_file(&path).unwrap().read_at(&mut out, 0).unwrap(), 11);
        assert_eq!(&out[..11], b"hello world");
        file.set_size(5).unwrap();
        assert_eq!(file.size().unwrap(), 5);
        assert!(SystemDisk.create_file(&path, Access::Private).is_err());
    }

    #[test]
    fn a_lock_has_one_holder() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let held = SystemDisk.lock(&path).unwrap();
        assert_eq!(SystemDisk.lock(&path).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(held);
        SystemDisk.lock(&path).unwrap();
    }
}
