// SPDX-License-Identifier: Apache-2.0
//! Configurations as bytes, as Go's protobuf library writes them: an entry with an empty value is
//! written with it. Keys are in order here; Go takes any.
//!
//! Reading needs nothing of this: both forms mean the same.

use proto::prost::Message;
use proto::written::{
    CapabilityEntry, Group, GroupEntry, PolicyEntry, ValueEntry, capability_entry::Capability,
};
use proto::{Bytes, common, written};

/// A serialized `common.Config`.
#[must_use]
pub fn config(config: common::Config) -> Bytes {
    bytes(&config_message(config))
}

/// A serialized `common.ConfigEnvelope`.
#[must_use]
pub fn config_envelope(envelope: common::ConfigEnvelope) -> Bytes {
    bytes(&written::ConfigEnvelope {
        config: envelope.config.map(config_message),
        last_update: envelope.last_update,
    })
}

/// A serialized `common.ConfigUpdate`: what the members sign.
#[must_use]
pub fn config_update(update: common::ConfigUpdate) -> Bytes {
    bytes(&written::ConfigUpdate {
        channel_id: update.channel_id,
        read_set: update.read_set.map(group),
        write_set: update.write_set.map(group),
    })
}

/// A serialized `common.Capabilities`.
#[must_use]
pub fn capabilities<'a>(names: impl IntoIterator<Item = &'a str>) -> Bytes {
    let entry =
        |name: &str| CapabilityEntry { key: name.to_owned(), value: Some(Capability::default()) };
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    bytes(&written::Capabilities { capabilities: names.into_iter().map(entry).collect() })
}

fn config_message(config: common::Config) -> written::Config {
    written::Config { sequence: config.sequence, channel_group: config.channel_group.map(group) }
}

fn group(from: common::ConfigGroup) -> Group {
    let groups = from.groups.into_iter();
    let values = from.values.into_iter();
    let policies = from.policies.into_iter();
    Group {
        version: from.version,
        groups: groups.map(|(key, value)| GroupEntry { key, value: Some(group(value)) }).collect(),
        values: values.map(|(key, value)| ValueEntry { key, value: Some(value) }).collect(),
        policies: policies.map(|(key, value)| PolicyEntry { key, value: Some(value) }).collect(),
        mod_policy: from.mod_policy,
    }
}

fn bytes(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}
