// SPDX-License-Identifier: Apache-2.0
//! Envelopes of about one KiB through a single node that orders, in both families: how many in a
//! second when clients do not wait for each other, and how long one takes when nothing else is there.
//!
//! `cargo run --release -p gmca-benches --example ordering -- [ENVELOPES] [FOLDER]`

use bccsp::{EngineChoice, Providers, Suite};
use consensus::{Answer, Consenter, Solo};
use openraft_rt_tokio::TokioRuntime;
use orderer::OrdererChannel;
use orderer::testing::{Genesis, Kit};
use proto::Bytes;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use sys::sim::SetClock;
use sys::{Entropy, SystemDisk, SystemEntropy};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const CHANNEL: &str = "ch1";
const CLIENTS: usize = 4;
const ALONE: usize = 200;
const SIZE: usize = 1024;

fn main() -> Result {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().map_or(Ok(20_000), |text| text.parse())?;
    let folder = tempfile::tempdir_in(arguments.next().unwrap_or_else(|| ".".to_owned()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    for suite in Suite::ALL {
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let providers = Arc::new(Providers::new(suite, EngineChoice::Auto)?);
        let kit = Kit::with(providers, Arc::clone(&entropy), 1);
        let clock = Arc::new(SetClock::new(Kit::now()));
        let mut node = (*kit.node(0, Arc::new(SystemDisk), clock, entropy)).clone();
        node.options = ledger::blocks::Options::default();
        let dir = folder.path().join(format!("{suite:?}"));
        let channel = start(&kit, node, &dir)?;
        let solo = Arc::new(Solo::<TokioRuntime>::start(channel));
        let envelopes = envelopes(&kit, count + ALONE);
        let size = envelopes[0].len();
        let (alone, many) = envelopes.split_at(ALONE);
        let (latency, time) = runtime.block_on(measure(&solo, alone, many))?;
        let rate = many.len() as f64 / time.as_secs_f64();
        println!(
            "{suite:?}: {rate:.0} envelopes/s of {size} bytes; one alone {latency:?} (median)"
        );
        runtime.block_on(solo.stop());
    }
    Ok(())
}

fn start(kit: &Kit, node: orderer::Node, dir: &Path) -> Result<Arc<OrdererChannel>> {
    let mut genesis = Genesis::new(kit, 0);
    genesis.batch.max_messages = 500;
    genesis.batch.preferred_max_bytes = 2 << 20;
    genesis.batch.absolute_max_bytes = 10 << 20;
    Ok(Arc::new(OrdererChannel::join(&Arc::new(node), dir, &genesis.block(CHANNEL))?))
}

/// A certificate takes most of a KiB.
fn envelopes(kit: &Kit, count: usize) -> Vec<Bytes> {
    let client = kit.client("one");
    let padding = SIZE.saturating_sub(client.message(CHANNEL, &[]).len()).max(8);
    (0..count).map(|n| client.message(CHANNEL, &vec![n as u8; padding])).collect()
}

async fn measure(
    solo: &Arc<Solo<TokioRuntime>>,
    alone: &[Bytes],
    many: &[Bytes],
) -> Result<(Duration, Duration)> {
    let mut latencies = Vec::new();
    for envelope in alone {
        let started = Instant::now();
        let answer = solo.submit(envelope.clone()).await.await;
        latencies.push(started.elapsed());
        check(&answer)?;
    }
    latencies.sort();
    let started = Instant::now();
    let each = many.len().div_ceil(CLIENTS).max(1);
    let clients: Vec<_> = many.chunks(each).map(|part| client(solo, part.to_vec())).collect();
    for client in clients {
        client.await??;
    }
    Ok((latencies[latencies.len() / 2], started.elapsed()))
}

/// One who sends without waiting for answers, and then wants them all.
fn client(
    solo: &Arc<Solo<TokioRuntime>>,
    envelopes: Vec<Bytes>,
) -> tokio::task::JoinHandle<std::result::Result<(), String>> {
    let solo = Arc::clone(solo);
    tokio::spawn(async move {
        let mut answers = Vec::new();
        for envelope in envelopes {
            answers.push(solo.submit(envelope).await);
        }
        for answer in answers {
            check(&answer.await)?;
        }
        Ok(())
    })
}

fn check(answer: &Answer) -> std::result::Result<(), String> {
    match answer {
        Answer::Ordered { .. } => Ok(()),
        other => Err(format!("not ordered: {other:?}")),
    }
}
