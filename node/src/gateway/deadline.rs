// SPDX-License-Identifier: Apache-2.0
//! Until when an answer is of use to a client: its `grpc-timeout`.

use std::time::Duration;
use tokio::time::Instant;
use tonic::metadata::MetadataMap;

/// When the client of a request goes, a little before that: it is to hear why. `None` for one that
/// waits for ever.
pub(super) fn deadline(metadata: &MetadataMap) -> Option<Instant> {
    let timeout = parse(metadata.get("grpc-timeout")?.to_str().ok()?)?;
    let early = (timeout / 10).min(EARLY);
    Instant::now().checked_add(timeout.saturating_sub(early))
}

/// The earlier one of the client's deadline and the end of our patience.
pub(super) fn until(deadline: Option<Instant>, most: Duration) -> Instant {
    let now = Instant::now();
    let ours = now.checked_add(most).unwrap_or(now);
    deadline.map_or(ours, |deadline| deadline.min(ours))
}

/// Up to eight digits and a unit.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let is_number = (1..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let value: u64 = digits.parse().ok().filter(|_| is_number)?;
    Some(match unit {
        "H" => Duration::from_secs(value.saturating_mul(3600)),
        "M" => Duration::from_secs(value.saturating_mul(60)),
        "S" => Duration::from_secs(value),
        "m" => Duration::from_millis(value),
        "u" => Duration::from_micros(value),
        "n" => Duration::from_nanos(value),
        _ => return None,
    })
}

const EARLY: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_digits_and_a_unit() {
        assert_eq!(parse("2H"), Some(Duration::from_secs(7200)));
        assert_eq!(parse("3M"), Some(Duration::from_secs(180)));
        assert_eq!(parse("15S"), Some(Duration::from_secs(15)));
        assert_eq!(parse("250m"), Some(Duration::from_millis(250)));
        assert_eq!(parse("99999999u"), Some(Duration::from_micros(99_999_999)));
        assert_eq!(parse("7n"), Some(Duration::from_nanos(7)));
        for wrong in ["", "S", "1", "1s", "123456789S", "+1S", "-1S", "1.5S", "1é"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
