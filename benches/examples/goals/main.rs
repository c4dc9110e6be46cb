// SPDX-License-Identifier: Apache-2.0
//! The goals of `gm`: how many times a peer's speed, measured beside it in the same run.
//!
//! `cargo run --release -p gmca-benches --features peers --example goals [ROUNDS]` prints the table that
//! `gm/docs/speed.md` has. P-256 is that of aws-lc-rs; the crates are RustCrypto's.

mod ours;
mod theirs;

use gmca_benches::turns::{Work, cycle_length, cycles};

/// One line: ours, the peer's, and what their ratio should be.
struct Goal {
    what: &'static str,
    ours: Work<'static>,
    /// As many operations are one call of `ours`.
    count: usize,
    peer: &'static str,
    theirs: Work<'static>,
    /// As many operations are one call of `theirs`.
    their_count: usize,
    /// At least, and the aim; none where a line is only reported.
    ratio: Option<(f64, f64)>,
}

fn main() {
    let rounds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(200);
    println!("clock: {:.2} GHz", 1e-9 / cycle_length());
    println!("| what | cycles | peer | its cycles | times | at least | aim | |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut missed = 0;
    for goal in ours::goals() {
        missed += usize::from(!line(goal, rounds));
    }
    println!("\n{missed} below the least");
}

/// Measures and prints; false if it is below the least.
fn line(goal: Goal, rounds: usize) -> bool {
    let Goal { what, ours, count, peer, theirs, their_count, ratio } = goal;
    let measured = cycles(&mut [ours, theirs], rounds);
    let (own, other) = (measured[0] / count as f64, measured[1] / their_count as f64);
    let times = other / own;
    let (least, aim, verdict) = match ratio {
        None => (String::new(), String::new(), "reported"),
        Some((least, aim)) => {
            let verdict = match times {
                times if times >= aim => "aim",
                times if times >= least => "least",
                _ => "missed",
            };
            (least.to_string(), aim.to_string(), verdict)
        }
    };
    println!(
        "| {what} | {own:.0} | {peer} | {other:.0} | {times:.2} | {least} | {aim} | {verdict} |"
    );
    verdict != "missed"
}
