// SPDX-License-Identifier: Apache-2.0
//! Rule 8: heads of files, unfinished work, texts, names of packages, shared lints.

use crate::samples::{expect_one, graph, package, source};
use xtask::expect_none;
use xtask::graph::Graph;
use xtask::rules::tidy::{
    MAX_SIZE, check_heads, check_lints, check_names, check_sizes, check_texts, check_unfinished,
};
use xtask::tree::Tree;

const HEAD: &str = "// SPDX-License-Identifier: Apache-2.0\n//! A.\n";

#[test]
fn the_house_keeps_it() {
    let (graph, tree) = (Graph::read(), Tree::read());
    expect_none("heads of files", &check_heads(&tree.sources()));
    expect_none("sizes of files", &check_sizes(&tree));
    expect_none("unfinished work", &check_unfinished(&tree.sources()));
    expect_none("texts", &check_texts(&tree));
    expect_none("names of packages", &check_names(&graph));
    expect_none("shared lints", &check_lints(&graph, &tree));
}

#[test]
fn a_wrong_head_is_found() {
    assert!(check_heads(&source("a.rs", HEAD)).is_empty());
    expect_one(&check_heads(&source("a.rs", &HEAD.replace("Apache", "MIT"))), "a.rs:1:");
    expect_one(&check_heads(&source("a.rs", &HEAD.replace("//!", "//"))), "a.rs:2:");
}

#[test]
fn unfinished_work_is_found() {
    let macros =
        [concat!("todo", "!()"), concat!("unimplemented", "! { }"), concat!("dbg", "!(a)")];
    for text in macros {
        expect_one(&check_unfinished(&source("a.rs", text)), "is not for the house");
        assert!(check_unfinished(&source("a.rs", &format!("// {text}"))).is_empty());
    }
    assert!(check_unfinished(&source("a.rs", "if todo != 1 && not_todo!() {}")).is_empty());
}

#[test]
fn paths_of_a_machine_are_found() {
    let with = |text: &str| check_texts(&Tree::of(&[("a.md", text)]));
    let path = concat!("/ho", "me/");
    expect_one(&with(&format!("a\nsee `{path}me/a`")), "a.md:2:");
    expect_one(&with(&format!("DIR={path}me")), "a.md:1:");
    assert!(with(&format!("https://example.org{path}a, ~{path}")).is_empty());
    expect_one(&with(concat!("made by Co", "pilot")), "about the writer");
}

#[test]
fn a_package_under_a_wrong_name_is_found() {
    let with = |name: &str, room: &str| check_names(&graph(vec![package(name, room, &[])], &[]));
    expect_one(&with("pki", "pki"), "not `gmca-pki`");
    assert!(with("gmca-pki", "pki").is_empty());
    assert!(with("gmca", "cli/gmca").is_empty());
    assert!(with("xtask", "xtask").is_empty());
}

#[test]
fn a_package_without_the_shared_lints_is_found() {
    let graph = graph(vec![package("gmca-pki", "pki", &[])], &[]);
    let with = |text: &str| check_lints(&graph, &Tree::of(&[("pki/Cargo.toml", text)]));
    expect_one(&with("[package]\n"), "lacks");
    assert!(with("[package]\n\n[lints]\nworkspace = true\n").is_empty());
}

#[test]
fn what_a_run_has_left_is_found_by_its_size() {
    let mut tree = Tree::of(&[("a.txt", "small")]);
    tree.sizes.push(("b.seg".into(), MAX_SIZE));
    assert!(check_sizes(&tree).is_empty());
    tree.sizes.push(("c.seg".into(), MAX_SIZE + 1));
    expect_one(&check_sizes(&tree), "c.seg:1:");
}
