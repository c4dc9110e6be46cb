// SPDX-License-Identifier: Apache-2.0
//! Random use, on a disk that fails, and on what a power failure leaves of it.

use super::during::During;
use super::picture::{Picture, Step, words};
use super::{Later, ROOM, SEGMENT, faulty, heal, open, open_with, recorded};
use crate::wal::{Completion, Error, Syncer, Wal};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use sys::sim::{Dice, Loss, MemoryDisk};

/// A log in use: what it was like after each step, and up to which one all is acknowledged.
struct Use {
    disk: MemoryDisk,
    wal: Option<Arc<Wal>>,
    later: Later,
    during: During,
    pictures: Vec<Picture>,
    safe: Arc<AtomicUsize>,
}

impl Use {
    /// Opens a log that holds that, which is safe.
    fn of(disk: &MemoryDisk, dice: &mut Dice, picture: Picture) -> Result<Self, String> {
        let mut log = Self {
            disk: disk.clone(),
            wal: None,
            later: Later::default(),
            during: During::default(),
            pictures: vec![picture],
            safe: Arc::default(),
        };
        log.open(dice)?;
        log.disk.acknowledge(0);
        Ok(log)
    }

    /// Opens it again: it holds what was acknowledged and perhaps steps after it, and all that it
    /// holds is safe then.
    fn open(&mut self, dice: &mut Dice) -> Result<(), String> {
        // The folder is free at once: a second opener would be refused.
        self.wal = None;
        self.later = Later::default();
        let later: Box<dyn Syncer> = match dice.once_in(3) {
            true => Box::new(crate::wal::SyncAtOnce),
            false => Box::new(self.later.clone()),
        };
        let wal = open_with(&self.disk, &self.during, later).map_err(words)?;
        let seen = Picture::of(&wal)?;
        is_one_of(&seen, &self.pictures[self.safe.load(Ordering::SeqCst)..])?;
        self.wal = Some(Arc::new(wal));
        self.pictures.push(seen);
        self.acknowledged()(Ok(()));
        Ok(())
    }

    fn wal(&self) -> &Wal {
        self.wal.as_ref().unwrap()
    }

    fn shared(&self) -> Arc<Wal> {
        self.wal.clone().unwrap()
    }

    fn picture(&self) -> &Picture {
        self.pictures.last().unwrap()
    }

    /// Tells the disk that the last step is safe.
    fn acknowledged(&self) -> Completion {
        let (number, disk) = (self.pictures.len() - 1, self.disk.clone());
        let safe = Arc::clone(&self.safe);
        Box::new(move |result| {
            if result.is_ok() {
                safe.fetch_max(number, Ordering::SeqCst);
                disk.acknowledge(number as u64);
            }
        })
    }

    /// One step, and perhaps another one in the middle of a sync; when one fails it is opened
    /// again.
    fn step(&mut self, dice: &mut Dice) -> Result<(), String> {
        let (name, first) = self.rolled(dice);
        let acknowledged = self.acknowledged();
        let second = dice.once_in(3).then(|| self.interlude(dice));
        faulty(&self.disk, dice);
        let mut done = first.run(name, self.wal(), acknowledged);
        if dice.once_in(4) {
            self.later.run();
        }
        if let Some(result) = second {
            // When there was no sync, it comes behind.
            self.during.run();
            let result = result.lock().unwrap().take();
            done = done.and(result.unwrap_or(Ok(())));
        }
        heal(&self.disk);
        match done {
            Ok(()) if !dice.once_in(25) => Ok(()),
            Ok(()) => self.open(dice),
            Err(Error::Log(_) | Error::Stopped(_)) => {
                let again = self.wal().remove(name, Box::new(drop));
                if !matches!(again, Err(Error::Stopped(_))) {
                    return Err(format!("a log goes on after a failure: {again:?}"));
                }
                self.open(dice)
            }
            Err(error) => Err(format!("{first:?} of {name}: {error}")),
        }
    }

    /// A step that may be done now, and what the log is like after it.
    fn rolled(&mut self, dice: &mut Dice) -> (&'static str, Step) {
        let (name, step) = Step::roll(self.picture(), dice);
        let mut picture = self.picture().clone();
        step.apply(name, &mut picture);
        self.pictures.push(picture);
        (name, step)
    }

    /// Has a step done in the middle of the next sync, and gives what comes of it.
    fn interlude(&mut self, dice: &mut Dice) -> Arc<Mutex<Option<Result<(), Error>>>> {
        let (name, step) = self.rolled(dice);
        let (done, wal, asked) = (self.acknowledged(), self.shared(), self.shared());
        let result = Arc::new(Mutex::new(None));
        let told = Arc::clone(&result);
        let run = move || *told.lock().unwrap() = Some(step.run(name, &wal, done));
        // In a sync that others can write during, the log is not locked.
        self.during.set(move || !asked.is_busy(), run);
        result
    }
}

fn is_one_of(seen: &Picture, allowed: &[Picture]) -> Result<(), String> {
    if allowed.contains(seen) {
        return Ok(());
    }
    // What was acknowledged is the least that must be there.
    let difference = allowed.first().and_then(|first| seen.difference(first));
    Err(format!("{}, at least", difference.unwrap_or_default()))
}

/// Runs random steps on a log and on a model of it, some of which fail; reopens it now and then,
/// and compares after each.
///
/// # Errors
/// What differs, in words.
pub fn model(seed: u64, steps: u64) -> Result<(), String> {
    let (disk, mut dice) = (MemoryDisk::new(ROOM), Dice::new(seed));
    let at = |number: u64| move |what: String| format!("step {number} of seed {seed}: {what}");
    let mut log = Use::of(&disk, &mut dice, Picture::default())?;
    for number in 0..steps {
        log.step(&mut dice).map_err(at(number))?;
        let seen = Picture::of(log.wal()).map_err(at(number))?;
        if let Some(difference) = seen.difference(log.picture()) {
            return Err(at(number)(difference));
        }
        limited(log.wal(), &mut dice).map_err(at(number))?;
        bounded(&log).map_err(at(number))?;
    }
    Ok(())
}

/// Reading with a limit gives the first of what reading without gives, and one at least.
fn limited(wal: &Wal, dice: &mut Dice) -> Result<(), String> {
    for name in wal.groups() {
        let group = wal.group(&name).map_err(words)?;
        let from = dice.below(30);
        let all = group.read(from, from + 20, u64::MAX).map_err(words)?;
        let some = group.read(from, from + 20, dice.below(500)).map_err(words)?;
        if !all.starts_with(&some) || some.is_empty() != all.is_empty() {
            return Err(format!("{} of {} entries of group {name}", some.len(), all.len()));
        }
    }
    Ok(())
}

/// A log does not grow beyond what is wanted of it, whatever one slow group keeps. When nobody
/// waits for a sync nothing can go.
fn bounded(log: &Use) -> Result<(), String> {
    let is_segment = |path: &std::path::Path| path.extension().is_some_and(|name| name == "seg");
    let files = log.disk.files();
    let size: usize = files.iter().filter(|(path, _)| is_segment(path)).map(|file| file.1).sum();
    let unsafe_steps = log.pictures.len() - log.safe.load(Ordering::SeqCst);
    let most = 3 * log.picture().weight() + 12 * SEGMENT as usize + unsafe_steps * 400;
    if size > most {
        return Err(format!("{size} bytes in segments, and {most} are enough"));
    }
    Ok(())
}

/// Runs random steps, some of which fail, and looks at that many disks that a power failure at a
/// random moment may have left: each must open with what was acknowledged then, perhaps with
/// steps after it, in order, and with nothing else; and go on. Of some of them, what a second
/// failure leaves must, too.
///
/// # Errors
/// What was lost or wrong, in words.
pub fn crash(seed: u64, loss: Loss, images: usize) -> Result<(), String> {
    let (disk, mut dice) = (MemoryDisk::recording(ROOM), Dice::new(seed));
    let pictures = work(&disk, &mut dice, Picture::default(), 250)
        .map_err(|what| format!("seed {seed}: {what}"))?;
    look(&disk, &pictures, loss, images, &mut dice, true)
        .map_err(|what| format!("seed {seed}, {loss:?}, {what}"))
}

/// Runs that many steps, and gives what the log was like after each.
fn work(
    disk: &MemoryDisk,
    dice: &mut Dice,
    first: Picture,
    steps: usize,
) -> Result<Vec<Picture>, String> {
    let mut log = Use::of(disk, dice, first)?;
    (0..steps).try_for_each(|_| log.step(dice))?;
    Ok(log.pictures)
}

fn look(
    disk: &MemoryDisk,
    pictures: &[Picture],
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
        recovers(&left, &pictures[safe as usize..], loss, dice, again)
            .map_err(|what| format!("event {moment}: {what}"))?;
    }
    Ok(())
}

/// Opens what is left of a log, and goes on with it.
fn recovers(
    left: &MemoryDisk,
    allowed: &[Picture],
    loss: Loss,
    dice: &mut Dice,
    again: bool,
) -> Result<(), String> {
    let second = again && dice.once_in(4);
    let disk = if second { recorded(left) } else { left.clone() };
    let wal = open(&disk).map_err(words)?;
    let mut seen = Picture::of(&wal)?;
    is_one_of(&seen, allowed)?;
    if second {
        drop(wal);
        let pictures = work(&disk, dice, seen, 6)?;
        return look(&disk, &pictures, loss, 4, dice, false)
            .map_err(|what| format!("second failure, {what}"));
    }
    for _ in 0..4 {
        let (name, step) = Step::roll(&seen, dice);
        step.run(name, &wal, Box::new(drop)).map_err(words)?;
        step.apply(name, &mut seen);
    }
    drop(wal);
    let difference = Picture::of(&open(&disk).map_err(words)?)?.difference(&seen);
    difference.map_or(Ok(()), |what| Err(format!("after it went on: {what}")))
}
