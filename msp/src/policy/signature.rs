// SPDX-License-Identifier: Apache-2.0
//! Signature policies: which principals must have signed (`common.SignaturePolicyEnvelope`).
//!
//! Not here: the text form (`text`).

use super::decision::{Decision, Shortfall};
use super::text;
use crate::manager::Signers;
use crate::{PolicyError, Principal};
use proto::common::signature_policy::{NOutOf, Type};
use proto::common::{MspPrincipal, SignaturePolicy as Rule, SignaturePolicyEnvelope};
use proto::prost::Message;
use std::fmt;
use std::str::FromStr;

/// How deep rules may be nested.
pub(super) const MAX_DEPTH: usize = 32;
/// Rules in one policy.
pub(super) const MAX_RULES: usize = 4096;
/// Bytes of all principals in one policy, each counted as often as it is asked for.
const MAX_PRINCIPALS: usize = 1 << 20;

/// Which principals must have signed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SignaturePolicy {
    /// Somebody who is this, and whose signature no other rule has used up.
    SignedBy(Principal),
    /// At least so many of the rules.
    OutOf(u32, Vec<SignaturePolicy>),
}

impl SignaturePolicy {
    /// All of the rules.
    #[must_use]
    pub fn and(rules: Vec<Self>) -> Self {
        Self::OutOf(u32::try_from(rules.len()).unwrap_or(u32::MAX), rules)
    }

    /// One of the rules.
    #[must_use]
    pub fn or(rules: Vec<Self>) -> Self {
        Self::OutOf(1, rules)
    }

    /// Reads the text form: `AND('Org1MSP.peer', OR('Org2MSP.member', "Org3.admin"))`,
    /// `OutOf(2, 'A.peer', 'B.peer', 'C.peer')`. The gates are spelled `AND`, `And` or `and`, and
    /// so the others, as in Fabric; roles are `member`, `admin`, `client`, `peer` and `orderer`. A
    /// single principal is a policy, too.
    ///
    /// # Errors
    /// [`PolicyError::Text`] with the column.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        text::parse(text)
    }

    /// Reads the message.
    ///
    /// # Errors
    /// [`PolicyError`], also for policies that are larger than any that is meant: 4,096 rules, 32
    /// deep, a megabyte of principals.
    pub fn from_proto(message: &SignaturePolicyEnvelope) -> Result<Self, PolicyError> {
        if message.version != 0 {
            return Err(PolicyError::unknown("version of a signature policy", message.version));
        }
        let rule = message.rule.as_ref().ok_or(PolicyError::EmptyRule)?;
        let mut reader = Reader::new(&message.identities)?;
        reader.read(rule, MAX_DEPTH)
    }

    /// The message, as `configtxgen` makes it: the principals in the order in which they are asked
    /// for, each as often as it is.
    #[must_use]
    pub fn to_proto(&self) -> SignaturePolicyEnvelope {
        let mut identities = Vec::new();
        let rule = self.write(&mut identities);
        SignaturePolicyEnvelope { version: 0, rule: Some(rule), identities }
    }

    fn write(&self, identities: &mut Vec<MspPrincipal>) -> Rule {
        let kind = match self {
            Self::SignedBy(principal) => {
                let index = i32::try_from(identities.len()).unwrap_or(i32::MAX);
                identities.push(principal.to_proto());
                Type::SignedBy(index)
            }
            Self::OutOf(n, rules) => Type::NOutOf(NOutOf {
                n: i32::try_from(*n).unwrap_or(i32::MAX),
                rules: rules.iter().map(|rule| rule.write(identities)).collect(),
            }),
        };
        Rule { r#type: Some(kind) }
    }

    /// Whether these signers are enough.
    ///
    /// As in Fabric, the rules are walked greedily: each takes the first signer that fits and that
    /// none before has taken, and what a rule took is given back only if it was not satisfied. So
    /// the order of signatures can matter.
    #[must_use]
    pub fn evaluate(&self, signers: &Signers) -> Decision {
        if self.is_satisfied(signers) {
            return Decision::Satisfied;
        }
        let mut used = vec![false; signers.valid().len()];
        let shortfall = self.shortfall(signers, &mut used);
        Decision::Unsatisfied(shortfall.with_dropped(signers))
    }

    pub(super) fn is_satisfied(&self, signers: &Signers) -> bool {
        let valid = signers.valid();
        let mut used = vec![false; valid.len()];
        self.walk(&mut used, &|at: usize, principal: &Principal| {
            valid.get(at).is_some_and(|identity| identity.satisfies(principal).is_ok())
        })
    }

    /// The walk over the rules; `fits` says whether the signer of that place is that principal.
    fn walk(&self, used: &mut [bool], fits: &impl Fn(usize, &Principal) -> bool) -> bool {
        match self {
            Self::SignedBy(principal) => {
                for (at, used) in used.iter_mut().enumerate() {
                    if !*used && fits(at, principal) {
                        *used = true;
                        return true;
                    }
                }
                false
            }
            Self::OutOf(n, rules) => {
                let mut satisfied = 0_u32;
                for rule in rules {
                    let mut copy = used.to_vec();
                    if rule.walk(&mut copy, fits) {
                        used.copy_from_slice(&copy);
                        satisfied = satisfied.saturating_add(1);
                    }
                }
                satisfied >= *n
            }
        }
    }

    /// The same walk, telling what was missing. Only called when it is known to fail.
    pub(super) fn shortfall(&self, signers: &Signers, used: &mut [bool]) -> Shortfall {
        match self {
            Self::SignedBy(principal) => {
                let is_free = |at: &usize| used.get(*at).is_some_and(|used| !used);
                let free = signers.valid().iter().enumerate().filter(|(at, _)| is_free(at));
                let not = free.map(|(_, identity)| match identity.satisfies(principal) {
                    Ok(()) => format!("{} is one", identity.subject()),
                    Err(why) => format!("{} is not: {why}", identity.subject()),
                });
                let parts: Vec<Shortfall> = not.take(SHOWN).map(Shortfall::leaf).collect();
                Shortfall::nobody(principal, parts)
            }
            Self::OutOf(n, rules) => {
                let (mut satisfied, mut parts) = (0_u32, Vec::new());
                for rule in rules {
                    let mut copy = used.to_vec();
                    let fits = |at: usize, principal: &Principal| {
                        let identity = signers.valid().get(at);
                        identity.is_some_and(|identity| identity.satisfies(principal).is_ok())
                    };
                    if rule.walk(&mut copy, &fits) {
                        used.copy_from_slice(&copy);
                        satisfied = satisfied.saturating_add(1);
                    } else if parts.len() < SHOWN {
                        parts.push(rule.shortfall(signers, &mut used.to_vec()));
                    }
                }
                let of = rules.len();
                let what = format!("{n} of {of} rules must hold, and {satisfied} do");
                Shortfall::new(what, parts)
            }
        }
    }
}

/// Parts of a shortfall that are told.
const SHOWN: usize = 16;

/// Reads rules, the principals being known.
struct Reader {
    principals: Vec<(Principal, usize)>,
    rules: usize,
    bytes: usize,
}

impl Reader {
    fn new(identities: &[MspPrincipal]) -> Result<Self, PolicyError> {
        let read =
            |message: &MspPrincipal| Ok((Principal::from_proto(message)?, message.encoded_len()));
        let principals = identities.iter().map(read).collect::<Result<_, PolicyError>>()?;
        Ok(Self { principals, rules: 0, bytes: 0 })
    }

    fn read(&mut self, rule: &Rule, depth: usize) -> Result<SignaturePolicy, PolicyError> {
        self.rules = self.rules.saturating_add(1);
        if self.rules > MAX_RULES {
            return Err(PolicyError::TooLarge("4096 rules"));
        }
        match &rule.r#type {
            None => Err(PolicyError::EmptyRule),
            Some(Type::SignedBy(index)) => {
                let at = usize::try_from(*index).ok();
                let found = at.and_then(|at| self.principals.get(at));
                let Some((principal, bytes)) = found else {
                    let count = self.principals.len();
                    return Err(PolicyError::NoSuchIdentity { index: *index, count });
                };
                self.bytes = self.bytes.saturating_add(*bytes);
                if self.bytes > MAX_PRINCIPALS {
                    return Err(PolicyError::TooLarge("a megabyte of principals"));
                }
                Ok(SignaturePolicy::SignedBy(principal.clone()))
            }
            Some(Type::NOutOf(NOutOf { n, rules })) => {
                let depth = depth.checked_sub(1).ok_or(PolicyError::TooDeep)?;
                let n = u32::try_from(*n).map_err(|_| PolicyError::Negative(*n))?;
                let rules = rules.iter().map(|rule| self.read(rule, depth));
                Ok(SignaturePolicy::OutOf(n, rules.collect::<Result<_, _>>()?))
            }
        }
    }
}

impl FromStr for SignaturePolicy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        Self::parse(text)
    }
}

/// The text form. It can be read back when all principals are roles and no rule is empty.
impl fmt::Display for SignaturePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (n, rules) = match self {
            Self::SignedBy(principal) => return principal.fmt(f),
            Self::OutOf(n, rules) => (*n, rules),
        };
        let mut separate = true;
        match (n, usize::try_from(n)) {
            (1, _) => f.write_str("OR(")?,
            (_, Ok(n)) if n == rules.len() && n > 0 => f.write_str("AND(")?,
            _ => {
                write!(f, "OutOf({n}")?;
                separate = false;
            }
        }
        for rule in rules {
            write!(f, "{}{rule}", if separate { "" } else { ", " })?;
            separate = false;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
