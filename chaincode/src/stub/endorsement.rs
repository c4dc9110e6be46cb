// SPDX-License-Identifier: Apache-2.0
//! A key's own endorsement policy: organisations that must all sign.

use crate::Error;
use bytes::Bytes;
use proto::common::msp_principal::Classification;
use proto::common::msp_role::MspRoleType;
use proto::common::signature_policy::{NOutOf, Type};
use proto::common::{MspPrincipal, MspRole, SignaturePolicy, SignaturePolicyEnvelope};
use proto::prost::Message as _;
use std::collections::BTreeMap;

/// Who of an organisation must sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Any member.
    Member,
    /// A peer.
    Peer,
}

/// The organisations whose endorsement a key needs, each of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateEndorsement {
    organisations: BTreeMap<String, Role>,
}

impl StateEndorsement {
    /// Without an organisation yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a policy that this type wrote.
    ///
    /// # Errors
    /// [`Error::Answer`] for a policy with other principals than roles of organisations.
    pub fn read(policy: &Bytes) -> Result<Self, Error> {
        let broken = Error::Answer("validation parameter");
        let policy = SignaturePolicyEnvelope::decode(policy.clone()).map_err(|_| broken.clone())?;
        let roles = policy.identities.iter().map(role).collect::<Option<_>>();
        Ok(Self { organisations: roles.ok_or(broken)? })
    }

    /// Adds organisations, by the names of their membership service providers.
    #[must_use]
    pub fn with(mut self, role: Role, organisations: &[&str]) -> Self {
        self.organisations.extend(organisations.iter().map(|name| ((*name).to_owned(), role)));
        self
    }

    /// Takes organisations away.
    #[must_use]
    pub fn without(mut self, organisations: &[&str]) -> Self {
        self.organisations.retain(|name, _| !organisations.contains(&name.as_str()));
        self
    }

    /// Their names, in order.
    pub fn organisations(&self) -> impl Iterator<Item = &str> {
        self.organisations.keys().map(String::as_str)
    }

    /// The policy, for [`Stub::set_state_validation_parameter`](crate::Stub).
    #[must_use]
    pub fn policy(&self) -> Bytes {
        let signed_by = |index| SignaturePolicy { r#type: Some(Type::SignedBy(index)) };
        let count = i32::try_from(self.organisations.len()).unwrap_or(i32::MAX);
        let all = NOutOf { n: count, rules: (0..count).map(signed_by).collect() };
        let policy = SignaturePolicyEnvelope {
            version: 0,
            rule: Some(SignaturePolicy { r#type: Some(Type::NOutOf(all)) }),
            identities: self.organisations.iter().map(principal).collect(),
        };
        policy.encode_to_vec().into()
    }
}

fn principal((name, role): (&String, &Role)) -> MspPrincipal {
    let role = match role {
        Role::Member => MspRoleType::Member,
        Role::Peer => MspRoleType::Peer,
    };
    let principal = MspRole { msp_identifier: name.clone(), role: role.into() };
    MspPrincipal {
        principal_classification: Classification::Role.into(),
        principal: principal.encode_to_vec().into(),
    }
}

fn role(principal: &MspPrincipal) -> Option<(String, Role)> {
    if principal.principal_classification() != Classification::Role {
        return None;
    }
    let read = MspRole::decode(principal.principal.clone()).ok()?;
    let role = match read.role() {
        MspRoleType::Member => Role::Member,
        MspRoleType::Peer => Role::Peer,
        _ => return None,
    };
    Some((read.msp_identifier, role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_reads_as_it_was_written() {
        let written = StateEndorsement::new()
            .with(Role::Peer, &["Org2MSP", "Org1MSP"])
            .with(Role::Member, &["Org3MSP"])
            .without(&["Org2MSP"]);
        let read = StateEndorsement::read(&written.policy()).expect("a policy");
        assert_eq!(read, written);
        assert_eq!(read.organisations().collect::<Vec<_>>(), ["Org1MSP", "Org3MSP"]);
    }

    #[test]
    fn a_policy_demands_each_organisation() {
        let policy = StateEndorsement::new().with(Role::Peer, &["A", "B"]).policy();
        let policy = SignaturePolicyEnvelope::decode(policy).expect("a policy");
        let Some(Type::NOutOf(all)) = policy.rule.and_then(|rule| rule.r#type) else {
            panic!("no rule");
        };
        assert_eq!((all.n, all.rules.len()), (2, 2));
        assert_eq!(all.rules[1].r#type, Some(Type::SignedBy(1)));
    }

    #[test]
    fn other_bytes_are_refused() {
        assert!(StateEndorsement::read(&Bytes::from_static(&[0xff, 1])).is_err());
        let foreign = MspPrincipal { principal_classification: 1, ..Default::default() };
        let foreign = SignaturePolicyEnvelope { identities: vec![foreign], ..Default::default() };
        assert!(StateEndorsement::read(&foreign.encode_to_vec().into()).is_err());
    }
}
