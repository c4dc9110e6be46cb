// SPDX-License-Identifier: Apache-2.0
//! More than half of the nodes are gone for good.

use crate::chain::{Disk, TestChain, member};
use crate::cluster::Cluster;
use gmca_consensus::Chain;
use gmca_consensus::raft::{Confirmation, ForceError, LogStore, Standing, force_single};
use openraft_rt_tokio::TokioRuntime;

async fn force(
    cluster: &Cluster,
    number: usize,
    confirmed: &Confirmation,
) -> Result<u64, ForceError> {
    let host = &cluster.hosts[number];
    let wal = host.open_log();
    let store = LogStore::<TokioRuntime>::new(wal.group("test").unwrap());
    let chain = TestChain::open(&host.disk);
    let key = member(number).key;
    let forced =
        force_single::<_, TokioRuntime>(store, &Standing::of(&*chain), &key, confirmed).await;
    wal.close();
    forced.map(|forced| forced.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_goes_on_alone_and_takes_others_in() {
    let mut cluster = Cluster::found(3);
    let leader = cluster.leader().await;
    cluster.order(leader, "before").await;
    cluster.converge(2).await;
    for n in 0..3 {
        cluster.stop(n).await;
    }
    let mut confirmed = Confirmation { channel: "test".to_owned(), height: 3 };
    let refused = force(&cluster, 0, &confirmed).await.unwrap_err();
    let text = "channel test has 2 blocks here: confirm exactly that, and try again";
    assert_eq!(refused.to_string(), text);
    confirmed.height = 2;
    assert_eq!(force(&cluster, 0, &confirmed).await.unwrap(), 1);
    cluster.start(0);
    cluster.order(0, "alone").await;
    for n in 1..3 {
        cluster.wipe(n, Disk::with_genesis(&[0, 1, 2]));
        cluster.start(n);
    }
    cluster.until("three vote", |all| all.status(0).voters.len() == 3).await;
    cluster.order(2, "together").await;
    cluster.converge(4).await;
    assert_eq!(cluster.hosts[1].disk.envelopes(), ["before", "alone", "together"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_ordered_alone_becomes_blocks_though_the_log_lost_its_end() {
    let mut cluster = Cluster::found(3);
    let leader = cluster.leader().await;
    for text in ["a", "b", "c"] {
        cluster.order(leader, text).await;
    }
    cluster.converge(4).await;
    for n in 0..3 {
        cluster.stop(n).await;
    }
    let wal = cluster.hosts[0].open_log();
    let group = wal.group("test").unwrap();
    let last = group.info().unwrap().last.unwrap().index;
    group.truncate(last - 2).unwrap();
    wal.close();
    let confirmed = Confirmation { channel: "test".to_owned(), height: 4 };
    force(&cluster, 0, &confirmed).await.unwrap();
    cluster.start(0);
    for text in ["d", "e"] {
        cluster.order(0, text).await;
    }
    assert_eq!(cluster.hosts[0].disk.envelopes(), ["a", "b", "c", "d", "e"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn not_with_a_node_that_has_no_log() {
    let mut cluster = Cluster::found(0);
    cluster.add(Disk::with_genesis(&[0, 1, 2]));
    let confirmed = Confirmation { channel: "test".to_owned(), height: 1 };
    let refused = force(&cluster, 0, &confirmed).await.unwrap_err();
    assert!(matches!(refused, ForceError::NoLog(_)), "{refused}");
    assert_eq!(TestChain::open(&cluster.hosts[0].disk).height(), 1);
}
