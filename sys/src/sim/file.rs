// SPDX-License-Identifier: Apache-2.0
//! One open file, and one lock, of a disk in memory.

use super::disk::{Event, FileId, MemoryDisk};
use crate::{VolumeFile, VolumeLock};
use std::io;
use std::path::PathBuf;

#[derive(Debug)]
pub(super) struct Open {
    pub(super) disk: MemoryDisk,
    pub(super) file: FileId,
}

impl VolumeFile for Open {
    fn size(&self) -> io::Result<u64> {
        Ok(self.disk.state().contents.get(self.file).map_or(0, Vec::len) as u64)
    }

    fn read_at(&self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.state();
        let content = state.contents.get(self.file).map_or(&[][..], Vec::as_slice);
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
        let count = out.len().min(content.len() - from);
        out[..count].copy_from_slice(&content[from..from + count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        let size = state.contents.get(self.file).map_or(0, Vec::len);
        let end = place(offset)?.saturating_add(bytes.len());
        state.change(end.saturating_sub(size))?;
        if let Some(content) = state.contents.get_mut(self.file) {
            write(content, place(offset)?, bytes);
        }
        state.note(|| Event::Write(self.file, offset, bytes.into()));
        Ok(())
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        let (old, new) = (state.contents.get(self.file).map_or(0, Vec::len), place(size)?);
        state.change(new.saturating_sub(old))?;
        state.free(old.saturating_sub(new));
        if let Some(content) = state.contents.get_mut(self.file) {
            content.resize(new, 0);
        }
        state.note(|| Event::SetSize(self.file, size));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        state.change(0)?;
        if !state.sync() {
            state.note(|| Event::SyncFailed(self.file));
            return Err(io::Error::other("the disk did not sync a file"));
        }
        state.note(|| Event::Sync(self.file));
        let delay = state.delay();
        drop(state);
        if let Some((clock, delay)) = delay {
            clock.sleep(delay);
        }
        Ok(())
    }
}

/// Writes into a content, which grows as needed.
pub(super) fn write(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[offset..end].copy_from_slice(bytes);
}

fn place(offset: u64) -> io::Result<usize> {
    // A mistake that would ask for more memory than any test has.
    let place = usize::try_from(offset).ok().filter(|place| *place < 1 << 40);
    place.ok_or_else(|| io::ErrorKind::FileTooLarge.into())
}

#[derive(Debug)]
pub(super) struct Held {
    pub(super) disk: MemoryDisk,
    pub(super) path: PathBuf,
}

impl VolumeLock for Held {}

impl Drop for Held {
    fn drop(&mut self) {
        self.disk.state().locks.remove(&self.path);
    }
}
