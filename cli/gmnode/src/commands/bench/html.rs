// SPDX-License-Identifier: Apache-2.0
//! The page: everything in one file, to be opened or sent.

use super::plot::{Bars, Lines, escaped};
use super::report::{NetworkReport, Report, Row};
use super::stages::{Part, Taken};
use std::fmt::Write as _;

/// The whole page.
pub(super) fn page(report: &Report) -> String {
    let mut out = format!("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n{HEAD}</head>\n<body>\n");
    out.push_str("<h1>gmnode bench</h1>\n");
    about(&mut out, report);
    for network in &report.networks {
        add(&mut out, network);
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn about(out: &mut String, report: &Report) {
    let machine = &report.machine;
    let memory = machine.memory as f64 / (1_u64 << 30) as f64;
    let facts = [
        ("command", report.command.clone()),
        ("gmnode", report.gmnode.clone()),
        ("processor", format!("{}, {} cores", machine.processor, machine.cores)),
        ("memory", format!("{memory:.0} GiB")),
        ("kernel", format!("Linux {}", machine.kernel)),
        ("load before it began", format!("{:.1}", machine.load)),
        ("a write of 4 KiB is on disk after", format!("{:.2} ms", machine.sync_us / 1e3)),
    ];
    out.push_str("<table class=\"facts\">\n");
    for (name, value) in facts {
        let _ = writeln!(out, "<tr><th>{name}</th><td>{}</td></tr>", escaped(&value));
    }
    out.push_str("</table>\n");
    out.push_str(NOTE);
}

fn add(out: &mut String, network: &NetworkReport) {
    let _ = writeln!(out, "<h2>{}</h2>", escaped(&network.title()));
    table(out, network);
    out.push_str("<div class=\"plots\">\n");
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
    figure(out, &lines.svg());
    for (name, rows) in &by_workload {
        latency(out, name, &in_flights, rows);
    }
    for part in [Part::GatewayPeer, Part::LeadingOrderer] {
        stages(out, network, part);
    }
    out.push_str("</div>\n");
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

fn latency(out: &mut String, name: &str, in_flights: &[String], rows: &[&Row]) {
    let of = |value: fn(&Row) -> f64| rows.iter().map(|row| value(row)).collect::<Vec<f64>>();
    let series = [
        ("median".to_owned(), of(|row| row.latency_ms.p50)),
        ("90 %".to_owned(), of(|row| row.latency_ms.p90)),
        ("99 %".to_owned(), of(|row| row.latency_ms.p99)),
    ];
    let title = format!("Latency by transactions in flight: {name}");
    let lines =
        Lines { title: &title, unit: "ms", places: in_flights, series: &series, logarithmic: true };
    figure(out, &lines.svg());
}

/// Where the processor time of a process goes.
fn stages(out: &mut String, network: &NetworkReport, part: Part) {
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
    let plot = Bars { title, unit: "ms a transaction", parts: &parts, bars: &bars };
    figure(out, &plot.svg());
}

fn figure(out: &mut String, svg: &str) {
    let _ = writeln!(out, "<figure>{svg}</figure>");
}

fn table(out: &mut String, network: &NetworkReport) {
    out.push_str("<table>\n<tr><th>workload</th><th>in flight</th><th>peer ms</th>");
    out.push_str("<th>without signatures</th><th>orderer ms</th><th>without signatures</th>");
    out.push_str("<th>chaincode ms</th><th>client ms</th><th>a second</th><th>median ms</th>");
    out.push_str("<th>90 % ms</th><th>99 % ms</th><th>failed</th><th>limit</th></tr>\n");
    for row in &network.rows {
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
        let cells = [
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
        ];
        let cells = cells.iter().map(|cell| format!("<td>{}</td>", escaped(cell)));
        let _ = writeln!(out, "<tr>{}</tr>", cells.collect::<String>());
    }
    out.push_str("</table>\n");
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

const HEAD: &str = "\
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>gmnode bench</title>
<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 1300px; padding: 0 1em; color: #222; background: #fff; }
h1 { font-size: 22px; } h2 { font-size: 18px; margin-top: 2em; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #ddd; padding: 3px 8px; text-align: right; }
th:first-child, td:first-child, td:last-child, th:last-child, .facts td { text-align: left; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(520px, 1fr)); gap: 8px; }
figure { margin: 0; border: 1px solid #eee; } svg { width: 100%; height: auto; display: block; }
svg text { font: 12px system-ui, sans-serif; fill: #333; } svg text.title { font-weight: 600; font-size: 13px; }
</style>
";

const NOTE: &str = "\
<p>Milliseconds of processes are processor time for one transaction; without signatures means minus the \
signatures counted, by what one cost in the same run. They stay as they are on a machine that is busy with \
other things; transactions a second and latency do not.</p>
";

#[cfg(test)]
mod tests;
