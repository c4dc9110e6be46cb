// SPDX-License-Identifier: Apache-2.0
//! Who must endorse, so that the policies are met with few endorsers.
//!
//! Every policy becomes a few alternatives: how many endorsers of which organisations. A policy of
//! 32 rules or fewer keeps its eight best ones at every step; of more rules the cheapest are taken.
//! So a small set is found in bounded time, not always the smallest.
//!
//! Not here: whether endorsements that were collected suffice (`validate`).

use channel::Channel;
use msp::{MspRole, Policy, PolicyTree, Principal, SerializedIdentity, SignaturePolicy};
use proto::Bytes;
use proto::prost::Message;
use proto::protos::{ApplicationPolicy, ChaincodeInterest, application_policy};
use std::collections::BTreeMap;

/// Endorsers by the MSP of their organisation.
type Needs = BTreeMap<String, usize>;

/// Chooses endorsers on a channel.
#[derive(Clone, Copy, Debug)]
pub struct Chooser<'a> {
    /// The channel's configuration.
    pub config: &'a Channel,
    /// How many endorsers can be asked, by the MSP of their organisation.
    pub available: &'a BTreeMap<String, usize>,
    /// The organisation that is asked first, where that is free.
    pub prefer: &'a str,
}

/// Why no endorsers meet a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CannotMeet {
    /// Too few peers are there.
    #[error("no combination of peers can be derived which satisfy the endorsement policy of {0}")]
    Peers(String),
    /// The policy cannot be read.
    #[error("the endorsement policy of {0} cannot be read")]
    Unreadable(String),
    /// There is no such chaincode.
    #[error("chaincode {0} is not defined on the channel")]
    NotDefined(String),
}

impl Chooser<'_> {
    /// How many endorsers of which organisation are to be asked for that result. `parameter` gives
    /// the validation parameter of a chaincode: a serialized `ApplicationPolicy`.
    ///
    /// # Errors
    /// [`CannotMeet`] names the chaincode.
    pub fn choose(
        &self,
        interest: &ChaincodeInterest,
        parameter: &mut dyn FnMut(&str) -> Option<Bytes>,
    ) -> Result<BTreeMap<String, usize>, CannotMeet> {
        let mut chosen = Needs::new();
        for call in &interest.chaincodes {
            let name = || call.name.clone();
            if !call.disregard_namespace_policy {
                let parameter =
                    parameter(&call.name).ok_or_else(|| CannotMeet::NotDefined(name()))?;
                let alternatives = self.of_parameter(&parameter);
                let alternatives = alternatives.ok_or_else(|| CannotMeet::Unreadable(name()))?;
                chosen =
                    self.add(&chosen, alternatives).ok_or_else(|| CannotMeet::Peers(name()))?;
            }
            for policy in &call.key_policies {
                let policy = SignaturePolicy::from_proto(policy);
                let policy = policy.map_err(|_| CannotMeet::Unreadable(name()))?;
                let alternatives = self.of_signatures(&policy);
                chosen =
                    self.add(&chosen, alternatives).ok_or_else(|| CannotMeet::Peers(name()))?;
            }
        }
        Ok(chosen)
    }

    /// The alternative that costs least beside what is chosen already: endorsements count for every
    /// policy.
    fn add(&self, chosen: &Needs, alternatives: Vec<Needs>) -> Option<Needs> {
        let both = alternatives.into_iter().map(|needs| {
            let mut both = chosen.clone();
            for (msp_id, count) in needs {
                let needed = both.entry(msp_id).or_default();
                *needed = count.max(*needed);
            }
            both
        });
        self.best(both.collect()).into_iter().next()
    }

    /// `None` for a policy that cannot be read.
    fn of_parameter(&self, parameter: &Bytes) -> Option<Vec<Needs>> {
        let policy = ApplicationPolicy::decode(parameter.clone()).ok()?;
        match policy.r#type? {
            application_policy::Type::SignaturePolicy(policy) => {
                Some(self.of_signatures(&SignaturePolicy::from_proto(&policy).ok()?))
            }
            application_policy::Type::ChannelConfigPolicyReference(path) => {
                let resolved = self.config.policies().resolve(&path)?;
                Some(self.of_group(resolved.group, resolved.name))
            }
        }
    }

    fn of_group(&self, group: &PolicyTree, name: &str) -> Vec<Needs> {
        match group.policies().get(name) {
            None => Vec::new(),
            Some(Policy::Signature(policy)) => self.of_signatures(policy),
            Some(Policy::ImplicitMeta(meta)) => {
                let groups = group.groups();
                let parts = groups.values().map(|group| self.of_group(group, &meta.sub_policy));
                self.out_of(meta.rule.threshold(groups.len()), parts.collect())
            }
        }
    }

    fn of_signatures(&self, policy: &SignaturePolicy) -> Vec<Needs> {
        match policy {
            SignaturePolicy::SignedBy(principal) => self.of_principal(principal),
            SignaturePolicy::OutOf(n, rules) => {
                let parts = rules.iter().map(|rule| self.of_signatures(rule)).collect();
                self.out_of(usize::try_from(*n).unwrap_or(usize::MAX), parts)
            }
        }
    }

    /// Peers are members and peers; nobody asks an admin or a client to endorse.
    fn of_principal(&self, principal: &Principal) -> Vec<Needs> {
        let one = |msp_id: &str| {
            let needs = Needs::from([(msp_id.to_owned(), 1)]);
            if self.is_there(&needs) { vec![needs] } else { Vec::new() }
        };
        match principal {
            Principal::Role { msp_id, role: MspRole::Member | MspRole::Peer }
            | Principal::OrganizationalUnit { msp_id, .. } => one(msp_id),
            Principal::Identity(serialized) => SerializedIdentity::decode(serialized)
                .map(|identity| one(&identity.msp_id))
                .unwrap_or_default(),
            Principal::Nominal => {
                self.best(self.available.keys().flat_map(|msp_id| one(msp_id)).collect())
            }
            Principal::Combined(parts) => {
                let all = parts.iter().map(|part| self.of_principal(part));
                all.reduce(|all, part| if part.is_empty() { part } else { all }).unwrap_or_default()
            }
            Principal::Role { .. } | Principal::Anonymous => Vec::new(),
        }
    }

    /// The best ways to have `n` of the parts. Within one policy every endorsement counts once.
    fn out_of(&self, n: usize, mut parts: Vec<Vec<Needs>>) -> Vec<Needs> {
        parts.retain(|part| !part.is_empty());
        if n > parts.len() {
            return Vec::new();
        }
        if parts.len() > MOST_RULES {
            parts.sort_by_cached_key(|part| part.first().map(|needs| self.cost(needs)));
            parts.truncate(n);
            let firsts = parts.iter().filter_map(|part| part.first());
            return self.best(vec![firsts.fold(Needs::new(), |all, needs| sum(&all, needs))]);
        }
        // At place k: the best ways to have k of the parts so far.
        let mut ways: Vec<Vec<Needs>> = vec![vec![Needs::new()]];
        for part in &parts {
            let mut next = ways.clone();
            next.push(Vec::new());
            for (more, before) in next.iter_mut().skip(1).zip(&ways) {
                more.extend(before.iter().flat_map(|a| part.iter().map(|b| sum(a, b))));
                *more = self.best(std::mem::take(more));
            }
            next.truncate(n.saturating_add(1));
            ways = next;
        }
        ways.into_iter().nth(n).unwrap_or_default()
    }

    /// The best few that are there at all, best first.
    fn best(&self, mut needs: Vec<Needs>) -> Vec<Needs> {
        needs.retain(|needs| self.is_there(needs));
        needs.sort_by_cached_key(|needs| (self.cost(needs), needs.clone()));
        needs.dedup();
        needs.truncate(MOST_WAYS);
        needs
    }

    /// Fewer endorsers are better, then those with the preferred organisation.
    fn cost(&self, needs: &Needs) -> (usize, bool) {
        (needs.values().sum(), !needs.contains_key(self.prefer))
    }

    fn is_there(&self, needs: &Needs) -> bool {
        needs
            .iter()
            .all(|(msp_id, count)| self.available.get(msp_id).is_some_and(|has| has >= count))
    }
}

fn sum(a: &Needs, b: &Needs) -> Needs {
    let mut sum = a.clone();
    for (msp_id, count) in b {
        let all = sum.entry(msp_id.clone()).or_default();
        *all = all.saturating_add(*count);
    }
    sum
}

const MOST_RULES: usize = 32;
const MOST_WAYS: usize = 8;
