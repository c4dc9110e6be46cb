// SPDX-License-Identifier: Apache-2.0
//! Makes small trees and graphs, and says what a rule found in them.

use xtask::Finding;
use xtask::graph::{Graph, Package, Want};
use xtask::source::Source;

pub(crate) fn source(path: &str, text: &str) -> Vec<Source> {
    vec![Source::new(path, text)]
}

/// A package in a room that asks for others; a name that starts with `dev:` is for tests.
pub(crate) fn package(name: &str, room: &str, wants: &[&str]) -> Package {
    let wants = wants.iter().map(|want| {
        let dev = want.starts_with("dev:");
        Want { name: want.trim_start_matches("dev:").to_owned(), dev }
    });
    Package {
        name: name.to_owned(),
        room: room.to_owned(),
        roots: vec![format!("{room}/src/lib.rs")],
        wants: wants.collect(),
    }
}

pub(crate) fn graph(ours: Vec<Package>, edges: &[(&str, &[&str])]) -> Graph {
    let names = |to: &[&str]| to.iter().map(|name| (*name).to_owned()).collect();
    let shipped = edges.iter().map(|(from, to)| ((*from).to_owned(), names(to))).collect();
    Graph { ours, shipped }
}

/// The findings as lines, to be compared with what was expected.
pub(crate) fn lines(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

/// Asserts one finding that contains `part`.
#[track_caller]
pub(crate) fn expect_one(findings: &[Finding], part: &str) {
    let lines = lines(findings);
    assert!(lines.len() == 1 && lines[0].contains(part), "wanted one `{part}`, got {lines:#?}");
}
