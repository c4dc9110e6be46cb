// SPDX-License-Identifier: Apache-2.0
//! Capabilities: what every node of a channel must be able to do.
//!
//! A node that meets one it does not know stops, because it would judge otherwise than the others.

use crate::values::Reader;
use crate::{Element, Error};
use std::collections::BTreeSet;

/// A capability of ours, of the channel: its `HashingAlgorithm` may be changed by an update. Without
/// it the algorithm of the genesis block stays.
pub const HASH_SWITCH: &str = "GMCA_HASH_SWITCH";

/// A capability of ours, of the channel: its orderers state the Merkle tree of each block's
/// transactions, so that one of them can be proven without the others.
pub const TRANSACTION_TREE: &str = "GMCA_TRANSACTION_TREE";

/// Fabric's for the channel, and ours.
const CHANNEL: &[&str] =
    &["V1_1", "V1_3", "V1_4_2", "V1_4_3", "V2_0", "V3_0", HASH_SWITCH, TRANSACTION_TREE];
const ORDERER: &[&str] = &["V1_1", "V1_4_2", "V2_0"];
const APPLICATION: &[&str] = &["V1_1", "V1_2", "V1_3", "V1_4_2", "V2_0", "V2_5"];

/// The capabilities of one group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(BTreeSet<String>);

impl Capabilities {
    /// Whether it is asked for by this name. `V2_0` does not imply `V1_1` here.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// All names, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(crate) fn of_channel(group: &Reader<'_>) -> Result<Self, Error> {
        Self::read(group, CHANNEL)
    }

    pub(crate) fn of_orderer(group: &Reader<'_>) -> Result<Self, Error> {
        Self::read(group, ORDERER)
    }

    pub(crate) fn of_application(group: &Reader<'_>) -> Result<Self, Error> {
        Self::read(group, APPLICATION)
    }

    fn read(group: &Reader<'_>, known: &[&str]) -> Result<Self, Error> {
        let asked: proto::common::Capabilities = group.value("Capabilities")?.unwrap_or_default();
        let unknown = asked.capabilities.keys().find(|name| !known.contains(&name.as_str()));
        if let Some(name) = unknown {
            let element = Element::value(&format!("{}/Capabilities", group.path()));
            return Err(Error::Capability { element, name: name.escape_debug().to_string() });
        }
        Ok(Self(asked.capabilities.into_keys().collect()))
    }
}
