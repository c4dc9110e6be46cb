// SPDX-License-Identifier: Apache-2.0
//! Everything that a chain on disk states, computed again on all cores; what is wrong is named, and
//! the verification goes on behind it.
//!
//! | of | is verified |
//! | --- | --- |
//! | a record | checksums, number, that it is a block |
//! | a block | its form and data hash, that its stored hash is the one of its header, its link |
//! | what is stored beside | last configuration block, ids that are in files, codes, commit hash |
//! | signatures | what a [`Judge`] says |
//!
//! Each under the hash function in force for the block. Not here: who may sign (`channel`), and
//! whether the state is the one that the blocks lead to.

mod block;
mod course;

use crate::blocks::{BlockStore, Stored};
use crate::{ChainBlock, Error, log};
use bccsp::{HashAlgorithm, Providers};
use course::{Course, Piece};
use std::fmt;
use std::thread;

/// Judges what only those can who know the chain's members: signatures, and that a configuration
/// follows from the one before.
pub trait Judge<B> {
    /// The hash function in force for the first block of a chain that does not begin with block 0.
    fn hash_algorithm(&self) -> Option<HashAlgorithm> {
        None
    }

    /// Judges the next blocks, all signatures in them at once.
    ///
    /// # Errors
    /// [`Error::Refused`] when nothing is known, and the verification must end.
    fn judge(&mut self, window: &Window<B>) -> Result<Vec<Finding>, Error>;
}

/// Consecutive blocks under one configuration: only the last one may change it. They were read, and
/// may be wrong otherwise. Those between two windows, if any, cannot be read.
#[derive(Clone, Debug)]
pub struct Window<B> {
    /// The hash function in force for them.
    pub hash: HashAlgorithm,
    /// The blocks, at least one.
    pub blocks: Vec<Stored<B>>,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The number of the block; none for what is of no block.
    pub block: Option<u64>,
    /// What is wrong there, in one line.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.block {
            Some(block) => write!(f, "block {block}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The first block that is here.
    pub first: u64,
    /// Blocks below it are done.
    pub done: u64,
    /// The number that the next block will get.
    pub height: u64,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The first block that is here.
    pub first: u64,
    /// The number that the next block will get.
    pub height: u64,
    /// How many blocks could be read.
    pub blocks: u64,
    /// How many transactions are in them.
    pub transactions: u64,
    /// Their size on the disk, in bytes.
    pub bytes: u64,
    /// The first [`MOST`](Self::MOST) things that are wrong, in the order of blocks.
    pub findings: Vec<Finding>,
    /// How many there are altogether.
    pub wrong: u64,
    /// What was not judged, and why; or what was assumed.
    pub notes: Vec<String>,
}

impl Summary {
    /// How many findings and notes are kept.
    pub const MOST: usize = 1000;

    /// Counts something that is wrong.
    pub fn add(&mut self, finding: Finding) {
        self.wrong = self.wrong.saturating_add(1);
        if self.findings.len() < Self::MOST {
            self.findings.push(finding);
        }
    }

    fn take_in<B: ChainBlock>(&mut self, piece: &Piece<B>) {
        let count = |stored: &Stored<B>| stored.block.transaction_count() as u64;
        let blocks = piece.blocks();
        self.blocks = self.blocks.saturating_add(blocks.len() as u64);
        self.transactions = blocks.iter().map(count).fold(self.transactions, u64::saturating_add);
        self.bytes = self.bytes.saturating_add(piece.bytes);
        let left = Self::MOST.saturating_sub(self.notes.len());
        self.notes.extend(piece.notes.iter().take(left).cloned());
    }
}

/// Verifies all blocks of a chain, which may also have been opened by
/// [`examine`](BlockStore::examine). A block that is damaged or cannot be read is a finding, with
/// file and offset. Blocks are read and hashed while those before them are judged; at most
/// some tens of megabytes of them are in memory, or two blocks.
///
/// # Errors
/// [`Error::NewerFormat`], and what `judge` says.
pub fn verify<B: ChainBlock + Send + Sync>(
    store: &BlockStore<B>,
    providers: &Providers,
    judge: &mut dyn Judge<B>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, Error> {
    let (first, height) = (store.first(), store.height());
    let mut summary = Summary {
        first,
        height,
        blocks: 0,
        transactions: 0,
        bytes: 0,
        findings: Vec::new(),
        wrong: 0,
        notes: Vec::new(),
    };
    let ids = match store.id_store().verify() {
        Err(error @ Error::NewerFormat { .. }) => return Err(error),
        ids => ids,
    };
    let mut course = Course::new(store, providers, judge.hash_algorithm(), ids.is_ok());
    if let Some(log::Location { path, offset }) = store.torn() {
        summary.notes.push(format!(
            "{}: the bytes from {offset} on are no block: a write that was not finished, or damage \
             to a block that nothing else here knows of",
            path.display()
        ));
    }
    if let Err(error) = ids {
        let what = format!("{error}; the ids are not judged, and made again without that folder");
        summary.add(Finding { block: None, what });
    }
    let mut next = course.next()?;
    while let Some(piece) = next {
        let judged = thread::scope(|scope| {
            let ahead = scope.spawn(|| course.next());
            let judged = piece.window.as_ref().map_or(Ok(Vec::new()), |window| judge.judge(window));
            let ahead = ahead.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok::<_, Error>((judged?, ahead?))
        });
        summary.take_in(&piece);
        let done = piece.end;
        let (judged, ahead) = judged?;
        let mut found = piece.findings;
        found.extend(judged);
        found.sort_by_key(|finding| finding.block);
        found.into_iter().for_each(|finding| summary.add(finding));
        progress(Progress { first, done, height });
        next = ahead;
    }
    Ok(summary)
}
