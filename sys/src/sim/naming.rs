// SPDX-License-Identifier: Apache-2.0
//! Changes of names between being made and being durable. Not here: what is in the files.

use super::disk::FileId;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A change of names that is not durable yet.
#[derive(Clone, Debug)]
pub(super) enum Naming {
    Create(PathBuf, FileId),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

impl Naming {
    /// Whether it takes or gives a name at that path or under it.
    pub(super) fn touches(&self, path: &Path) -> bool {
        match self {
            Self::Create(name, _) | Self::Remove(name) => name.starts_with(path),
            Self::Rename(from, to) => from.starts_with(path) || to.starts_with(path),
        }
    }

    /// The same after everything under a path went under another.
    pub(super) fn moved(&mut self, from: &Path, to: &Path) {
        let moved = |name: &mut PathBuf| {
            if let Ok(rest) = name.strip_prefix(from) {
                *name = to.join(rest);
            }
        };
        match self {
            Self::Create(name, _) | Self::Remove(name) => moved(name),
            Self::Rename(old, new) => {
                moved(old);
                moved(new);
            }
        }
    }

    /// The folder whose sync makes it durable.
    pub(super) fn folder(&self) -> Option<&Path> {
        match self {
            Self::Create(path, _) | Self::Rename(_, path) | Self::Remove(path) => path.parent(),
        }
    }

    pub(super) fn apply(&self, names: &mut BTreeMap<PathBuf, FileId>) {
        match self {
            Self::Create(path, file) => {
                names.insert(path.clone(), *file);
            }
            Self::Rename(from, to) => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
            Self::Remove(path) => {
                names.remove(path);
            }
        }
    }
}
