// SPDX-License-Identifier: Apache-2.0
//! What the real code asks of its surroundings, made of the simulated ones.

use crate::network::{Network, Service};
use crate::runtime::{self, NodeId, SimRuntime};
use block::Block;
use consensus::raft::{BlockSource, Transport, Unreachable, Work, Worker};
use consensus::wal::{self, Syncer};
use consensus::{Member, Waiting};
use openraft_rt::AsyncRuntime;
use proto::Bytes;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use sys::{Clock, Timestamp};

/// The time of day of one node.
#[derive(Debug)]
pub struct NodeClock {
    begin: Timestamp,
    /// Seconds that it is ahead of the others.
    ahead: AtomicI64,
}

impl NodeClock {
    /// One that shows `begin` when the world begins.
    #[must_use]
    pub fn new(begin: Timestamp) -> Self {
        Self { begin, ahead: AtomicI64::new(0) }
    }

    /// Moves it, in either direction.
    pub fn jump(&self, seconds: i64) {
        self.ahead.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Sets it right.
    pub fn set_right(&self) {
        self.ahead.store(0, Ordering::SeqCst);
    }
}

impl Clock for NodeClock {
    fn now(&self) -> Timestamp {
        let since = runtime::now() / 1_000_000_000;
        let now = self.begin.0.saturating_add(since);
        Timestamp(now.saturating_add_signed(self.ahead.load(Ordering::SeqCst)))
    }

    fn sleep(&self, _: Duration) {
        // Who blocks the one thread there is does not let time pass.
    }
}

/// How long a node's disk takes.
#[derive(Clone, Debug)]
pub struct DiskSpeed(Arc<AtomicU64>);

impl DiskSpeed {
    /// A good one.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(AtomicU64::new(FAST)))
    }

    /// Up to so many microseconds for a sync.
    pub fn set(&self, micros: u64) {
        self.0.store(micros, Ordering::SeqCst);
    }

    /// As it was.
    pub fn set_right(&self) {
        self.set(FAST);
    }

    /// How long the next sync takes, as the seed says.
    fn next(&self) -> Duration {
        let most = self.0.load(Ordering::SeqCst).max(1);
        Duration::from_micros(most / 10 + runtime::roll() % most)
    }
}

impl Default for DiskSpeed {
    fn default() -> Self {
        Self::new()
    }
}

/// Microseconds of a sync, on a disk that is not slow.
const FAST: u64 = 1500;

/// Syncs the log a while after it was asked to: what was written is lost when the node crashes
/// before.
#[derive(Debug)]
pub struct SimSyncer {
    speed: DiskSpeed,
    asked: Arc<AtomicBool>,
    stopped: Arc<AtomicBool>,
}

impl SimSyncer {
    /// One with a disk of that speed.
    #[must_use]
    pub fn new(speed: DiskSpeed) -> Self {
        Self { speed, asked: Arc::default(), stopped: Arc::default() }
    }
}

impl Syncer for SimSyncer {
    fn wake(&self, work: wal::Work) {
        if self.asked.swap(true, Ordering::SeqCst) {
            return;
        }
        let (asked, stopped) = (Arc::clone(&self.asked), Arc::clone(&self.stopped));
        let after = self.speed.next();
        drop(SimRuntime::spawn(async move {
            SimRuntime::sleep(after).await;
            asked.store(false, Ordering::SeqCst);
            if !stopped.load(Ordering::SeqCst) {
                work.run();
            }
        }));
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }
}

/// Does long work a while after it was asked for, in the order of asking.
pub struct SimWorker {
    speed: DiskSpeed,
    queue: Arc<Mutex<Queue>>,
}

#[derive(Default)]
struct Queue {
    work: std::collections::VecDeque<Work>,
    busy: bool,
}

impl SimWorker {
    /// One with a disk of that speed.
    #[must_use]
    pub fn new(speed: DiskSpeed) -> Self {
        Self { speed, queue: Arc::default() }
    }
}

impl Worker for SimWorker {
    fn run(&self, work: Work) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.work.push_back(work);
        if std::mem::replace(&mut queue.busy, true) {
            return;
        }
        let (queue, speed) = (Arc::clone(&self.queue), self.speed.clone());
        drop(SimRuntime::spawn(async move {
            loop {
                SimRuntime::sleep(speed.next()).await;
                let next = {
                    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
                    let next = queue.work.pop_front();
                    queue.busy = next.is_some();
                    next
                };
                match next {
                    Some(work) => work(),
                    None => return,
                }
            }
        }));
    }
}

/// Which machine a key is of.
pub type Directory = Arc<BTreeMap<Bytes, NodeId>>;

/// The way of one node to the others, for one channel.
#[derive(Clone, Debug)]
pub struct Way {
    /// The links.
    pub network: Network,
    /// Who calls.
    pub from: NodeId,
    /// The channel.
    pub channel: usize,
    /// Who is where.
    pub directory: Directory,
}

impl Way {
    fn call(
        &self,
        to: &Member,
        service: Service,
        bytes: Bytes,
    ) -> Waiting<Result<Bytes, Unreachable>> {
        let (way, to) = (self.clone(), self.directory.get(&to.key).copied());
        Box::pin(async move {
            let nobody = || Unreachable("nobody has that key".to_owned());
            let to = to.ok_or_else(nobody)?;
            let answer = way.network.call(way.from, to, service, bytes).await;
            answer.map_err(|error| Unreachable(error.to_string()))
        })
    }
}

impl Transport for Way {
    fn call(&self, to: &Member, message: Bytes) -> Waiting<Result<Bytes, Unreachable>> {
        Way::call(self, to, Service::Agree(self.channel), message)
    }
}

impl BlockSource for Way {
    fn block(&self, from: &Member, number: u64) -> Waiting<Result<Block, Unreachable>> {
        let request = Bytes::copy_from_slice(&number.to_be_bytes());
        let call = Way::call(self, from, Service::Blocks(self.channel), request);
        Box::pin(async move {
            let bytes = call.await?;
            Block::decode(bytes).map_err(|error| Unreachable(error.to_string()))
        })
    }
}
