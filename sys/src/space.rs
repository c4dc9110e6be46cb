// SPDX-License-Identifier: Apache-2.0
//! How much room a file system has left.

use std::fmt::Debug;
use std::io;
use std::path::Path;

/// Tells how much room is left.
pub trait Space: Debug + Send + Sync {
    /// Bytes that this user may still write to the file system that `dir` is on.
    ///
    /// # Errors
    /// What the system says.
    fn free(&self, dir: &Path) -> io::Result<u64>;
}

/// The operating system's file systems.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemSpace;

impl Space for SystemSpace {
    fn free(&self, dir: &Path) -> io::Result<u64> {
        let about = rustix::fs::statvfs(dir)?;
        // What is kept back for the superuser is not for us: `f_bavail`, not `f_bfree`.
        Ok(about.f_bavail.saturating_mul(about.f_frsize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_room_and_a_missing_one_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert!(SystemSpace.free(dir.path()).unwrap() > 0);
        assert!(SystemSpace.free(&dir.path().join("missing")).is_err());
    }
}
