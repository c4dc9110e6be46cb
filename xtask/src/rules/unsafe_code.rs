// SPDX-License-Identifier: Apache-2.0
//! `unsafe` stands in `gm/src/low/` and nowhere else.

use crate::Finding;
use crate::graph::Graph;
use crate::source::{Source, identifiers};
use crate::tree::Tree;

/// Where `unsafe` may stand, and why. A name that ends in `/` is a folder.
pub const ALLOWED: &[(&str, &str)] = &[
    ("gm/src/low/", "instructions and assembly of single processors"),
    ("bccsp/tests/wiping.rs", "reads freed memory to show that secrets were wiped"),
];

/// Crates that hold such a place, and so cannot forbid `unsafe` as a whole.
const MIXED: &[&str] = &["gm"];

/// Finds `unsafe` outside its places, and places that no longer need it.
#[must_use]
pub fn check(sources: &[Source], allowed: &[(&str, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let lines = lines_with_unsafe(source);
        let excused = allowed.iter().find(|(place, _)| covers(place, &source.path));
        match excused {
            None => findings.extend(lines.into_iter().map(|line| {
                let what = "`unsafe` belongs into gm/src/low/ only (ARCHITECTURE.md, rule 1)";
                Finding::new(&source.path, line, what)
            })),
            Some((place, _)) if !place.ends_with('/') && lines.is_empty() => {
                let what = "needs no `unsafe`: take it off the list in unsafe_code.rs";
                findings.push(Finding::new(&source.path, 0, what));
            }
            Some(_) => {}
        }
    }
    findings
}

fn covers(place: &str, path: &str) -> bool {
    if place.ends_with('/') { path.starts_with(place) } else { path == place }
}

fn lines_with_unsafe(source: &Source) -> Vec<usize> {
    let words = identifiers(&source.code).into_iter();
    words.filter(|(_, word)| *word == "unsafe").map(|(line, _)| line).collect()
}

/// Finds crates that do not forbid `unsafe` at their head.
#[must_use]
pub fn check_heads(graph: &Graph, tree: &Tree) -> Vec<Finding> {
    let packages = graph.ours.iter().filter(|p| !MIXED.contains(&p.room.as_str()));
    let heads = packages.flat_map(|p| &p.roots);
    heads
        .filter(|path| !tree.get(path).is_some_and(forbids))
        .map(|path| Finding::new(path, 0, "lacks `#![forbid(unsafe_code)]`"))
        .collect()
}

fn forbids(text: &str) -> bool {
    crate::source::mask(text).contains("#![forbid(unsafe_code)]")
}
