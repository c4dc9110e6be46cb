// SPDX-License-Identifier: Apache-2.0
//! What was measured, as JSON has it.

use super::machine::Machine;
use super::percentiles::Latency;
use super::stages::{Part, Taken};
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    /// Counts up when the form changes.
    pub(crate) version: u32,
    /// The version of this program.
    pub(crate) gmnode: String,
    /// What was typed.
    pub(crate) command: String,
    /// What it ran on.
    pub(crate) machine: Machine,
    /// One after the other.
    pub(crate) networks: Vec<NetworkReport>,
}

/// One network.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NetworkReport {
    /// The family: `gm` or `nist`.
    pub(crate) suite: String,
    /// How many order: one alone, several by Raft.
    pub(crate) orderers: usize,
    /// How many organisations use the channel; more than half endorse.
    pub(crate) organizations: usize,
    /// How many peers they have together.
    pub(crate) peers: usize,
    /// Memory of each process.
    pub(crate) memory: Vec<ProcessMemory>,
    /// The measurements.
    pub(crate) rows: Vec<Row>,
}

/// Memory of a process.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ProcessMemory {
    /// Its name.
    pub(crate) process: String,
    /// Bytes in use before there was any load.
    pub(crate) idle_bytes: u64,
    /// The same after all of it.
    pub(crate) bytes: u64,
}

/// One measurement.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    /// What was done.
    pub(crate) workload: String,
    /// Whether nothing was ordered.
    pub(crate) query: bool,
    /// How many were on their way at once.
    pub(crate) in_flight: u32,
    /// How long it was measured.
    pub(crate) seconds: f64,
    /// How many ended well in that time: committed and valid, or answered.
    pub(crate) transactions: usize,
    /// In a second.
    pub(crate) per_second: f64,
    /// From before the first signature until the verdict was here.
    pub(crate) latency_ms: Latency,
    /// Why others did not end well, and how often.
    pub(crate) failures: BTreeMap<String, u64>,
    /// Processor time.
    pub(crate) processes: Vec<Taken>,
    /// Microseconds of processor time of one signature made, meanwhile.
    pub(crate) sign_us: f64,
    /// The same of one verified.
    pub(crate) verify_us: f64,
    /// The same of one among sixteen that are judged together.
    pub(crate) verify_together_us: f64,
    /// Blocks that were committed.
    pub(crate) blocks: f64,
    /// Share of time in which the cores had nothing to do, from 0 to 1.
    pub(crate) idle: f64,
    /// Cores that worked for this, on average.
    pub(crate) our_cores: f64,
    /// Cores that worked for others.
    pub(crate) other_cores: f64,
    /// Where it was measured more than once.
    pub(crate) spread: Spread,
}

/// Rates of repeated measurements, of which the row is the median.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Spread {
    /// How many.
    pub(crate) samples: usize,
    /// The lowest, in a second.
    pub(crate) lowest: f64,
    /// The highest.
    pub(crate) highest: f64,
}

impl Report {
    /// Of what was measured by this process.
    pub(super) fn new(machine: Machine, networks: Vec<NetworkReport>) -> Self {
        let command = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
        Self {
            version: 1,
            gmnode: env!("CARGO_PKG_VERSION").to_owned(),
            command: format!("gmnode {command}"),
            machine,
            networks,
        }
    }
}

impl NetworkReport {
    /// What it is, in a few words.
    pub(super) fn title(&self) -> String {
        let count = |count: usize, one: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{count} {one}s"),
        };
        let orderers = match self.orderers {
            1 => "1 orderer alone".to_owned(),
            count => format!("{count} orderers by Raft"),
        };
        let organizations = count(self.organizations, "organisation");
        format!("{}: {orderers}, {organizations}, {}", self.suite, count(self.peers, "peer"))
    }
}

impl Row {
    /// Milliseconds of a transaction in all processes that do this.
    pub(super) fn of(&self, part: Part) -> Option<&Taken> {
        self.processes.iter().find(|taken| taken.part == part)
    }

    /// What kept it from being more.
    pub(super) fn limit(&self) -> String {
        if self.idle >= FREE {
            let idle = self.idle * 100.0;
            return format!("waiting: the cores were idle {idle:.0} % of the time");
        }
        let most = |a: &&Taken, b: &&Taken| a.processor_ms.total_cmp(&b.processor_ms);
        let most =
            self.processes.iter().max_by(most).map_or("nobody", |taken| taken.process.as_str());
        let others = match self.other_cores {
            cores if cores < OTHERS => String::new(),
            cores => format!(", {cores:.1} cores for others"),
        };
        format!("processors: {most} most{others}")
    }
}

/// Share of idle time above which something else was the limit.
const FREE: f64 = 0.15;
/// Cores of others that are worth a word.
const OTHERS: f64 = 0.1;
