// SPDX-License-Identifier: Apache-2.0
//! Keys made of parts, as Fabric's chaincode libraries make them: U+0000, the kind, U+0000, and
//! each part with U+0000 after it.

use crate::Error;

/// The highest character there is: the end of a range over everything that starts the same.
const MAX: char = char::MAX;

/// The key of a kind with these parts.
///
/// # Errors
/// [`Error::Refused`] when one of them contains U+0000 or U+10FFFF.
pub fn composite_key(kind: &str, parts: &[&str]) -> Result<String, Error> {
    let mut key = String::from('\0');
    for part in std::iter::once(&kind).chain(parts) {
        if part.contains(['\0', MAX]) {
            let what = format!("{part:?}: a part of a composite key has U+0000 or U+10FFFF in it");
            return Err(Error::Refused(what));
        }
        key.push_str(part);
        key.push('\0');
    }
    Ok(key)
}

/// The kind and the parts of a composite key; `None` when it is not one.
#[must_use]
pub fn split_composite_key(key: &str) -> Option<(&str, Vec<&str>)> {
    let mut parts = key.strip_prefix('\0')?.strip_suffix('\0')?.split('\0');
    Some((parts.next()?, parts.collect()))
}

/// Start and end of the range of all keys of a kind that begin with these parts.
///
/// # Errors
/// [`Error::Refused`] when one of them contains U+0000 or U+10FFFF.
pub fn composite_range(kind: &str, parts: &[&str]) -> Result<(String, String), Error> {
    let start = composite_key(kind, parts)?;
    let end = format!("{start}{MAX}");
    Ok((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_split_into_what_it_was_made_of() {
        let key = composite_key("owner~asset", &["alice", "", "ü"]).unwrap();
        assert_eq!(key, "\0owner~asset\0alice\0\0ü\0");
        assert_eq!(split_composite_key(&key), Some(("owner~asset", vec!["alice", "", "ü"])));
        assert_eq!(split_composite_key("\0kind\0"), Some(("kind", vec![])));
        for simple in ["", "a", "\0", "\0a", "a\0"] {
            assert_eq!(split_composite_key(simple), None, "{simple:?}");
        }
    }

    #[test]
    fn a_range_holds_what_begins_the_same() {
        let (start, end) = composite_range("k", &["a"]).unwrap();
        let holds = |parts: &[&str]| {
            let key = composite_key("k", parts).unwrap();
            start <= key && key < end
        };
        assert!(holds(&["a"]) && holds(&["a", "b"]) && holds(&["a", "\u{10fffe}"]));
        assert!(!holds(&["aa"]) && !holds(&["b"]) && !holds(&[]));
    }

    #[test]
    fn parts_with_a_separator_are_refused() {
        composite_key("a\0", &[]).unwrap_err();
        composite_key("a", &["\u{10ffff}"]).unwrap_err();
    }
}
