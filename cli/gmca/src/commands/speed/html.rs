// SPDX-License-Identifier: Apache-2.0
//! The page: bars of every operation, curves over sizes, cycles, and how to repeat it.

use super::{OPERATIONS, Row};
use bccsp::Suite;
use terminal::machine::Machine;
use terminal::page::{Page, machine_facts};
use terminal::plot::{Bars, Lines};

/// The whole page.
pub(super) fn page(rows: &[Row], machine: &Machine, command: &str) -> String {
    let mut page = Page::new("gmca speed");
    about(&mut page, rows, machine, command);
    let of = |op: &str| -> Vec<&Row> { rows.iter().filter(|row| row.op == op).collect() };
    page.heading("How many in a second");
    page.plots(&each(|op, _| Some(rates(op, &largest(&of(op))?))));
    page.heading("By size of the message");
    page.plots(&each(|op, bulk| bulk.then(|| curve(op, &of(op)))?));
    page.heading("Cycles");
    page.plots(&each(|op, bulk| cycles(op, bulk, &largest(&of(op))?)));
    page.heading("Every figure");
    page.table(HEAD, rows.iter().map(cells));
    page.finish()
}

fn each(plot: impl Fn(&'static str, bool) -> Option<String>) -> Vec<String> {
    OPERATIONS.iter().filter_map(|(op, bulk)| plot(op, *bulk)).collect()
}

fn about(page: &mut Page, rows: &[Row], machine: &Machine, command: &str) {
    let mut facts = vec![
        ("command", command.to_owned()),
        ("gmca", env!("CARGO_PKG_VERSION").to_owned()),
        ("peers", peers(rows)),
    ];
    facts.extend(machine_facts(machine));
    page.facts(&facts);
    page.paragraph(NOTE);
    page.typed(REPEAT);
}

fn peers(rows: &[Row]) -> String {
    let mut names: Vec<&str> =
        rows.iter().filter_map(|row| row.engine.strip_prefix(super::PEER)).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { "none: --peers adds them".to_owned() } else { names.join(", ") }
}

/// The rows of the largest size.
fn largest<'a>(rows: &[&'a Row]) -> Option<Vec<&'a Row>> {
    let size = rows.iter().filter(|row| !row.is_peer()).map(|row| row.size).max()?;
    // Peers that sign do so with what they are made for: a digest.
    let keyed = |row: &Row| row.mb_s.is_none();
    Some(rows.iter().copied().filter(|row| row.size == size || keyed(row)).collect())
}

/// Our families in a colour each, what others made in a third.
fn bars(title: &str, unit: &str, rows: &[(&Row, f64)]) -> String {
    let parts = ["gm, here", "nist, here", "others"].map(str::to_owned);
    let bar = |(row, value): &(&Row, f64)| {
        let part = match (row.is_peer(), row.suite) {
            (true, _) => 2,
            (false, Suite::Nist) => 1,
            (false, Suite::Gm) => 0,
        };
        let values = (0..parts.len()).map(|at| if at == part { *value } else { 0.0 });
        (row.who(), values.collect())
    };
    let bars: Vec<(String, Vec<f64>)> = rows.iter().map(bar).collect();
    Bars { title, unit, parts: &parts, bars: &bars }.svg()
}

fn rates(op: &str, rows: &[&Row]) -> String {
    let bulk = rows.iter().any(|row| row.mb_s.is_some());
    let values: Vec<_> = rows.iter().map(|row| (*row, row.mb_s.unwrap_or(row.per_s))).collect();
    bars(&titled(op, rows), if bulk { "MB/s" } else { "a second" }, &values)
}

/// Cycles of one operation, or of one byte. None where nothing has them.
fn cycles(op: &str, bulk: bool, rows: &[&Row]) -> Option<String> {
    let values: Vec<_> = rows
        .iter()
        .filter_map(|row| {
            let per = if bulk { row.size as f64 } else { 1000.0 };
            Some((*row, row.cycles? / per))
        })
        .collect();
    let unit = if bulk { "cycles a byte, less is better" } else { "1,000 cycles, less is better" };
    (!values.is_empty()).then(|| bars(&titled(op, rows), unit, &values))
}

fn titled(op: &str, rows: &[&Row]) -> String {
    let size = rows.iter().filter(|row| !row.is_peer()).map(|row| row.size).max();
    format!("{op}, {} bytes", size.unwrap_or_default())
}

/// MB/s over sizes, of the best level of each engine and of the peers. None with fewer than two sizes.
fn curve(op: &str, rows: &[&Row]) -> Option<String> {
    let mut sizes: Vec<usize> = rows.iter().map(|row| row.size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    if sizes.len() < 2 {
        return None;
    }
    let mut series: Vec<(String, Vec<f64>)> = Vec::new();
    for row in rows {
        let who = (row.suite, row.engine.as_str());
        let of = |size: &usize| {
            let same =
                rows.iter().filter(|r| (r.suite, r.engine.as_str()) == who && r.size == *size);
            same.filter_map(|row| row.mb_s).fold(0.0, f64::max)
        };
        let name = if row.is_peer() { row.who() } else { format!("{} {}", who.0, who.1) };
        if series.iter().all(|(known, _)| *known != name) {
            series.push((name, sizes.iter().map(of).collect()));
        }
    }
    let places: Vec<String> = sizes.iter().map(usize::to_string).collect();
    let title = format!("{op}, by bytes of a message");
    let lines =
        Lines { title: &title, unit: "MB/s", places: &places, series: &series, logarithmic: true };
    Some(lines.svg())
}

/// What stands above [`cells`].
const HEAD: &[&str] =
    &["operation", "bytes", "suite", "engine", "per second", "MB/s", "cycles", "level"];

fn cells(row: &Row) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:.0}"));
    vec![
        row.op.to_owned(),
        row.size.to_string(),
        row.suite.to_string(),
        row.engine.clone(),
        format!("{:.0}", row.per_s),
        number(row.mb_s),
        number(row.cycles),
        row.level.clone(),
    ]
}

const NOTE: &str = "\
One thread. Of each row the best rate within its time counts: others on the machine only ever make it slower. \
Compare rows of one run and not runs, because the clock of a machine moves; cycles are estimated from a chain \
of multiplications that runs before and after each row. The families do the same work by other algorithms; \
gm is SM2, SM3 and SM4, nist is ECDSA P-256, SHA-256 and AES-128. Signing hashes the message first; \
openssl speed signs a digest, and seals without the call of a library.";

const REPEAT: &str = "\
cargo run --release -p gmca -- speed --peers --html report.html
cargo run --release -p gmca --features levels -- speed --peers --html report.html   # with lesser levels of this processor
gmca speed --json                                                                  # the same rows for programs";
