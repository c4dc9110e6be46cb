// SPDX-License-Identifier: Apache-2.0
//! One machine: its disk, its clocks, and the real code that runs on it.

use crate::disk;
use crate::network::{Network, Reply, Service};
use crate::ports::{Directory, DiskSpeed, NodeClock, SimSyncer, SimWorker, Way};
use crate::runtime::{self, NodeId, SimRuntime};
use block::Block;
use consensus::raft::{Confirmation, LogStore, Parts, Raft, RaftOptions, Standing, force_single};
use consensus::wal::{self, Group, Wal};
use consensus::{Answer, Chain as _, Consenter as _, Refusal};
use openraft_rt::AsyncRuntime;
use orderer::testing::Kit;
use orderer::{OrdererChannel, Registrar};
use proto::Bytes;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use sys::sim::{Dice, Loss, MemoryDisk, SeededEntropy};
use sys::{Clock, Volume};

/// The engine on one channel.
pub type Engine = Raft<SimRuntime>;

/// What all machines share.
#[derive(Clone)]
pub struct Site {
    /// Keys, certificates, configurations.
    pub kit: Arc<Kit>,
    /// The links.
    pub network: Network,
    /// Who is where.
    pub directory: Directory,
    /// The first block of each channel.
    pub genesis: Arc<Vec<(String, Block)>>,
    /// The seed.
    pub seed: u64,
}

/// A machine.
pub struct Machine {
    /// Its number, from 1.
    pub node: NodeId,
    /// Its disk.
    pub disk: MemoryDisk,
    /// How fast that is.
    pub speed: DiskSpeed,
    /// Its time of day.
    pub clock: Arc<NodeClock>,
    /// How often it was started.
    pub life: u64,
    /// How often its disk was replaced.
    pub disks: u64,
    running: Option<Running>,
    site: Site,
}

struct Running {
    /// Its log, as long as it runs.
    _wal: Wal,
    parts: Vec<Part>,
    _registrar: Registrar,
}

/// A channel on a machine that runs.
pub struct Part {
    /// Its blocks and its configuration.
    pub channel: Arc<OrdererChannel>,
    /// Its log.
    pub group: Group,
    /// Its engine.
    pub engine: Arc<Engine>,
}

impl Machine {
    /// One with an empty disk, that stands still.
    #[must_use]
    pub fn new(node: NodeId, site: &Site) -> Self {
        Self {
            node,
            disk: disk::empty(),
            speed: DiskSpeed::new(),
            clock: Arc::new(NodeClock::new(Kit::now())),
            life: 0,
            disks: 0,
            running: None,
            site: site.clone(),
        }
    }

    /// Whether it runs.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.running.is_some()
    }

    /// A channel of it, while it runs.
    #[must_use]
    pub fn part(&self, channel: usize) -> Option<&Part> {
        self.running.as_ref()?.parts.get(channel)
    }

    /// Starts it from what is on its disk, on all channels of the site.
    ///
    /// # Errors
    /// What does not open, in words. Then it stands still.
    pub fn start(&mut self) -> Result<(), String> {
        self.life += 1;
        let node = self.node;
        let running = runtime::on_node(node, || self.open())?;
        for (number, part) in running.parts.iter().enumerate() {
            serve(&self.site.network, node, number, part, &self.site.directory);
        }
        self.running = Some(running);
        Ok(())
    }

    /// Its entropy: other bytes in each life.
    fn entropy(&self) -> Arc<SeededEntropy> {
        let mut dice = Dice::new(self.site.seed ^ (u64::from(self.node) << 32));
        let seed = (0..self.life).fold(0, |_, _| dice.roll());
        Arc::new(SeededEntropy::new(seed))
    }

    fn open(&self) -> Result<Running, String> {
        let (log, registrar) = self.open_disk()?;
        let names = self.site.genesis.iter().enumerate();
        let parts = names.map(|(number, (name, genesis))| {
            let channel = join(&registrar, name, genesis)?;
            let group = log.group(name).map_err(|error| format!("log of {name}: {error}"))?;
            self.part_of(number, channel, group)
        });
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        Ok(Running { _wal: log, parts, _registrar: registrar })
    }

    fn open_disk(&self) -> Result<(Wal, Registrar), String> {
        let volume: Arc<dyn Volume> = Arc::new(self.disk.clone());
        let options =
            wal::Options { segment_size: 64 << 10, salt: self.node, cached_bytes: 256 << 10 };
        let syncer = Box::new(SimSyncer::new(self.speed.clone()));
        let log = Wal::open(&volume, Path::new("wal"), options, syncer);
        let log = log.map_err(|error| format!("its log: {error}"))?;
        let clock: Arc<dyn Clock> = self.clock.clone();
        let seat = self.node as usize - 1;
        let orderer = self.site.kit.node(seat, volume, clock, self.entropy());
        let registrar = Registrar::open(orderer, Path::new("channels"));
        let registrar = registrar.map_err(|error| format!("its channels: {error}"))?;
        Ok((log, registrar))
    }

    fn part_of(
        &self,
        number: usize,
        channel: Arc<OrdererChannel>,
        group: Group,
    ) -> Result<Part, String> {
        let way = Arc::new(Way {
            network: self.site.network.clone(),
            from: self.node,
            channel: number,
            directory: Arc::clone(&self.site.directory),
        });
        let parts = Parts {
            chain: channel.clone(),
            store: LogStore::new(group.clone()),
            transport: way.clone(),
            source: way,
            worker: Arc::new(SimWorker::new(self.speed.clone())),
            entropy: self.entropy(),
            key: self.site.kit.member(self.node as usize - 1).key,
        };
        let engine = Engine::start(parts, OPTIONS);
        let engine = engine.map_err(|error| error.to_string())?;
        Ok(Part { channel, group, engine: Arc::new(engine) })
    }

    /// Makes the machine, which stands still, the only one that votes on a channel. What comes of
    /// it stands in what this gives, a while later.
    ///
    /// # Errors
    /// What does not open, in words.
    pub fn force_single(&self, channel: usize) -> Result<Forcing, String> {
        let (log, registrar) = runtime::on_node(self.node, || self.open_disk())?;
        let (name, _) = self.site.genesis.get(channel).ok_or("there is no such channel")?;
        let chain = registrar.get(name).map_err(|error| error.to_string())?;
        let group = log.group(name).map_err(|error| error.to_string())?;
        let key = self.site.kit.member(self.node as usize - 1).key;
        let confirmed = Confirmation { channel: name.clone(), height: chain.height() };
        let forcing = Forcing::default();
        let done = Arc::clone(&forcing);
        let task = async move {
            let store = LogStore::<SimRuntime>::new(group);
            let standing = Standing::of(&*chain);
            let forced = force_single::<_, SimRuntime>(store, &standing, &key, &confirmed).await;
            // Disk and channels are free again before anybody hears of it.
            drop((chain, registrar, log));
            let forced = forced.map(drop).map_err(|error| error.to_string());
            *done.lock().unwrap_or_else(PoisonError::into_inner) = Some(forced);
        };
        runtime::on_node(self.node, || drop(SimRuntime::spawn(task)));
        Ok(forcing)
    }

    /// It stops at once; of what was not synced, so much is lost.
    pub fn crash(&mut self, loss: Loss, dice: &mut Dice) {
        let left = disk::after_crash(&self.disk, loss, dice);
        self.drop_all();
        self.disk = left;
    }

    /// It stops at once, and its disk is gone.
    pub fn wipe(&mut self) {
        self.drop_all();
        self.disks += 1;
        self.disk = disk::empty();
    }

    /// Nothing of what it held writes to the disk any more.
    fn drop_all(&mut self) {
        self.disk.halt_after(0);
        self.site.network.close(self.node);
        runtime::crash(self.node);
        let running = self.running.take();
        runtime::on_node(self.node, || drop(running));
        runtime::crash(self.node);
    }
}

/// What came of making a machine the only one that votes; `None` while it goes on.
pub type Forcing = Arc<Mutex<Option<Result<(), String>>>>;

/// The channel of that name; it is joined when it is not there.
fn join(registrar: &Registrar, name: &str, genesis: &Block) -> Result<Arc<OrdererChannel>, String> {
    let channel = match registrar.get(name) {
        Err(orderer::Error::NotFound(_)) => registrar.join(genesis),
        other => other,
    };
    channel.map_err(|error| format!("channel {name}: {error}"))
}

/// Short times, so that much happens in a minute; a log that is purged often.
const OPTIONS: RaftOptions = RaftOptions {
    heartbeat: Duration::from_millis(100),
    election: Duration::from_millis(500),
    inflight: 5,
    snapshot_interval: 24 << 10,
    keep_entries: 8,
    queue: 100,
    patience: Duration::from_secs(4),
};

/// Lets the network reach a channel of a machine.
fn serve(network: &Network, node: NodeId, number: usize, part: &Part, directory: &Directory) {
    let (engine, directory) = (Arc::clone(&part.engine), Arc::clone(directory));
    let agree = move |from: NodeId, bytes: Bytes| -> Reply {
        let key = directory.iter().find(|(_, of)| **of == from).map(|(key, _)| key.clone());
        engine.serve(key.unwrap_or_default(), bytes)
    };
    network.serve(node, Service::Agree(number), Arc::new(agree));
    let channel = Arc::clone(&part.channel);
    let blocks = move |_, bytes: Bytes| -> Reply {
        let number = bytes.first_chunk().map(|bytes| u64::from_be_bytes(*bytes));
        let block = number.and_then(|number| channel.block(number).ok().flatten());
        Box::pin(async move { block.map(|block| block.encode()).unwrap_or_default() })
    };
    network.serve(node, Service::Blocks(number), Arc::new(blocks));
    let engine = Arc::clone(&part.engine);
    let submit = move |_, envelope: Bytes| -> Reply {
        let submitted = engine.submit(envelope);
        Box::pin(async move { Told::from(submitted.await.await).encode() })
    };
    network.serve(node, Service::Submit(number), Arc::new(submit));
}

/// What a client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is in that block.
    Ordered(u64),
    /// It never will be.
    Refused(String),
    /// Not now, or nobody knows.
    Again(String),
}

impl From<Answer> for Told {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Ordered { block } => Self::Ordered(block),
            Answer::Refused(Refusal::Unavailable(why)) | Answer::Unknown(why) => Self::Again(why),
            Answer::Refused(refusal) => Self::Refused(refusal.to_string()),
        }
    }
}

impl Told {
    fn encode(&self) -> Bytes {
        let (kind, rest) = match self {
            Self::Ordered(block) => (0, block.to_be_bytes().to_vec()),
            Self::Refused(why) => (1, why.clone().into_bytes()),
            Self::Again(why) => (2, why.clone().into_bytes()),
        };
        [&[kind], &rest[..]].concat().into()
    }

    /// Reads what a node answered.
    #[must_use]
    pub fn decode(bytes: &Bytes) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let text = || String::from_utf8_lossy(rest).into_owned();
        match kind {
            0 => Some(Self::Ordered(u64::from_be_bytes(*rest.first_chunk()?))),
            1 => Some(Self::Refused(text())),
            2 => Some(Self::Again(text())),
            _ => None,
        }
    }
}
