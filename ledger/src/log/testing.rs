// SPDX-License-Identifier: Apache-2.0
//! Checks of the log that any length of run can ask for: random use against a model, power
//! failures at random moments, and every flipped bit. Each says in words what it found.

// These are tests, even if they stand in the library.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use super::{Options, Reader, SegmentLog};
use crate::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::sim::{Dice, Loss, MemoryDisk};
use sys::{Access, Disk, Volume};

const ROOM: usize = 1 << 30;
const DIR: &str = "log";
const KIND: u32 = 7;

/// What a log holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Model {
    first: u64,
    records: Vec<Vec<u8>>,
}

impl Model {
    fn next(&self) -> u64 {
        self.first + self.records.len() as u64
    }

    fn record(&self, sequence: u64) -> Option<&Vec<u8>> {
        self.records.get(usize::try_from(sequence.checked_sub(self.first)?).ok()?)
    }

    fn truncate(&mut self, sequence: u64) {
        self.records.truncate((sequence - self.first) as usize);
    }

    fn prune(&mut self, first: u64) {
        self.records.drain(..(first - self.first) as usize);
        self.first = first;
    }

    fn of(reader: &Reader) -> Result<Self, String> {
        let all: Result<Vec<_>, Error> = reader.iter(reader.first()).collect();
        let records = all.map_err(words)?;
        Ok(Self {
            first: reader.first(),
            records: records.into_iter().map(|record| record.payload.to_vec()).collect(),
        })
    }
}

/// One thing that is done to a log.
#[derive(Clone, Debug)]
enum Step {
    Append(Vec<Vec<u8>>),
    Truncate(u64),
    Prune(u64),
    Restart(u64),
}

impl Step {
    fn roll(model: &Model, dice: &mut Dice) -> Self {
        let inside = |dice: &mut Dice| model.first + dice.below(model.records.len() as u64 + 1);
        match dice.below(20) {
            0..=1 => Self::Truncate(inside(dice)),
            2 => Self::Prune(inside(dice)),
            3 if dice.once_in(3) => Self::Restart(model.next() + dice.below(5)),
            _ => Self::Append((0..=dice.below(3)).map(|_| payload(dice)).collect()),
        }
    }

    /// Does it, and makes it safe.
    fn run(&self, log: &mut SegmentLog) -> Result<(), Error> {
        match self {
            Self::Append(records) => {
                for record in records {
                    let (start, end) = record.split_at(record.len() / 2);
                    log.append(&[start, end])?;
                }
                log.sync()
            }
            Self::Truncate(from) => log.truncate_from(*from),
            Self::Prune(before) => log.prune_before(*before).map(drop),
            Self::Restart(at) => log.restart_at(*at),
        }
    }

    /// What it makes of a log. How much is pruned depends on where the segments end.
    fn apply(&self, model: &mut Model, first: u64) {
        match self {
            Self::Append(records) => model.records.extend(records.iter().cloned()),
            Self::Truncate(from) => model.truncate(*from),
            Self::Prune(_) => model.prune(first),
            Self::Restart(at) => *model = Model { first: *at, records: Vec::new() },
        }
    }

    /// Whether a log may look like that when the power failed during this step.
    fn allows(&self, old: &Model, seen: &Model) -> Result<(), String> {
        let mut new = old.clone();
        let known = |model: &Model| (old.first..=old.next()).contains(&model.first);
        let first = match self {
            Self::Prune(before) => (old.first..=*before.max(&old.first)).contains(&seen.first),
            Self::Restart(at) if seen.records.is_empty() => {
                return if seen.first == *at || seen.first == 0 || known(seen) {
                    Ok(())
                } else {
                    Err(format!("an empty log that begins with {}", seen.first))
                };
            }
            _ => seen.first == old.first,
        };
        if !first {
            return Err(format!("the log begins with {}, not {}", seen.first, old.first));
        }
        match self {
            Self::Append(_) => self.apply(&mut new, 0),
            Self::Truncate(from) => new.truncate(*from),
            Self::Prune(_) => {}
            Self::Restart(_) => new.records.clear(),
        }
        let (low, high) = (old.next().min(new.next()), old.next().max(new.next()));
        if !(low..=high).contains(&seen.next()) {
            return Err(format!("records up to {}, not {low} to {high}", seen.next()));
        }
        let longer = if new.next() > old.next() { &new } else { old };
        for sequence in seen.first..seen.next() {
            if seen.record(sequence) != longer.record(sequence) {
                return Err(format!("record {sequence} is not what was appended"));
            }
        }
        Ok(())
    }
}

fn payload(dice: &mut Dice) -> Vec<u8> {
    let length = match dice.below(8) {
        0 => 0,
        1 => dice.below(3000),
        _ => dice.below(300),
    };
    // Zeros are what a hole in a file reads as.
    let zeros = dice.once_in(8);
    (0..length).map(|_| if zeros { 0 } else { dice.roll() as u8 }).collect()
}

/// Runs random steps on a log and on a model of it, reopens it now and then, lets writes and syncs
/// fail now and then, and compares after each.
///
/// # Errors
/// What differs, in words.
pub fn model(seed: u64, steps: u64) -> Result<(), String> {
    let (disk, mut dice) = (MemoryDisk::new(ROOM), Dice::new(seed));
    let (mut log, mut model) = (open(&disk, 0)?, Model::default());
    for number in 0..steps {
        let at = |what: String| format!("step {number} of seed {seed}: {what}");
        let step = Step::roll(&model, &mut dice);
        faulty(&disk, &mut dice);
        let done = step.run(&mut log);
        heal(&disk);
        if done.is_err() {
            if !matches!(log.sync(), Err(Error::Stopped { .. })) {
                return Err(at("a log goes on after a failure".into()));
            }
            drop(log);
            log = open(&disk, 0).map_err(at)?;
            let seen = Model::of(log.reader()).map_err(at)?;
            step.allows(&model, &seen).map_err(at)?;
            model = seen;
            continue;
        }
        step.apply(&mut model, log.reader().first());
        if dice.once_in(6) {
            let next = log.next_sequence();
            drop(log);
            log = open(&disk, next).map_err(at)?;
        }
        compare(&log, &model, &mut dice).map_err(at)?;
    }
    Ok(())
}

fn compare(log: &SegmentLog, model: &Model, dice: &mut Dice) -> Result<(), String> {
    let seen = Model::of(log.reader())?;
    if seen != *model {
        return Err(format!("{} records from {}", seen.records.len(), seen.first));
    }
    let sequence = dice.below(model.next() + 2);
    let read = log.reader().read(sequence);
    match (model.record(sequence), read) {
        (Some(record), Ok(read)) if *record == read => {}
        (None, Err(Error::Refused(_))) => {}
        (_, read) => return Err(format!("record {sequence}: {read:?}")),
    }
    let mut count = 0;
    let mut each = |_| {
        count += 1;
        Ok(())
    };
    log.reader().verify(&mut each).map_err(words)?;
    if count != model.records.len() {
        return Err(format!("{count} records verified"));
    }
    Ok(())
}

/// Runs random steps, some of which fail, and looks at that many disks that a power failure at a
/// random moment may have left: each must open with what was safe then, and with nothing that
/// was not written, and go on; of some of them, what a second failure leaves must, too.
///
/// # Errors
/// What was lost or wrong, in words.
pub fn crash(seed: u64, loss: Loss, images: usize) -> Result<(), String> {
    let disk = MemoryDisk::recording(ROOM);
    let mut dice = Dice::new(seed);
    let intervals = work(&disk, &mut dice, 60).map_err(|what| format!("seed {seed}: {what}"))?;
    look(&disk, &intervals, loss, images, &mut dice, true)
        .map_err(|what| format!("seed {seed}, {loss:?}, {what}"))
}

/// What was safe, and what was being done then.
type Interval = (Model, Step);

/// Runs that many steps. After step n, n is acknowledged.
fn work(disk: &MemoryDisk, dice: &mut Dice, steps: usize) -> Result<Vec<Interval>, String> {
    let mut log = open(disk, 0)?;
    let mut model = Model::of(log.reader())?;
    disk.acknowledge(0);
    let mut intervals = Vec::new();
    for number in 1..=steps {
        let step = Step::roll(&model, dice);
        intervals.push((model.clone(), step.clone()));
        faulty(disk, dice);
        let done = step.run(&mut log);
        heal(disk);
        if done.is_err() {
            drop(log);
            log = open(disk, 0)?;
            let seen = Model::of(log.reader())?;
            step.allows(&model, &seen)?;
            model = seen;
        } else {
            step.apply(&mut model, log.reader().first());
        }
        disk.acknowledge(number as u64);
    }
    intervals.push((model, Step::Append(Vec::new())));
    Ok(intervals)
}

/// Lets a sync or a write fail, sometimes.
fn faulty(disk: &MemoryDisk, dice: &mut Dice) {
    if dice.once_in(12) {
        disk.fail_sync_after(dice.below(3));
    } else if dice.once_in(24) {
        disk.halt_after(dice.below(6));
    }
}

fn heal(disk: &MemoryDisk) {
    disk.fail_sync_after(u64::MAX);
    disk.halt_after(u64::MAX);
}

fn look(
    disk: &MemoryDisk,
    intervals: &[Interval],
    loss: Loss,
    images: usize,
    dice: &mut Dice,
    again: bool,
) -> Result<(), String> {
    let mut crashes = disk.crashes();
    let all = crashes.moments() as u64;
    let mut moments: Vec<u64> = (0..images).map(|_| dice.below(all)).collect();
    moments.sort_unstable();
    for moment in moments {
        crashes.advance(moment as usize);
        let Some(safe) = crashes.acknowledged() else { continue };
        let left = crashes.disk(loss, dice);
        recovers(&left, &intervals[safe as usize], loss, dice, again)
            .map_err(|what| format!("event {moment}: {what}"))?;
    }
    Ok(())
}

/// Opens what is left of a log, and goes on with it.
fn recovers(
    left: &MemoryDisk,
    (old, step): &Interval,
    loss: Loss,
    dice: &mut Dice,
    again: bool,
) -> Result<(), String> {
    let second = again && dice.once_in(4);
    let disk = if second { recorded(left) } else { left.clone() };
    let at_least = match step {
        Step::Truncate(from) => *from,
        Step::Restart(_) => 0,
        _ => old.next(),
    };
    let mut log = open(&disk, at_least)?;
    let mut seen = Model::of(log.reader())?;
    step.allows(old, &seen)?;
    if second {
        drop(log);
        let intervals = work(&disk, dice, 4)?;
        return look(&disk, &intervals, loss, 4, dice, false)
            .map_err(|what| format!("second failure, {what}"));
    }
    let more = Step::Append(vec![payload(dice), payload(dice)]);
    more.run(&mut log).map_err(words)?;
    more.apply(&mut seen, 0);
    drop(log);
    let log = open(&disk, seen.next())?;
    compare(&log, &seen, dice).map_err(|what| format!("after it went on: {what}"))
}

/// A disk with the same files that remembers what happens to it.
fn recorded(left: &MemoryDisk) -> MemoryDisk {
    let disk = MemoryDisk::recording(ROOM);
    for (path, _) in left.files() {
        disk.create(&path, &left.read(&path).unwrap(), Access::Private).unwrap();
    }
    disk
}

/// Flips every bit of every segment of a small log, one at a time. In a closed segment, and in
/// records that later ones prove to have been safe, opening or verifying must say so, and name the
/// file; no read may give anything but what was written.
///
/// # Errors
/// What was not noticed, in words.
pub fn flips(seed: u64) -> Result<(), String> {
    let (disk, mut dice) = (MemoryDisk::new(ROOM), Dice::new(seed));
    let mut log = small(&disk, 0).map_err(words)?;
    while log.reader().0.map().firsts.len() < 3 || log.reader().0.map().open.offsets.count() < 4 {
        Step::Append(vec![payload(&mut dice)[..].iter().copied().take(60).collect()])
            .run(&mut log)
            .map_err(words)?;
    }
    let model = Model::of(log.reader())?;
    // The last record has no one behind it that proves it.
    let last = log.reader().locate(model.next() - 1).map_err(words)?;
    drop(log);
    for (path, size) in disk.files() {
        if path.extension().is_none_or(|extension| extension != "seg") {
            continue;
        }
        for bit in 0..size * 8 {
            let proven = path != last.path || ((bit / 8) as u64) < last.offset;
            let copy = recorded(&disk);
            copy.flip(&path, bit / 8, (bit % 8) as u8);
            noticed(&copy, &model, &path, proven)
                .map_err(|what| format!("bit {bit} of {}: {what}", path.display()))?;
        }
    }
    Ok(())
}

fn noticed(disk: &MemoryDisk, model: &Model, path: &PathBuf, proven: bool) -> Result<(), String> {
    let log = match small(disk, 0) {
        Err(Error::Damaged { path: named, .. }) if named == *path => return Ok(()),
        Err(Error::NewerFormat { path: named, .. }) if named == *path => return Ok(()),
        Err(error) => return Err(format!("opening says: {error}")),
        Ok(log) => log,
    };
    for sequence in model.first..log.next_sequence() {
        let read = log.reader().read(sequence);
        if read.is_ok_and(|read| Some(&read[..]) != model.record(sequence).map(|r| &r[..])) {
            return Err(format!("record {sequence} reads as something else"));
        }
    }
    match log.reader().verify(&mut |_| Ok(())) {
        Err(Error::Damaged { path: named, .. }) if named == *path => Ok(()),
        Err(Error::NewerFormat { path: named, .. }) if named == *path => Ok(()),
        Ok(()) if !proven && log.next_sequence() + 1 >= model.next() => Ok(()),
        Ok(()) => Err("nobody noticed".into()),
        Err(error) => Err(format!("verifying says: {error}")),
    }
}

fn open(disk: &MemoryDisk, at_least: u64) -> Result<SegmentLog, String> {
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    let options = Options { segment_size: 2048, salt: 0x5eed };
    SegmentLog::open(&volume, Path::new(DIR), KIND, options, at_least).map_err(words)
}

fn small(disk: &MemoryDisk, at_least: u64) -> Result<SegmentLog, Error> {
    let volume: Arc<dyn Volume> = Arc::new(disk.clone());
    let options = Options { segment_size: 400, salt: 1 };
    SegmentLog::open(&volume, Path::new(DIR), KIND, options, at_least)
}

#[allow(clippy::needless_pass_by_value)] // for map_err
fn words(error: Error) -> String {
    error.to_string()
}
