// SPDX-License-Identifier: Apache-2.0
//! Nodes in one process: real disks, real threads, and calls instead of sockets.

use crate::Result;
use bccsp::{EngineChoice, Providers, Suite};
use block::Block;
use consensus::raft::{
    BlockSource, LogStore, Parts, Raft, RaftOptions, Threads, Transport, Unreachable, Worker,
};
use consensus::wal::{self, SyncThread, Wal};
use consensus::{Consenter as _, Member, Waiting};
use openraft_rt_tokio::TokioRuntime;
use orderer::OrdererChannel;
use orderer::testing::{Genesis, Kit};
use proto::Bytes;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use sys::sim::SetClock;
use sys::{Clock, Entropy, SystemDisk, SystemEntropy, Volume};

pub(crate) type Engine = Raft<TokioRuntime>;

/// A short election, so that it is soon over; heartbeats as usual beside it.
const OPTIONS: RaftOptions = RaftOptions {
    heartbeat: Duration::from_millis(100),
    election: Duration::from_millis(500),
    inflight: 5,
    snapshot_interval: 16 << 20,
    keep_entries: 20,
    queue: 20_000,
    patience: Duration::from_secs(60),
};

/// A channel on a node.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) engine: Arc<Engine>,
    pub(crate) chain: Arc<OrdererChannel>,
}

/// Who is where: node and channel.
#[derive(Default)]
struct Net(Mutex<BTreeMap<(Bytes, String), Place>>);

pub(crate) struct Site {
    pub(crate) kit: Kit,
    folder: PathBuf,
    net: Arc<Net>,
    worker: Arc<dyn Worker>,
    logs: Vec<Option<Wal>>,
}

/// A kit of a family on the fastest engine, with that many nodes.
pub(crate) fn kit(suite: Suite, nodes: usize) -> Result<Kit> {
    let providers = Arc::new(Providers::new(suite, EngineChoice::Auto)?);
    Ok(Kit::with(providers, Arc::new(SystemEntropy), nodes))
}

/// A node on the real disk.
pub(crate) fn node(kit: &Kit, index: usize) -> orderer::Node {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let clock: Arc<dyn Clock> = Arc::new(SetClock::new(Kit::now()));
    let mut node = (*kit.node(index, Arc::new(SystemDisk), clock, entropy)).clone();
    node.options = ledger::blocks::Options::default();
    node
}

/// The first block of a channel whose blocks take that many envelopes.
pub(crate) fn genesis(kit: &Kit, channel: &str, consenters: usize, max_messages: u32) -> Block {
    let mut genesis = Genesis::new(kit, consenters);
    genesis.batch.max_messages = max_messages;
    genesis.batch.preferred_max_bytes = 2 << 20;
    genesis.batch.absolute_max_bytes = 10 << 20;
    genesis.block(channel)
}

impl Site {
    /// Nodes that are not started.
    pub(crate) fn new(suite: Suite, nodes: usize, folder: &Path) -> Result<Self> {
        let worker = Arc::new(Threads::start(2)?);
        let logs = (0..nodes).map(|_| None).collect();
        let (net, folder) = (Arc::default(), folder.to_path_buf());
        Ok(Self { kit: kit(suite, nodes)?, folder, net, worker, logs })
    }

    fn key(&self, node: usize) -> Bytes {
        self.kit.member(node).key
    }

    /// Starts a channel on a node.
    pub(crate) fn start(&mut self, index: usize, block: &Block, name: &str) -> Result<Place> {
        let volume: Arc<dyn Volume> = Arc::new(SystemDisk);
        let home = self.folder.join(format!("node{index}"));
        if self.logs[index].is_none() {
            let syncer = Box::new(SyncThread::start()?);
            let log = Wal::open(&volume, &home.join("wal"), wal::Options::default(), syncer)?;
            self.logs[index] = Some(log);
        }
        let log = self.logs[index].as_ref().expect("it was opened");
        let (node, dir) = (Arc::new(node(&self.kit, index)), home.join(name));
        let chain = if dir.exists() {
            OrdererChannel::open(&node, &dir)?
        } else {
            OrdererChannel::join(&node, &dir, block)?
        };
        let chain = Arc::new(chain);
        let way = Way { net: self.net.clone(), own: self.key(index), channel: name.to_owned() };
        let way = Arc::new(way);
        let parts = Parts {
            chain: chain.clone(),
            store: LogStore::new(log.group(name)?),
            transport: way.clone(),
            source: way,
            worker: self.worker.clone(),
            entropy: Arc::new(SystemEntropy),
            key: self.key(index),
        };
        let place = Place { engine: Arc::new(Engine::start(parts, OPTIONS)?), chain };
        self.net.0.lock().unwrap().insert((self.key(index), name.to_owned()), place.clone());
        Ok(place)
    }

    /// Takes a channel of a node off the net, as a node that stopped would be.
    pub(crate) fn cut(&self, index: usize, name: &str) -> Option<Place> {
        self.net.0.lock().unwrap().remove(&(self.key(index), name.to_owned()))
    }

    /// Stops a channel of a node.
    pub(crate) async fn stop(&self, index: usize, name: &str) {
        if let Some(place) = self.cut(index, name) {
            place.engine.stop().await;
        }
    }

    /// The place that leads, once there is one.
    pub(crate) async fn leader(&self, name: &str) -> Place {
        loop {
            let places: Vec<_> = {
                let net = self.net.0.lock().unwrap();
                net.iter().filter(|(at, _)| at.1 == name).map(|(_, place)| place.clone()).collect()
            };
            if let Some(place) = places.into_iter().find(|place| place.engine.status().leads) {
                return place;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

struct Way {
    net: Arc<Net>,
    own: Bytes,
    channel: String,
}

impl Way {
    /// Nobody reaches others who is cut off.
    fn reach(&self, to: &Member) -> std::result::Result<Place, Unreachable> {
        let net = self.net.0.lock().unwrap();
        let find = |key: &Bytes| net.get(&(key.clone(), self.channel.clone())).cloned();
        match (find(&self.own), find(&to.key)) {
            (Some(_), Some(place)) => Ok(place),
            _ => Err(Unreachable("it does not run".to_owned())),
        }
    }
}

impl Transport for Way {
    fn call(
        &self,
        to: &Member,
        message: Bytes,
    ) -> Waiting<std::result::Result<Bytes, Unreachable>> {
        let reached = self.reach(to).map(|place| place.engine.serve(self.own.clone(), message));
        Box::pin(async move { Ok(reached?.await) })
    }
}

impl BlockSource for Way {
    fn block(
        &self,
        from: &Member,
        number: u64,
    ) -> Waiting<std::result::Result<Block, Unreachable>> {
        let found = self.reach(from).and_then(|place| {
            let block = place.chain.block(number).ok().flatten();
            block.ok_or_else(|| Unreachable("it is not there".to_owned()))
        });
        Box::pin(async move { found })
    }
}
