// SPDX-License-Identifier: Apache-2.0
//! The page is well formed whatever is in the report, and the JSON has its form.

use super::*;
use crate::commands::bench::machine::Machine;
use crate::commands::bench::percentiles::Latency;
use crate::commands::bench::report::{ProcessMemory, Spread};
use crate::commands::bench::table;
use std::collections::BTreeMap;
use terminal::page::wrong_with;

fn taken(process: &str, part: Part, processor_ms: f64) -> Taken {
    Taken {
        process: process.to_owned(),
        part,
        processor_ms,
        beyond_signatures_ms: processor_ms / 2.0,
        signed: 1.0,
        verified: 2.0,
        together: 1.0,
        stages_ms: BTreeMap::from([("verify".to_owned(), processor_ms / 4.0)]),
    }
}

fn row(workload: &str, in_flight: u32) -> Row {
    let parts = [
        ("Org1 peer1", Part::GatewayPeer),
        ("Orderer orderer1", Part::LeadingOrderer),
        ("chaincode", Part::Chaincode),
        ("client", Part::Client),
    ];
    Row {
        workload: workload.to_owned(),
        query: workload.contains("evaluate"),
        in_flight,
        seconds: 8.0,
        transactions: 800,
        per_second: 100.0,
        latency_ms: Latency { mean: 2.0, p50: 1.5, p90: 3.0, p99: 9.0, max: 40.0 },
        failures: BTreeMap::from([("Aborted: a <b> & \"c\"".to_owned(), 2)]),
        processes: parts
            .map(|(name, part)| {
                taken(name, part, if part == Part::GatewayPeer { 0.8 } else { 0.4 })
            })
            .into(),
        sign_us: 20.0,
        verify_us: 60.0,
        verify_together_us: 30.0,
        blocks: 12.0,
        idle: 0.01,
        our_cores: 1.5,
        other_cores: 0.5,
        spread: Spread::default(),
    }
}

fn report() -> Report {
    let host = terminal::machine::Machine {
        processor: "Model <207> & more".to_owned(),
        cores: 2,
        memory: 8 << 30,
        kernel: "6.1".to_owned(),
        load: 1.5,
        time: 1_790_000_000,
    };
    let machine = Machine { host, sync_us: 900.0 };
    let network = NetworkReport {
        suite: "gm".to_owned(),
        orderers: 3,
        organizations: 2,
        peers: 2,
        memory: vec![ProcessMemory {
            process: "Org1 peer1".to_owned(),
            idle_bytes: 30 << 20,
            bytes: 90 << 20,
        }],
        rows: vec![
            row("empty evaluate", 1),
            row("blind write 100 B", 1),
            row("blind write 100 B", 50),
        ],
    };
    Report::new(machine, vec![network])
}

#[test]
fn the_page_is_well_formed() {
    let page = page(&report());
    assert_eq!(wrong_with(&page), None);
    assert_eq!(page.matches("<svg").count(), 1 + 2 + 2, "rates, two latencies, two processes");
    assert!(page.contains("Model &lt;207&gt; &amp; more"), "foreign words are escaped");
    assert!(
        !page.contains("http://")
            || page.matches("http").count() == page.matches("www.w3.org/2000/svg").count()
    );
}

#[test]
fn a_report_of_nothing_is_a_page_too() {
    let empty = Report { networks: Vec::new(), ..report() };
    assert_eq!(wrong_with(&page(&empty)), None);
    let mut nothing_measured = report();
    nothing_measured.networks[0].rows.clear();
    assert_eq!(wrong_with(&page(&nothing_measured)), None);
}

#[test]
fn the_json_has_its_form() {
    let json = serde_json::to_value(report()).unwrap();
    assert_eq!(json["version"], 1);
    let row = &json["networks"][0]["rows"][1];
    assert_eq!(row["workload"], "blind write 100 B");
    assert_eq!(row["latency_ms"]["p99"], 9.0);
    assert_eq!(row["processes"][0]["part"], "gateway-peer");
    assert_eq!(row["processes"][0]["stages_ms"]["verify"], 0.2);
    assert_eq!(json["networks"][0]["memory"][0]["idle_bytes"], 30 << 20);
}

#[test]
fn the_table_has_a_line_for_each_row() {
    let text = table::table(&report());
    assert_eq!(text.matches("blind write 100 B").count(), 2);
    assert!(text.contains("gm: 3 orderers by Raft, 2 organisations, 2 peers"), "{text}");
    assert!(text.contains("processors: Org1 peer1 most, 0.5 cores for others"), "{text}");
    assert!(text.contains("2 failed") && text.contains("30 MiB idle, 90 after"), "{text}");
}
