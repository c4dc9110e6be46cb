// SPDX-License-Identifier: Apache-2.0
//! Nodes that agree, in this process: the engine is the real one; time, network and disks are not.

use super::chain::{CHANNEL, DemoChain};
use anyhow::{Context as _, Result};
use bccsp::Provider;
use block::Block;
use consensus::raft::{
    AtOnce, BlockSource, LogStore, Parts, Raft, RaftOptions, Transport, Unreachable,
};
use consensus::sim::{self, NodeId, SimRuntime};
use consensus::wal::{Options, SyncAtOnce, Wal};
use consensus::{Member, Waiting};
use proto::Bytes;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use sys::Volume;
use sys::sim::{Dice, MemoryDisk, SeededEntropy};

/// Heartbeats are a third of the shortest election timeout, which is 150 ms; the longest is 300 ms.
const OPTIONS: RaftOptions = RaftOptions {
    heartbeat: Duration::from_millis(50),
    election: Duration::from_millis(150),
    inflight: 5,
    snapshot_interval: 16 << 20,
    keep_entries: 20,
    queue: 100,
    patience: Duration::from_millis(1000),
};

pub(super) type Engine = Raft<SimRuntime>;

/// What runs on a node.
#[derive(Clone)]
pub(super) struct Running {
    pub(super) engine: Arc<Engine>,
    pub(super) chain: Arc<DemoChain>,
    /// Its log is closed with the last of these.
    _log: Arc<Wal>,
}

/// All nodes, from 1 on.
pub(super) struct Cluster {
    provider: Arc<dyn Provider>,
    seed: u64,
    disks: Vec<MemoryDisk>,
    net: Arc<Net>,
}

/// Who runs, and who hears whom.
#[derive(Default)]
struct Net(Mutex<State>);

#[derive(Default)]
struct State {
    running: BTreeMap<NodeId, Running>,
    /// Which side of a cut network a node is on.
    sides: BTreeMap<NodeId, usize>,
    dice: Option<Dice>,
}

impl Cluster {
    /// So many nodes with empty disks, none of which runs.
    pub(super) fn new(nodes: usize, provider: Arc<dyn Provider>, seed: u64) -> Self {
        let disks = (0..nodes).map(|_| MemoryDisk::new(usize::MAX)).collect();
        let net = Arc::new(Net::default());
        net.state().dice = Some(Dice::new(seed));
        Self { provider, seed, disks, net }
    }

    /// The numbers of all nodes.
    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (1..).take(self.disks.len())
    }

    /// What runs on a node, if it runs.
    pub(super) fn running(&self, node: NodeId) -> Option<Running> {
        self.net.state().running.get(&node).cloned()
    }

    /// Starts a node from what is on its disk.
    pub(super) fn start(&self, node: NodeId) -> Result<()> {
        let running = sim::on_node(node, || self.open(node))?;
        self.net.state().running.insert(node, running);
        Ok(())
    }

    fn open(&self, node: NodeId) -> Result<Running> {
        let place = usize::try_from(node)?.saturating_sub(1);
        let disk = self.disks.get(place).context("there is no such node")?;
        let volume: Arc<dyn Volume> = Arc::new(disk.clone());
        let log = Wal::open(&volume, Path::new("wal"), Options::default(), Box::new(SyncAtOnce))?;
        let members = self.nodes().map(member).collect();
        let chain = Arc::new(DemoChain::open(&volume, self.provider.clone(), members)?);
        let way = Arc::new(Way { net: self.net.clone(), from: node });
        let parts = Parts {
            chain: chain.clone(),
            store: LogStore::new(log.group(CHANNEL)?),
            transport: way.clone(),
            source: way,
            worker: Arc::new(AtOnce),
            entropy: Arc::new(SeededEntropy::new(self.seed ^ (u64::from(node) << 32))),
            key: member(node).key,
        };
        let engine = Arc::new(Engine::start(parts, OPTIONS)?);
        Ok(Running { engine, chain, _log: Arc::new(log) })
    }

    /// A node stops between two instructions.
    pub(super) fn kill(&self, node: NodeId) {
        sim::crash(node);
        let gone = self.net.state().running.remove(&node);
        sim::on_node(node, || drop(gone));
        sim::crash(node);
    }

    /// Cuts the network: nodes hear those of their own side only.
    pub(super) fn part(&self, sides: &[&[NodeId]]) {
        let sides = sides.iter().enumerate();
        let sides = sides.flat_map(|(side, nodes)| nodes.iter().map(move |node| (*node, side)));
        self.net.state().sides = sides.collect();
    }

    /// Mends the network.
    pub(super) fn heal(&self) {
        self.net.state().sides.clear();
    }
}

/// How a node is known.
fn member(node: NodeId) -> Member {
    let port = u16::try_from(node).unwrap_or(u16::MAX);
    Member { host: "node".to_owned(), port, key: format!("key of node {node}").into() }
}

impl Net {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who stands there, if the way is open.
    fn reach(&self, from: NodeId, to: &Member) -> Result<Running, Unreachable> {
        let (state, node) = (self.state(), NodeId::from(to.port));
        if state.sides.get(&from) != state.sides.get(&node) {
            return Err(Unreachable("the network is cut".to_owned()));
        }
        let found = state.running.get(&node).cloned();
        found.ok_or_else(|| Unreachable("the node does not run".to_owned()))
    }

    /// How long a message is on its way: 1 to 5 ms.
    fn delay(&self) -> Duration {
        let micros = self.state().dice.as_mut().map_or(0, |dice| dice.below(4000));
        Duration::from_micros(1000 + micros)
    }
}

/// The network as one node has it.
struct Way {
    net: Arc<Net>,
    from: NodeId,
}

impl Transport for Way {
    fn call(&self, to: &Member, message: Bytes) -> Waiting<Result<Bytes, Unreachable>> {
        let (net, from, to) = (self.net.clone(), self.from, to.clone());
        Box::pin(async move {
            sim::sleep(net.delay()).await;
            let node = net.reach(from, &to)?;
            // What it does for others it does itself: it ends with it.
            let key = member(from).key;
            let serve = || sim::spawn(node.engine.serve(key, message));
            let answer = sim::on_node(to.port.into(), serve).await;
            sim::sleep(net.delay()).await;
            net.reach(from, &to)?;
            answer.map_err(|gone| Unreachable(gone.to_string()))
        })
    }
}

impl BlockSource for Way {
    fn block(&self, from: &Member, number: u64) -> Waiting<Result<Block, Unreachable>> {
        let (net, own, from) = (self.net.clone(), self.from, from.clone());
        Box::pin(async move {
            sim::sleep(net.delay()).await;
            let found = net.reach(own, &from)?.chain.block(number);
            found.map_err(|error| Unreachable(error.to_string()))
        })
    }
}
