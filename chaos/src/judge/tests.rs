// SPDX-License-Identifier: Apache-2.0
//! Each rule is shown a sound sample, and one that breaks it.

use super::{Finding, judge};
use crate::evidence::{Facts, Ledger, Peer, Transaction};
use crate::history::{History, Outcome, Read, Write};
use crate::plants::Plant;
use proto::protos::TxValidationCode::{DuplicateTxid, MvccReadConflict, Valid};
use std::collections::{BTreeMap, BTreeSet};

fn write(number: i64, key: &str, times: (u64, u64), outcome: Outcome) -> Write {
    let tx_id = if outcome == Outcome::NeverSent { String::new() } else { format!("tx{number}") };
    let (key, ordered, (start, end)) = (key.to_owned(), false, times);
    Write { number, key, tx_id, ordered, start, end, outcome }
}

fn acknowledged(block: u64) -> Outcome {
    Outcome::Acknowledged { block, peer: 0 }
}

fn transaction(number: i64, key: &str) -> Transaction {
    let id = format!("tx{number}");
    Transaction { id, code: Some(Valid), writes: vec![(key.to_owned(), number)] }
}

fn block(number: u8, transactions: Vec<Transaction>) -> Facts {
    let flags = transactions.iter().map(|one| one.code.map_or(0, |code| code as u8)).collect();
    Facts {
        header: vec![number, 1],
        data: vec![number, 2],
        flags,
        commit_hash: vec![number, 3],
        transactions,
    }
}

/// A set to 1, then to 2, then to 3 in a transaction that conflicted; B set to 4 by one who does not
/// know; C set to 5 by nobody who sent it; 6 refused; A read after each acknowledgement.
fn history() -> History {
    let conflict = Outcome::Invalid { block: 2, code: MvccReadConflict };
    let writes = vec![
        write(1, "a", (10, 20), acknowledged(1)),
        write(2, "a", (30, 40), acknowledged(2)),
        write(3, "a", (31, 41), conflict),
        write(4, "b", (15, 60), Outcome::Unknown),
        write(5, "c", (15, 16), Outcome::NeverSent),
        write(6, "c", (17, 18), Outcome::Refused),
    ];
    let read = |number, times: (u64, u64)| {
        let (start, end) = times;
        Read { number, key: "a".to_owned(), peer: 0, start, end }
    };
    History { writes, reads: vec![read(1, (21, 25)), read(2, (50, 55))] }
}

fn ledgers() -> Vec<Ledger> {
    let mut conflict = transaction(3, "a");
    conflict.code = Some(MvccReadConflict);
    let mut repeated = transaction(1, "a");
    repeated.code = Some(DuplicateTxid);
    let blocks = vec![
        block(0, vec![]),
        block(1, vec![transaction(1, "a"), transaction(4, "b")]),
        block(2, vec![transaction(2, "a"), conflict, repeated]),
    ];
    let state = BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 4)]);
    let peer = |number| Ledger {
        name: format!("peer{number}"),
        peer: Some(Peer { number, state: state.clone() }),
        blocks: blocks.clone(),
    };
    let orderer = Ledger { name: "orderer".to_owned(), peer: None, blocks: blocks.clone() };
    vec![orderer, peer(0), peer(1)]
}

fn rules(findings: &[Finding]) -> BTreeSet<&str> {
    findings.iter().map(|finding| finding.rule).collect()
}

#[test]
fn what_is_sound_is_found_sound() {
    assert_eq!(judge(&history(), &ledgers()), []);
}

#[test]
fn every_plant_is_found_by_its_rule() {
    for plant in Plant::ALL {
        let (mut history, mut ledgers) = (history(), ledgers());
        plant.plant(&mut history, &mut ledgers).unwrap();
        let findings = judge(&history, &ledgers);
        let (name, _, rule) = plant.told();
        assert!(rules(&findings).contains(rule), "{name}: {findings:?}");
    }
}

/// The rules that a change breaks.
fn broken(change: impl FnOnce(&mut History, &mut Vec<Ledger>)) -> Vec<String> {
    let (mut history, mut ledgers) = (history(), ledgers());
    change(&mut history, &mut ledgers);
    rules(&judge(&history, &ledgers)).into_iter().map(str::to_owned).collect()
}

#[test]
fn an_unknown_outcome_may_be_either() {
    assert_eq!(broken(|_, ledgers| without_b(ledgers)), [""; 0]);
}

#[test]
fn what_was_said_to_be_ordered_is_there() {
    assert_eq!(broken(|history, _| history.writes[3].ordered = true), [""; 0]);
    let told = broken(|history, ledgers| {
        history.writes[3].ordered = true;
        without_b(ledgers);
    });
    assert_eq!(told, ["ordered-is-there"]);
}

/// As if the one with an unknown outcome had not come in.
fn without_b(ledgers: &mut [Ledger]) {
    for ledger in ledgers {
        ledger.blocks[1].transactions.pop();
        ledger.peer.iter_mut().for_each(|peer| peer.state.retain(|key, _| key != "b"));
    }
}

#[test]
fn a_verdict_that_changed_is_found() {
    let told = broken(|_, ledgers| {
        for ledger in ledgers {
            ledger.blocks[2].transactions[1].code = Some(Valid);
        }
    });
    assert!(told.contains(&"verdict-as-told".to_owned()), "{told:?}");
}

#[test]
fn another_block_than_was_told_is_found() {
    let told = broken(|history, _| history.writes[0].outcome = acknowledged(2));
    assert!(told.contains(&"acknowledged-is-there".to_owned()), "{told:?}");
}

#[test]
fn what_nobody_wrote_is_found() {
    let told = broken(|history, _| drop(history.writes.remove(3)));
    assert_eq!(told, ["from-nowhere"]);
    let told = broken(|history, _| history.writes[3].outcome = Outcome::NeverSent);
    assert_eq!(told, ["from-nowhere", "refused-is-not-there"]);
}

#[test]
fn a_number_that_no_block_has_is_found_when_it_is_read() {
    let told = broken(|history, _| history.reads[0].number = 5);
    assert_eq!(told, ["reads-go-forward"]);
    let told = broken(|history, _| history.reads[0].number = 3);
    assert_eq!(told, ["reads-go-forward"], "a transaction that does not count");
}

#[test]
fn reads_of_a_peer_do_not_go_back() {
    let told = broken(|history, _| history.reads[1].number = 1);
    assert_eq!(told, ["reads-go-forward"]);
    let told = broken(|history, _| {
        history.reads[1].number = 1;
        history.reads[1].peer = 1;
    });
    assert_eq!(told, [""; 0], "another peer may be behind");
}

#[test]
fn envelopes_that_differ_are_found() {
    let told = broken(|_, ledgers| ledgers[0].blocks[1].data[0] ^= 1);
    assert_eq!(told, ["one-chain"]);
}
