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

#[test]
fn what_no_feature_asks_for_is_not_shipped() {
    let shipped = |features: &[&str]| {
        let optional =
            |name: &str| serde_json::json!({ "name": name, "kind": null, "optional": true });
        let edge = |id: &str| serde_json::json!({ "pkg": id, "dep_kinds": [{ "kind": null }] });
        let json = serde_json::json!({
            "workspace_members": [],
            "packages": [
                { "id": "1", "name": "a", "dependencies": [optional("b"), optional("c")],
                  "features": { "weak": ["b?/x"], "strong": ["b/x"], "named": ["dep:c"] } },
                { "id": "2", "name": "b" }, { "id": "3", "name": "c" }],
            "resolve": { "nodes": [
                { "id": "1", "features": features, "deps": [edge("2"), edge("3")] }] }
        });
        let graph = Graph::parse(&json);
        graph.brought_by("a").into_keys().map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(shipped(&["weak"]).is_empty());
    assert_eq!(shipped(&["weak", "strong"]), ["b"]);
    assert_eq!(shipped(&["named"]), ["c"]);
}
