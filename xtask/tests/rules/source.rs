// SPDX-License-Identifier: Apache-2.0
//! The reader that all rules stand on: what is code, and which paths it names.

use xtask::paths::paths;
use xtask::source::{identifiers, mask, without_tests};

fn words(text: &str) -> Vec<String> {
    identifiers(&mask(text)).into_iter().map(|(_, word)| word.to_owned()).collect()
}

#[test]
fn comments_are_no_code() {
    assert_eq!(words("a // x\nb /* x /* x */ x */ c /// x\n"), ["a", "b", "c"]);
}

#[test]
fn strings_are_no_code() {
    // The `b` of a byte string stays.
    let text = r##"a "x \" x" c r#"x " x"# d b"x" e br"x" f"##;
    assert_eq!(words(text), ["a", "c", "d", "b", "e", "f"]);
}

#[test]
fn characters_are_no_code_and_lifetimes_are() {
    assert_eq!(words(r"'x' 'a '\'' 'b '\u{78}' 'é' &'c d"), ["a", "b", "c", "d"]);
    assert_eq!(words("'\\"), Vec::<String>::new());
}

#[test]
fn lines_stay_where_they_are() {
    assert_eq!(identifiers(&mask("/*\n\n*/ a \"\n\" b"))[..], [(3, "a"), (4, "b")]);
}

#[test]
fn tests_are_no_product() {
    let code = "a\n#[cfg(test)]\nmod tests { x { x } }\nb\n#[cfg(test)]\nuse x;\nc\n\
                #[cfg(not(test))]\nd\n#[cfg(any(test, feature = \"\"))]\ne";
    let left = without_tests(code);
    let words: Vec<&str> = identifiers(&left).into_iter().map(|(_, word)| word).collect();
    assert!(!words.contains(&"x") && !words.contains(&"tests"), "{words:?}");
    for kept in ["a", "b", "c", "d", "e"] {
        assert!(words.contains(&kept), "{kept}: {words:?}");
    }
    assert_eq!(without_tests("#![cfg(test)]\na"), "");
}

#[test]
fn groups_of_use_are_written_out() {
    let code = "use std::{fs, io::{self, Read as _}, net as wire};\nlet a = b::c(d, e::f::g);";
    let paths: Vec<String> = paths(code).into_iter().map(|(_, path)| path).collect();
    assert_eq!(paths, ["std::fs", "std::io", "std::io::Read", "std::net", "b::c", "e::f::g"]);
}
