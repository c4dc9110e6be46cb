// SPDX-License-Identifier: Apache-2.0
//! Values of a line. They may hold what strangers sent: no byte of theirs ends the line, moves a
//! terminal's cursor or looks like another field.

/// The longest value that is written, in bytes before escaping.
const LONGEST: usize = 2048;

/// Writes a value, in quotes if it needs them.
pub(super) fn value(out: &mut String, text: &str) {
    let cut = cut(text);
    if !cut.is_empty() && cut.len() == text.len() && cut.chars().all(is_plain) {
        out.push_str(cut);
        return;
    }
    out.push('"');
    for c in cut.chars() {
        match c {
            '\'' => out.push(c),
            c => out.extend(c.escape_debug()),
        }
    }
    if cut.len() < text.len() {
        out.push_str("...");
    }
    out.push('"');
}

/// Writes the name of a field: what is no name's character becomes `_`.
pub(super) fn key(out: &mut String, name: &str) {
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    out.extend(name.chars().map(|c| if is_good(c) { c } else { '_' }));
}

/// Whether a field must not be written whatever it holds.
pub(super) fn is_secret(name: &str) -> bool {
    ["password", "passphrase", "secret", "private", "token", "pin"]
        .iter()
        .any(|word| name.split(['_', '.', '-']).any(|part| part.eq_ignore_ascii_case(word)))
}

fn is_plain(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '=')
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
