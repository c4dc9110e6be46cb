// SPDX-License-Identifier: Apache-2.0
//! One node without TLS: envelopes in, blocks out, again after a restart.

use crate::kit::{CHANNEL, Network, envelope, fetch, request, send, send_one, take, wanted};
use bccsp::Suite;
use gmca_node::client::Position::{Newest, NextCommit, Number, Oldest};
use gmca_node::client::Wanted;
use proto::Bytes;
use proto::common::Status;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_is_delivered_and_still_there_after_a_restart() {
    for (suite, consenters) in [(Suite::Nist, 0), (Suite::Gm, 1)] {
        let network = Network::new(suite, 1);
        let who = network.kit.client("one");
        let process = network.start(0, "").await.unwrap();
        let block = match consenters {
            0 => network.kit.genesis(CHANNEL, 0),
            _ => network.genesis(&[7050]),
        };
        let joined = process.channels().join(block).await.unwrap();
        assert_eq!((joined.info.height, joined.leads), (1, consenters == 1));
        let client = network.client(&process, false);
        let envelopes = (0..20).map(|n| envelope(&who.transaction(CHANNEL, &n.to_string(), b"v")));
        let answers = send(&client, envelopes.collect()).await;
        assert_eq!(answers.len(), 20);
        assert!(answers.iter().all(|answer| answer.status() == Status::Success));
        let all = request(&who, CHANNEL, wanted(Oldest, Newest), Bytes::new());
        let before = fetch(&client, all.clone()).await;
        assert_eq!(before.1, Status::Success);
        assert!(before.0.len() > 1 && before.0[0] == 0, "{before:?}");
        process.stop().await;
        let process = network.start(0, "").await.unwrap();
        let client = network.client(&process, false);
        let best = Wanted { best_effort: true, ..wanted(Oldest, Newest) };
        let best = request(&who, CHANNEL, best, Bytes::new());
        assert_eq!(fetch(&client, best).await, before);
        assert_eq!(send_one(&client, &who.message(CHANNEL, b"more")).await.0, Status::Success);
        process.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_has_one_process() {
    let network = Network::new(Suite::Nist, 1);
    let first = network.start(0, "").await.unwrap();
    let refused = network.start(0, "").await.err().unwrap().to_string();
    assert!(refused.contains("in use by another process"), "{refused}");
    assert_eq!(refused.lines().count(), 1);
    first.stop().await;
    network.start(0, "").await.unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_waits_for_blocks_and_takes_another_request() {
    let network = Network::new(Suite::Nist, 1);
    let who = network.kit.client("one");
    let process = network.start(0, "").await.unwrap();
    process.channels().join(network.kit.genesis(CHANNEL, 0)).await.unwrap();
    let client = network.client(&process, false);
    let (ask, asked) = mpsc::channel(4);
    let mut answers = client.deliver(ReceiverStream::new(asked)).await.unwrap();
    let next = wanted(NextCommit, NextCommit);
    ask.send(request(&who, CHANNEL, next, Bytes::new())).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(send_one(&client, &who.message(CHANNEL, b"1")).await.0, Status::Success);
    assert_eq!(take(&mut answers).await, (vec![1], Status::Success));
    ask.send(request(&who, CHANNEL, wanted(Newest, Newest), Bytes::new())).await.unwrap();
    assert_eq!(take(&mut answers).await, (vec![1], Status::Success));
    ask.send(request(&who, CHANNEL, wanted(Number(1), Oldest), Bytes::new())).await.unwrap();
    assert_eq!(take(&mut answers).await, (vec![1], Status::Success));
    // The session ends with the process, though it waits.
    let far = wanted(Oldest, Number(9_007_199_254_740_991));
    ask.send(request(&who, CHANNEL, far, Bytes::new())).await.unwrap();
    for _ in 0..2 {
        answers.next().await.unwrap().unwrap();
    }
    process.stop().await;
    assert_eq!(take(&mut answers).await, (vec![], Status::ServiceUnavailable));
    assert!(!matches!(answers.next().await, Some(Ok(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_removed_and_joined_again() {
    let network = Network::new(Suite::Gm, 1);
    let who = network.kit.client("one");
    let process = network.start(0, "").await.unwrap();
    let genesis = network.genesis(&[7050]);
    process.channels().join(genesis.clone()).await.unwrap();
    let twice = process.channels().join(genesis.clone()).await.unwrap_err().to_string();
    assert!(twice.contains("is here already"), "{twice}");
    let client = network.client(&process, false);
    assert_eq!(send_one(&client, &who.message(CHANNEL, b"1")).await.0, Status::Success);
    let waits = Wanted { best_effort: true, ..wanted(NextCommit, NextCommit) };
    let waits = request(&who, CHANNEL, waits, Bytes::new());
    let mut waiting = client.deliver(tokio_stream::once(waits)).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    process.channels().remove(CHANNEL).await.unwrap();
    assert_eq!(take(&mut waiting).await, (vec![], Status::ServiceUnavailable));
    assert!(process.channels().list().is_empty());
    let (status, why) = send_one(&client, &who.message(CHANNEL, b"2")).await;
    assert_eq!((status, why.as_str()), (Status::BadRequest, "channel `ch1` is not here"));
    assert!(process.channels().remove(CHANNEL).await.is_err());
    // Nothing of the old log is left, or it would not begin again at block 0.
    assert_eq!(process.channels().join(genesis).await.unwrap().info.height, 1);
    assert_eq!(send_one(&client, &who.message(CHANNEL, b"3")).await.0, Status::Success);
    process.stop().await;
}
