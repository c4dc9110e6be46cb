// SPDX-License-Identifier: Apache-2.0
//! Runs the program in a folder of its own.
#![allow(dead_code)] // each test file takes its part
#![allow(unreachable_pub)] // the module has several users

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

pub struct Session(TempDir);

/// What came of a command.
pub struct Ran {
    command: String,
    output: Output,
}

impl Session {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> String {
        std::fs::write(self.0.path().join(name), bytes).unwrap();
        self.path(name)
    }

    pub fn run<S: AsRef<str>>(&self, arguments: &[S]) -> Ran {
        let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        let program = env!("CARGO_BIN_EXE_gmnode");
        let mut command = Command::new(program);
        command.args(&arguments).current_dir(&self.0).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = {
            let _turn = turn();
            command.spawn().unwrap()
        };
        let output = child.wait_with_output().unwrap();
        Ran { command: arguments.join(" "), output }
    }
}

impl Ran {
    fn expect(&self, code: i32) -> String {
        let said = String::from_utf8_lossy(&self.output.stderr).into_owned();
        assert_eq!(self.output.status.code(), Some(code), "{}: {said}", self.command);
        said
    }

    /// Exit 0; what was printed.
    pub fn yes(&self) -> String {
        self.expect(0);
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    /// Exit 1; what was printed.
    pub fn no(&self) -> String {
        self.expect(1);
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    /// What it remarked beside what was asked for.
    pub fn remarks(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// Whether it said no, or could not read it.
    pub fn is_refusal(&self) -> bool {
        matches!(self.output.status.code(), Some(1 | 2))
    }

    /// Exit 2, whatever else was said; what was.
    pub fn complained(&self) -> String {
        self.expect(2)
    }

    /// Exit 2, nothing printed but one line of complaint.
    pub fn could_not(&self) -> String {
        let said = self.expect(2);
        assert_eq!(said.lines().count(), 1, "{}: {said}", self.command);
        assert!(self.output.stdout.is_empty(), "{}", self.command);
        said
    }
}

/// To be held while a test has a ledger open. A program that another thread starts has a copy of
/// all open files, locks included, for a moment: until it becomes the program.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file of the ledger that Fabric wrote.
pub fn fabric(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/data/fabric");
    folder.join(name).display().to_string()
}
