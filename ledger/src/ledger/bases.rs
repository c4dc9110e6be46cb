// SPDX-License-Identifier: Apache-2.0
//! The snapshots in a ledger's folder: which one counts, and which are in the way.

use crate::Error;
use crate::base::Base;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::Volume;

const PREFIX: &str = "base-";

/// The folder of the one at that height.
pub(super) fn path(dir: &Path, height: u64) -> PathBuf {
    dir.join(format!("{PREFIX}{height:020}"))
}

/// All that are there, the highest first.
pub(super) fn all(volume: &dyn Volume, dir: &Path) -> Result<Vec<(u64, PathBuf)>, Error> {
    let paths = volume.list(dir).map_err(Error::at(dir))?;
    let numbered = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.strip_prefix(PREFIX)?;
        Some((name.parse().ok()?, path))
    };
    let mut all: Vec<(u64, PathBuf)> = paths.into_iter().filter_map(numbered).collect();
    all.sort_by(|a, b| b.cmp(a));
    Ok(all)
}

/// The highest snapshot in a ledger's folder that is whole, also when the ledger is not open.
///
/// # Errors
/// [`Error::Damaged`], [`Error::NewerFormat`], or what the disk says.
pub fn newest(volume: &Arc<dyn Volume>, dir: &Path) -> Result<Option<Base>, Error> {
    for (_, path) in all(volume.as_ref(), dir)? {
        match Base::open(volume, &path) {
            // It was begun, and never counted.
            Err(Error::Refused(_)) => {}
            base => return base.map(Some),
        }
    }
    Ok(None)
}

/// Takes away those below that height.
pub(super) fn remove_below(volume: &dyn Volume, dir: &Path, height: u64) -> Result<(), Error> {
    for (number, path) in all(volume, dir)? {
        if number < height {
            volume.remove_dir(&path).map_err(Error::at(&path))?;
        }
    }
    Ok(())
}
