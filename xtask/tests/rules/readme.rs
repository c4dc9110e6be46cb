// SPDX-License-Identifier: Apache-2.0
//! Rule 8: the two READMEs say the same.

use crate::samples::expect_one;
use xtask::rules::readme::check;
use xtask::tree::Tree;
use xtask::{Finding, expect_none};

#[test]
fn the_house_keeps_it() {
    expect_none("READMEs", &check(&Tree::read()));
}

fn with(english: &str, chinese: &str) -> Vec<Finding> {
    check(&Tree::of(&[("README.md", english), ("README.zh-CN.md", chinese)]))
}

const PAGE: &str = "# A\n## B\n```sh\nrun a # it runs\n## no section\n```\n## C\n";

#[test]
fn equal_pages_pass_and_comments_are_translated() {
    assert!(with(PAGE, &PAGE.replace("it runs", "运行").replace("no section", "不是")).is_empty());
}

#[test]
fn what_one_lacks_is_found() {
    expect_one(&with(PAGE, &PAGE.replace("## C\n", "")), "has 1 `##` sections");
    expect_one(&with(PAGE, &PAGE.replace("run a", "run b")), "README.zh-CN.md:3: this code block");
    expect_one(&with(PAGE, &PAGE.replace("```sh", "```text")), "this code block");
    expect_one(&with(PAGE, &(PAGE.to_owned() + "```\n```\n")), "has 2 code blocks");
    expect_one(&check(&Tree::of(&[("README.md", PAGE)])), "README.zh-CN.md: is missing");
}
