// SPDX-License-Identifier: Apache-2.0
//! Rule 6: our crates depend downwards, as the level table allows.

use crate::samples::{expect_one, graph, package};
use xtask::graph::{Graph, Package};
use xtask::rules::levels::{LEVELS, Level, check, check_page, check_table};
use xtask::tree::Tree;
use xtask::{Finding, expect_none};

#[test]
fn the_house_keeps_it() {
    expect_none("level table", &check(&Graph::read(), LEVELS));
    expect_none("the table points downwards", &check_table(LEVELS));
    expect_none("the table on the page", &check_page(&Tree::read(), LEVELS));
}

fn with(more: Package) -> Vec<Finding> {
    let rooms = ["sys", "bccsp", "pki", "ca", "msp", "vectors"];
    let mut ours: Vec<_> = rooms.iter().map(|r| package(&format!("gmca-{r}"), r, &[])).collect();
    ours.retain(|package| package.room != more.room);
    ours.push(more);
    check(&graph(ours, &[]), LEVELS)
}

#[test]
fn upward_and_sideways_are_found() {
    expect_one(&with(package("gmca-bccsp", "bccsp", &["gmca-pki"])), "uses pki");
    expect_one(&with(package("gmca-ca", "ca", &["gmca-msp"])), "uses msp");
    expect_one(&with(package("gmca-sys", "sys", &["gmca-bccsp"])), "uses bccsp");
    assert!(with(package("gmca-ca", "ca", &["gmca-pki", "gmca-bccsp", "serde"])).is_empty());
}

#[test]
fn what_only_checks_is_for_tests() {
    expect_one(&with(package("gmca-ca", "ca", &["gmca-vectors"])), "uses vectors");
    assert!(with(package("gmca-ca", "ca", &["dev:gmca-vectors"])).is_empty());
    assert!(with(package("gmca-vectors", "vectors", &["gmca-ca"])).is_empty());
    expect_one(&with(package("gmca-benches", "benches", &["gmca-vectors"])), "uses vectors");
}

#[test]
fn a_room_without_a_row_is_found() {
    expect_one(&with(package("gmca-attic", "attic", &[])), "has no row");
}

#[test]
fn a_table_that_does_not_point_downwards_is_found() {
    let row = |room, level, uses| Level { room, level, uses };
    expect_one(&check_table(&[row("a", 1, &["b"]), row("b", 1, &[])]), "lets it use b");
    expect_one(&check_table(&[row("a", 1, &["gone"])]), "lets it use gone");
}

#[test]
fn a_page_that_says_something_else_is_found() {
    let table =
        [Level { room: "b", level: 0, uses: &[] }, Level { room: "a", level: 1, uses: &["b"] }];
    let page =
        "text\n| level | room | may use |\n| --- | --- | --- |\n| 0 | b | |\n| 1 | a | b |\n";
    let with = |page: &str| check_page(&Tree::of(&[("ARCHITECTURE.md", page)]), &table);
    assert!(with(page).is_empty());
    expect_one(&with(&page.replace("| a | b |", "| a | |")), "the row of a");
    expect_one(&with(&page.replace("1 |", "2 |")), "the row of a");
    expect_one(&with(&page.replace("| 0 | b | |\n", "")), "the row of b");
    expect_one(&with(&(page.to_owned() + "| 2 | c | |\n")), "has c, which levels.rs lacks");
}
