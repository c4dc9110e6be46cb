// SPDX-License-Identifier: Apache-2.0
//! Rule 7: crates that are not let in.

use crate::samples::{expect_one, graph, package};
use xtask::expect_none;
use xtask::graph::Graph;
use xtask::rules::banned::{ANYWHERE, BY_US, check};

#[test]
fn the_house_keeps_it() {
    expect_none("banned crates", &check(&Graph::read(), ANYWHERE, BY_US));
}

#[test]
fn a_banned_crate_is_found_however_deep() {
    let edges: &[(&str, &[&str])] = &[("gmca-ca", &["a"]), ("a", &["b"]), ("b", &["openssl-sys"])];
    let with =
        |room: &str| check(&graph(vec![package("gmca-ca", room, &["a"])], edges), ANYWHERE, BY_US);
    expect_one(&with("ca"), "`openssl-sys` comes in through `b`");
    assert!(with("benches").is_empty());
}

#[test]
fn some_are_only_not_for_us() {
    let edges: &[(&str, &[&str])] = &[("gmca-ca", &["a"]), ("a", &["once_cell"])];
    let with = |wants: &[&str]| {
        check(&graph(vec![package("gmca-ca", "ca", wants)], edges), ANYWHERE, BY_US)
    };
    assert!(with(&["a"]).is_empty());
    expect_one(&with(&["a", "once_cell"]), "`once_cell`");
    assert!(with(&["a", "dev:once_cell"]).is_empty());
}

#[test]
fn edges_of_tests_are_not_shipped() {
    let json = serde_json::json!({
        "workspace_root": "/w",
        "workspace_members": ["1"],
        "packages": [
            { "id": "1", "name": "gmca-ca", "manifest_path": "/w/ca/Cargo.toml", "targets": [
                { "kind": ["lib"], "src_path": "/w/ca/src/lib.rs" },
                { "kind": ["test"], "src_path": "/w/ca/tests/a.rs" }],
              "dependencies": [{ "name": "a", "kind": null }, { "name": "b", "kind": "dev" }] },
            { "id": "2", "name": "a" }, { "id": "3", "name": "b" }],
        "resolve": { "nodes": [{ "id": "1", "deps": [
            { "pkg": "2", "dep_kinds": [{ "kind": null }, { "kind": "dev" }] },
            { "pkg": "3", "dep_kinds": [{ "kind": "dev" }] }] }] }
    });
    let graph = Graph::parse(&json);
    assert_eq!(graph.ours[0].room, "ca");
    assert_eq!(graph.ours[0].roots, ["ca/src/lib.rs"]);
    assert!(!graph.ours[0].wants[0].dev && graph.ours[0].wants[1].dev);
    assert_eq!(graph.brought_by("gmca-ca").into_keys().collect::<Vec<_>>(), ["a"]);
}
