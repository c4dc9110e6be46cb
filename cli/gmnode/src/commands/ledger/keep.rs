// SPDX-License-Identifier: Apache-2.0
//! `gmnode ledger rebuild | prune | backup`.

use super::{check_there, open, options, progress, providers, volume};
use crate::args_ledger::{LedgerBackup, LedgerPrune, LedgerRebuild};
use anyhow::{Result, bail};
use block::Block;
use ledger::Ledger;
use ledger::blocks::BlockStore;
use sys::SystemDisk;
use terminal::{Outcome, output};

pub(super) fn rebuild(args: &LedgerRebuild) -> Result<Outcome> {
    check_there(&args.dir)?;
    let (volume, providers, options) = (volume(), providers()?, options()?);
    let mut tell = progress("state");
    let ledger = Ledger::<Block>::rebuild(&volume, &args.dir, options, &providers, &mut tell)?;
    ledger.flush()?;
    let tip = ledger.tip();
    output::line(format_args!(
        "state of height {}, every commit hash as it is stored",
        tip.height
    ))?;
    Ok(Outcome::Yes)
}

pub(super) fn prune(args: &LedgerPrune) -> Result<Outcome> {
    let ledger = open(&args.dir, &providers()?)?;
    let before = ledger.height().saturating_sub(args.keep);
    let first = ledger.prune_before(before)?;
    output::line(format_args!("the first block is {first}, the height {}", ledger.height()))?;
    Ok(Outcome::Yes)
}

pub(super) fn backup(args: &LedgerBackup) -> Result<Outcome> {
    if args.to == args.dir {
        bail!("{}: a ledger cannot be copied into itself", args.to.display());
    }
    check_there(&args.dir)?;
    let height = if ledger::has_state(&SystemDisk, &args.dir) {
        let ledger = open(&args.dir, &providers()?)?;
        let height = ledger.backup(&volume(), &args.to)?;
        ledger.flush()?;
        height
    } else {
        // An orderer's: there are the blocks alone.
        let options = options()?.blocks;
        let store = BlockStore::<Block>::open(&volume(), &args.dir, options, 0)?;
        store.backup(&volume(), &args.to, options)?
    };
    output::line(format_args!("{} has the ledger up to height {height}", args.to.display()))?;
    Ok(Outcome::Yes)
}
