// SPDX-License-Identifier: Apache-2.0
//! OpenSSL configuration files (`config(5)`), as far as they say what a certificate looks like.
//!
//! Read are sections, comments, quotes, backslashes, continued lines and `$name`, `${name}`,
//! `${section::name}`, `$ENV::name`. Not here: `.include` and `.pragma`, which are refused by name.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod extensions;
mod subject;
mod values;

pub use extensions::{KeyIds, Leniency, Requested};
pub use values::general_name;

use std::collections::BTreeMap;
use std::fmt;

/// The file, parsed: sections in which every value knows its line.
#[derive(Clone, Debug)]
pub struct OpensslConf {
    file: String,
    sections: BTreeMap<String, Vec<Entry>>,
}

/// `name = value` and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name left of `=`.
    pub name: String,
    /// The value, quotes and escapes undone.
    pub value: String,
    /// Its line, from 1.
    pub line: usize,
}

/// What is wrong with the file: file, line, what, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfError {
    /// The file's name.
    pub file: String,
    /// The line, from 1; 0 when it is about the whole file.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for ConfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}:{line}: {}", self.file, self.what),
        }
    }
}

impl std::error::Error for ConfError {}

/// The section before the first `[header]`.
const DEFAULT: &str = "default";

impl OpensslConf {
    /// Reads the text of the file called `file`. `variable` looks up the environment.
    ///
    /// # Errors
    /// [`ConfError`] with the line that is not understood.
    pub fn parse(
        text: &str,
        file: &str,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfError> {
        let mut conf = Self { file: file.to_owned(), sections: BTreeMap::new() };
        let mut section = DEFAULT.to_owned();
        let mut lines = text.trim_start_matches('\u{feff}').lines().zip(1..);
        while let Some((first, line)) = lines.next() {
            let mut logical = first.to_owned();
            while continues(&logical) {
                logical.pop();
                logical.push_str(lines.next().map_or("", |(next, _)| next));
            }
            conf.line(&logical, line, &mut section, variable)?;
        }
        Ok(conf)
    }

    fn line(
        &mut self,
        text: &str,
        line: usize,
        section: &mut String,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), ConfError> {
        let text = text.trim();
        if text.is_empty() || text.starts_with(['#', ';']) {
            return Ok(());
        }
        if let Some(rest) = text.strip_prefix('[') {
            let name = rest.split_once(']').map(|(name, _)| name.trim());
            let name = name.ok_or_else(|| self.error(line, "a section header without `]`"))?;
            name.clone_into(section);
            self.sections.entry(section.clone()).or_default();
            return Ok(());
        }
        if text.starts_with('.') {
            let what = "`.include` and `.pragma` are not read; put the sections into this file";
            return Err(self.error(line, what));
        }
        let Some((name, value)) = text.split_once('=') else {
            return Err(self.error(line, "neither `[section]` nor `name = value`"));
        };
        let value = self.value(value.trim_start(), line, section, variable)?;
        let entry = Entry { name: name.trim().to_owned(), value, line };
        self.sections.entry(section.clone()).or_default().push(entry);
        Ok(())
    }

    /// Undoes quotes, escapes and variables, and cuts the comment off.
    fn value(
        &self,
        raw: &str,
        line: usize,
        section: &str,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String, ConfError> {
        let mut out = String::new();
        let mut rest = raw.chars();
        let mut quote = None;
        // White space at the end is not part of the value, unless it was quoted or escaped.
        let mut keep = 0;
        while let Some(c) = rest.next() {
            match (c, quote) {
                ('\\', _) => {
                    out.push(rest.next().map_or('\\', unescape));
                    keep = out.len();
                }
                (c, Some(open)) if c == open => quote = None,
                (c, Some(_)) => {
                    out.push(c);
                    keep = out.len();
                }
                ('"' | '\'', None) => quote = Some(c),
                ('#', None) => break,
                ('$', None) => {
                    let (name, after) = variable_name(rest.as_str())
                        .ok_or_else(|| self.error(line, "`$` without the name of a variable"))?;
                    out.push_str(&self.lookup(name, line, section, variable)?);
                    keep = out.len();
                    rest = after.chars();
                }
                (c, None) => {
                    out.push(c);
                    keep = if c.is_whitespace() { keep } else { out.len() };
                }
            }
        }
        if quote.is_some() {
            return Err(self.error(line, "a quote that is not closed"));
        }
        out.truncate(keep);
        Ok(out)
    }

    fn lookup(
        &self,
        name: &str,
        line: usize,
        section: &str,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String, ConfError> {
        let found = match name.split_once("::") {
            Some(("ENV", name)) => variable(name),
            Some((section, name)) => self.get(section, name).map(|entry| entry.value.clone()),
            None => self
                .get(section, name)
                .or_else(|| self.get(DEFAULT, name))
                .map(|entry| entry.value.clone()),
        };
        found.ok_or_else(|| self.error(line, &format!("the variable `{name}` has no value")))
    }

    /// The entries of a section, in their order.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<&[Entry]> {
        self.sections.get(name).map(Vec::as_slice)
    }

    /// The last entry of that name in a section.
    #[must_use]
    pub fn get(&self, section: &str, name: &str) -> Option<&Entry> {
        self.section(section)?.iter().rev().find(|entry| entry.name == name)
    }

    /// A section that must be there.
    ///
    /// # Errors
    /// [`ConfError`] that lists the sections there are.
    pub fn require(&self, name: &str) -> Result<&[Entry], ConfError> {
        self.section(name).ok_or_else(|| {
            let there: Vec<&str> = self.sections.keys().map(String::as_str).collect();
            self.error(0, &format!("no section `[{name}]`; there are: {}", there.join(", ")))
        })
    }

    /// The file's name, as it was given.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    fn error(&self, line: usize, what: &str) -> ConfError {
        ConfError { file: self.file.clone(), line, what: what.to_owned() }
    }
}

/// Whether a line goes on in the next: it ends in an odd number of backslashes.
fn continues(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn unescape(c: char) -> char {
    match c {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\u{8}',
        other => other,
    }
}

/// Splits `name`, `{name}` or `(name)` off the front.
fn variable_name(text: &str) -> Option<(&str, &str)> {
    for (open, close) in [('{', '}'), ('(', ')')] {
        if let Some(rest) = text.strip_prefix(open) {
            return rest.split_once(close).filter(|(name, _)| !name.is_empty());
        }
    }
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty()).then_some((name, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<OpensslConf, ConfError> {
        OpensslConf::parse(text, "t.cnf", &|name| (name == "HOME").then(|| "here".to_owned()))
    }

    #[test]
    fn values_are_read_as_openssl_reads_them() {
        let conf = parse(
            "a = one # comment\n[ s ]\nb=\"two # no comment\"  # yes\nc = x\\#y\\\n z\n\
             d = $a-${ENV::HOME}-${s::b}\ne = tail   # c\nf='q'\n",
        )
        .unwrap();
        let value = |name| conf.get("s", name).unwrap().value.clone();
        assert_eq!(conf.get("default", "a").unwrap().value, "one");
        assert_eq!(value("b"), "two # no comment");
        assert_eq!(value("c"), "x#y z");
        assert_eq!(value("d"), "one-here-two # no comment");
        assert_eq!(value("e"), "tail");
        assert_eq!(value("f"), "q");
        assert_eq!(conf.get("s", "d").unwrap().line, 6);
    }

    #[test]
    fn errors_name_the_line() {
        for (text, line) in [
            ("a=1\n[s\n", 2),
            ("nonsense\n", 1),
            ("a=\"open\n", 1),
            ("\n\n.include x\n", 3),
            ("a=$missing\n", 1),
            ("a=$\n", 1),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.line, line, "{error}");
        }
        let error = parse("[v3_ca]\n[req]\n").unwrap().require("v3").unwrap_err();
        assert_eq!(error.to_string(), "t.cnf: no section `[v3]`; there are: req, v3_ca");
    }
}
