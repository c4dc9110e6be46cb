// SPDX-License-Identifier: Apache-2.0
//! Implicit meta policies: how many child groups must have their policy of a name satisfied.

use crate::PolicyError;
use proto::common::{ImplicitMetaPolicy, implicit_meta_policy::Rule};
use std::fmt;
use std::str::FromStr;

/// `ANY Readers`, `ALL Writers`, `MAJORITY Admins`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MetaPolicy {
    /// The name of the policy that is asked of each child group.
    pub sub_policy: String,
    /// In how many of them it must be satisfied.
    pub rule: MetaRule,
}

/// In how many of the child groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetaRule {
    /// In one.
    Any,
    /// In each.
    All,
    /// In more than half.
    Majority,
}

impl MetaRule {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Any, Self::All, Self::Majority];

    /// The word in the text of a policy.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "ANY",
            Self::All => "ALL",
            Self::Majority => "MAJORITY",
        }
    }

    /// How many of `groups` child groups it takes; of none, none.
    #[must_use]
    pub fn threshold(self, groups: usize) -> usize {
        match (self, groups) {
            (_, 0) => 0,
            (Self::Any, _) => 1,
            (Self::All, groups) => groups,
            (Self::Majority, groups) => (groups >> 1).saturating_add(1),
        }
    }
}

impl MetaPolicy {
    /// Puts one together.
    #[must_use]
    pub fn new(rule: MetaRule, sub_policy: impl Into<String>) -> Self {
        Self { sub_policy: sub_policy.into(), rule }
    }

    /// Reads `ANY Readers`: a word in capitals, one space and a name, as Fabric does.
    ///
    /// # Errors
    /// [`PolicyError::Text`] with the column.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let fail = |column, what: &str| PolicyError::Text { column, what: what.to_owned() };
        let mut words = text.split(' ');
        let (Some(word), Some(name), None) = (words.next(), words.next(), words.next()) else {
            return Err(fail(1, "not of the form `ANY Readers`: two words and one space"));
        };
        let is_it = |rule: &MetaRule| word == rule.name();
        let rule = MetaRule::ALL.into_iter().find(is_it);
        let rule = rule.ok_or_else(|| fail(1, "expected ANY, ALL or MAJORITY"))?;
        if name.is_empty() {
            let column = word.chars().count().saturating_add(2);
            return Err(fail(column, "expected the name of a policy, as in `ANY Readers`"));
        }
        Ok(Self::new(rule, name))
    }

    /// Reads the message.
    ///
    /// # Errors
    /// [`PolicyError::Unknown`] for a rule that is none of the three.
    pub fn from_proto(message: &ImplicitMetaPolicy) -> Result<Self, PolicyError> {
        let rule = match Rule::try_from(message.rule) {
            Ok(Rule::Any) => MetaRule::Any,
            Ok(Rule::All) => MetaRule::All,
            Ok(Rule::Majority) => MetaRule::Majority,
            Err(_) => {
                return Err(PolicyError::unknown("rule of an implicit meta policy", message.rule));
            }
        };
        Ok(Self::new(rule, message.sub_policy.clone()))
    }

    /// The message.
    #[must_use]
    pub fn to_proto(&self) -> ImplicitMetaPolicy {
        let rule = match self.rule {
            MetaRule::Any => Rule::Any,
            MetaRule::All => Rule::All,
            MetaRule::Majority => Rule::Majority,
        };
        ImplicitMetaPolicy { sub_policy: self.sub_policy.clone(), rule: rule.into() }
    }
}

impl FromStr for MetaPolicy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        Self::parse(text)
    }
}

impl fmt::Display for MetaPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rule.name(), self.sub_policy.escape_debug())
    }
}
