// SPDX-License-Identifier: Apache-2.0
//! The walk over rules, held against models of it, and the bounds of what is read.

use super::*;
use crate::MspRole;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A principal that is only a number; the table says which signer is which.
fn principal(number: usize) -> Principal {
    Principal::role(format!("M{number}"), MspRole::Member)
}

fn number(principal: &Principal) -> usize {
    match principal {
        Principal::Role { msp_id, .. } => msp_id[1..].parse().unwrap(),
        other => panic!("{other}"),
    }
}

type Table = Vec<BTreeSet<usize>>;

fn walk(policy: &SignaturePolicy, table: &Table) -> bool {
    let mut used = vec![false; table.len()];
    policy.walk(&mut used, &|signer, principal| table[signer].contains(&number(principal)))
}

/// The rules as they are told: what a rule took, if it was satisfied.
fn model(policy: &SignaturePolicy, table: &Table, free: &[usize]) -> Option<Vec<usize>> {
    match policy {
        SignaturePolicy::SignedBy(principal) => {
            let fits = |signer: &&usize| table[**signer].contains(&number(principal));
            free.iter().find(fits).map(|signer| vec![*signer])
        }
        SignaturePolicy::OutOf(n, rules) => {
            let (mut taken, mut count) = (Vec::new(), 0);
            for rule in rules {
                let left: Vec<usize> =
                    free.iter().copied().filter(|signer| !taken.contains(signer)).collect();
                if let Some(mine) = model(rule, table, &left) {
                    taken.extend(mine);
                    count += 1;
                }
            }
            (count >= *n as usize).then_some(taken)
        }
    }
}

/// All sets of signers that a policy could be given, however they are chosen.
fn choices(policy: &SignaturePolicy, table: &Table) -> BTreeSet<BTreeSet<usize>> {
    match policy {
        SignaturePolicy::SignedBy(principal) => (0..table.len())
            .filter(|signer| table[*signer].contains(&number(principal)))
            .map(|signer| BTreeSet::from([signer]))
            .collect(),
        SignaturePolicy::OutOf(n, rules) => {
            let mut sets = BTreeSet::from([(0, BTreeSet::new())]);
            for rule in rules {
                let mine = choices(rule, table);
                let more: Vec<_> = sets
                    .iter()
                    .flat_map(|(count, set)| {
                        mine.iter()
                            .filter(|one| one.is_disjoint(set))
                            .map(move |one| (count + 1, set.union(one).copied().collect()))
                    })
                    .collect();
                sets.extend(more);
            }
            sets.into_iter().filter(|(count, _)| count >= n).map(|(_, set)| set).collect()
        }
    }
}

fn policies() -> impl Strategy<Value = SignaturePolicy> {
    let leaf = (0..4_usize).prop_map(|number| SignaturePolicy::SignedBy(principal(number)));
    leaf.prop_recursive(3, 12, 4, |inner| {
        (prop::collection::vec(inner, 1..4), 0..4_u32).prop_map(|(rules, n)| {
            let n = n.min(rules.len() as u32);
            SignaturePolicy::OutOf(n, rules)
        })
    })
}

fn tables() -> impl Strategy<Value = Table> {
    prop::collection::vec(prop::collection::btree_set(0..4_usize, 0..4), 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

    #[test]
    fn the_walk_is_the_model(policy in policies(), table in tables()) {
        let all: Vec<usize> = (0..table.len()).collect();
        prop_assert_eq!(walk(&policy, &table), model(&policy, &table, &all).is_some());
    }

    /// Greed may miss a way, but never finds one that is not there.
    #[test]
    fn a_yes_has_a_choice_of_signers(policy in policies(), table in tables()) {
        if walk(&policy, &table) {
            prop_assert!(!choices(&policy, &table).is_empty());
        }
    }

    #[test]
    fn policies_round_trip(policy in policies()) {
        let message = policy.to_proto();
        let bytes = message.encode_to_vec();
        let back = SignaturePolicyEnvelope::decode(&bytes[..]).unwrap();
        prop_assert_eq!(&SignaturePolicy::from_proto(&back).unwrap(), &policy);
        prop_assert_eq!(&SignaturePolicy::parse(&policy.to_string()).unwrap(), &policy);
    }
}

/// `rules` is text with principals 'M0.member', …; each signer is a set of such numbers.
fn holds(rules: &str, table: &[&[usize]]) -> bool {
    let table = table.iter().map(|set| set.iter().copied().collect()).collect();
    walk(&SignaturePolicy::parse(rules).unwrap(), &table)
}

#[test]
fn the_truth_table() {
    let (and, or) = ("AND('M0.member', 'M1.member')", "OR('M0.member', 'M1.member')");
    let two = "OutOf(2, 'M0.member', 'M1.member', 'M2.member')";
    for (rules, table, expected) in [
        (and, &[][..], false),
        (and, &[&[0][..]], false),
        (and, &[&[1]], false),
        (and, &[&[0], &[1]], true),
        (and, &[&[1], &[0]], true),
        // One signer cannot be two.
        (and, &[&[0, 1]], false),
        (or, &[], false),
        (or, &[&[2]], false),
        (or, &[&[1]], true),
        (two, &[&[0], &[0]], false),
        (two, &[&[0], &[2]], true),
        (two, &[&[0], &[1], &[2]], true),
        ("OutOf(0, 'M0.member')", &[], true),
        ("OutOf(0, 'M0.member')", &[&[0]], true),
        // Twice the same principal takes two signers.
        ("AND('M0.member', 'M0.member')", &[&[0]], false),
        ("AND('M0.member', 'M0.member')", &[&[0], &[0]], true),
    ] {
        assert_eq!(holds(rules, table), expected, "{rules} by {table:?}");
    }
}

/// Fabric's walk is greedy, and so is ours: a verdict that differs would split a channel.
#[test]
fn the_order_of_signatures_matters() {
    let and = "AND('M0.member', 'M1.member')";
    // The first rule takes whoever comes first and fits; here the one that the second needs.
    assert!(!holds(and, &[&[0, 1], &[0]]));
    assert!(holds(and, &[&[0], &[0, 1]]));
    // The order of the rules, too.
    assert!(holds("AND('M1.member', 'M0.member')", &[&[0, 1], &[0]]));
}

/// A gate that failed gives back what its rules took, one that held keeps even what was more
/// than enough: there is no early exit.
#[test]
fn what_a_gate_took() {
    let failed = "OutOf(1, AND('M0.member', 'M9.member'), 'M0.member')";
    assert!(holds(failed, &[&[0]]));
    let greedy = "AND(OR('M0.member', 'M1.member'), 'M1.member')";
    assert!(!holds(greedy, &[&[0], &[1]]));
    assert!(holds(greedy, &[&[0], &[1], &[1]]));
}

fn signed_by(index: i32) -> Rule {
    Rule { r#type: Some(Type::SignedBy(index)) }
}

fn out_of(n: i32, rules: Vec<Rule>) -> Rule {
    Rule { r#type: Some(Type::NOutOf(NOutOf { n, rules })) }
}

fn read(rule: Option<Rule>) -> Result<SignaturePolicy, PolicyError> {
    let identities = vec![principal(0).to_proto()];
    SignaturePolicy::from_proto(&SignaturePolicyEnvelope { version: 0, rule, identities })
}

#[test]
fn messages_that_are_no_policies() {
    assert_eq!(read(None), Err(PolicyError::EmptyRule));
    assert_eq!(read(Some(Rule { r#type: None })), Err(PolicyError::EmptyRule));
    let outside = PolicyError::NoSuchIdentity { index: 1, count: 1 };
    assert_eq!(read(Some(signed_by(1))), Err(outside));
    let negative = PolicyError::NoSuchIdentity { index: -1, count: 1 };
    assert_eq!(read(Some(signed_by(-1))), Err(negative));
    assert_eq!(read(Some(out_of(-1, vec![]))), Err(PolicyError::Negative(-1)));
    let envelope =
        SignaturePolicyEnvelope { version: 1, rule: Some(signed_by(0)), ..Default::default() };
    assert!(matches!(SignaturePolicy::from_proto(&envelope), Err(PolicyError::Unknown { .. })));
    // Everybody's and nobody's are policies.
    assert_eq!(read(Some(out_of(0, vec![]))), Ok(SignaturePolicy::OutOf(0, vec![])));
    assert!(read(Some(out_of(9, vec![signed_by(0)]))).is_ok());
}

#[test]
fn a_small_message_makes_no_large_policy() {
    let deep = |depth| (0..depth).fold(signed_by(0), |rule, _| out_of(1, vec![rule]));
    assert!(read(Some(deep(MAX_DEPTH))).is_ok());
    assert_eq!(read(Some(deep(MAX_DEPTH + 1))), Err(PolicyError::TooDeep));
    let wide = |count| Some(out_of(1, vec![signed_by(0); count]));
    assert!(read(wide(MAX_RULES - 1)).is_ok());
    assert!(matches!(read(wide(MAX_RULES)), Err(PolicyError::TooLarge(_))));
    let long = Principal::role("x".repeat(MAX_PRINCIPALS / 2), MspRole::Member).to_proto();
    let message = |count| SignaturePolicyEnvelope {
        version: 0,
        rule: wide(count),
        identities: vec![long.clone()],
    };
    assert!(SignaturePolicy::from_proto(&message(1)).is_ok());
    let refused = SignaturePolicy::from_proto(&message(3));
    assert!(matches!(refused, Err(PolicyError::TooLarge(_))));
}
