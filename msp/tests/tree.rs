// SPDX-License-Identifier: Apache-2.0
//! Policies of groups: found by path, and counted over child groups.

mod support;

use gmca_msp::{MetaPolicy, MetaRule, Policy, PolicyError, PolicyTree, Signers};
use support::channel::{Pair, group, policy, signed};

fn meta(text: &str) -> MetaPolicy {
    MetaPolicy::parse(text).unwrap()
}

/// Children of which `yes` have a policy that holds, `no` one that does not, `without` none.
fn parent(text: &str, yes: usize, no: usize, without: usize) -> PolicyTree {
    let mut tree = PolicyTree::new("Channel").with_policy("Meta", meta(text));
    for at in 0..yes {
        tree = tree.with_group(group(&format!("yes{at}"), "OutOf(0, 'A.peer')"));
    }
    for at in 0..no {
        tree = tree.with_group(group(&format!("no{at}"), "'A.peer'"));
    }
    for at in 0..without {
        tree = tree.with_group(PolicyTree::new(format!("without{at}")));
    }
    tree
}

#[test]
fn thresholds() {
    for (rule, expected) in [
        (MetaRule::Any, [0, 1, 1, 1, 1, 1]),
        (MetaRule::All, [0, 1, 2, 3, 4, 5]),
        (MetaRule::Majority, [0, 1, 2, 2, 3, 3]),
    ] {
        let counted: Vec<usize> = (0..6).map(|groups| rule.threshold(groups)).collect();
        assert_eq!(counted, expected, "{rule:?}");
    }
}

#[test]
fn child_groups_are_counted() {
    for yes in 0..4_usize {
        for no in 0..4_usize {
            for without in 0..3_usize {
                let groups = yes + no + without;
                for (text, wanted) in [
                    ("ANY P", usize::from(groups > 0)),
                    ("ALL P", groups),
                    ("MAJORITY P", if groups == 0 { 0 } else { groups / 2 + 1 }),
                ] {
                    let tree = parent(text, yes, no, without);
                    let decision = tree.evaluate("/Channel/Meta", &Signers::default());
                    let said = format!("{text}: {yes} yes, {no} no, {without} without");
                    assert_eq!(decision.is_satisfied(), yes >= wanted, "{said}: {decision}");
                }
            }
        }
    }
}

#[test]
fn a_decision_names_the_groups_that_lack() {
    let decision = parent("ALL P", 1, 1, 1).evaluate("/Channel/Meta", &Signers::default());
    let text = decision.to_string();
    for part in [
        "/Channel/Meta is `ALL P`: 3 of 3 groups must agree, and 1 do",
        "no0/P is `'A.peer'`",
        "without0/P has no policy of that name",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains("yes0"), "{text}");
}

#[test]
fn paths() {
    let org = group("Org1", "'A.peer'").with_policy("Admins", policy("'A.admin'"));
    let application = PolicyTree::new("Application")
        .with_policy("Admins", meta("MAJORITY Admins"))
        .with_group(org);
    let tree = PolicyTree::new("Channel")
        .with_policy("Admins", meta("ANY Admins"))
        .with_group(application);
    let text = |path: &str| tree.resolve(path).map(|found| found.policy.to_string());
    for (path, expected) in [
        ("/Channel/Admins", Some("ANY Admins")),
        ("Admins", Some("ANY Admins")),
        ("/Channel/Application/Admins", Some("MAJORITY Admins")),
        ("Application/Org1/Admins", Some("'A.admin'")),
        ("/Channel/Application/Org1/P", Some("'A.peer'")),
        ("", None),
        ("/", None),
        ("/Admins", None),
        ("/Channel", None),
        ("/ChannelX/Admins", None),
        ("/Channel//Admins", None),
        ("Channel/Admins", None),
        ("/Application/Admins", None),
        ("Application", None),
        ("Application/Org2/Admins", None),
        ("Admins/", None),
    ] {
        assert_eq!(text(path).as_deref(), expected, "{path}");
    }
    let at = |group: &str, path: &str| {
        tree.resolve_at(group, path).map(|found| found.policy.to_string())
    };
    assert_eq!(at("Application", "Admins").as_deref(), Some("MAJORITY Admins"));
    assert_eq!(at("/Channel/Application/Org1", "Admins").as_deref(), Some("'A.admin'"));
    assert_eq!(at("Application/Org1", "/Channel/Admins").as_deref(), Some("ANY Admins"));
    assert_eq!(at("", "Admins").as_deref(), Some("ANY Admins"));
    assert_eq!(at("Orderer", "Admins"), None);
    let decision = tree.evaluate("/Channel/Nothing", &Signers::default());
    assert!(decision.to_string().contains("no policy at `/Channel/Nothing`"), "{decision}");
}

/// A child group's policy is asked with all signers anew: one signature may serve in several.
#[test]
fn groups_do_not_use_each_others_signers_up() {
    let Pair { nist, manager, .. } = Pair::new();
    let both = PolicyTree::new("Channel")
        .with_policy("Meta", meta("ALL P"))
        .with_group(group("a", "'NistOrg.peer'"))
        .with_group(group("b", "OR('NistOrg.member', 'GmOrg.member')"));
    let signers = manager.verify(&[signed("NistOrg", &nist.peer)]);
    assert!(both.evaluate("Meta", &signers).is_satisfied());
    assert!(!policy("AND('NistOrg.peer', 'NistOrg.member')").evaluate(&signers).is_satisfied());
}

#[test]
fn metas_of_metas() {
    let inner = parent("MAJORITY P", 2, 1, 0);
    let middle = |name: &str, yes: bool| {
        let mut tree = PolicyTree::new(name).with_policy("Meta", meta("ALL P"));
        if !yes {
            tree = tree.with_group(group("no", "'A.peer'"));
        }
        tree
    };
    assert!(inner.evaluate("Meta", &Signers::default()).is_satisfied());
    let tree = |yes| {
        PolicyTree::new("Channel")
            .with_policy("Meta", meta("ALL Meta"))
            .with_group(middle("a", true))
            .with_group(middle("b", yes))
    };
    assert!(tree(true).evaluate("Meta", &Signers::default()).is_satisfied());
    assert!(!tree(false).evaluate("Meta", &Signers::default()).is_satisfied());
}

#[test]
fn policies_of_other_types() {
    let read = |r#type, value: &'static [u8]| {
        Policy::from_proto(&proto::common::Policy { r#type, value: value.into() })
    };
    assert_eq!(read(2, b""), Err(PolicyError::MspType));
    assert!(matches!(read(0, b""), Err(PolicyError::Unknown { value: 0, .. })));
    assert!(matches!(read(4, b""), Err(PolicyError::Unknown { value: 4, .. })));
    assert!(matches!(read(1, b"\xff"), Err(PolicyError::Malformed { .. })));
    assert!(matches!(read(3, b"\xff"), Err(PolicyError::Malformed { .. })));
    assert_eq!(read(1, b""), Err(PolicyError::EmptyRule));
}
