// SPDX-License-Identifier: Apache-2.0
//! Rule 3: clock, entropy and disk come through `sys`.

use crate::samples::{expect_one, graph, package, source};
use xtask::expect_none;
use xtask::graph::Graph;
use xtask::rules::effects::{
    EXCUSED, Excuse, METHODS, check_clippy, check_code, check_dependencies,
};
use xtask::tree::Tree;

#[test]
fn the_house_keeps_it() {
    let (graph, tree) = (Graph::read(), Tree::read());
    expect_none("clippy.toml disallows", &check_clippy(&graph, &tree, METHODS));
    expect_none("clock, entropy, disk through sys", &check_code(&tree.sources(), EXCUSED));
    expect_none("entropy crates in sys only", &check_dependencies(&graph));
}

#[test]
fn a_missing_or_shortened_clippy_toml_is_found() {
    let graph = graph(vec![package("gmca-ca", "ca", &[]), package("gmca-sys", "sys", &[])], &[]);
    let methods = ["a::b", "c::d"];
    let with = |text: &str| check_clippy(&graph, &Tree::of(&[("ca/clippy.toml", text)]), &methods);
    let entry = |path: &str| format!("    {{ path = \"{path}\", reason = \"r\" }},\n");
    let file = |entries: &str| format!("disallowed-methods = [\n{entries}]\n");
    assert!(with(&file(&(entry("a::b") + &entry("c::d")))).is_empty());
    expect_one(&with(&file(&entry("a::b"))), "does not disallow `c::d`");
    expect_one(&with(&file(&["a::b", "c::d", "e::f"].map(entry).concat())), "`e::f`");
    assert_eq!(check_clippy(&graph, &Tree::default(), &methods).len(), 2);
}

#[test]
fn reaching_past_sys_is_found() {
    let with = |text: &str| check_code(&source("ca/src/a.rs", text), &[]);
    expect_one(&with("let a = SystemTime::now();"), "`SystemTime::now`");
    expect_one(&with("use std::{fs, io};"), "`std::fs`");
    expect_one(&with("getrandom::fill(&mut a)?;"), "`getrandom::fill`");
    expect_one(&with("let mut rng = OsRng;"), "`OsRng`");
    expect_one(&with("let a = fs::read_dir(b)?;"), "`fs::read_dir`");
    assert!(with("let a = disk.read(path)?; let b = clock.now();").is_empty());
    assert!(with("#[cfg(test)]\nmod tests { use std::fs; }").is_empty());
    assert!(check_code(&source("sys/src/a.rs", "use std::fs;"), &[]).is_empty());
    assert!(check_code(&source("ca/tests/a.rs", "use std::fs;"), &[]).is_empty());
}

#[test]
fn an_excuse_must_be_used() {
    let excuse = Excuse { file: "ca/src/a.rs", path: "std::fs", reason: "a test" };
    assert!(check_code(&source("ca/src/a.rs", "use std::fs;"), &[excuse]).is_empty());
    expect_one(&check_code(&[], &[excuse]), "is excused in effects.rs and not met");
}

#[test]
fn a_dependency_is_found() {
    let with =
        |wants: &[&str]| check_dependencies(&graph(vec![package("gmca-ca", "ca", wants)], &[]));
    expect_one(&with(&["getrandom"]), "depends on `getrandom`");
    assert!(with(&["dev:rand", "redb"]).is_empty());
}
