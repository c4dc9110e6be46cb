// SPDX-License-Identifier: Apache-2.0
//! The runtime keeps what openraft asks of one, and the seed decides everything.

use gmca_consensus::sim::{self as runtime, SimRuntime, Step};
use openraft_rt::{AsyncRuntime, Instant as _, Watch, WatchReceiver as _, WatchSender as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Lines = Arc<Mutex<Vec<String>>>;

#[test]
fn it_keeps_the_contract_of_openraft() {
    openraft_rt::testing::Suite::<SimRuntime>::test_all();
}

fn note(lines: &Lines, what: u64) {
    let line = format!("{} {} {what}", runtime::now(), runtime::current());
    lines.lock().unwrap().push(line);
}

/// What four nodes that sleep, wait for a value and draw numbers do, in its order.
fn run(seed: u64) -> Vec<String> {
    runtime::reset(seed);
    let lines = Lines::default();
    let (sender, receiver) = <SimRuntime as AsyncRuntime>::Watch::channel(0_u64);
    for node in 1..=4 {
        let (lines, mut receiver) = (Arc::clone(&lines), receiver.clone());
        runtime::on_node(node, || {
            SimRuntime::spawn(async move {
                while receiver.changed().await.is_ok() {
                    let value = *receiver.borrow_watched();
                    note(&lines, value);
                    SimRuntime::sleep(Duration::from_nanos(runtime::roll() % 1000)).await;
                    note(&lines, value);
                }
            })
        });
    }
    SimRuntime.block_on(async {
        for value in 0..50 {
            sender.send(value).unwrap();
            SimRuntime::sleep(Duration::from_nanos(300)).await;
        }
    });
    lines.lock().unwrap().clone()
}

#[test]
fn the_seed_decides_everything() {
    let first = run(7);
    assert!(first.len() > 100);
    assert_eq!(first, run(7));
    assert_ne!(first, run(8));
}

#[test]
fn a_crash_drops_the_tasks_of_one_node() {
    runtime::reset(1);
    let lines = Lines::default();
    for node in [1, 2] {
        let lines = Arc::clone(&lines);
        let forever = async move {
            loop {
                SimRuntime::sleep(Duration::from_secs(1)).await;
                note(&lines, 0);
            }
        };
        runtime::on_node(node, || SimRuntime::spawn(forever));
    }
    SimRuntime.block_on(SimRuntime::sleep(Duration::from_millis(2500)));
    runtime::crash(1);
    assert_eq!((runtime::tasks_of(1), runtime::tasks_of(2)), (0, 1));
    SimRuntime.block_on(SimRuntime::sleep(Duration::from_secs(2)));
    let count = |node: &str| lines.lock().unwrap().iter().filter(|l| l.contains(node)).count();
    assert_eq!((count(" 1 "), count(" 2 ")), (2, 4));
}

#[test]
fn a_clock_that_jumps_fires_its_nodes_timers_and_no_other() {
    runtime::reset(1);
    let lines = Lines::default();
    for node in [1, 2] {
        let lines = Arc::clone(&lines);
        let once = async move {
            let begin = <SimRuntime as AsyncRuntime>::Instant::now();
            SimRuntime::sleep(Duration::from_secs(10)).await;
            note(&lines, begin.elapsed().as_secs());
        };
        runtime::on_node(node, || SimRuntime::spawn(once));
    }
    SimRuntime.block_on(SimRuntime::sleep(Duration::from_secs(1)));
    runtime::jump(1, Duration::from_secs(60));
    SimRuntime.block_on(SimRuntime::sleep(Duration::from_secs(20)));
    assert_eq!(*lines.lock().unwrap(), ["1000000000 1 61", "10000000000 2 10"]);
}

#[test]
fn a_paused_node_does_nothing_and_then_all_that_was_due() {
    runtime::reset(1);
    let lines = Lines::default();
    let clone = Arc::clone(&lines);
    let forever = async move {
        loop {
            SimRuntime::sleep(Duration::from_secs(1)).await;
            note(&clone, 0);
        }
    };
    runtime::on_node(1, || SimRuntime::spawn(forever));
    runtime::step();
    runtime::pause(1);
    SimRuntime.block_on(SimRuntime::sleep(Duration::from_secs(3)));
    assert!(lines.lock().unwrap().is_empty());
    runtime::resume(1);
    assert_eq!(runtime::step(), Step::Ran(1));
    assert_eq!(*lines.lock().unwrap(), ["3000000000 1 0"]);
}
