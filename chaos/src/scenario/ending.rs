// SPDX-License-Identifier: Apache-2.0
//! Everything is whole again: all serve, all come to the same height, all stop, and what is on their
//! disks is asked.

use super::{Report, Run, SOON, Wish};
use crate::clients::providers;
use crate::evidence::{Ledger, read};
use crate::history::{History, Outcome};
use crate::judge::judge;
use crate::network::Cluster;
use anyhow::{Context as _, Result};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

pub(super) async fn end(mut run: Run, wish: &Wish) -> Result<Report> {
    let begun = Instant::now();
    run.cluster.check()?;
    match run.load.must_serve(SOON).await {
        Ok(_) => run.report.took("until all serve, when all is whole", begun.elapsed()),
        Err(error) => run.report.wrong.push(format!("serves: {error:#}")),
    }
    run.load.stop().await?;
    match run.cluster.settle(SOON).await {
        Ok(took) => run.report.took("until all have the same blocks", took),
        Err(error) => run.report.wrong.push(format!("comes-together: {error:#}")),
    }
    run.cluster.check()?;
    run.cluster.down()?;
    verify(&run.cluster, &mut run.report)?;
    let mut history = run.load.history();
    let mut ledgers = ledgers(&run.cluster)?;
    if let Some(plant) = wish.plant {
        plant.plant(&mut history, &mut ledgers)?;
    }
    let Run { mut report, .. } = run;
    report.count = history.count();
    report.unknown_there = unknown_there(&history, &ledgers);
    report.silence = Duration::from_micros(history.longest_silence());
    report.blocks = ledgers.first().map_or(0, |ledger| ledger.blocks.len());
    report.wrong.extend(judge(&history, &ledgers).iter().map(ToString::to_string));
    report.wrong.extend(vacuous(&report));
    Ok(report)
}

fn unknown_there(history: &History, ledgers: &[Ledger]) -> usize {
    let Some(ledger) = ledgers.iter().find(|ledger| ledger.peer.is_some()) else { return 0 };
    let all = ledger.blocks.iter().flat_map(|block| &block.transactions);
    let ids: BTreeSet<&str> = all.map(|transaction| transaction.id.as_str()).collect();
    let unknown = history.writes.iter().filter(|write| write.outcome == Outcome::Unknown);
    unknown.filter(|write| ids.contains(write.tx_id.as_str())).count()
}

/// A run in which little happened proves little.
fn vacuous(report: &Report) -> Vec<String> {
    let mut wrong = Vec::new();
    if report.count.acknowledged < LEAST {
        let what = format!("vacuous: {} writes were acknowledged", report.count.acknowledged);
        wrong.push(format!("{what}, and {LEAST} are the least that prove something"));
    }
    if report.faults.is_empty() {
        wrong.push("vacuous: nothing went wrong".to_owned());
    }
    wrong
}

/// `gmnode ledger verify` on every folder, before anything else opens it.
fn verify(cluster: &Cluster, report: &mut Report) -> Result<()> {
    let trust = cluster.topology.genesis().display().to_string();
    for node in &cluster.topology.nodes {
        let folder = node.ledger(&cluster.topology.channel).display().to_string();
        let said = cluster.programs.gmnode(&["ledger", "verify", &folder, "--trust", &trust])?;
        if said.code != Some(0) {
            let what = format!("ledger-verify: {}: {} {}", node.title(), said.out, said.complaint);
            report.wrong.push(what);
        }
        let line = said.out.lines().find(|line| line.starts_with("ok"));
        line.unwrap_or_default().clone_into(&mut report.verified);
    }
    Ok(())
}

fn ledgers(cluster: &Cluster) -> Result<Vec<Ledger>> {
    let (providers, mut ledgers, mut peers) = (providers()?, Vec::new(), 0..);
    for node in &cluster.topology.nodes {
        let number = if node.orders { None } else { peers.next() };
        let folder = node.ledger(&cluster.topology.channel);
        let ledger = read(&node.title(), &folder, number, &providers);
        ledgers.push(ledger.with_context(|| node.title())?);
    }
    Ok(ledgers)
}

/// Writes that must have been acknowledged.
const LEAST: usize = 100;
