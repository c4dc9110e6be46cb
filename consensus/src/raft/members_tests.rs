// SPDX-License-Identifier: Apache-2.0
//! Which step a leader plans.

use super::members::{Plan, Step};
use super::types::{Membership, Peer};
use crate::Member;
use proto::Bytes;
use std::collections::{BTreeMap, BTreeSet};

fn member(number: u64) -> Member {
    Member { host: "node".to_owned(), port: 7050, key: format!("key {number}").into() }
}

/// Voters and learners, by id; the key of each has its number.
fn membership(voters: &[u64], learners: &[u64]) -> Membership {
    let ids = voters.iter().chain(learners);
    let nodes: BTreeMap<_, _> = ids.map(|id| (*id, Peer::from(member(*id)))).collect();
    Membership::new(vec![voters.iter().copied().collect::<BTreeSet<_>>()], nodes).unwrap()
}

struct Case {
    membership: Membership,
    members: Vec<Member>,
    joins: BTreeMap<Bytes, u64>,
    matched: BTreeMap<u64, u64>,
}

impl Case {
    fn new(voters: &[u64], learners: &[u64], listed: &[u64]) -> Self {
        let members = listed.iter().map(|number| member(*number)).collect();
        let membership = membership(voters, learners);
        Self { membership, members, joins: BTreeMap::new(), matched: BTreeMap::new() }
    }

    fn step(&self) -> Option<Step> {
        Plan {
            membership: &self.membership,
            members: &self.members,
            joins: &self.joins,
            next_id: 6,
            matched: self.matched.clone(),
            last: 100,
        }
        .step()
    }
}

#[test]
fn what_is_as_it_should_be_stays() {
    assert_eq!(Case::new(&[1, 2, 3], &[], &[1, 2, 3]).step(), None);
}

#[test]
fn a_change_that_was_begun_is_ended_first() {
    let mut case = Case::new(&[1, 2, 3], &[], &[1, 2]);
    let config = vec![BTreeSet::from([1, 2, 3]), BTreeSet::from([1, 2])];
    let nodes: BTreeMap<_, _> = (1..=3).map(|id| (id, Peer::from(member(id)))).collect();
    case.membership = Membership::new(config, nodes).unwrap();
    assert_eq!(case.step(), Some(Step::Flatten));
}

#[test]
fn who_is_not_listed_goes_one_at_a_time() {
    let case = Case::new(&[1, 2, 3], &[], &[1]);
    assert_eq!(case.step(), Some(Step::Remove { id: 2, votes: true }));
    let case = Case::new(&[1, 2], &[3], &[1, 2]);
    assert_eq!(case.step(), Some(Step::Remove { id: 3, votes: false }));
}

#[test]
fn the_last_voter_stays() {
    assert_eq!(Case::new(&[1], &[], &[2]).step(), None);
}

#[test]
fn who_asks_and_is_listed_is_taken_in_under_an_id_that_nobody_had() {
    let mut case = Case::new(&[1, 2], &[], &[1, 2, 3]);
    assert_eq!(case.step(), None);
    case.joins.insert(member(3).key, 6);
    assert_eq!(case.step(), Some(Step::Add { id: 6, member: member(3) }));
    case.joins.insert(member(3).key, 5);
    assert_eq!(case.step(), None, "an id that somebody had");
    case.joins = BTreeMap::from([(member(4).key, 6)]);
    assert_eq!(case.step(), None, "a key that is not listed");
}

#[test]
fn who_comes_again_loses_its_old_id_first() {
    let mut case = Case::new(&[1, 2, 3], &[], &[1, 2, 3]);
    case.joins.insert(member(3).key, 6);
    assert_eq!(case.step(), Some(Step::Remove { id: 3, votes: true }));
    // An old message of one that is in again.
    case.joins.insert(member(3).key, 3);
    assert_eq!(case.step(), None);
    case.joins.insert(member(3).key, 2);
    assert_eq!(case.step(), None);
}

#[test]
fn another_address_of_a_key_is_the_same_node() {
    let mut case = Case::new(&[1, 2], &[], &[1, 2]);
    case.members[1].port = 7051;
    let member = case.members[1].clone();
    assert_eq!(case.step(), Some(Step::Move { id: 2, member }));
}

#[test]
fn a_learner_gets_a_vote_when_it_has_caught_up() {
    let mut case = Case::new(&[1, 2], &[3], &[1, 2, 3]);
    assert_eq!(case.step(), None);
    case.matched.insert(3, 83);
    assert_eq!(case.step(), None);
    case.matched.insert(3, 84);
    assert_eq!(case.step(), Some(Step::Promote { id: 3 }));
}
