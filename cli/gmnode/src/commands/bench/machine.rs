// SPDX-License-Identifier: Apache-2.0
//! The machine that is measured on, and what each process has taken of it, from `/proc`.

use anyhow::{Context as _, Result};
use serde::Serialize;
use std::path::Path;
use std::time::Duration;
use sys::{Disk as _, SystemDisk};
use terminal::machine::kibibytes;

/// What a reader must know of a machine.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    /// Processor, memory, kernel, load.
    #[serde(flatten)]
    pub(crate) host: terminal::machine::Machine,
    /// Microseconds that a write of 4 KiB takes until it is on the disk of the network's folder:
    /// the median.
    pub(crate) sync_us: f64,
}

impl Machine {
    /// This one, and the disk behind a folder.
    pub(super) fn here(folder: &Path) -> Result<Self> {
        Ok(Self { host: terminal::machine::Machine::here(), sync_us: sync(folder)? })
    }
}

/// Median microseconds of a write that is synced.
fn sync(folder: &Path) -> Result<f64> {
    use std::io::Write as _;
    let path = folder.join("sync-probe");
    let mut file = std::fs::File::create(&path).with_context(|| path.display().to_string())?;
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let begun = std::time::Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    SystemDisk.remove(&path)?;
    times.sort_unstable();
    Ok(times[SYNCS / 2].as_secs_f64() * 1e6)
}

const SYNCS: usize = 64;

/// Processor time of the whole machine.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Used {
    /// Seconds in which cores worked.
    pub(super) busy: f64,
    /// Seconds in which they had nothing to do.
    pub(super) idle: f64,
}

impl Used {
    /// Since it was started.
    pub(super) fn now() -> Result<Self> {
        Ok(parse_used(&read("/proc/stat")?))
    }

    /// From then to now.
    pub(super) fn since(self, then: Self) -> Self {
        Self { busy: self.busy - then.busy, idle: self.idle - then.idle }
    }
}

/// The first line: user, nice, system, idle, waiting for a disk, interrupts twice, stolen, in ticks.
fn parse_used(text: &str) -> Used {
    let line = text.lines().next().unwrap_or_default();
    let ticks: Vec<f64> = line.split(' ').filter_map(|field| field.parse().ok()).collect();
    let part = |from: usize, to: usize| -> f64 {
        ticks.get(from..to.min(ticks.len())).unwrap_or_default().iter().sum::<f64>() / TICKS
    };
    Used { busy: part(0, 3) + part(5, 8), idle: part(3, 5) }
}

/// Processor time that a process has taken, in user and system mode.
pub(super) fn processor_time(id: u32) -> Result<Duration> {
    let name = format!("/proc/{id}/stat");
    parse_stat(&read(&name)?).with_context(|| name)
}

/// Fields 14 and 15; the name in the second may hold anything but is in brackets.
fn parse_stat(text: &str) -> Option<Duration> {
    let fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: Vec<f64> = fields.take(2).filter_map(|field| field.parse().ok()).collect();
    let [user, system] = ticks[..] else { return None };
    Duration::try_from_secs_f64((user + system) / TICKS).ok()
}

/// Bytes of memory that a process has in use.
pub(super) fn memory(id: u32) -> Result<u64> {
    Ok(kibibytes(&read(&format!("/proc/{id}/status"))?, "VmRSS"))
}

fn read(path: &str) -> Result<String> {
    let bytes = SystemDisk.read(Path::new(path)).with_context(|| path.to_owned())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Linux counts in hundredths of a second here, whatever its own clock does.
const TICKS: f64 = 100.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_process_is_of_both_modes() {
        let text = "77 (a ) b) S 1 77 77 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 4 0 99 0 0";
        assert_eq!(parse_stat(text), Some(Duration::from_secs(2)));
        assert_eq!(parse_stat("77 (short) S 1"), None);
        assert_eq!(parse_stat(""), None);
    }

    #[test]
    fn a_machine_that_waits_for_its_disk_is_idle() {
        let used = parse_used("cpu  100 20 30 400 50 1 2 3 900 0\ncpu0 1 2 3\n");
        assert!((used.busy - 1.56).abs() < 1e-9 && (used.idle - 4.5).abs() < 1e-9, "{used:?}");
    }

    #[test]
    fn this_process_is_found() {
        let id = std::process::id();
        assert!(memory(id).unwrap() > 1 << 20);
        assert!(processor_time(id).is_ok());
        let folder = tempfile::tempdir().unwrap();
        let machine = Machine::here(folder.path()).unwrap();
        assert!(machine.host.memory > 1 << 20 && machine.sync_us > 0.0, "{machine:?}");
    }
}
