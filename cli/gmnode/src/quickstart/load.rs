// SPDX-License-Identifier: Apache-2.0
//! Transactions through the gateways of all organisations, many at once. One that fails because nobody
//! leads is sent again as it is, so that it stays one transaction.

use crate::network::live::{caller, gateway};
use crate::network::plan::Plan;
use anyhow::{Context as _, Result, ensure};
use node::client::{Call, Caller, ClientError, Endorsed, GatewayClient};
use proto::protos::TxValidationCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// Who sends.
pub(crate) struct Load {
    clients: Vec<Arc<Client>>,
    channel: String,
    chaincode: String,
    counts: Arc<Counts>,
    transferred: AtomicUsize,
}

/// An application of an organisation.
struct Client {
    caller: Caller,
    gateway: GatewayClient,
}

#[derive(Default)]
struct Counts {
    in_flight: AtomicUsize,
    committed: watch::Sender<usize>,
}

/// What became of a transaction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transaction {
    /// Its id; empty when it was never endorsed.
    pub(crate) tx_id: String,
    /// Whether an orderer has taken it.
    pub(crate) is_acknowledged: bool,
    /// The verdict.
    pub(crate) code: Option<TxValidationCode>,
    /// What went wrong last.
    pub(crate) why: String,
}

impl Transaction {
    /// Whether it counts.
    pub(crate) fn is_committed(&self) -> bool {
        self.code == Some(TxValidationCode::Valid)
    }
}

impl Load {
    /// One application for each organisation, at its first peer.
    pub(crate) fn new(plan: &Plan, chaincode: &str) -> Result<Self> {
        let mut clients = Vec::new();
        for member in &plan.members {
            let Some(node) = member.nodes.first() else { continue };
            let caller = caller(plan, member, "client")?;
            clients.push(Arc::new(Client { caller, gateway: gateway(plan, member, node)? }));
        }
        ensure!(!clients.is_empty(), "there is no peer");
        Ok(Self {
            clients,
            channel: plan.channel.clone(),
            chaincode: chaincode.to_owned(),
            counts: Arc::default(),
            transferred: AtomicUsize::new(0),
        })
    }

    fn call<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Call {
        Call::new(&self.channel, &self.chaincode, args)
    }

    /// Makes so many assets.
    pub(crate) async fn create(&self, count: usize) -> Vec<Transaction> {
        let call = |n| self.call(["create", &name(n), "blue", "5", "Ann", "100"]);
        self.send((0..count).map(call).collect()).await
    }

    /// Gives as many of them to somebody else.
    pub(crate) async fn transfer(&self, count: usize) -> Vec<Transaction> {
        self.transferred.store(count, Ordering::SeqCst);
        let call = |n| self.call(["transfer", &name(n), OWNER]);
        self.send((0..count).map(call).collect()).await
    }

    /// Sends all, a number of them at a time. Those at one place always go to one gateway: what it
    /// has told, it has.
    async fn send(&self, calls: Vec<Call>) -> Vec<Transaction> {
        let count = calls.len();
        let (calls, next) = (Arc::new(calls), Arc::new(AtomicUsize::new(0)));
        self.counts.committed.send_replace(0);
        let mut workers = JoinSet::new();
        for _ in 0..AT_ONCE.min(count) {
            let (calls, next, counts) = (calls.clone(), next.clone(), self.counts.clone());
            let clients = self.clients.clone();
            workers.spawn(async move {
                let mut sent = Vec::new();
                loop {
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    let Some(call) = calls.get(at) else { return sent };
                    let Some(client) = clients.get(at % clients.len()) else { return sent };
                    sent.push(client.one(call, &counts).await);
                }
            });
        }
        workers.join_all().await.into_iter().flatten().collect()
    }

    /// How many are on their way.
    pub(crate) fn in_flight(&self) -> usize {
        self.counts.in_flight.load(Ordering::SeqCst)
    }

    /// Waits until some of those that are sent now are committed, and others are on their way.
    pub(crate) async fn under_way(&self) {
        let mut committed = self.counts.committed.subscribe();
        let wanted = UNDER_WAY.min(self.transferred.load(Ordering::SeqCst) / 3);
        // Where so many are never committed, that is told in the end.
        let _ = timeout(PATIENCE, committed.wait_for(|count| *count >= wanted)).await;
    }

    /// Whether every organisation reads what was written last.
    pub(crate) async fn check(&self) -> Result<()> {
        let last = self.transferred.load(Ordering::SeqCst);
        let Some(last) = last.checked_sub(1) else { return Ok(()) };
        let call = self.call(["read", &name(last)]);
        for client in &self.clients {
            let answer = client.gateway.evaluate(&client.caller, &call).await?;
            let asset: serde_json::Value = serde_json::from_slice(&answer)?;
            let owner = asset.get("Owner").and_then(|owner| owner.as_str()).unwrap_or_default();
            let at = client.gateway.name();
            ensure!(owner == OWNER, "{at}: {} belongs to {owner:?}, not {OWNER}", name(last));
        }
        Ok(())
    }
}

impl Client {
    /// One transaction, as far as it comes in time.
    async fn one(&self, call: &Call, counts: &Counts) -> Transaction {
        let mut transaction = Transaction::default();
        counts.in_flight.fetch_add(1, Ordering::SeqCst);
        if let Err(error) = self.carry(call, &mut transaction).await {
            transaction.why = format!("{error:#}");
        }
        counts.in_flight.fetch_sub(1, Ordering::SeqCst);
        if transaction.is_committed() {
            counts.committed.send_modify(|count| *count += 1);
        }
        transaction
    }

    async fn carry(&self, call: &Call, transaction: &mut Transaction) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        let endorsed = again(until, || self.gateway.endorse(&self.caller, call)).await?;
        transaction.tx_id.clone_from(&endorsed.tx_id);
        self.submit(&endorsed, until).await.context("not ordered")?;
        transaction.is_acknowledged = true;
        let (_, code) = again(until, || self.gateway.status(&self.caller, &endorsed)).await?;
        transaction.code = Some(code);
        Ok(())
    }

    async fn submit(&self, endorsed: &Endorsed, until: Instant) -> Result<(), ClientError> {
        again(until, || self.gateway.submit(endorsed)).await
    }
}

/// Tries until it succeeds, fails for good, or the time is over.
async fn again<T, F: Future<Output = Result<T, ClientError>>>(
    until: Instant,
    mut attempt: impl FnMut() -> F,
) -> Result<T, ClientError> {
    loop {
        let why = match timeout(ANSWER, attempt()).await {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(error)) if !error.is_passing() => return Err(error),
            Ok(Err(error)) => error,
            Err(_) => ClientError::Broken("no answer in time"),
        };
        if Instant::now() >= until {
            return Err(why);
        }
        sleep(PAUSE).await;
    }
}

fn name(n: usize) -> String {
    format!("asset{}", n + 1)
}

const OWNER: &str = "Zhang";
/// How many are on their way at one time.
const AT_ONCE: usize = 16;
/// How many are committed when the leader is killed, at most.
const UNDER_WAY: usize = 10;
/// For one transaction, and for one answer.
const PATIENCE: Duration = Duration::from_secs(60);
const ANSWER: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);
