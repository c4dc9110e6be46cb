// SPDX-License-Identifier: Apache-2.0
//! What was found: a verdict for each thing that was computed again, and what could not be.

use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::fmt::{self, Display};

/// What a verdict is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// A block, by its number.
    Block(u64),
    /// A transaction, by the number of its block and its place in it.
    Transaction(u64, usize),
    /// Something else in a file.
    Part(Cow<'static, str>),
}

impl Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(block) => write!(f, "block {block}"),
            Self::Transaction(block, place) => write!(f, "block {block}, transaction {place}"),
            Self::Part(part) => f.write_str(part),
        }
    }
}

/// Something that was computed again.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) what: Cow<'static, str>,
    pub(crate) at: At,
    /// Why the verdict is no.
    pub(crate) why: Option<String>,
}

/// Verdicts on one file, or on a piece of a ledger.
#[derive(Debug, Default)]
pub(crate) struct Report {
    only_wrong: bool,
    checks: Vec<Check>,
    all: usize,
    wrong: usize,
    notes: Vec<String>,
}

impl Report {
    /// One that counts what holds and forgets it, for where there is much of it.
    pub(crate) fn only_wrong() -> Self {
        Self { only_wrong: true, ..Self::default() }
    }

    /// A verdict on `what` at a place in the file.
    pub(crate) fn check(
        &mut self,
        what: impl Into<Cow<'static, str>>,
        at: &At,
        result: Result<(), impl Display>,
    ) {
        self.all += 1;
        let why = result.err().map(|why| why.to_string());
        self.wrong += usize::from(why.is_some());
        if why.is_some() || !self.only_wrong {
            self.checks.push(Check { what: what.into(), at: at.clone(), why });
        }
    }

    /// Something that was not judged, and why; or what was assumed.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Drops what was noted so far.
    pub(crate) fn forget_notes(&mut self) {
        self.notes.clear();
    }

    /// How many verdicts there are, and how many say no.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.all, self.wrong)
    }

    /// The verdicts that were kept, and the notes.
    pub(crate) fn into_parts(self) -> (Vec<Check>, Vec<String>) {
        (self.checks, self.notes)
    }

    /// The verdicts and notes beside the message they are about.
    pub(super) fn into_json(self, file: &str, kind: &str, message: &Value) -> Value {
        json!({
            "file": file,
            "kind": kind,
            "message": message,
            "checks": self.checks.into_iter().map(Check::into_json).collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }
}

impl Check {
    fn into_json(self) -> Value {
        let mut check = Map::new();
        check.insert("what".to_owned(), self.what.into());
        check.insert("at".to_owned(), self.at.to_string().into());
        check.insert("ok".to_owned(), self.why.is_none().into());
        if let Some(why) = self.why {
            check.insert("why".to_owned(), why.into());
        }
        Value::Object(check)
    }
}
