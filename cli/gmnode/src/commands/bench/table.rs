// SPDX-License-Identifier: Apache-2.0
//! The table for a terminal: processor time first, which a busy machine leaves as it is.

use super::report::{NetworkReport, Report, Row};
use super::stages::Part;
use std::fmt::Write as _;

/// All networks, one below the other.
pub(super) fn table(report: &Report) -> String {
    let machine = &report.machine;
    let mut text = format!(
        "{}, {} cores, {:.0} GiB, Linux {}; load {:.1} before it began; a write of 4 KiB is on disk \
         after {:.1} ms\n",
        machine.host.processor,
        machine.host.cores,
        machine.host.memory as f64 / GIB,
        machine.host.kernel,
        machine.host.load,
        machine.sync_us / 1e3
    );
    for network in &report.networks {
        add(&mut text, network);
    }
    text.push_str(
        "ms/tx: milliseconds of processor time for a transaction; -sig: without its signatures",
    );
    text
}

fn add(text: &mut String, network: &NetworkReport) {
    let _ = writeln!(text, "\n{}", network.title());
    let _ = writeln!(text, "{HEAD}");
    for row in &network.rows {
        let _ = writeln!(text, "{}", line(row));
    }
    for memory in &network.memory {
        let (idle, after) = (memory.idle_bytes as f64 / MIB, memory.bytes as f64 / MIB);
        let _ =
            writeln!(text, "memory of {}: {idle:.0} MiB idle, {after:.0} after", memory.process);
    }
}

fn line(row: &Row) -> String {
    let of =
        |part: Part| row.of(part).map(|taken| (taken.processor_ms, taken.beyond_signatures_ms));
    let pair = |part: Part| match of(part) {
        Some((all, beyond)) => format!("{all:>6.3} {beyond:>6.3}"),
        None => format!("{:>6} {:>6}", "-", "-"),
    };
    let alone =
        |part: Part| of(part).map_or_else(|| "-".to_owned(), |(all, _)| format!("{all:.3}"));
    let failed: u64 = row.failures.values().sum();
    let failed = if failed == 0 { String::new() } else { format!("; {failed} failed") };
    format!(
        "{:<20} {:>6} {}  {}  {:>6} {:>6} {:>7.0} {:>8.1} {:>8.1}  {}{failed}",
        row.workload,
        row.in_flight,
        pair(Part::GatewayPeer),
        pair(Part::LeadingOrderer),
        alone(Part::Chaincode),
        alone(Part::Client),
        row.per_second,
        row.latency_ms.p50,
        row.latency_ms.p99,
        row.limit()
    )
}

/// What stands above the columns of [`line`].
const HEAD: &str = concat!(
    "                         in      peer        orderer      chain-",
    " client           median     99 %\n",
    "workload             flight  ms/tx   -sig   ms/tx   -sig    code",
    "  ms/tx    tx/s       ms       ms  limit"
);
const GIB: f64 = (1_u64 << 30) as f64;
const MIB: f64 = (1_u64 << 20) as f64;
