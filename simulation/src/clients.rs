// SPDX-License-Identifier: Apache-2.0
//! Clients: each sends one envelope after the other, each until somebody says that it is ordered.

use crate::invariants::History;
use crate::looking;
use crate::machine::Told;
use crate::network::{Network, Service};
use crate::runtime::{self, NodeId, OUTSIDE, SimRuntime};
use crate::trace::Trace;
use openraft_rt::AsyncRuntime;
use orderer::testing;
use proto::Bytes;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What is known of a channel, shared by the observer and the clients.
#[derive(Clone, Debug, Default)]
pub struct Known(Arc<Mutex<History>>);

impl Known {
    /// To be held for a moment only.
    pub fn history(&self) -> MutexGuard<'_, History> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How the clients of a world are doing. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<Numbers>>);

/// Numbers of all clients together.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    /// Envelopes that were sent, once or more often.
    pub sent: u64,
    /// Those that were acknowledged.
    pub acknowledged: u64,
    /// Those that were refused for good.
    pub refused: u64,
    /// Refusals of somebody who may write.
    pub wronged: Vec<String>,
    /// No further envelopes are begun.
    pub over: bool,
    /// Clients that have not yet ended.
    pub active: u64,
}

impl Tally {
    /// The numbers now.
    #[must_use]
    pub fn numbers(&self) -> Numbers {
        self.numbers_mut().clone()
    }

    /// Lets every client end when its envelope is acknowledged.
    pub fn finish(&self) {
        self.numbers_mut().over = true;
    }

    fn numbers_mut(&self) -> MutexGuard<'_, Numbers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where and how somebody sends.
#[derive(Clone, Debug)]
pub struct Post {
    /// The links.
    pub network: Network,
    /// The machines to send to.
    pub nodes: Vec<NodeId>,
    /// The channel's number.
    pub channel: usize,
    /// What is known of it.
    pub known: Known,
    /// Where it is written down.
    pub trace: Trace,
    /// All numbers.
    pub tally: Tally,
}

/// After so long somebody asks another.
const PATIENCE: Duration = Duration::from_secs(6);

impl Post {
    /// Sends an envelope to one machine, and gives what that said.
    pub async fn send(&self, to: NodeId, envelope: Bytes) -> Told {
        let call = self.network.call(OUTSIDE, to, Service::Submit(self.channel), envelope);
        match SimRuntime::timeout(PATIENCE, call).await {
            Ok(Ok(bytes)) => Told::decode(&bytes),
            _ => None,
        }
        .unwrap_or_else(|| Told::Again("no answer".to_owned()))
    }

    /// Sends an envelope to any machine until one takes or refuses it.
    pub async fn send_until_told(&self, envelope: Bytes) -> Told {
        loop {
            let any = runtime::roll() % self.nodes.len() as u64;
            let to = self.nodes[usize::try_from(any).unwrap_or(0)];
            match self.send(to, envelope.clone()).await {
                Told::Again(_) => {
                    let pause = 20 + runtime::roll() % 200;
                    SimRuntime::sleep(Duration::from_millis(pause)).await;
                }
                told => return told,
            }
        }
    }
}

/// Who sends on and on.
pub struct Sender {
    /// Where to.
    pub post: Post,
    /// Its number.
    pub number: u32,
    /// Its key and certificate.
    pub client: testing::Client,
    /// The channel's name.
    pub name: String,
    /// Between two envelopes, at most.
    pub pause: Duration,
    /// Whether it writes its envelopes in a form that nobody else would.
    pub is_odd: bool,
}

impl Sender {
    /// Sends until the numbers say that it is over.
    pub async fn run(self) {
        self.post.tally.numbers_mut().active += 1;
        let mut count = 0_u64;
        while !self.post.tally.numbers().over && !self.is_revoked() {
            let most = u64::try_from(self.pause.as_micros()).unwrap_or(u64::MAX).max(1);
            SimRuntime::sleep(Duration::from_micros(runtime::roll() % most)).await;
            count += 1;
            self.one(count).await;
        }
        self.post.tally.numbers_mut().active -= 1;
    }

    fn is_revoked(&self) -> bool {
        self.post.known.history().is_revoked(self.number)
    }

    /// Every other envelope is a transaction, of few keys so that they meet.
    fn envelope(&self, count: u64) -> Bytes {
        let value = format!("{}-{count}", self.number);
        let envelope = if count.is_multiple_of(2) {
            self.client.transaction(&self.name, &format!("key{}", count % 7), value.as_bytes())
        } else {
            self.client.message(&self.name, value.as_bytes())
        };
        if self.is_odd { odd(&envelope) } else { envelope }
    }

    async fn one(&self, count: u64) {
        let envelope = self.envelope(count);
        let digest = looking::envelope(&envelope);
        self.post.known.history().sent(digest, self.number);
        self.post.tally.numbers_mut().sent += 1;
        let told = self.post.send_until_told(envelope).await;
        let (number, trace) = (self.number, &self.post.trace);
        match told {
            Told::Ordered(block) => {
                trace.note(format_args!("client {number} envelope {count} in block {block}"));
                self.post.known.history().acknowledge(digest, block);
                self.post.tally.numbers_mut().acknowledged += 1;
            }
            Told::Refused(why) => {
                trace.note(format_args!("client {number} envelope {count} refused: {why}"));
                let mut numbers = self.post.tally.numbers_mut();
                numbers.refused += 1;
                if !self.is_suspect() {
                    numbers.wronged.push(format!("client {number}: {why}"));
                }
            }
            Told::Again(_) => {}
        }
    }

    fn is_suspect(&self) -> bool {
        self.post.known.history().is_suspect(self.number)
    }
}

/// The same envelope in another form: a field that nobody knows behind those that all know.
fn odd(envelope: &Bytes) -> Bytes {
    // Field 15, a varint.
    [&envelope[..], &[0x78, 0x01]].concat().into()
}
