// SPDX-License-Identifier: Apache-2.0
//! A few thousand cases of the checks that `cargo run --release -p xtask -- gm-differential` runs by the
//! million.

#[path = "../examples/differential/checks/mod.rs"]
mod checks;

/// Cases of every check. A case of the batch counts for several.
const CASES: u64 = 200;

/// Another one than that of the command, so that both together see more.
const SEED: u64 = 7;

fn run(family: &str) {
    let mut ran = 0;
    for check in checks::ALL.iter().filter(|check| check.name.starts_with(family)) {
        for number in 0..CASES.div_ceil(check.worth) {
            println!("again: differential --only {} --case {number} --seed {SEED}", check.name);
            checks::run(check, SEED, number, &[]);
        }
        ran += 1;
    }
    assert!(ran >= 4, "{family} has {ran} checks");
}

#[test]
fn sm2_agrees_with_the_other_implementation() {
    run("sm2-");
}

#[test]
fn sm3_agrees_with_the_other_implementation() {
    run("sm3-");
}

#[test]
fn sm4_agrees_with_the_other_implementation() {
    run("sm4-");
}
