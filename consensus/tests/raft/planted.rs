// SPDX-License-Identifier: Apache-2.0
//! Mistakes that are planted show: each of these would fail a test beside it.

use crate::chain::Disk;
use crate::cluster::{Cluster, options};
use gmca_consensus::plant::{self, Plant};
use gmca_consensus::raft::State;
use gmca_consensus::{Answer, Consenter};
use std::time::Duration;

/// Takes the mistake away when the test ends, however it does.
struct Planted;

impl Planted {
    fn new(plant: Plant) -> Self {
        plant::set(Some(plant));
        Self
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        plant::set(None);
    }
}

#[tokio::test]
async fn stale_envelopes_get_through() {
    let cluster = Cluster::found(3);
    let leader = cluster.leader().await;
    let _planted = Planted::new(Plant::StaleNotReadmitted);
    let node = cluster.node(leader);
    let first = node.submit("update members:0,1,2".into()).await;
    let second = node.submit("only 1".into()).await;
    assert!(matches!(first.await, Answer::Ordered { .. }));
    assert!(matches!(second.await, Answer::Ordered { .. }));
}

#[tokio::test]
async fn an_empty_log_starts_under_its_old_id() {
    let mut cluster = Cluster::found(3);
    let leader = cluster.leader().await;
    cluster.order(leader, "tx").await;
    let lost = (leader + 1) % 3;
    cluster.stop(lost).await;
    cluster.wipe(lost, Disk::with_genesis(&[0, 1, 2]));
    let _planted = Planted::new(Plant::EmptyLogVotes);
    cluster.start(lost);
    cluster.until("it runs", |all| all.status(lost).state == State::Running).await;
    assert_eq!(cluster.status(lost).id, Some(lost as u64 + 1));
}

#[tokio::test]
async fn who_is_not_listed_stays() {
    let cluster = Cluster::found(3);
    let leader = cluster.leader().await;
    let _planted = Planted::new(Plant::MembershipNotReconciled);
    cluster.order(leader, "update members:0,1").await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(cluster.status(leader).voters.len(), 3);
}

#[tokio::test]
async fn a_side_without_a_quorum_says_ordered() {
    for plant in [Plant::CommitWithoutQuorum, Plant::AcknowledgedBeforeCommit] {
        let cluster = Cluster::with(3, options());
        let leader = cluster.leader().await;
        cluster.order(leader, "tx").await;
        let _planted = Planted::new(plant);
        cluster.cut(&[leader], &[(leader + 1) % 3, (leader + 2) % 3]);
        let answer = cluster.try_order(leader, "alone").await;
        assert!(matches!(answer, Answer::Ordered { .. }), "{plant:?}: {answer:?}");
    }
}
