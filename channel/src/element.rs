// SPDX-License-Identifier: Apache-2.0
//! Elements of the configuration tree, by kind and path, and the tree as a flat list of them.
//!
//! Not here: what the values mean (`values`).

use crate::Error;
use proto::common::{ConfigGroup, ConfigPolicy, ConfigValue};
use std::collections::BTreeMap;
use std::fmt;

/// The name of the root group.
pub const ROOT: &str = "Channel";

/// Groups below groups; Fabric's own trees are four deep.
const MAX_DEPTH: usize = 16;

/// What kind of element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Holds other elements.
    Group,
    /// A setting.
    Value,
    /// Who may do something.
    Policy,
}

/// An element of the configuration tree. Printed `[Value] /Channel/Application/Org1/AnchorPeers`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Element {
    /// What it is.
    pub kind: Kind,
    /// The groups from the root to it, and its own name last.
    pub path: Vec<String>,
}

impl Element {
    /// The group at a path such as `/Channel/Application`.
    #[must_use]
    pub fn group(path: &str) -> Self {
        Self::at(Kind::Group, path)
    }

    /// The value at a path such as `/Channel/HashingAlgorithm`.
    #[must_use]
    pub fn value(path: &str) -> Self {
        Self::at(Kind::Value, path)
    }

    /// The policy at a path such as `/Channel/Admins`.
    #[must_use]
    pub fn policy(path: &str) -> Self {
        Self::at(Kind::Policy, path)
    }

    fn at(kind: Kind, path: &str) -> Self {
        let names = path.split('/').filter(|name| !name.is_empty());
        Self { kind, path: names.map(str::to_owned).collect() }
    }

    /// Its own name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.last().map(String::as_str).unwrap_or_default()
    }

    /// The path of the group that its modification policy is looked up in: itself for a group,
    /// else the group that holds it.
    #[must_use]
    pub fn policy_group(&self) -> String {
        let groups = match self.kind {
            Kind::Group => &self.path[..],
            Kind::Value | Kind::Policy => self.path.split_last().map_or(&[][..], |(_, up)| up),
        };
        format!("/{}", groups.join("/"))
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Group => "Group",
            Kind::Value => "Value",
            Kind::Policy => "Policy",
        };
        write!(f, "[{kind}] ")?;
        self.path.iter().try_for_each(|name| write!(f, "/{}", name.escape_debug()))
    }
}

/// An element with what stands there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Content<'a> {
    Group(&'a ConfigGroup),
    Value(&'a ConfigValue),
    Policy(&'a ConfigPolicy),
}

impl Content<'_> {
    pub(crate) fn version(self) -> u64 {
        match self {
            Self::Group(group) => group.version,
            Self::Value(value) => value.version,
            Self::Policy(policy) => policy.version,
        }
    }

    pub(crate) fn mod_policy(&self) -> &str {
        match self {
            Self::Group(group) => &group.mod_policy,
            Self::Value(value) => &value.mod_policy,
            Self::Policy(policy) => &policy.mod_policy,
        }
    }
}

/// All elements of a tree.
pub(crate) type Elements<'a> = BTreeMap<Element, Content<'a>>;

/// Lists all elements of a tree.
///
/// # Errors
/// [`Error::Element`] for a name that no element may have, and for a tree that is too deep.
pub(crate) fn flatten(root: &ConfigGroup) -> Result<Elements<'_>, Error> {
    let mut elements = Elements::new();
    let mut path = vec![ROOT.to_owned()];
    collect(root, &mut path, &mut elements)?;
    Ok(elements)
}

fn collect<'a>(
    group: &'a ConfigGroup,
    path: &mut Vec<String>,
    into: &mut Elements<'a>,
) -> Result<(), Error> {
    let here = Element { kind: Kind::Group, path: path.clone() };
    if path.len() > MAX_DEPTH {
        return Err(Error::element(here, format!("groups are nested more than {MAX_DEPTH} deep")));
    }
    let mut add = |kind, name: &str, content| {
        let mut path = path.clone();
        path.push(name.to_owned());
        let element = Element { kind, path };
        check_name(&element)?;
        into.insert(element, content);
        Ok::<(), Error>(())
    };
    for (name, value) in &group.values {
        add(Kind::Value, name, Content::Value(value))?;
    }
    for (name, policy) in &group.policies {
        add(Kind::Policy, name, Content::Policy(policy))?;
    }
    into.insert(here, Content::Group(group));
    for (name, child) in &group.groups {
        path.push(name.clone());
        check_name(&Element { kind: Kind::Group, path: path.clone() })?;
        collect(child, path, into)?;
        path.pop();
    }
    Ok(())
}

/// Names are letters, digits, `.` and `-`, at most 249 of them, and neither `.` nor `..`.
fn check_name(element: &Element) -> Result<(), Error> {
    if is_name(element.name()) {
        return Ok(());
    }
    let why = "a name is letters, digits, `.` and `-`, at most 249, and not `.` or `..`";
    Err(Error::element(element.clone(), why))
}

/// Whether an element may have this name.
pub(crate) fn is_name(name: &str) -> bool {
    let is_letter = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-');
    (1..=249).contains(&name.len()) && name.bytes().all(is_letter) && name != "." && name != ".."
}
