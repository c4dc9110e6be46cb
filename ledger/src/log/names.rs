// SPDX-License-Identifier: Apache-2.0
//! The names of a log's files: twenty digits, so that their order is that of the records.

use std::path::{Path, PathBuf};

/// The file with the records from `first` on.
pub(super) fn segment(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}.seg"))
}

/// The places of its records.
pub(super) fn index(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}.idx"))
}

/// The number in a name of twenty digits with that extension.
pub(crate) fn numbered(path: &Path, extension: &str) -> Option<u64> {
    let stem = path.file_stem()?.to_str()?;
    let digits = stem.len() == 20 && stem.bytes().all(|byte| byte.is_ascii_digit());
    let fits = digits && path.extension()? == extension;
    stem.parse().ok().filter(|_| fits)
}
