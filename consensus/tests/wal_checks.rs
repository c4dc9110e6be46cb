// SPDX-License-Identifier: Apache-2.0
//! A short run of every check of the log, and of each mistake that it must find.

use gmca_consensus::plant::{self, Plant};
use gmca_consensus::testing::wal::{crash, flips, model};
use sys::sim::Loss;

#[test]
fn random_use_gives_what_a_model_gives() {
    (0..20).try_for_each(|seed| model(seed, 400)).unwrap();
}

fn images(loss: Loss) -> Result<(), String> {
    (0..10).try_for_each(|seed| crash(seed, loss, 50))
}

#[test]
fn a_stopped_program_loses_nothing_acknowledged() {
    images(Loss::Nothing).unwrap();
}

#[test]
fn losing_everything_unsynced_loses_nothing_acknowledged() {
    images(Loss::Everything).unwrap();
}

#[test]
fn losing_any_writes_loses_nothing_acknowledged() {
    images(Loss::Writes).unwrap();
}

#[test]
fn losing_any_names_loses_nothing_acknowledged() {
    images(Loss::Names).unwrap();
}

#[test]
fn torn_writes_lose_nothing_acknowledged() {
    images(Loss::Sectors).unwrap();
}

#[test]
fn every_flipped_bit_is_noticed() {
    flips(0).unwrap();
}

fn planted(plant: Plant, check: impl Fn() -> Result<(), String>) {
    plant::set(Some(plant));
    let found = check();
    plant::set(None);
    found.unwrap_err();
    check().unwrap();
}

#[test]
fn a_vote_that_is_answered_too_early_is_found() {
    planted(Plant::VoteBeforeSync, || images(Loss::Everything));
}

#[test]
fn a_forgotten_truncation_is_found() {
    planted(Plant::TruncateForgotten, || images(Loss::Nothing));
}

#[test]
fn entries_that_are_acknowledged_too_early_are_found() {
    planted(Plant::AcknowledgedBeforeSync, || images(Loss::Everything));
}

#[test]
fn a_group_that_lags_behind_and_loses_entries_is_found() {
    planted(Plant::LaggardForgotten, || images(Loss::Nothing));
}
