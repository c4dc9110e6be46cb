// SPDX-License-Identifier: Apache-2.0
//! The block that a test channel begins with.

use super::organization::Organization;
use super::{Kit, PORT};
use bccsp::HashAlgorithm;
use block::Block;
use channel::update::Stamp;
use channel::{Batch, HASH_SWITCH, RAFT, SOLO, TRANSACTION_TREE, build, configtx};
use proto::common::ConfigGroup;
use proto::etcdraft::{self, ConfigMetadata};
use proto::orderer::consensus_type::State;
use proto::prost_types::Timestamp;
use std::time::Duration;

/// A channel that is about to begin, to be changed before it does.
#[derive(Debug)]
pub struct Genesis<'a> {
    kit: &'a Kit,
    /// How many nodes agree: the first ones; 0 for a single orderer.
    pub consenters: usize,
    /// When a block is cut.
    pub batch: Batch,
    /// The hash function.
    pub hash: HashAlgorithm,
    /// Capabilities of the channel.
    pub capabilities: Vec<&'static str>,
    /// How Raft is timed.
    pub raft: etcdraft::Options,
    /// Whether it begins in maintenance.
    pub in_maintenance: bool,
}

impl<'a> Genesis<'a> {
    /// The usual one.
    #[must_use]
    pub fn new(kit: &'a Kit, consenters: usize) -> Self {
        Self {
            kit,
            consenters,
            batch: Batch {
                max_messages: 10,
                absolute_max_bytes: 1 << 20,
                preferred_max_bytes: 512 << 10,
                timeout: Duration::from_secs(2),
            },
            hash: kit.providers.default_suite().hash_algorithm(),
            capabilities: vec!["V3_0", HASH_SWITCH, TRANSACTION_TREE],
            raft: etcdraft::Options {
                tick_interval: "100ms".to_owned(),
                election_tick: 10,
                heartbeat_tick: 1,
                max_inflight_blocks: 5,
                snapshot_interval_size: 16 << 20,
            },
            in_maintenance: false,
        }
    }

    /// Block 0 of the channel.
    ///
    /// # Panics
    /// When no node would accept it.
    #[must_use]
    pub fn block(&self, channel: &str) -> Block {
        let stamp = Stamp {
            nonce: self.kit.nonce(),
            time: Timestamp { seconds: i64::try_from(Kit::now().0).unwrap(), nanos: 0 },
        };
        configtx::genesis_block(self.group(), channel, &self.kit.providers, stamp).unwrap()
    }

    fn group(&self) -> ConfigGroup {
        let mut root = build::group(&build::meta_policies());
        let mut set = |name: &str, value| root.values.insert(name.to_owned(), value);
        set("HashingAlgorithm", build::hashing_algorithm(self.hash));
        set("BlockDataHashingStructure", build::block_data_hashing_structure());
        set("Capabilities", build::capabilities(self.capabilities.iter().copied()));
        let mut application = build::group(&build::application_policies());
        let capabilities = build::capabilities(["V2_5"]);
        application.values.insert("Capabilities".to_owned(), capabilities);
        let members = &self.kit.members;
        application.groups.insert(members.id.clone(), organization(members, true, &[]));
        root.groups.insert("Application".to_owned(), application);
        root.groups.insert("Orderer".to_owned(), self.orderer());
        root
    }

    fn orderer(&self) -> ConfigGroup {
        let mut group = build::group(&build::orderer_policies());
        let state = if self.in_maintenance { State::Maintenance } else { State::Normal };
        let kind = if self.consenters == 0 {
            build::consensus_type(SOLO, None, state)
        } else {
            let consenters = (0..self.consenters).map(|index| listed(&self.kit.consenter(index)));
            let metadata = ConfigMetadata {
                consenters: consenters.collect(),
                options: Some(self.raft.clone()),
            };
            build::consensus_type(RAFT, Some(&metadata), state)
        };
        let mut set = |name: &str, value| group.values.insert(name.to_owned(), value);
        set("ConsensusType", kind);
        set("BatchSize", build::batch_size(&self.batch));
        set("BatchTimeout", build::batch_timeout(&self.batch));
        set("ChannelRestrictions", build::channel_restrictions(0));
        set("Capabilities", build::capabilities(["V2_0"]));
        let hosts = self.kit.seats.iter().map(|seat| format!("{}:{PORT}", seat.host));
        let endpoints: Vec<String> = hosts.collect();
        let orderers = &self.kit.orderers;
        group.groups.insert(orderers.id.clone(), organization(orderers, false, &endpoints));
        group
    }
}

/// With `roles`, peers and orderers may not write; without, every member may.
fn organization(organization: &Organization, roles: bool, endpoints: &[String]) -> ConfigGroup {
    let policies = build::default_policies(&organization.id, roles);
    build::organization(&organization.definition(Vec::new()), &policies, endpoints, &[])
}

pub(super) fn listed(consenter: &channel::Consenter) -> etcdraft::Consenter {
    etcdraft::Consenter {
        host: consenter.host.clone(),
        port: consenter.port.into(),
        client_tls_cert: consenter.client_tls_cert.clone(),
        server_tls_cert: consenter.server_tls_cert.clone(),
    }
}
