// SPDX-License-Identifier: Apache-2.0
//! Each rule is shown a sample that breaks it and no other before it.

use gmca_simulation::invariants::{self, Ending, FINAL, History, INVARIANTS};
use gmca_simulation::view::{Ballot, BatchView, BlockView, EntryView, Place, View};
use std::collections::{BTreeMap, BTreeSet};

const CLIENT: u32 = 9;

fn place(term: u64, index: u64) -> Place {
    Place { term, index }
}

fn entry(term: u64, index: u64) -> EntryView {
    let batch = Some(BatchView { config: false, sequence: 1 });
    EntryView { place: place(term, index), digest: term * 1000 + index, batch }
}

fn block(number: u64, hash: u8) -> BlockView {
    let (hash, previous) = ([hash; 32], [hash - 1; 32]);
    BlockView {
        number,
        hash,
        previous,
        data: hash,
        envelopes: vec![number],
        fault: None,
        config: false,
        sequence: 1,
        index: number,
    }
}

/// Node `id` follows in term 1: entries and blocks 1 and 2.
fn view(id: u64) -> View {
    View {
        node: u32::try_from(id).unwrap(),
        life: 1,
        disk: 0,
        time: 1,
        stalled: false,
        id,
        vote: Ballot { term: 1, of: 1, won: true },
        leads: (id == 1).then_some(1),
        last: Some(place(1, 2)),
        end: Some(2),
        committed: Some(place(1, 2)),
        applied: Some(place(1, 2)),
        snapshot: None,
        purged: None,
        voters: vec![BTreeSet::from([1, 2, 3])],
        entries: vec![entry(1, 1), entry(1, 2)],
        blocks: vec![block(1, 11), block(2, 12)],
        height: 3,
    }
}

/// All three are as they should be; envelope 2 is acknowledged.
fn history() -> History {
    let mut history = History::default();
    for id in [2, 3, 1] {
        // Followers hear of what is committed after the leader.
        let early = View { committed: None, applied: None, blocks: vec![], height: 1, ..view(id) };
        invariants::observe(&mut history, &early).unwrap();
    }
    for id in [1, 2, 3] {
        invariants::observe(&mut history, &View { entries: vec![], ..view(id) }).unwrap();
    }
    history.sent(2, CLIENT);
    history.acknowledge(2, 2);
    history
}

/// Node 2 as it shows nothing new.
fn quiet() -> View {
    View { entries: vec![], blocks: vec![], ..view(2) }
}

/// Node 2 with one more entry, everywhere.
fn longer() -> View {
    let more = Some(place(1, 3));
    let committed = Some(place(1, 2));
    View { entries: vec![entry(1, 3)], last: more, end: Some(3), committed, ..quiet() }
}

fn with_block(change: impl FnOnce(&mut BlockView)) -> View {
    let mut next = block(3, 13);
    next.index = 2;
    change(&mut next);
    View { blocks: vec![next], height: 4, ..quiet() }
}

/// For each rule a history and a view that breaks it.
fn broken(name: &str) -> (History, View) {
    let mut past = history();
    let view = match name {
        "election-safety" => View { leads: Some(1), ..quiet() },
        "log-matching" => {
            let other = EntryView { digest: 7, ..entry(1, 2) };
            View { entries: vec![other], ..quiet() }
        }
        "leader-completeness" => {
            View { leads: Some(2), entries: vec![entry(2, 2)], last: Some(place(2, 2)), ..quiet() }
        }
        "state-machine-safety" => View { applied: Some(place(9, 2)), ..quiet() },
        "committed-on-quorum" => View { committed: Some(place(1, 3)), ..longer() },
        "committed-immutable" => View { committed: Some(place(9, 2)), ..quiet() },
        "log-order" => View { purged: Some(place(1, 1)), ..quiet() },
        "monotonic-term" => View { vote: Ballot::default(), ..quiet() },
        "monotonic-commit" => {
            let (committed, applied) = (Some(place(1, 1)), Some(place(1, 1)));
            View { committed, applied, ..quiet() }
        }
        "monotonic-applied" => View { applied: Some(place(1, 1)), ..quiet() },
        "monotonic-vote" => {
            View { life: 2, vote: Ballot { term: 1, of: 3, won: false }, ..quiet() }
        }
        "stands-when-fit" => {
            let vote = Ballot { term: 2, of: 2, won: false };
            View { vote, last: Some(place(1, 1)), time: 9_000_000_000, ..quiet() }
        }
        "ids-never-reused" => {
            past.forget_machine(2);
            View { disk: 1, ..quiet() }
        }
        "blocks-never-vanish" => View { life: 2, height: 2, ..quiet() },
        "chain-unbroken" => with_block(|block| block.previous = [77; 32]),
        "sealed-once" => View { blocks: vec![block(2, 12), block(1, 66)], ..quiet() },
        "one-chain" => {
            let mut other = block(1, 11);
            other.data = [66; 32];
            View { node: 4, id: 4, blocks: vec![other], height: 2, ..quiet() }
        }
        "block-sound" => with_block(|block| block.fault = Some("its data hash".into())),
        "sealed-when-committed" => with_block(|block| block.index = 3),
        "config-barrier" => {
            let batch = Some(BatchView { config: true, sequence: 1 });
            let config = EntryView { batch, ..entry(1, 3) };
            View { entries: vec![config, entry(1, 4)], last: Some(place(1, 4)), ..quiet() }
        }
        "admitted-in-force" => {
            past.forget_machine(2);
            let mut late = block(2, 12);
            late.sequence = 2;
            View { blocks: vec![late], ..quiet() }
        }
        "acknowledged-in-chain" => {
            past.acknowledge(99, 2);
            quiet()
        }
        "revoked-stays-out" => {
            past.sent(3, CLIENT);
            past.revoke(CLIENT, 2);
            with_block(|_| {})
        }
        other => panic!("no sample breaks {other}"),
    };
    (past, view)
}

#[test]
fn each_rule_is_broken_by_a_sample() {
    for rule in INVARIANTS {
        let (mut past, view) = broken(rule.name);
        let violation = invariants::observe(&mut past, &view).expect_err(rule.name);
        let found: Vec<&str> = INVARIANTS
            .iter()
            .filter(|rule| (rule.check)(&past, &view).is_err())
            .map(|rule| rule.name)
            .collect();
        assert!(found.contains(&rule.name), "{violation}, not {}: {found:?}", rule.name);
    }
}

#[test]
fn what_is_right_is_let_through() {
    let mut past = history();
    invariants::observe(&mut past, &quiet()).unwrap();
    for id in [1, 3] {
        let view = longer();
        let as_other = View { node: u32::try_from(id).unwrap(), id, ..view };
        invariants::observe(&mut past, &as_other).unwrap();
    }
    let all = Some(place(1, 3));
    let next = View { committed: all, applied: all, blocks: vec![block(3, 13)], ..longer() };
    invariants::observe(&mut past, &View { height: 4, ..next }).unwrap();
    // Who lost an election takes the vote of the winner, and who starts again knows less.
    let lost = View { vote: Ballot { term: 2, of: 2, won: false }, ..longer() };
    let won = View { vote: Ballot { term: 2, of: 3, won: true }, ..longer() };
    let again = View { life: 2, committed: None, applied: None, ..won.clone() };
    let mut past = history();
    for view in [longer(), lost, won, again] {
        invariants::observe(&mut past, &view).unwrap();
    }
}

#[test]
fn who_founds_late_may_stand_in_the_first_term_and_in_no_other() {
    let late = |term| {
        let mut past = history();
        let found = |term| View {
            id: 4,
            node: 4,
            time: 9_000_000_000,
            vote: Ballot { term, of: 4, won: false },
            last: Some(place(0, 0)),
            end: Some(0),
            committed: None,
            applied: None,
            entries: vec![],
            blocks: vec![],
            height: 1,
            ..view(2)
        };
        invariants::observe(&mut past, &found(0)).unwrap();
        invariants::observe(&mut past, &found(term)).map_err(|violation| violation.invariant)
    };
    assert_eq!(late(1), Ok(()));
    assert_eq!(late(2), Err("stands-when-fit"));
}

fn ending(node: u32) -> Ending {
    Ending {
        node,
        height: 3,
        tip: [12; 32],
        state: [1; 32],
        commit: [2; 32],
        voters: BTreeSet::from([vec![1], vec![2]]),
        consenters: BTreeSet::from([vec![1], vec![2]]),
        envelopes: BTreeMap::from([(2, BTreeSet::from([2]))]),
    }
}

#[test]
fn each_rule_of_the_end_is_broken_by_a_sample() {
    let past = history();
    invariants::converged(&past, &[ending(1), ending(2)]).unwrap();
    for rule in FINAL {
        let good = ending(2);
        let bad = match rule.name {
            "converged" => Ending { tip: [9; 32], ..good },
            "nothing-acknowledged-lost" => Ending { envelopes: BTreeMap::new(), ..good },
            "equal-hashes" => Ending { state: [9; 32], ..good },
            "membership-reconciled" => Ending { voters: BTreeSet::from([vec![1]]), ..good },
            other => panic!("no sample breaks {other}"),
        };
        let violation = invariants::converged(&past, &[ending(1), bad]).unwrap_err();
        assert_eq!(violation.invariant, rule.name);
    }
}
