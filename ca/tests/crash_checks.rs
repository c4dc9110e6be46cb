// SPDX-License-Identifier: Apache-2.0
//! The CA against power failures and failing disks; and each planted mistake is found.

use gmca_ca::plant::{self, Plant};
use gmca_ca::testing::crash;
use sys::sim::Loss;

fn images(loss: Loss) -> Result<(), String> {
    (0..4).try_for_each(|seed| crash(seed, loss, 20))
}

/// Some mistakes show only after certain steps in a certain order, so many seeds.
fn courses(loss: Loss) -> Result<(), String> {
    (0..60).try_for_each(|seed| crash(seed, loss, 10))
}

#[test]
fn a_stopped_program_loses_no_certificate() {
    images(Loss::Nothing).unwrap();
}

#[test]
fn losing_everything_unsynced_loses_no_certificate() {
    images(Loss::Everything).unwrap();
}

#[test]
fn losing_any_writes_loses_no_certificate() {
    images(Loss::Writes).unwrap();
}

#[test]
fn losing_any_names_loses_no_certificate() {
    images(Loss::Names).unwrap();
}

#[test]
fn torn_writes_lose_no_certificate() {
    images(Loss::Sectors).unwrap();
}

fn found(mistake: Plant, loss: Loss) {
    found_by(images, mistake, loss);
}

fn found_in_courses(mistake: Plant, loss: Loss) {
    found_by(courses, mistake, loss);
}

fn found_by(check: fn(Loss) -> Result<(), String>, mistake: Plant, loss: Loss) {
    plant::set(Some(mistake));
    let found = check(loss);
    plant::set(None);
    println!("{mistake:?}: {}", found.unwrap_err());
}

#[test]
fn a_certificate_handed_out_too_early_is_found() {
    found(Plant::SignatureNotDurable, Loss::Everything);
}

#[test]
fn a_home_whose_names_are_not_durable_is_found() {
    found(Plant::HomeWithoutFolderSync, Loss::Names);
}

#[test]
fn an_audit_row_outside_the_commit_is_found() {
    found(Plant::AuditOutsideCommit, Loss::Nothing);
}

#[test]
fn a_key_kept_outside_the_commit_is_found() {
    found(Plant::EscrowOutsideCommit, Loss::Nothing);
}

#[test]
fn a_key_given_out_too_early_is_found() {
    found_in_courses(Plant::RecoveryNotDurable, Loss::Everything);
}

#[test]
fn a_generation_outside_the_commit_is_found() {
    found_in_courses(Plant::GenerationOutsideCommit, Loss::Everything);
}

#[test]
fn a_release_that_a_delta_forgets_is_found() {
    found_in_courses(Plant::ReleaseForgotten, Loss::Nothing);
}

#[test]
fn trust_in_what_is_only_in_memory_is_found() {
    found(Plant::MemoryTrusted, Loss::Everything);
}
