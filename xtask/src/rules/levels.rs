// SPDX-License-Identifier: Apache-2.0
//! Our own crates depend downwards only, as the level table of `ARCHITECTURE.md` allows.

use crate::Finding;
use crate::graph::Graph;
use crate::tree::{Tree, is_workshop};
use std::collections::{BTreeMap, BTreeSet};

/// A room, its level, and the rooms it may use.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    /// The folder.
    pub room: &'static str,
    /// Its level; what it uses stands lower.
    pub level: u8,
    /// What it may use.
    pub uses: &'static [&'static str],
}

const fn level(level: u8, room: &'static str, uses: &'static [&'static str]) -> Level {
    Level { room, level, uses }
}

/// The table. Rooms to come are in it already.
pub const LEVELS: &[Level] = &[
    level(0, "sys", &[]),
    level(0, "gm", &[]),
    level(0, "proto", &[]),
    level(1, "bccsp", &["sys", "gm"]),
    level(1, "chaincode", &["proto"]),
    level(2, "pki", &["bccsp", "sys"]),
    level(2, "block", &["bccsp", "proto"]),
    level(2, "package", &["bccsp"]),
    level(3, "ca", &["pki", "bccsp", "sys"]),
    level(3, "cms", &["pki", "bccsp"]),
    level(3, "tls", &["pki", "bccsp"]),
    level(3, "msp", &["pki", "bccsp", "proto", "sys"]),
    level(3, "ledger", &["block", "bccsp", "proto", "sys"]),
    level(4, "doctor", &["cms", "pki", "bccsp"]),
    level(4, "channel", &["msp", "block", "pki", "proto", "bccsp", "sys"]),
    level(4, "consensus", &["block", "ledger", "proto", "bccsp", "sys"]),
    level(
        5,
        "peer",
        &["channel", "ledger", "package", "msp", "block", "pki", "bccsp", "proto", "sys"],
    ),
    level(
        5,
        "orderer",
        &["channel", "consensus", "ledger", "msp", "block", "pki", "bccsp", "proto", "sys"],
    ),
    level(
        6,
        "node",
        &[
            "peer",
            "orderer",
            "tls",
            "channel",
            "consensus",
            "ledger",
            "package",
            "msp",
            "block",
            "pki",
            "bccsp",
            "proto",
            "sys",
        ],
    ),
    level(1, "terminal", &["sys"]),
    level(7, "cli/gmca", &["terminal", "doctor", "cms", "ca", "msp", "pki", "bccsp", "sys"]),
    level(
        7,
        "cli/gmnode",
        &[
            "terminal",
            "node",
            "ca",
            "peer",
            "orderer",
            "tls",
            "channel",
            "consensus",
            "ledger",
            "msp",
            "block",
            "package",
            "pki",
            "bccsp",
            "proto",
            "sys",
            "chaincode",
        ],
    ),
];

/// Finds dependencies between our crates that the table does not allow. Dependencies of tests
/// are free, except that nothing else may depend on the rooms that only check.
#[must_use]
pub fn check(graph: &Graph, table: &[Level]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &graph.ours {
        let place = format!("{}/Cargo.toml", package.room);
        let row = table.iter().find(|row| row.room == package.room);
        if row.is_none() && !is_workshop(&package.room) {
            findings.push(Finding::new(&place, 0, "has no row in the level table (levels.rs)"));
            continue;
        }
        let used = package.wants.iter().filter(|want| !want.dev);
        for room in used.filter_map(|want| graph.room_of(&want.name)) {
            if let Some(why) = refusal(row, room) {
                findings.push(Finding::new(&place, 0, format!("uses {room}: {why}")));
            }
        }
    }
    findings
}

fn refusal(row: Option<&Level>, room: &str) -> Option<&'static str> {
    match row {
        _ if is_workshop(room) => Some("only tests may depend on what only checks"),
        Some(row) if !row.uses.contains(&room) => Some("the level table does not allow it"),
        _ => None,
    }
}

/// Finds rows of the table that do not point downwards.
#[must_use]
pub fn check_table(table: &[Level]) -> Vec<Finding> {
    let level_of = |room: &str| table.iter().find(|row| row.room == room).map(|row| row.level);
    let mut findings = Vec::new();
    for row in table {
        let wrong = row.uses.iter().filter(|room| level_of(room).is_none_or(|l| l >= row.level));
        findings.extend(wrong.map(|room| {
            Finding::new(row.room, 0, format!("the level table lets it use {room}, not below it"))
        }));
    }
    findings
}

const PAGE: &str = "ARCHITECTURE.md";
const HEAD: &str = "| level | room | may use |";

/// Finds rows in which the table of `ARCHITECTURE.md` and this one differ.
#[must_use]
pub fn check_page(tree: &Tree, table: &[Level]) -> Vec<Finding> {
    let rows = rows(tree.get(PAGE).unwrap_or_default());
    let mut findings = Vec::new();
    for row in table {
        let written = rows.get(row.room);
        let meant = (row.level.to_string(), row.uses.iter().copied().collect::<BTreeSet<_>>());
        if written != Some(&meant) {
            let what = format!("the row of {} is not the one in levels.rs", row.room);
            findings.push(Finding::new(PAGE, 0, what));
        }
    }
    let unknown = rows.keys().filter(|room| !table.iter().any(|row| row.room == **room));
    findings.extend(unknown.map(|room| {
        Finding::new(PAGE, 0, format!("the level table has {room}, which levels.rs lacks"))
    }));
    findings
}

/// The rows under the head of the table: room to level and what it may use.
fn rows(page: &str) -> BTreeMap<&str, (String, BTreeSet<&str>)> {
    let table = page.lines().skip_while(|line| *line != HEAD).skip(2);
    let mut rows = BTreeMap::new();
    for line in table.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, level, room, uses, _] = cells.as_slice() {
            let uses = uses.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
            rows.insert(*room, ((*level).to_owned(), uses));
        }
    }
    rows
}
