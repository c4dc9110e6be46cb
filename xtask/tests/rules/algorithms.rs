// SPDX-License-Identifier: Apache-2.0
//! Rule 2: above the border no algorithm is depended on or named.

use crate::samples::{expect_one, graph, lines, package, source};
use xtask::expect_none;
use xtask::graph::Graph;
use xtask::rules::algorithms::{EXCUSED, Excuse, check_dependencies, check_names, names_algorithm};
use xtask::tree::Tree;

#[test]
fn the_house_keeps_it() {
    expect_none("algorithm crates below bccsp only", &check_dependencies(&Graph::read()));
    expect_none("no algorithm names", &check_names(&Tree::read().sources(), EXCUSED));
}

#[test]
fn a_dependency_is_found_and_a_test_dependency_is_not() {
    let with =
        |wants: &[&str]| check_dependencies(&graph(vec![package("gmca-ca", "ca", wants)], &[]));
    expect_one(&with(&["sm2", "serde"]), "depends on `sm2`");
    assert!(with(&["dev:sm2"]).is_empty());
    let border = graph(vec![package("gmca-bccsp", "bccsp", &["sm2"])], &[]);
    assert!(check_dependencies(&border).is_empty());
}

#[test]
fn a_name_is_found_in_code_only() {
    let with = |text: &str| check_names(&source("pki/src/a.rs", text), &[]);
    expect_one(&with("use x;\nlet a = KeyAlgorithm::EcP256;"), "a.rs:2: `EcP256`");
    expect_one(&with("use oid::SM2_WITH_SM3;"), "`SM2_WITH_SM3`");
    assert!(with("// SM2\nlet a = \"SM2\";\n#[cfg(test)]\nmod tests { use sm2; }").is_empty());
    assert!(check_names(&source("bccsp/src/gm/a.rs", "use sm2;"), &[]).is_empty());
    assert!(check_names(&source("pki/tests/a.rs", "use sm2;"), &[]).is_empty());
}

#[test]
fn names_are_told_from_words() {
    for name in ["sm2", "EcdsaWithSha256", "Aes128Gcm", "aes", "hmac_sha256", "SECP256R1", "Rsa"] {
        assert!(names_algorithm(name), "{name}");
    }
    for word in ["caesar", "parse", "sma", "Suite", "universal", "Gm", "nist", "hash", "p25"] {
        assert!(!names_algorithm(word), "{word}");
    }
}

#[test]
fn an_excuse_is_for_one_name_and_must_be_used() {
    let excuse = Excuse { file: "ca/src/a.rs", identifier: "sm2", reason: "a test" };
    assert!(check_names(&source("ca/src/a.rs", "use sm2;"), &[excuse]).is_empty());
    let others = check_names(&source("ca/src/a.rs", "use sm3;"), &[excuse]);
    assert_eq!(others.len(), 2, "{:?}", lines(&others));
    expect_one(&check_names(&[], &[excuse]), "is excused in algorithms.rs and not met");
}
