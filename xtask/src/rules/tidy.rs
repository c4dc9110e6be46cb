// SPDX-License-Identifier: Apache-2.0
//! What every file must have and must not have.

use crate::Finding;
use crate::graph::Graph;
use crate::source::Source;
use crate::tree::Tree;

const LICENCE_LINE: &str = "// SPDX-License-Identifier: Apache-2.0";

/// Macros that say "not done yet".
const UNFINISHED: &[&str] = &["todo", "unimplemented", "dbg"];

/// Folders of somebody's machine. Written in two parts, so that this file passes.
const MACHINE_PATHS: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

/// Tools a text may have been written with: of no interest to its reader.
const TOOLS: &[&str] = &[
    concat!("anth", "ropic"),
    concat!("chat", "gpt"),
    concat!("cla", "ude"),
    concat!("cop", "ilot"),
    concat!("lang", "uage model"),
    concat!("open", "ai"),
    concat!("sub", "agent"),
];

/// Data of others, kept as it came.
const FOREIGN: &[&str] = &["LICENSE", "Cargo.lock"];

/// Finds Rust files that do not begin with the licence line and a `//!` comment.
#[must_use]
pub fn check_heads(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let mut lines = source.text.lines();
        if lines.next() != Some(LICENCE_LINE) {
            findings.push(Finding::new(&source.path, 1, format!("line 1 is not `{LICENCE_LINE}`")));
        }
        if !lines.next().is_some_and(|line| line.starts_with("//! ")) {
            let what = "line 2 does not say in a `//!` comment what the file is for";
            findings.push(Finding::new(&source.path, 2, what));
        }
    }
    findings
}

/// The largest file that may be kept, in bytes.
pub const MAX_SIZE: u64 = 1 << 20;

/// Finds files that are too large to be anything but the product of a run.
#[must_use]
pub fn check_sizes(tree: &Tree) -> Vec<Finding> {
    let large = tree.sizes.iter().filter(|(_, size)| *size > MAX_SIZE);
    let finding = |(path, size): &(String, u64)| {
        let what = format!("{size} bytes; files of more than {MAX_SIZE} are made, not kept");
        Finding::new(path, 1, what)
    };
    large.map(finding).collect()
}

/// Finds macros that say "not done yet", in tests too.
#[must_use]
pub fn check_unfinished(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        for (index, line) in source.code.lines().enumerate() {
            let met = UNFINISHED.iter().filter(|name| calls(line, name));
            findings.extend(met.map(|name| {
                Finding::new(&source.path, index + 1, format!("`{name}!` is not for the house"))
            }));
        }
    }
    findings
}

fn calls(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let apart = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
        apart
            && line[at + name.len()..].trim_start().starts_with('!')
            && !line[at + name.len()..].trim_start().starts_with("!=")
    })
}

/// Finds paths of somebody's machine and names of writing tools in any text.
#[must_use]
pub fn check_texts(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let ours = tree.files.iter().filter(|(path, _)| !FOREIGN.contains(&path.as_str()));
    for (path, text) in ours {
        for (index, line) in text.lines().enumerate() {
            let machine = MACHINE_PATHS.iter().filter(|start| is_path(line, start));
            let small = line.to_lowercase();
            let tools = TOOLS.iter().filter(|tool| small.contains(**tool));
            findings.extend(machine.chain(tools).map(|word| {
                Finding::new(
                    path,
                    index + 1,
                    format!("`{word}` is about the writer, not the house"),
                )
            }));
        }
    }
    findings
}

/// Whether an absolute path begins with `start`: in `https://a.org/x/` nothing does.
fn is_path(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '/' | '~'))
    })
}

/// Finds packages that are not called `gmca-<room>`.
#[must_use]
pub fn check_names(graph: &Graph) -> Vec<Finding> {
    let wrong = graph.ours.iter().filter(|p| p.name != expected_name(&p.room));
    wrong
        .map(|p| {
            let what = format!("is called `{}`, not `{}`", p.name, expected_name(&p.room));
            Finding::new(&format!("{}/Cargo.toml", p.room), 0, what)
        })
        .collect()
}

fn expected_name(room: &str) -> String {
    match room.strip_prefix("cli/") {
        Some(program) => program.to_owned(),
        None if room == "xtask" => room.to_owned(),
        None => format!("gmca-{room}"),
    }
}

/// Finds manifests that do not take the shared lints.
#[must_use]
pub fn check_lints(graph: &Graph, tree: &Tree) -> Vec<Finding> {
    let manifests = graph.ours.iter().map(|p| format!("{}/Cargo.toml", p.room));
    let takes = |text: &str| text.contains("[lints]\nworkspace = true");
    manifests
        .filter(|path| !tree.get(path).is_some_and(takes))
        .map(|path| Finding::new(&path, 0, "lacks `[lints] workspace = true`"))
        .collect()
}
