// SPDX-License-Identifier: Apache-2.0
//! Entries of 1 KiB made safe in the log of agreement: of one channel and of fifty, where each
//! waits for its last entry before it writes the next, and where 64 are on their way; beside a bare
//! write and fdatasync of the same bytes. What no one needs any more is purged on the way.
//!
//! `cargo run --release -p gmca-benches --example wal -- [--dir FOLDER] [--entries N]`
//! On Linux, `--dir /dev/shm` shows what is left when the disk takes no time.

use consensus::wal::{Entry, Error, Group, Options, Position, SyncThread, Wal};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use sys::{SystemDisk, Volume};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const SIZE: usize = 1024;

fn main() -> Result {
    let (mut dir, mut entries) = (".".to_owned(), 20_000u64);
    let mut words = std::env::args().skip(1);
    while let (Some(word), Some(value)) = (words.next(), words.next()) {
        match word.as_str() {
            "--dir" => dir = value,
            "--entries" => entries = value.parse()?,
            other => return Err(format!("{other} is not known").into()),
        }
    }
    let folder = tempfile::tempdir_in(dir)?;
    bare(&folder.path().join("bare"), entries.min(2000))?;
    for (groups, depth) in [(1, 1), (1, 64), (50, 1), (50, 64)] {
        // Where each entry waits for the disk, fewer are enough.
        let entries = if groups * depth == 1 { entries.min(2000) } else { entries };
        log(&folder.path().join(format!("{groups}-{depth}")), groups, depth, entries)?;
    }
    Ok(())
}

fn row(what: &str, entries: u64, took: Duration, mut waits: Vec<Duration>) {
    let rate = entries as f64 / took.as_secs_f64();
    let bytes = rate * SIZE as f64 / f64::from(1 << 20);
    waits.sort_unstable();
    let part = |part: usize| waits[(waits.len() - 1) * part / 100];
    let (half, slow) = (part(50), part(99));
    println!(
        "{what:36} {rate:>9.0} entries/s {bytes:>7.1} MiB/s  median {half:>9.2?}  99 of 100 {slow:>9.2?}"
    );
}

fn bare(path: &Path, entries: u64) -> Result {
    let (file, bytes) = (File::create_new(path)?, [7; SIZE]);
    let (started, mut waits) = (Instant::now(), Vec::new());
    for number in 0..entries {
        let begun = Instant::now();
        file.write_all_at(&bytes, number * SIZE as u64)?;
        file.sync_data()?;
        waits.push(begun.elapsed());
    }
    row("bare write + fdatasync", entries, started.elapsed(), waits);
    Ok(())
}

fn log(dir: &Path, groups: u64, depth: u64, entries: u64) -> Result {
    let volume: Arc<dyn Volume> = Arc::new(SystemDisk);
    let wal = Wal::open(&volume, dir, Options::default(), Box::new(SyncThread::start()?))?;
    let (sender, receiver) = channel();
    let started = Instant::now();
    for number in 0..groups {
        let group = wal.group(&format!("channel{number}"))?;
        let (next, end) = (Mutex::new(0), entries / groups);
        let writer = Arc::new(Writer { group, next, end, told: sender.clone() });
        for _ in 0..depth {
            writer.append()?;
        }
    }
    drop(sender);
    let waits = receiver.iter().collect::<std::result::Result<Vec<_>, Error>>()?;
    let (channels, ahead) = (if groups == 1 { "channel" } else { "channels" }, depth);
    let what = format!("log, {groups} {channels}, {ahead} on their way each");
    row(&what, waits.len() as u64, started.elapsed(), waits);
    wal.close();
    Ok(())
}

/// One channel that writes an entry for each that is safe.
struct Writer {
    group: Group,
    next: Mutex<u64>,
    end: u64,
    told: Sender<std::result::Result<Duration, Error>>,
}

impl Writer {
    fn append(self: &Arc<Self>) -> std::result::Result<(), Error> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let index = *next;
        if index == self.end {
            return Ok(());
        }
        *next += 1;
        if index % 1000 == 999 {
            self.group.purge(Position { index: index - 500, term: 1 })?;
        }
        let (begun, writer) = (Instant::now(), Arc::clone(self));
        let body = vec![7; SIZE].into();
        let done = move |safe: std::result::Result<(), Error>| {
            let told = safe.map(|()| begun.elapsed());
            let more = told.is_ok();
            // Whoever stopped listening has seen an error.
            drop(writer.told.send(told));
            if more && let Err(error) = writer.append() {
                drop(writer.told.send(Err(error)));
            }
        };
        self.group.append(vec![Entry { index, term: 1, kind: 1, body }], Box::new(done))
    }
}
