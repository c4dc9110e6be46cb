// SPDX-License-Identifier: Apache-2.0
//! Small files that are written whole or not at all.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Who may read a file or enter a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The owner alone: files 0600, folders 0700. For everything that holds a secret.
    Private,
    /// Everybody may read: files 0644, folders 0755 (both narrowed by the umask).
    Public,
}

impl Access {
    pub(crate) fn file_mode(self) -> u32 {
        match self {
            Self::Private => 0o600,
            Self::Public => 0o644,
        }
    }

    fn dir_mode(self) -> u32 {
        match self {
            Self::Private => 0o700,
            Self::Public => 0o755,
        }
    }
}

/// Whole files in folders. After `Ok`, a write has reached the disk, its name included.
pub trait Disk: Debug + Send + Sync {
    /// The whole content of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// The paths of the entries of a folder, in byte order.
    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>>;
    /// Makes a folder and those above it; one that exists keeps its mode.
    fn create_dir(&self, dir: &Path, access: Access) -> io::Result<()>;
    /// Writes a file that must not exist yet ([`io::ErrorKind::AlreadyExists`] otherwise).
    /// A reader sees no file or all of it.
    fn create(&self, path: &Path, bytes: &[u8], access: Access) -> io::Result<()>;
    /// Writes a file, replacing what stood under its name. A reader sees the old or the new.
    fn replace(&self, path: &Path, bytes: &[u8], access: Access) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder with everything in it.
    fn remove_dir(&self, dir: &Path) -> io::Result<()>;
    /// Gives a file or folder another name. An empty folder of that name is replaced; anything
    /// else that stands there is kept ([`io::ErrorKind::AlreadyExists`] or
    /// [`io::ErrorKind::DirectoryNotEmpty`]).
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Who may read, write and enter: the nine lower bits of a Unix mode.
    fn mode(&self, path: &Path) -> io::Result<u32>;
    /// Whether something stands under that name.
    fn exists(&self, path: &Path) -> bool;
}

/// The operating system's files.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        let mut entries =
            fs::read_dir(dir)?.map(|e| e.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
        entries.sort();
        Ok(entries)
    }

    fn create_dir(&self, dir: &Path, access: Access) -> io::Result<()> {
        // Each folder that is made has its name in the one above.
        let is_new = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let made = dir.ancestors().take_while(is_new).count();
        fs::DirBuilder::new().recursive(true).mode(access.dir_mode()).create(dir)?;
        dir.ancestors().take(made.max(1)).try_for_each(|path| sync_dir(parent(path)))
    }

    fn create(&self, path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
        let mut staged = StagedFile::start(path, access)?;
        staged.write_all(bytes)?;
        staged.create()
    }

    fn replace(&self, path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
        let mut staged = StagedFile::start(path, access)?;
        staged.write_all(bytes)?;
        staged.replace()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)?;
        sync_dir(parent(path))
    }

    fn remove_dir(&self, dir: &Path) -> io::Result<()> {
        fs::remove_dir_all(dir)?;
        sync_dir(parent(dir))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        if to.exists() && !to.is_dir() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        // The system refuses to put a folder in the place of one that is not empty.
        fs::rename(from, to)?;
        sync_dir(parent(to))
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        Ok(fs::metadata(path)?.permissions().mode() & 0o777)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }
}

/// A file that is being written and has no final name yet.
///
/// On Linux it has no name at all (`O_TMPFILE`), so being killed leaves nothing behind; where
/// that is not offered, it has a hidden temporary name, removed on drop.
#[derive(Debug)]
pub struct StagedFile {
    file: File,
    target: PathBuf,
    /// The temporary name, where it has one.
    name: Option<PathBuf>,
}

impl StagedFile {
    /// Starts a file that will be called `target`.
    ///
    /// # Errors
    /// When the folder of `target` cannot be written to.
    pub fn start(target: &Path, access: Access) -> io::Result<Self> {
        let target = target.to_path_buf();
        let dir = parent(&target);
        #[cfg(target_os = "linux")]
        if let Some(file) = open_nameless(dir, access)? {
            return Ok(Self { file, target, name: None });
        }
        let name = temporary_name(dir);
        let file =
            OpenOptions::new().write(true).create_new(true).mode(access.file_mode()).open(&name)?;
        Ok(Self { file, target, name: Some(name) })
    }

    /// Gives it its name, which must be free ([`io::ErrorKind::AlreadyExists`] otherwise).
    ///
    /// # Errors
    /// When what was written did not reach the disk, or the name is taken.
    pub fn create(self) -> io::Result<()> {
        self.file.sync_all()?;
        // A link refuses to take a name that exists, where a rename would replace it.
        self.link(&self.target)?;
        sync_dir(parent(&self.target))
    }

    /// The same without waiting for the disk: every process sees the whole file at once, but a
    /// power failure may lose it. For copies of what is safe elsewhere.
    ///
    /// # Errors
    /// When the name is taken.
    pub fn create_unsynced(self) -> io::Result<()> {
        self.link(&self.target)
    }

    /// Gives it its name, in the place of what stood there.
    ///
    /// # Errors
    /// When what was written did not reach the disk.
    pub fn replace(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        let name = match self.name.take() {
            Some(name) => name,
            None => {
                let name = temporary_name(parent(&self.target));
                self.link(&name)?;
                name
            }
        };
        let renamed = fs::rename(&name, &self.target);
        if renamed.is_err() {
            let _ = fs::remove_file(&name);
        }
        renamed?;
        sync_dir(parent(&self.target))
    }

    fn link(&self, target: &Path) -> io::Result<()> {
        match &self.name {
            Some(name) => fs::hard_link(name, target),
            None => link_nameless(&self.file, target),
        }
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // A name that is gone already is as good.
            let _ = fs::remove_file(name);
        }
    }
}

#[cfg(target_os = "linux")]
fn link_nameless(file: &File, target: &Path) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let source = format!("/proc/self/fd/{}", file.as_raw_fd());
    let (cwd, follow) = (rustix::fs::CWD, rustix::fs::AtFlags::SYMLINK_FOLLOW);
    rustix::fs::linkat(cwd, source, cwd, target, follow).map_err(io::Error::from)
}

#[cfg(not(target_os = "linux"))]
fn link_nameless(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Opens a file without a name in `dir`, or `None` where the file system cannot.
#[cfg(target_os = "linux")]
fn open_nameless(dir: &Path, access: Access) -> io::Result<Option<File>> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    match rustix::fs::open(dir, flags, Mode::from_raw_mode(access.file_mode())) {
        Ok(fd) if Path::new("/proc/self/fd").exists() => Ok(Some(File::from(fd))),
        Ok(_) => Ok(None),
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::ISDIR | rustix::io::Errno::INVAL) => {
            Ok(None)
        }
        Err(errno) => Err(errno.into()),
    }
}

fn temporary_name(dir: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    dir.join(format!(".gmca-{}-{n}.tmp", std::process::id()))
}

pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn create_refuses_an_existing_name_and_keeps_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        SystemDisk.create(&path, b"one", Access::Private).unwrap();
        let refused = SystemDisk.create(&path, b"two", Access::Private).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(SystemDisk.read(&path).unwrap(), b"one");
        assert_eq!(SystemDisk.list(dir.path()).unwrap(), [path]);
    }

    #[test]
    fn replace_leaves_one_file_with_the_asked_mode() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        SystemDisk.replace(&path, b"one", Access::Public).unwrap();
        SystemDisk.replace(&path, b"two", Access::Private).unwrap();
        assert_eq!(SystemDisk.read(&path).unwrap(), b"two");
        assert_eq!(SystemDisk.list(dir.path()).unwrap().len(), 1);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn rename_keeps_what_stands_there() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        SystemDisk.create_dir(&from, Access::Private).unwrap();
        SystemDisk.create(&from.join("x"), b"1", Access::Private).unwrap();
        SystemDisk.create(&to, b"2", Access::Private).unwrap();
        assert!(SystemDisk.rename(&from, &to).is_err());
        SystemDisk.remove(&to).unwrap();
        SystemDisk.create_dir(&to, Access::Private).unwrap();
        SystemDisk.rename(&from, &to).unwrap();
        assert_eq!(SystemDisk.mode(&to.join("x")).unwrap(), 0o600);
        SystemDisk.create_dir(&from, Access::Private).unwrap();
        assert!(SystemDisk.rename(&from, &to).is_err());
        assert!(SystemDisk.exists(&to.join("x")));
    }

    #[test]
    fn a_named_stage_is_removed_when_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let name = dir.path().join(".stage.tmp");
        let file = File::create(&name).unwrap();
        drop(StagedFile { file, target: dir.path().join("a"), name: Some(name) });
        assert_eq!(SystemDisk.list(dir.path()).unwrap().len(), 0);
    }

    #[test]
    fn a_staged_file_shows_only_when_it_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a");
        let mut staged = StagedFile::start(&target, Access::Private).unwrap();
        staged.write_all(b"half").unwrap();
        assert!(!target.exists());
        drop(staged);
        assert_eq!(SystemDisk.list(dir.path()).unwrap().len(), 0);
    }
}
