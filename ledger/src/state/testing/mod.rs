// SPDX-License-Identifier: Apache-2.0
//! Checks of the state that any length of run can ask for: random blocks against a model, and
//! power failures at random moments. Each says in words what it found.

// These are tests, even if they stand in the library.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

mod model;
pub(crate) mod workload;

use super::{Options, Snapshot, State, Updates};
use crate::mvcc::{self, Candidate, KnownIds, Replay, Writes};
use crate::{Error, commit_hash};
use bccsp::{Digest, Hash};
use model::Model;
use proto::kvrwset::range_query_info::ReadsInfo;
use proto::protos::TxValidationCode;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Arc;
use sys::Volume;
use sys::sim::{Dice, Loss, MemoryDisk};
use workload::Transaction;

/// Room for a whole test.
const ROOM: usize = 1 << 30;
const OPTIONS: Options =
    Options { cache_size: 1 << 20, durable_blocks: 3, durable_bytes: 1 << 20, run_bytes: 1 << 12 };

/// Runs random blocks through the state and through a naive model, and compares codes, commit
/// hashes, values, versions, metadata, ranges and histories after each; then replays the blocks by
/// their codes alone, one by one and in runs of random length, and compares again.
///
/// # Errors
/// What differs, in words.
pub fn model(hash: &dyn Hash, seed: u64, blocks: u64) -> Result<Seen, String> {
    let mut run = Run::new(hash, seed, &MemoryDisk::new(ROOM))?;
    for _ in 0..blocks {
        run.block()?;
        run.models[run.models.len() - 1].differs(&run.snapshot()?)?;
    }
    let again = open(&MemoryDisk::new(ROOM))?;
    for number in 0..run.blocks.len() {
        run.replay(&again, number)?;
    }
    run.models[run.models.len() - 1].differs(&again.snapshot().map_err(words)?)?;
    let in_runs = open(&MemoryDisk::new(ROOM))?;
    run.replay_in_runs(&in_runs, run.blocks.len(), &mut || ())?;
    same(&again, &in_runs)?;
    Ok(run.seen())
}

/// What a run came across, to see that it was worth something.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// How many transactions got each code.
    pub codes: BTreeMap<i32, u64>,
    /// How many valid ones had a range query with reads, and one summed up in hashes.
    pub ranges: [u64; 2],
    /// How many valid ones had private reads or writes.
    pub private: u64,
}

impl Seen {
    /// Of two runs.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        for (code, count) in &other.codes {
            *self.codes.entry(*code).or_default() += count;
        }
        self.ranges = [self.ranges[0] + other.ranges[0], self.ranges[1] + other.ranges[1]];
        self.private += other.private;
        self
    }
}

/// Runs random blocks, and looks at that many disks that a power failure at a random moment may
/// have left: each must open at a height that was committed and not below the last durable one,
/// hold what the model holds at that height, and take in the blocks after it.
///
/// # Errors
/// What differs, in words.
pub fn crash(hash: &dyn Hash, seed: u64, loss: Loss, images: usize) -> Result<(), String> {
    let disk = MemoryDisk::recording(ROOM);
    // One that goes on block by block, or one that catches up.
    let catches_up = seed % 2 == 1;
    let mut run =
        Run::new(hash, seed, &if catches_up { MemoryDisk::new(ROOM) } else { disk.clone() })?;
    for _ in 0..20 {
        run.block()?;
        disk.acknowledge(if catches_up { 0 } else { run.state.durable_height() });
    }
    if catches_up {
        run.state = open(&disk)?;
        run.replay_in_runs(&run.state, 20, &mut || {
            disk.acknowledge(run.state.durable_height());
        })?;
    }
    run.state.flush().map_err(words)?;
    disk.acknowledge(run.state.durable_height());
    let (mut crashes, mut dice) = (disk.crashes(), Dice::new(seed));
    let all = crashes.moments() as u64;
    let mut moments: Vec<u64> = (0..images).map(|_| dice.below(all)).collect();
    moments.sort_unstable();
    for moment in moments {
        crashes.advance(moment as usize);
        let left = crashes.disk(loss, &mut dice);
        let safe = crashes.acknowledged().unwrap_or(0);
        run.recovers(&left, safe).map_err(|what| format!("{loss:?} at event {moment}: {what}"))?;
    }
    Ok(())
}

struct Run<'h> {
    hash: &'h dyn Hash,
    dice: Dice,
    state: State,
    ids: Ids,
    /// Before the first block, and after each.
    models: Vec<Model>,
    blocks: Vec<(Vec<Transaction>, Vec<TxValidationCode>)>,
    /// Of the last blocks, the oldest first.
    snapshots: VecDeque<Snapshot>,
}

struct Ids(BTreeSet<String>);

impl KnownIds for Ids {
    fn has_id(&self, id: &str) -> Result<bool, Error> {
        Ok(self.0.contains(id))
    }
}

impl<'h> Run<'h> {
    fn new(hash: &'h dyn Hash, seed: u64, disk: &MemoryDisk) -> Result<Self, String> {
        Ok(Self {
            hash,
            dice: Dice::new(seed),
            state: open(disk)?,
            ids: Ids(BTreeSet::new()),
            models: vec![Model::default()],
            blocks: Vec::new(),
            snapshots: VecDeque::new(),
        })
    }

    fn snapshot(&self) -> Result<Snapshot, String> {
        self.state.snapshot().map_err(words)
    }

    fn block(&mut self) -> Result<(), String> {
        let now = self.snapshot()?;
        let transactions = self.transactions().map_err(words)?;
        let number = self.blocks.len() as u64;
        let candidate = |tx: &'_ Transaction| (tx.id.clone(), tx.code, tx.set.clone());
        let owned: Vec<_> = transactions.iter().map(candidate).collect();
        let candidates: Vec<_> = owned
            .iter()
            .map(|(id, code, set)| Candidate { id, code: *code, set: set.as_ref() })
            .collect();
        let judged = mvcc::validate(&now, &self.ids, self.hash, number, &candidates);
        let judged = judged.map_err(words)?;
        let mut model = self.models[self.models.len() - 1].clone();
        let expected = model.block(self.hash, &transactions);
        if judged.codes != expected {
            return Err(format!("codes of block {number}: {:?}, not {expected:?}", judged.codes));
        }
        commit(self.hash, &self.state, &judged.codes, &judged.updates, &model)?;
        self.ids.0.extend(transactions.iter().map(|transaction| transaction.id.clone()));
        self.models.push(model);
        self.blocks.push((transactions, expected));
        Ok(())
    }

    fn transactions(&mut self) -> Result<Vec<Transaction>, Error> {
        if self.blocks.is_empty() {
            return workload::first(self.state.snapshot()?, self.hash);
        }
        self.snapshots.push_back(self.state.snapshot()?);
        if self.snapshots.len() > 3 {
            self.snapshots.pop_front();
        }
        let mut all = Vec::new();
        for _ in 0..=self.dice.below(12) {
            // Mostly of now, else hardly anything would be valid.
            let age = if self.dice.once_in(4) { self.dice.below(3) as usize } else { 0 };
            let made = self.snapshots.iter().rev().nth(age).or(self.snapshots.front()).unwrap();
            all.push(workload::transaction(made.clone(), self.hash, &mut self.dice)?);
        }
        Ok(all)
    }

    fn seen(&self) -> Seen {
        let mut seen = Seen::default();
        let all = self.blocks.iter().flat_map(|(all, codes)| all.iter().zip(codes));
        for (transaction, code) in all {
            *seen.codes.entry(*code as i32).or_default() += 1;
            let valid = *code == TxValidationCode::Valid;
            let set = transaction.set.iter().filter(|_| valid);
            for namespace in set.flat_map(|set| &set.namespaces) {
                let queries = &namespace.public.range_queries_info;
                let kinds = queries.iter().filter_map(|query| query.reads_info.as_ref());
                for kind in kinds {
                    seen.ranges[usize::from(matches!(kind, ReadsInfo::ReadsMerkleHashes(_)))] += 1;
                }
                seen.private += namespace.collections.len() as u64;
            }
        }
        seen
    }

    /// Takes in a block whose codes are known.
    fn replay(&self, state: &State, number: usize) -> Result<(), String> {
        let (transactions, codes) = &self.blocks[number];
        let valid = codes.iter().map(|code| *code == TxValidationCode::Valid);
        let sets = transactions.iter().map(|transaction| transaction.set.as_ref());
        let now = state.snapshot().map_err(words)?;
        let updates = mvcc::replay(&now, self.hash, number as u64, valid.zip(sets));
        commit(self.hash, state, codes, &updates.map_err(words)?, &self.models[number + 1])
    }

    /// Takes in the blocks up to that number, in runs of random length. What stands there after
    /// each is compared with the model.
    fn replay_in_runs(
        &self,
        state: &State,
        end: usize,
        committed: &mut dyn FnMut(),
    ) -> Result<(), String> {
        let mut dice = Dice::new(end as u64);
        let mut replay = Replay::new(state).map_err(words)?;
        while (replay.height() as usize) < end {
            let number = replay.height() as usize;
            let (transactions, codes) = &self.blocks[number];
            let all = (0..).zip(transactions).zip(codes);
            let valid = all.filter(|(_, code)| **code == TxValidationCode::Valid);
            let sets: Vec<_> =
                valid.filter_map(|((n, tx), _)| Some((n, tx.set.clone()?))).collect();
            let writes = Writes::new(self.hash, &sets);
            let stated = self.models[number + 1].commit_hash;
            let block_hash = stated.unwrap_or(Digest::new([0; 32]));
            replay.block(self.hash, (&writes, &bytes(codes)), stated, block_hash).map_err(words)?;
            if dice.once_in(4) || number + 1 == end {
                replay = replay.commit().map_err(words)?;
                committed();
                self.models[number + 1].differs(&state.snapshot().map_err(words)?)?;
            }
        }
        Ok(())
    }

    fn recovers(&self, disk: &MemoryDisk, safe: u64) -> Result<(), String> {
        let state = open(disk)?;
        let height = state.height();
        if height < safe || height as usize >= self.models.len() {
            return Err(format!("height {height} of {}, {safe} was safe", self.blocks.len()));
        }
        let check = |state: &State, height: usize| {
            self.models[height].differs(&state.snapshot().map_err(words)?)
        };
        check(&state, height as usize)?;
        let next = self.blocks.len().min(height as usize + 2);
        // As it would be, or as one that is far behind would.
        if height % 2 == 0 {
            for number in height as usize..next {
                self.replay(&state, number)?;
            }
        } else {
            self.replay_in_runs(&state, next, &mut || ())?;
        }
        state.flush().map_err(words)?;
        drop(state);
        let state = open(disk)?;
        check(&state, next)
    }
}

fn open(disk: &MemoryDisk) -> Result<State, String> {
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    State::open(&volume, Path::new("channel"), OPTIONS).map_err(words)
}

fn commit(
    hash: &dyn Hash,
    state: &State,
    codes: &[TxValidationCode],
    updates: &Updates,
    model: &Model,
) -> Result<(), String> {
    let made = commit_hash(hash, &bytes(codes), updates, state.tip().commit_hash.as_ref());
    if Some(made) != model.commit_hash {
        return Err(format!("commit hash of block {} differs", updates.block()));
    }
    state.commit(updates, Some(made), made).map_err(words)
}

fn bytes(codes: &[TxValidationCode]) -> Vec<u8> {
    codes.iter().map(|code| *code as i32 as u8).collect()
}

/// Whether the tables are equal, byte for byte.
fn same(one: &State, other: &State) -> Result<(), String> {
    let (one, other) = (one.snapshot().map_err(words)?, other.snapshot().map_err(words)?);
    let (one, other) = (one.rows().map_err(words)?, other.rows().map_err(words)?);
    match one.iter().zip(&other).find(|(one, other)| one != other) {
        Some((one, other)) => Err(format!("a row is {other:?} after runs, {one:?} one by one")),
        None if one.len() != other.len() => {
            Err(format!("{} rows after runs, {} one by one", other.len(), one.len()))
        }
        None => Ok(()),
    }
}

// By value, for `map_err`.
#[allow(clippy::needless_pass_by_value)]
fn words(error: Error) -> String {
    error.to_string()
}
