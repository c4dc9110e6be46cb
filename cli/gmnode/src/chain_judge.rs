// SPDX-License-Identifier: Apache-2.0
//! Judges the blocks of a ledger by the configurations in it: signatures, what transactions state,
//! commit hashes, and that each configuration follows from the one before.
//!
//! Not here: hashes, links and what is on the disk (`ledger::verify`).

use crate::inspect::{At, Contents, Report, Signatures, commit_hash};
use anyhow::{Context as _, Result, anyhow, bail};
use bccsp::{Digest, Hash, HashAlgorithm, Providers};
use block::{Block, Envelope, UpdateBatch};
use channel::Channel;
use ledger::blocks::Stored;
use ledger::verify::{Finding, Judge, Window};
use proto::protos::TxValidationCode;
use sys::spread;

/// What is believed: a config block and the channel it makes.
pub(crate) struct Trust {
    /// The block.
    pub(crate) block: Block,
    /// Its channel.
    pub(crate) channel: Channel,
}

/// Follows a channel through its ledger.
pub(crate) struct ChainJudge<'a> {
    providers: &'a Providers,
    /// The first block of the ledger.
    first: u64,
    /// A block that the ledger must have, until it was met.
    pinned: Option<Block>,
    /// In force for the next block, and the block that made it so.
    channel: Option<(Channel, u64)>,
    /// The last block that was judged, and its commit hash.
    last: Option<(u64, Option<Digest>)>,
    /// The number and the hash of the block that is trusted because it is there.
    assumed: Option<(u64, Digest)>,
    signatures: u64,
    notes: Vec<String>,
}

/// What was found in one block, before its signatures are judged.
type Opened = (Report, Signatures, Option<UpdateBatch>);

impl<'a> ChainJudge<'a> {
    /// For the ledger that begins with block `first`. A trusted block before it is the configuration
    /// in force there; one in it is met on the way.
    pub(crate) fn new(providers: &'a Providers, first: u64, trust: Option<Trust>) -> Self {
        let mut judge = Self {
            providers,
            first,
            pinned: None,
            channel: None,
            last: None,
            assumed: None,
            signatures: 0,
            notes: Vec::new(),
        };
        if let Some(Trust { block, channel }) = trust {
            if block.number() < first {
                judge.channel = Some((channel, block.number()));
            } else {
                judge.pinned = Some(block);
            }
        }
        judge
    }

    /// The name of the channel, where it is known.
    pub(crate) fn channel(&self) -> Option<&str> {
        self.channel.as_ref().map(|(channel, _)| channel.id())
    }

    /// How many signatures were judged.
    pub(crate) fn signatures(&self) -> u64 {
        self.signatures
    }

    /// The block that is trusted because it is there, and its hash.
    pub(crate) fn assumed(&self) -> Option<&(u64, Digest)> {
        self.assumed.as_ref()
    }

    /// What is wrong with the ledger as a whole, and what was not judged.
    pub(crate) fn finish(self) -> (Option<Finding>, Vec<String>) {
        let missing = self.pinned.map(|block| Finding {
            block: Some(block.number()),
            what: "it is trusted, and could not be found here".to_owned(),
        });
        (missing, self.notes)
    }

    fn window(&mut self, window: &Window<Block>) -> Result<Vec<Finding>> {
        let blocks = &window.blocks;
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
            return Ok(Vec::new());
        };
        let mut report = Report::only_wrong();
        self.meet(last, &mut report);
        let hash = self.providers.hash(window.hash)?;
        self.begin(first, hash, &mut report)?;
        self.notice_gap(first)?;
        let channel = self.channel.as_ref().map(|(channel, _)| channel);
        let contents = Contents { providers: self.providers, hash, channel };
        let opened = spread(blocks, 1, |blocks| {
            blocks.iter().map(|stored| open(&stored.block, contents)).collect()
        });
        let mut signatures = Signatures::default();
        let mut found = vec![report];
        for (stored, (mut report, more, updates)) in blocks.iter().zip(opened) {
            signatures.extend(more);
            let before = self.commit_hash_before(&stored.block);
            let made = commit_hash::judge(&stored.block, hash, updates, before, &mut report);
            self.last = Some((stored.block.number(), made));
            found.push(report);
        }
        let mut report = Report::only_wrong();
        self.signatures += signatures.count() as u64;
        signatures.judge(self.providers, self.channel.as_ref().map(|(c, _)| c), &mut report)?;
        if last.block.is_config() {
            self.follow(&last.block, &mut report)?;
        }
        found.push(report);
        Ok(self.findings(found, blocks))
    }

    /// The block that is trusted must be the one that is here.
    fn meet(&mut self, last: &Stored<Block>, report: &mut Report) {
        let number = last.block.number();
        let Some(pinned) = self.pinned.take_if(|pinned| pinned.number() <= number) else { return };
        let (here, given) = (last.block.header(), pinned.header());
        if here != given || last.block.entries() != pinned.entries() {
            let why = "it is not the block that --trust names";
            report.check("trusted block", &At::Block(pinned.number()), Err::<(), _>(why));
        }
    }

    /// The configuration that the first block is judged by.
    fn begin(&mut self, first: &Stored<Block>, hash: &dyn Hash, report: &mut Report) -> Result<()> {
        let (block, number) = (&first.block, first.block.number());
        if number == 0 && !block.header().previous_hash.is_empty() {
            let why = "block 0 states a previous hash";
            report.check("link", &At::Block(0), Err::<(), _>(why));
        }
        if number != self.first || self.last.is_some() {
            return Ok(());
        }
        match &self.channel {
            Some((_, from)) if !block.is_config() && first.last_config != Some(*from) => {
                let Some(needed) = first.last_config else { return Ok(()) };
                bail!(
                    "the first block here, {number}, was made under the configuration in block \
                     {needed}: name that one with --trust, not block {from}"
                );
            }
            Some(_) => {}
            None if !block.is_config() => {
                let needed = first.last_config.unwrap_or_default();
                bail!(
                    "the ledger begins with block {number}: name config block {needed}, in force \
                     there, with --trust CONFIG_BLOCK"
                );
            }
            None => {
                let channel = Channel::from_block(self.providers, block);
                report.check("configuration", &At::Block(number), channel.as_ref().map(drop));
                self.channel = channel.ok().map(|channel| (channel, number));
                if self.pinned.is_none() {
                    self.assumed = Some((number, block.hash(hash)));
                }
            }
        }
        Ok(())
    }

    /// Behind blocks that could not be read the configuration may be another one.
    fn notice_gap(&mut self, first: &Stored<Block>) -> Result<()> {
        let number = first.block.number();
        let is_gap = match self.last {
            Some((last, _)) => last.checked_add(1) != Some(number),
            None => number != self.first,
        };
        let known = self.channel.as_ref().map(|(_, from)| *from);
        if !is_gap || known.is_none() || first.block.is_config() || first.last_config == known {
            return Ok(());
        }
        let lost = first.last_config.context("a block without a configuration before it")?;
        self.note(format!(
            "the configuration in block {lost} is not at hand: from block {number} on signatures \
             are judged by the certificates that they carry, up to the next configuration"
        ));
        self.channel = None;
        Ok(())
    }

    fn commit_hash_before(&self, block: &Block) -> Option<Digest> {
        let (last, hash) = self.last?;
        hash.filter(|_| last.checked_add(1) == Some(block.number()))
    }

    /// A config block must follow from the configuration before it; what comes after is judged by it.
    fn follow(&mut self, block: &Block, report: &mut Report) -> Result<()> {
        let (number, at) = (block.number(), At::Block(block.number()));
        let Some((before, from)) = &self.channel else {
            let channel = Channel::from_block(self.providers, block);
            report.check("configuration", &at, channel.as_ref().map(drop));
            self.channel = channel.ok().map(|channel| (channel, number));
            self.note(format!(
                "the configuration before block {number} is not at hand: that of the \
                 block is taken as it is"
            ));
            return Ok(());
        };
        if *from == number {
            return Ok(());
        }
        let entry = block.entries().first().cloned().unwrap_or_default();
        let config = Envelope::open(entry).and_then(|envelope| envelope.config());
        match config.map_err(channel::Error::from).and_then(|config| before.validate(&config)) {
            Err(channel::Error::Crypto(error)) => return Err(error.into()),
            Ok(next) => self.channel = Some((next, number)),
            Err(error) => {
                report.check("follows from its update", &at, Err::<(), _>(error));
                self.note(format!(
                    "the configuration in block {number} counts for nothing: the \
                     blocks behind it are judged by the one before"
                ));
            }
        }
        Ok(())
    }

    fn findings(&mut self, reports: Vec<Report>, blocks: &[Stored<Block>]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for report in reports {
            let (checks, notes) = report.into_parts();
            notes.into_iter().for_each(|note| self.note(note));
            for check in checks {
                let why = check.why.unwrap_or_default();
                let (number, what) = match check.at {
                    At::Transaction(number, place) => {
                        if is_invalid(blocks, number, place) {
                            continue;
                        }
                        (Some(number), format!("transaction {place}: {}: {why}", check.what))
                    }
                    At::Block(number) => (Some(number), format!("{}: {why}", check.what)),
                    At::Part(_) => (None, format!("{}: {why}", check.what)),
                };
                findings.push(Finding { block: number, what });
            }
        }
        findings
    }

    fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if self.notes.len() < MOST_NOTES && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// More would not be read.
const MOST_NOTES: usize = 20;

impl Judge<Block> for ChainJudge<'_> {
    fn hash_algorithm(&self) -> Option<HashAlgorithm> {
        self.channel.as_ref().map(|(channel, _)| channel.hash_algorithm())
    }

    fn judge(&mut self, window: &Window<Block>) -> Result<Vec<Finding>, ledger::Error> {
        self.window(window).map_err(|error| ledger::Error::Refused(format!("{error:#}")))
    }
}

fn open(block: &Block, contents: Contents<'_>) -> Opened {
    let (mut report, mut signatures) = (Report::only_wrong(), Signatures::default());
    contents.block(block, &mut signatures, &mut report);
    if block.number() == 0 {
        // That nobody signs it is as it should be.
        report.forget_notes();
    }
    (report, signatures, commit_hash::updates(block, contents.hash))
}

/// What is wrong with a transaction that does not count may be why.
fn is_invalid(blocks: &[Stored<Block>], number: u64, place: usize) -> bool {
    let block = blocks.iter().find(|stored| stored.block.number() == number);
    let code = block.and_then(|stored| stored.block.metadata().filter().get(place));
    code.is_some_and(|code| i32::from(*code) != TxValidationCode::Valid as i32)
}

/// The configuration in force for the first block, from the snapshot that stands for those before.
pub(crate) fn trust_of(providers: &Providers, block: Block) -> Result<Trust> {
    let channel = Channel::from_block(providers, &block)
        .map_err(|error| anyhow!("block {}: {error}", block.number()))?;
    Ok(Trust { block, channel })
}
