// SPDX-License-Identifier: Apache-2.0
//! Rule 8: functions and files are short enough to be read.

use crate::samples::{expect_one, source};
use xtask::expect_none;
use xtask::rules::functions::{EXCUSED, Excuse, FILE_LINES, FUNCTION_LINES, check, functions};
use xtask::tree::Tree;

#[test]
fn the_house_keeps_it() {
    expect_none("lengths", &check(&Tree::read().sources(), EXCUSED));
}

fn long(lines: usize) -> String {
    format!("fn a() {{\n{}}}\n", "b();\n".repeat(lines - 2))
}

#[test]
fn a_long_function_is_found() {
    assert!(check(&source("a.rs", &long(FUNCTION_LINES)), &[]).is_empty());
    expect_one(&check(&source("a.rs", &long(FUNCTION_LINES + 1)), &[]), "a has 71 lines");
}

#[test]
fn a_long_file_is_found() {
    assert!(check(&source("a.rs", &"\n".repeat(FILE_LINES)), &[]).is_empty());
    expect_one(&check(&source("a.rs", &"\n".repeat(FILE_LINES + 1)), &[]), "the file has 801");
}

#[test]
fn an_excuse_must_be_used() {
    let excuse = Excuse { file: "a.rs", function: "a", reason: "a test" };
    assert!(check(&source("a.rs", &long(FUNCTION_LINES + 1)), &[excuse]).is_empty());
    expect_one(&check(&source("a.rs", &long(9)), &[excuse]), "not too long");
}

#[test]
fn functions_are_told_from_what_looks_like_one() {
    let code = "trait A { fn a(&self) -> [u8; 2]; fn b() {\n} }\ntype C = fn (u8);\n\
                fn d<T>(e: fn(u8) -> T)\nwhere\n    T: F {\n  { }\n}";
    let found = functions(code);
    assert_eq!(found, [(1, "b".to_owned(), 2), (4, "d".to_owned(), 5)]);
}
