// SPDX-License-Identifier: Apache-2.0
//! A file of a [`Volume`](crate::Volume) as redb wants it, so that databases stand on simulated
//! disks, too.
//!
//! redb's own lock on its file is not taken that way: whoever needs one asks
//! [`Volume::lock`](crate::Volume::lock). Not here: what is in the tables.

use crate::VolumeFile;
use redb::StorageBackend;
use std::io;
use std::sync::Arc;

/// The storage of a database. Hand it to [`redb::Builder::create_with_backend`].
#[derive(Debug)]
pub struct Backend(Arc<dyn VolumeFile>);

impl Backend {
    /// Storage in that file; an empty one becomes an empty database.
    #[must_use]
    pub fn new(file: Arc<dyn VolumeFile>) -> Self {
        Self(file)
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.0.size()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if self.0.read_at(out, offset)? < out.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_size(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write_at(data, offset)
    }
}

/// How a file of redb begins; behind it stands a byte of flags.
const MAGIC: [u8; 9] = *b"redb\x1a\x0a\xa9\x0d\x0a";
/// The flag that is set while the database is open, and taken away when all of it was synced.
const RECOVERY_REQUIRED: u8 = 2;
/// How much is copied at once.
const PART: usize = 1 << 20;

/// Makes durable what can be read of a database that was not closed in order, before it is opened.
/// Says whether there was anything to do.
///
/// After a failed sync the system may hold in memory what never reaches the disk: it reads as if
/// it were there, and a later sync succeeds without writing it. Built upon, it would take the
/// whole database along when the power fails. So everything is written once more: the parts that
/// got lost are then like those of a commit that was interrupted, which redb sorts out.
///
/// # Errors
/// What the disk says. Then the database must not be opened.
pub fn settle(file: &dyn VolumeFile) -> io::Result<bool> {
    let mut head = [0; MAGIC.len() + 1];
    let read = file.read_at(&mut head, 0)?;
    let (magic, flags) = head.split_at(MAGIC.len());
    // What is no database that we know gets the same care.
    if read < head.len() || magic == MAGIC && flags[0] & RECOVERY_REQUIRED == 0 {
        return Ok(false);
    }
    let (size, mut part, mut offset) = (file.size()?, vec![0; PART], 0);
    file.set_size(size)?;
    while offset < size {
        let count = file.read_at(&mut part, offset)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        file.write_at(&part[..count], offset)?;
        offset += count as u64;
    }
    file.sync()?;
    Ok(true)
}

#[cfg(all(test, feature = "sim"))]
mod tests {
    use super::*;
    use crate::sim::{Dice, Loss, MemoryDisk};
    use crate::{Access, Volume};
    use redb::{Database, ReadableDatabase, TableDefinition};
    use std::path::Path;

    const PATH: &str = "dir/db";
    /// One for each key, so that a later commit does not write the pages of an earlier one.
    const TABLES: [TableDefinition<'_, u64, u64>; 3] =
        [TableDefinition::new("a"), TableDefinition::new("b"), TableDefinition::new("c")];

    fn open(disk: &MemoryDisk) -> Result<Database, redb::DatabaseError> {
        let file = disk.open_file(Path::new(PATH)).unwrap();
        Database::builder().create_with_backend(Backend::new(file))
    }

    fn put(database: &Database, key: usize) -> Result<(), redb::Error> {
        let write = database.begin_write()?;
        write.open_table(TABLES[key])?.insert(7, 7)?;
        Ok(write.commit()?)
    }

    fn holds(database: &Database, key: usize) -> bool {
        let table = database.begin_read().unwrap().open_table(TABLES[key]).unwrap();
        table.get(7).unwrap().is_some()
    }

    /// A database with key 0 that could not sync key 1, and was opened again without a restart of
    /// the machine; whatever `care` does before that.
    fn after_a_failed_sync(care: impl Fn(&dyn VolumeFile)) -> MemoryDisk {
        let disk = MemoryDisk::recording(1 << 30);
        disk.create_file(Path::new(PATH), Access::Private).unwrap();
        disk.sync_dir(Path::new("dir")).unwrap();
        let database = open(&disk).unwrap();
        put(&database, 0).unwrap();
        disk.fail_sync_after(0);
        put(&database, 1).unwrap_err();
        drop(database);
        care(disk.open_file(Path::new(PATH)).unwrap().as_ref());
        let database = open(&disk).unwrap();
        put(&database, 2).unwrap();
        // The power fails before it is closed.
        let mut crashes = disk.crashes();
        crashes.advance(crashes.moments());
        crashes.disk(Loss::Everything, &mut Dice::new(0))
    }

    #[test]
    fn what_a_failed_sync_left_is_written_again() {
        let left = after_a_failed_sync(|file| assert!(settle(file).unwrap()));
        let database = open(&left).unwrap();
        assert!(holds(&database, 0) && holds(&database, 2));
        // And this is what it is for.
        open(&after_a_failed_sync(|_| {})).unwrap_err();
    }

    #[test]
    fn a_database_that_was_closed_in_order_is_left_alone() {
        let disk = MemoryDisk::recording(1 << 30);
        let file = disk.create_file(Path::new(PATH), Access::Private).unwrap();
        assert!(!settle(file.as_ref()).unwrap(), "an empty file");
        let database = open(&disk).unwrap();
        put(&database, 0).unwrap();
        assert!(settle(file.as_ref()).unwrap(), "an open one");
        drop(database);
        let before = disk.crashes().moments();
        assert!(!settle(file.as_ref()).unwrap());
        assert_eq!(disk.crashes().moments(), before);
    }
}
