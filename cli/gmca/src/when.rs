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

/// Reads `90d`, `12h`, `4w`, `30m` or `45s`: so many seconds.
pub(crate) fn span(text: &str) -> Result<u64> {
    let unit = |unit| match unit {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(3_600),
        'd' => Some(86_400),
        'w' => Some(604_800),
        _ => None,
    };
    let mut digits = text.chars();
    let seconds = digits.next_back().and_then(unit);
    let count = digits.as_str().parse::<u64>().ok().filter(|_| !text.starts_with('+'));
    seconds
        .zip(count)
        .and_then(|(seconds, count)| count.checked_mul(seconds))
        .with_context(|| format!("`{text}` is no span of time; write it as 90d, 12h or 4w"))
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

    #[test]
    fn spans_have_a_unit() {
        assert_eq!(span("90d").unwrap(), 7_776_000);
        assert_eq!(span("12h").unwrap(), 43_200);
        for bad in ["", "d", "90", "-1d", "+1d", "1y", "99999999999999999999d", "1é"] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }
}
