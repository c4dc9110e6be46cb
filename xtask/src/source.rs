// SPDX-License-Identifier: Apache-2.0
//! Just enough of Rust's grammar: which bytes are code, which are comments, strings and tests.
//!
//! Not a parser. Macros are read as the tokens they hold.

/// A Rust file, its text and the same text with everything that is not code blanked out.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path from the root of the repository, with `/`.
    pub path: String,
    /// The text.
    pub text: String,
    /// The text with comments and the insides of strings replaced by spaces; same line numbers.
    pub code: String,
}

impl Source {
    /// Reads a text.
    #[must_use]
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), code: mask(text) }
    }

    /// The code without `#[cfg(test)]` items; empty for files that are tests as a whole.
    #[must_use]
    pub fn product_code(&self) -> String {
        if is_test_path(&self.path) { String::new() } else { without_tests(&self.code) }
    }
}

/// Whether a file holds tests, examples or measurements only.
#[must_use]
pub fn is_test_path(path: &str) -> bool {
    path.split('/').any(|part| {
        matches!(part, "tests" | "examples" | "benches" | "fuzz_targets" | "tests.rs" | "test.rs")
    })
}

/// The identifiers of masked code with their lines.
#[must_use]
pub fn identifiers(code: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let words = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let words = words.filter(|word| !word.is_empty() && !word.starts_with(char::is_numeric));
        found.extend(words.map(|word| (index + 1, word)));
    }
    found
}

/// The line of a byte, counted from one.
#[must_use]
pub fn line_of(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|b| *b == b'\n').count()
}

/// Blanks out comments and the insides of string and character literals.
#[must_use]
pub fn mask(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => line_end(bytes, at),
            b'/' if bytes[at..].starts_with(b"/*") => comment_end(bytes, at),
            b'"' => string_end(bytes, at + 1),
            b'\'' => char_end(bytes, at),
            b'r' if starts_word(bytes, at) => raw_end(bytes, at + 1).unwrap_or(at + 1),
            b'b' | b'c' if starts_word(bytes, at) && bytes.get(at + 1) == Some(&b'r') => {
                raw_end(bytes, at + 2).unwrap_or(at + 1)
            }
            _ => at + 1,
        };
        let end = end.min(bytes.len());
        if end > at + 1 {
            blank(&mut out[at..end]);
        }
        at = end;
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn blank(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
}

fn starts_word(bytes: &[u8], at: usize) -> bool {
    at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_')
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |length| at + length)
}

/// The end of a block comment; they nest.
fn comment_end(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            (at, depth) = (at + 2, depth + 1);
        } else if bytes[at..].starts_with(b"*/") {
            (at, depth) = (at + 2, depth - 1);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// The end of a string whose opening quote stands before `at`.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// The end of a character literal; just past the quote when it is a lifetime.
fn char_end(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at + 1) == Some(&b'\\') {
        let quote = bytes.iter().skip(at + 3).position(|b| *b == b'\'');
        return quote.map_or(bytes.len(), |length| at + 4 + length);
    }
    // One character of up to four bytes and a quote; anything else is a lifetime.
    let width = match bytes.get(at + 1) {
        Some(0xf0..) => 4,
        Some(0xe0..) => 3,
        Some(0xc0..) => 2,
        _ => 1,
    };
    if bytes.get(at + 1 + width) == Some(&b'\'') { at + 2 + width } else { at + 1 }
}

/// The end of a raw string whose `r` stands before `at`; `None` if it is none.
fn raw_end(bytes: &[u8], at: usize) -> Option<usize> {
    let hashes = bytes[at..].iter().take_while(|b| **b == b'#').count();
    if bytes.get(at + hashes) != Some(&b'"') {
        return None;
    }
    let mut close = vec![b'"'];
    close.resize(hashes + 1, b'#');
    let body = at + hashes + 1;
    let length = bytes[body..].windows(close.len()).position(|window| window == close);
    Some(length.map_or(bytes.len(), |length| body + length + close.len()))
}

/// Blanks out every item under `#[cfg(test)]` in masked code.
#[must_use]
pub fn without_tests(code: &str) -> String {
    if code.contains("#![cfg(test)]") {
        return String::new();
    }
    let mut out = code.as_bytes().to_vec();
    let mut from = 0;
    while let Some(found) = code[from..].find("#[cfg(") {
        let start = from + found;
        let end = attribute_end(code, start);
        if is_test_condition(&code[start..end]) {
            let end = item_end(code, end);
            blank(&mut out[start..end]);
            from = end;
        } else {
            from = end;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn is_test_condition(attribute: &str) -> bool {
    let words: Vec<&str> = identifiers(attribute).into_iter().map(|(_, word)| word).collect();
    words.contains(&"test") && !words.contains(&"not") && !words.contains(&"any")
}

fn attribute_end(code: &str, start: usize) -> usize {
    closing(code, start + 1, b'[', b']').unwrap_or(code.len())
}

/// The end of the item that starts at `from`: past its `;` or the brace that closes its body.
fn item_end(code: &str, from: usize) -> usize {
    let body = code[from..].find(['{', ';']).map_or(code.len(), |length| from + length);
    if code.as_bytes().get(body) == Some(&b'{') {
        return closing(code, body, b'{', b'}').unwrap_or(code.len());
    }
    (body + 1).min(code.len())
}

/// Past the bracket that closes the one at `start`.
#[must_use]
pub fn closing(code: &str, start: usize, open: u8, close: u8) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, byte) in code.bytes().enumerate().skip(start) {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(index + 1);
            }
        }
    }
    None
}
