// SPDX-License-Identifier: Apache-2.0
//! A mapping of the file with the keys it may have, and the scalars that stand there.
//!
//! Keys are matched without regard to case, as Fabric matches them; names that a file gives (of
//! profiles, policies, capabilities, resources) are taken as they are written.

use super::Error;
use super::error::Quoted;
use super::node::{Item, Node};
use crate::values::duration;
use std::time::Duration;

/// A mapping whose keys are all known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section<'a> {
    name: &'a str,
    line: u64,
    items: &'a [Item],
}

impl<'a> Section<'a> {
    /// The mapping below a key; nothing at all is one without entries.
    pub(super) fn of(item: &'a Item, known: &[&str]) -> Result<Self, Error> {
        Self::new(&item.key, item.line, &item.value, known)
    }

    pub(super) fn new(
        name: &'a str,
        line: u64,
        node: &'a Node,
        known: &[&str],
    ) -> Result<Self, Error> {
        let items = mapping(name, line, node)?;
        for (index, item) in items.iter().enumerate() {
            let is_same = |key: &str| key.eq_ignore_ascii_case(&item.key);
            if !known.iter().any(|key| is_same(key)) {
                let (key, place) = (Quoted(&item.key), Quoted(name));
                let what = format!("{key} is no key of {place}, which has {}", known.join(", "));
                return Err(Error::text(item.line, what));
            }
            if items.iter().take(index).any(|other| is_same(&other.key)) {
                return Err(Error::text(
                    item.line,
                    format!("{} stands here twice", Quoted(&item.key)),
                ));
            }
        }
        // A mapping in a list has no key; its first entry is the place to look at.
        let line = if line == 0 { items.first().map_or(1, |item| item.line) } else { line };
        Ok(Self { name, line, items })
    }

    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// What stands under a key, unless that is nothing.
    pub(super) fn item(&self, key: &str) -> Option<&'a Item> {
        let item = self.items.iter().find(|item| item.key.eq_ignore_ascii_case(key));
        item.filter(|item| !matches!(item.value, Node::Nothing))
    }

    pub(super) fn required(&self, key: &str) -> Result<&'a Item, Error> {
        self.item(key).ok_or_else(|| {
            Error::text(self.line, format!("{} has no {key}: write one", Quoted(self.name)))
        })
    }

    /// A text that must be there.
    pub(super) fn text(&self, key: &str) -> Result<&'a str, Error> {
        text(self.required(key)?)
    }

    /// A number, size or duration, if there is one.
    pub(super) fn read<T>(
        &self,
        key: &str,
        read: impl Fn(&Item) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        self.item(key).map(read).transpose()
    }

    /// A list; an absent one is empty.
    pub(super) fn list(&self, key: &str) -> Result<&'a [Node], Error> {
        match self.item(key) {
            None => Ok(&[]),
            Some(Item { value: Node::List(nodes), .. }) => Ok(nodes),
            Some(item) => Err(bad(item, "is no list: begin its entries with `-`")),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>, Error> {
        let one = |node: &Node| match node {
            Node::Text(text) => Ok(text.clone()),
            _ => Err(self.bad(key, "has an entry that is no text")),
        };
        self.list(key)?.iter().map(one).collect()
    }

    /// The entries of a mapping whose keys are names; an absent one has none.
    pub(super) fn names(&self, key: &str) -> Result<&'a [Item], Error> {
        self.item(key).map_or(Ok(&[]), entries)
    }

    fn bad(&self, key: &str, why: &str) -> Error {
        Error::text(self.item(key).map_or(self.line, |item| item.line), format!("`{key}` {why}"))
    }
}

/// The entries of a mapping whose keys are names.
pub(super) fn entries(item: &Item) -> Result<&[Item], Error> {
    mapping(&item.key, item.line, &item.value)
}

fn mapping<'a>(name: &str, line: u64, node: &'a Node) -> Result<&'a [Item], Error> {
    match node {
        Node::Map(items) => Ok(items),
        Node::Nothing => Ok(&[]),
        _ => Err(Error::text(
            line.max(1),
            format!("{} is no mapping of keys to values", Quoted(name)),
        )),
    }
}

/// A complaint about what stands under a key.
pub(super) fn bad(item: &Item, why: &str) -> Error {
    Error::text(item.line, format!("{} {why}", Quoted(&item.key)))
}

pub(super) fn text(item: &Item) -> Result<&str, Error> {
    match &item.value {
        Node::Text(text) => Ok(text),
        _ => Err(bad(item, "is no text")),
    }
}

pub(super) fn flag(item: &Item) -> Result<bool, Error> {
    match item.value {
        Node::Flag(flag) => Ok(flag),
        _ => Err(bad(item, "is neither true nor false")),
    }
}

pub(super) fn number<T: std::str::FromStr>(item: &Item) -> Result<T, Error> {
    text(item)?.parse().map_err(|_| bad(item, "is no whole number that fits here"))
}

pub(super) fn port(item: &Item) -> Result<u16, Error> {
    let port = text(item)?.parse().ok().filter(|port| *port != 0);
    port.ok_or_else(|| bad(item, "is no port: 1 to 65535"))
}

pub(super) fn time(item: &Item) -> Result<Duration, Error> {
    let time = duration(text(item)?).filter(|time| !time.is_zero());
    time.ok_or_else(|| bad(item, "is no duration above 0, such as 500ms or 2s"))
}

/// Bytes: `512 KB`, `99 MB`, `16m`, a number alone. K, M and G are powers of 1024.
pub(super) fn size(item: &Item) -> Result<u32, Error> {
    let text = text(item)?;
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" => Some(1_u64),
        "k" | "kb" => Some(1 << 10),
        "m" | "mb" => Some(1 << 20),
        "g" | "gb" => Some(1 << 30),
        _ => None,
    };
    let bytes = number.parse::<u64>().ok().zip(factor);
    let bytes = bytes.and_then(|(number, factor)| number.checked_mul(factor));
    let bytes = bytes.and_then(|bytes| u32::try_from(bytes).ok());
    bytes.ok_or_else(|| bad(item, "is no size below 4 GB, such as 512 KB or 10 MB"))
}
