// SPDX-License-Identifier: Apache-2.0
//! What is done to a network: kills, power cuts, a peer that is away, partitions. Each begins with a
//! new network, and ends with everything whole and the questions of `ending`.

mod away;
mod ending;
mod kills;
mod partition;
mod power;

use crate::clients::{Load, Pace};
use crate::history::Count;
use crate::network::{Cluster, Programs, Settings, create};
use crate::plants::Plant;
use anyhow::{Result, bail};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// A kind of run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scenario {
    Kills,
    Power,
    Away,
    Partition,
}

impl Scenario {
    pub(crate) const ALL: [Self; 4] = [Self::Kills, Self::Power, Self::Away, Self::Partition];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kills => "kills",
            Self::Power => "power",
            Self::Away => "away",
            Self::Partition => "partition",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scenario| scenario.name() == name)
    }
}

/// What a run is to do.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) scenario: Scenario,
    pub(crate) suite: String,
    pub(crate) seed: u64,
    /// Of kills and of partitions.
    pub(crate) length: Duration,
    /// Of one partition, at most.
    pub(crate) longest: Duration,
    /// Power cuts.
    pub(crate) cuts: usize,
    /// Blocks that the peer misses.
    pub(crate) blocks: u64,
    pub(crate) plant: Option<Plant>,
    pub(crate) dir: PathBuf,
}

/// How a run went.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) count: Count,
    /// Of those with an unknown outcome, how many are in the first peer's ledger.
    pub(crate) unknown_there: usize,
    /// How often each thing happened.
    pub(crate) faults: BTreeMap<String, usize>,
    /// The longest time in which nothing was acknowledged.
    pub(crate) silence: Duration,
    /// Names of what was measured, and how long it took.
    pub(crate) times: Vec<(String, Duration)>,
    pub(crate) blocks: usize,
    /// What `gmnode ledger verify` says of the first ledger.
    pub(crate) verified: String,
    /// What is wrong, in words.
    pub(crate) wrong: Vec<String>,
}

impl Report {
    fn happened(&mut self, what: impl Into<String>) {
        *self.faults.entry(what.into()).or_default() += 1;
    }

    fn took(&mut self, what: &str, time: Duration) {
        self.times.push((what.to_owned(), time));
    }
}

/// A network under load, and what has been seen of it.
#[derive(Debug)]
struct Run {
    cluster: Cluster,
    load: Load,
    report: Report,
}

/// Makes a network, does everything, and asks the questions.
pub(crate) async fn run(programs: &Programs, wish: &Wish) -> Result<Report> {
    let settings = Settings {
        suite: wish.suite.clone(),
        messages: if wish.scenario == Scenario::Away { 1 } else { 20 },
        hosts: match wish.scenario {
            Scenario::Partition => Some(crate::network::namespaces::host),
            _ => None,
        },
    };
    let topology = create(programs, &wish.dir, &settings)?;
    let wires = match wish.scenario {
        Scenario::Partition => Some(partition::Wires::lay(topology.nodes.len())?),
        _ => None,
    };
    let cluster = Cluster::start(programs, topology).await?;
    let pace = match wish.scenario {
        Scenario::Away => Pace { applications: 24, pause: Duration::ZERO },
        _ => Pace { applications: 12, pause: Duration::from_millis(40) },
    };
    let load = Load::start(&cluster.topology, pace, wish.seed).await?;
    let mut run = Run { cluster, load, report: Report::default() };
    match (wish.scenario, &wires) {
        (Scenario::Kills, _) => kills::run(&mut run, wish).await?,
        (Scenario::Power, _) => power::run(&mut run, wish).await?,
        (Scenario::Away, _) => away::run(&mut run, wish).await?,
        (Scenario::Partition, Some(wires)) => partition::run(&mut run, wires, wish).await?,
        (Scenario::Partition, None) => bail!("no wires"),
    }
    ending::end(run, wish).await
}

/// Within this time after everything is whole, every peer's gateway commits again.
const SOON: Duration = Duration::from_secs(60);
