// SPDX-License-Identifier: Apache-2.0
//! rustls-webpki as a second opinion on paths: another engine, by other people, with the algorithms
//! of both our families plugged in.
//!
//! It is no judge: it leaves some rules out, on purpose. Where the two differ, a list says so case by
//! case, with the reason; a difference that is not listed fails, and so does a line too many.

mod algorithms;
mod raw;

use crate::limbo::{self, Case, Exceptions, Question, Verdict};
use crate::report::Report;
use anyhow::Result;
use bccsp::{EngineChoice, Providers, Suite};
use pki::path;
use raw::Raw;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use sys::{Clock, SystemClock, Timestamp};

/// Where rustls-webpki and the policy `webpki` differ.
const LIST: &str = include_str!("../../exceptions/rustls-webpki.txt");

/// What came out of a comparison.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Passed are those on which the two agree, skipped those that are listed as different.
    pub report: Report,
    /// By part of the suite: cases, agreements, and on how many rustls-webpki says what the suite
    /// says.
    parts: BTreeMap<String, [usize; 3]>,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (part, [all, agreed, right]) in &self.parts {
            writeln!(
                f,
                "{part:20} {all:>5} cases, {agreed:>5} agreed, {right:>5} right by the suite"
            )?;
        }
        self.report.fmt(f)
    }
}

/// Asks both about every case of these files.
///
/// # Errors
/// A file that cannot be read or is not of the schema.
pub fn compare(paths: &[PathBuf]) -> Result<Comparison> {
    let providers = Providers::new(Suite::Gm, EngineChoice::Auto)?;
    let mut comparison = Comparison::default();
    for path in paths {
        compare_file(path, &providers, &mut comparison)?;
    }
    Ok(comparison)
}

fn compare_file(path: &Path, providers: &Providers, all: &mut Comparison) -> Result<()> {
    let file = path.display().to_string();
    let now = SystemClock.now();
    let mut listed = Exceptions::new(LIST)?;
    limbo::read(path, |case| {
        match opinions(&case, providers, now) {
            Ok(Some(opinions)) => all.add(&file, &case, &opinions, listed.meet(&case.id)),
            Ok(None) => all.report.skip("an algorithm of neither family"),
            Err(why) => all.report.fail(&file, &case.id, &why),
        }
        Ok(())
    })?;
    for id in listed.left() {
        all.report.fail(&file, id, "listed as different, and not in the file");
    }
    Ok(())
}

impl Comparison {
    fn add(&mut self, file: &str, case: &Case, opinions: &Opinions, listed: Option<&str>) {
        let part = case.id.split_once("::").map_or("", |(part, _)| part);
        let right = opinions.theirs.is_ok() == (case.expected_result == Verdict::Success);
        let counts = self.parts.entry(part.to_owned()).or_default();
        counts[0] += 1;
        counts[1] += usize::from(opinions.agree());
        counts[2] += usize::from(right);
        match (opinions.agree(), listed) {
            (true, None) => self.report.passed += 1,
            (false, Some(reason)) => self.report.skip(&format!("listed difference: {reason}")),
            (true, Some(_)) => self.report.fail(file, &case.id, "agreed, and listed as different"),
            (false, None) => self.report.fail(file, &case.id, &opinions.to_string()),
        }
    }
}

/// What each of the two says about one certificate.
#[derive(Debug)]
pub struct Opinions {
    /// Nothing, or why our engine refuses it.
    pub ours: Result<(), String>,
    /// Nothing, or why rustls-webpki does.
    pub theirs: Result<(), String>,
}

impl Opinions {
    /// Both engines on the same question.
    #[must_use]
    pub fn of(question: &Question, providers: &Providers) -> Self {
        let Question { anchors, intermediates, leaf, crls, options } = question;
        let ours = path::verify(providers, leaf, intermediates, anchors, crls, options);
        Self {
            ours: ours.map(drop).map_err(|failure| failure.to_string()),
            theirs: Raw::of(question).ask(providers),
        }
    }

    /// Whether both take it, or both refuse it.
    #[must_use]
    pub fn agree(&self) -> bool {
        self.ours.is_ok() == self.theirs.is_ok()
    }
}

impl fmt::Display for Opinions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let say = |opinion: &Result<(), String>| match opinion {
            Ok(()) => "holds".to_owned(),
            Err(why) => why.clone(),
        };
        write!(f, "ours: {}; rustls-webpki: {}", say(&self.ours), say(&self.theirs))
    }
}

/// Nothing for a case with an algorithm of neither family. What cannot even be read is refused by us;
/// rustls-webpki then reads the bytes itself.
fn opinions(
    case: &Case,
    providers: &Providers,
    now: Timestamp,
) -> Result<Option<Opinions>, String> {
    match limbo::question(case, now)? {
        Ok(question) if limbo::is_foreign(&question, providers) => Ok(None),
        Ok(question) => Ok(Some(Opinions::of(&question, providers))),
        Err(error) => {
            let theirs = Raw::of_case(case, &limbo::options(case, now)?)?.ask(providers);
            Ok(Some(Opinions { ours: Err(error.to_string()), theirs }))
        }
    }
}
