// SPDX-License-Identifier: Apache-2.0
//! The way through a chain: windows of blocks, the hash function in force for each, and what a
//! block says of the one before.

use super::block::{self, Checked};
use super::{Finding, Window};
use crate::blocks::{BlockStore, Stored};
use crate::{ChainBlock, Error};
use bccsp::{Digest, Hash, HashAlgorithm, Providers, Suite};
use sys::spread;

/// Blocks that cannot be read, then blocks that were.
pub(super) struct Piece<B> {
    pub(super) window: Option<Window<B>>,
    pub(super) findings: Vec<Finding>,
    pub(super) notes: Vec<String>,
    /// Of the blocks on the disk.
    pub(super) bytes: u64,
    /// The block behind.
    pub(super) end: u64,
}

impl<B> Piece<B> {
    pub(super) fn blocks(&self) -> &[Stored<B>] {
        self.window.as_ref().map_or(&[], |window| &window.blocks)
    }
}

/// What is in memory of blocks, in bytes and in number.
const WINDOW_BYTES: u64 = 16 << 20;
const WINDOW_BLOCKS: usize = 1024;

pub(super) struct Course<'a, B> {
    store: &'a BlockStore<B>,
    providers: &'a Providers,
    are_ids_good: bool,
    next: u64,
    height: u64,
    /// The function in force for the next block, where it is known.
    hash: Option<HashAlgorithm>,
    /// The block before, where it was read.
    before: Option<Before>,
    /// Whether blocks right before the next one could not be read.
    is_gap: bool,
}

struct Before {
    /// Computed.
    hash: Digest,
    last_config: Option<u64>,
}

impl<'a, B: ChainBlock + Send + Sync> Course<'a, B> {
    pub(super) fn new(
        store: &'a BlockStore<B>,
        providers: &'a Providers,
        hash: Option<HashAlgorithm>,
        are_ids_good: bool,
    ) -> Self {
        let (next, height) = (store.first(), store.height());
        let before = store.known_before(next);
        let before = before.map(|(hash, last_config)| Before { hash, last_config });
        Self { store, providers, are_ids_good, next, height, hash, before, is_gap: false }
    }

    /// The next window, read and checked; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Piece<B>>, Error> {
        if self.next >= self.height {
            return Ok(None);
        }
        let mut piece =
            Piece { window: None, findings: Vec::new(), notes: Vec::new(), bytes: 0, end: 0 };
        let first = self.skip_unreadable(&mut piece)?;
        let blocks = self.read(first, &mut piece)?;
        piece.end = self.next;
        if let Some(first) = blocks.first() {
            let algorithm = self.algorithm_for(first, &mut piece);
            match self.providers.hash(algorithm) {
                Ok(hash) => self.check(&blocks, hash, &mut piece),
                Err(error) => return Err(Error::Refused(error.to_string())),
            }
            self.hash = Some(self.algorithm_behind(&blocks, algorithm, &mut piece));
            piece.window = Some(Window { hash: algorithm, blocks });
        }
        Ok(Some(piece))
    }

    /// Goes past blocks that cannot be read, and gives the first that can. Those with one cause,
    /// such as a segment that is gone, are one finding.
    fn skip_unreadable(&mut self, piece: &mut Piece<B>) -> Result<Option<(Stored<B>, u64)>, Error> {
        let (mut gap, mut good): (Option<(u64, String)>, _) = (None, None);
        while self.next < self.height {
            let why = match self.store.sized(self.next) {
                Ok(read) => {
                    good = Some(read);
                    break;
                }
                Err(error) => as_finding(error)?,
            };
            match &gap {
                Some((_, same)) if *same == why => {}
                other => {
                    self.end_gap(other.as_ref(), piece);
                    gap = Some((self.next, why));
                }
            }
            self.next = self.next.saturating_add(1);
        }
        if let Some((from, why)) = gap {
            // Of the last one, because the next block states its hash.
            let behind = if self.next < self.height {
                format!("{why}; that block {} follows on it is not judged", self.next)
            } else {
                why
            };
            self.end_gap(Some(&(from, behind)), piece);
            self.before = None;
            self.is_gap = true;
        }
        Ok(good)
    }

    fn end_gap(&self, gap: Option<&(u64, String)>, piece: &mut Piece<B>) {
        let Some((from, why)) = gap else { return };
        let last = self.next.saturating_sub(1);
        let what =
            if *from < last { format!("and all up to block {last}: {why}") } else { why.clone() };
        piece.findings.push(Finding { block: Some(*from), what });
    }

    /// Blocks up to one that changes the configuration, one that cannot be read, or enough of them.
    fn read(
        &mut self,
        first: Option<(Stored<B>, u64)>,
        piece: &mut Piece<B>,
    ) -> Result<Vec<Stored<B>>, Error> {
        let (mut blocks, mut read) = (Vec::new(), first);
        while let Some((stored, size)) = read.take() {
            piece.bytes = piece.bytes.saturating_add(size);
            self.next = self.next.saturating_add(1);
            let is_config = stored.block.is_config();
            blocks.push(stored);
            let is_full = piece.bytes >= WINDOW_BYTES || blocks.len() >= WINDOW_BLOCKS;
            if is_config || is_full || self.next >= self.height {
                break;
            }
            read = match self.store.sized(self.next) {
                Ok(read) => Some(read),
                // It is read again, and found, when the next window begins.
                Err(error) => as_finding(error).map(|_| None)?,
            };
        }
        Ok(blocks)
    }

    /// The function in force for a window that begins with that block. When the configuration
    /// before it is not at hand, the one that fits proves nothing, but lets the rest be verified.
    fn algorithm_for(&mut self, first: &Stored<B>, piece: &mut Piece<B>) -> HashAlgorithm {
        let number = first.block.number();
        // Block 0 is hashed with its own.
        let own = (number == 0).then(|| first.block.hash_algorithm().ok()).flatten();
        let known = own.or(self.hash);
        let may_have_changed = std::mem::take(&mut self.is_gap);
        if let Some(known) = known.filter(|known| !may_have_changed || self.fits(first, *known)) {
            return known;
        }
        let mut all = Suite::ALL.iter().map(|suite| suite.hash_algorithm());
        let fitting = all.find(|algorithm| self.fits(first, *algorithm)).or(known);
        let default = self.providers.default_provider().suite();
        let taken = fitting.unwrap_or_else(|| default.hash_algorithm());
        let what = "the configuration before it is not at hand: its hash function is taken to be";
        piece.notes.push(format!("block {number}: {what} {taken}"));
        taken
    }

    fn fits(&self, stored: &Stored<B>, algorithm: HashAlgorithm) -> bool {
        self.providers.hash(algorithm).is_ok_and(|hash| stored.block.check(hash).is_ok())
    }

    /// The function in force behind a window.
    fn algorithm_behind(
        &self,
        blocks: &[Stored<B>],
        before: HashAlgorithm,
        piece: &mut Piece<B>,
    ) -> HashAlgorithm {
        let Some(last) = blocks.last().filter(|last| last.block.is_config()) else {
            return before;
        };
        last.block.hash_algorithm().unwrap_or_else(|why| {
            let block = Some(last.block.number());
            piece.findings.push(Finding { block, what: why });
            before
        })
    }

    fn check(&mut self, blocks: &[Stored<B>], hash: &dyn Hash, piece: &mut Piece<B>) {
        let (store, good) = (self.store, self.are_ids_good);
        let checked = spread(blocks, 1, |blocks| {
            blocks.iter().map(|stored| block::check(stored, hash, store, good)).collect()
        });
        for (stored, checked) in blocks.iter().zip(checked) {
            let block = Some(stored.block.number());
            let Checked { hash, mut wrong } = checked;
            wrong.extend(self.check_link(stored, piece));
            wrong.extend(self.check_last_config(stored));
            piece.findings.extend(wrong.into_iter().map(|what| Finding { block, what }));
            self.before = Some(Before { hash, last_config: stored.last_config });
        }
    }

    fn check_link(&self, stored: &Stored<B>, piece: &mut Piece<B>) -> Option<String> {
        let number = stored.block.number();
        let Some(before) = &self.before else {
            if number > 0 && number == self.store.first() {
                let what = "the chain begins with it here: its link is not judged";
                piece.notes.push(format!("block {number}: {what}"));
            }
            return None;
        };
        let (stated, hash) = (stored.block.previous_hash(), before.hash);
        let block = number.saturating_sub(1);
        (stated != hash.as_ref()).then(|| {
            format!(
                "it follows on a block with hash {}, block {block} has {hash}",
                hex::encode(stated)
            )
        })
    }

    fn check_last_config(&self, stored: &Stored<B>) -> Option<String> {
        let (number, is) = (stored.block.number(), stored.last_config);
        let meant = match &self.before {
            _ if stored.block.is_config() => Some(number),
            Some(before) => before.last_config,
            None if number == 0 => None,
            // What is before is not at hand.
            None => return None,
        };
        let words = |last: Option<u64>| last.map_or("none".to_owned(), |last| last.to_string());
        (is != meant).then(|| {
            let (is, meant) = (words(is), words(meant));
            format!("it is stored with last configuration block {is}, which is {meant}")
        })
    }
}

/// What cannot be read is found; what a newer version wrote is no reason to go on.
fn as_finding(error: Error) -> Result<String, Error> {
    match error {
        Error::NewerFormat { .. } => Err(error),
        error => Ok(error.to_string()),
    }
}
