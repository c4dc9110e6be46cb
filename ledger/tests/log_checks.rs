// SPDX-License-Identifier: Apache-2.0
//! The log against a model, power failures and flipped bits; and each planted mistake is found.

use gmca_ledger::log::testing::{crash, flips, model};
use gmca_ledger::plant::{self, Plant};
use sys::sim::Loss;

#[test]
fn random_use_gives_what_a_list_gives() {
    for seed in 0..20 {
        model(seed, 300).unwrap();
    }
}

fn images(loss: Loss) -> Result<(), String> {
    (0..8).try_for_each(|seed| crash(seed, loss, 60))
}

#[test]
fn a_stopped_program_loses_nothing_safe() {
    images(Loss::Nothing).unwrap();
}

#[test]
fn losing_everything_unsynced_loses_nothing_safe() {
    images(Loss::Everything).unwrap();
}

#[test]
fn losing_any_writes_loses_nothing_safe() {
    images(Loss::Writes).unwrap();
}

#[test]
fn losing_any_names_loses_nothing_safe() {
    images(Loss::Names).unwrap();
}

#[test]
fn torn_writes_lose_nothing_safe() {
    images(Loss::Sectors).unwrap();
}

#[test]
fn every_flipped_bit_is_noticed() {
    flips(1).unwrap();
}

fn planted(plant: Plant, check: impl Fn() -> Result<(), String>) {
    plant::set(Some(plant));
    let found = check();
    plant::set(None);
    println!("{plant:?}: {}", found.unwrap_err());
    check().unwrap();
}

#[test]
fn a_forgotten_sync_is_found() {
    planted(Plant::SyncForgotten, || images(Loss::Everything));
}

#[test]
fn a_name_that_is_not_durable_is_found() {
    planted(Plant::RenameWithoutDirSync, || images(Loss::Names));
}

#[test]
fn a_checksum_that_is_not_checked_is_found() {
    planted(Plant::CrcNotChecked, || flips(2));
}

#[test]
fn a_record_that_claims_too_much_is_found() {
    planted(Plant::DurableMarkWrong, || images(Loss::Sectors));
}

#[test]
fn trust_in_what_is_only_in_memory_is_found() {
    planted(Plant::RewriteForgotten, || images(Loss::Everything));
}
