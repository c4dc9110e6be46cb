// SPDX-License-Identifier: Apache-2.0
//! The processes of a network, all together: started until they answer, joined, led, shown, stopped.

use super::live::{Live, Standing};
use super::plan::Plan;
use super::process::{self, Process};
use crate::objects;
use anyhow::{Context as _, Result, bail};
use futures_util::future::{join_all, try_join_all};
use std::process::Child;
use std::time::Duration;
use terminal::output;
use tokio::time::{sleep, timeout};

/// Starts those of these that do not run, and waits until all answer; how many were started.
pub(crate) async fn start(plan: &Plan, processes: &[Process]) -> Result<usize> {
    let mut started = Vec::new();
    for process in processes {
        let child = match process.id() {
            Some(_) => None,
            None => Some(process.start().with_context(|| process.name.clone())?),
        };
        started.push((process, child));
    }
    let count = started.iter().filter(|(_, child)| child.is_some()).count();
    let answering = started.into_iter().map(async |(process, child)| {
        healthy(plan, process, child).await.with_context(|| process.name.clone())
    });
    try_join_all(answering).await?;
    Ok(count)
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

/// Joins the channels on all that have not, at once: who orders waits for no others then.
pub(crate) async fn join(plan: &Plan) -> Result<()> {
    for channel in plan.channels() {
        let block = &objects::block(&plan.genesis(channel))?;
        let members = plan.members_of(channel);
        let all = process::all(plan).into_iter().filter(|process| process.is_in(&members));
        let joining = all.map(async |process| {
            let joined = Live::of(plan, &process)?.join(channel, block).await;
            joined.with_context(|| process.name.clone())
        });
        try_join_all(joining).await.with_context(|| channel.to_owned())?;
    }
    Ok(())
}

/// Waits until one of those that order leads, and is not the one that is passed over.
pub(crate) async fn leader(plan: &Plan, except: Option<&str>) -> Result<Process> {
    let orderers: Vec<Process> = process::all(plan).into_iter().filter(Process::orders).collect();
    // One that orders alone leads at once.
    if let [only] = &orderers[..] {
        return Ok(only.clone());
    }
    let elected = async {
        loop {
            for process in orderers.iter().filter(|process| Some(process.name.as_str()) != except) {
                let standing = Live::of(plan, process)?.standing(&plan.channel).await;
                if standing.is_ok_and(|standing| standing.leads) {
                    return Ok(process.clone());
                }
            }
            sleep(PAUSE).await;
        }
    };
    timeout(PATIENCE, elected).await.context("the orderers elect no leader")?
}

/// Waits until all that keep the ledger have equally many blocks; how many.
pub(crate) async fn equal_heights(plan: &Plan) -> Result<u64> {
    let processes = process::all(plan).into_iter().filter(Process::keeps_ledger);
    let all: Vec<Live> =
        processes.map(|process| Live::of(plan, &process)).collect::<Result<_>>()?;
    let equal = async {
        loop {
            let found = join_all(all.iter().map(|live| live.standing(&plan.channel))).await;
            let found: Result<Vec<Standing>> = found.into_iter().collect();
            let heights: Vec<u64> = found?.iter().map(|standing| standing.height).collect();
            if let [first, others @ ..] = &heights[..]
                && others.iter().all(|height| height == first)
            {
                return Ok(*first);
            }
            sleep(PAUSE).await;
        }
    };
    timeout(PATIENCE, equal).await.context("they do not come to the same height")?
}

/// One line for each process; whether all run.
pub(crate) async fn show(plan: &Plan) -> Result<bool> {
    let mut all = true;
    for process in process::all(plan) {
        let place = plan.endpoint(process.port);
        let said = match process.id() {
            None => "does not run".to_owned(),
            Some(id) => match said(plan, &process).await {
                Ok(said) => format!("process {id}, {said}"),
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

async fn said(plan: &Plan, process: &Process) -> Result<String> {
    let live = Live::of(plan, process)?;
    if !process.keeps_ledger() {
        live.check().await?;
        return Ok("answers".to_owned());
    }
    let mut said = Vec::new();
    for channel in plan.channels().filter(|channel| process.is_in(&plan.members_of(channel))) {
        let Standing { what, height, leads } = live.standing(channel).await?;
        let leads = if leads { ", leads" } else { "" };
        let of = if plan.further.is_empty() { String::new() } else { format!("{channel}: ") };
        said.push(format!("{of}{what}{leads}, {height} blocks"));
    }
    Ok(said.join("; "))
}

/// Asks all that run to stop, and waits until they have; how many did.
pub(crate) async fn stop(plan: &Plan) -> Result<usize> {
    // Peers first: they need no orderer to stop, and then nobody asks the orderers.
    let running = process::all(plan).into_iter().rev();
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
    process::all(plan).iter().try_for_each(Process::forget)?;
    Ok(running.len())
}

/// For a process to begin or to end.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);
