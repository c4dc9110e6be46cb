// SPDX-License-Identifier: Apache-2.0
//! A network from nothing to a verdict: made, started, used, hurt, healed, stopped, verified. What is
//! sent is in `load`, what is held against what in `verdict`, what is shown in `report`; what an
//! application needs is in `client`.

mod client;
mod load;
mod report;
mod verdict;

pub(crate) use report::{Report, family};

use crate::network::deploy::deploy;
use crate::network::plan::Plan;
use crate::network::process::{self, Process};
use crate::network::{run, service};
use anyhow::{Context as _, Result};
use load::{Load, Transaction};
use report::Killed;
use std::fmt::Display;
use std::time::Instant;
use terminal::output;

/// The chaincode that is called.
pub(crate) const CHAINCODE: &str = "asset";

/// Tells what happens when it happens, with the seconds since it began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    begun: Instant,
}

impl Progress {
    /// Begins now.
    pub(crate) fn begin() -> Self {
        Self { begun: Instant::now() }
    }

    /// Tells something.
    pub(crate) fn say(&self, what: impl Display) {
        output::remark(format_args!("{:>6.1} s  {what}", self.seconds()));
    }

    /// Since the beginning.
    pub(crate) fn seconds(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }
}

/// Runs through all of it, in a network that was made.
pub(crate) async fn run(
    mut plan: Plan,
    (transactions, keep): (usize, bool),
    progress: Progress,
) -> Result<Report> {
    service::add(&mut plan, CHAINCODE)?;
    client::write(&plan, CHAINCODE)?;
    start(&plan, progress).await?;
    let load = Load::new(&plan, CHAINCODE)?;
    let (sent, killed) = work(&plan, &load, transactions, progress).await?;
    let height = settle(&plan, &load, progress).await?;
    run::stop(&plan).await?;
    progress.say("all processes stopped; every ledger is read off line");
    let verdict = verdict::judge(&plan, &sent)?;
    match verdict.holds() {
        true => progress.say(format_args!("all ledgers hold {height} blocks, and are equal")),
        false => progress.say("not all is as it should be"),
    }
    if keep {
        run::start(&plan, &process::all(&plan)).await?;
        run::leader(&plan, None).await?;
        progress.say("the network runs again");
    }
    Ok(Report { seconds: progress.seconds(), plan, sent, killed, verdict, is_kept: keep })
}

/// From folders to a chaincode that can be called.
async fn start(plan: &Plan, progress: Progress) -> Result<()> {
    let all = process::all(plan);
    let started = run::start(plan, &all).await?;
    progress.say(format_args!("{started} processes run, and answer"));
    run::join(plan).await?;
    let leader = run::leader(plan, None).await?;
    progress.say(format_args!("{} is joined; {} leads", plan.channel, leader.name));
    let service = plan.chaincodes.first().context("no chaincode")?;
    deploy(plan, &service.name, &plan.endpoint(service.port)).await?;
    let members: Vec<&str> = plan.members.iter().map(|member| member.name.as_str()).collect();
    progress.say(format_args!(
        "chaincode {}: installed, approved by {}, committed",
        service.name,
        members.join(" and ")
    ));
    Ok(())
}

/// Half of the transactions in peace; the other half while the leader is killed, where there are
/// enough others.
async fn work(
    plan: &Plan,
    load: &Load,
    count: usize,
    progress: Progress,
) -> Result<(Vec<Transaction>, Option<Killed>)> {
    let (begun, half) = (Instant::now(), count.div_ceil(2));
    let mut sent = load.create(half).await;
    let rate = half as f64 / begun.elapsed().as_secs_f64();
    let done = sent.iter().filter(|one| one.is_committed()).count();
    progress.say(format_args!("{done} transactions committed, {rate:.0} a second"));
    let rest = load.transfer(count.saturating_sub(half));
    if plan.orderers.nodes.len() < 3 {
        sent.extend(rest.await);
        progress.say(format_args!("{} transactions committed", committed(&sent)));
        return Ok((sent, None));
    }
    let (more, killed) = tokio::join!(rest, kill_leader(plan, load, progress));
    sent.extend(more);
    progress.say(format_args!("{} transactions committed", committed(&sent)));
    Ok((sent, Some(killed?)))
}

fn committed(sent: &[Transaction]) -> usize {
    sent.iter().filter(|one| one.is_committed()).count()
}

/// Kills it in the middle of the work, and waits for another one.
async fn kill_leader(plan: &Plan, load: &Load, progress: Progress) -> Result<Killed> {
    let leader = run::leader(plan, None).await?;
    let id = leader.id().with_context(|| format!("{} does not run", leader.name))?;
    load.under_way().await;
    let in_flight = load.in_flight();
    leader.kill(id)?;
    let begun = Instant::now();
    progress.say(format_args!(
        "kill -9 {id}: {}, the leader, is gone with {in_flight} transactions on their way",
        leader.name
    ));
    let next = run::leader(plan, Some(&leader.name)).await?;
    let seconds = begun.elapsed().as_secs_f64();
    progress.say(format_args!("{} leads, {seconds:.1} s later", next.name));
    Ok(Killed { name: leader.name, in_flight, next: next.name, seconds })
}

/// Starts again who was killed, and waits until all have everything.
async fn settle(plan: &Plan, load: &Load, progress: Progress) -> Result<u64> {
    let gone: Vec<Process> =
        process::all(plan).into_iter().filter(|process| process.id().is_none()).collect();
    if !gone.is_empty() {
        run::start(plan, &gone).await?;
    }
    let height = run::equal_heights(plan).await?;
    for process in &gone {
        progress.say(format_args!("{} is back, and has caught up", process.name));
    }
    // What was told is what everybody reads.
    load.check().await?;
    Ok(height)
}
