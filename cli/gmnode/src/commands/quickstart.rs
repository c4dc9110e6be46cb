// SPDX-License-Identifier: Apache-2.0
//! `gmnode quickstart`: a whole network at work, in one command.
//!
//! Not here: what it does (`quickstart`).

use super::serve::{Signals, block_on};
use crate::args_quickstart::Quickstart;
use crate::network::create::{Wanted, create};
use crate::network::plan::Plan;
use crate::network::run;
use crate::quickstart::{self, Progress, Report, family};
use anyhow::{Result, anyhow};
use std::path::Path;
use terminal::{Outcome, files, output};

pub(super) fn run(args: &Quickstart) -> Result<Outcome> {
    let progress = Progress::begin();
    block_on(async {
        // From here on a signal ends what runs, and only then this.
        let mut signals = Signals::new()?;
        let plan = make(args, progress)?;
        let load = (usize::try_from(args.transactions)?, args.keep);
        let work = quickstart::run(plan.clone(), load, progress);
        let done = tokio::select! {
            done = work => done,
            () = signals.next() => Err(anyhow!("interrupted")),
        };
        match done {
            Ok(report) => show(args, &report),
            Err(error) => {
                output::remark("stopping what was started ...");
                Err(clean_up(&plan, error).await)
            }
        }
    })
}

/// The folders and files of the network.
fn make(args: &Quickstart, progress: Progress) -> Result<Plan> {
    let dir = args.dir.clone().unwrap_or_else(|| files::next_free(Path::new("network")));
    let (peers, mut of_each) = (usize::from(args.peers), vec![0; ORGANIZATIONS]);
    for peer in 0..peers {
        of_each[peer % ORGANIZATIONS] += 1;
    }
    let wanted = Wanted {
        dir: &dir,
        suite: args.suite,
        channel: "ch1",
        orderers: usize::from(args.orderers),
        peers: of_each,
    };
    progress.say(format_args!("a network in {}, in {}/", family(args.suite), dir.display()));
    let plan = create(&wanted)?;
    progress.say(format_args!(
        "{} organisations: CAs, identities, MSP folders, first block of {}",
        plan.organizations().count(),
        plan.channel
    ));
    Ok(plan)
}

fn show(args: &Quickstart, report: &Report) -> Result<Outcome> {
    match args.json {
        true => output::line(format_args!("{:#}", report.json()))?,
        false => output::line(report.screen(&program()).trim_end())?,
    }
    Ok(if report.holds() { Outcome::Yes } else { Outcome::No })
}

/// As it was typed, so that what is printed can be typed.
fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "gmnode".to_owned())
}

/// Ends all processes, and adds to an error what is left.
async fn clean_up(plan: &Plan, error: anyhow::Error) -> anyhow::Error {
    // Chaincodes are in the topology that was written, and not in the plan of the beginning.
    let plan = crate::network::topology::read(&plan.dir).unwrap_or_else(|_| plan.clone());
    let dir = plan.dir.display();
    match run::stop(&plan).await {
        Ok(stopped) => error.context(format!(
            "{stopped} processes stopped; {dir}/ stays with keys, ledgers and logs"
        )),
        Err(why) => error.context(format!(
            "not all processes stopped ({why:#}); `gmnode network down --dir {dir}` tries again"
        )),
    }
}

const ORGANIZATIONS: usize = 2;
