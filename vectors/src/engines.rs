// SPDX-License-Identifier: Apache-2.0
//! Every engine this machine has, each of which must give every answer.

use crate::case::Outcome;
use anyhow::Result;
use bccsp::{EngineChoice, Provider, Providers, Suite};
use std::sync::Arc;
use sys::{Entropy, SystemEntropy};

/// The engines of both families.
pub(crate) struct Engines {
    all: Vec<Arc<dyn Provider>>,
    /// One set with the portable engines, one with the fast ones where there are any.
    sets: Vec<Providers>,
}

impl Engines {
    pub(crate) fn new() -> Result<Self> {
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let mut all = Vec::new();
        for suite in Suite::ALL {
            for choice in [EngineChoice::Portable, EngineChoice::Fast] {
                match bccsp::provider_of(suite, choice, Arc::clone(&entropy)) {
                    Ok(provider) => all.push(provider),
                    Err(error) if choice == EngineChoice::Portable => return Err(error.into()),
                    Err(_) => {}
                }
            }
        }
        let sets = vec![
            Providers::new(Suite::Gm, EngineChoice::Portable)?,
            Providers::new(Suite::Gm, EngineChoice::Auto)?,
        ];
        Ok(Self { all, sets })
    }

    /// Runs a check on every engine of a family. Engines that cannot do it are left out; if none
    /// can, the case is skipped.
    pub(crate) fn each(
        &self,
        suite: Suite,
        check: impl Fn(&dyn Provider) -> Result<Outcome, String>,
    ) -> Result<Outcome, String> {
        let mine = self.all.iter().filter(|provider| provider.suite() == suite);
        together(mine.map(|provider| {
            let name = format!("{} {}", provider.suite(), provider.engine());
            (name, check(provider.as_ref()))
        }))
    }

    /// Runs a check with every set of engines.
    pub(crate) fn each_set(
        &self,
        check: impl Fn(&Providers) -> Result<Outcome, String>,
    ) -> Result<Outcome, String> {
        together(self.sets.iter().map(|set| {
            let engines: Vec<&str> = set.iter().map(|p| p.engine().name()).collect();
            (engines.join("+"), check(set))
        }))
    }
}

fn together(
    results: impl Iterator<Item = (String, Result<Outcome, String>)>,
) -> Result<Outcome, String> {
    let mut outcome = Outcome::Skip("no engine for it");
    for (name, result) in results {
        match result.map_err(|why| format!("[{name}] {why}"))? {
            Outcome::Pass => outcome = Outcome::Pass,
            skip if outcome != Outcome::Pass => outcome = skip,
            Outcome::Skip(_) => {}
        }
    }
    Ok(outcome)
}
