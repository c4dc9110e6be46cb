// SPDX-License-Identifier: Apache-2.0
//! A tree put together again from its elements.

use crate::element::{Content, Elements, Kind, ROOT};
use crate::{Element, Error};
use proto::common::ConfigGroup;

/// The tree that the groups' own lists of members describe, each member taken from `elements`: an
/// element that no group names any more is gone.
pub(super) fn rebuild(elements: &Elements<'_>) -> Result<ConfigGroup, Error> {
    group(&mut vec![ROOT.to_owned()], elements)
}

fn group(path: &mut Vec<String>, elements: &Elements<'_>) -> Result<ConfigGroup, Error> {
    let here = Element { kind: Kind::Group, path: path.clone() };
    let Some(Content::Group(named)) = elements.get(&here) else {
        return Err(Error::update(&here, "it is named and not there"));
    };
    let mut whole = ConfigGroup {
        version: named.version,
        mod_policy: named.mod_policy.clone(),
        ..ConfigGroup::default()
    };
    let find = |kind, name: &String| {
        let mut path = path.clone();
        path.push(name.clone());
        let element = Element { kind, path };
        let found = elements.get(&element).copied();
        found.ok_or_else(|| Error::update(&element, "it is named and not there"))
    };
    for name in named.values.keys() {
        if let Content::Value(value) = find(Kind::Value, name)? {
            whole.values.insert(name.clone(), value.clone());
        }
    }
    for name in named.policies.keys() {
        if let Content::Policy(policy) = find(Kind::Policy, name)? {
            whole.policies.insert(name.clone(), policy.clone());
        }
    }
    for name in named.groups.keys() {
        path.push(name.clone());
        whole.groups.insert(name.clone(), group(path, elements)?);
        path.pop();
    }
    Ok(whole)
}
