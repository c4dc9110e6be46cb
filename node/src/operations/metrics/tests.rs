// SPDX-License-Identifier: Apache-2.0
//! The text that Prometheus reads.

use super::fabric::{Agreement, Broadcast, Chaincode, Cluster, Deliver, Endorser};
use super::fabric::{Grpc, Ledger, Participation, Process};
use super::*;
use std::collections::BTreeSet;
use std::time::Duration;

#[test]
fn counters_and_gauges_are_written_by_name_with_help_and_kind() {
    let registry = Registry::new();
    let height = registry.gauge("ledger_blockchain_height", "Height of the chain.", &["channel"]);
    let sent = registry.counter("deliver_blocks_sent", "Blocks\nsent.", &["channel", "filtered"]);
    height.with(&["ch1"]).set(7);
    sent.with(&["a\"b\\c\nd", "true"]).add(3);
    let expected = "# HELP deliver_blocks_sent Blocks\\nsent.\n\
                    # TYPE deliver_blocks_sent counter\n\
                    deliver_blocks_sent{channel=\"a\\\"b\\\\c\\nd\",filtered=\"true\"} 3\n\
                    # HELP ledger_blockchain_height Height of the chain.\n\
                    # TYPE ledger_blockchain_height gauge\n\
                    ledger_blockchain_height{channel=\"ch1\"} 7\n";
    assert_eq!(registry.text(), expected);
}

#[test]
fn a_histogram_has_buckets_that_contain_the_smaller_ones() {
    let registry = Registry::new();
    let time = registry.histogram("t", "Time.", &[]).with(&[]);
    for millis in [5, 6, 90, 20_000] {
        time.observe(Duration::from_millis(millis));
    }
    let text = registry.text();
    let lines = [
        "t_bucket{le=\"0.005\"} 1\n",
        "t_bucket{le=\"0.01\"} 2\n",
        "t_bucket{le=\"0.1\"} 3\n",
        "t_bucket{le=\"10\"} 3\n",
        "t_bucket{le=\"+Inf\"} 4\n",
        "t_sum 20.101\n",
        "t_count 4\n",
    ];
    for line in lines {
        assert!(text.contains(line), "{line} not in {text}");
    }
}

#[test]
fn a_name_asked_for_twice_is_one_metric() {
    let registry = Registry::new();
    registry.counter("c", "C.", &[]).with(&[]).increment();
    registry.counter("c", "C.", &[]).with(&[]).increment();
    assert!(registry.text().ends_with("\nc 2\n"));
    assert_eq!(registry.text().matches("# TYPE c ").count(), 1);
}

#[test]
fn strangers_do_not_fill_memory_with_labels() {
    let registry = Registry::new();
    let family = registry.counter("c", "C.", &["channel"]);
    for number in 0..10_000 {
        family.with(&[&format!("ch{number}")]).increment();
    }
    family.with(&[&"x".repeat(100_000)]).increment();
    let text = registry.text();
    assert!(text.len() < 200_000, "{}", text.len());
    assert!(text.contains("c{channel=\"other\"} 8001\n"), "what is left out is still counted");
}

#[test]
fn all_of_fabrics_fit_in_one_registry_under_names_of_their_own() {
    let registry = Registry::new();
    let process = Process::new(&registry);
    process.version.with(&["1"]).set(1);
    let grpc = Grpc::new(&registry);
    grpc.connections_opened.increment();
    drop((Broadcast::new(&registry), Deliver::new(&registry), Agreement::new(&registry)));
    drop((Participation::new(&registry), Cluster::new(&registry), Ledger::new(&registry)));
    drop((Endorser::new(&registry), Chaincode::new(&registry)));
    let names: Vec<_> =
        registry.families.lock().unwrap().iter().map(|family| family.name()).collect();
    assert_eq!(names.len(), 60);
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    let text = registry.text();
    assert!(text.contains("fabric_version{version=\"1\"} 1\n"));
    assert!(text.contains("\ngrpc_comm_conn_opened 1\n"));
}
