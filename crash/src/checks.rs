// SPDX-License-Identifier: Apache-2.0
//! Every check there is. A new one is a line in a table here.
//!
//! Not here: what they check, which stands beside the code that is checked.

use bccsp::{EngineChoice, Hash, Providers, Suite};
use consensus::testing::wal;
use ledger::{blocks, log, state, testing};
use std::sync::Arc;
use sys::sim::Loss;

/// Does something with a disk, and looks at so many that a power failure may leave of it.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    /// Seed, what gets lost, how many images.
    pub(crate) run: fn(u64, Loss, usize) -> Result<(), String>,
}

/// A check without power failures.
pub(crate) struct Round {
    pub(crate) name: &'static str,
    /// By a seed.
    pub(crate) run: fn(u64) -> Result<(), String>,
    /// How many seeds go with a thousand images of a workload.
    pub(crate) seeds: u64,
}

pub(crate) const WORKLOADS: &[Workload] = &[
    Workload { name: "log", run: log::testing::crash },
    Workload { name: "blocks", run: blocks::testing::crash },
    Workload { name: "state", run: state_crash },
    Workload {
        name: "ledger",
        run: |seed, loss, images| whole(testing::commit, seed, loss, images),
    },
    Workload { name: "prune", run: |seed, loss, images| whole(testing::prune, seed, loss, images) },
    Workload {
        name: "import",
        run: |seed, loss, images| whole(testing::import, seed, loss, images),
    },
    Workload { name: "ca", run: ca::testing::crash },
    Workload { name: "wal", run: wal::crash },
];

pub(crate) const ROUNDS: &[Round] = &[
    Round { name: "log-model", run: |seed| log::testing::model(seed, 300), seeds: 40 },
    Round { name: "log-flips", run: log::testing::flips, seeds: 2 },
    Round { name: "wal-model", run: |seed| wal::model(seed, 400), seeds: 40 },
    Round { name: "wal-flips", run: wal::flips, seeds: 2 },
    Round { name: "state-model", run: state_model, seeds: 24 },
];

/// One job: a workload with one kind of loss, or seeds of a round.
#[derive(Clone, Copy)]
pub(crate) enum Check {
    Crash(&'static Workload, Loss),
    Round(&'static Round),
}

impl Check {
    /// Every one of that name, or simply every one.
    pub(crate) fn all(only: Option<&str>) -> Vec<Self> {
        let wanted = |name: &str| only.is_none_or(|only| only == name);
        let crashes = WORKLOADS.iter().filter(|workload| wanted(workload.name));
        let rounds = ROUNDS.iter().filter(|round| wanted(round.name));
        let kinds = |workload| Loss::ALL.into_iter().map(move |loss| Self::Crash(workload, loss));
        crashes.flat_map(kinds).chain(rounds.map(Self::Round)).collect()
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crash(workload, _) => workload.name,
            Self::Round(round) => round.name,
        }
    }

    /// Runs it once.
    pub(crate) fn run(self, seed: u64, images: usize) -> Result<(), String> {
        match self {
            Self::Crash(workload, loss) => (workload.run)(seed, loss, images),
            Self::Round(round) => (round.run)(seed),
        }
    }

    /// Its name and the kind of loss.
    pub(crate) fn title(self) -> String {
        match self {
            Self::Crash(workload, loss) => format!("{}, {}", workload.name, kind(loss)),
            Self::Round(round) => round.name.to_owned(),
        }
    }
}

/// A kind of loss in few words.
pub(crate) fn kind(loss: Loss) -> &'static str {
    match loss {
        Loss::Nothing => "nothing lost",
        Loss::Everything => "all unsynced lost",
        Loss::Writes => "some writes lost",
        Loss::Names => "some names lost",
        Loss::Sectors => "torn sectors",
    }
}

/// A check of a whole ledger.
type Whole = fn(&Arc<Providers>, u64, Loss, usize) -> Result<(), String>;

fn whole(check: Whole, seed: u64, loss: Loss, images: usize) -> Result<(), String> {
    let at = |what: String| format!("seed {seed}, {what}");
    check(&providers()?, seed, loss, images).map_err(at)
}

fn state_crash(seed: u64, loss: Loss, images: usize) -> Result<(), String> {
    let at = |what: String| format!("seed {seed}, {what}");
    with_hash(|hash| state::testing::crash(hash, seed, loss, images)).map_err(at)
}

fn state_model(seed: u64) -> Result<(), String> {
    let at = |what: String| format!("seed {seed}: {what}");
    with_hash(|hash| state::testing::model(hash, seed, 25).map(drop)).map_err(at)
}

fn with_hash(check: impl FnOnce(&dyn Hash) -> Result<(), String>) -> Result<(), String> {
    let providers = providers()?;
    check(providers.default_provider().hash().map_err(|error| error.to_string())?)
}

fn providers() -> Result<Arc<Providers>, String> {
    let providers = Providers::new(Suite::Nist, EngineChoice::Auto);
    providers.map(Arc::new).map_err(|error| error.to_string())
}
