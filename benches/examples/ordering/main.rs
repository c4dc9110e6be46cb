// SPDX-License-Identifier: Apache-2.0
//! What ordering costs: envelopes of one KiB through a single node and through Raft groups of 1, 3
//! and 5 nodes on one disk, in both families; an election; catching up; many channels on one log.
//!
//! `cargo run --release -p gmca-benches --example ordering -- [ENVELOPES (20000)] [FOLDER (.)]`

mod load;
mod site;

use bccsp::Suite;
use consensus::{Chain as _, Consenter, Solo};
use openraft_rt_tokio::TokioRuntime;
use orderer::OrdererChannel;
use site::Site;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Anything that goes wrong ends the measurement.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const CHANNEL: &str = "ch1";
/// Envelopes that are sent one after the other.
const ALONE: usize = 200;
/// Envelopes in a block.
const MANY: u32 = 500;
const CHANNELS: usize = 50;

fn main() -> Result {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().map_or(Ok(20_000), |text| text.parse())?;
    let folder = tempfile::tempdir_in(arguments.next().unwrap_or_else(|| ".".to_owned()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    for suite in Suite::ALL {
        let place = |name: &str| folder.path().join(format!("{suite}-{name}"));
        runtime.block_on(solo(suite, count, &place("solo")))?;
        for nodes in [1, 3, 5] {
            runtime.block_on(raft(suite, nodes, count, &place(&format!("raft{nodes}"))))?;
        }
    }
    let place = |name: &str| folder.path().join(name);
    runtime.block_on(elections(&place("elections")))?;
    runtime.block_on(catch_up(count / 2, &place("catch-up")))?;
    runtime.block_on(channels(count, &place("channels")))
}

/// Prints one row.
async fn row(what: &str, consenter: Arc<dyn Consenter>, envelopes: &[proto::Bytes]) -> Result {
    let size = envelopes[0].len();
    let (first, rest) = envelopes.split_at(ALONE);
    let latency = load::alone(&consenter, first).await?;
    let time = load::together(&consenter, rest).await?;
    let rate = rest.len() as f64 / time.as_secs_f64();
    println!("{what:<14} {rate:>7.0} envelopes/s of {size} bytes; one alone {latency:?} (median)");
    Ok(())
}

async fn solo(suite: Suite, count: usize, folder: &Path) -> Result {
    let kit = site::kit(suite, 1)?;
    let block = site::genesis(&kit, CHANNEL, 0, MANY);
    let channel = OrdererChannel::join(&Arc::new(site::node(&kit, 0)), folder, &block)?;
    let solo: Arc<dyn Consenter> = Arc::new(Solo::<TokioRuntime>::start(Arc::new(channel)));
    let envelopes = load::envelopes(&kit, CHANNEL, count + ALONE);
    row(&format!("{suite} solo"), solo.clone(), &envelopes).await?;
    solo.stop().await;
    Ok(())
}

async fn raft(suite: Suite, nodes: usize, count: usize, folder: &Path) -> Result {
    let mut site = Site::new(suite, nodes, folder)?;
    let block = site::genesis(&site.kit, CHANNEL, nodes, MANY);
    for node in 0..nodes {
        site.start(node, &block, CHANNEL)?;
    }
    let envelopes = load::envelopes(&site.kit, CHANNEL, count + ALONE);
    let leader = site.leader(CHANNEL).await;
    row(&format!("{suite} raft of {nodes}"), leader.engine, &envelopes).await?;
    for node in 0..nodes {
        site.stop(node, CHANNEL).await;
    }
    Ok(())
}

/// From the moment a leader is gone to the moment another takes envelopes.
async fn elections(folder: &Path) -> Result {
    let mut times = Vec::new();
    for round in 0..5 {
        let mut site = Site::new(Suite::Nist, 3, &folder.join(round.to_string()))?;
        let block = site::genesis(&site.kit, CHANNEL, 3, MANY);
        let places: Vec<_> =
            (0..3).map(|node| site.start(node, &block, CHANNEL)).collect::<Result<_>>()?;
        let leader = site.leader(CHANNEL).await;
        let old = places.iter().position(|place| Arc::ptr_eq(&place.engine, &leader.engine));
        let old = site.cut(old.ok_or("the leader is nobody")?, CHANNEL).ok_or("it is gone")?;
        let started = Instant::now();
        site.leader(CHANNEL).await;
        times.push(started.elapsed());
        old.engine.stop().await;
        for node in 0..3 {
            site.stop(node, CHANNEL).await;
        }
    }
    times.sort();
    println!("election, timeout 500 to 1000 ms: {:?} (median of {})", times[2], times.len());
    Ok(())
}

/// A node that was away while the others made that many blocks.
async fn catch_up(blocks: usize, folder: &Path) -> Result {
    let mut site = Site::new(Suite::Nist, 3, folder)?;
    let block = site::genesis(&site.kit, CHANNEL, 3, 1);
    for node in 0..3 {
        site.start(node, &block, CHANNEL)?;
    }
    site.leader(CHANNEL).await;
    site.stop(2, CHANNEL).await;
    let leader = site.leader(CHANNEL).await;
    let envelopes = load::envelopes(&site.kit, CHANNEL, blocks);
    load::together(&(leader.engine.clone() as Arc<dyn Consenter>), &envelopes).await?;
    let height = leader.chain.height();
    let started = Instant::now();
    let late = site.start(2, &block, CHANNEL)?;
    while late.chain.height() < height {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let time = started.elapsed();
    let rate = height as f64 / time.as_secs_f64();
    println!("catching up with {height} blocks: {time:?}, {rate:.0} blocks/s");
    for node in 0..3 {
        site.stop(node, CHANNEL).await;
    }
    Ok(())
}

/// One node, many channels, one log.
async fn channels(count: usize, folder: &Path) -> Result {
    let mut site = Site::new(Suite::Nist, 1, folder)?;
    let mut clients = Vec::new();
    for number in 0..CHANNELS {
        let name = format!("ch{number}");
        let block = site::genesis(&site.kit, &name, 1, MANY);
        site.start(0, &block, &name)?;
        let envelopes = load::envelopes(&site.kit, &name, count / CHANNELS);
        clients.push((site.leader(&name).await.engine, envelopes));
    }
    let started = Instant::now();
    let clients: Vec<_> =
        clients.into_iter().map(|(engine, envelopes)| load::client(engine, envelopes)).collect();
    for client in clients {
        client.await??;
    }
    let rate = (count / CHANNELS * CHANNELS) as f64 / started.elapsed().as_secs_f64();
    println!("{CHANNELS} channels on one node and one log: {rate:.0} envelopes/s together");
    for number in 0..CHANNELS {
        site.stop(0, &format!("ch{number}")).await;
    }
    Ok(())
}
