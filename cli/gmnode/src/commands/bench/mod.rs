// SPDX-License-Identifier: Apache-2.0
//! `gmnode bench`: what a network does in a second, how long each transaction waits, and where the
//! processor time goes.
//!
//! ```text
//! workload   what is sent                     contract   the chaincode it is sent to
//! site       the network, its processes       deploy     the chaincode brought there
//! load       so many on their way at once     probe      what a signature costs meanwhile
//! stages     processor time, divided          machine    what it ran on
//! report     all of it, and the JSON          table, html    for people (plots: `terminal`)
//! ```

pub(crate) mod contract;
mod deploy;
mod html;
mod load;
mod machine;
mod measure;
mod percentiles;
mod probe;
mod report;
mod site;
mod stages;
mod table;
pub(crate) mod workload;

use super::serve::{Signals, block_on};
use crate::args_bench::Bench;
use crate::network::{process, topology};
use anyhow::{Result, bail};
use machine::Machine;
use measure::Measuring;
use report::{NetworkReport, Report};
use site::{Site, Temporary, create, while_up};
use std::path::Path;
use sys::Access;
use terminal::{Outcome, files, output};

pub(super) fn run(args: &Bench) -> Result<Outcome> {
    if let Some(path) = &args.html {
        files::check_free(path, args.force)?;
    }
    let report = block_on(async {
        let mut signals = Signals::new()?;
        match &args.dir {
            Some(dir) => {
                tokio::select! {
                    report = running(args, dir) => report,
                    () = signals.next() => bail!("interrupted"),
                }
            }
            None => made(args, &mut signals).await,
        }
    })?;
    match args.json {
        true => output::line(serde_json::to_string_pretty(&report)?)?,
        false => output::line(table::table(&report))?,
    }
    if let Some(path) = &args.html {
        let page = html::page(&report);
        files::write_to(path, page.as_bytes(), Access::Public, args.force)?;
    }
    Ok(Outcome::Yes)
}

/// Measures a network that runs.
async fn running(args: &Bench, dir: &Path) -> Result<Report> {
    let plan = topology::read(dir)?;
    if let Some(process) = process::all(&plan).iter().find(|process| process.id().is_none()) {
        let (name, dir) = (&process.name, dir.display());
        bail!("{name} does not run: `gmnode network up --dir {dir}` starts it");
    }
    let machine = Machine::here(dir)?;
    let site = Site::of(plan).await?;
    Ok(Report::new(machine, vec![measured(args, &site).await?]))
}

/// Measures networks that are made for it, one after the other.
async fn made(args: &Bench, signals: &mut Signals) -> Result<Report> {
    let folder = Temporary::new()?;
    let machine = Machine::here(folder.path())?;
    let mut networks = Vec::new();
    for suite in args.suite.list() {
        let plan = create(&folder, *suite, (args.orderers, args.organizations))?;
        let network = while_up(&plan, async || {
            let work = async {
                let site = Site::of(plan.clone()).await?;
                measured(args, &site).await
            };
            tokio::select! {
                network = work => network,
                () = signals.next() => bail!("interrupted: the network is stopped and removed"),
            }
        });
        networks.push(network.await?);
    }
    Ok(Report::new(machine, networks))
}

async fn measured(args: &Bench, site: &Site) -> Result<NetworkReport> {
    let measuring = Measuring::of(args, site).await?;
    measuring.all().await
}
