// SPDX-License-Identifier: Apache-2.0
//! The machine that is measured on, from `/proc`. Elsewhere than on Linux its facts are unknown.

use serde::Serialize;
use std::path::Path;
use sys::{Clock as _, Disk as _, SystemClock, SystemDisk};

/// What a reader must know of a machine.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// Cores that this process may use.
    pub cores: usize,
    /// Bytes of memory.
    pub memory: u64,
    /// The system's kernel.
    pub kernel: String,
    /// Processes that ran or waited for a core before the measurement, over one minute.
    pub load: f64,
    /// When it began: seconds since 1970.
    pub time: u64,
}

impl Machine {
    /// This one.
    #[must_use]
    pub fn here() -> Self {
        let processors = read("/proc/cpuinfo");
        let load = read("/proc/loadavg");
        Self {
            processor: processor(&processors),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory: kibibytes(&read("/proc/meminfo"), "MemTotal"),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load: load.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default(),
            time: SystemClock.now().0,
        }
    }
}

/// Its name; cloud machines hide that of the model, so its numbers stand behind.
fn processor(text: &str) -> String {
    let of = |name| field(text, name).unwrap_or("unknown");
    let numbers = match (field(text, "cpu family"), field(text, "model\t")) {
        (Some(family), Some(model)) => format!(" (family {family}, model {model})"),
        _ => String::new(),
    };
    format!("{}{numbers}", of("model name"))
}

/// Bytes of what stands behind `name` in KiB; 0 if nothing does.
#[must_use]
pub fn kibibytes(text: &str, name: &str) -> u64 {
    let value = field(text, name).and_then(|value| value.split(' ').next()?.parse::<u64>().ok());
    value.unwrap_or_default() << 10
}

/// What stands behind `name` and a colon.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim())
}

fn read(path: &str) -> String {
    let bytes = SystemDisk.read(Path::new(path)).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_has_its_name_and_numbers() {
        let text = "processor\t: 0\ncpu family\t: 26\nmodel\t\t: 2\nmodel name\t: Some EPYC\n";
        assert_eq!(processor(text), "Some EPYC (family 26, model 2)");
        assert_eq!(processor(""), "unknown");
        assert_eq!(processor("model name\t: Arm\n"), "Arm");
    }

    #[test]
    fn memory_is_counted_in_bytes() {
        assert_eq!(kibibytes("MemTotal:       1024 kB\n", "MemTotal"), 1 << 20);
        assert_eq!(kibibytes("", "MemTotal"), 0);
    }

    #[test]
    fn this_one_is_found() {
        let machine = Machine::here();
        assert!(machine.cores >= 1);
        #[cfg(target_os = "linux")]
        assert!(machine.memory > 1 << 20 && !machine.kernel.is_empty(), "{machine:?}");
    }
}
