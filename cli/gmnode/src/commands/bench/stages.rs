// SPDX-License-Identifier: Apache-2.0
//! Processor time by process and by stage of its work: read before and after, and divided by what was
//! done in between.

use super::machine::{self, Used};
use super::probe::Cost;
use anyhow::{Context as _, Result};
use node::client::Web;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Instant;

/// What a process does in the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Part {
    /// The peer whose gateway is called.
    GatewayPeer,
    /// Another peer.
    Peer,
    /// The orderer that leads, or orders alone.
    LeadingOrderer,
    /// Another orderer.
    Orderer,
    /// The chaincode.
    Chaincode,
    /// The one that sends: this program.
    Client,
}

/// A process that is watched.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) name: String,
    pub(super) part: Part,
    pub(super) id: u32,
    /// Its numbers, where it has some.
    pub(super) operations: Option<Web>,
}

/// How all stood at one moment.
#[derive(Debug)]
pub(super) struct Moment {
    at: Instant,
    machine: Used,
    processes: Vec<Numbers>,
}

/// What a process had taken and done.
#[derive(Clone, Debug, Default)]
struct Numbers {
    processor: f64,
    /// Seconds of processor time, and how often, by stage.
    stages: BTreeMap<String, (f64, f64)>,
    signed: f64,
    verified: f64,
    together: f64,
}

/// What a process took for each transaction.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Taken {
    /// Its name, such as `Org1 peer1`.
    pub(crate) process: String,
    /// What it is.
    pub(crate) part: Part,
    /// Milliseconds of processor time for a transaction.
    pub(crate) processor_ms: f64,
    /// The same without its signatures, by what one cost in the same run.
    pub(crate) beyond_signatures_ms: f64,
    /// Signatures made for a transaction.
    pub(crate) signed: f64,
    /// Signatures verified for a transaction.
    pub(crate) verified: f64,
    /// How many of those were judged in batches.
    pub(crate) together: f64,
    /// Milliseconds by stage; what is left is connections, messages and tasks.
    pub(crate) stages_ms: BTreeMap<String, f64>,
}

/// What happened between two moments.
#[derive(Debug)]
pub(super) struct Between {
    pub(super) seconds: f64,
    /// Of the machine's cores, how many had work, and how many of them with ours.
    pub(super) busy_cores: f64,
    pub(super) our_cores: f64,
    /// Share of time in which the cores had nothing to do.
    pub(super) idle: f64,
    /// Blocks that the gateway's peer committed.
    pub(super) blocks: f64,
    processes: Vec<Numbers>,
}

impl Moment {
    /// Now.
    pub(super) async fn now(watched: &[Watched]) -> Result<Self> {
        let mut processes = Vec::with_capacity(watched.len());
        for one in watched {
            let read = numbers(one).await;
            processes.push(read.with_context(|| format!("{}: its numbers", one.name))?);
        }
        Ok(Self { at: Instant::now(), machine: Used::now()?, processes })
    }

    /// What happened since.
    pub(super) fn since(self, before: &Self, watched: &[Watched]) -> Between {
        let seconds = self.at.duration_since(before.at).as_secs_f64();
        let machine = self.machine.since(before.machine);
        let pairs = self.processes.into_iter().zip(&before.processes);
        let processes: Vec<Numbers> = pairs.map(|(now, then)| now.since(then)).collect();
        let ours: f64 = processes.iter().map(|one| one.processor).sum();
        let gateway = watched.iter().position(|one| one.part == Part::GatewayPeer);
        let gateway = gateway.and_then(|place| processes.get(place));
        let commits = gateway.and_then(|one| one.stages.get("commit"));
        Between {
            seconds,
            busy_cores: machine.busy / seconds,
            our_cores: ours / seconds,
            idle: machine.idle / (machine.busy + machine.idle).max(f64::MIN_POSITIVE),
            blocks: commits.map_or(0.0, |(_, count)| *count),
            processes,
        }
    }
}

impl Between {
    /// Divided by so many transactions, with signatures at that cost.
    pub(super) fn taken(&self, watched: &[Watched], count: usize, cost: Cost) -> Vec<Taken> {
        let count = count.max(1) as f64;
        let taken = |(one, numbers): (&Watched, &Numbers)| {
            let alone = (numbers.verified - numbers.together) * cost.verify;
            let signatures = numbers.signed * cost.sign + alone + numbers.together * cost.together;
            let stages = numbers.stages.iter();
            let stages = stages.filter(|(_, (seconds, _))| *seconds > 0.0);
            Taken {
                process: one.name.clone(),
                part: one.part,
                processor_ms: numbers.processor * 1e3 / count,
                beyond_signatures_ms: (numbers.processor - signatures) * 1e3 / count,
                signed: numbers.signed / count,
                verified: numbers.verified / count,
                together: numbers.together / count,
                stages_ms: stages
                    .map(|(name, (seconds, _))| (name.clone(), seconds * 1e3 / count))
                    .collect(),
            }
        };
        watched.iter().zip(&self.processes).map(taken).collect()
    }
}

impl Numbers {
    fn since(self, then: &Self) -> Self {
        let before = |name: &str| then.stages.get(name).copied().unwrap_or_default();
        let stages = self.stages.into_iter().map(|(name, (seconds, count))| {
            let (seconds_before, count_before) = before(&name);
            (name, (seconds - seconds_before, count - count_before))
        });
        Self {
            processor: self.processor - then.processor,
            stages: stages.collect(),
            signed: self.signed - then.signed,
            verified: self.verified - then.verified,
            together: self.together - then.together,
        }
    }
}

async fn numbers(of: &Watched) -> Result<Numbers> {
    let mut numbers = match &of.operations {
        None => Numbers::default(),
        Some(operations) => {
            let answer = operations.get("/metrics").await?;
            anyhow::ensure!(answer.status == 200, "/metrics answers {}", answer.status);
            parse(&String::from_utf8_lossy(&answer.body))
        }
    };
    if of.part == Part::Client {
        let done = bccsp::operations();
        (numbers.signed, numbers.verified) = (done.signed as f64, done.verified as f64);
        numbers.together = done.together as f64;
    }
    numbers.processor = machine::processor_time(of.id)?.as_secs_f64();
    Ok(numbers)
}

/// What is ours in Prometheus' text.
fn parse(text: &str) -> Numbers {
    let mut numbers = Numbers::default();
    for line in text.lines() {
        let Some((name, value)) = line.rsplit_once(' ') else { continue };
        let Ok(value) = value.parse::<f64>() else { continue };
        let stage = |prefix: &str| name.strip_prefix(prefix)?.strip_suffix("\"}");
        if let Some(stage) = stage("gmca_stage_processor_seconds_sum{stage=\"") {
            numbers.stages.entry(stage.to_owned()).or_default().0 = value;
        } else if let Some(stage) = stage("gmca_stage_processor_seconds_count{stage=\"") {
            numbers.stages.entry(stage.to_owned()).or_default().1 = value;
        } else if name == "gmca_signatures{operation=\"signed\"}" {
            numbers.signed = value;
        } else if name == "gmca_signatures{operation=\"verified\"}" {
            numbers.verified = value;
        } else if name == "gmca_signatures{operation=\"together\"}" {
            numbers.together = value;
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "\
# TYPE gmca_stage_processor_seconds histogram
gmca_stage_processor_seconds_sum{stage=\"verify\"} 1.5
gmca_stage_processor_seconds_count{stage=\"verify\"} 10
gmca_signatures{operation=\"signed\"} 3
gmca_signatures{operation=\"verified\"} 20
other 7
";
    const AFTER: &str = "\
gmca_stage_processor_seconds_sum{stage=\"commit\"} 0.25
gmca_stage_processor_seconds_count{stage=\"commit\"} 5
gmca_stage_processor_seconds_sum{stage=\"verify\"} 2
gmca_stage_processor_seconds_count{stage=\"verify\"} 15
gmca_signatures{operation=\"signed\"} 103
gmca_signatures{operation=\"verified\"} 220
gmca_signatures{operation=\"together\"} 100
";

    fn moment(text: &str, processor: f64) -> Moment {
        let numbers = Numbers { processor, ..parse(text) };
        Moment { at: Instant::now(), machine: Used::default(), processes: vec![numbers] }
    }

    #[test]
    fn a_process_is_divided_by_transactions() {
        let part = Part::GatewayPeer;
        let watched = [Watched { name: "peer".to_owned(), part, id: 1, operations: None }];
        let before = moment(BEFORE, 2.0);
        let between = moment(AFTER, 3.0).since(&before, &watched);
        assert_eq!(between.blocks, 5.0);
        let cost = Cost { sign: 0.001, verify: 0.002, together: 0.001 };
        let taken = between.taken(&watched, 100, cost).remove(0);
        assert!((taken.processor_ms - 10.0).abs() < 1e-9);
        assert!((taken.beyond_signatures_ms - 6.0).abs() < 1e-9, "10 - 1 - 2 - 1");
        assert_eq!((taken.signed, taken.verified, taken.together), (1.0, 2.0, 1.0));
        assert_eq!(taken.stages_ms.get("verify"), Some(&5.0));
        assert_eq!(taken.stages_ms.get("commit"), Some(&2.5));
    }

    #[test]
    fn of_nothing_nothing_is_divided() {
        let watched =
            [Watched { name: "client".to_owned(), part: Part::Client, id: 1, operations: None }];
        let between = moment("", 1.0).since(&moment("", 1.0), &watched);
        let taken = between.taken(&watched, 0, Cost::default()).remove(0);
        assert_eq!(taken.processor_ms, 0.0);
    }
}
