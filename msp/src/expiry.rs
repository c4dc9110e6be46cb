// SPDX-License-Identifier: Apache-2.0
//! What ends soon: for warnings, with the time as an argument. No verdict ever asks this.

use crate::{Definition, Error, SigningIdentity};
use pki::{Certificate, Time};
use std::fmt;
use std::time::Duration;
use sys::Timestamp;

/// A certificate that has ended, or ends within the time that was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// What it is there for, such as `root CA` or `TLS root CA`.
    pub what: &'static str,
    /// The certificate.
    pub certificate: Certificate,
    /// Its last second.
    pub ends: Time,
    /// Whether that is past.
    pub is_past: bool,
}

impl Ending {
    /// The certificate, if it ends by `now` and `within`.
    #[must_use]
    pub fn of(
        what: &'static str,
        certificate: &Certificate,
        now: Timestamp,
        within: Duration,
    ) -> Option<Self> {
        let ends = certificate.not_after();
        let is_past = ends < Time::new(now);
        let soon = ends < Time::new(now.plus(within.as_secs()));
        soon.then(|| Self { what, certificate: certificate.clone(), ends, is_past })
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.is_past { "has ended" } else { "ends" };
        let subject = self.certificate.subject();
        write!(f, "the certificate of the {} {subject} {verb} on {}", self.what, self.ends)
    }
}

impl Definition {
    /// The certificates of this MSP that end within a duration from `now`, the first to end first.
    ///
    /// # Errors
    /// As [`Definition::msp`] for certificates that cannot be read.
    pub fn ending(&self, now: Timestamp, within: Duration) -> Result<Vec<Ending>, Error> {
        let mut ending = Vec::new();
        for (what, certificate) in self.certificates()? {
            ending.extend(Ending::of(what, &certificate, now, within));
        }
        ending.sort_by_key(|one| one.ends);
        Ok(ending)
    }
}

impl SigningIdentity {
    /// Its certificate, if it ends within a duration from `now`.
    #[must_use]
    pub fn ending(&self, now: Timestamp, within: Duration) -> Option<Ending> {
        Ending::of("identity", self.certificate(), now, within)
    }
}
