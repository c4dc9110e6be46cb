// SPDX-License-Identifier: Apache-2.0
//! Certificate policies along a path (RFC 5280 sections 6.1.2 to 6.1.5), as the graph of RFC 9618:
//! its size grows with the policies that are named, and not with the ways to map them.

use super::node::{Facts, Node};
use super::{Budget, Options, Rule};
use crate::oid::ANY_POLICY;
use const_oid::ObjectIdentifier as Oid;
use std::collections::{BTreeMap, BTreeSet};

/// Judges a whole path, the leaf first and the anchor last. The error says where.
pub(super) fn check(
    path: &[&Node],
    options: &Options,
    budget: &mut Budget,
) -> Result<(), (usize, Rule)> {
    let Some((anchor, below)) = path.split_last() else {
        return Ok(());
    };
    let length = u32::try_from(below.len()).unwrap_or(u32::MAX);
    let mut walk = Walk::new(length, options);
    // The anchor is no part of the path; what it says of those below it counts (RFC 5937).
    walk.constrain(anchor.facts().map_err(|rule| (below.len(), rule))?);
    for (at, node) in below.iter().enumerate().rev() {
        walk.step(node, at == 0, budget).map_err(|rule| (at, rule))?;
    }
    walk.finish(options).map_err(|rule| (0, rule))
}

/// Policies, and those of the top that each stands for.
type Level = BTreeMap<Oid, BTreeSet<Oid>>;

/// The state variables of section 6.1.2.
struct Walk {
    /// What the next certificate may name.
    expected: Level,
    /// Whether it may name whatever it likes.
    any: bool,
    /// After how many more certificates there must be a policy, mappings and anyPolicy end.
    explicit: u32,
    mapping: u32,
    inhibit_any: u32,
}

impl Walk {
    fn new(length: u32, options: &Options) -> Self {
        let never = length.saturating_add(1);
        let explicit = if options.explicit_policy { 0 } else { never };
        Self { expected: Level::new(), any: true, explicit, mapping: never, inhibit_any: never }
    }

    /// Section 6.1.3 (d) to (f), and 6.1.4 or 6.1.5 behind it.
    fn step(&mut self, node: &Node, is_last: bool, budget: &mut Budget) -> Result<(), Rule> {
        let facts = node.facts()?;
        let self_issued = node.certificate().is_self_issued();
        self.take_policies(facts, self.inhibit_any > 0 || (!is_last && self_issued), budget)?;
        if self.explicit == 0 && self.is_null() {
            return Err(Rule::NoPolicy);
        }
        if is_last {
            self.explicit = self.explicit.saturating_sub(1);
            if facts.policy_constraints.and_then(|c| c.require_explicit) == Some(0) {
                self.explicit = 0;
            }
            return Ok(());
        }
        self.map(facts, budget)?;
        if !self_issued {
            self.explicit = self.explicit.saturating_sub(1);
            self.mapping = self.mapping.saturating_sub(1);
            self.inhibit_any = self.inhibit_any.saturating_sub(1);
        }
        self.constrain(facts);
        Ok(())
    }

    fn is_null(&self) -> bool {
        self.expected.is_empty() && !self.any
    }

    /// The policies that are named, of those that are expected.
    fn take_policies(
        &mut self,
        facts: &Facts,
        any_counts: bool,
        budget: &mut Budget,
    ) -> Result<(), Rule> {
        let named = facts.policies.as_ref().map(|policies| policies.0.as_slice());
        let named: BTreeSet<Oid> = named.unwrap_or_default().iter().map(|p| p.id).collect();
        let mut valid = Level::new();
        for id in named.iter().filter(|id| **id != ANY_POLICY) {
            budget.compare()?;
            if let Some(tops) = self.expected.get(id) {
                valid.insert(*id, tops.clone());
            } else if self.any {
                valid.insert(*id, BTreeSet::from([*id]));
            }
        }
        let named_any = any_counts && named.contains(&ANY_POLICY);
        if named_any {
            for (id, tops) in &self.expected {
                budget.compare()?;
                valid.entry(*id).or_insert_with(|| tops.clone());
            }
        }
        self.any &= named_any;
        self.expected = valid;
        Ok(())
    }

    /// Section 6.1.4 (a) and (b).
    fn map(&mut self, facts: &Facts, budget: &mut Budget) -> Result<(), Rule> {
        let Some(mappings) = &facts.mappings else {
            return Ok(());
        };
        let mut mapped = Level::new();
        for (from, to) in &mappings.0 {
            budget.compare()?;
            if *from == ANY_POLICY || *to == ANY_POLICY {
                return Err(Rule::Malformed("it maps anyPolicy".to_owned()));
            }
            let tops = match self.expected.get(from) {
                Some(tops) => tops.clone(),
                None if self.any => BTreeSet::from([*from]),
                None => continue,
            };
            mapped.entry(*to).or_default().extend(tops);
        }
        for (from, _) in &mappings.0 {
            self.expected.remove(from);
        }
        if self.mapping > 0 {
            for (to, tops) in mapped {
                budget.compare()?;
                self.expected.entry(to).or_default().extend(tops);
            }
        }
        Ok(())
    }

    /// Section 6.1.4 (i) and (j).
    fn constrain(&mut self, facts: &Facts) {
        let lower = |counter: &mut u32, bound: Option<u32>| {
            *counter = bound.unwrap_or(*counter).min(*counter);
        };
        let constraints = facts.policy_constraints.unwrap_or_default();
        lower(&mut self.explicit, constraints.require_explicit);
        lower(&mut self.mapping, constraints.inhibit_mapping);
        lower(&mut self.inhibit_any, facts.inhibit_any.map(|inhibit| inhibit.0));
    }

    /// Section 6.1.5 (g): what is left is held against what the caller accepts.
    fn finish(&self, options: &Options) -> Result<(), Rule> {
        let accepts = |id: &Oid| options.policies.contains(id);
        let accepted = if options.policies.is_empty() || accepts(&ANY_POLICY) {
            !self.is_null()
        } else {
            self.any || self.expected.values().flatten().any(accepts)
        };
        if self.explicit > 0 || accepted { Ok(()) } else { Err(Rule::NoPolicy) }
    }
}
