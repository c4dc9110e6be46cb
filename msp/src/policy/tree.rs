// SPDX-License-Identifier: Apache-2.0
//! The policies of a channel's groups: found by path, evaluated with those below them.
//!
//! Not here: reading the configuration they come from (`channel`).

use super::decision::{Decision, Shortfall};
use super::{MetaPolicy, Policy};
use crate::manager::Signers;
use std::collections::BTreeMap;

/// A group with its policies and its child groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyTree {
    name: String,
    policies: BTreeMap<String, Policy>,
    groups: BTreeMap<String, PolicyTree>,
}

/// A policy that was found, and the group it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Resolved<'a> {
    /// The group.
    pub group: &'a PolicyTree,
    /// Its name there.
    pub name: &'a str,
    /// The policy.
    pub policy: &'a Policy,
}

impl PolicyTree {
    /// A group without anything in it. The root of a channel is called `Channel`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Adds a policy, or replaces the one of this name.
    #[must_use]
    pub fn with_policy(mut self, name: impl Into<String>, policy: impl Into<Policy>) -> Self {
        self.policies.insert(name.into(), policy.into());
        self
    }

    /// Adds a child group, or replaces the one of its name.
    #[must_use]
    pub fn with_group(mut self, group: Self) -> Self {
        self.groups.insert(group.name.clone(), group);
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its own policies by name.
    #[must_use]
    pub fn policies(&self) -> &BTreeMap<String, Policy> {
        &self.policies
    }

    /// Its child groups by name.
    #[must_use]
    pub fn groups(&self) -> &BTreeMap<String, PolicyTree> {
        &self.groups
    }

    /// The group at a path: `Application/Org1` below this one, or `/Channel/Application/Org1` when
    /// this one is `Channel`. The empty path is the group itself.
    #[must_use]
    pub fn group(&self, path: &str) -> Option<&Self> {
        match self.relative(path)? {
            "" => Some(self),
            names => self.below(names),
        }
    }

    /// The policy at a path: `Admins` of this group, `Application/Org1/Admins` below it, or
    /// `/Channel/Application/Org1/Admins` when this one is `Channel`.
    #[must_use]
    pub fn resolve(&self, path: &str) -> Option<Resolved<'_>> {
        let relative = self.relative(path)?;
        let (group, name) = match relative.rsplit_once('/') {
            Some((groups, name)) => (self.below(groups)?, name),
            None => (self, relative),
        };
        let (name, policy) = group.policies.get_key_value(name)?;
        Some(Resolved { group, name, policy })
    }

    /// The same from a group below: a relative path starts there, an absolute one here. So are the
    /// modification policies of the group's elements looked up.
    #[must_use]
    pub fn resolve_at(&self, group: &str, path: &str) -> Option<Resolved<'_>> {
        if path.starts_with('/') { self.resolve(path) } else { self.group(group)?.resolve(path) }
    }

    /// Whether these signers satisfy the policy at a path. A policy that is not there is never
    /// satisfied.
    #[must_use]
    pub fn evaluate(&self, path: &str, signers: &Signers) -> Decision {
        match self.resolve(path) {
            Some(resolved) => resolved.evaluate_as(path, signers),
            None => no_policy(path, signers),
        }
    }

    /// The same from a group below, as in [`resolve_at`](Self::resolve_at).
    #[must_use]
    pub fn evaluate_at(&self, group: &str, path: &str, signers: &Signers) -> Decision {
        match self.resolve_at(group, path) {
            Some(resolved) => resolved.evaluate_as(path, signers),
            None => no_policy(path, signers),
        }
    }

    /// The path below this group; `None` for an absolute path that starts elsewhere.
    fn relative<'a>(&self, path: &'a str) -> Option<&'a str> {
        let Some(absolute) = path.strip_prefix('/') else {
            return Some(path);
        };
        let rest = absolute.strip_prefix(self.name.as_str())?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }

    fn below(&self, names: &str) -> Option<&Self> {
        names.split('/').try_fold(self, |group, name| group.groups.get(name))
    }

    fn is_satisfied(&self, name: &str, signers: &Signers) -> bool {
        match self.policies.get(name) {
            None => false,
            Some(Policy::Signature(policy)) => policy.is_satisfied(signers),
            Some(Policy::ImplicitMeta(meta)) => {
                let is_it = |group: &&Self| group.is_satisfied(&meta.sub_policy, signers);
                let satisfied = self.groups.values().filter(is_it).count();
                satisfied >= meta.rule.threshold(self.groups.len())
            }
        }
    }

    fn shortfall(&self, label: &str, name: &str, signers: &Signers) -> Shortfall {
        match self.policies.get(name) {
            None => Shortfall::leaf(format!("{label} has no policy of that name")),
            Some(Policy::Signature(policy)) => {
                let mut used = vec![false; signers.valid().len()];
                let inner = policy.shortfall(signers, &mut used);
                Shortfall::new(format!("{label} is `{policy}`"), vec![inner])
            }
            Some(Policy::ImplicitMeta(meta)) => self.meta_shortfall(label, meta, signers),
        }
    }

    fn meta_shortfall(&self, label: &str, meta: &MetaPolicy, signers: &Signers) -> Shortfall {
        let sub = meta.sub_policy.as_str();
        let (mut satisfied, mut parts) = (0_usize, Vec::new());
        for (name, group) in &self.groups {
            if group.is_satisfied(sub, signers) {
                satisfied = satisfied.saturating_add(1);
            } else {
                parts.push(group.shortfall(&format!("{name}/{sub}"), sub, signers));
            }
        }
        let (of, wanted) = (self.groups.len(), meta.rule.threshold(self.groups.len()));
        let counts = format!("{wanted} of {of} groups must agree, and {satisfied} do");
        Shortfall::new(format!("{label} is `{meta}`: {counts}"), parts)
    }
}

impl Resolved<'_> {
    /// Whether these signers satisfy it.
    #[must_use]
    pub fn evaluate(&self, signers: &Signers) -> Decision {
        self.evaluate_as(self.name, signers)
    }

    fn evaluate_as(&self, label: &str, signers: &Signers) -> Decision {
        if self.group.is_satisfied(self.name, signers) {
            return Decision::Satisfied;
        }
        let shortfall = self.group.shortfall(label, self.name, signers);
        Decision::Unsatisfied(shortfall.with_dropped(signers))
    }
}

fn no_policy(path: &str, signers: &Signers) -> Decision {
    let what = format!("there is no policy at `{}`", path.escape_debug());
    Decision::Unsatisfied(Shortfall::leaf(what).with_dropped(signers))
}
