// SPDX-License-Identifier: Apache-2.0
//! What somebody knows of a CA: what it gave out, took back and wrote down; and whether another
//! look at it may differ.

use crate::{AuditRow, Authority, Record, State};
use pki::extension::{DeltaCrlIndicator, ReasonCode};
use pki::{Certificate, Crl, Revoked};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use sys::Timestamp;

/// One thing that a CA is asked for.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// So many certificates at once.
    Issue(usize),
    /// That one is taken back.
    Revoke(Vec<u8>),
    /// That one is put on hold.
    Hold(Vec<u8>),
    /// That one is taken off hold.
    Release(Vec<u8>),
    /// That one is followed by another for the same key.
    Renew(Vec<u8>),
    /// A pair, of which one key is made and kept.
    Pair,
    /// One more may open keys.
    Administrator,
    /// Somebody asks for the kept key of that one.
    Ask(Vec<u8>),
    /// Two agree to that request.
    Recover(Vec<u8>),
    /// The CA goes on with another key.
    Rollover,
    /// A list of what was taken back.
    Crl,
    /// A list of what changed since.
    Delta,
    /// Closed and opened again.
    Reopen,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issue(count) => write!(f, "issuing {count}"),
            Self::Revoke(serial) => write!(f, "revoking {}", hex::encode(serial)),
            Self::Hold(serial) => write!(f, "holding {}", hex::encode(serial)),
            Self::Release(serial) => write!(f, "releasing {}", hex::encode(serial)),
            Self::Renew(serial) => write!(f, "renewing {}", hex::encode(serial)),
            Self::Pair => write!(f, "issuing a pair"),
            Self::Ask(serial) => write!(f, "asking for the key of {}", hex::encode(serial)),
            Self::Recover(_) => write!(f, "giving out a kept key"),
            Self::Administrator => write!(f, "making an administrator"),
            Self::Rollover => write!(f, "rolling over"),
            Self::Crl => write!(f, "making a list"),
            Self::Delta => write!(f, "making a delta"),
            Self::Reopen => write!(f, "opening it again"),
        }
    }
}

/// What somebody holds because of a step.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    pub(super) certificates: Vec<Certificate>,
    pub(super) list: Option<Crl>,
}

/// The record and the audit log at some moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Known {
    pub(super) records: Vec<Record>,
    pub(super) audit: Vec<AuditRow>,
    /// The decisions with a key that is kept.
    escrowed: BTreeSet<u64>,
    /// How many may open keys.
    pub(super) administrators: usize,
    /// What was asked of kept keys, and when they were given out.
    recoveries: Vec<(Vec<u8>, Timestamp)>,
    /// The CA's own certificate.
    own: Vec<u8>,
}

impl Known {
    /// Reads both, and finds where they contradict themselves or each other.
    pub(super) fn read(authority: &Authority) -> Result<Self, String> {
        let records = authority.records().map_err(|error| error.to_string())?;
        let audit = authority.audit().map_err(|error| error.to_string())?;
        let mut escrowed = BTreeSet::new();
        for record in &records {
            let sealed = authority.store().escrowed(record.number);
            if sealed.map_err(|error| error.to_string())?.is_some() {
                escrowed.insert(record.number);
            }
        }
        let own = authority.certificate().as_der().to_vec();
        let administrators = authority.administrators().map_err(|error| error.to_string())?.len();
        let recoveries = authority.store().recoveries().map_err(|error| error.to_string())?;
        let known = Self { records, audit, escrowed, administrators, recoveries, own };
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
        let told = |actions: &[&str]| {
            let rows = self.audit.iter().filter(|row| actions.contains(&row.action.as_str()));
            rows.map(|row| row.detail.clone()).collect::<Vec<_>>()
        };
        let issued = self.records.iter().map(|record| {
            let (serial, profile, subject) =
                (record.serial_hex(), &record.profile, &record.subject);
            let of = |number: u64| usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
            let earlier = record.follows.and_then(of).and_then(|at| self.records.get(at));
            let after = earlier.map(|earlier| format!(" after {}", earlier.serial_hex()));
            format!("{serial} {profile} {subject}{}", after.unwrap_or_default())
        });
        if !told(&["issue", "renew", "escrow", "rollover"]).into_iter().eq(issued) {
            return Err("the audit log tells of other decisions than are on record".into());
        }
        let kept = self.records.iter().filter(|record| record.profile == "encrypt");
        if !kept.map(|record| record.number).eq(self.escrowed.iter().copied()) {
            return Err("not the keys of all certificates for encryption are kept".into());
        }
        if told(&["admin-add"]).len() != self.administrators {
            return Err("the audit log tells of other administrators than there are".into());
        }
        let given = self.recoveries.iter().filter(|(_, given)| given.0 != 0).count();
        let asked = (self.recoveries.len(), given);
        if asked != (told(&["recovery-asked"]).len(), told(&["recovery"]).len()) {
            return Err("the audit log tells of other recoveries than are on record".into());
        }
        self.revocations_agree()?;
        for (number, list) in (1..).zip(told(&["crl"])) {
            let complete = format!("number {number}");
            if list != complete && !list.starts_with(&format!("{complete}, delta of ")) {
                return Err(format!("list {number} is recorded as {list}"));
            }
        }
        let inits = told(&["init"]).len();
        if self.audit.first().is_none_or(|row| row.action != "init") || inits > 1 {
            return Err("the audit log does not begin with the making of the CA".into());
        }
        Ok(())
    }

    fn revocations_agree(&self) -> Result<(), String> {
        let mut told = BTreeMap::new();
        for row in &self.audit {
            match (row.action.as_str(), row.detail.split_once(" reason ")) {
                ("revoke", Some((serial, reason))) => {
                    told.insert(serial.to_owned(), reason.to_owned());
                }
                ("release", _) => drop(told.remove(&row.detail)),
                _ => {}
            }
        }
        let revoked = self.records.iter().filter_map(|record| match &record.state {
            State::Revoked(r) => Some((record.serial_hex(), r.reason.to_string())),
            _ => None,
        });
        match told == revoked.collect() {
            true => Ok(()),
            false => Err("the audit log tells of other revocations than are on record".into()),
        }
    }

    /// Certificates that may be followed by another.
    pub(super) fn renewable(&self) -> Vec<Vec<u8>> {
        let asked = |record: &&Record| ["user", "tls-server"].contains(&record.profile.as_str());
        let good = self.records.iter().filter(|record| record.state == State::Issued);
        good.filter(asked).map(|record| record.serial.clone()).collect()
    }

    /// Certificates whose keys are kept.
    pub(super) fn kept(&self) -> Vec<Vec<u8>> {
        let kept = self.records.iter().filter(|record| self.escrowed.contains(&record.number));
        let signed = kept.filter(|record| record.state != State::Abandoned);
        signed.map(|record| record.serial.clone()).collect()
    }

    /// Requests that nothing was given out on.
    pub(super) fn open_requests(&self) -> Vec<Vec<u8>> {
        let open = self.recoveries.iter().filter(|(_, given)| given.0 == 0);
        open.map(|(request, _)| request.clone()).collect()
    }

    /// Certificates that are on hold.
    pub(super) fn held(&self) -> Vec<Vec<u8>> {
        let held = self.records.iter().filter(|record| record.is_on_hold());
        held.map(|record| record.serial.clone()).collect()
    }

    fn revoked(&self) -> BTreeSet<&[u8]> {
        let revoked = |record: &&Record| matches!(record.state, State::Revoked(_));
        self.records.iter().filter(revoked).map(|record| record.serial.as_slice()).collect()
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
            if before != after && !is_changed_by(step, before, after) {
                let (number, was, is) = (before.number, &before.state, &after.state);
                return Err(format!("decision {number} was {was:?}, is {is:?}"));
            }
        }
        let whole = match step {
            Step::Issue(count) => new.is_empty() || new.len() == *count,
            Step::Renew(_) => new.len() <= 1,
            Step::Pair => new.is_empty() || new.len() == 2,
            Step::Rollover => new.is_empty() || new.len() == 3,
            _ => new.is_empty(),
        };
        let first_signed = new.first().is_some_and(|first| first.state == State::Issued);
        if !whole || new.iter().any(|record| (record.state == State::Issued) != first_signed) {
            return Err(format!("{} decisions more after {step}", new.len()));
        }
        self.allows_recoveries(step, seen)?;
        let rolled = matches!(step, Step::Rollover) && first_signed;
        if rolled != (self.own != seen.own) {
            return Err("the CA's certificate is not the one on record".into());
        }
        let more = match step {
            Step::Issue(count) => *count,
            Step::Pair => 2,
            Step::Rollover => 3,
            Step::Reopen => 0,
            _ => 1,
        };
        let rows = seen.audit.len() - self.audit.len();
        if rows != 0 && rows != more {
            return Err(format!("{rows} rows of the audit log more after {step}"));
        }
        Ok(())
    }

    fn allows_recoveries(&self, step: &Step, seen: &Self) -> Result<(), String> {
        let mut expected = self.recoveries.clone();
        match (step, seen.recoveries.get(expected.len())) {
            (Step::Ask(_), Some(new)) if new.1.0 == 0 => expected.push(new.clone()),
            (Step::Recover(request), None) => {
                let rows = expected.iter_mut().zip(&seen.recoveries);
                for (before, after) in rows.filter(|(before, _)| before.0 == *request) {
                    before.1 = after.1;
                }
            }
            _ => {}
        }
        match expected == seen.recoveries {
            true => Ok(()),
            false => Err(format!("other recoveries after {step}")),
        }
    }

    /// The same after that step was done, and what somebody holds because of it. `base` is the
    /// complete list that is held.
    pub(super) fn holds(
        &self,
        step: &Step,
        given: &Given,
        base: Option<&Crl>,
    ) -> Result<(), String> {
        let count = given.certificates.len();
        let last = self.records.len().checked_sub(count);
        let last = last.map(|from| &self.records[from..]).ok_or("records are missing")?;
        let same = |(record, given): (&Record, &Certificate)| {
            record.state == State::Issued && record.certificate == given.as_der()
        };
        if !last.iter().zip(&given.certificates).all(same) {
            return Err("a certificate was handed out that is not on record".into());
        }
        let good = self.good();
        match step {
            Step::Revoke(serial) | Step::Hold(serial) if good.contains(serial) => {
                Err("a certificate that was taken back is good".into())
            }
            Step::Release(serial) if !good.contains(serial) => {
                Err("a certificate that was released is not good".into())
            }
            Step::Recover(request) if self.open_requests().contains(request) => {
                Err("a kept key was given out, and the record does not say so".into())
            }
            Step::Crl | Step::Delta => self.is_listed(given.list.as_ref(), base),
            _ => Ok(()),
        }
    }

    /// Whether a list says what is revoked; a delta, together with the list that it amends.
    fn is_listed(&self, list: Option<&Crl>, base: Option<&Crl>) -> Result<(), String> {
        let list = list.ok_or("no list was given")?;
        let amends = list.extensions().get::<DeltaCrlIndicator>().map_err(|e| e.to_string())?;
        let mut listed = BTreeSet::new();
        if let Some(amends) = amends {
            let number = base.and_then(|base| base.number().ok().flatten());
            if number.map(|number| number.0) != Some(amends.0) {
                // It amends one that was signed before a failure, and that nobody holds.
                return Ok(());
            }
            listed.extend(base.into_iter().flat_map(|base| base.entries()).map(Revoked::serial));
        }
        for entry in list.entries() {
            match entry.reason() {
                Ok(ReasonCode::RemoveFromCrl) => listed.remove(entry.serial()),
                _ => listed.insert(entry.serial()),
            };
        }
        match listed == self.revoked() {
            true => Ok(()),
            false => Err("a list says something else than the record".into()),
        }
    }
}

fn is_changed_by(step: &Step, before: &Record, after: &Record) -> bool {
    let same = Record { state: after.state.clone(), ..before.clone() } == *after;
    let reason = |record: &Record| match &record.state {
        State::Revoked(revocation) => Some(revocation.reason),
        _ => None,
    };
    let (compromised, hold) = (ReasonCode::KeyCompromise, ReasonCode::CertificateHold);
    let (compromised, hold) = (Some(compromised.number()), Some(hold.number()));
    let issued = |record: &Record| record.state == State::Issued;
    let (was, is) = (reason(before), reason(after));
    same && match step {
        Step::Revoke(serial) => {
            *serial == before.serial && is == compromised && (issued(before) || was == hold)
        }
        Step::Hold(serial) => *serial == before.serial && issued(before) && is == hold,
        Step::Release(serial) => *serial == before.serial && was == hold && issued(after),
        _ => false,
    }
}
