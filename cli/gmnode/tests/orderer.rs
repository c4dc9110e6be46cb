// SPDX-License-Identifier: Apache-2.0
//! `gmnode` over a chain that a single node ordered, with a configuration update and a switch of
//! the hash function in it.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

mod run;

use bccsp::Suite;
use consensus::{Answer, Chain, Consenter, Solo};
use openraft_rt_tokio::TokioRuntime;
use orderer::OrdererChannel;
use orderer::testing::Kit;
use proto::Bytes;
use run::Session;
use std::path::Path;
use std::sync::Arc;
use sys::sim::SetClock;
use sys::{SystemDisk, SystemEntropy};

const CHANNEL: &str = "ch1";

/// Orders into the folder `data` of a session; files `N.block` are the blocks.
async fn order(session: &Session, suite: Suite) -> u64 {
    let kit = Kit::new(suite, 1, 1);
    let clock = Arc::new(SetClock::new(Kit::now()));
    let node = kit.node(0, Arc::new(SystemDisk), clock, Arc::new(SystemEntropy));
    let dir = session.path("data");
    let channel = OrdererChannel::join(&node, Path::new(&dir), &kit.genesis(CHANNEL, 0)).unwrap();
    let channel = Arc::new(channel);
    let solo = Solo::<TokioRuntime>::start(channel.clone());
    let client = kit.client("one");
    let submit = async |envelope: Bytes| {
        let answer = solo.submit(envelope).await.await;
        assert!(matches!(answer, Answer::Ordered { .. }), "{answer:?}");
    };
    for n in 0..5 {
        submit(client.transaction_under(&channel.configuration(), "k", &[n])).await;
    }
    submit(kit.change_batch(&channel.configuration(), |batch| batch.max_messages = 3)).await;
    submit(kit.switch_hash(&channel.configuration())).await;
    for n in 0..5 {
        submit(client.transaction_under(&channel.configuration(), "k", &[n])).await;
    }
    solo.stop().await;
    for number in 0..channel.height() {
        let block = channel.block(number).unwrap().unwrap();
        session.file(&format!("{number}.block"), &block.encode());
    }
    channel.height()
}

#[tokio::test]
async fn a_chain_that_was_ordered_holds() {
    for suite in Suite::ALL {
        let session = Session::new();
        let height = order(&session, suite).await;
        assert_eq!(height, 13);
        let output = session.run(&["ledger", "verify", "data", "--trust", "0.block"]).yes();
        assert!(output.contains(", 13 blocks (0 to 12), 13 transactions, "), "{output}");
        let mut arguments = vec!["inspect".to_owned(), "--trust".to_owned(), "0.block".to_owned()];
        arguments.extend((0..height).map(|number| format!("{number}.block")));
        session.run(&arguments).yes();
        // A block that is left out is missed.
        arguments.remove(10);
        session.run(&arguments).no();
    }
}
