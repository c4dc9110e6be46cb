// SPDX-License-Identifier: Apache-2.0
//! The block store against power failures and failing disks.

use gmca_ledger::blocks::testing::crash;
use gmca_ledger::plant::{self, Plant};
use sys::sim::Loss;

fn images(loss: Loss) -> Result<(), String> {
    (0..4).try_for_each(|seed| crash(seed, loss, 50))
}

#[test]
fn a_stopped_program_loses_no_block() {
    images(Loss::Nothing).unwrap();
}

#[test]
fn losing_everything_unsynced_loses_no_block() {
    images(Loss::Everything).unwrap();
}

#[test]
fn losing_any_writes_loses_no_block() {
    images(Loss::Writes).unwrap();
}

#[test]
fn losing_any_names_loses_no_block() {
    images(Loss::Names).unwrap();
}

#[test]
fn torn_writes_lose_no_block() {
    images(Loss::Sectors).unwrap();
}

#[test]
fn planted_mistakes_are_found() {
    for (plant, loss) in [
        (Plant::SyncForgotten, Loss::Everything),
        (Plant::RenameWithoutDirSync, Loss::Names),
        (Plant::DurableMarkWrong, Loss::Sectors),
    ] {
        plant::set(Some(plant));
        let found = images(loss);
        plant::set(None);
        println!("{plant:?}: {}", found.unwrap_err());
    }
}
