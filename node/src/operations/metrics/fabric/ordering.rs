// SPDX-License-Identifier: Apache-2.0
//! What an orderer counts (and, of streams of blocks, a peer).

use super::super::{Counter, Family, Gauge, Histogram, Registry};
use std::sync::Arc;

/// Envelopes that clients send to an orderer. `type` is the header type's name, `status` the answer's.
#[derive(Clone, Debug)]
pub struct Broadcast {
    /// `broadcast_processed_count`. By `channel`, `type`, `status`.
    pub processed: Arc<Family<Counter>>,
    /// `broadcast_validate_duration`. By `channel`, `type`, `status`.
    pub validate: Arc<Family<Histogram>>,
    /// `broadcast_enqueue_duration`. By `channel`, `type`, `status`.
    pub enqueue: Arc<Family<Histogram>>,
    /// `blockcutter_block_fill_duration`. By `channel`.
    pub block_fill: Arc<Family<Histogram>>,
}

impl Broadcast {
    /// All of them, in `registry`.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self {
            processed: registry.counter(
                "broadcast_processed_count",
                "The number of transactions processed.",
                &["channel", "type", "status"],
            ),
            validate: registry.histogram(
                "broadcast_validate_duration",
                "The time to validate a transaction in seconds.",
                &["channel", "type", "status"],
            ),
            enqueue: registry.histogram(
                "broadcast_enqueue_duration",
                "The time to enqueue a transaction in seconds.",
                &["channel", "type", "status"],
            ),
            block_fill: registry.histogram(
                "blockcutter_block_fill_duration",
                "The time from first transaction enqueing to the block being cut in seconds.",
                &["channel"],
            ),
        }
    }
}

/// Streams of blocks. `data_type` is `block`, `filtered_block` or `block_and_pvtdata`; the others are `true` or `false`.
#[derive(Clone, Debug)]
pub struct Deliver {
    /// `deliver_streams_opened`.
    pub streams_opened: Arc<Counter>,
    /// `deliver_streams_closed`.
    pub streams_closed: Arc<Counter>,
    /// `deliver_requests_received`. By `channel`, `filtered`, `data_type`.
    pub requests_received: Arc<Family<Counter>>,
    /// `deliver_requests_completed`. By `channel`, `filtered`, `data_type`, `success`.
    pub requests_completed: Arc<Family<Counter>>,
    /// `deliver_blocks_sent`. By `channel`, `filtered`, `data_type`.
    pub blocks_sent: Arc<Family<Counter>>,
}

impl Deliver {
    /// All of them, in `registry`.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self {
            streams_opened: registry
                .counter(
                    "deliver_streams_opened",
                    "The number of GRPC streams that have been opened for the deliver service.",
                    &[],
                )
                .with(&[]),
            streams_closed: registry
                .counter(
                    "deliver_streams_closed",
                    "The number of GRPC streams that have been closed for the deliver service.",
                    &[],
                )
                .with(&[]),
            requests_received: registry.counter(
                "deliver_requests_received",
                "The number of deliver requests that have been received.",
                &["channel", "filtered", "data_type"],
            ),
            requests_completed: registry.counter(
                "deliver_requests_completed",
                "The number of deliver requests that have been completed.",
                &["channel", "filtered", "data_type", "success"],
            ),
            blocks_sent: registry.counter(
                "deliver_blocks_sent",
                "The number of blocks sent by the deliver service.",
                &["channel", "filtered", "data_type"],
            ),
        }
    }
}

/// Agreement between orderers, by channel.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// `consensus_etcdraft_cluster_size`. By `channel`.
    pub cluster_size: Arc<Family<Gauge>>,
    /// `consensus_etcdraft_active_nodes`. By `channel`.
    pub active_nodes: Arc<Family<Gauge>>,
    /// `consensus_etcdraft_is_leader`. By `channel`.
    pub is_leader: Arc<Family<Gauge>>,
    /// `consensus_etcdraft_leader_changes`. By `channel`.
    pub leader_changes: Arc<Family<Counter>>,
    /// `consensus_etcdraft_committed_block_number`. By `channel`.
    pub committed_block: Arc<Family<Gauge>>,
    /// `consensus_etcdraft_snapshot_block_number`. By `channel`.
    pub snapshot_block: Arc<Family<Gauge>>,
    /// `consensus_etcdraft_normal_proposals_received`. By `channel`.
    pub normal_proposals: Arc<Family<Counter>>,
    /// `consensus_etcdraft_config_proposals_received`. By `channel`.
    pub config_proposals: Arc<Family<Counter>>,
    /// `consensus_etcdraft_proposal_failures`. By `channel`.
    pub proposal_failures: Arc<Family<Counter>>,
    /// `consensus_etcdraft_data_persist_duration`. By `channel`.
    pub data_persist: Arc<Family<Histogram>>,
}

impl Agreement {
    /// All of them, in `registry`.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self {
            cluster_size: registry.gauge(
                "consensus_etcdraft_cluster_size",
                "Number of nodes in this channel.",
                &["channel"],
            ),
            active_nodes: registry.gauge(
                "consensus_etcdraft_active_nodes",
                "Number of active nodes in this channel.",
                &["channel"],
            ),
            is_leader: registry.gauge(
                "consensus_etcdraft_is_leader",
                "The leadership status of the current node: 1 if it is the leader else 0.",
                &["channel"],
            ),
            leader_changes: registry.counter(
                "consensus_etcdraft_leader_changes",
                "The number of leader changes since process start.",
                &["channel"],
            ),
            committed_block: registry.gauge(
                "consensus_etcdraft_committed_block_number",
                "The block number of the latest block committed.",
                &["channel"],
            ),
            snapshot_block: registry.gauge(
                "consensus_etcdraft_snapshot_block_number",
                "The block number of the latest snapshot.",
                &["channel"],
            ),
            normal_proposals: registry.counter(
                "consensus_etcdraft_normal_proposals_received",
                "The total number of proposals received for normal type transactions.",
                &["channel"],
            ),
            config_proposals: registry.counter(
                "consensus_etcdraft_config_proposals_received",
                "The total number of proposals received for config type transactions.",
                &["channel"],
            ),
            proposal_failures: registry.counter(
                "consensus_etcdraft_proposal_failures",
                "The number of proposal failures.",
                &["channel"],
            ),
            data_persist: registry.histogram(
                "consensus_etcdraft_data_persist_duration",
                "The time taken for etcd/raft data to be persisted in storage (in seconds).",
                &["channel"],
            ),
        }
    }
}

/// Which channels an orderer is in, and how.
#[derive(Clone, Debug)]
pub struct Participation {
    /// `participation_status`. By `channel`.
    pub status: Arc<Family<Gauge>>,
    /// `participation_consensus_relation`. By `channel`.
    pub relation: Arc<Family<Gauge>>,
}

impl Participation {
    /// All of them, in `registry`.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self {
            status: registry.gauge("participation_status", "The channel participation status of the node: 0 if inactive, 1 if active, 2 if onboarding, 3 if failed.", &["channel"]),
            relation: registry.gauge("participation_consensus_relation", "The channel participation consensus relation of the node: 0 if other, 1 if consenter, 2 if follower, 3 if config-tracker.", &["channel"]),
        }
    }
}

/// Links between orderers. `host` is the other one's address.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// `cluster_comm_egress_queue_length`. By `host`, `msg_type`, `channel`.
    pub egress_queue_length: Arc<Family<Gauge>>,
    /// `cluster_comm_egress_queue_capacity`. By `host`, `msg_type`, `channel`.
    pub egress_queue_capacity: Arc<Family<Gauge>>,
    /// `cluster_comm_egress_stream_count`. By `channel`.
    pub egress_streams: Arc<Family<Gauge>>,
    /// `cluster_comm_egress_tls_connection_count`.
    pub egress_connections: Arc<Gauge>,
    /// `cluster_comm_ingress_stream_count`.
    pub ingress_streams: Arc<Gauge>,
    /// `cluster_comm_msg_dropped_count`. By `host`, `channel`.
    pub dropped: Arc<Family<Counter>>,
    /// `cluster_comm_msg_send_time`. By `host`, `channel`.
    pub send_time: Arc<Family<Histogram>>,
}

impl Cluster {
    /// All of them, in `registry`.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self {
            egress_queue_length: registry.gauge(
                "cluster_comm_egress_queue_length",
                "Length of the egress queue.",
                &["host", "msg_type", "channel"],
            ),
            egress_queue_capacity: registry.gauge(
                "cluster_comm_egress_queue_capacity",
                "Capacity of the egress queue.",
                &["host", "msg_type", "channel"],
            ),
            egress_streams: registry.gauge(
                "cluster_comm_egress_stream_count",
                "Count of streams to other nodes.",
                &["channel"],
            ),
            egress_connections: registry
                .gauge(
                    "cluster_comm_egress_tls_connection_count",
                    "Count of TLS connections to other nodes.",
                    &[],
                )
                .with(&[]),
            ingress_streams: registry
                .gauge(
                    "cluster_comm_ingress_stream_count",
                    "Count of streams from other nodes.",
                    &[],
                )
                .with(&[]),
            dropped: registry.counter(
                "cluster_comm_msg_dropped_count",
                "Count of messages dropped.",
                &["host", "channel"],
            ),
            send_time: registry.histogram(
                "cluster_comm_msg_send_time",
                "The time it takes to send a message in seconds.",
                &["host", "channel"],
            ),
        }
    }
}
