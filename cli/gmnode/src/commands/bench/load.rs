// SPDX-License-Identifier: Apache-2.0
//! The load: so many transactions on their way at once, each signed like any other client's, the next
//! begun when one ends.

use super::workload::Workload;
use anyhow::Result;
use node::client::{Caller, ClientError, GatewayClient};
use proto::protos::TxValidationCode;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Who sends, and to whom.
#[derive(Clone, Debug)]
pub(super) struct Client {
    /// Connections with one gateway; workers share them out.
    pub(super) gateways: Vec<GatewayClient>,
    pub(super) caller: Arc<Caller>,
    pub(super) channel: String,
}

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) workload: Workload,
    pub(super) in_flight: u32,
    /// Another number for each measurement on a ledger.
    pub(super) run: u64,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Came {
    /// Of each that ended well.
    pub(super) latencies: Vec<Duration>,
    /// Why others did not, and how often.
    pub(super) failures: BTreeMap<String, u64>,
}

/// Workers that go on until they are stopped.
pub(super) struct Running {
    workers: JoinSet<Came>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// Whether what ends now is counted.
    counts: AtomicBool,
    ends: AtomicBool,
}

impl Running {
    /// Begins, with nothing counted yet.
    pub(super) fn start(client: &Client, load: Load) -> Self {
        let (mut workers, state) = (JoinSet::new(), Arc::new(State::default()));
        for number in 0..load.in_flight {
            let at = usize::try_from(number).unwrap_or(0) % client.gateways.len().max(1);
            let Some(gateway) = client.gateways.get(at) else { break };
            let (gateway, client, state) = (gateway.clone(), client.clone(), Arc::clone(&state));
            workers.spawn(async move { work(&gateway, &client, load, number, &state).await });
        }
        Self { workers, state }
    }

    /// Counts what ends from now on, or no longer.
    pub(super) fn count(&self, counts: bool) {
        self.state.counts.store(counts, Ordering::Relaxed);
    }

    /// Begins no more, and waits for those on their way.
    pub(super) async fn stop(self) -> Result<Came> {
        self.state.ends.store(true, Ordering::Relaxed);
        let Self { mut workers, .. } = self;
        let mut all = Came::default();
        while let Some(came) = workers.join_next().await {
            let came = came?;
            all.latencies.extend(came.latencies);
            for (why, count) in came.failures {
                *all.failures.entry(why).or_default() += count;
            }
        }
        Ok(all)
    }
}

async fn work(
    gateway: &GatewayClient,
    client: &Client,
    load: Load,
    number: u32,
    state: &State,
) -> Came {
    let (mut came, mut count) = (Came::default(), 0);
    while !state.ends.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let done = once(gateway, client, load, (number, count)).await;
        count += 1;
        let counts = state.counts.load(Ordering::Relaxed);
        match done {
            Ok(()) if counts => came.latencies.push(begun.elapsed()),
            Ok(()) => {}
            Err(why) => {
                if counts {
                    *came.failures.entry(why).or_default() += 1;
                }
                // Whoever is refused because too many ask does not ask at once again.
                sleep(PAUSE).await;
            }
        }
    }
    came
}

/// One transaction, or one query; why it did not end well, without what differs each time.
async fn once(
    gateway: &GatewayClient,
    client: &Client,
    load: Load,
    (worker, count): (u32, u64),
) -> Result<(), String> {
    let call = load.workload.call(&client.channel, load.run, worker, count);
    if load.workload.is_query() {
        return gateway.evaluate(&client.caller, &call).await.map(drop).map_err(words);
    }
    let endorsed = gateway.endorse(&client.caller, &call).await.map_err(words)?;
    gateway.submit(&endorsed).await.map_err(words)?;
    match gateway.status(&client.caller, &endorsed).await.map_err(words)?.1 {
        TxValidationCode::Valid => Ok(()),
        code => Err(code.as_str_name().to_owned()),
    }
}

fn words(error: ClientError) -> String {
    match error {
        ClientError::Call(status) => {
            let text: String = status.message().chars().take(SHOWN).collect();
            format!("{:?}: {text}", status.code())
        }
        error => error.to_string(),
    }
}

const PAUSE: Duration = Duration::from_millis(100);
/// Letters of a refusal.
const SHOWN: usize = 160;
