// SPDX-License-Identifier: Apache-2.0
//! The text forms of policies: read, printed, and refused with the column.

use gmca_msp::{MetaPolicy, MetaRule, PolicyError, SignaturePolicy};

fn printed(text: &str) -> String {
    let policy = SignaturePolicy::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let printed = policy.to_string();
    assert_eq!(SignaturePolicy::parse(&printed).unwrap(), policy, "{printed}");
    printed
}

#[test]
fn as_people_write_them() {
    for (text, expected) in [
        ("OR('A.member')", "OR('A.member')"),
        ("AND('A.member')", "OR('A.member')"),
        ("and('A.member', \"B.admin\")", "AND('A.member', 'B.admin')"),
        ("And('A.client','B.peer')", "AND('A.client', 'B.peer')"),
        (" Or ( 'A.orderer' ,\n\t'B.peer' ) ", "OR('A.orderer', 'B.peer')"),
        ("OutOf(2,'A.peer','B.peer','C.peer')", "OutOf(2, 'A.peer', 'B.peer', 'C.peer')"),
        ("outof('1', 'A.peer', 'B.peer')", "OR('A.peer', 'B.peer')"),
        ("OUTOF(2, 'A.peer', 'B.peer')", "AND('A.peer', 'B.peer')"),
        ("OutOf(0, 'A.peer')", "OutOf(0, 'A.peer')"),
        (
            "OR('a.b-c.d.admin', AND('A.peer', 'B.peer'))",
            "OR('a.b-c.d.admin', AND('A.peer', 'B.peer'))",
        ),
        ("'A.peer'", "'A.peer'"),
    ] {
        assert_eq!(printed(text), expected);
    }
}

#[test]
fn what_is_wrong_and_where() {
    for (text, column, words) in [
        ("", 1, "the text ends"),
        ("A.member", 1, "in quotes"),
        ("XOR('A.member')", 1, "`XOR` is no gate"),
        ("aND('A.member')", 1, "`aND` is no gate"),
        ("OR", 3, "expected `(`"),
        ("OR()", 4, "expected AND"),
        ("OR('A.member'", 14, "expected `,` or `)`"),
        ("OR('A.member' 'B.member')", 15, "expected `,` or `)`"),
        ("OR('A.member',)", 15, "expected AND"),
        ("OR('A.member'))", 15, "nothing more"),
        ("OR('A.member)", 5, "does not end with '"),
        ("OR('A.member\")", 5, "does not end with '"),
        ("OR('Amember')", 5, "'MSPID.role'"),
        ("OR('.member')", 5, "in front of the dot"),
        ("OR('A.boss')", 7, "`boss` is no role"),
        ("OR('A.Member')", 7, "`Member` is no role"),
        ("OR('北京.boss')", 5, "letters, digits"),
        ("OR('A_B.member')", 6, "letters, digits"),
        ("OutOf('A.member')", 8, "expected a number"),
        ("OutOf(-1, 'A.member')", 7, "expected a number"),
        ("OutOf(1)", 8, "what to choose from"),
        ("OutOf(3, 'A.member', 'B.member')", 7, "can never hold"),
        ("OutOf(99999999999, 'A.member')", 7, "expected a number"),
        ("AND('A.member', OR('B.member', 'C.x'))", 35, "`x` is no role"),
    ] {
        match SignaturePolicy::parse(text) {
            Err(PolicyError::Text { column: at, what }) => {
                assert_eq!(at, column, "{text}: {what}");
                assert!(what.contains(words), "{text}: {what}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn a_text_makes_no_deep_or_large_policy() {
    let deep = |depth: usize| format!("{}'A.peer'{}", "OR(".repeat(depth), ")".repeat(depth));
    printed(&deep(32));
    assert_eq!(SignaturePolicy::parse(&deep(33)), Err(PolicyError::TooDeep));
    assert_eq!(SignaturePolicy::parse(&"OR(".repeat(80_000)), Err(PolicyError::TooDeep));
    let wide = format!("OR('A.peer'{})", ",'A.peer'".repeat(5000));
    assert!(matches!(SignaturePolicy::parse(&wide), Err(PolicyError::TooLarge(_))));
    let long = format!("'{}.peer'", "A".repeat(300 << 10));
    assert!(matches!(SignaturePolicy::parse(&long), Err(PolicyError::TooLarge(_))));
}

#[test]
fn implicit_meta_policies() {
    for (text, rule, name) in [
        ("ANY Readers", MetaRule::Any, "Readers"),
        ("ALL x", MetaRule::All, "x"),
        ("MAJORITY Admins", MetaRule::Majority, "Admins"),
    ] {
        let policy = MetaPolicy::parse(text).unwrap();
        assert_eq!(policy, MetaPolicy::new(rule, name));
        assert_eq!(policy.to_string(), text);
        assert_eq!(MetaPolicy::from_proto(&policy.to_proto()).unwrap(), policy);
    }
    for (text, column) in [
        ("", 1),
        ("ANY", 1),
        ("ANY  x", 1),
        ("any x", 1),
        ("SOME x", 1),
        ("ANY of these", 1),
        ("ALL ", 5),
    ] {
        match MetaPolicy::parse(text) {
            Err(PolicyError::Text { column: at, .. }) => assert_eq!(at, column, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    let mut message = MetaPolicy::new(MetaRule::Any, "x").to_proto();
    message.rule = 3;
    assert!(matches!(MetaPolicy::from_proto(&message), Err(PolicyError::Unknown { .. })));
}
