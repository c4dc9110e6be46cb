// SPDX-License-Identifier: Apache-2.0
//! Folders that appear when they are whole, or not at all.

use crate::{Access, Disk};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder that is being filled: hidden beside its final name, and removed on drop unless it was
/// finished. Being killed leaves at most the hidden one.
#[derive(Debug)]
pub struct StagedFolder {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    target: PathBuf,
    finished: bool,
}

impl StagedFolder {
    /// Starts a folder that will be called `target`.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when something other than an empty folder stands there;
    /// [`io::ErrorKind::InvalidInput`] when `target` ends in no name; what making a folder says.
    pub fn start(disk: Arc<dyn Disk>, target: &Path, access: Access) -> io::Result<Self> {
        if disk.exists(target) && !disk.list(target).is_ok_and(|entries| entries.is_empty()) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
        // In the same folder, so that renaming stays on one file system.
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let process = std::process::id();
        let path = loop {
            let n = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = target.with_file_name(format!(".{name}.partial-{process}-{n}"));
            // Numbers of processes come again, and a power failure may have left one.
            if !disk.exists(&path) {
                break path;
            }
        };
        let staged = Self { disk, path, target: target.to_path_buf(), finished: false };
        staged.disk.create_dir(&staged.path, access)?;
        Ok(staged)
    }

    /// Where it is until it is finished.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name.
    ///
    /// # Errors
    /// As [`Disk::rename`]; nothing is left then.
    pub fn finish(mut self) -> io::Result<()> {
        self.disk.rename(&self.path, &self.target)?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for StagedFolder {
    fn drop(&mut self) {
        if !self.finished {
            // What cannot be removed stays hidden; the failure that led here is the one to tell.
            let _ = self.disk.remove_dir(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemDisk;

    fn start(target: &Path) -> io::Result<StagedFolder> {
        StagedFolder::start(Arc::new(SystemDisk), target, Access::Private)
    }

    fn names(dir: &Path) -> Vec<PathBuf> {
        SystemDisk.list(dir).unwrap()
    }

    #[test]
    fn it_shows_when_it_is_finished_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a");
        let staged = start(&target).unwrap();
        SystemDisk.create(&staged.path().join("x"), b"1", Access::Public).unwrap();
        assert!(!target.exists());
        staged.finish().unwrap();
        assert_eq!(names(dir.path()), std::slice::from_ref(&target));
        assert_eq!(SystemDisk.mode(&target).unwrap(), 0o700);
        assert_eq!(start(&target).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn it_is_a_hidden_sibling_that_nobody_else_uses() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a");
        let (one, two) = (start(&target).unwrap(), start(&target).unwrap());
        assert_ne!(one.path(), two.path());
        assert_eq!(one.path().parent(), Some(dir.path()));
        assert!(one.path().file_name().unwrap().to_string_lossy().starts_with(".a."));
    }

    #[test]
    fn a_dropped_one_leaves_nothing_and_an_empty_folder_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a");
        let staged = start(&target).unwrap();
        SystemDisk.create(&staged.path().join("x"), b"1", Access::Public).unwrap();
        drop(staged);
        assert_eq!(names(dir.path()), Vec::<PathBuf>::new());
        SystemDisk.create_dir(&target, Access::Public).unwrap();
        start(&target).unwrap().finish().unwrap();
        assert_eq!(start(Path::new("/")).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }
}
