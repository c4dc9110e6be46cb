// SPDX-License-Identifier: Apache-2.0
//! What was found: a verdict for each thing that was computed again, and what could not be.

use serde_json::{Map, Value, json};
use std::fmt::Display;

/// Verdicts on one file.
#[derive(Debug, Default)]
pub(super) struct Report {
    checks: Vec<Value>,
    wrong: usize,
    notes: Vec<String>,
}

impl Report {
    /// A verdict on `what` at a place in the file.
    pub(super) fn check(&mut self, what: &str, at: &str, result: Result<(), impl Display>) {
        let mut check = Map::new();
        check.insert("what".to_owned(), what.into());
        check.insert("at".to_owned(), at.into());
        check.insert("ok".to_owned(), result.is_ok().into());
        if let Err(why) = result {
            self.wrong += 1;
            check.insert("why".to_owned(), why.to_string().into());
        }
        self.checks.push(Value::Object(check));
    }

    /// Something that was not judged, and why; or what was assumed.
    pub(super) fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// How many verdicts there are, and how many say no.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.checks.len(), self.wrong)
    }

    /// The verdicts and notes beside the message they are about.
    pub(super) fn into_json(self, file: &str, kind: &str, message: &Value) -> Value {
        json!({
            "file": file,
            "kind": kind,
            "message": message,
            "checks": self.checks,
            "notes": self.notes,
        })
    }
}
