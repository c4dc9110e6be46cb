// SPDX-License-Identifier: Apache-2.0
//! Groups, values and policies of the configuration tree, made as `configtxgen` makes them: version 0,
//! to be modified by `Admins` of the group unless something else is said.
//!
//! Not here: reading them (`values`); which edits make sense (`edit`).

use crate::{Batch, wire};
use bccsp::HashAlgorithm;
use msp::{Definition, MetaPolicy, MetaRule, MspRole, Policy, Principal, SignaturePolicy};
use proto::common::{
    self, BlockDataHashingStructure, ConfigGroup, ConfigPolicy, ConfigValue, OrdererAddresses,
};
use proto::etcdraft::ConfigMetadata;
use proto::orderer::{
    BatchSize, BatchTimeout, ChannelRestrictions, ConsensusType, consensus_type::State,
};
use proto::prost::Message;
use proto::protos::{AcLs, AnchorPeer, AnchorPeers, ApiResource};
use std::collections::BTreeMap;
use std::time::Duration;

/// The policy that modifies what it stands beside.
pub const ADMINS: &str = "Admins";

/// Policies of one group, by name.
pub type Policies = BTreeMap<String, Policy>;

/// A value from its message.
#[must_use]
pub fn value(message: &impl Message, mod_policy: &str) -> ConfigValue {
    let value = message.encode_to_vec().into();
    ConfigValue { version: 0, value, mod_policy: mod_policy.to_owned() }
}

/// A policy.
#[must_use]
pub fn policy(policy: &Policy, mod_policy: &str) -> ConfigPolicy {
    let policy = Some(policy.to_proto());
    ConfigPolicy { version: 0, policy, mod_policy: mod_policy.to_owned() }
}

/// A group with policies and nothing else yet.
#[must_use]
pub fn group(policies: &Policies) -> ConfigGroup {
    let message = |(name, one): (&String, &Policy)| (name.clone(), policy(one, ADMINS));
    ConfigGroup {
        policies: policies.iter().map(message).collect(),
        mod_policy: ADMINS.to_owned(),
        ..ConfigGroup::default()
    }
}

/// The group of an organisation. Without endpoints (`host:port`) there is no `Endpoints`, without
/// anchor peers (host, port) no `AnchorPeers`.
#[must_use]
pub fn organization(
    definition: &Definition,
    policies: &Policies,
    endpoints: &[String],
    anchors: &[(String, u16)],
) -> ConfigGroup {
    let mut group = group(policies);
    group.values.insert("MSP".to_owned(), msp(definition));
    if !endpoints.is_empty() {
        group.values.insert("Endpoints".to_owned(), self::endpoints(endpoints));
    }
    if !anchors.is_empty() {
        group.values.insert("AnchorPeers".to_owned(), anchor_peers(anchors));
    }
    group
}

/// `Readers`, `Writers`, `Admins` and `Endorsement` of an organisation: with `node_ous` by the roles
/// that its MSP tells apart, else members and administrators, as `configtxgen` 1.4 did.
#[must_use]
pub fn default_policies(msp_id: &str, node_ous: bool) -> Policies {
    use MspRole::{Admin, Client, Member, Peer};
    let rules: [(&str, &[MspRole]); 4] = if node_ous {
        [
            ("Readers", &[Admin, Peer, Client]),
            ("Writers", &[Admin, Client]),
            (ADMINS, &[Admin]),
            ("Endorsement", &[Peer]),
        ]
    } else {
        [
            ("Readers", &[Member]),
            ("Writers", &[Member]),
            (ADMINS, &[Admin]),
            ("Endorsement", &[Member]),
        ]
    };
    let any_of = |roles: &[MspRole]| {
        let signed =
            roles.iter().map(|role| SignaturePolicy::SignedBy(Principal::role(msp_id, *role)));
        Policy::Signature(SignaturePolicy::or(signed.collect()))
    };
    rules.into_iter().map(|(name, roles)| (name.to_owned(), any_of(roles))).collect()
}

/// `ANY Readers`, `ANY Writers`, `MAJORITY Admins`.
#[must_use]
pub fn meta_policies() -> Policies {
    [("Readers", MetaRule::Any), ("Writers", MetaRule::Any), (ADMINS, MetaRule::Majority)]
        .into_iter()
        .map(|(name, rule)| (name.to_owned(), meta(rule, name)))
        .collect()
}

/// The [`meta_policies`], and `BlockValidation`: `ANY Writers`.
#[must_use]
pub fn orderer_policies() -> Policies {
    let mut policies = meta_policies();
    policies.insert("BlockValidation".to_owned(), meta(MetaRule::Any, "Writers"));
    policies
}

/// The [`meta_policies`], and what chaincode is agreed upon with: `Endorsement` and
/// `LifecycleEndorsement`, both `MAJORITY Endorsement`.
#[must_use]
pub fn application_policies() -> Policies {
    let mut policies = meta_policies();
    for name in ["Endorsement", "LifecycleEndorsement"] {
        policies.insert(name.to_owned(), meta(MetaRule::Majority, "Endorsement"));
    }
    policies
}

fn meta(rule: MetaRule, sub_policy: &str) -> Policy {
    Policy::ImplicitMeta(MetaPolicy::new(rule, sub_policy))
}

/// `MSP` of an organisation.
#[must_use]
pub fn msp(definition: &Definition) -> ConfigValue {
    ConfigValue { version: 0, value: definition.to_proto(), mod_policy: ADMINS.to_owned() }
}

/// `HashingAlgorithm` of the channel.
#[must_use]
pub fn hashing_algorithm(hash: HashAlgorithm) -> ConfigValue {
    value(&common::HashingAlgorithm { name: hash.fabric_name().to_owned() }, ADMINS)
}

/// `BlockDataHashingStructure` of the channel: all transactions as one.
#[must_use]
pub fn block_data_hashing_structure() -> ConfigValue {
    value(&BlockDataHashingStructure { width: u32::MAX }, ADMINS)
}

/// `Capabilities` of the channel, its orderers or its application.
#[must_use]
pub fn capabilities<'a>(names: impl IntoIterator<Item = &'a str>) -> ConfigValue {
    ConfigValue { version: 0, value: wire::capabilities(names), mod_policy: ADMINS.to_owned() }
}

/// `OrdererAddresses` of the channel, `host:port`, which the administrators of the orderers modify.
#[must_use]
pub fn orderer_addresses(addresses: &[String]) -> ConfigValue {
    value(&OrdererAddresses { addresses: addresses.to_vec() }, "/Channel/Orderer/Admins")
}

/// `Endpoints` of an organisation that runs orderers, `host:port`.
#[must_use]
pub fn endpoints(addresses: &[String]) -> ConfigValue {
    value(&OrdererAddresses { addresses: addresses.to_vec() }, ADMINS)
}

/// `AnchorPeers` of an organisation of the application, by host and port.
#[must_use]
pub fn anchor_peers(peers: &[(String, u16)]) -> ConfigValue {
    let peer =
        |(host, port): &(String, u16)| AnchorPeer { host: host.clone(), port: i32::from(*port) };
    value(&AnchorPeers { anchor_peers: peers.iter().map(peer).collect() }, ADMINS)
}

/// `ConsensusType` of the orderers: Raft has metadata, a single orderer none.
#[must_use]
pub fn consensus_type(kind: &str, metadata: Option<&ConfigMetadata>, state: State) -> ConfigValue {
    let metadata = metadata.map(|metadata| metadata.encode_to_vec().into()).unwrap_or_default();
    value(&ConsensusType { r#type: kind.to_owned(), metadata, state: state.into() }, ADMINS)
}

/// `BatchSize` of the orderers.
#[must_use]
pub fn batch_size(batch: &Batch) -> ConfigValue {
    let size = BatchSize {
        max_message_count: batch.max_messages,
        absolute_max_bytes: batch.absolute_max_bytes,
        preferred_max_bytes: batch.preferred_max_bytes,
    };
    value(&size, ADMINS)
}

/// `BatchTimeout` of the orderers.
#[must_use]
pub fn batch_timeout(batch: &Batch) -> ConfigValue {
    value(&BatchTimeout { timeout: duration_text(batch.timeout) }, ADMINS)
}

/// `ChannelRestrictions` of the orderers; 0 for any number of channels.
#[must_use]
pub fn channel_restrictions(max_count: u64) -> ConfigValue {
    value(&ChannelRestrictions { max_count }, ADMINS)
}

/// `ACLs` of the application: the policy that guards a resource, by the name of the resource.
#[must_use]
pub fn acls(acls: &BTreeMap<String, String>) -> ConfigValue {
    let resource = |(name, policy): (&String, &String)| {
        (name.clone(), ApiResource { policy_ref: policy.clone() })
    };
    value(&AcLs { acls: acls.iter().map(resource).collect() }, ADMINS)
}

pub use crate::values::duration;

/// A duration as Go prints it: `500ms`, `2s`, `1m30s`, `1h0m0s`.
#[must_use]
pub fn duration_text(duration: Duration) -> String {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    if seconds == 0 {
        return match nanos {
            0 => "0s".to_owned(),
            1..1_000 => format!("{nanos}ns"),
            1_000..1_000_000 => {
                format!("{}µs", decimal(u64::from(nanos / 1_000), nanos % 1_000, 3))
            }
            _ => format!("{}ms", decimal(u64::from(nanos / 1_000_000), nanos % 1_000_000, 6)),
        };
    }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let seconds = decimal(seconds % 60, nanos, 9);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// A number with as much of its fraction, which has `digits` digits, as is not zero.
fn decimal(whole: u64, fraction: u32, digits: usize) -> String {
    let text = format!("{whole}.{fraction:0digits$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_printed_as_go_does() {
        let text = |nanos| duration_text(Duration::from_nanos(nanos));
        let cases = [
            (0, "0s"),
            (7, "7ns"),
            (1_500, "1.5µs"),
            (500_000_000, "500ms"),
            (1_050_000, "1.05ms"),
            (2_000_000_000, "2s"),
            (10_000_000_000, "10s"),
            (1_250_000_000, "1.25s"),
            (60_000_000_000, "1m0s"),
            (90_500_000_000, "1m30.5s"),
            (3_600_000_000_000, "1h0m0s"),
            (36_610_000_000_000, "10h10m10s"),
        ];
        for (nanos, wanted) in cases {
            assert_eq!(text(nanos), wanted);
        }
    }
}
