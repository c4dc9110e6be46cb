// SPDX-License-Identifier: Apache-2.0
//! What can be set of a Raft group.

use openraft::{Config, SnapshotPolicy};
use std::sync::Arc;
use std::time::Duration;

/// Times and sizes of a group: Fabric's options of a channel, and a few of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RaftOptions {
    /// Between two heartbeats of a leader: Fabric's `TickInterval` times `HeartbeatTick`.
    pub heartbeat: Duration,
    /// After at least that time without a leader a node stands for election, after at most twice
    /// that: `TickInterval` times `ElectionTick`. More than two heartbeats.
    pub election: Duration,
    /// Batches that are proposed and not yet blocks, at most: `MaxInflightBlocks`, at least 1.
    pub inflight: usize,
    /// Bytes of batches after which a snapshot is noted and the log before it dropped:
    /// `SnapshotIntervalSize`.
    pub snapshot_interval: u64,
    /// Entries that stay in the log behind a snapshot, for followers that are a little slow.
    pub keep_entries: u64,
    /// Envelopes that wait to be ordered, at most; further senders wait.
    pub queue: usize,
    /// After that time whoever waits for an answer is told that nobody knows.
    pub patience: Duration,
}

impl Default for RaftOptions {
    /// Fabric's: 500 ms, 5 s, 5 blocks, 16 MiB.
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_millis(500),
            election: Duration::from_secs(5),
            inflight: 5,
            snapshot_interval: 16 << 20,
            keep_entries: 20,
            queue: 1000,
            patience: Duration::from_secs(20),
        }
    }
}

/// Options that do not go together, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("options of Raft: {0}")]
pub struct BadOptions(pub String);

impl RaftOptions {
    /// How long to wait before trying again what did not work.
    pub(crate) fn pause(&self) -> Duration {
        (self.heartbeat / 2).max(Duration::from_millis(1))
    }

    /// The engine's configuration.
    pub(crate) fn engine(&self, channel: &str) -> Result<Arc<Config>, BadOptions> {
        let election = millis(self.election);
        let config = Config {
            cluster_name: channel.to_owned(),
            heartbeat_interval: millis(self.heartbeat),
            election_timeout_min: election,
            election_timeout_max: election.saturating_mul(2),
            install_snapshot_timeout: election.saturating_mul(4),
            // Entries are as large as batches: it is the log store that cuts, by bytes.
            max_payload_entries: 512,
            // By bytes, and so by us.
            snapshot_policy: SnapshotPolicy::Never,
            max_in_snapshot_log_to_keep: self.keep_entries,
            // A follower gets entries as long as they are there.
            replication_lag_threshold: u64::MAX,
            enable_pre_vote: Some(true),
            // A leader that comes back without an election may not know what was committed.
            enable_leader_restore: Some(false),
            allow_log_reversion: Some(false),
            backoff: format!("{}ms ...{}ms", millis(self.pause()), election),
            ..Config::default()
        };
        let config = config.validate().map_err(|error| BadOptions(error.to_string()))?;
        Ok(Arc::new(config))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}
