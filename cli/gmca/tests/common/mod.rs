// SPDX-License-Identifier: Apache-2.0
//! What the tests of the program share: a folder of its own to run it in, and what came of it.

#![allow(dead_code)] // each test file uses a part

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

pub(crate) const SUITES: [&str; 2] = ["gm", "nist"];

/// What a run of the program came to.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A fresh folder, removed at the end.
pub(crate) struct Sandbox {
    dir: TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The program in this folder, with nothing of the caller's configuration.
    pub(crate) fn command(&self, line: &str) -> Command {
        self.in_folder(Command::new(env!("CARGO_BIN_EXE_gmca")), &words(line))
    }

    /// A line of the shell in this folder; `$GMCA` is the program.
    pub(crate) fn shell(&self, script: &str) -> Ran {
        let mut command = self.in_folder(Command::new("bash"), &["-c".into(), script.into()]);
        ran(command.env("GMCA", env!("CARGO_BIN_EXE_gmca")).output().unwrap())
    }

    fn in_folder(&self, mut command: Command, words: &[String]) -> Command {
        command.args(words).current_dir(self.dir.path()).stdin(Stdio::null());
        for name in ["GMCA_CONFIG", "CORE_BCCSP_DEFAULT"] {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn run(&self, line: &str) -> Ran {
        ran(self.command(line).output().unwrap())
    }

    /// Runs what must succeed.
    pub(crate) fn ok(&self, line: &str) -> Ran {
        let ran = self.run(line);
        assert_eq!(ran.code, Some(0), "gmca {line}: {}{}", ran.stdout, ran.stderr);
        ran
    }

    /// Runs several that must.
    pub(crate) fn all_ok(&self, lines: &str) {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.ok(line);
        }
    }

    /// Runs what must be refused: exit 2, one line with `text` in it, nothing left behind.
    pub(crate) fn refused(&self, line: &str, text: &str) {
        let before = self.contents();
        let ran = self.run(line);
        let stderr = &ran.stderr;
        assert_eq!(ran.code, Some(2), "gmca {line}: {}{stderr}", ran.stdout);
        assert_eq!(ran.stdout, "", "gmca {line}");
        assert!(stderr.starts_with("gmca: error: "), "gmca {line}: {stderr}");
        assert_eq!(stderr.trim_end().lines().count(), 1, "gmca {line}: {stderr}");
        assert!(stderr.contains(text), "gmca {line}: no `{text}` in: {stderr}");
        assert_eq!(self.contents(), before, "gmca {line}: left something behind");
    }

    /// Runs what must answer no: exit 1, `text` on standard output, nothing left behind.
    pub(crate) fn no(&self, line: &str, text: &str) {
        let before = self.contents();
        let ran = self.run(line);
        assert_eq!(ran.code, Some(1), "gmca {line}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains(text), "gmca {line}: no `{text}` in: {}", ran.stdout);
        assert_eq!(self.contents(), before, "gmca {line}: left something behind");
    }

    /// Every file and folder below with what is in it. Of a CA's record only that it is there: it
    /// has pages of its own to write when it is opened.
    pub(crate) fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        collect(self.dir.path(), &mut found);
        found
    }

    /// The same by name only, relative to this folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |path: &PathBuf| {
            path.strip_prefix(self.dir.path()).unwrap().to_str().unwrap().to_owned()
        };
        self.contents().keys().map(name).collect()
    }
}

fn collect(dir: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
            found.insert(path, Vec::new());
        } else if path.extension().is_some_and(|ending| ending == "redb") {
            found.insert(path, Vec::new());
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}

pub(crate) fn ran(output: Output) -> Ran {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ran = Ran {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    };
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    ran
}

/// Splits at spaces, except within '…'.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
