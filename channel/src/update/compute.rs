// SPDX-License-Identifier: Apache-2.0
//! What must be asked for to come from one configuration to another: the read set and the write
//! set of a `ConfigUpdate`.
//!
//! Not here: whether anybody may ask for it (`rules`).

use crate::Error;
use proto::common::{Config, ConfigGroup, ConfigPolicy, ConfigUpdate, ConfigValue};
use std::collections::BTreeMap;

/// The update that changes `original` into `updated`. Versions in `updated` do not count.
///
/// # Errors
/// [`Error::NoChange`]; [`Error::Malformed`] for a configuration without a tree.
pub fn compute(
    original: &Config,
    updated: &Config,
    channel_id: &str,
) -> Result<ConfigUpdate, Error> {
    let tree = |config: &'_ Config| {
        let none = || Error::malformed("configuration", "it has no channel group");
        config.channel_group.clone().ok_or_else(none)
    };
    let change = Change::between(&tree(original)?, &tree(updated)?);
    if !change.is_one {
        return Err(Error::NoChange);
    }
    Ok(ConfigUpdate {
        channel_id: channel_id.to_owned(),
        read_set: Some(change.read),
        write_set: Some(change.write),
        isolated_data: BTreeMap::new(),
    })
}

/// How a group changes.
struct Change {
    read: ConfigGroup,
    write: ConfigGroup,
    is_one: bool,
}

impl Change {
    fn between(old: &ConfigGroup, new: &ConfigGroup) -> Self {
        let values = members(&old.values, &new.values);
        let policies = members(&old.policies, &new.policies);
        let groups = groups(&old.groups, &new.groups);
        let is_new_group = values.membership || policies.membership || groups.membership;
        let is_changed = is_new_group || old.mod_policy != new.mod_policy;
        let (mut read, mut write) = (ConfigGroup::default(), ConfigGroup::default());
        (read.version, write.version) = (old.version, old.version);
        (read.groups, write.groups) = (groups.read, groups.write);
        (write.values, write.policies) = (values.write, policies.write);
        let below = !write.values.is_empty() || !write.policies.is_empty();
        let is_one = is_changed || below || !write.groups.is_empty() || !read.groups.is_empty();
        if is_changed {
            // The group as a whole is written: what stays in it is named, with its version.
            write.version = old.version.saturating_add(1);
            write.mod_policy.clone_from(&new.mod_policy);
            write.values.extend(values.same.clone());
            write.policies.extend(policies.same.clone());
            write.groups.extend(groups.same.clone());
            (read.values, read.policies) = (values.same, policies.same);
            read.groups.extend(groups.same);
        }
        Self { read, write, is_one }
    }
}

/// How the members of one kind change.
struct Members<T> {
    read: BTreeMap<String, T>,
    write: BTreeMap<String, T>,
    same: BTreeMap<String, T>,
    /// Whether some came or went.
    membership: bool,
}

/// What a value and a policy have in common.
trait Member: Clone + PartialEq {
    /// With another version.
    fn at(&self, version: u64) -> Self;
    /// Nothing but its version, as a reference to what is there.
    fn reference(&self) -> Self;
    fn version(&self) -> u64;
}

impl Member for ConfigValue {
    fn at(&self, version: u64) -> Self {
        Self { version, ..self.clone() }
    }

    fn reference(&self) -> Self {
        Self { version: self.version, ..Self::default() }
    }

    fn version(&self) -> u64 {
        self.version
    }
}

impl Member for ConfigPolicy {
    fn at(&self, version: u64) -> Self {
        Self { version, ..self.clone() }
    }

    fn reference(&self) -> Self {
        Self { version: self.version, ..Self::default() }
    }

    fn version(&self) -> u64 {
        self.version
    }
}

fn members<T: Member>(old: &BTreeMap<String, T>, new: &BTreeMap<String, T>) -> Members<T> {
    let (mut write, mut same) = (BTreeMap::new(), BTreeMap::new());
    for (name, new) in new {
        match old.get(name) {
            None => write.insert(name.clone(), new.at(0)),
            Some(old) if old.at(0) == new.at(0) => same.insert(name.clone(), old.reference()),
            Some(old) => write.insert(name.clone(), new.at(old.version().saturating_add(1))),
        };
    }
    Members { read: BTreeMap::new(), write, same, membership: !old.keys().eq(new.keys()) }
}

fn groups(
    old: &BTreeMap<String, ConfigGroup>,
    new: &BTreeMap<String, ConfigGroup>,
) -> Members<ConfigGroup> {
    let mut all = Members {
        read: BTreeMap::new(),
        write: BTreeMap::new(),
        same: BTreeMap::new(),
        membership: !old.keys().eq(new.keys()),
    };
    for (name, new) in new {
        let Some(old) = old.get(name) else {
            all.write.insert(name.clone(), fresh(new));
            continue;
        };
        let change = Change::between(old, new);
        if change.is_one {
            all.read.insert(name.clone(), change.read);
            all.write.insert(name.clone(), change.write);
        } else {
            all.same.insert(name.clone(), change.read);
        }
    }
    all
}

/// A group that was not there: everything in it begins at version 0.
fn fresh(group: &ConfigGroup) -> ConfigGroup {
    let at_zero = |values: &BTreeMap<String, ConfigValue>| {
        values.iter().map(|(name, value)| (name.clone(), value.at(0))).collect()
    };
    ConfigGroup {
        version: 0,
        groups: group.groups.iter().map(|(name, group)| (name.clone(), fresh(group))).collect(),
        values: at_zero(&group.values),
        policies: group
            .policies
            .iter()
            .map(|(name, policy)| (name.clone(), policy.at(0)))
            .collect(),
        mod_policy: group.mod_policy.clone(),
    }
}
