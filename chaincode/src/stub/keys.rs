// SPDX-License-Identifier: Apache-2.0
//! Keys: simple ones, and composite ones made of a type and attributes.

use crate::Error;

/// Stands before a composite key and after each of its parts.
const SEPARATOR: char = '\u{0}';
/// The smallest key that is not composite.
const FIRST_SIMPLE: &str = "\u{1}";
/// Above every part of a composite key.
const LAST: char = '\u{10ffff}';

/// A key made of a type and attributes: U+0000, then each part with U+0000 behind it.
///
/// # Errors
/// [`Error::Name`] if the type is empty, or a part has U+0000 or U+10FFFF in it.
pub fn composite_key(object_type: &str, attributes: &[&str]) -> Result<String, Error> {
    not_empty("object type", object_type)?;
    let mut key = String::from(SEPARATOR);
    for part in std::iter::once(&object_type).chain(attributes) {
        if part.contains([SEPARATOR, LAST]) {
            let reason = "U+0000 and U+10FFFF have a meaning in composite keys";
            return Err(name("part of a composite key", part, reason));
        }
        key.push_str(part);
        key.push(SEPARATOR);
    }
    Ok(key)
}

/// The type and the attributes of a composite key.
///
/// # Errors
/// [`Error::Name`] if it is none.
pub fn split_composite_key(key: &str) -> Result<(&str, Vec<&str>), Error> {
    let inner = key.strip_prefix(SEPARATOR).and_then(|rest| rest.strip_suffix(SEPARATOR));
    let broken = || name("key", key, "it is not a composite key");
    let mut parts = inner.ok_or_else(broken)?.split(SEPARATOR);
    let object_type = parts.next().filter(|part| !part.is_empty()).ok_or_else(broken)?;
    Ok((object_type, parts.collect()))
}

/// The range of all composite keys that begin with these parts; the end is not in it.
pub(super) fn partial(object_type: &str, attributes: &[&str]) -> Result<(String, String), Error> {
    let start = composite_key(object_type, attributes)?;
    let end = format!("{start}{LAST}");
    Ok((start, end))
}

/// A range of simple keys; no start means the first key that is not composite.
pub(super) fn simple(start: &str, end: &str) -> Result<(String, String), Error> {
    for key in [start, end] {
        if key.starts_with(SEPARATOR) {
            let reason = "a range over composite keys is asked for by their parts";
            return Err(name("key", key, reason));
        }
    }
    let start = if start.is_empty() { FIRST_SIMPLE } else { start };
    Ok((start.to_owned(), end.to_owned()))
}

/// Refuses an empty name.
pub(super) fn not_empty(what: &'static str, value: &str) -> Result<(), Error> {
    if value.is_empty() { Err(name(what, value, "it is empty")) } else { Ok(()) }
}

fn name(what: &'static str, value: &str, reason: &'static str) -> Error {
    Error::Name { what, value: value.escape_debug().to_string(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_composite_key_has_fabrics_form() {
        let key = composite_key("owner~id", &["Tom", "7"]).expect("a key");
        assert_eq!(key, "\0owner~id\0Tom\x007\0");
        assert_eq!(split_composite_key(&key), Ok(("owner~id", vec!["Tom", "7"])));
        let bare = composite_key("t", &[]).expect("a key");
        assert_eq!(split_composite_key(&bare), Ok(("t", vec![])));
    }

    #[test]
    fn parts_with_a_meaning_are_refused() {
        for (object_type, part) in [("", "x"), ("a\0", "x"), ("a", "x\0y"), ("a", "\u{10ffff}")] {
            assert!(composite_key(object_type, &[part]).is_err(), "{object_type:?} {part:?}");
        }
    }

    #[test]
    fn simple_keys_are_no_composite_ones() {
        for key in ["", "a", "\0", "\0\0", "\0a"] {
            assert!(split_composite_key(key).is_err(), "{key:?}");
        }
    }

    #[test]
    fn ranges_have_fabrics_bounds() {
        assert_eq!(simple("", ""), Ok(("\u{1}".into(), String::new())));
        assert_eq!(simple("a", "b"), Ok(("a".into(), "b".into())));
        assert!(simple("\0a", "b").is_err());
        assert!(simple("a", "\0b").is_err());
        assert_eq!(partial("t", &["a"]), Ok(("\0t\0a\0".into(), "\0t\0a\0\u{10ffff}".into())));
    }
}
