// SPDX-License-Identifier: Apache-2.0
//! The block that a test channel begins with.

use super::{Kit, Organization, now};
use block::Block;
use channel::update::Stamp;
use channel::{Batch, HASH_SWITCH, SOLO, build, configtx};
use proto::common::ConfigGroup;
use proto::orderer::consensus_type::State;
use std::time::Duration;

impl Kit {
    /// Block 0 of a channel, under the hash function of the kit's family.
    ///
    /// # Panics
    /// When no node would accept it.
    #[must_use]
    pub fn genesis(&self, channel: &str) -> Block {
        self.genesis_with(channel, |_| {})
    }

    /// The same, the group `Channel` changed before.
    ///
    /// # Panics
    /// When no node would accept it.
    #[must_use]
    pub fn genesis_with(&self, channel: &str, change: impl FnOnce(&mut ConfigGroup)) -> Block {
        let mut group = self.group();
        change(&mut group);
        let stamp = Stamp { nonce: self.nonce(), time: now() };
        configtx::genesis_block(group, channel, &self.providers, stamp).unwrap()
    }

    fn group(&self) -> ConfigGroup {
        let mut root = build::group(&build::meta_policies());
        let hash = self.providers.default_suite().hash_algorithm();
        let mut set = |name: &str, value| root.values.insert(name.to_owned(), value);
        set("HashingAlgorithm", build::hashing_algorithm(hash));
        set("BlockDataHashingStructure", build::block_data_hashing_structure());
        set("Capabilities", build::capabilities(["V3_0", HASH_SWITCH]));
        let mut application = build::group(&build::application_policies());
        let capabilities = build::capabilities(["V2_5"]);
        application.values.insert("Capabilities".to_owned(), capabilities);
        for member in &self.members {
            application.groups.insert(member.id.clone(), organization(member, &[]));
        }
        root.groups.insert("Application".to_owned(), application);
        root.groups.insert("Orderer".to_owned(), self.orderer_group());
        root
    }

    fn orderer_group(&self) -> ConfigGroup {
        let batch = Batch {
            max_messages: 500,
            absolute_max_bytes: 10 << 20,
            preferred_max_bytes: 2 << 20,
            timeout: Duration::from_secs(2),
        };
        let mut group = build::group(&build::orderer_policies());
        let mut set = |name: &str, value| group.values.insert(name.to_owned(), value);
        set("ConsensusType", build::consensus_type(SOLO, None, State::Normal));
        set("BatchSize", build::batch_size(&batch));
        set("BatchTimeout", build::batch_timeout(&batch));
        set("ChannelRestrictions", build::channel_restrictions(0));
        set("Capabilities", build::capabilities(["V2_0"]));
        let endpoints = ["orderer.example.com:7050".to_owned()];
        let orderers = organization(&self.orderers, &endpoints);
        // Only who orders signs blocks.
        group.groups.insert(self.orderers.id.clone(), orderers);
        group
    }
}

fn organization(organization: &Organization, endpoints: &[String]) -> ConfigGroup {
    let policies = build::default_policies(&organization.id, endpoints.is_empty());
    build::organization(&organization.definition(&[]), &policies, endpoints, &[])
}
