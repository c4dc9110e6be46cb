// SPDX-License-Identifier: Apache-2.0
//! Nodes in one process, with a network that can be cut.

use crate::chain::{Disk, TestChain, member};
use block::Block;
use gmca_consensus::raft::{
    BlockSource, LogStore, Parts, Raft, RaftOptions, State, Status, Threads, Transport,
    Unreachable, Worker,
};
use gmca_consensus::wal::{Options, SyncAtOnce, Wal};
use gmca_consensus::{Answer, Consenter, Member, Waiting};
use openraft_rt_tokio::TokioRuntime;
use proto::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;
use sys::sim::MemoryDisk;

pub(crate) type Node = Raft<TokioRuntime>;

/// What is shared: who can be reached, and whose blocks are where.
#[derive(Default)]
pub(crate) struct Net {
    nodes: Mutex<BTreeMap<Bytes, Weak<Node>>>,
    disks: Mutex<BTreeMap<Bytes, Disk>>,
    cut: Mutex<BTreeSet<(Bytes, Bytes)>>,
}

/// The network as one node has it.
struct Side {
    net: Arc<Net>,
    own: Bytes,
}

impl Net {
    fn is_cut(&self, a: &Bytes, b: &Bytes) -> bool {
        self.cut.lock().unwrap().contains(&(a.clone(), b.clone()))
    }

    fn reach(&self, from: &Bytes, to: &Member) -> Result<Arc<Node>, Unreachable> {
        if self.is_cut(from, &to.key) {
            return Err(Unreachable("the way is cut".to_owned()));
        }
        let node = self.nodes.lock().unwrap().get(&to.key).and_then(Weak::upgrade);
        node.ok_or_else(|| Unreachable("nobody is there".to_owned()))
    }
}

impl Transport for Side {
    fn call(&self, to: &Member, message: Bytes) -> Waiting<Result<Bytes, Unreachable>> {
        let (net, own, to) = (self.net.clone(), self.own.clone(), to.clone());
        Box::pin(async move {
            let node = net.reach(&own, &to)?;
            let answered = node.serve(own.clone(), message);
            drop(node);
            let answer = answered.await;
            match net.is_cut(&to.key, &own) {
                true => Err(Unreachable("the way back is cut".to_owned())),
                false => Ok(answer),
            }
        })
    }
}

impl BlockSource for Side {
    fn block(&self, from: &Member, number: u64) -> Waiting<Result<Block, Unreachable>> {
        let reached = self.net.reach(&self.own, from).map(drop);
        let disk = self.net.disks.lock().unwrap().get(&from.key).cloned();
        Box::pin(async move {
            reached?;
            let block = disk.and_then(|disk| disk.block(number));
            block.ok_or_else(|| Unreachable(format!("block {number} is not there")))
        })
    }
}

/// A node with its disks.
pub(crate) struct Host {
    pub(crate) number: usize,
    pub(crate) disk: Disk,
    log: MemoryDisk,
    running: Option<(Arc<Node>, Wal)>,
}

impl Host {
    pub(crate) fn open_log(&self) -> Wal {
        let volume: Arc<dyn sys::Volume> = Arc::new(self.log.clone());
        let syncer = Box::new(SyncAtOnce);
        Wal::open(&volume, Path::new("/wal"), Options::default(), syncer).unwrap()
    }
}

pub(crate) struct Cluster {
    pub(crate) net: Arc<Net>,
    pub(crate) hosts: Vec<Host>,
    pub(crate) options: RaftOptions,
    worker: Arc<dyn Worker>,
}

pub(crate) fn options() -> RaftOptions {
    RaftOptions {
        heartbeat: Duration::from_millis(50),
        election: Duration::from_millis(250),
        patience: Duration::from_secs(5),
        ..RaftOptions::default()
    }
}

impl Cluster {
    /// So many nodes found a channel.
    pub(crate) fn found(nodes: usize) -> Self {
        Self::with(nodes, options())
    }

    pub(crate) fn with(nodes: usize, options: RaftOptions) -> Self {
        let worker = Arc::new(Threads::start(2).unwrap());
        let mut cluster = Self { net: Arc::default(), hosts: Vec::new(), options, worker };
        let founders: Vec<_> = (0..nodes).collect();
        for number in 0..nodes {
            cluster.add(Disk::with_genesis(&founders));
            cluster.start(number);
        }
        cluster
    }

    /// A further node, not started.
    pub(crate) fn add(&mut self, disk: Disk) {
        let number = self.hosts.len();
        let key = member(number).key;
        self.net.disks.lock().unwrap().insert(key, disk.clone());
        self.hosts.push(Host { number, disk, log: MemoryDisk::new(64 << 20), running: None });
    }

    pub(crate) fn start(&mut self, number: usize) {
        let host = &mut self.hosts[number];
        let wal = host.open_log();
        let own = member(number).key;
        let side = Arc::new(Side { net: self.net.clone(), own: own.clone() });
        let parts = Parts {
            chain: TestChain::open(&host.disk),
            store: LogStore::new(wal.group("test").unwrap()),
            transport: side.clone(),
            source: side,
            worker: self.worker.clone(),
            entropy: Arc::new(sys::SystemEntropy),
            key: own.clone(),
        };
        let node = Arc::new(Node::start(parts, self.options).unwrap());
        self.net.nodes.lock().unwrap().insert(own, Arc::downgrade(&node));
        host.running = Some((node, wal));
    }

    pub(crate) fn node(&self, number: usize) -> Arc<Node> {
        self.hosts[number].running.as_ref().unwrap().0.clone()
    }

    pub(crate) fn status(&self, number: usize) -> Status {
        self.node(number).status()
    }

    /// Stops one; its disks are free then.
    pub(crate) async fn stop(&mut self, number: usize) {
        let (node, wal) = self.hosts[number].running.take().unwrap();
        node.stop().await;
        wal.close();
    }

    /// Takes everything from a node: log, notes, blocks but the first.
    pub(crate) fn wipe(&mut self, number: usize, disk: Disk) {
        let host = &mut self.hosts[number];
        assert!(host.running.is_none());
        (host.log, host.disk) = (MemoryDisk::new(64 << 20), disk);
        self.net.disks.lock().unwrap().insert(member(number).key, host.disk.clone());
    }

    /// Cuts all ways between two sides, both directions.
    pub(crate) fn cut(&self, a: &[usize], b: &[usize]) {
        let mut cut = self.net.cut.lock().unwrap();
        for (a, b) in a.iter().flat_map(|a| b.iter().map(move |b| (*a, *b))) {
            cut.insert((member(a).key, member(b).key));
            cut.insert((member(b).key, member(a).key));
        }
    }

    pub(crate) fn heal(&self) {
        self.net.cut.lock().unwrap().clear();
    }

    /// Waits until something holds; says what, when it never does.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..1500 {
            if holds(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let states: Vec<_> = self.running().map(|n| self.status(n)).collect();
        panic!("{what}: never; {states:#?}");
    }

    pub(crate) fn running(&self) -> impl Iterator<Item = usize> {
        self.hosts.iter().filter(|host| host.running.is_some()).map(|host| host.number)
    }

    /// Who leads, of these.
    pub(crate) async fn leader_of(&self, among: &[usize]) -> usize {
        self.until("a leader", |all| among.iter().any(|n| all.status(*n).leads)).await;
        // Of two, the one with the later term is it.
        let leads = among.iter().filter(|n| self.status(**n).leads);
        leads.copied().max_by_key(|n| self.status(*n).term).unwrap()
    }

    pub(crate) async fn leader(&self) -> usize {
        let all: Vec<_> = self.running().collect();
        self.leader_of(&all).await
    }

    /// Orders something through one node, however often that needs to be tried.
    pub(crate) async fn order(&self, through: usize, envelope: &str) -> u64 {
        for _ in 0..200 {
            let answer = self.try_order(through, envelope).await;
            match answer {
                Answer::Ordered { block } => return block,
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        panic!("{envelope} was never ordered: {:#?}", self.status(through));
    }

    pub(crate) async fn try_order(&self, through: usize, envelope: &str) -> Answer {
        let envelope = Bytes::copy_from_slice(envelope.as_bytes());
        self.node(through).submit(envelope).await.await
    }

    /// Waits until all that run have the same blocks, at least that many.
    pub(crate) async fn converge(&self, height: usize) {
        let same = |all: &Self| {
            let mut running = all.running();
            let first = running.next().map(|n| all.hosts[n].disk.envelopes()).unwrap();
            let heights = all.hosts[all.running().next().unwrap()].disk.blocks().len();
            heights >= height && running.all(|n| all.hosts[n].disk.envelopes() == first)
        };
        self.until("equal chains", same).await;
        for n in self.running() {
            assert!(!matches!(self.status(n).state, State::Failed(_)), "node {n}");
        }
    }
}
