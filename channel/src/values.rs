// SPDX-License-Identifier: Apache-2.0
//! Values of a group, read as the messages that stand under their names.

use crate::{Element, Error};
use proto::common::ConfigGroup;
use proto::prost::Message;
use std::time::Duration;

/// A group, and where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    group: &'a ConfigGroup,
    path: &'a str,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(group: &'a ConfigGroup, path: &'a str) -> Self {
        Self { group, path }
    }

    pub(crate) fn group(&self) -> &'a ConfigGroup {
        self.group
    }

    pub(crate) fn path(&self) -> &'a str {
        self.path
    }

    pub(crate) fn element(&self, name: &str) -> Element {
        Element::value(&format!("{}/{name}", self.path))
    }

    /// The value of this name, if there is one.
    pub(crate) fn value<M: Message + Default>(&self, name: &str) -> Result<Option<M>, Error> {
        let Some(value) = self.group.values.get(name) else { return Ok(None) };
        let decoded = M::decode(value.value.clone());
        decoded.map(Some).map_err(|error| self.refuse(name, format!("it cannot be read: {error}")))
    }

    /// The value of this name, which must be there.
    pub(crate) fn required<M: Message + Default>(&self, name: &str) -> Result<M, Error> {
        self.value(name)?.ok_or_else(|| self.refuse(name, "it is missing"))
    }

    /// Refuses values of other names: whoever wrote them meant something that is not done here.
    pub(crate) fn allow_values(&self, known: &[&str]) -> Result<(), Error> {
        match self.group.values.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => {
                let why = format!("no such value is known here, only {}", known.join(", "));
                Err(self.refuse(name, why))
            }
            None => Ok(()),
        }
    }

    /// Refuses child groups of other names.
    pub(crate) fn allow_groups(&self, known: &[&str], why: &str) -> Result<(), Error> {
        match self.group.groups.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => {
                Err(Error::element(Element::group(&format!("{}/{name}", self.path)), why))
            }
            None => Ok(()),
        }
    }

    /// A child group, which must be there.
    pub(crate) fn child(&self, name: &str, why: &str) -> Result<&'a ConfigGroup, Error> {
        let element = Element::group(&format!("{}/{name}", self.path));
        self.group.groups.get(name).ok_or_else(|| Error::element(element, why))
    }

    pub(crate) fn refuse(&self, name: &str, why: impl Into<String>) -> Error {
        Error::element(self.element(name), why)
    }
}

/// Reads a duration as Go prints them: `500ms`, `2s`, `1m30s`, `1.5h`. No sign, no more than a year.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, f64); 7] = [
        ("ns", 1e-9),
        ("us", 1e-6),
        ("µs", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
    ];
    const YEAR: f64 = 365.0 * 24.0 * 3600.0;
    let (mut rest, mut seconds) = (text, 0.0);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|end| *end > 0)?;
        let (number, behind) = rest.split_at_checked(digits)?;
        let end = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        let (unit, behind) = behind.split_at_checked(end)?;
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
        seconds += number.parse::<f64>().ok()? * factor;
        rest = behind;
    }
    let whole = !text.is_empty() && (0.0..=YEAR).contains(&seconds);
    whole.then(|| Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_go() {
        let millis = |text| duration(text).map(|duration| duration.as_millis());
        assert_eq!(millis("500ms"), Some(500));
        assert_eq!(millis("2s"), Some(2000));
        assert_eq!(millis("1m30s"), Some(90_000));
        assert_eq!(millis("1.5h"), Some(5_400_000));
        assert_eq!(millis("250us"), Some(0));
        for bad in ["", "2", "s", "-2s", "2 s", "1..5s", "2sec", "9999999h", "."] {
            assert_eq!(millis(bad), None, "{bad}");
        }
    }
}
