// SPDX-License-Identifier: Apache-2.0
//! Calls between nodes over links that lose, delay, repeat, reorder and part.
//!
//! Not here: what is in the bytes.

use crate::faults::{Coverage, FaultKind};
use crate::runtime::{self, NodeId, OUTSIDE, SimRuntime};
use openraft_rt::{AsyncRuntime, Oneshot, OneshotSender as _};
use openraft_rt_tokio::TokioOneshot;
use proto::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use sys::sim::Dice;

/// An answer that will come.
pub type Reply = Pin<Box<dyn Future<Output = Bytes> + Send>>;
/// What a node does with calls: who calls, and the bytes.
pub type Handler = Arc<dyn Fn(NodeId, Bytes) -> Reply + Send + Sync>;

/// What of a node is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Agreement on this channel.
    Agree(usize),
    /// Blocks of this channel.
    Blocks(usize),
    /// Envelopes for this channel.
    Submit(usize),
}

/// Nobody answered, or nobody knows whether somebody heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer")]
pub struct NoAnswer;

/// How the links are. A rate is in thousandths.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// A message takes at least so long.
    pub fastest: Duration,
    /// And at most, when nothing is wrong.
    pub slowest: Duration,
    /// Of a thousand messages, so many are lost.
    pub lost: u64,
    /// So many are delayed by up to [`LATE`].
    pub late: u64,
    /// So many requests arrive twice.
    pub repeated: u64,
}

/// How long a delayed message takes at most.
pub const LATE: Duration = Duration::from_millis(800);
/// After so long a caller hears of a link that is cut.
const SILENCE: Duration = Duration::from_secs(3);

impl Weather {
    /// A quiet local network.
    pub const FAIR: Self = Self {
        fastest: Duration::from_micros(200),
        slowest: Duration::from_millis(3),
        lost: 0,
        late: 0,
        repeated: 0,
    };
}

/// The links between all nodes. Clones are the same ones.
#[derive(Clone)]
pub struct Network(Arc<Mutex<State>>);

struct State {
    dice: Dice,
    weather: Weather,
    handlers: BTreeMap<(NodeId, Service), Handler>,
    cut: BTreeSet<(NodeId, NodeId)>,
    /// When the last message of a link arrives, to see one overtake another.
    arrivals: BTreeMap<(NodeId, NodeId), u64>,
    coverage: Coverage,
}

/// What the links do with one message.
struct Fate {
    lost: bool,
    repeated: bool,
    after: Duration,
}

impl Network {
    /// Links that are drawn from a seed, in fair weather.
    #[must_use]
    pub fn new(seed: u64, coverage: Coverage) -> Self {
        Self(Arc::new(Mutex::new(State {
            dice: Dice::new(seed),
            weather: Weather::FAIR,
            handlers: BTreeMap::new(),
            cut: BTreeSet::new(),
            arrivals: BTreeMap::new(),
            coverage,
        })))
    }

    /// Changes the weather.
    pub fn set_weather(&self, weather: Weather) {
        self.state().weather = weather;
    }

    /// Lets a node answer calls.
    pub fn serve(&self, node: NodeId, service: Service, handler: Handler) {
        self.state().handlers.insert((node, service), handler);
    }

    /// A node answers nothing any more.
    pub fn close(&self, node: NodeId) {
        let mut state = self.state();
        let (gone, left) =
            std::mem::take(&mut state.handlers).into_iter().partition(|((of, _), _)| *of == node);
        state.handlers = left;
        drop(state);
        // What a handler holds may want the network when it is dropped.
        drop::<BTreeMap<(NodeId, Service), Handler>>(gone);
    }

    /// A node answers nothing on this channel any more.
    pub fn close_service(&self, node: NodeId, service: Service) {
        let gone = self.state().handlers.remove(&(node, service));
        drop(gone);
    }

    /// Nothing goes from one node to the other any more.
    pub fn cut(&self, from: NodeId, to: NodeId) {
        self.state().cut.insert((from, to));
    }

    /// Cuts every link between two groups, in both directions.
    pub fn part(&self, one: &[NodeId], other: &[NodeId]) {
        for from in one {
            for to in other {
                self.cut(*from, *to);
                self.cut(*to, *from);
            }
        }
    }

    /// Every link is whole again.
    pub fn heal(&self) {
        self.state().cut.clear();
    }

    /// Calls a node, and waits for its answer for as long as it takes.
    ///
    /// # Errors
    /// [`NoAnswer`] when request or answer is lost, a link is cut or the node is not there.
    pub async fn call(
        &self,
        from: NodeId,
        to: NodeId,
        service: Service,
        bytes: Bytes,
    ) -> Result<Bytes, NoAnswer> {
        let (sender, receiver) = TokioOneshot::channel();
        let courier = self.clone();
        // What is on its way goes on when the caller dies.
        runtime::on_node(OUTSIDE, || {
            SimRuntime::spawn(async move {
                let answer = courier.carry(from, to, service, bytes).await;
                let _ = sender.send(answer);
            })
        });
        receiver.await.unwrap_or(Err(NoAnswer))
    }

    async fn carry(
        self,
        from: NodeId,
        to: NodeId,
        service: Service,
        bytes: Bytes,
    ) -> Result<Bytes, NoAnswer> {
        let fate = self.fate(from, to);
        if fate.repeated {
            let (again, bytes) = (self.clone(), bytes.clone());
            let later = self.fate(from, to).after;
            runtime::on_node(OUTSIDE, || {
                SimRuntime::spawn(async move {
                    SimRuntime::sleep(later).await;
                    let _ = again.deliver(from, to, service, bytes).await;
                })
            });
        }
        SimRuntime::sleep(fate.after).await;
        if fate.lost {
            return self.silence().await;
        }
        let answer = self.deliver(from, to, service, bytes).await?;
        let fate = self.fate(to, from);
        SimRuntime::sleep(fate.after).await;
        if fate.lost || self.is_cut(to, from) { self.silence().await } else { Ok(answer) }
    }

    /// A request arrives.
    async fn deliver(
        &self,
        from: NodeId,
        to: NodeId,
        service: Service,
        bytes: Bytes,
    ) -> Result<Bytes, NoAnswer> {
        if self.is_cut(from, to) {
            return self.silence().await;
        }
        let handler = self.state().handlers.get(&(to, service)).cloned();
        let handler = handler.ok_or(NoAnswer)?;
        let answer = runtime::on_node(to, || SimRuntime::spawn(handler(from, bytes)));
        answer.await.map_err(|_| NoAnswer)
    }

    async fn silence(&self) -> Result<Bytes, NoAnswer> {
        SimRuntime::sleep(SILENCE).await;
        Err(NoAnswer)
    }

    fn is_cut(&self, from: NodeId, to: NodeId) -> bool {
        self.state().cut.contains(&(from, to))
    }

    fn fate(&self, from: NodeId, to: NodeId) -> Fate {
        let mut state = self.state();
        let state = &mut *state;
        let (weather, dice) = (state.weather, &mut state.dice);
        let range = micros(weather.slowest).saturating_sub(micros(weather.fastest)) + 1;
        let mut after = weather.fastest + Duration::from_micros(dice.below(range));
        let mut happens = |rate: u64, kind: FaultKind| {
            let happens = dice.below(1000) < rate;
            if happens {
                state.coverage.count(kind);
            }
            happens
        };
        let lost = happens(weather.lost, FaultKind::Lost);
        let late = happens(weather.late, FaultKind::Delayed);
        let repeated = happens(weather.repeated, FaultKind::Repeated);
        if late {
            after += Duration::from_micros(dice.below(micros(LATE)));
        }
        let arrival = runtime::now() + after.as_nanos() as u64;
        let last = state.arrivals.entry((from, to)).or_insert(0);
        if arrival < *last {
            state.coverage.count(FaultKind::Reordered);
        }
        *last = (*last).max(arrival);
        Fate { lost, repeated, after }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Network")
    }
}
