// SPDX-License-Identifier: Apache-2.0
//! The files of the house as they stand on disk.

use crate::source::Source;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

/// The repository: text files by path, sorted.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Path from the root with `/`, and text. Files that are not UTF-8 are left out.
    pub files: Vec<(String, String)>,
    /// Path and length in bytes of every file, whatever is in it.
    pub sizes: Vec<(String, u64)>,
}

impl Tree {
    /// Reads the repository this crate stands in.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn read() -> Self {
        let root = root();
        let mut paths = tracked(&root)
            .or_else(|| walk(&root, &root).ok())
            .expect("the repository can be listed");
        paths.sort();
        paths.dedup();
        // A file may be listed and gone, or be no text.
        let size = |path: &String| Some((path.clone(), fs::metadata(root.join(path)).ok()?.len()));
        let sizes = paths.iter().filter_map(size).collect();
        let text = |path: String| Some((fs::read_to_string(root.join(&path)).ok()?, path));
        Self { files: paths.into_iter().filter_map(text).map(|(t, p)| (p, t)).collect(), sizes }
    }

    /// A tree made up for a test.
    #[must_use]
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self {
            files: files.iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect(),
            sizes: files.iter().map(|(p, t)| ((*p).to_owned(), t.len() as u64)).collect(),
        }
    }

    /// The text of a file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|(p, _)| p == path).map(|(_, text)| text.as_str())
    }

    /// Whether there is a file under this folder.
    #[must_use]
    pub fn has_folder(&self, folder: &str) -> bool {
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        self.files.iter().any(|(path, _)| path.starts_with(&prefix))
    }

    /// The Rust files.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        let rust = self.files.iter().filter(|(path, _)| path.ends_with(".rs"));
        rust.map(|(path, text)| Source::new(path, text)).collect()
    }
}

/// The root of the repository.
///
/// # Panics
/// Never: this crate has a parent folder.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ stands in the root").to_owned()
}

/// The room a file belongs to: its first folder, or the first two of `cli/`.
#[must_use]
pub fn room_of(path: &str) -> &str {
    let slashes = if path.starts_with("cli/") { 2 } else { 1 };
    path.match_indices('/').nth(slashes - 1).map_or("", |(end, _)| &path[..end])
}

/// Whether a room compiles into nothing that is shipped: tests, measurements, chores.
#[must_use]
pub fn is_workshop(room: &str) -> bool {
    matches!(
        room,
        "vectors" | "benches" | "crash" | "simulation" | "chaos" | "xtask" | "fuzz" | "interop"
    )
}

/// What git knows of, and new files that it would not ignore.
fn tracked(root: &Path) -> Option<Vec<String>> {
    let mut git = Command::new("git");
    git.arg("-C").arg(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = git.output().ok().filter(|output| output.status.success())?;
    let list = String::from_utf8(output.stdout).ok()?;
    Some(list.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}

/// Every file, for a copy of the tree without git.
fn walk(root: &Path, dir: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            let skipped = matches!(name, ".git" | "artifacts" | "corpus" | "coverage");
            if !skipped && !name.starts_with("target") {
                found.extend(walk(root, &path)?);
            }
        } else if let Some(path) = path.strip_prefix(root).ok().and_then(Path::to_str) {
            found.push(path.replace('\\', "/"));
        }
    }
    Ok(found)
}
