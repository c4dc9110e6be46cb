// SPDX-License-Identifier: Apache-2.0
//! The disk of a node, across its crashes.

use std::path::PathBuf;
use sys::sim::{Dice, Loss, MemoryDisk};
use sys::{Access, Disk as _};

/// No simulated disk is larger, unless it is made full.
pub const ROOM: usize = 1 << 30;

/// An empty disk that remembers in which order it is written.
#[must_use]
pub fn empty() -> MemoryDisk {
    MemoryDisk::recording(ROOM)
}

/// What a power failure now leaves of a disk: another one, on which all of that is durable.
#[must_use]
pub fn after_crash(disk: &MemoryDisk, loss: Loss, dice: &mut Dice) -> MemoryDisk {
    let mut crashes = disk.crashes();
    crashes.advance(crashes.moments());
    copy(&crashes.disk(loss, dice))
}

/// A disk of its own with the same files, all of them durable.
#[must_use]
pub fn copy(disk: &MemoryDisk) -> MemoryDisk {
    let copy = empty();
    for (path, _) in disk.files() {
        // Both are in memory: neither refuses.
        let Ok(bytes) = disk.read(&path) else { continue };
        let _ = copy.create(&path, &bytes, Access::Private);
    }
    copy
}

/// Leaves that many bytes of room.
pub fn fill(disk: &MemoryDisk, left: usize) {
    disk.set_room(used(disk) + left);
}

/// Bytes in files.
#[must_use]
pub fn used(disk: &MemoryDisk) -> usize {
    let files: Vec<(PathBuf, usize)> = disk.files();
    files.iter().map(|(_, size)| size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use sys::Volume as _;

    #[test]
    fn what_is_left_of_a_disk_can_be_lost_again_only_where_it_changes() {
        let disk = empty();
        let (a, b) = (Path::new("d/a"), Path::new("d/b"));
        for path in [a, b] {
            let file = disk.create_file(path, Access::Private).unwrap();
            file.write_at(b"one", 0).unwrap();
        }
        disk.open_file(a).unwrap().sync().unwrap();
        disk.sync_dir(Path::new("d")).unwrap();
        let mut dice = Dice::new(1);
        let left = after_crash(&disk, Loss::Everything, &mut dice);
        assert_eq!((left.read(a).unwrap(), left.read(b).unwrap()), (b"one".to_vec(), vec![]));
        left.open_file(b).unwrap().write_at(b"two", 0).unwrap();
        let left = after_crash(&left, Loss::Everything, &mut dice);
        assert_eq!((left.read(a).unwrap(), left.read(b).unwrap()), (b"one".to_vec(), vec![]));
    }

    #[test]
    fn a_full_disk_refuses() {
        let disk = empty();
        disk.create(Path::new("a"), b"four", Access::Private).unwrap();
        fill(&disk, 2);
        disk.create(Path::new("b"), b"567", Access::Private).unwrap_err();
        disk.create(Path::new("b"), b"56", Access::Private).unwrap();
        assert_eq!(used(&disk), 6);
    }
}
