// SPDX-License-Identifier: Apache-2.0
//! Rule 4: parsers of foreign bytes deny what could panic.

use crate::samples::expect_one;
use xtask::expect_none;
use xtask::rules::parsers::{LINTS, PARSERS, check};
use xtask::tree::Tree;

#[test]
fn the_house_keeps_it() {
    expect_none("parsers deny panics", &check(&Tree::read(), PARSERS));
}

fn with(text: &str) -> Vec<xtask::Finding> {
    check(&Tree::of(&[("a.rs", text)]), &["a.rs"])
}

#[test]
fn a_parser_that_denies_less_is_found() {
    let all = LINTS.join(", ");
    assert!(with(&format!("#![deny({all})]")).is_empty());
    assert!(with(&format!("#![deny(\n{},\n)]", LINTS.join(",\n"))).is_empty());
    assert!(with(&format!("#![cfg_attr(not(test), deny({all}))]")).is_empty());
    expect_one(&with(&format!("#![deny({})]", LINTS[1..].join(", "))), LINTS[0]);
    assert_eq!(with(&format!("// #![deny({all})]")).len(), LINTS.len());
    assert_eq!(with(&format!("#![warn({all})]")).len(), LINTS.len());
    assert_eq!(with(&format!("#![cfg_attr(test, deny({all}))]")).len(), LINTS.len());
}

#[test]
fn a_parser_that_went_away_is_found() {
    expect_one(&check(&Tree::default(), &["a.rs"]), "is listed in parsers.rs and not here");
}
