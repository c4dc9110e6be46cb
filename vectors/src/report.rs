// SPDX-License-Identifier: Apache-2.0
//! What came out: the failed by name, the skipped by reason, and three numbers.

use crate::case::Outcome;
use std::collections::BTreeMap;
use std::fmt;

/// The result of a run.
#[derive(Debug, Default)]
pub struct Report {
    /// How many cases passed on every engine that could run them.
    pub passed: usize,
    /// Each failed case: file, name and what was wrong.
    pub failed: Vec<String>,
    /// How many cases were not run, by reason.
    pub skipped: BTreeMap<String, usize>,
}

impl Report {
    pub(crate) fn add(&mut self, file: &str, case: &str, result: Result<Outcome, String>) {
        match result {
            Ok(Outcome::Pass) => self.passed += 1,
            Ok(Outcome::Skip(reason)) => self.skip(reason),
            Err(why) => self.fail(file, case, &why),
        }
    }

    pub(crate) fn skip(&mut self, reason: &str) {
        *self.skipped.entry(reason.to_owned()).or_default() += 1;
    }

    pub(crate) fn fail(&mut self, file: &str, case: &str, why: &str) {
        self.failed.push(format!("{file}: {case}: {why}"));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failed {
            writeln!(f, "FAILED  {failure}")?;
        }
        for (reason, count) in &self.skipped {
            writeln!(f, "skipped {count:>5}  {reason}")?;
        }
        let skipped: usize = self.skipped.values().sum();
        write!(f, "{} passed, {} failed, {skipped} skipped", self.passed, self.failed.len())
    }
}
