// SPDX-License-Identifier: Apache-2.0
//! Links lose, delay, repeat, reorder and part as they are told, and the same way each time.

use gmca_simulation::faults::{Coverage, FaultKind};
use gmca_simulation::network::{Network, NoAnswer, Service, Weather};
use gmca_simulation::runtime::{self, SimRuntime};
use openraft_rt::AsyncRuntime;
use proto::Bytes;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const SERVICE: Service = Service::Agree(0);

type Heard = Arc<Mutex<Vec<u8>>>;

/// Node 2 answers what it hears.
fn network(seed: u64, weather: Weather) -> (Network, Heard, Coverage) {
    runtime::reset(seed);
    let coverage = Coverage::default();
    let network = Network::new(seed, coverage.clone());
    network.set_weather(weather);
    let heard = Heard::default();
    let ears = Arc::clone(&heard);
    let handler = move |_, bytes: Bytes| -> gmca_simulation::network::Reply {
        assert_eq!(runtime::current(), 2);
        ears.lock().unwrap().push(bytes[0]);
        Box::pin(async move { bytes })
    };
    network.serve(2, SERVICE, Arc::new(handler));
    (network, heard, coverage)
}

fn call(network: &Network, what: u8) -> Result<Bytes, NoAnswer> {
    SimRuntime.block_on(network.call(1, 2, SERVICE, vec![what].into()))
}

#[test]
fn a_call_is_answered() {
    let (network, heard, _) = network(1, Weather::FAIR);
    assert_eq!(call(&network, 7).unwrap(), [7][..]);
    assert_eq!(*heard.lock().unwrap(), [7]);
    network.close(2);
    assert_eq!(call(&network, 7), Err(NoAnswer));
}

#[test]
fn a_cut_link_is_cut_in_one_direction_and_heals() {
    let (network, heard, _) = network(1, Weather::FAIR);
    network.cut(2, 1);
    assert_eq!(call(&network, 1), Err(NoAnswer));
    assert_eq!(*heard.lock().unwrap(), [1], "the answer was lost, not the call");
    network.heal();
    network.part(&[1, 3], &[2]);
    assert_eq!(call(&network, 2), Err(NoAnswer));
    assert_eq!(*heard.lock().unwrap(), [1]);
    network.heal();
    call(&network, 3).unwrap();
}

/// Sends 200 messages at once in foul weather, and gives what was heard.
fn storm(seed: u64) -> (Vec<u8>, Coverage) {
    let weather = Weather { lost: 100, late: 100, repeated: 100, ..Weather::FAIR };
    let (network, heard, coverage) = network(seed, weather);
    for what in 0..200 {
        let network = network.clone();
        drop(SimRuntime::spawn(async move {
            let _ = network.call(1, 2, SERVICE, vec![what].into()).await;
        }));
    }
    SimRuntime.block_on(SimRuntime::sleep(Duration::from_secs(10)));
    let heard = heard.lock().unwrap().clone();
    (heard, coverage)
}

#[test]
fn a_storm_is_the_same_each_time() {
    let (heard, coverage) = storm(5);
    for kind in [FaultKind::Lost, FaultKind::Delayed, FaultKind::Repeated, FaultKind::Reordered] {
        assert!(coverage.counts()[&kind] > 0, "{}", kind.text());
    }
    let mut known: Vec<u8> = heard.clone();
    known.sort_unstable();
    known.dedup();
    assert!(known.len() < 200 && heard.len() > known.len() && !heard.is_sorted());
    assert_eq!(heard, storm(5).0);
    assert_ne!(heard, storm(6).0);
}
