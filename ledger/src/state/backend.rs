// SPDX-License-Identifier: Apache-2.0
//! A file of a `sys::Volume` as redb wants it, so that simulated disks work.

use redb::StorageBackend;
use std::io;
use std::sync::Arc;
use sys::VolumeFile;

#[derive(Debug)]
pub(super) struct Backend(pub(super) Arc<dyn VolumeFile>);

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
