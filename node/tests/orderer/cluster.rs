// SPDX-License-Identifier: Apache-2.0
//! Three nodes over TLS: the leader stops, the rest goes on, who comes back catches up.

use crate::kit::{CHANNEL, Network, TLS, fetch, free_ports, request, send_one, wanted};
use bccsp::Suite;
use gmca_node::client::Position::{Newest, Oldest};
use gmca_node::client::Wanted;
use gmca_node::orderer::OrdererProcess;
use proto::Bytes;
use proto::common::Status;
use std::time::Duration;
use tokio::time::{sleep, timeout};

fn general(port: u16) -> String {
    format!("{TLS}  ListenPort: {port}\n")
}

fn leads(process: &OrdererProcess) -> bool {
    process.channels().info(CHANNEL).is_ok_and(|info| info.leads)
}

fn height(process: &OrdererProcess) -> u64 {
    process.channels().info(CHANNEL).map_or(0, |info| info.info.height)
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), wait).await.unwrap_or_else(|_| panic!("{what}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_leader_stops_and_the_rest_goes_on() {
    let network = Network::new(Suite::Gm, 3);
    let ports = free_ports::<3>();
    let genesis = network.genesis(&ports);
    let mut nodes = Vec::new();
    for (node, port) in ports.into_iter().enumerate() {
        nodes.push(Some(network.start(node, &general(port)).await.unwrap()));
    }
    let joins = nodes.iter().flatten().map(|node| node.channels().join(genesis.clone()));
    for joined in futures_util::future::join_all(joins).await {
        joined.unwrap();
    }
    let who = network.kit.client("one");
    for node in nodes.iter().flatten() {
        let client = network.client(node, true);
        let (status, why) = send_one(&client, &who.message(CHANNEL, b"x")).await;
        assert_eq!(status, Status::Success, "{why}");
    }
    let found = nodes.iter().position(|node| node.as_ref().is_some_and(leads)).unwrap();
    nodes[found].take().unwrap().stop().await;
    let rest: Vec<_> = nodes.iter().flatten().collect();
    let client = network.client(rest[0], true);
    for n in 0..10 {
        let (status, why) = send_one(&client, &who.message(CHANNEL, &[n])).await;
        assert_eq!(status, Status::Success, "{why}");
    }
    let back = network.start(found, &general(ports[found])).await.unwrap();
    until("it catches up", || height(&back) == 14).await;
    until("it follows", || !leads(&back)).await;
    for node in rest.into_iter().chain([&back]) {
        let all = Wanted { best_effort: true, ..wanted(Oldest, Newest) };
        let all = request(&who, CHANNEL, all, Bytes::new());
        let (blocks, status) = fetch(&network.client(node, true), all).await;
        assert_eq!((blocks.len(), status), (14, Status::Success));
    }
    // One of three is left: it says so, and ends the streams of those who wait for blocks.
    let mut rest = nodes.into_iter().flatten();
    rest.next().unwrap().stop().await;
    rest.next().unwrap().stop().await;
    let waits = request(&who, CHANNEL, wanted(Oldest, crate::kit::FAR), Bytes::new());
    let client = network.client(&back, true);
    let last = timeout(Duration::from_secs(20), fetch(&client, waits));
    assert_eq!(last.await.unwrap().1, Status::ServiceUnavailable);
    let (status, why) = send_one(&client, &who.message(CHANNEL, b"y")).await;
    assert_eq!(status, Status::ServiceUnavailable);
    assert!(!why.is_empty());
    back.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_nodes_need_tls() {
    let network = Network::new(Suite::Nist, 2);
    let process = network.start(0, "").await.unwrap();
    let refused = process.channels().join(network.genesis(&[1, 2])).await.unwrap_err().to_string();
    assert!(refused.contains("General.TLS.Enabled"), "{refused}");
    assert!(process.channels().list().is_empty(), "nothing is left of it");
    process.stop().await;
}
