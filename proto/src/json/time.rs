// SPDX-License-Identifier: Apache-2.0
//! Times as RFC 3339 with as many of 0, 3, 6 or 9 digits of a second as are needed.

use super::error::{At, Error};
use prost_types::Timestamp;

/// The name of the message that is printed as a time.
pub(super) const TIMESTAMP: &str = "google.protobuf.Timestamp";

/// A time as text; `None` outside the years 1 to 9999, where it has no such form.
pub(super) fn to_text(seconds: i64, nanos: i32) -> Option<String> {
    let has_text = (FIRST..=LAST).contains(&seconds) && (0..1_000_000_000).contains(&nanos);
    has_text.then(|| Timestamp { seconds, nanos }.to_string())
}

/// Reads it.
pub(super) fn from_text(text: &str, at: &At<'_>) -> Result<Timestamp, Error> {
    // The parser takes more than RFC 3339 does: dates alone, spaces.
    let shaped = text.is_ascii() && text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T');
    let time = text
        .parse()
        .ok()
        .filter(|time: &Timestamp| shaped && (FIRST..=LAST).contains(&time.seconds));
    time.ok_or_else(|| Error::json(at, "a time is wanted, such as \"2026-11-22T12:05:34.456Z\""))
}

/// 0001-01-01T00:00:00Z.
const FIRST: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z.
const LAST: i64 = 253_402_300_799;
