// SPDX-License-Identifier: Apache-2.0
//! Rule 8: the map shows what is there.

use crate::samples::expect_one;
use xtask::rules::map::check;
use xtask::tree::Tree;
use xtask::{Finding, expect_none};

#[test]
fn the_house_keeps_it() {
    expect_none("map", &check(&Tree::read()));
}

const PAGE: &str = "# A\n```text\nREADME.md  text\nsys/       clock\ncli/gmca/  a tool\n\
                    raft/      agrees (to come)\n```\nother/ is no room\n";

fn with(page: &str, files: &[&str]) -> Vec<Finding> {
    let mut all = vec![("ARCHITECTURE.md", page)];
    all.extend(files.iter().map(|path| (*path, "")));
    check(&Tree::of(&all))
}

#[test]
fn a_true_map_passes() {
    assert!(with(PAGE, &["sys/Cargo.toml", "cli/gmca/Cargo.toml", "Cargo.toml"]).is_empty());
}

#[test]
fn what_the_map_or_the_house_lacks_is_found() {
    let rooms = ["sys/Cargo.toml", "cli/gmca/Cargo.toml"];
    expect_one(&with(PAGE, &rooms[..1]), "ARCHITECTURE.md:5: the map shows cli/gmca/");
    expect_one(&with(PAGE, &[&rooms[..], &["attic/Cargo.toml"]].concat()), "attic/Cargo.toml");
    expect_one(&with(PAGE, &[&rooms[..], &["raft/a.md"]].concat()), "raft/ has come");
    expect_one(&check(&Tree::default()), "is missing");
}
