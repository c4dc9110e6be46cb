// SPDX-License-Identifier: Apache-2.0
//! Levels are reached, each by itself, and are left again.

use gmca_gm::harness::{LEVELS, at_every_level, chosen};
use std::collections::BTreeSet;

#[test]
fn every_level_of_this_processor_is_reached() {
    let mut reached = BTreeSet::new();
    at_every_level(|| assert!(reached.insert(chosen())));
    let here: Vec<_> = LEVELS.iter().filter(|level| level.is_here()).collect();
    assert_eq!(reached.len(), here.len());
    assert_eq!(here[0].name(), "portable");
    // A level that this processor has goes with all before it.
    assert_eq!(LEVELS[here.len() - 1].name(), here[here.len() - 1].name());
}

#[test]
fn a_level_is_left_again() {
    let before = chosen();
    LEVELS[0].run(|| {
        assert_ne!(chosen(), before, "this processor has nothing that could be denied");
        let elsewhere = std::thread::spawn(chosen).join().unwrap();
        assert_eq!(elsewhere, before, "another thread");
    });
    assert_eq!(chosen(), before);
    let failed = std::panic::catch_unwind(|| LEVELS[0].run(|| panic!("as it should")));
    assert!(failed.is_err());
    assert_eq!(chosen(), before, "after a check that failed");
}

/// Where a processor has a level and the library does not use it, the check fails.
#[test]
fn a_level_that_does_not_run_is_found() {
    let best = LEVELS.iter().rfind(|level| level.is_here()).unwrap();
    let failed = std::panic::catch_unwind(|| LEVELS[0].run(|| best.run_as_it_is(|| ())));
    assert!(failed.is_err());
}

#[test]
fn names_are_different() {
    let names: BTreeSet<_> = LEVELS.iter().map(|level| level.name()).collect();
    assert_eq!(names.len(), LEVELS.len());
}
