// SPDX-License-Identifier: Apache-2.0
//! What a power failure leaves: the disks that are possible after each event of a recording.

use super::disk::{Event, FileId, move_names};
use super::file::write;
use super::naming::Naming;
use super::{Dice, MemoryDisk};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A disk writes this many bytes at once or not at all.
const SECTOR: usize = 512;

/// What of the things that were not synced gets lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loss {
    /// Nothing: the program stops, the machine goes on.
    Nothing,
    /// Everything.
    Everything,
    /// Any of the writes, in any file, whatever their order.
    Writes,
    /// Any of the names: files that were made, renamed or removed.
    Names,
    /// Any sectors of 512 bytes of any write, and any of the names.
    Sectors,
}

impl Loss {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Nothing, Self::Everything, Self::Writes, Self::Names, Self::Sectors];

    fn keeps_name(self, dice: &mut Dice) -> bool {
        match self {
            Self::Nothing | Self::Writes => true,
            Self::Everything => false,
            Self::Names | Self::Sectors => dice.once_in(2),
        }
    }

    fn keeps_write(self, dice: &mut Dice) -> bool {
        match self {
            Self::Nothing | Self::Names => true,
            Self::Everything => false,
            Self::Writes | Self::Sectors => dice.once_in(2),
        }
    }
}

/// A change of a file that is not durable yet.
#[derive(Clone, Debug)]
enum Change {
    Write(u64, Arc<[u8]>),
    SetSize(u64),
}

#[derive(Debug, Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Change>,
}

/// A recording that is gone through from its start.
#[derive(Debug)]
pub struct Crashes {
    events: Vec<Event>,
    at: usize,
    names: BTreeMap<PathBuf, FileId>,
    pending: Vec<Naming>,
    files: BTreeMap<FileId, File>,
    acknowledged: Option<u64>,
}

std::thread_local! {
    static IMAGES: Cell<u64> = const { Cell::new(0) };
}

impl MemoryDisk {
    /// Goes through what was recorded so far.
    #[must_use]
    pub fn crashes(&self) -> Crashes {
        Crashes {
            events: self.events(),
            at: 0,
            names: BTreeMap::new(),
            pending: Vec::new(),
            files: BTreeMap::new(),
            acknowledged: None,
        }
    }
}

impl Crashes {
    /// How many moments there are: one before each event, and one after the last.
    #[must_use]
    pub fn moments(&self) -> usize {
        self.events.len() + 1
    }

    /// Goes forward to the moment before that event.
    pub fn advance(&mut self, moment: usize) {
        while self.at < moment.min(self.events.len()) {
            let event = self.events[self.at].clone();
            self.at += 1;
            self.follow(event);
        }
    }

    /// The last thing that was said to be safe before this moment.
    #[must_use]
    pub fn acknowledged(&self) -> Option<u64> {
        self.acknowledged
    }

    /// How many disks this thread was shown so far.
    #[must_use]
    pub fn images_here() -> u64 {
        IMAGES.get()
    }

    /// What may be on the disk when the machine stops at this moment.
    #[must_use]
    pub fn disk(&self, loss: Loss, dice: &mut Dice) -> MemoryDisk {
        IMAGES.set(IMAGES.get() + 1);
        let mut names = self.names.clone();
        for naming in &self.pending {
            if loss.keeps_name(dice) {
                naming.apply(&mut names);
            }
        }
        let content = |file: FileId, dice: &mut Dice| {
            self.files.get(&file).map(|file| file.after(loss, dice)).unwrap_or_default()
        };
        MemoryDisk::with(names.into_iter().map(|(path, file)| (path, content(file, dice))))
    }

    fn follow(&mut self, event: Event) {
        match event {
            Event::Put(path, file, bytes) => {
                self.settle(|naming| naming.touches(&path));
                self.names.insert(path, file);
                self.files.insert(file, File { durable: bytes.to_vec(), pending: Vec::new() });
            }
            Event::Take(path) => {
                self.settle(|naming| naming.touches(&path) || naming.folder() == path.parent());
                self.names.retain(|name, _| !name.starts_with(&path));
            }
            Event::Move(from, to) => {
                // The folder that it stands in is synced, and none of those inside.
                self.settle(|naming| naming.touches(&to) || naming.folder() == to.parent());
                self.pending.iter_mut().for_each(|naming| naming.moved(&from, &to));
                move_names(&mut self.names, &from, &to);
            }
            Event::Create(path, file) => {
                self.files.insert(file, File::default());
                self.pending.push(Naming::Create(path, file));
            }
            Event::Rename(from, to) => self.pending.push(Naming::Rename(from, to)),
            Event::Remove(path) => self.pending.push(Naming::Remove(path)),
            Event::SyncDir(dir) => self.settle(|naming| naming.folder() == Some(&dir)),
            Event::Write(file, offset, bytes) => {
                self.file(file).pending.push(Change::Write(offset, bytes));
            }
            Event::SetSize(file, size) => self.file(file).pending.push(Change::SetSize(size)),
            Event::Sync(file) => self.file(file).settle(),
            // The system may drop the pages and report success the next time.
            Event::SyncFailed(file) => self.file(file).pending.clear(),
            Event::Acknowledge(what) => self.acknowledged = Some(what),
        }
    }

    fn file(&mut self, file: FileId) -> &mut File {
        self.files.entry(file).or_default()
    }

    /// Makes some of the pending names durable, in their order.
    fn settle(&mut self, which: impl Fn(&Naming) -> bool) {
        let (now, later) = std::mem::take(&mut self.pending).into_iter().partition(which);
        self.pending = later;
        let now: Vec<Naming> = now;
        for naming in now {
            naming.apply(&mut self.names);
        }
    }
}

impl File {
    fn settle(&mut self) {
        for change in std::mem::take(&mut self.pending) {
            change.apply(&mut self.durable);
        }
    }

    fn after(&self, loss: Loss, dice: &mut Dice) -> Vec<u8> {
        let mut content = self.durable.clone();
        for change in &self.pending {
            match change {
                Change::Write(offset, bytes) if loss == Loss::Sectors => {
                    tear(&mut content, usize::try_from(*offset).unwrap_or(0), bytes, dice);
                }
                change if loss.keeps_write(dice) => change.apply(&mut content),
                _ => {}
            }
        }
        content
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write(offset, bytes) => {
                write(content, usize::try_from(*offset).unwrap_or(0), bytes);
            }
            Self::SetSize(size) => content.resize(usize::try_from(*size).unwrap_or(0), 0),
        }
    }
}

/// Writes each sector that `bytes` touches, or does not.
fn tear(content: &mut Vec<u8>, offset: usize, bytes: &[u8], dice: &mut Dice) {
    let mut from = 0;
    while from < bytes.len() {
        let at = offset + from;
        let to = bytes.len().min(from + SECTOR - at % SECTOR);
        if dice.once_in(2) {
            write(content, at, &bytes[from..to]);
        }
        from = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Access, Disk, Volume};
    use std::path::Path;

    const PATH: &str = "dir/a";

    fn after(disk: &MemoryDisk, loss: Loss, seed: u64) -> Option<Vec<u8>> {
        let mut crashes = disk.crashes();
        crashes.advance(crashes.moments());
        crashes.disk(loss, &mut Dice::new(seed)).read(Path::new(PATH)).ok()
    }

    fn some(disk: &MemoryDisk, loss: Loss) -> Vec<Option<Vec<u8>>> {
        let mut all: Vec<_> = (0..64).map(|seed| after(disk, loss, seed)).collect();
        all.sort();
        all.dedup();
        all
    }

    #[test]
    fn what_was_not_synced_may_be_lost_and_what_was_is_not() {
        let disk = MemoryDisk::recording(usize::MAX);
        let file = disk.create_file(Path::new(PATH), Access::Private).unwrap();
        file.write_at(b"one", 0).unwrap();
        file.sync().unwrap();
        assert_eq!(after(&disk, Loss::Everything, 0), None, "its name was not synced");
        assert_eq!(some(&disk, Loss::Names), [None, Some(b"one".to_vec())]);
        disk.sync_dir(Path::new("dir")).unwrap();
        file.write_at(b"two", 3).unwrap();
        file.write_at(b"six", 6).unwrap();
        assert_eq!(after(&disk, Loss::Nothing, 0).unwrap(), b"onetwosix");
        assert_eq!(after(&disk, Loss::Everything, 0).unwrap(), b"one");
        let expected: [&[u8]; 4] = [b"one", b"one\0\0\0six", b"onetwo", b"onetwosix"];
        assert_eq!(some(&disk, Loss::Writes), expected.map(|bytes| Some(bytes.to_vec())));
        file.sync().unwrap();
        for loss in Loss::ALL {
            assert_eq!(some(&disk, loss), [Some(b"onetwosix".to_vec())]);
        }
    }

    #[test]
    fn a_rename_is_lost_without_a_sync_of_its_folder() {
        let disk = MemoryDisk::recording(usize::MAX);
        disk.create(Path::new(PATH), b"old", Access::Private).unwrap();
        let file = disk.create_file(Path::new("dir/b"), Access::Private).unwrap();
        file.write_at(b"new", 0).unwrap();
        file.sync().unwrap();
        disk.sync_dir(Path::new("dir")).unwrap();
        disk.rename_file(Path::new("dir/b"), Path::new(PATH)).unwrap();
        assert_eq!(some(&disk, Loss::Names), [Some(b"new".to_vec()), Some(b"old".to_vec())]);
        disk.sync_dir(Path::new("dir")).unwrap();
        assert_eq!(some(&disk, Loss::Names), [Some(b"new".to_vec())]);
    }

    #[test]
    fn a_folder_that_moves_takes_along_only_the_names_that_were_synced() {
        for synced in [false, true] {
            let disk = MemoryDisk::recording(usize::MAX);
            disk.create(Path::new("new/b"), b"b", Access::Private).unwrap();
            let file = disk.create_file(Path::new("new/a"), Access::Private).unwrap();
            file.write_at(b"a", 0).unwrap();
            file.sync().unwrap();
            if synced {
                disk.sync_dir(Path::new("new")).unwrap();
            }
            disk.rename(Path::new("new"), Path::new("dir")).unwrap();
            assert_eq!(after(&disk, Loss::Nothing, 0), Some(b"a".to_vec()));
            assert_eq!(after(&disk, Loss::Everything, 0), synced.then(|| b"a".to_vec()));
            disk.remove(Path::new("dir/a")).unwrap();
            assert_eq!(some(&disk, Loss::Names), [None]);
        }
    }

    #[test]
    fn a_write_tears_between_sectors() {
        let disk = MemoryDisk::recording(usize::MAX);
        disk.create(Path::new(PATH), &[0; 1024], Access::Private).unwrap();
        let file = disk.open_file(Path::new(PATH)).unwrap();
        file.write_at(&[1; 1024], 0).unwrap();
        let left = some(&disk, Loss::Sectors);
        assert_eq!(left.len(), 4);
        assert!(left.iter().flatten().all(|content| content.len() == 1024));
    }

    #[test]
    fn a_failed_sync_loses_what_was_written_before_it_for_good() {
        let disk = MemoryDisk::recording(usize::MAX);
        disk.create(Path::new(PATH), b"old", Access::Private).unwrap();
        let file = disk.open_file(Path::new(PATH)).unwrap();
        disk.fail_sync_after(0);
        file.write_at(b"new", 0).unwrap();
        file.sync().unwrap_err();
        file.sync().unwrap();
        assert_eq!(after(&disk, Loss::Everything, 0).unwrap(), b"old");
    }

    #[test]
    fn a_full_a_stopped_and_a_locked_disk_refuse() {
        let disk = MemoryDisk::new(4);
        let file = disk.create_file(Path::new(PATH), Access::Private).unwrap();
        file.write_at(b"four", 0).unwrap();
        assert_eq!(file.write_at(b"5", 4).unwrap_err().kind(), std::io::ErrorKind::StorageFull);
        file.set_size(3).unwrap();
        file.write_at(b"4", 3).unwrap();
        let lock = disk.lock(Path::new("lock")).unwrap();
        disk.lock(Path::new("lock")).unwrap_err();
        drop(lock);
        disk.lock(Path::new("lock")).unwrap();
        disk.halt_after(0);
        file.write_at(b"x", 0).unwrap_err();
    }

    #[test]
    fn what_was_acknowledged_is_known_at_each_moment() {
        let disk = MemoryDisk::recording(usize::MAX);
        disk.create(Path::new(PATH), b"1", Access::Private).unwrap();
        disk.acknowledge(7);
        let mut crashes = disk.crashes();
        crashes.advance(1);
        assert_eq!(crashes.acknowledged(), None);
        crashes.advance(2);
        assert_eq!(crashes.acknowledged(), Some(7));
    }
}
