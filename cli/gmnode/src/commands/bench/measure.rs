// SPDX-License-Identifier: Apache-2.0
//! All measurements of one network, one after the other.

use super::load::{Client, Load, Running};
use super::machine;
use super::percentiles::{Latency, median_place};
use super::probe::Probe;
use super::report::{NetworkReport, ProcessMemory, Row, Spread};
use super::site::Site;
use super::stages::{Moment, Watched};
use crate::args_bench::Bench;
use anyhow::{Context as _, Result};
use std::sync::Arc;
use std::time::Duration;
use sys::{Clock as _, SystemClock};
use terminal::output;
use tokio::time::sleep;

/// What is measured, and with what.
pub(super) struct Measuring<'a> {
    args: &'a Bench,
    site: &'a Site,
    client: Client,
    watched: Vec<Watched>,
    memory: Vec<ProcessMemory>,
}

impl<'a> Measuring<'a> {
    /// Gets ready; what processes take before there is any load is measured here.
    pub(super) async fn of(args: &'a Bench, site: &'a Site) -> Result<Self> {
        let (client, watched) = (site.client()?, site.watched().await?);
        let idle = |one: &Watched| {
            let idle_bytes = machine::memory(one.id)?;
            Ok(ProcessMemory { process: one.name.clone(), idle_bytes, bytes: idle_bytes })
        };
        let memory = watched.iter().map(idle).collect::<Result<_>>()?;
        Ok(Self { args, site, client, watched, memory })
    }

    /// Measures everything.
    pub(super) async fn all(mut self) -> Result<NetworkReport> {
        let mut rows = Vec::new();
        let mut run = SystemClock.now().0;
        for workload in self.args.workloads() {
            for in_flight in self.args.in_flights() {
                let mut samples = Vec::new();
                for _ in 0..self.args.repeat {
                    run = run.wrapping_add(1);
                    let row = self.one(Load { workload, in_flight, run }).await?;
                    self.tell(&row);
                    samples.push(row);
                }
                rows.push(middle(samples)?);
            }
        }
        for (memory, watched) in self.memory.iter_mut().zip(&self.watched) {
            memory.bytes = machine::memory(watched.id)?;
        }
        let plan = &self.site.plan;
        Ok(NetworkReport {
            suite: plan.suite.to_string(),
            orderers: plan.orderers.nodes.len(),
            organizations: plan.members.len(),
            peers: plan.members.iter().map(|member| member.nodes.len()).sum(),
            memory: self.memory,
            rows,
        })
    }

    async fn one(&self, load: Load) -> Result<Row> {
        let running = Running::start(&self.client, load);
        let caller = &self.client.caller;
        let key = Arc::clone(caller.identity.key());
        let probe = Probe::start(Arc::clone(&caller.providers), key);
        let seconds = Duration::from_secs(self.args.seconds);
        sleep(seconds / 4).await;
        let before = Moment::now(&self.watched).await?;
        running.count(true);
        sleep(seconds).await;
        running.count(false);
        let between = Moment::now(&self.watched).await?.since(&before, &self.watched);
        let came = running.stop().await?;
        let cost = tokio::task::spawn_blocking(|| probe.stop()).await??;
        let count = came.latencies.len();
        Ok(Row {
            workload: load.workload.name().to_owned(),
            query: load.workload.is_query(),
            in_flight: load.in_flight,
            seconds: between.seconds,
            transactions: count,
            per_second: count as f64 / between.seconds,
            latency_ms: Latency::of(came.latencies),
            failures: came.failures,
            processes: between.taken(&self.watched, count, cost),
            sign_us: cost.sign * 1e6,
            verify_us: cost.verify * 1e6,
            verify_together_us: cost.together * 1e6,
            blocks: between.blocks,
            idle: between.idle,
            our_cores: between.our_cores,
            other_cores: (between.busy_cores - between.our_cores).max(0.0),
            spread: Spread::default(),
        })
    }

    /// How it goes, for whoever waits.
    fn tell(&self, row: &Row) {
        let failed: u64 = row.failures.values().sum();
        let failed = if failed == 0 { String::new() } else { format!(", {failed} failed") };
        output::remark(format_args!(
            "{} {}, {} in flight: {:.0}/s, median {:.1} ms{failed}",
            self.site.plan.suite, row.workload, row.in_flight, row.per_second, row.latency_ms.p50
        ));
    }
}

/// The one in the middle by its rate, and how far the others were from it.
fn middle(mut samples: Vec<Row>) -> Result<Row> {
    let rates = || samples.iter().map(|row| row.per_second);
    let spread = Spread {
        samples: samples.len(),
        lowest: rates().fold(f64::INFINITY, f64::min),
        highest: rates().fold(0.0, f64::max),
    };
    let place = median_place(&samples, |row| row.per_second).context("nothing was measured")?;
    Ok(Row { spread, ..samples.swap_remove(place) })
}
