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
    let verified = verify(&args.dir, args.trust.as_deref(), &mut bar())?;
    tell(&verified)?;
    Ok(if verified.holds() { Outcome::Yes } else { Outcome::No })
}

/// What was found in a ledger.
pub(crate) enum Verified {
    /// Nothing in it can be read, and why.
    Unreadable(Error),
    /// The rest.
    Read {
        /// What is wrong, and how much was looked at.
        summary: Summary,
        /// The channel.
        channel: Option<String>,
        /// How many signatures were verified.
        signatures: u64,
        /// Whom it was held against.
        trusted: Trusted,
    },
}

/// Why a configuration is believed.
pub(crate) enum Trusted {
    /// It is that block, and in that file.
    File(u64, String),
    /// It is that block, in the snapshot that the ledger begins with.
    Snapshot(u64),
    /// It is that block of the ledger, with that hash.
    There(u64, bccsp::Digest),
    /// There is none.
    Nothing,
}

impl Verified {
    /// Whether all of it is as it should be.
    pub(crate) fn holds(&self) -> bool {
        matches!(self, Self::Read { summary, .. } if summary.wrong == 0)
    }
}

/// Verifies the ledger in a folder in which no node runs; `trust` is a config block to believe.
pub(crate) fn verify(
    dir: &Path,
    trust: Option<&Path>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Verified> {
    check_there(dir)?;
    let providers = providers()?;
    let given = trust.map(|path| {
        // Read as a config block first: what else it is, is said better there.
        objects::channel(&providers, path)?;
        trust_of(&providers, objects::block(path)?)
    });
    let given = given.transpose()?;
    let mut wrong = Vec::new();
    let at_least = safe_blocks(dir, &mut wrong)?;
    let (store, more) = match open(dir, at_least) {
        Ok(opened) => opened,
        Err(error @ Error::Damaged { .. }) => return Ok(Verified::Unreadable(error)),
        Err(error) => return Err(error.into()),
    };
    wrong.extend(more.iter().map(ToString::to_string));
    let believed = match given {
        None => of_snapshot(dir, &store, &providers)?,
        given => given,
    };
    let number = believed.as_ref().map(|trust| trust.block.number());
    let mut judge = ChainJudge::new(&providers, store.first(), believed);
    let mut summary = ledger::verify::verify(&store, &providers, &mut judge, progress)?;
    let trusted = match (number, trust, judge.assumed()) {
        (Some(number), Some(file), _) => Trusted::File(number, file.display().to_string()),
        (Some(number), None, _) => Trusted::Snapshot(number),
        (None, _, Some((number, hash))) => Trusted::There(*number, *hash),
        (None, _, None) => Trusted::Nothing,
    };
    let (channel, signatures) = (judge.channel().map(str::to_owned), judge.signatures());
    let (missing, notes) = judge.finish();
    wrong.into_iter().for_each(|what| summary.add(Finding { block: None, what }));
    missing.into_iter().for_each(|finding| summary.add(finding));
    summary.notes.extend(notes);
    Ok(Verified::Read { summary, channel, signatures, trusted })
}

fn tell(verified: &Verified) -> Result<()> {
    let (summary, channel, signatures, trusted) = match verified {
        Verified::Unreadable(error) => {
            output::line(format_args!("{error}"))?;
            return output::line("nothing else can be read");
        }
        Verified::Read { summary, channel, signatures, trusted } => {
            (summary, channel, signatures, trusted)
        }
    };
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
    tell_trust(trusted)
}

fn tell_trust(trusted: &Trusted) -> Result<()> {
    match trusted {
        Trusted::File(number, file) => {
            output::line(format_args!("trusted: block {number}, as in {file}"))
        }
        Trusted::Snapshot(number) => output::line(format_args!(
            "trusted because it is there: config block {number}, in the snapshot that the ledger \
             begins with"
        )),
        Trusted::There(number, hash) => {
            output::line(format_args!("trusted because it is there: block {number}, hash {hash}"))
        }
        Trusted::Nothing => Ok(()),
    }
}

/// How many findings are printed.
const SHOWN: usize = 100;

type Opened = (BlockStore<Block>, Vec<Error>);

/// The blocks in a folder, to be read, and what is wrong with their files.
pub(crate) fn open(dir: &Path, at_least: u64) -> Result<Opened, Error> {
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
