// SPDX-License-Identifier: Apache-2.0
//! The rules of the house, each a function over data, and the chores.
//!
//! The tests in `tests/rules/` feed every rule a sample that breaks it, and then the real tree.
//! Not here: rules that rustc or clippy can keep; those are lints in the manifests.
#![forbid(unsafe_code)]

pub mod chores;
pub mod graph;
pub mod paths;
pub mod rules;
pub mod source;
pub mod tree;

use std::fmt;

/// A place where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file or package, from the root of the repository.
    pub place: String,
    /// The line, counted from one; zero when it is about the whole.
    pub line: usize,
    /// What is wrong, and what to do about it.
    pub what: String,
}

impl Finding {
    /// A finding in a line of a file.
    pub fn new(place: &str, line: usize, what: impl Into<String>) -> Self {
        Self { place: place.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.place, self.what),
            line => write!(f, "{}:{line}: {}", self.place, self.what),
        }
    }
}

/// Fails with one line per finding.
///
/// # Panics
/// When there are findings: that is its purpose.
pub fn expect_none(rule: &str, findings: &[Finding]) {
    let lines: Vec<String> = findings.iter().map(|finding| format!("  {finding}")).collect();
    assert!(findings.is_empty(), "rule `{rule}` is broken:\n{}", lines.join("\n"));
}
