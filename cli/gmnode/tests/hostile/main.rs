// SPDX-License-Identifier: Apache-2.0
//! Two hundred connections that mean no good, at all ports of an orderer and a peer at once, while a good
//! client goes on. Nobody is refused, no process grows beyond its bound, and who says nothing is closed.
#![allow(clippy::disallowed_methods)] // tests touch the real disk and clock
#![allow(unreachable_pub)] // one program of several files

mod attacks;
mod frames;
mod network;
#[path = "../run/mod.rs"]
mod run;
mod windows;

use attacks::{Attack, GRPC, WEB};
use network::{Network, Port, Speaks};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

/// Connections that mean no good, over all ports.
const CONNECTIONS: usize = 200;
/// How long they go on: longer than a server waits for the first words of a client.
const TIME: Duration = Duration::from_secs(20);
/// What the good client does in that time, at least.
const ROUNDS: usize = 3;
/// What a process may grow by, in bytes. Messages that are announced and come in part have room for 400 MiB in
/// these attacks; without bounds they take more than a gibibyte.
const GROWTH: u64 = 384 << 20;
/// Before somebody comes again whose connection was ended.
const PAUSE: Duration = Duration::from_secs(1);
/// For a server to close a connection that has said nothing, on a slow machine.
const CLOSED: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_connections_that_mean_no_good() {
    let network = Network::up().await;
    network.good().await;
    let before: Vec<u64> = network.processes().map(|(_, id)| memory(id)).collect();
    let silent = silent(&network).await;
    let stop = Arc::new(AtomicBool::new(false));
    // They are another process, as it were: the good client has its own threads.
    let theirs = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let theirs = theirs.unwrap();
    let made = attack(&network, &stop, theirs.handle());
    let watched = network.processes().map(|(_, id)| watch(id, &stop)).collect::<Vec<_>>();
    let (begun, mut rounds) = (Instant::now(), Vec::new());
    while begun.elapsed() < TIME || rounds.len() < ROUNDS {
        let round = Instant::now();
        // Each part of it has its own patience.
        network.good().await;
        rounds.push(round.elapsed());
    }
    closed(silent).await;
    stop.store(true, Ordering::Relaxed);
    theirs.shutdown_background();
    network.good().await;
    let (made, longest) = (made.load(Ordering::Relaxed), rounds.iter().max());
    println!("{made} connections, {} rounds of good work, the longest {longest:.1?}", rounds.len());
    assert!(made >= CONNECTIONS);
    for ((name, _), (before, watched)) in network.processes().zip(before.iter().zip(watched)) {
        let most = watched.await.unwrap();
        println!("{name}: {} MiB before, {} MiB at most", before >> 20, most >> 20);
        assert!(most.saturating_sub(*before) < GROWTH, "{name} grew from {before} to {most} bytes");
    }
}

/// The most memory that a process has in use until then, in bytes.
fn watch(id: u32, stop: &Arc<AtomicBool>) -> JoinHandle<u64> {
    let stop = Arc::clone(stop);
    tokio::spawn(async move {
        let mut most = 0;
        while !stop.load(Ordering::Relaxed) {
            most = memory(id).max(most);
            sleep(Duration::from_millis(50)).await;
        }
        most
    })
}

/// Every attack at every port that it is for, again and again; how many connections were made.
fn attack(network: &Network, stop: &Arc<AtomicBool>, on: &Handle) -> Arc<AtomicUsize> {
    let made = Arc::new(AtomicUsize::new(0));
    let ports = network.ports();
    let pairs = ports.iter().flat_map(|port| {
        let attacks = match port.speaks {
            Speaks::Grpc => GRPC,
            Speaks::Web => WEB,
        };
        attacks.iter().map(move |attack| (port, attack))
    });
    let pairs: Vec<(&Port, &Attack)> = pairs.collect();
    for (port, attack) in pairs.iter().cycle().take(CONNECTIONS) {
        let (port, attack) = (Port::clone(port), **attack);
        let (made, stop) = (Arc::clone(&made), Arc::clone(stop));
        on.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                made.fetch_add(1, Ordering::Relaxed);
                attack.at(&port).await;
                sleep(PAUSE).await;
            }
        });
    }
    made
}

/// Two connections to each port that say nothing, or too little.
async fn silent(network: &Network) -> JoinSet<()> {
    let mut all = JoinSet::new();
    for port in network.ports() {
        for words in [&b""[..], b"PRI * HTTP"] {
            let (name, mut stream) = (port.name, port.plain().await.expect("it is open"));
            all.spawn(async move {
                attacks::say(&mut stream, words).await;
                let end = timeout(CLOSED, attacks::read_to_end(&mut stream)).await;
                assert!(end.is_ok(), "{name}: a silent connection is closed");
            });
        }
    }
    all
}

async fn closed(mut silent: JoinSet<()>) {
    while let Some(one) = silent.join_next().await {
        one.unwrap();
    }
}

/// The memory of a process that is in use, in bytes.
fn memory(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
}
