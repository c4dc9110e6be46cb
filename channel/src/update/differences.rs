// SPDX-License-Identifier: Apache-2.0
//! What differs between two configurations, element by element, for people to read.

use crate::element::{Content, Elements, flatten};
use crate::{Element, Error};
use proto::common::Config;
use std::fmt;

/// An element that is not the same in two configurations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The element.
    pub element: Element,
    /// What became of it.
    pub change: Change,
}

/// What became of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else; of a group: another policy modifies it.
    Changed,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let change = match self.change {
            Change::Added => "added",
            Change::Removed => "removed",
            Change::Changed => "changed",
        };
        write!(f, "{change:<8} {}", self.element)
    }
}

/// The elements that are not the same, whatever their versions.
///
/// # Errors
/// As [`Channel::new`](crate::Channel::new) for trees that cannot be read.
pub fn differences(old: &Config, new: &Config) -> Result<Vec<Difference>, Error> {
    let none = || Error::malformed("configuration", "it has no channel group");
    let old = flatten(old.channel_group.as_ref().ok_or_else(none)?)?;
    let new = flatten(new.channel_group.as_ref().ok_or_else(none)?)?;
    let mut all: Vec<Difference> = list(&new, |element, content| match old.get(element) {
        None => Some(Change::Added),
        Some(before) if is_same(*before, content) => None,
        Some(_) => Some(Change::Changed),
    });
    all.extend(list(&old, |element, _| (!new.contains_key(element)).then_some(Change::Removed)));
    all.sort_by(|a, b| (&a.element.path, a.element.kind).cmp(&(&b.element.path, b.element.kind)));
    Ok(all)
}

fn list(
    elements: &Elements<'_>,
    change: impl Fn(&Element, Content<'_>) -> Option<Change>,
) -> Vec<Difference> {
    let found = elements.iter().filter_map(|(element, content)| {
        Some(Difference { element: element.clone(), change: change(element, *content)? })
    });
    found.collect()
}

fn is_same(old: Content<'_>, new: Content<'_>) -> bool {
    old.mod_policy() == new.mod_policy()
        && match (old, new) {
            (Content::Group(_), Content::Group(_)) => true,
            (Content::Value(old), Content::Value(new)) => old.value == new.value,
            (Content::Policy(old), Content::Policy(new)) => old.policy == new.policy,
            _ => false,
        }
}
