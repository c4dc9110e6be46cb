// SPDX-License-Identifier: Apache-2.0
//! The whole ledger against power failures: committing, pruning, importing.

use bccsp::{EngineChoice, Providers, Suite};
use gmca_ledger::plant::{self, Plant};
use gmca_ledger::testing::{commit, import, prune};
use std::sync::Arc;
use sys::sim::Loss;

type Check = fn(&Arc<Providers>, u64, Loss, usize) -> Result<(), String>;

fn providers() -> Arc<Providers> {
    Arc::new(Providers::new(Suite::Nist, EngineChoice::Portable).unwrap())
}

fn images(check: Check, seeds: u64, each: usize) -> Result<(), String> {
    let providers = providers();
    for seed in 0..seeds {
        for loss in Loss::ALL {
            check(&providers, seed, loss, each).map_err(|what| format!("seed {seed}, {what}"))?;
        }
    }
    Ok(())
}

#[test]
fn commits_are_not_lost() {
    images(commit, 2, 10).unwrap();
}

#[test]
fn pruning_loses_nothing_but_what_was_to_go() {
    images(prune, 2, 10).unwrap();
}

#[test]
fn an_import_that_was_told_of_is_there() {
    images(import, 3, 10).unwrap();
}

#[test]
fn planted_mistakes_are_found() {
    let planted: [(Plant, Check); 3] = [
        (Plant::StateBeforeBlock, commit),
        (Plant::PruneWithoutSnapshot, prune),
        (Plant::SnapshotNotCompared, import),
    ];
    for (mistake, check) in planted {
        plant::set(Some(mistake));
        let found = images(check, 3, 10);
        plant::set(None);
        println!("{mistake:?}: {}", found.unwrap_err());
    }
}
