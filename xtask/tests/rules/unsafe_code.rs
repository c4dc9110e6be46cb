// SPDX-License-Identifier: Apache-2.0
//! Rule 1: `unsafe` only in `gm/src/low/`.

use crate::samples::{expect_one, graph, package, source};
use xtask::expect_none;
use xtask::graph::Graph;
use xtask::rules::unsafe_code::{ALLOWED, check, check_heads};
use xtask::tree::Tree;

#[test]
fn the_house_keeps_it() {
    let tree = Tree::read();
    expect_none("unsafe only in gm/src/low", &check(&tree.sources(), ALLOWED));
    expect_none("unsafe is forbidden", &check_heads(&Graph::read(), &tree));
}

#[test]
fn a_block_elsewhere_is_found() {
    expect_one(&check(&source("pki/src/a.rs", "fn a() {\n unsafe { b() } }"), ALLOWED), "a.rs:2:");
    expect_one(&check(&source("gm/src/a.rs", "unsafe impl Send for A {}"), ALLOWED), "a.rs:1:");
    expect_one(&check(&source("ca/tests/a.rs", "#[unsafe(no_mangle)]"), ALLOWED), "a.rs:1:");
}

#[test]
fn words_and_permitted_places_are_not() {
    let words = "// unsafe\n#![forbid(unsafe_code)]\nconst A: &str = \"unsafe\";";
    assert!(check(&source("pki/src/a.rs", words), ALLOWED).is_empty());
    assert!(check(&source("gm/src/low/a.rs", "unsafe { a() }"), ALLOWED).is_empty());
    assert!(check(&source("bccsp/tests/wiping.rs", "unsafe { a() }"), ALLOWED).is_empty());
}

#[test]
fn a_permit_without_a_use_is_found() {
    expect_one(&check(&source("bccsp/tests/wiping.rs", "fn a() {}"), ALLOWED), "take it off");
}

#[test]
fn a_crate_that_forgets_to_forbid_is_found() {
    let graph = graph(vec![package("gmca-pki", "pki", &[])], &[]);
    let with = |text: &str| check_heads(&graph, &Tree::of(&[("pki/src/lib.rs", text)]));
    expect_one(&with("//! A.\n// #![forbid(unsafe_code)]"), "forbid(unsafe_code)");
    assert!(with("//! A.\n#![forbid(unsafe_code)]").is_empty());
}
