// SPDX-License-Identifier: Apache-2.0
//! `gmnode ledger verify`.
//!
//! Not here: what is verified (`ledger::verify`, `chain_judge`).

use super::{check_there, options, providers, volume};
use crate::args_ledger::LedgerVerify;
use crate::chain_judge::{ChainJudge, Trust, trust_of};
use crate::objects;
use anyhow::{Result, bail};
use bccsp::Providers;
use block::Block;
use ledger::Error;
use ledger::blocks::BlockStore;
use ledger::state::State;
use ledger::verify::{Finding, Progress, Summary};
use std::io::{IsTerminal, Write, stderr};
use std::path::Path;
use std::time::{Duration, Instant};
use sys::SystemDisk;
use terminal::{Outcome, output};

pub(super) fn run(args: &LedgerVerify) -> Result<Outcome> {
    check_there(&args.dir)?;
    let providers = providers()?;
    let given = args.trust.as_ref().map(|path| {
        // Read as a config block first: what else it is, is said better there.
        objects::channel(&providers, path)?;
        trust_of(&providers, objects::block(path)?)
    });
    let given = given.transpose()?;
    let mut wrong = Vec::new();
    let at_least = safe_blocks(&args.dir, &mut wrong)?;
    let (store, more) = match open(&args.dir, at_least) {
        Ok(opened) => opened,
        Err(error @ Error::Damaged { .. }) => {
            output::line(format_args!("{error}"))?;
            output::line("nothing else can be read")?;
            return Ok(Outcome::No);
        }
        Err(error) => return Err(error.into()),
    };
    wrong.extend(more.iter().map(ToString::to_string));
    let trust = match given {
        None => of_snapshot(&args.dir, &store, &providers)?,
        given => given,
    };
    let name = args.trust.as_ref().map(|path| path.display().to_string());
    let trusted = trust.as_ref().map(|trust| (trust.block.number(), name));
    let mut judge = ChainJudge::new(&providers, store.first(), trust);
    let mut summary = ledger::verify::verify(&store, &providers, &mut judge, &mut bar())?;
    let told = (judge.channel().map(str::to_owned), judge.signatures(), judge.assumed().copied());
    let (missing, notes) = judge.finish();
    wrong.into_iter().for_each(|what| summary.add(Finding { block: None, what }));
    missing.into_iter().for_each(|finding| summary.add(finding));
    summary.notes.extend(notes);
    tell(&summary, &told, trusted)
}

/// The channel, the number of signatures, and the block that is trusted because it is there.
type Told = (Option<String>, u64, Option<(u64, bccsp::Digest)>);

fn tell(
    summary: &Summary,
    (channel, signatures, assumed): &Told,
    trusted: Option<(u64, Option<String>)>,
) -> Result<Outcome> {
    for finding in summary.findings.iter().take(SHOWN) {
        output::line(finding)?;
    }
    let hidden = summary.wrong.saturating_sub(SHOWN as u64);
    if hidden > 0 {
        output::line(format_args!("... and {hidden} more"))?;
    }
    for note in summary.notes.iter().take(SHOWN) {
        output::line(format_args!("note: {note}"))?;
    }
    let verdict = match summary.wrong {
        0 => "ok".to_owned(),
        1 => "1 thing is wrong".to_owned(),
        many => format!("{many} things are wrong"),
    };
    let channel = channel.as_ref().map_or(String::new(), |id| format!("channel {id}, "));
    let Summary { blocks, transactions, .. } = summary;
    let range = match summary.height.checked_sub(1).filter(|last| *last >= summary.first) {
        Some(last) => format!("{blocks} blocks ({} to {last})", summary.first),
        None => "no blocks".to_owned(),
    };
    output::line(format_args!(
        "{verdict}: {channel}{range}, {transactions} transactions, {signatures} signatures"
    ))?;
    match (trusted, assumed) {
        (Some((number, Some(file))), _) => {
            output::line(format_args!("trusted: block {number}, as in {file}"))?;
        }
        (Some((number, None)), _) => output::line(format_args!(
            "trusted because it is there: config block {number}, in the snapshot that the ledger \
             begins with"
        ))?,
        (None, Some((number, hash))) => {
            output::line(format_args!("trusted because it is there: block {number}, hash {hash}"))?;
        }
        (None, None) => {}
    }
    Ok(if summary.wrong == 0 { Outcome::Yes } else { Outcome::No })
}

/// How many findings are printed.
const SHOWN: usize = 100;

type Opened = (BlockStore<Block>, Vec<Error>);

fn open(dir: &Path, at_least: u64) -> Result<Opened, Error> {
    BlockStore::examine(&volume(), dir, ledger::blocks::Options::default(), at_least)
}

/// How many blocks must be there, as the state remembers it.
fn safe_blocks(dir: &Path, wrong: &mut Vec<String>) -> Result<u64> {
    if !dir.join(State::FILE).exists() {
        return Ok(0);
    }
    // A state that a node has open must not be touched.
    let _lock = ledger::log::lock(&SystemDisk, dir)?;
    match State::open(&volume(), dir, options()?.state) {
        Ok(state) => Ok(state.durable_height()),
        Err(error @ Error::Damaged { .. }) => {
            wrong.push(error.to_string());
            Ok(0)
        }
        Err(error) => Err(error.into()),
    }
}

/// The configuration in force for the first block, where it stands in the snapshot that the ledger
/// begins with.
fn of_snapshot(
    dir: &Path,
    store: &BlockStore<Block>,
    providers: &Providers,
) -> Result<Option<Trust>> {
    if store.first() == 0 {
        return Ok(None);
    }
    let base = ledger::newest_base(&volume(), dir)?;
    let base = base.filter(|base| base.header().last_config < store.first());
    let Some(base) = base else { return Ok(None) };
    let block = Block::decode(base.header().config_block.clone())?;
    if !block.is_config() {
        bail!("block {} in the snapshot is no config block", block.number());
    }
    trust_of(providers, block).map(Some)
}

/// Shows how far it is, where somebody looks on.
fn bar() -> impl FnMut(Progress) {
    let (watched, begun) = (stderr().is_terminal(), Instant::now());
    let mut shown = Duration::ZERO;
    move |Progress { first, done, height }| {
        let (now, all) = (begun.elapsed(), height.saturating_sub(first).max(1));
        let is_end = done >= height;
        if !watched || (now.saturating_sub(shown) < EVERY && !is_end) {
            return;
        }
        shown = now;
        let blocks = done.saturating_sub(first);
        let percent = u128::from(blocks) * 100 / u128::from(all);
        let rate = u128::from(blocks) * 1000 / now.as_millis().max(1);
        let end = if is_end { "\n" } else { "" };
        // Nobody is harmed when it cannot be shown.
        let _ =
            write!(stderr(), "\r{percent:3} %  {blocks} of {all} blocks, {rate} blocks/s  {end}");
    }
}

/// How often that changes.
const EVERY: Duration = Duration::from_millis(100);
