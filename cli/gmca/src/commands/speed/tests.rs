// SPDX-License-Identifier: Apache-2.0
//! Rows have their form, every engine has its rows, and the page is well formed.

use super::*;
use terminal::page::wrong_with;

fn row(op: &'static str, engine: &str, size: usize, cycles: bool) -> Row {
    let (engine, level) = (engine.to_owned(), "A <level> & \"more\"".to_owned());
    let head = Head { op, suite: Suite::Gm, engine, level, size };
    Row::new(head, 1000.0, cycles.then_some(3e9))
}

fn machine() -> Machine {
    Machine {
        processor: "Model <207> & more".to_owned(),
        cores: 2,
        memory: 8 << 30,
        kernel: "6.1".to_owned(),
        load: 0.1,
        time: 1_790_000_000,
    }
}

fn rows() -> Vec<Row> {
    vec![
        row("sign", "fast", 1024, true),
        row("sign", "peer:OpenSSL 3.0.19", 32, false),
        row("hash", "fast", 64, true),
        row("hash", "fast", 16384, true),
        row("hash", "peer:some <crate> 0.5.0", 16384, true),
    ]
}

#[test]
fn the_json_has_its_form() {
    let json = serde_json::to_value(rows()).unwrap();
    let keys = ["op", "suite", "engine", "level", "size", "per_s", "mb_s", "cycles"];
    for row in json.as_array().unwrap() {
        assert_eq!(row.as_object().unwrap().keys().collect::<Vec<_>>(), keys);
    }
    assert_eq!(json[0]["suite"], "gm");
    assert_eq!(json[0]["mb_s"], serde_json::Value::Null, "signatures are not told in bytes");
    assert_eq!(json[0]["cycles"], 3e6);
    assert_eq!(json[1]["cycles"], serde_json::Value::Null, "another process's clock is not known");
    assert_eq!(json[3]["mb_s"], 16.384);
}

#[test]
fn the_page_is_well_formed() {
    let page = html::page(&rows(), &machine(), "gmca speed --only '<sign>'");
    assert_eq!(wrong_with(&page), None);
    assert_eq!(page.matches("<svg").count(), 2 + 1 + 2, "rates, a curve, cycles");
    assert!(page.contains("Model &lt;207&gt; &amp; more") && !page.contains("<level>"));
    assert!(page.contains("some &lt;crate&gt; 0.5.0"), "versions of peers");
    assert_eq!(page.matches("http").count(), page.matches("www.w3.org/2000/svg").count());
    assert_eq!(wrong_with(&html::page(&[], &machine(), "gmca speed")), None);
}

#[test]
fn every_engine_has_every_operation_at_its_level() {
    let tasks = tasks::of_engines(&[64]).unwrap();
    for (op, _) in OPERATIONS {
        let of = |suite| tasks.iter().filter(|t| t.head.op == op && t.head.suite == suite).count();
        assert!(of(Suite::Gm) >= 1, "{op}");
        assert!(op == "key exchange" || of(Suite::Nist) >= 1, "{op}");
    }
    for task in &tasks {
        assert!(order(task.head.op) < OPERATIONS.len(), "{:?}", task.head);
        let same = tasks.iter().filter(|other| other.head == task.head).count();
        assert_eq!(same, 1, "{:?}", task.head);
    }
}

#[test]
fn every_task_does_its_work() {
    let mut tasks = tasks::of_engines(&[64]).unwrap();
    tasks.extend(tasks::of_peers(&[64]));
    for task in &mut tasks {
        let (at, head) = (task.at, task.head.clone());
        at.run(|| (task.work)()).unwrap_or_else(|error| panic!("{head:?}: {error}"));
    }
    assert!(tasks.iter().any(|task| task.head.engine.starts_with("peer:")));
}
