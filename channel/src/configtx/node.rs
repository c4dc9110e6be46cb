// SPDX-License-Identifier: Apache-2.0
//! YAML as a tree in which every key knows its line; anchors, aliases and merge keys are resolved.

use super::Error;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::fmt;

/// A value.
#[derive(Debug)]
pub(super) enum Node {
    Map(Vec<Item>),
    List(Vec<Node>),
    Text(String),
    Flag(bool),
    Nothing,
}

/// A key, its line and its value.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) key: String,
    pub(super) line: u64,
    pub(super) value: Node,
}

/// Bytes of a file; Fabric's own has 30 kB.
const MAX_LEN: usize = 1 << 20;

/// Reads a whole file.
///
/// # Errors
/// The first mistake. A file whose aliases unfold to more than a file may hold is one.
pub(super) fn parse(text: &str) -> Result<Node, Error> {
    if text.len() > MAX_LEN {
        return Err(Error::text(1, format!("the file is longer than {MAX_LEN} bytes")));
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: 100_000, max_total_scalar_bytes: 4 << 20 },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let line = error.location().map_or(1, |location| location.line());
        let text = error.without_snippet().to_string();
        // It may quote the file, whose control characters are not for terminals.
        let what = text.lines().next().unwrap_or("not YAML").replace(char::is_control, " ");
        Error::text(line, what)
    })
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        Ok(Node::Flag(flag))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Text(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Text(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Text(number.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Nothing)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            // What an alias brings is to be mended where it was written.
            let line = key.defined.line();
            items.push(Item { key: key.value, line, value: map.next_value()? });
        }
        Ok(Node::Map(items))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }
}
