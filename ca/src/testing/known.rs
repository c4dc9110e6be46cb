// SPDX-License-Identifier: Apache-2.0
//! What somebody knows of a CA: what it gave out, took back and wrote down; and whether another
//! look at it may differ.

use crate::record::hex;
use crate::{AuditRow, Authority, Record, State};
use pki::Certificate;
use pki::extension::ReasonCode;
use std::collections::BTreeSet;
use std::fmt;

/// One thing that a CA is asked for.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// So many certificates at once.
    Issue(usize),
    /// That one is taken back.
    Revoke(Vec<u8>),
    /// A list of what was taken back.
    Crl,
    /// Closed and opened again.
    Reopen,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issue(count) => write!(f, "issuing {count}"),
            Self::Revoke(serial) => write!(f, "revoking {}", hex(serial)),
            Self::Crl => write!(f, "making a list"),
            Self::Reopen => write!(f, "opening it again"),
        }
    }
}

/// The record and the audit log at some moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Known {
    pub(super) records: Vec<Record>,
    pub(super) audit: Vec<AuditRow>,
}

impl Known {
    /// Reads both, and finds where they contradict themselves or each other.
    pub(super) fn read(authority: &Authority) -> Result<Self, String> {
        let records = authority.records().map_err(|error| error.to_string())?;
        let audit = authority.audit().map_err(|error| error.to_string())?;
        let known = Self { records, audit };
        known.is_sound()?;
        Ok(known)
    }

    fn is_sound(&self) -> Result<(), String> {
        let serials: BTreeSet<&[u8]> = self.records.iter().map(|r| r.serial.as_slice()).collect();
        if serials.len() != self.records.len() {
            return Err("a serial number came up twice".into());
        }
        for (number, record) in (1..).zip(&self.records) {
            if record.number != number {
                return Err(format!("decision {number} has number {}", record.number));
            }
            let certificate = match &record.state {
                State::Abandoned if record.certificate.is_empty() => continue,
                _ => Certificate::from_der(&record.certificate),
            };
            if !certificate.is_ok_and(|found| found.serial() == record.serial) {
                return Err(format!("decision {number} has another certificate"));
            }
        }
        self.audit_agrees()
    }

    /// Whether the audit log tells of what is on record, and of nothing else.
    fn audit_agrees(&self) -> Result<(), String> {
        let details = |action: &str| {
            let rows = self.audit.iter().filter(|row| row.action == action);
            rows.map(|row| row.detail.clone()).collect::<Vec<_>>()
        };
        let issued = |r: &Record| format!("{} {} {}", r.serial_hex(), r.profile, r.subject);
        if !details("issue").into_iter().eq(self.records.iter().map(issued)) {
            return Err("the audit log tells of other decisions than are on record".into());
        }
        let revoked = self.records.iter().filter_map(|record| match &record.state {
            State::Revoked(r) => Some(format!("{} reason {}", record.serial_hex(), r.reason)),
            _ => None,
        });
        let (told, revoked): (BTreeSet<_>, BTreeSet<_>) =
            (details("revoke").into_iter().collect(), revoked.collect());
        if told != revoked {
            return Err("the audit log tells of other revocations than are on record".into());
        }
        let lists = details("crl");
        if !lists.iter().cloned().eq((1..=lists.len()).map(|number| format!("number {number}"))) {
            return Err(format!("the lists are numbered: {lists:?}"));
        }
        if self.audit.first().is_none_or(|row| row.action != "init") || details("init").len() > 1 {
            return Err("the audit log does not begin with the making of the CA".into());
        }
        Ok(())
    }

    /// Certificates that may be taken back.
    pub(super) fn good(&self) -> Vec<Vec<u8>> {
        let good = self.records.iter().filter(|record| record.state == State::Issued);
        good.map(|record| record.serial.clone()).collect()
    }

    /// Whether `seen` may be what is left of this when the CA stopped on that step.
    pub(super) fn allows(&self, step: &Step, seen: &Self) -> Result<(), String> {
        if !seen.audit.starts_with(&self.audit) {
            return Err("rows of the audit log are gone".into());
        }
        if seen.records.len() < self.records.len() {
            return Err(format!("{} of {} decisions", seen.records.len(), self.records.len()));
        }
        let (old, new) = seen.records.split_at(self.records.len());
        for (before, after) in self.records.iter().zip(old) {
            if before != after && !is_revoked_by(step, before, after) {
                let (number, was, is) = (before.number, &before.state, &after.state);
                return Err(format!("decision {number} was {was:?}, is {is:?}"));
            }
        }
        let whole = match step {
            Step::Issue(count) => new.is_empty() || new.len() == *count,
            _ => new.is_empty(),
        };
        let first_signed = new.first().is_some_and(|first| first.state == State::Issued);
        if !whole || new.iter().any(|record| (record.state == State::Issued) != first_signed) {
            return Err(format!("{} decisions more after {step}", new.len()));
        }
        let more = match step {
            Step::Issue(count) => *count,
            Step::Reopen => 0,
            Step::Revoke(_) | Step::Crl => 1,
        };
        let rows = seen.audit.len() - self.audit.len();
        if rows != 0 && rows != more {
            return Err(format!("{rows} rows of the audit log more after {step}"));
        }
        Ok(())
    }

    /// The same after that step was done, and what somebody holds because of it.
    pub(super) fn holds(&self, step: &Step, given: &[Certificate]) -> Result<(), String> {
        let last = self.records.len().checked_sub(given.len());
        let last = last.map(|from| &self.records[from..]).ok_or("records are missing")?;
        let pairs = last.iter().zip(given);
        let same = |(record, given): (&Record, &Certificate)| {
            record.state == State::Issued && record.certificate == given.as_der()
        };
        if !pairs.into_iter().all(same) {
            return Err("a certificate was handed out that is not on record".into());
        }
        match step {
            Step::Revoke(serial) if self.good().contains(serial) => {
                Err("a certificate that was taken back is good".into())
            }
            _ => Ok(()),
        }
    }
}

fn is_revoked_by(step: &Step, before: &Record, after: &Record) -> bool {
    let reason = ReasonCode::KeyCompromise.number();
    let State::Revoked(revocation) = &after.state else { return false };
    let same = Record { state: after.state.clone(), ..before.clone() } == *after;
    let asked = matches!(step, Step::Revoke(serial) if *serial == before.serial);
    same && asked && before.state == State::Issued && revocation.reason == reason
}
