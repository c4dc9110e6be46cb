// SPDX-License-Identifier: Apache-2.0
//! Random blocks against a naive model; power failures; and that each planted mistake is found by
//! the check that is there for it.

use bccsp::{EngineChoice, Hash, Providers, Suite};
use gmca_ledger::plant::{self, Plant};
use gmca_ledger::state::testing;
use sys::sim::Loss;

fn with_hash<T>(suite: Suite, check: impl FnOnce(&dyn Hash) -> T) -> T {
    let providers = Providers::new(suite, EngineChoice::Auto).unwrap();
    check(providers.default_provider().hash().unwrap())
}

#[test]
fn random_blocks_leave_what_the_model_says() {
    let mut seen = with_hash(Suite::Gm, |hash| testing::model(hash, 99, 25)).unwrap();
    for seed in 0..12 {
        let more = with_hash(Suite::Nist, |hash| testing::model(hash, seed, 25)).unwrap();
        seen = seen.and(&more);
    }
    println!("{seen:?}");
    // Valid, twice, endorsed by too few, conflict, phantom: there were enough of each.
    for code in [0, 9, 10, 11, 12] {
        assert!(seen.codes.get(&code).is_some_and(|count| *count > 50), "{seen:?}");
    }
    assert!(seen.ranges.iter().all(|count| *count > 10) && seen.private > 100, "{seen:?}");
}

fn power_fails(loss: Loss) {
    for seed in 0..3 {
        with_hash(Suite::Nist, |hash| testing::crash(hash, seed, loss, 70)).unwrap();
    }
}

#[test]
fn nothing_is_lost_when_the_program_stops() {
    power_fails(Loss::Nothing);
}

#[test]
fn power_fails_and_everything_not_synced_is_lost() {
    power_fails(Loss::Everything);
}

#[test]
fn power_fails_and_some_writes_are_lost() {
    power_fails(Loss::Writes);
}

#[test]
fn power_fails_and_some_names_are_lost() {
    power_fails(Loss::Names);
}

#[test]
fn power_fails_and_writes_are_torn() {
    power_fails(Loss::Sectors);
}

/// That the check finds the mistake, within a few seeds.
fn found<T>(mistake: Plant, check: impl Fn(&dyn Hash, u64) -> Result<T, String>) {
    plant::set(Some(mistake));
    let found = (0..8).any(|seed| with_hash(Suite::Nist, |hash| check(hash, seed)).is_err());
    plant::set(None);
    assert!(found, "{mistake:?} was not found");
}

fn found_by_the_model(mistake: Plant) {
    found(mistake, |hash, seed| testing::model(hash, seed, 25));
}

#[test]
fn a_version_compared_wrong_is_found() {
    found_by_the_model(Plant::VersionComparedWrong);
}

#[test]
fn a_phantom_missed_is_found() {
    found_by_the_model(Plant::PhantomMissed);
}

#[test]
fn the_wrong_one_of_two_writes_is_found() {
    found_by_the_model(Plant::LastWriteOrder);
}

#[test]
fn a_deleted_key_that_reads_as_a_value_is_found() {
    found_by_the_model(Plant::TombstoneRead);
}

#[test]
fn metadata_lost_is_found() {
    found_by_the_model(Plant::MetadataLost);
}

#[test]
fn a_height_outside_the_commit_is_found() {
    found(Plant::HeightOutsideCommit, |hash, seed| {
        testing::crash(hash, seed, Loss::Everything, 70)
    });
}

#[test]
fn a_run_that_does_not_look_at_itself_is_found() {
    found_by_the_model(Plant::RunNotLookedAt);
}

#[test]
fn a_link_lost_within_a_run_is_found() {
    found_by_the_model(Plant::LinkLost);
}
