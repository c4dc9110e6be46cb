// SPDX-License-Identifier: Apache-2.0
//! The map in `ARCHITECTURE.md` shows the rooms that are there, and only those.

use crate::Finding;
use crate::tree::{Tree, room_of};
use std::collections::BTreeSet;

const PAGE: &str = "ARCHITECTURE.md";
const TO_COME: &str = "(to come)";

/// Finds rooms that the map or the tree lacks.
#[must_use]
pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.get(PAGE) else {
        return vec![Finding::new(PAGE, 0, "is missing")];
    };
    let rooms = rooms(page);
    let mut findings = Vec::new();
    for (line, room, to_come) in &rooms {
        match (tree.has_folder(room), to_come) {
            (false, false) => {
                let what = format!("the map shows {room}/, which is not there");
                findings.push(Finding::new(PAGE, *line, what));
            }
            (true, true) => {
                let what = format!("{room}/ has come; take `{TO_COME}` off the map");
                findings.push(Finding::new(PAGE, *line, what));
            }
            _ => {}
        }
    }
    let shown: BTreeSet<&str> = rooms.iter().map(|(_, room, _)| room.as_str()).collect();
    for (path, _) in tree.files.iter().filter(|(path, _)| is_manifest(path)) {
        if !shown.contains(room_of(path)) {
            findings.push(Finding::new(path, 0, format!("this room is not on the map in {PAGE}")));
        }
    }
    findings
}

fn is_manifest(path: &str) -> bool {
    let room = room_of(path);
    !room.is_empty() && path.strip_prefix(room) == Some("/Cargo.toml")
}

/// The rooms of the first fenced block: line, name without `/`, whether it is to come.
fn rooms(page: &str) -> Vec<(usize, String, bool)> {
    let mut found = Vec::new();
    let mut fences = 0;
    for (index, line) in page.lines().enumerate() {
        if line.starts_with("```") {
            fences += 1;
        }
        let first = line.split_whitespace().next().unwrap_or_default();
        if fences == 1 && !line.starts_with(' ') && first.ends_with('/') {
            let name = first.trim_end_matches('/').to_owned();
            found.push((index + 1, name, line.contains(TO_COME)));
        }
    }
    found
}
