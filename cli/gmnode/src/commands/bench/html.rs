// SPDX-License-Identifier: Apache-2.0
//! The page: everything in one file, to be opened or sent.

use super::report::{NetworkReport, Report, Row};
use super::stages::{Part, Taken};
use terminal::page::{Page, machine_facts};
use terminal::plot::{Bars, Lines};

/// The whole page.
pub(super) fn page(report: &Report) -> String {
    let mut page = Page::new("gmnode bench");
    about(&mut page, report);
    for network in &report.networks {
        add(&mut page, network);
    }
    page.finish()
}

fn about(page: &mut Page, report: &Report) {
    let mut facts = vec![("command", report.command.clone()), ("gmnode", report.gmnode.clone())];
    facts.extend(machine_facts(&report.machine.host));
    let sync = format!("{:.2} ms", report.machine.sync_us / 1e3);
    facts.push(("a write of 4 KiB is on disk after", sync));
    page.facts(&facts);
    page.paragraph(NOTE);
}

fn add(page: &mut Page, network: &NetworkReport) {
    page.heading(&network.title());
    table(page, network);
    let (in_flights, by_workload) = grouped(network);
    let series = by_workload.iter().map(|(name, rows)| {
        (name.clone(), rows.iter().map(|row| row.per_second).collect::<Vec<f64>>())
    });
    let lines = Lines {
        title: "Throughput by transactions in flight",
        unit: "a second",
        places: &in_flights,
        series: &series.collect::<Vec<_>>(),
        logarithmic: false,
    };
    let mut plots = vec![lines.svg()];
    plots.extend(by_workload.iter().map(|(name, rows)| latency(name, &in_flights, rows)));
    plots.extend([Part::GatewayPeer, Part::LeadingOrderer].map(|part| stages(network, part)));
    page.plots(&plots);
}

/// What stands along the bottom of plots, and the rows of each workload.
fn grouped(network: &NetworkReport) -> (Vec<String>, Vec<(String, Vec<&Row>)>) {
    let mut by_workload: Vec<(String, Vec<&Row>)> = Vec::new();
    for row in &network.rows {
        match by_workload.iter_mut().find(|(name, _)| *name == row.workload) {
            Some((_, rows)) => rows.push(row),
            None => by_workload.push((row.workload.clone(), vec![row])),
        }
    }
    let first = by_workload.first().map(|(_, rows)| &rows[..]).unwrap_or_default();
    (first.iter().map(|row| row.in_flight.to_string()).collect(), by_workload)
}

fn latency(name: &str, in_flights: &[String], rows: &[&Row]) -> String {
    let of = |value: fn(&Row) -> f64| rows.iter().map(|row| value(row)).collect::<Vec<f64>>();
    let series = [
        ("median".to_owned(), of(|row| row.latency_ms.p50)),
        ("90 %".to_owned(), of(|row| row.latency_ms.p90)),
        ("99 %".to_owned(), of(|row| row.latency_ms.p99)),
    ];
    let title = format!("Latency by transactions in flight: {name}");
    let lines =
        Lines { title: &title, unit: "ms", places: in_flights, series: &series, logarithmic: true };
    lines.svg()
}

/// Where the processor time of a process goes.
fn stages(network: &NetworkReport, part: Part) -> String {
    let rows: Vec<(&Row, &Taken)> =
        network.rows.iter().filter_map(|row| Some((row, row.of(part)?))).collect();
    let mut parts: Vec<String> = Vec::new();
    for name in rows.iter().flat_map(|(_, taken)| taken.stages_ms.keys()) {
        if !parts.contains(name) {
            parts.push(name.clone());
        }
    }
    let bars = rows.iter().filter(|(row, _)| !row.query || part == Part::GatewayPeer);
    let bars = bars.map(|(row, taken)| {
        let of = |name: &String| taken.stages_ms.get(name).copied().unwrap_or_default();
        let mut values: Vec<f64> = parts.iter().map(of).collect();
        values.push((taken.processor_ms - values.iter().sum::<f64>()).max(0.0));
        (format!("{}, {}", row.workload, row.in_flight), values)
    });
    let bars: Vec<_> = bars.collect();
    parts.push("connections, messages, tasks".to_owned());
    let title = match part {
        Part::LeadingOrderer => "Leading orderer: processor time by stage",
        _ => "Gateway peer: processor time by stage",
    };
    Bars { title, unit: "ms a transaction", parts: &parts, bars: &bars }.svg()
}

fn table(page: &mut Page, network: &NetworkReport) {
    page.table(HEAD, network.rows.iter().map(cells));
}

fn cells(row: &Row) -> Vec<String> {
    let both = |part| match row.of(part) {
        Some(taken) => [taken.processor_ms, taken.beyond_signatures_ms].map(precise),
        None => ["-".to_owned(), "-".to_owned()],
    };
    let [peer, peer_beyond] = both(Part::GatewayPeer);
    let [orderer, orderer_beyond] = both(Part::LeadingOrderer);
    let [chaincode, _] = both(Part::Chaincode);
    let [client, _] = both(Part::Client);
    let latency = row.latency_ms;
    let [p50, p90, p99] = [latency.p50, latency.p90, latency.p99].map(|ms| format!("{ms:.1}"));
    vec![
        row.workload.clone(),
        row.in_flight.to_string(),
        peer,
        peer_beyond,
        orderer,
        orderer_beyond,
        chaincode,
        client,
        rate(row),
        p50,
        p90,
        p99,
        failures(row),
        row.limit(),
    ]
}

fn precise(milliseconds: f64) -> String {
    format!("{milliseconds:.3}")
}

fn rate(row: &Row) -> String {
    match row.spread.samples {
        0 | 1 => format!("{:.0}", row.per_second),
        _ => {
            format!("{:.0} ({:.0} to {:.0})", row.per_second, row.spread.lowest, row.spread.highest)
        }
    }
}

fn failures(row: &Row) -> String {
    let all = row.failures.iter().map(|(why, count)| format!("{count} {why}"));
    let all: Vec<String> = all.collect();
    if all.is_empty() { "0".to_owned() } else { all.join("; ") }
}

/// What stands above [`cells`].
const HEAD: &[&str] = &[
    "workload",
    "in flight",
    "peer ms",
    "without signatures",
    "orderer ms",
    "without signatures",
    "chaincode ms",
    "client ms",
    "a second",
    "median ms",
    "90 % ms",
    "99 % ms",
    "failed",
    "limit",
];

const NOTE: &str = "\
Milliseconds of processes are processor time for one transaction; without signatures means minus the \
signatures counted, by what one cost in the same run. They stay as they are on a machine that is busy with \
other things; transactions a second and latency do not.";

#[cfg(test)]
mod tests;
