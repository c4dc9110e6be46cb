// SPDX-License-Identifier: Apache-2.0
//! One case of a file: typed access to its fields, and a list of those nobody looked at.

use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

/// How a case ended without failing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Every engine that can run it gave the expected result.
    Pass,
    /// Not run, and why.
    Skip(&'static str),
}

/// Fields about a case that say nothing to be checked.
const ABOUT: [&str; 8] =
    ["id", "type", "mode", "source", "comment", "oracles", "checked", "tlcp_role"];

/// A case under check.
pub(crate) struct Case<'a> {
    fields: &'a Map<String, Value>,
    used: RefCell<BTreeSet<String>>,
    file: &'a Path,
}

impl<'a> Case<'a> {
    pub(crate) fn new(fields: &'a Map<String, Value>, file: &'a Path) -> Self {
        let used = ABOUT.iter().map(|name| (*name).to_owned()).collect();
        Self { fields, used: RefCell::new(used), file }
    }

    /// The name it is reported under.
    pub(crate) fn name(&self) -> String {
        let text = |name: &str| self.fields.get(name).and_then(Value::as_str).map(str::to_owned);
        text("id").or_else(|| text("file")).unwrap_or_else(|| "without name".to_owned())
    }

    /// The file it stands in.
    pub(crate) fn file(&self) -> &'a Path {
        self.file
    }

    /// `type`, or `mode` where there is none.
    pub(crate) fn kind(&self) -> &'a str {
        let text = |name: &str| self.fields.get(name).and_then(Value::as_str);
        text("type").or_else(|| text("mode")).unwrap_or_default()
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        self.used.borrow_mut().insert(name.to_owned());
        self.fields.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn opt_text(&self, name: &str) -> Result<Option<&'a str>, String> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("field `{name}` is no string")),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<&'a str, String> {
        self.opt_text(name)?.ok_or_else(|| format!("field `{name}` is missing"))
    }

    pub(crate) fn opt_bytes(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        self.opt_text(name)?.map(|text| unhex(name, text)).transpose()
    }

    pub(crate) fn bytes(&self, name: &str) -> Result<Vec<u8>, String> {
        unhex(name, self.text(name)?)
    }

    pub(crate) fn array32(&self, name: &str) -> Result<[u8; 32], String> {
        self.bytes(name)?.try_into().map_err(|_| format!("field `{name}` is not 32 bytes"))
    }

    pub(crate) fn number(&self, name: &str) -> Result<u64, String> {
        let value = self.value(name).and_then(Value::as_u64);
        value.ok_or_else(|| format!("field `{name}` is no number"))
    }

    pub(crate) fn list(&self, name: &str) -> Result<&'a [Value], String> {
        match self.value(name) {
            None => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(format!("field `{name}` is no list")),
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Vec<&'a str>, String> {
        let items = self.list(name)?.iter().map(Value::as_str).collect::<Option<_>>();
        items.ok_or_else(|| format!("field `{name}` is no list of strings"))
    }

    pub(crate) fn byte_list(&self, name: &str) -> Result<Vec<Vec<u8>>, String> {
        self.texts(name)?.into_iter().map(|text| unhex(name, text)).collect()
    }

    pub(crate) fn object(&self, name: &str) -> Result<Option<&'a Map<String, Value>>, String> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(_) => Err(format!("field `{name}` is no object")),
        }
    }

    /// A value as it is printed; nothing for one that is missing.
    pub(crate) fn printed(&self, name: &str) -> String {
        self.value(name).map_or_else(String::new, ToString::to_string)
    }

    /// Fields that tell how a value came about and are implied by others that are checked.
    pub(crate) fn implied(&self, names: &[&str]) {
        self.used.borrow_mut().extend(names.iter().map(|name| (*name).to_owned()));
    }

    /// Whether a strict library must accept it.
    pub(crate) fn valid(&self) -> Result<bool, String> {
        match self.text("result")? {
            "valid" => Ok(true),
            "invalid" => Ok(false),
            other => Err(format!("result `{other}` is not known")),
        }
    }

    /// Whether the other answer is tolerable too.
    pub(crate) fn tolerant(&self) -> Result<bool, String> {
        Ok(self.opt_text("policy")?.is_some())
    }

    /// Compares what an engine answered with what the case expects.
    pub(crate) fn judge<T>(
        &self,
        answer: Result<T, bccsp::Error>,
        check: impl FnOnce(T) -> Result<(), String>,
    ) -> Result<Outcome, String> {
        let (valid, tolerant) = (self.valid()?, self.tolerant()?);
        match answer {
            Ok(value) if valid || tolerant => check(value).map(|()| Outcome::Pass),
            Ok(_) => Err("accepted, and should not be".to_owned()),
            Err(error @ (bccsp::Error::SelfTestFailed(_) | bccsp::Error::Unavailable(_))) => {
                Err(error.to_string())
            }
            Err(bccsp::Error::Unsupported(what)) if valid && !tolerant => Ok(Outcome::Skip(what)),
            Err(error) if valid && !tolerant => Err(format!("refused: {error}")),
            Err(_) => Ok(Outcome::Pass),
        }
    }

    /// An error when there is a field that no check looked at.
    pub(crate) fn all_fields_used(&self) -> Result<(), String> {
        let used = self.used.borrow();
        let unused: Vec<&str> =
            self.fields.keys().map(String::as_str).filter(|name| !used.contains(*name)).collect();
        if unused.is_empty() {
            return Ok(());
        }
        Err(format!("fields that the runner does not know: {}", unused.join(", ")))
    }
}

/// Two byte strings that must be the same.
pub(crate) fn same(what: &str, got: &[u8], expected: &[u8]) -> Result<(), String> {
    if got == expected {
        return Ok(());
    }
    Err(format!("{what} is {}, expected {}", hex::encode(got), hex::encode(expected)))
}

/// A case that engines answer with nothing but an error is wrong here.
pub(crate) fn must<T>(what: &str, answer: Result<T, bccsp::Error>) -> Result<T, String> {
    answer.map_err(|error| format!("{what}: {error}"))
}

fn unhex(name: &str, text: &str) -> Result<Vec<u8>, String> {
    hex::decode(text).map_err(|_| format!("field `{name}` is no hex"))
}
