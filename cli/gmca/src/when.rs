// SPDX-License-Identifier: Apache-2.0
//! Points in time as people write them.

use anyhow::{Context as _, Result};
use sys::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Reads `2030-01-01T00:00:00Z`, `2030-01-01`, or seconds since 1970.
pub(crate) fn parse(text: &str) -> Result<Timestamp> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Timestamp(seconds));
    }
    let full = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let time = OffsetDateTime::parse(&full, &Rfc3339)
        .ok()
        .and_then(|time| u64::try_from(time.unix_timestamp()).ok());
    time.map(Timestamp)
        .with_context(|| format!("`{text}` is no time; write it as 2030-01-01T00:00:00Z"))
}

/// Writes `2030-01-01T00:00:00Z`.
pub(crate) fn show(time: Timestamp) -> String {
    i64::try_from(time.0)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_else(|| format!("{} s", time.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        assert_eq!(parse("1970-01-02").unwrap(), Timestamp(86_400));
        assert_eq!(parse("2030-01-01T08:00:00+08:00").unwrap(), Timestamp(1_893_456_000));
        assert_eq!(show(Timestamp(1_893_456_000)), "2030-01-01T00:00:00Z");
        assert!(parse("tomorrow").is_err());
    }
}
