// SPDX-License-Identifier: Apache-2.0
//! A profile of the file as it is written: what a channel is to have. Files are named, not yet read.

use crate::Batch;
use crate::build::Policies;
use bccsp::HashAlgorithm;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What stands under one name below `Profiles`.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    pub(super) line: u64,
    pub(super) hash: Option<HashAlgorithm>,
    pub(super) capabilities: Vec<String>,
    pub(super) policies: Policies,
    pub(super) orderer: Option<Orderer>,
    pub(super) application: Option<Application>,
    /// The name of one that another profile lists.
    pub(super) consortium: Option<String>,
    pub(super) consortiums: BTreeMap<String, Vec<Organization>>,
}

#[derive(Clone, Debug)]
pub(super) struct Organization {
    pub(super) name: String,
    pub(super) id: String,
    /// Something that no channel of ours can have: the line and why.
    pub(super) unsupported: Option<(u64, String)>,
    pub(super) msp_dir: PathBuf,
    pub(super) policies: Policies,
    pub(super) endpoints: Vec<String>,
    pub(super) anchor_peers: Vec<(String, u16)>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Application {
    pub(super) organizations: Vec<Organization>,
    pub(super) capabilities: Vec<String>,
    pub(super) policies: Policies,
    pub(super) acls: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
pub(super) struct Orderer {
    pub(super) line: u64,
    pub(super) kind: String,
    pub(super) addresses: Vec<String>,
    pub(super) batch: Batch,
    pub(super) max_channels: u64,
    pub(super) raft: Option<Raft>,
    pub(super) organizations: Vec<Organization>,
    pub(super) capabilities: Vec<String>,
    pub(super) policies: Policies,
}

#[derive(Clone, Debug)]
pub(super) struct Raft {
    pub(super) consenters: Vec<Consenter>,
    /// As it is written: the tree holds the text.
    pub(super) tick: String,
    pub(super) election_ticks: u32,
    pub(super) heartbeat_ticks: u32,
    pub(super) max_inflight_blocks: u32,
    pub(super) snapshot_interval: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Consenter {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) client_tls_cert: PathBuf,
    pub(super) server_tls_cert: PathBuf,
}

/// What Fabric fills in for a batch.
pub(super) const BATCH: Batch = Batch {
    max_messages: 500,
    absolute_max_bytes: 10 << 20,
    preferred_max_bytes: 2 << 20,
    timeout: Duration::from_secs(2),
};

impl Default for Raft {
    /// What Fabric fills in.
    fn default() -> Self {
        Self {
            consenters: Vec::new(),
            tick: "500ms".to_owned(),
            election_ticks: 10,
            heartbeat_ticks: 1,
            max_inflight_blocks: 5,
            snapshot_interval: 16 << 20,
        }
    }
}
