// SPDX-License-Identifier: Apache-2.0
//! Readers of a log that is written to, cut and pruned meanwhile.

use gmca_ledger::Error;
use gmca_ledger::log::{Options, Reader, SegmentLog};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use sys::sim::MemoryDisk;
use sys::{Access, Disk, Volume, VolumeFile, VolumeLock};

fn open(volume: impl Volume + 'static) -> SegmentLog {
    let volume: Arc<dyn Volume> = Arc::new(volume);
    let options = Options { segment_size: 300, salt: 1 };
    SegmentLog::open(&volume, Path::new("log"), 1, options, 0).unwrap()
}

fn append(log: &mut SegmentLog, count: usize) {
    for _ in 0..count {
        log.append(&[b"record ", &log.next_sequence().to_le_bytes()]).unwrap();
    }
    log.sync().unwrap();
}

/// Reads all of it, and says how many records there were. One may go meanwhile, none may be wrong.
fn read_all(reader: &Reader, range: Range<u64>) -> u64 {
    let mut seen = 0;
    for sequence in range {
        match reader.read(sequence) {
            Ok(payload) => {
                assert_eq!(payload[7..], sequence.to_le_bytes());
                seen += 1;
            }
            Err(Error::Refused(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    seen
}

#[test]
fn a_reader_after_every_single_change_of_the_disk_finds_nothing_damaged() {
    let watched = Watched { disk: MemoryDisk::new(1 << 22), watch: Arc::default() };
    let mut log = open(watched.clone());
    watched.watch.reader.set(log.reader().clone()).unwrap();
    // More segments than are kept open.
    append(&mut log, 250);
    log.truncate_from(249).unwrap();
    log.truncate_from(225).unwrap();
    append(&mut log, 20);
    log.prune_before(20).unwrap();
    log.restart_at(300).unwrap();
    append(&mut log, 20);
    assert_eq!(read_all(log.reader(), 0..400), 20);
    assert!(watched.watch.looks.load(Relaxed) > 50, "it was hardly watched");
}

#[test]
fn readers_go_on_while_it_is_written_cut_and_pruned() {
    let mut log = open(MemoryDisk::new(1 << 22));
    append(&mut log, 50);
    let reader = log.reader().clone();
    let (seen, done) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            while !done.load(Relaxed) {
                seen.fetch_add(read_all(&reader, reader.first()..reader.next_sequence()), Relaxed);
            }
        });
        let mut round = 0;
        while round < 200 || (seen.load(Relaxed) < 5_000 && !reading.is_finished()) {
            append(&mut log, 5);
            if round % 3 == 0 {
                log.truncate_from(log.next_sequence() - 4).unwrap();
            }
            if round % 10 == 0 {
                log.prune_before(log.next_sequence() - 40).unwrap();
            }
            round += 1;
        }
        done.store(true, Relaxed);
        reading.join().unwrap();
    });
}

/// A disk on which the log is read right after every change.
#[derive(Clone, Debug)]
struct Watched {
    disk: MemoryDisk,
    watch: Arc<Watch>,
}

#[derive(Debug, Default)]
struct Watch {
    reader: OnceLock<Reader>,
    /// The reader makes files of places; it is not to be called by that.
    looking: AtomicBool,
    looks: AtomicU64,
}

#[derive(Debug)]
struct File {
    file: Arc<dyn VolumeFile>,
    watch: Arc<Watch>,
}

impl Watch {
    fn after<T>(&self, changed: io::Result<T>) -> io::Result<T> {
        let Some(reader) = self.reader.get() else { return changed };
        if !self.looking.swap(true, Relaxed) {
            read_all(reader, 0..400);
            self.looks.fetch_add(1, Relaxed);
            self.looking.store(false, Relaxed);
        }
        changed
    }
}

impl Watched {
    fn file(&self, file: Arc<dyn VolumeFile>) -> Arc<dyn VolumeFile> {
        Arc::new(File { file, watch: Arc::clone(&self.watch) })
    }
}

impl VolumeFile for File {
    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }

    fn read_at(&self, out: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(out, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.watch.after(self.file.write_at(bytes, offset))
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        self.watch.after(self.file.set_size(size))
    }

    fn sync(&self) -> io::Result<()> {
        self.watch.after(self.file.sync())
    }
}

impl Disk for Watched {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.disk.read(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        self.disk.list(dir)
    }

    fn create_dir(&self, dir: &Path, access: Access) -> io::Result<()> {
        self.disk.create_dir(dir, access)
    }

    fn create(&self, path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
        self.disk.create(path, bytes, access)
    }

    fn replace(&self, path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
        self.disk.replace(path, bytes, access)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn remove_dir(&self, dir: &Path) -> io::Result<()> {
        self.disk.remove_dir(dir)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk::rename(&self.disk, from, to)
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        self.disk.mode(path)
    }

    fn exists(&self, path: &Path) -> bool {
        self.disk.exists(path)
    }
}

impl Volume for Watched {
    fn open_file(&self, path: &Path) -> io::Result<Arc<dyn VolumeFile>> {
        self.disk.open_file(path).map(|file| self.file(file))
    }

    fn create_file(&self, path: &Path, access: Access) -> io::Result<Arc<dyn VolumeFile>> {
        self.disk.create_file(path, access).map(|file| self.file(file))
    }

    fn rename_file(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.watch.after(self.disk.rename_file(from, to))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.watch.after(self.disk.remove_file(path))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.disk.sync_dir(dir)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn VolumeLock>> {
        self.disk.lock(path)
    }
}
