// SPDX-License-Identifier: Apache-2.0
//! Every scenario goes as it says, in both families.
#![allow(clippy::disallowed_methods)] // tests read the real disk

use bccsp::Suite;
use gmca_simulation::play::play;
use std::path::{Path, PathBuf};

fn scenarios() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

fn all(suite: Suite) {
    let found = scenarios();
    assert!(found.len() >= 10);
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        if let Err(what) = play(&text, suite, 1) {
            panic!("{}: {what}", path.display());
        }
    }
}

#[test]
fn scenarios_go_as_they_say_in_nist() {
    all(Suite::Nist);
}

#[test]
fn scenarios_go_as_they_say_in_gm() {
    all(Suite::Gm);
}

#[test]
fn what_is_not_so_is_told_with_its_line() {
    let what = play("nodes 3\nexpect leader\nexpect voters 4\n", Suite::Nist, 1).err().unwrap();
    assert!(what.starts_with("line 3"), "{what}");
}
