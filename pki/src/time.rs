// SPDX-License-Identifier: Apache-2.0
//! Times in certificates and CRLs (RFC 5280 section 4.1.2.5), in whole seconds of UTC.
//!
//! Not here: the clock. Whoever checks a date brings the time.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "calendar arithmetic over the years 0 to 9999 stays far inside of 64 bits"
)]

use crate::Error;
use crate::asn1::{Reader, tag, write};
use core::fmt;
use sys::Timestamp;

/// A second between the years 0 and 9999, before or after 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// 9999-12-31T23:59:59Z: "no well-defined expiration date" (RFC 5280 section 4.1.2.5).
    pub const NEVER: Self = Self(253_402_300_799);

    /// Seconds since 1970; times behind the year 9999 become [`NEVER`](Self::NEVER).
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self(i64::try_from(at.0).unwrap_or(i64::MAX)).min(Self::NEVER)
    }

    /// Seconds since 1970; earlier times are 1970.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp(u64::try_from(self.0).unwrap_or(0))
    }

    /// A date and time of day, if there is such a one between the years 0 and 9999.
    #[must_use]
    pub fn from_parts(year: u16, month: u8, day: u8, time: (u8, u8, u8)) -> Option<Self> {
        let (hour, minute, second) = time;
        let fits = year <= 9999
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        let days = days_from_civil(i64::from(year), i64::from(month), i64::from(day));
        let within = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        fits.then_some(Self(days * 86_400 + within))
    }

    /// Reads `2026-06-01T00:00:00Z` (RFC 3339, UTC only) or `2026-06-01`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00:00Z"));
        let mut date = date.splitn(3, '-').map(str::parse::<u16>);
        let mut time = time.strip_suffix('Z')?.splitn(3, ':').map(str::parse::<u8>);
        let year = date.next()?.ok()?;
        let month = u8::try_from(date.next()?.ok()?).ok()?;
        let day = u8::try_from(date.next()?.ok()?).ok()?;
        let clock = (time.next()?.ok()?, time.next()?.ok()?, time.next()?.ok()?);
        Self::from_parts(year, month, day, clock)
    }

    /// As OpenSSL prints it: `Jun  1 00:00:00 2026 GMT`.
    #[must_use]
    pub fn openssl(self) -> String {
        let p = self.parts();
        let month = usize::try_from(p.month - 1).ok().and_then(|at| MONTHS.get(at).copied());
        let month = month.unwrap_or("???");
        format!("{month} {:2} {:02}:{:02}:{:02} {} GMT", p.day, p.hour, p.minute, p.second, p.year)
    }

    /// Reads a UTCTime or GeneralizedTime, with seconds and in UTC as RFC 5280 asks.
    ///
    /// # Errors
    /// [`Error::Malformed`] for anything else.
    pub fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self, Error> {
        let tlv = match reader.peek() {
            Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => reader.any(field)?,
            _ => return Err(reader.malformed(field, "neither UTCTime nor GeneralizedTime")),
        };
        Self::from_value(tlv.tag, tlv.value)
            .ok_or_else(|| reader.malformed(field, "not a time with seconds in UTC"))
    }

    fn from_value(tag: u8, value: &[u8]) -> Option<Self> {
        let digits = value.strip_suffix(b"Z")?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let (year, rest) = match tag {
            tag::UTC_TIME => {
                let (year, rest) = digits.split_at_checked(2)?;
                let year = decimal(year)?;
                (if year < 50 { year + 2000 } else { year + 1900 }, rest)
            }
            _ => {
                let (year, rest) = digits.split_at_checked(4)?;
                (decimal(year)?, rest)
            }
        };
        let mut pairs = rest.chunks(2).map(|two| u8::try_from(decimal(two)?).ok());
        let mut next = || pairs.next().flatten();
        let (month, day, clock) = (next()?, next()?, (next()?, next()?, next()?));
        if rest.len() != 10 {
            return None;
        }
        Self::from_parts(year, month, day, clock)
    }

    /// UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 section 4.1.2.5).
    #[must_use]
    pub fn to_der(self) -> Vec<u8> {
        let p = self.parts();
        let rest =
            format!("{:02}{:02}{:02}{:02}{:02}Z", p.month, p.day, p.hour, p.minute, p.second);
        if (1950..2050).contains(&p.year) {
            let text = format!("{:02}{rest}", p.year % 100);
            return write::tlv(tag::UTC_TIME, text.as_bytes());
        }
        self.to_generalized()
    }

    /// GeneralizedTime, which invalidityDate always is (RFC 5280 section 5.3.2).
    pub(crate) fn to_generalized(self) -> Vec<u8> {
        let p = self.parts();
        let text = format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}Z",
            p.year, p.month, p.day, p.hour, p.minute, p.second
        );
        write::tlv(tag::GENERALIZED_TIME, text.as_bytes())
    }

    fn parts(self) -> Parts {
        let (days, within) = (self.0.div_euclid(86_400), self.0.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        let (hour, minute, second) = (within / 3600, within / 60 % 60, within % 60);
        Parts { year, month, day, hour, minute, second }
    }
}

/// As RFC 3339 writes it: `2026-06-01T00:00:00Z`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let p = self.parts();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            p.year, p.month, p.day, p.hour, p.minute, p.second
        )
    }
}

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self::new(at)
    }
}

struct Parts {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn decimal(digits: &[u8]) -> Option<u16> {
    core::str::from_utf8(digits).ok()?.parse().ok()
}

fn days_in_month(year: u16, month: u8) -> u8 {
    let leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar: years are counted from March, so
/// that the leap day is the last of its year, in eras of 400 years (146 097 days).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_goes_there_and_back() {
        for days in -719_528..2_932_896 {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }

    #[test]
    fn both_forms_are_read_and_written() {
        for text in [
            "1950-01-01T00:00:00Z",
            "2049-12-31T23:59:59Z",
            "2050-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "1949-06-30T12:34:56Z",
        ] {
            let time = Time::parse(text).unwrap();
            let der = time.to_der();
            assert_eq!(Time::read(&mut Reader::new(&der, "x"), "f").unwrap(), time);
            assert_eq!(time.to_string(), text);
        }
        assert_eq!(Time::parse("2049-12-31").unwrap().to_der()[0], tag::UTC_TIME);
        assert_eq!(Time::parse("2050-01-01").unwrap().to_der()[0], tag::GENERALIZED_TIME);
        assert_eq!(Time::parse("2026-06-01").unwrap().openssl(), "Jun  1 00:00:00 2026 GMT");
        assert_eq!(Time::parse("9999-12-31T23:59:59Z"), Some(Time::NEVER));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for bad in [
            "230229000000Z",
            "2302290000Z",
            "230228000060Z",
            "230228000000+0000",
            "23022800000Z",
            "+30228000000Z",
            "230028000000Z",
            "2302280000000Z",
        ] {
            assert!(Time::from_value(tag::UTC_TIME, bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(Time::from_value(tag::GENERALIZED_TIME, b"20230228000000.5Z").is_none());
    }
}
