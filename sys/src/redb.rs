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
