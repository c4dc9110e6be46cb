// SPDX-License-Identifier: Apache-2.0
//! Clients, and what they measure.

use crate::Result;
use consensus::{Answer, Consenter};
use orderer::testing::Kit;
use proto::Bytes;
use std::sync::Arc;
use std::time::{Duration, Instant};

const CLIENTS: usize = 4;
const SIZE: usize = 1024;

/// Envelopes of about one KiB: a certificate takes most of it.
pub(crate) fn envelopes(kit: &Kit, channel: &str, count: usize) -> Vec<Bytes> {
    let client = kit.client("one");
    let padding = SIZE.saturating_sub(client.message(channel, &[]).len()).max(8);
    (0..count).map(|n| client.message(channel, &vec![n as u8; padding])).collect()
}

/// One after the other: the median of how long each took.
pub(crate) async fn alone(consenter: &Arc<dyn Consenter>, envelopes: &[Bytes]) -> Result<Duration> {
    let mut latencies = Vec::new();
    for envelope in envelopes {
        let started = Instant::now();
        let answer = consenter.submit(envelope.clone()).await.await;
        latencies.push(started.elapsed());
        check(&answer)?;
    }
    latencies.sort();
    Ok(latencies[latencies.len() / 2])
}

/// By clients that do not wait for each other: how long all of them took.
pub(crate) async fn together(
    consenter: &Arc<dyn Consenter>,
    envelopes: &[Bytes],
) -> Result<Duration> {
    let started = Instant::now();
    let each = envelopes.len().div_ceil(CLIENTS).max(1);
    let clients: Vec<_> =
        envelopes.chunks(each).map(|part| client(consenter.clone(), part.to_vec())).collect();
    for client in clients {
        client.await??;
    }
    Ok(started.elapsed())
}

/// One who sends without waiting for answers, and then wants them all.
pub(crate) fn client(
    consenter: Arc<dyn Consenter>,
    envelopes: Vec<Bytes>,
) -> tokio::task::JoinHandle<std::result::Result<(), String>> {
    tokio::spawn(async move {
        let mut answers = Vec::new();
        for envelope in envelopes {
            answers.push(consenter.submit(envelope).await);
        }
        for answer in answers {
            check(&answer.await)?;
        }
        Ok(())
    })
}

fn check(answer: &Answer) -> std::result::Result<(), String> {
    match answer {
        Answer::Ordered { .. } => Ok(()),
        other => Err(format!("not ordered: {other:?}")),
    }
}
