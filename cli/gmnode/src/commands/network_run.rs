// SPDX-License-Identifier: Apache-2.0
//! `gmnode network up|down|status`: the processes of a network that was made.

use super::serve::block_on;
use crate::args_network::{Down, Status, Up};
use crate::network::live::{Live, peer_roots};
use crate::network::plan::Plan;
use crate::network::process::{self, Process};
use crate::network::topology;
use crate::objects;
use anyhow::{Context as _, Result, bail};
use std::process::Child;
use std::time::Duration;
use terminal::{Outcome, output};
use tokio::time::{sleep, timeout};

pub(super) fn up(args: &Up) -> Result<Outcome> {
    let plan = topology::read(&args.dir)?;
    block_on(async {
        let started = start(&plan)?;
        for (process, child) in started {
            let name = process.name.clone();
            healthy(&plan, &process, child).await.with_context(|| name)?;
        }
        let block = objects::block(&plan.genesis())?;
        for process in process::all(&plan) {
            let joined = Live::of(&plan, &process)?.join(&plan.channel, &block).await;
            joined.with_context(|| process.name.clone())?;
        }
        leader(&plan).await?;
        show(&plan).await?;
        tell_what_to_type(&plan)?;
        Ok(Outcome::Yes)
    })
}

/// Starts those that do not run.
fn start(plan: &Plan) -> Result<Vec<(Process, Option<Child>)>> {
    let all = process::all(plan).into_iter();
    let started = all.map(|process| {
        if process.id().is_some() {
            return Ok((process, None));
        }
        let child = process.start().with_context(|| process.name.clone())?;
        Ok((process, Some(child)))
    });
    started.collect()
}

/// Waits until a process answers.
async fn healthy(plan: &Plan, process: &Process, mut child: Option<Child>) -> Result<()> {
    let live = Live::of(plan, process)?;
    let mut why = None;
    let answered = timeout(PATIENCE, async {
        loop {
            match live.check().await {
                Ok(()) => return Ok(()),
                Err(error) => why = Some(error),
            }
            if let Some(child) = &mut child
                && child.try_wait()?.is_some()
            {
                process.forget()?;
                bail!("it ended: {} ({})", process.last_words(), process.log().display());
            }
            sleep(PAUSE).await;
        }
    });
    match answered.await {
        Ok(answered) => answered,
        Err(_) => {
            let why = why.map(|error| error.to_string()).unwrap_or_default();
            bail!("it does not answer: {why} ({})", process.log().display())
        }
    }
}

/// Waits until somebody leads. One that orders alone does so at once.
async fn leader(plan: &Plan) -> Result<()> {
    if plan.orderers.nodes.len() == 1 {
        return Ok(());
    }
    let elected = async {
        loop {
            for process in process::all(plan).iter().filter(|process| process.orders) {
                let standing = Live::of(plan, process)?.standing(&plan.channel).await;
                if standing.is_ok_and(|standing| standing.leads) {
                    return Ok(());
                }
            }
            sleep(PAUSE).await;
        }
    };
    timeout(PATIENCE, elected).await.context("the orderers elect no leader")?
}

pub(super) fn status(args: &Status) -> Result<Outcome> {
    let plan = topology::read(&args.dir)?;
    let all = block_on(show(&plan))?;
    Ok(if all { Outcome::Yes } else { Outcome::No })
}

/// One line for each process; whether all run.
async fn show(plan: &Plan) -> Result<bool> {
    let mut all = true;
    for process in process::all(plan) {
        let place = format!("127.0.0.1:{}", process.node.port);
        let said = match process.id() {
            None => "does not run".to_owned(),
            Some(id) => match Live::of(plan, &process)?.standing(&plan.channel).await {
                Ok(standing) => {
                    let leads = if standing.leads { ", leads" } else { "" };
                    let (what, height) = (&standing.what, standing.height);
                    format!("process {id}, {what}{leads}, {height} blocks")
                }
                Err(error) => {
                    all = false;
                    format!("process {id}, {error:#}")
                }
            },
        };
        all &= said != "does not run";
        output::line(format_args!("{:<20} {place:<16} {said}", process.name))?;
    }
    Ok(all)
}

fn tell_what_to_type(plan: &Plan) -> Result<()> {
    let Some(organization) = plan.members.first() else { return Ok(()) };
    let Some(node) = organization.nodes.first() else { return Ok(()) };
    let admin = plan.user(organization, "admin").join("msp");
    let roots = peer_roots(plan);
    let root = roots.first().map(|root| root.display().to_string()).unwrap_or_default();
    output::line(format_args!(
        "next: gmnode channel info {} --peer 127.0.0.1:{} --tls-ca {root} --msp {} --mspid {}",
        plan.channel,
        node.port,
        admin.display(),
        organization.msp_id()
    ))
}

pub(super) fn down(args: &Down) -> Result<Outcome> {
    let plan = topology::read(&args.dir)?;
    block_on(async {
        // Peers first: they need no orderer to stop, and then nobody asks the orderers.
        let running = process::all(&plan).into_iter().rev();
        let running: Vec<(Process, u32)> =
            running.filter_map(|process| process.id().map(|id| (process, id))).collect();
        for (process, id) in &running {
            process.terminate(*id).with_context(|| process.name.clone())?;
        }
        for (process, id) in &running {
            let gone = async {
                while process.id() == Some(*id) {
                    sleep(PAUSE).await;
                }
            };
            let late = || format!("{}: process {id} has not stopped", process.name);
            timeout(PATIENCE, gone).await.with_context(late)?;
        }
        process::all(&plan).iter().try_for_each(Process::forget)?;
        output::line(format_args!("{} processes stopped", running.len()))?;
        Ok(Outcome::Yes)
    })
}

/// For a process to begin or to end.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);
