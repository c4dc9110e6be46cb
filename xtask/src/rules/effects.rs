// SPDX-License-Identifier: Apache-2.0
//! Clock, entropy and disk come through `sys`, so that a test can bring its own.
//!
//! Clippy keeps the rule where types are known (`disallowed-methods`, one `clippy.toml` per
//! crate); the scan here is what is left when somebody allows that lint.

use crate::Finding;
use crate::graph::Graph;
use crate::paths::paths;
use crate::source::{Source, identifiers};
use crate::tree::{Tree, is_workshop, room_of};

/// What every `clippy.toml` disallows.
pub const METHODS: &[&str] = &[
    "std::time::SystemTime::now",
    "std::time::SystemTime::elapsed",
    "std::time::Instant::now",
    "std::time::Instant::elapsed",
    "std::fs::canonicalize",
    "std::fs::copy",
    "std::fs::create_dir",
    "std::fs::create_dir_all",
    "std::fs::exists",
    "std::fs::hard_link",
    "std::fs::metadata",
    "std::fs::read",
    "std::fs::read_dir",
    "std::fs::read_link",
    "std::fs::read_to_string",
    "std::fs::remove_dir",
    "std::fs::remove_dir_all",
    "std::fs::remove_file",
    "std::fs::rename",
    "std::fs::set_permissions",
    "std::fs::symlink_metadata",
    "std::fs::write",
    "std::fs::DirBuilder::new",
    "std::fs::File::create",
    "std::fs::File::create_new",
    "std::fs::File::open",
    "std::fs::File::options",
    "std::fs::OpenOptions::new",
    "std::path::Path::canonicalize",
    "std::path::Path::exists",
    "std::path::Path::is_dir",
    "std::path::Path::is_file",
    "std::path::Path::metadata",
    "std::path::Path::read_dir",
    "std::path::Path::try_exists",
    "std::thread::sleep",
];

/// Rooms that talk to the machine by trade. All others need a `clippy.toml`.
const OPEN: &[&str] =
    &["sys", "gm", "proto", "chaincode", "node", "terminal", "cli/gmca", "cli/gmnode"];

/// Beginnings of paths that reach past `sys`.
const PATHS: &[&str] = &[
    "std::fs",
    "std::time::SystemTime::now",
    "std::time::Instant::now",
    "SystemTime::now",
    "Instant::now",
    "File::open",
    "File::create",
    "OpenOptions::new",
    "fs::read",
    "fs::write",
    "getrandom",
    "rand::rng",
    "std::thread::sleep",
    "rustix",
    "tokio::fs",
];

/// Sources of entropy that are called by their bare name.
const NAMES: &[&str] = &["OsRng", "SysRng", "ThreadRng", "thread_rng"];

/// Crates that only `sys` asks for.
const CRATES: &[&str] = &["getrandom", "rand", "rustix"];

/// A path or name that reaches past `sys` although the rule says no, and why.
#[derive(Clone, Copy, Debug)]
pub struct Excuse {
    /// The file.
    pub file: &'static str,
    /// The path or name as it stands in the code.
    pub path: &'static str,
    /// Why it must be there.
    pub reason: &'static str,
}

/// Places that have a reason. One that is no longer met must go.
pub const EXCUSED: &[Excuse] = &[Excuse {
    file: "consensus/src/sim/mod.rs",
    path: "thread_rng",
    reason: "a function of the engine's AsyncRuntime; here its numbers come from the seed",
}];

/// Whether a room must go through `sys`.
fn is_bound(room: &str) -> bool {
    !room.is_empty() && !OPEN.contains(&room) && !is_workshop(room)
}

/// Finds crates whose `clippy.toml` is missing or does not list every method.
#[must_use]
pub fn check_clippy(graph: &Graph, tree: &Tree, methods: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in graph.ours.iter().filter(|p| is_bound(&p.room)) {
        let path = format!("{}/clippy.toml", package.room);
        let listed = listed_methods(tree.get(&path).unwrap_or_default());
        let missing = methods.iter().filter(|method| !listed.contains(*method));
        findings.extend(missing.map(|method| {
            Finding::new(
                &path,
                0,
                format!("does not disallow `{method}` (effects.rs has the list)"),
            )
        }));
        let extra = listed.iter().filter(|method| !methods.contains(method));
        findings.extend(extra.map(|method| {
            Finding::new(&path, 0, format!("disallows `{method}`, which effects.rs does not list"))
        }));
    }
    findings
}

/// The paths a `clippy.toml` disallows.
fn listed_methods(text: &str) -> Vec<&str> {
    let body = text.split_once("disallowed-methods").map_or("", |(_, body)| body);
    let body = body.split_once("\n]").map_or(body, |(body, _)| body);
    let entries = body.split("path = \"").skip(1);
    entries.filter_map(|entry| entry.split('"').next()).collect()
}

/// Finds product code that reaches past `sys`, and excuses without a use.
#[must_use]
pub fn check_code(sources: &[Source], excused: &[Excuse]) -> Vec<Finding> {
    let mut used = vec![false; excused.len()];
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| is_bound(room_of(&source.path))) {
        for (line, met) in reaches(&source.product_code()) {
            let excuse = |e: &Excuse| e.file == source.path && e.path == met;
            match excused.iter().position(excuse) {
                Some(index) => used[index] = true,
                None => findings.push(Finding::new(
                    &source.path,
                    line,
                    format!("`{met}`: clock, entropy and disk come through sys"),
                )),
            }
        }
    }
    let unused = excused.iter().zip(used).filter(|(_, used)| !used);
    findings.extend(unused.map(|(e, _)| {
        Finding::new(e.file, 0, format!("`{}` is excused in effects.rs and not met", e.path))
    }));
    findings
}

fn reaches(code: &str) -> Vec<(usize, String)> {
    let met = |path: &str| PATHS.iter().any(|start| is_under(path, start));
    let mut found: Vec<_> = paths(code).into_iter().filter(|(_, path)| met(path)).collect();
    let names = identifiers(code).into_iter().filter(|(_, word)| NAMES.contains(word));
    found.extend(names.map(|(line, word)| (line, word.to_owned())));
    found
}

/// Whether a path is `start` or lies under it. `fs::read` covers `fs::read_dir`: the last word
/// may go on.
fn is_under(path: &str, start: &str) -> bool {
    path.strip_prefix(start).is_some_and(|rest| {
        rest.is_empty()
            || rest.starts_with("::")
            || (start.contains("fs::") && rest.starts_with('_'))
    })
}

/// Finds manifests that ask for a crate which only `sys` may.
#[must_use]
pub fn check_dependencies(graph: &Graph) -> Vec<Finding> {
    let bound = graph.ours.iter().filter(|p| is_bound(&p.room));
    let mut findings = Vec::new();
    for package in bound {
        let wants = package.wants.iter().filter(|w| !w.dev && CRATES.contains(&w.name.as_str()));
        findings.extend(wants.map(|want| {
            let what = format!("depends on `{}`; entropy and disk come through sys", want.name);
            Finding::new(&format!("{}/Cargo.toml", package.room), 0, what)
        }));
    }
    findings
}
