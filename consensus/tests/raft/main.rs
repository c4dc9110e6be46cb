// SPDX-License-Identifier: Apache-2.0
//! Raft groups in one process, on the real log, with blocks in memory: what a channel's nodes do
//! when all is well, and when it is not.

mod chain;
mod cluster;
mod planted;
mod quorum_lost;

use chain::{Disk, config, member};
use cluster::{Cluster, options};
use gmca_consensus::raft::{RaftOptions, State};
use gmca_consensus::{Answer, Consenter, Refusal};
use proto::Bytes;
use std::time::Duration;

fn voters(cluster: &Cluster, node: usize) -> Vec<u64> {
    cluster.status(node).voters.iter().map(|(id, _)| *id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_elect_replicate_and_seal() {
    let cluster = Cluster::found(3);
    let leader = cluster.leader().await;
    for n in 0..20 {
        cluster.order(leader, &format!("tx {n}")).await;
    }
    cluster.converge(3).await;
    let envelopes = cluster.hosts[0].disk.envelopes();
    assert_eq!(envelopes, (0..20).map(|n| format!("tx {n}")).collect::<Vec<_>>());
    assert_eq!(voters(&cluster, 0), [1, 2, 3]);
    assert!(cluster.node(leader).ready().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_alone_orders() {
    let cluster = Cluster::found(1);
    let leader = cluster.leader().await;
    assert_eq!(cluster.order(leader, "tx").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_forwards_in_order() {
    let cluster = Cluster::found(3);
    let follower = (cluster.leader().await + 1) % 3;
    cluster.order(follower, "first").await;
    let node = cluster.node(follower);
    let mut answers = Vec::new();
    for n in 0..200 {
        answers.push(node.submit(format!("tx {n:03}").into()).await);
    }
    for answer in answers {
        assert!(matches!(answer.await, Answer::Ordered { .. }));
    }
    cluster.converge(3).await;
    let mut expected = vec!["first".to_owned()];
    expected.extend((0..200).map(|n| format!("tx {n:03}")));
    assert_eq!(cluster.hosts[0].disk.envelopes(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_says_why() {
    let cluster = Cluster::found(3);
    let leader = cluster.leader().await;
    for n in 0..3 {
        cluster.order(n, "tx").await;
        let refused = Answer::Refused(Refusal::Forbidden("as it asked for".to_owned()));
        assert_eq!(cluster.try_order(n, "refuse").await, refused, "{n} of leader {leader}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_leads_when_the_leader_is_gone() {
    let mut cluster = Cluster::found(3);
    let leader = cluster.leader().await;
    cluster.order(leader, "before").await;
    cluster.stop(leader).await;
    let other = cluster.leader().await;
    cluster.order(other, "after").await;
    cluster.start(leader);
    cluster.order(leader, "through the old one").await;
    cluster.converge(4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_larger_side_goes_on() {
    let cluster = Cluster::found(5);
    let leader = cluster.leader().await;
    cluster.order(leader, "before").await;
    let small = [leader, (leader + 1) % 5];
    let large: Vec<_> = (2..5).map(|n| (leader + n) % 5).collect();
    cluster.cut(&small, &large);
    let other = cluster.leader_of(&large).await;
    cluster.order(other, "on the larger side").await;
    let answer = cluster.try_order(small[1], "on the smaller side").await;
    assert!(!matches!(answer, Answer::Ordered { .. }), "{answer:?}");
    cluster.heal();
    cluster.order(small[1], "healed").await;
    cluster.converge(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_stop_and_go_on() {
    let mut cluster = Cluster::found(3);
    let leader = cluster.leader().await;
    for n in 0..5 {
        cluster.order(leader, &format!("tx {n}")).await;
    }
    for round in 0..2 {
        for n in 0..3 {
            cluster.stop(n).await;
        }
        for n in 0..3 {
            cluster.start(n);
        }
        cluster.order(round, &format!("round {round}")).await;
    }
    cluster.converge(4).await;
}

fn small_log() -> RaftOptions {
    RaftOptions { snapshot_interval: 2000, keep_entries: 2, ..options() }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_far_behind_pulls_blocks() {
    let mut cluster = Cluster::with(3, small_log());
    let leader = cluster.leader().await;
    let behind = (leader + 1) % 3;
    cluster.order(leader, "tx").await;
    cluster.stop(behind).await;
    for n in 0..50 {
        cluster.order(leader, &format!("{n:0>200}")).await;
    }
    let purged = |all: &Cluster| all.status(leader).purged.is_some_and(|purged| purged > 20);
    cluster.until("a shorter log", purged).await;
    cluster.start(behind);
    cluster.converge(51).await;
    cluster.order(behind, "through who was behind").await;
    cluster.stop(behind).await;
    cluster.start(behind);
    cluster.order(behind, "again").await;
    cluster.converge(53).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_added_and_another_removed() {
    let mut cluster = Cluster::found(3);
    let leader = cluster.leader().await;
    cluster.order(leader, "tx").await;
    cluster.order(leader, "update members:0,1,2,3").await;
    cluster.add(Disk::with_genesis(&[0, 1, 2]));
    cluster.start(3);
    cluster.until("a vote for the new one", |all| voters(all, 3) == [1, 2, 3, 4]).await;
    cluster.order(3, "through the new one").await;
    let gone = (leader + 1) % 3;
    let rest: Vec<_> = (0..4).filter(|n| *n != gone).collect();
    let update = String::from_utf8(config(&rest).to_vec()).unwrap();
    cluster.order(3, &format!("update {update}")).await;
    cluster.until("it is out", |all| all.status(gone).state == State::Evicted).await;
    assert!(cluster.node(gone).ready().is_err());
    cluster.order(3, "without it").await;
    // And in again, under another id.
    cluster.order(3, "update members:0,1,2,3").await;
    cluster.until("it is back", |all| all.status(gone).state == State::Running).await;
    cluster.until("it votes", |all| voters(all, gone).contains(&5)).await;
    cluster.converge(6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voter_that_was_away_follows_a_leader_that_came_meanwhile() {
    let mut cluster = Cluster::found(3);
    let leader = cluster.leader().await;
    let away = (leader + 1) % 3;
    cluster.stop(away).await;
    cluster.order(leader, "update members:0,1,2,3").await;
    cluster.add(Disk::with_genesis(&[0, 1, 2]));
    cluster.start(3);
    cluster.until("a vote for the new one", |all| voters(all, 3) == [1, 2, 3, 4]).await;
    while cluster.leader().await != 3 {
        cluster.node(cluster.leader().await).transfer_leader().await;
    }
    cluster.start(away);
    cluster.order(3, "by the new one").await;
    cluster.converge(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_hears_nobody_says_so() {
    let cluster = Cluster::found(3);
    let leader = cluster.leader().await;
    cluster.order(leader, "tx").await;
    let away = (leader + 1) % 3;
    let rest: Vec<_> = (0..3).filter(|n| *n != away).collect();
    cluster.until("it hears the leader", |all| all.node(away).ready().is_ok()).await;
    cluster.cut(&[away], &rest);
    cluster.until("it hears nobody", |all| all.node(away).ready().is_err()).await;
    assert!(cluster.node(leader).ready().is_ok(), "two of three go on");
    cluster.heal();
    cluster.until("it hears the leader again", |all| all.node(away).ready().is_ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_its_log_comes_back_as_a_learner() {
    for keeps_blocks in [false, true] {
        let mut cluster = Cluster::found(3);
        let leader = cluster.leader().await;
        cluster.order(leader, "tx").await;
        let lost = (leader + 1) % 3;
        cluster.stop(lost).await;
        cluster.order(leader, "while it is away").await;
        let disk = match keeps_blocks {
            true => cluster.hosts[lost].disk.clone(),
            false => Disk::with_genesis(&[0, 1, 2]),
        };
        cluster.wipe(lost, disk);
        cluster.start(lost);
        let own = lost as u64 + 1;
        cluster.until("another id", |all| voters(all, lost).contains(&4)).await;
        assert!(!voters(&cluster, leader).contains(&own));
        cluster.order(lost, "through it").await;
        cluster.converge(4).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_founder_waits_for_the_others() {
    let mut cluster = Cluster::with(0, options());
    for n in 0..3 {
        cluster.add(Disk::with_genesis(&[0, 1, 2]));
        if n < 2 {
            cluster.start(n);
        }
    }
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(cluster.status(0).state, State::Founding);
    assert!(cluster.node(0).ready().is_err());
    cluster.start(2);
    let leader = cluster.leader().await;
    cluster.order(leader, "tx").await;
    assert_eq!(voters(&cluster, leader), [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn leadership_is_handed_over() {
    let cluster = Cluster::found(3);
    let leader = cluster.leader().await;
    cluster.order(leader, "tx").await;
    cluster.node(leader).transfer_leader().await;
    cluster.until("another leads", |all| !all.status(leader).leads).await;
    cluster.order(leader, "through who led").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_quorum_no_answer_but_in_bounded_time() {
    let options = RaftOptions { patience: Duration::from_secs(1), ..options() };
    let cluster = Cluster::with(3, options);
    let leader = cluster.leader().await;
    cluster.order(leader, "tx").await;
    cluster.cut(&[leader], &[(leader + 1) % 3, (leader + 2) % 3]);
    cluster.cut(&[(leader + 1) % 3], &[(leader + 2) % 3]);
    for n in 0..3 {
        let asked = cluster.try_order(n, "nobody");
        let answer = tokio::time::timeout(Duration::from_secs(4), asked).await.unwrap();
        assert!(!matches!(answer, Answer::Ordered { .. }), "{answer:?}");
    }
    // It stays leader of its term, and says that this is of no use.
    assert!(!cluster.status(leader).leads);
    let why = cluster.node(leader).ready().unwrap_err().to_string();
    assert_eq!(why, "too few nodes of channel test can be reached");
    cluster.heal();
    cluster.order(leader, "healed").await;
    cluster.until("a leader is ready", |all| (0..3).any(|n| all.status(n).leads)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_is_alone_in_flight() {
    let cluster = Cluster::found(3);
    let leader = cluster.leader().await;
    cluster.order(leader, "tx").await;
    let node = cluster.node(leader);
    let mut answers = Vec::new();
    for n in 0..100 {
        let envelope = match n % 10 {
            5 => "update members:0,1,2".to_owned(),
            _ => format!("tx {n}"),
        };
        answers.push(node.submit(Bytes::from(envelope)).await);
    }
    for answer in answers {
        assert!(matches!(answer.await, Answer::Ordered { .. }));
    }
    cluster.converge(20).await;
    assert_eq!(cluster.hosts[0].disk.envelopes().len(), 101);
    assert_eq!(member(0).port, 7000);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_behind_a_configuration_is_judged_again() {
    let cluster = Cluster::found(3);
    let leader = cluster.leader().await;
    let node = cluster.node(leader);
    assert!(matches!(cluster.try_order(leader, "only 1").await, Answer::Ordered { .. }));
    let first = node.submit("update members:0,1,2".into()).await;
    let second = node.submit("only 1".into()).await;
    let third = node.submit("tx".into()).await;
    assert!(matches!(first.await, Answer::Ordered { .. }));
    let why = "under another configuration".to_owned();
    assert_eq!(second.await, Answer::Refused(Refusal::Forbidden(why)));
    assert!(matches!(third.await, Answer::Ordered { .. }));
    cluster.converge(4).await;
    assert_eq!(cluster.hosts[0].disk.envelopes(), ["only 1", "members:0,1,2", "tx"]);
}
