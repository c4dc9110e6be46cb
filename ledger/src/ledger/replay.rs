// SPDX-License-Identifier: Apache-2.0
//! Blocks that are there already, applied to a state that is behind: opened on all cores, taken in
//! one after the other, committed many at a time.
//!
//! Not here: the rules (`mvcc`), and which state is behind which blocks.

use crate::blocks::Stored;
use crate::mvcc::{Replay, Writes};
use crate::state::State;
use crate::{ChainBlock, Error};
use bccsp::{Digest, Hash};
use block::ReadWriteSet;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Says which hash function is in force for a block.
pub type HashOf<'h, 'f, B> = dyn FnMut(&Stored<B>) -> Result<&'h dyn Hash, Error> + Send + 'f;

/// Applies blocks to a state whose next block is the first of them. `hash_of` says which hash
/// function is in force for a block; it is asked in the order of the blocks. `progress` is told the
/// height of the state whenever it has grown.
///
/// Memory: the state's [`run_bytes`](crate::state::Options::run_bytes), about as much for what is
/// opened ahead, and a block for each core. What is gathered when something goes wrong is not
/// committed.
///
/// # Errors
/// The first block's that is not what it was: [`Error::Refused`] when it leads to another commit
/// hash than it was sealed with, or cannot be read; what the iterator, `hash_of` or the disk says.
pub fn replay_blocks<'h, B: ChainBlock>(
    blocks: impl Iterator<Item = Result<Stored<B>, Error>> + Send,
    state: &State,
    hash_of: &mut HashOf<'h, '_, B>,
    progress: &mut dyn FnMut(u64),
) -> Result<(), Error> {
    let mut taker = Taker { replay: Some(Replay::new(state)?), room: state.run_bytes(), progress };
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let is_few = blocks.size_hint().1.is_some_and(|most| most <= FEW);
    if workers == 1 || is_few {
        for stored in blocks {
            let stored = stored?;
            let hash = hash_of(&stored)?;
            taker.take(&Opened::new(&stored, hash)?)?;
        }
        return taker.commit();
    }
    let source = Mutex::new(Source { blocks, hash_of, taken: 0, failed: false });
    let shelf = Shelf::new(workers, state.run_bytes());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| work(&source, &shelf));
        }
        // However this ends, nobody waits for it any more.
        let _closed = OnDrop(|| shelf.change(|shelf| shelf.closed = true));
        while let Some(opened) = shelf.next() {
            taker.take(&opened?)?;
        }
        taker.commit()
    })
}

/// No threads are started for so few blocks.
const FEW: usize = 8;

/// What replay needs of a block.
struct Opened<'h> {
    hash: &'h dyn Hash,
    number: u64,
    writes: Writes,
    codes: Vec<u8>,
    commit_hash: Option<Digest>,
    block_hash: Digest,
}

impl<'h> Opened<'h> {
    fn new<B: ChainBlock>(stored: &Stored<B>, hash: &'h dyn Hash) -> Result<Self, Error> {
        let (block, number) = (&stored.block, stored.block.number());
        let codes = block.codes().to_vec();
        if codes.len() != block.transaction_count() {
            let what = format!("block {number} is stored without the verdicts on its transactions");
            return Err(Error::Refused(what));
        }
        let mut sets: Vec<(u64, ReadWriteSet)> = Vec::with_capacity(codes.len());
        // Of those that do not count, nothing is read.
        for (place, _) in codes.iter().enumerate().filter(|(_, code)| **code == VALID) {
            let read = block.transaction(place).map_err(|why| {
                Error::Refused(format!("block {number}, transaction {place} counts, but: {why}"))
            })?;
            sets.extend(read.set.map(|set| (place as u64, set)));
        }
        let commit_hash = block.commit_hash();
        let commit_hash =
            commit_hash.map_err(|why| Error::Refused(format!("block {number}: {why}")))?;
        if number == 0 && commit_hash.is_some() {
            let what = "block 0 is stored with a commit hash, which a first block does not have";
            return Err(Error::Refused(what.into()));
        }
        let writes = Writes::new(hash, &sets);
        Ok(Self { hash, number, writes, codes, commit_hash, block_hash: stored.hash })
    }
}

/// `TxValidationCode::Valid` as it is stored.
const VALID: u8 = 0;

/// Takes blocks in and commits them now and then.
struct Taker<'s, 'p> {
    /// `None` after a failure.
    replay: Option<Replay<'s>>,
    room: usize,
    progress: &'p mut dyn FnMut(u64),
}

impl Taker<'_, '_> {
    fn take(&mut self, opened: &Opened<'_>) -> Result<(), Error> {
        let Some(replay) = &mut self.replay else { return Ok(()) };
        if opened.number != replay.height() {
            let (number, height) = (opened.number, replay.height());
            let what = format!("the state is at height {height}, block {number} does not follow");
            return Err(Error::Refused(what));
        }
        let writes = (&opened.writes, opened.codes.as_slice());
        replay.block(opened.hash, writes, opened.commit_hash, opened.block_hash)?;
        if replay.bytes() >= self.room || replay.blocks() >= MOST_BLOCKS {
            self.commit()?;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Error> {
        let Some(replay) = self.replay.take().filter(|replay| replay.blocks() > 0) else {
            return Ok(());
        };
        let replay = replay.commit()?;
        (self.progress)(replay.height());
        self.replay = Some(replay);
        Ok(())
    }
}

/// At least every that many blocks there is a commit, however little they change.
const MOST_BLOCKS: u64 = 10_000;

struct Source<'a, I, F: ?Sized> {
    blocks: I,
    hash_of: &'a mut F,
    taken: u64,
    /// Behind a block that could not be had there are none.
    failed: bool,
}

/// Opens blocks until there are no more or nobody wants them.
fn work<'h, B: ChainBlock, I: Iterator<Item = Result<Stored<B>, Error>>>(
    source: &Mutex<Source<'_, I, HashOf<'h, '_, B>>>,
    shelf: &Shelf<'h>,
) {
    let _left = OnDrop(|| shelf.change(|shelf| shelf.workers = shelf.workers.saturating_sub(1)));
    while shelf.has_room() {
        let (place, block) = {
            let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
            let next = if source.failed { None } else { source.blocks.next() };
            let Some(stored) = next else { return };
            let place = source.taken;
            source.taken = place.saturating_add(1);
            let with_hash = stored.and_then(|stored| {
                let hash = (source.hash_of)(&stored)?;
                Ok((stored, hash))
            });
            source.failed = with_hash.is_err();
            (place, with_hash)
        };
        let opened = block.and_then(|(stored, hash)| Opened::new(&stored, hash));
        shelf.put(place, opened);
    }
}

/// Blocks that were opened, put back into their order.
struct Shelf<'h> {
    inside: Mutex<Inside<'h>>,
    changed: Condvar,
    room: usize,
}

struct Inside<'h> {
    ready: BTreeMap<u64, Result<Opened<'h>, Error>>,
    next: u64,
    bytes: usize,
    workers: usize,
    closed: bool,
}

impl<'h> Shelf<'h> {
    fn new(workers: usize, room: usize) -> Self {
        let inside = Inside { ready: BTreeMap::new(), next: 0, bytes: 0, workers, closed: false };
        Self { inside: Mutex::new(inside), changed: Condvar::new(), room }
    }

    fn lock(&self) -> MutexGuard<'_, Inside<'h>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Inside<'h>)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Waits until another block may be opened; false when none is wanted. A block that was begun
    /// is put in whatever room there is, so the next one in order is always on its way.
    fn has_room(&self) -> bool {
        let full = |inside: &mut Inside<'h>| {
            let full = inside.bytes >= self.room || inside.ready.len() >= MOST_AHEAD;
            !inside.closed && full
        };
        let inside = self.changed.wait_while(self.lock(), full);
        !inside.unwrap_or_else(PoisonError::into_inner).closed
    }

    fn put(&self, place: u64, opened: Result<Opened<'h>, Error>) {
        self.change(|inside| {
            let bytes = opened.as_ref().map_or(0, |opened| opened.writes.bytes());
            inside.bytes = inside.bytes.saturating_add(bytes);
            inside.ready.insert(place, opened);
        });
    }

    /// The next block in order, when it is there; `None` behind the last one.
    fn next(&self) -> Option<Result<Opened<'h>, Error>> {
        let missing = |inside: &mut Inside<'h>| {
            inside.workers > 0 && !inside.ready.contains_key(&inside.next)
        };
        let inside = self.changed.wait_while(self.lock(), missing);
        let mut inside = inside.unwrap_or_else(PoisonError::into_inner);
        let next = inside.next;
        let opened = inside.ready.remove(&next)?;
        inside.next = next.saturating_add(1);
        let bytes = opened.as_ref().map_or(0, |opened| opened.writes.bytes());
        inside.bytes = inside.bytes.saturating_sub(bytes);
        drop(inside);
        self.changed.notify_all();
        Some(opened)
    }
}

/// How many blocks are opened ahead at most, however little they write.
const MOST_AHEAD: usize = 1_000;

/// Runs it at the end, also after a panic.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
