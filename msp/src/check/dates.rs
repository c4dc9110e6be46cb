// SPDX-License-Identifier: Apache-2.0
//! Certificates whose time is over, or soon will be. Membership does not end with them, but TLS,
//! the start of a node and its orderer's filter do.

use super::{Found, MspFolder};
use crate::finding::{Finding, Kind};
use crate::layout::Place;
use pki::{Certificate, Time};
use sys::Timestamp;

/// How long ahead somebody is warned.
const DAYS_AHEAD: u64 = 90;

pub(super) fn check(folder: &MspFolder, now: Time) -> Vec<Finding> {
    let all = Place::CERTIFICATES.into_iter().flat_map(|place| folder.certificates(place));
    all.filter_map(|found| judge(found, now)).collect()
}

fn judge(found: &Found<Certificate>, now: Time) -> Option<Finding> {
    let (from, until) = (found.item.not_before(), found.item.not_after());
    let Timestamp(seconds) = now.timestamp();
    let soon = Time::new(Timestamp(seconds.saturating_add(DAYS_AHEAD * 86_400)));
    if until < now {
        let what = format!("it expired on {until}");
        let hint = "get a new one from its CA";
        return Some(Finding::error(Kind::Expired, &found.path, what, hint));
    }
    if now < from {
        let what = format!("it is not valid before {from}");
        let hint = "wait, or correct the clock of this machine";
        return Some(Finding::error(Kind::NotYetValid, &found.path, what, hint));
    }
    if until <= soon && until != Time::NEVER {
        let what = format!("it expires on {until}");
        let hint = "plan for a new one";
        return Some(Finding::warning(Kind::ExpiresSoon, &found.path, what, hint));
    }
    None
}
