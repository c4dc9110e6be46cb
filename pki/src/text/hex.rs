// SPDX-License-Identifier: Apache-2.0
//! Bytes as pairs of hex digits with colons between them.

/// `AA:BB:CC`.
pub(super) fn colons(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

/// Lines of `width` bytes in lower case, a colon behind each byte but the last.
pub(super) fn push_hex(out: &mut String, indent: usize, width: usize, bytes: &[u8]) {
    let mut lines = bytes.chunks(width.max(1)).peekable();
    while let Some(line) = lines.next() {
        out.extend(std::iter::repeat_n(' ', indent));
        out.push_str(&colons(line).to_lowercase());
        out.push_str(if lines.peek().is_some() { ":\n" } else { "\n" });
    }
}
