// SPDX-License-Identifier: Apache-2.0
//! Applications that write and read through the gateways of all peers, and write down what they did
//! and what they were told.
//!
//! Each has keys that only it writes; some keys are written by all, so that transactions of one
//! block come into each other's way.

use super::at_peers;
use crate::evidence::{CHAINCODE, number_in};
use crate::history::{History, Moment, Outcome, Read, Write};
use crate::judge::AtFault;
use crate::network::Topology;
use anyhow::{Result, ensure};
use node::client::{Call, Caller, ClientError, Endorsed, EndorserClient, GatewayClient};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use sys::sim::Dice;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tonic::Code;

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Applications at once.
    pub(crate) applications: usize,
    /// How long each waits between two calls.
    pub(crate) pause: Duration,
}

/// Applications at work.
#[derive(Debug)]
pub(crate) struct Load {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Shared {
    channel: String,
    peers: Vec<Peer>,
    begun: Instant,
    history: Mutex<History>,
    next: AtomicI64,
    /// One more than the highest block that was told.
    height: AtomicU64,
}

/// A peer as an application sees it.
#[derive(Debug)]
struct Peer {
    caller: Caller,
    gateway: GatewayClient,
    endorser: EndorserClient,
}

impl Load {
    /// Makes the keys, which takes a while, and goes to work.
    pub(crate) async fn start(topology: &Topology, pace: Pace, seed: u64) -> Result<Self> {
        let shared = Arc::new(Shared::new(topology)?);
        let mut making = JoinSet::new();
        let own = (0..pace.applications).flat_map(|one| (0..OWN).map(move |n| own_key(one, n)));
        for key in own.chain((0..COMMON).map(common_key)) {
            let shared = Arc::clone(&shared);
            making.spawn(async move { shared.make(key).await });
        }
        while let Some(made) = making.join_next().await {
            made??;
        }
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for one in 0..pace.applications {
            let application = Application {
                shared: Arc::clone(&shared),
                number: one,
                dice: Dice::new(seed ^ (one as u64 + 1).wrapping_mul(0x9e37_79b9)),
                pause: pace.pause,
            };
            tasks.spawn(application.work(stopped.clone()));
        }
        Ok(Self { shared, stop, tasks })
    }

    /// One more than the highest block that was told.
    pub(crate) fn height(&self) -> u64 {
        self.shared.height.load(Ordering::Relaxed)
    }

    /// How many writes were acknowledged so far.
    pub(crate) fn acknowledged(&self) -> usize {
        self.shared.history().count().acknowledged
    }

    /// Writes a key anew by way of each peer until that is acknowledged: how long the slowest took.
    pub(crate) async fn must_serve(&self, patience: Duration) -> Result<Duration> {
        let begun = Instant::now();
        for peer in 0..self.shared.peers.len() {
            loop {
                let key = format!("served-{}", self.shared.next.load(Ordering::Relaxed));
                let outcome = self.shared.write(peer, "create", key).await;
                if matches!(outcome, Outcome::Acknowledged { .. }) {
                    break;
                }
                let what = || {
                    let (peer, seconds) = (peer + 1, patience.as_secs());
                    format!("nothing through peer {peer} counts in {seconds} s: {outcome:?}")
                };
                ensure!(begun.elapsed() < patience, AtFault(what()));
                sleep(Duration::from_millis(100)).await;
            }
        }
        Ok(begun.elapsed())
    }

    /// Has all end what they have begun.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        self.stop.send_replace(true);
        while let Some(ended) = self.tasks.join_next().await {
            ended?;
        }
        Ok(())
    }

    /// What was done and told.
    pub(crate) fn history(&self) -> History {
        self.shared.history().clone()
    }
}

/// One that writes and reads until it is stopped.
struct Application {
    shared: Arc<Shared>,
    number: usize,
    dice: Dice,
    pause: Duration,
}

impl Application {
    async fn work(mut self, stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            let peer = self.below(self.shared.peers.len());
            let own = own_key(self.number, self.below(OWN));
            let common = common_key(self.below(COMMON));
            // What comes of a write is written down.
            match self.below(100) {
                0..55 => _ = self.shared.write(peer, "update", own).await,
                55..70 => _ = self.shared.write(peer, "update", common).await,
                70..85 => {
                    let key = format!("new-{}-{}", self.number, self.dice.roll());
                    _ = self.shared.write(peer, "create", key).await;
                }
                85..95 => self.shared.read(peer, own).await,
                _ => self.shared.read(peer, common).await,
            }
            sleep(self.pause).await;
        }
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.dice.below(end as u64)).unwrap_or(0)
    }
}

impl Shared {
    fn new(topology: &Topology) -> Result<Self> {
        let peers = at_peers(topology, "client")?.into_iter().map(|(caller, target)| {
            let channel = target.channel();
            let gateway = GatewayClient::new(&target.address, channel.clone());
            Peer { caller, gateway, endorser: EndorserClient::new(&target.address, channel) }
        });
        Ok(Self {
            channel: topology.channel.clone(),
            peers: peers.collect(),
            begun: Instant::now(),
            history: Mutex::default(),
            next: AtomicI64::new(1),
            height: AtomicU64::new(0),
        })
    }

    /// Makes a key, while nothing goes wrong yet.
    async fn make(&self, key: String) -> Result<()> {
        let mut outcome = Outcome::NeverSent;
        for turn in 0..100 {
            outcome = self.write(turn % self.peers.len(), "create", key.clone()).await;
            match outcome {
                Outcome::Acknowledged { .. } => return Ok(()),
                // It did not come in: once more.
                Outcome::NeverSent | Outcome::Invalid { .. } => {}
                Outcome::Refused | Outcome::Unknown => break,
            }
            sleep(Duration::from_millis(200)).await;
        }
        anyhow::bail!("before anything went wrong, {key} could not be made: {outcome:?}")
    }

    /// Sets a key to the next number, and writes down what came of it.
    async fn write(&self, peer: usize, function: &str, key: String) -> Outcome {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let value = number.to_string();
        let words = [function, key.as_str(), "blue", "1", "somebody", value.as_str()];
        let call = Call::new(&self.channel, CHAINCODE, words);
        let start = self.now();
        let (tx_id, ordered, outcome) = self.transaction(peer, &call).await;
        if let Outcome::Acknowledged { block, .. } | Outcome::Invalid { block, .. } = outcome {
            self.height.fetch_max(block + 1, Ordering::Relaxed);
        }
        let (end, told) = (self.now(), outcome.clone());
        let write = Write { number, key, tx_id, ordered, start, end, outcome: told };
        self.history().writes.push(write);
        outcome
    }

    /// Its id, if it was sent; whether it was said to be ordered; and what became of it.
    async fn transaction(&self, first: usize, call: &Call) -> (String, bool, Outcome) {
        let nothing = (String::new(), false, Outcome::NeverSent);
        let Some(Peer { caller, gateway, .. }) = self.peers.get(first) else { return nothing };
        let endorsed = timeout(ENDORSED, gateway.endorse(caller, call)).await;
        let Ok(Ok(endorsed)) = endorsed else { return nothing };
        let sent = timeout(SENT, gateway.submit(&endorsed)).await;
        let id = endorsed.tx_id.clone();
        if let Ok(Err(ClientError::Call(status))) = &sent
            && status.code() == Code::Aborted
        {
            return (id, false, Outcome::Refused);
        }
        // Sent or not as far as this one knows: any peer says what became of it.
        let outcome = self.status(first, &endorsed).await;
        (id, matches!(sent, Ok(Ok(()))), outcome)
    }

    async fn status(&self, first: usize, endorsed: &Endorsed) -> Outcome {
        let begun = Instant::now();
        for turn in first.. {
            let number = turn % self.peers.len();
            let Peer { caller, gateway, .. } = &self.peers[number];
            let asked = gateway.status(caller, endorsed);
            match timeout(TOLD, asked).await {
                Ok(Ok((block, code))) if code == VALID => {
                    return Outcome::Acknowledged { block, peer: number };
                }
                Ok(Ok((block, code))) => return Outcome::Invalid { block, code },
                Ok(Err(_)) => sleep(Duration::from_millis(100)).await,
                Err(_) => {}
            }
            if begun.elapsed() > GIVEN_UP {
                break;
            }
        }
        Outcome::Unknown
    }

    /// Asks a peer itself, and writes down what it says.
    async fn read(&self, peer: usize, key: String) {
        let Some(Peer { caller, endorser, .. }) = self.peers.get(peer) else { return };
        let call = Call::new(&self.channel, CHAINCODE, ["read", &key]);
        let start = self.now();
        let answer = timeout(ENDORSED, endorser.query(caller, &call)).await;
        let Ok(Ok(answer)) = answer else { return };
        // What is no asset is a number that nobody wrote.
        let number = number_in(&answer).unwrap_or(i64::MIN);
        let end = self.now();
        self.history().reads.push(Read { number, key, peer, start, end });
    }

    fn now(&self) -> Moment {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn own_key(application: usize, number: usize) -> String {
    format!("own-{application}-{number}")
}

fn common_key(number: usize) -> String {
    format!("common-{number}")
}

const VALID: proto::protos::TxValidationCode = proto::protos::TxValidationCode::Valid;
/// Keys that only one application writes, for each.
const OWN: usize = 4;
/// Keys that all write.
const COMMON: usize = 4;
const ENDORSED: Duration = Duration::from_secs(10);
const SENT: Duration = Duration::from_secs(15);
/// For one peer to say what became of a transaction, before another is asked.
const TOLD: Duration = Duration::from_secs(4);
/// Then it is not known what became of it.
const GIVEN_UP: Duration = Duration::from_secs(20);
