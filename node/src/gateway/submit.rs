// SPDX-License-Identifier: Apache-2.0
//! Transactions go to an orderer of their channel: to the one that did well last, over a stream that
//! stays open, and to another one when that is not there, is slow, or has no leader. So a
//! transaction may be ordered twice; of two, peers take the first.
//!
//! Not here: whether an orderer takes it, which it says itself.

use super::failure::Failure;
use super::lane::{Lane, Lost};
use super::peers::Connections;
use crate::tls::roots_of;
use channel::{Channel as Configuration, Organization};
use proto::common::{Envelope, Status};
use proto::gateway::ErrorDetail;
use proto::orderer::BroadcastResponse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};
use tonic::Code;

/// The orderers of all channels.
pub(super) struct Orderers {
    connections: Connections,
    /// How long an orderer may be silent.
    wait: Duration,
    /// How long orderers without a leader are asked again.
    patience: Duration,
    lanes: Mutex<BTreeMap<(String, String), Arc<Lane>>>,
    /// Counts up when an orderer does badly, for each channel.
    turns: Mutex<BTreeMap<String, usize>>,
    first_turn: usize,
}

/// An orderer.
#[derive(Clone, Debug)]
struct Orderer {
    msp_id: String,
    address: String,
}

/// What is to be sent, and until when.
#[derive(Debug)]
pub(super) struct Order<'a> {
    pub(super) config: &'a Configuration,
    pub(super) envelope: Envelope,
    pub(super) until: Instant,
}

/// What became of one attempt.
enum Attempt {
    Done,
    /// The envelope is refused, here and elsewhere.
    Refused(String),
    /// Another orderer may take it.
    Elsewhere {
        why: String,
        /// Whether this one may, too, when it has a leader again.
        is_there: bool,
    },
}

impl Orderers {
    pub(super) fn new(
        connections: Connections,
        wait: Duration,
        patience: Duration,
        first_turn: usize,
    ) -> Self {
        let (lanes, turns) = (Mutex::default(), Mutex::default());
        Self { connections, wait, patience, lanes, turns, first_turn }
    }

    /// Sends an envelope until an orderer has taken it.
    pub(super) async fn submit(&self, order: Order<'_>) -> Result<(), Failure> {
        let give_up = Instant::now() + self.patience;
        loop {
            let orderers = self.in_turn(order.config);
            let mut details = Vec::new();
            let mut is_worth = false;
            for (at, orderer) in orderers.iter().enumerate() {
                let others = orderers.len() > at.saturating_add(1);
                match self.attempt(&order, orderer, others).await {
                    Attempt::Done => return Ok(()),
                    Attempt::Refused(why) => {
                        let detail = orderer.detail(why.clone());
                        return Err(Failure::new(Code::Aborted, why).with(vec![detail]));
                    }
                    Attempt::Elsewhere { why, is_there } => {
                        details.push(orderer.detail(why));
                        is_worth |= is_there;
                    }
                }
                self.turn(order.config.id());
                if Instant::now() >= order.until {
                    return Err(late().with(details));
                }
            }
            if !is_worth || Instant::now() >= give_up {
                return Err(none(orderers.is_empty()).with(details));
            }
            sleep(PAUSE).await;
        }
    }

    /// Sends it to one orderer; several times only where others' envelopes ended the stream.
    async fn attempt(&self, order: &Order<'_>, orderer: &Orderer, others: bool) -> Attempt {
        let began = Instant::now();
        let share = super::evaluate::share(order.until, others);
        for _ in 0..TIMES {
            let sent = timeout_at(share, self.send(order, orderer)).await;
            match sent {
                Ok(Ok(answer)) => return judged(&answer),
                Ok(Err(Lost::Behind)) => {}
                Ok(Err(Lost::Broken(why))) => {
                    self.forget(order.config.id(), orderer, &why);
                    return Attempt::Elsewhere { why, is_there: false };
                }
                Err(_) => {
                    let why = "no answer in time";
                    // A client in a hurry says nothing about the orderer.
                    if began.elapsed() >= self.wait / 8 {
                        self.forget(order.config.id(), orderer, why);
                    }
                    return Attempt::Elsewhere { why: why.to_owned(), is_there: false };
                }
            }
        }
        let why = "its stream was ended again and again".to_owned();
        Attempt::Elsewhere { why, is_there: true }
    }

    async fn send(&self, order: &Order<'_>, orderer: &Orderer) -> Result<BroadcastResponse, Lost> {
        let lane = self.lane(order.config, orderer).await?;
        lane.send(order.envelope.clone()).await
    }

    /// The open stream to an orderer, or a new one.
    async fn lane(&self, config: &Configuration, orderer: &Orderer) -> Result<Arc<Lane>, Lost> {
        let key = (config.id().to_owned(), orderer.address.clone());
        let open = |lanes: &BTreeMap<_, Arc<Lane>>| {
            lanes.get(&key).filter(|lane| lane.is_open()).map(Arc::clone)
        };
        if let Some(lane) = open(&self.lanes()) {
            return Ok(lane);
        }
        let roots = roots(config, &orderer.address).map_err(Lost::Broken)?;
        let connection = self.connections.get(&orderer.address, &roots).await;
        let connection = connection.map_err(Lost::Broken)?;
        let mut lanes = self.lanes();
        if let Some(lane) = open(&lanes) {
            return Ok(lane);
        }
        let lane = Arc::new(Lane::open(connection));
        lanes.insert(key, Arc::clone(&lane));
        Ok(lane)
    }

    fn forget(&self, channel: &str, orderer: &Orderer, why: &str) {
        tracing::warn!(channel, orderer = orderer.address, why, "an orderer does not answer");
        self.connections.forget(&orderer.address);
        let lane = self.lanes().remove(&(channel.to_owned(), orderer.address.clone()));
        if let Some(lane) = lane {
            lane.abandon(why);
        }
    }

    /// All of a channel, the one that did well last first.
    fn in_turn(&self, config: &Configuration) -> Vec<Orderer> {
        let mut all = all(config);
        let turn = self.turns().get(config.id()).copied().unwrap_or(self.first_turn);
        let from = turn.checked_rem(all.len()).unwrap_or(0);
        all.rotate_left(from);
        all
    }

    fn turn(&self, channel: &str) {
        let mut turns = self.turns();
        let turn = turns.entry(channel.to_owned()).or_insert(self.first_turn);
        *turn = turn.wrapping_add(1);
    }

    fn lanes(&self) -> MutexGuard<'_, BTreeMap<(String, String), Arc<Lane>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turns(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Orderer {
    fn detail(&self, message: String) -> ErrorDetail {
        ErrorDetail { address: self.address.clone(), msp_id: self.msp_id.clone(), message }
    }
}

/// Every endpoint that the channel lists.
fn all(config: &Configuration) -> Vec<Orderer> {
    let found = config.orderer_endpoints().into_iter().map(|address| {
        let msp_id = owner(config, address).map(|one| one.msp_id().to_owned()).unwrap_or_default();
        Orderer { msp_id, address: address.to_owned() }
    });
    found.collect()
}

/// The organisation that lists an endpoint. Old channels list them without one.
fn owner<'a>(config: &'a Configuration, address: &str) -> Option<&'a Organization> {
    let lists = |one: &&Organization| one.endpoints().iter().any(|it| it == address);
    config.orderer().organizations().values().find(lists)
}

/// The roots of an orderer's TLS certificate, DER; those of any orderer where nobody lists it.
fn roots(config: &Configuration, address: &str) -> Result<Vec<Vec<u8>>, String> {
    let owner = owner(config, address);
    let all = config.orderer().organizations().values().filter(|_| owner.is_none());
    let roots = owner.into_iter().chain(all).map(|one| roots_of(one.definition()));
    Ok(roots.collect::<Result<Vec<_>, _>>()?.concat())
}

fn judged(answer: &BroadcastResponse) -> Attempt {
    let (code, info) = (answer.status, &answer.info);
    if code == i32::from(Status::Success) {
        return Attempt::Done;
    }
    let name = Status::try_from(code).map_or("UNKNOWN", |status| status.as_str_name());
    let why = format!("received unsuccessful response from orderer: status={name}, info={info}");
    if (400..500).contains(&code) {
        return Attempt::Refused(why);
    }
    Attempt::Elsewhere { why, is_there: true }
}

fn late() -> Failure {
    let why = "submit timeout expired while broadcasting to ordering service";
    Failure::new(Code::DeadlineExceeded, why)
}

fn none(are_there_none: bool) -> Failure {
    let why = match are_there_none {
        true => "no orderer nodes available",
        false => "no orderers could successfully process transaction",
    };
    Failure::new(Code::Unavailable, why)
}

/// Streams that are opened for one envelope, at most.
const TIMES: usize = 8;
const PAUSE: Duration = Duration::from_millis(250);
