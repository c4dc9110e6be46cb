// SPDX-License-Identifier: Apache-2.0
//! `gmnode ledger`: the folder of a channel's ledger, with no node running in it.

mod info;
mod keep;
mod proof;
mod snapshot;
pub(crate) mod verify;

use crate::args_ledger::Ledger as Command;
use crate::objects;
use anyhow::{Result, bail};
use bccsp::Providers;
use block::Block;
use ledger::{Ledger, Options};
use std::path::Path;
use std::sync::Arc;
use sys::{Entropy, SystemDisk, SystemEntropy, Volume};
use terminal::{Outcome, output};

/// Runs what was typed.
pub(super) fn run(command: Command) -> Result<Outcome> {
    match command {
        Command::Info(args) => info::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Export(args) => snapshot::export(&args),
        Command::Import(args) => snapshot::import(&args),
        Command::Rebuild(args) => keep::rebuild(&args),
        Command::Prune(args) => keep::prune(&args),
        Command::Backup(args) => keep::backup(&args),
        Command::Prove(args) => proof::prove(&args),
        Command::CheckProof(args) => proof::check(&args),
    }
}

fn volume() -> Arc<dyn Volume> {
    Arc::new(SystemDisk)
}

fn providers() -> Result<Arc<Providers>> {
    Ok(Arc::new(objects::providers()?))
}

pub(super) fn options() -> Result<Options> {
    let (mut options, mut salt) = (Options::default(), [0; 4]);
    SystemEntropy.fill(&mut salt)?;
    options.blocks.log.salt = u32::from_le_bytes(salt);
    Ok(options)
}

/// Opening a folder without a ledger would begin one.
pub(super) fn check_there(dir: &Path) -> Result<()> {
    if !ledger::is_there(&SystemDisk, dir) {
        bail!(
            "{}: there is no ledger here; the folder of a channel is needed, with `blocks` in it",
            dir.display()
        );
    }
    Ok(())
}

/// Opens a ledger, and says what that had to put right.
fn open(dir: &Path, providers: &Arc<Providers>) -> Result<Ledger<Block>> {
    check_there(dir)?;
    let ledger =
        Ledger::open_telling(&volume(), dir, options()?, providers, &mut progress("state"))?;
    let recovery = ledger.recovery();
    if let Some(why) = &recovery.rebuilt {
        output::remark(format_args!("note: the state was made anew: {why}"));
    }
    if !recovery.replayed.is_empty() {
        let (from, to) = (recovery.replayed.start, recovery.replayed.end);
        output::remark(format_args!("note: the state has taken in blocks {from} to {}", to - 1));
    }
    Ok(ledger)
}

/// Says how far something is, where somebody looks on.
fn progress(what: &'static str) -> impl FnMut(u64, u64) {
    use std::io::{IsTerminal, Write, stderr};
    let watched = stderr().is_terminal();
    move |done, all| {
        if watched {
            let end = if done == all { "\n" } else { "" };
            // Nobody is harmed when it cannot be shown.
            let _ = write!(stderr(), "\r{what}: {done} of {all} blocks{end}");
        }
    }
}
