// SPDX-License-Identifier: Apache-2.0
//! Revocation lists: by whom, and how old.

use crate::finding::{Finding, Kind};
use crate::layout::Place;
use crate::provider::is_by;
use crate::{Error, Found, MspFolder};
use bccsp::Providers;
use pki::{Crl, Time};

pub(super) fn check(
    folder: &MspFolder,
    providers: &Providers,
    now: Time,
) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for found in folder.crls() {
        if !is_known(folder, providers, &found.item)? {
            let what = format!("no CA of this folder signed it; it says {}", found.item.issuer());
            let hint = "it revokes nobody: add its CA to `cacerts` or remove it";
            findings.push(Finding::error(Kind::CrlOfUnknownCa, &found.path, what, hint));
        }
        findings.extend(dates(found, now));
    }
    Ok(findings)
}

fn is_known(folder: &MspFolder, providers: &Providers, crl: &Crl) -> Result<bool, Error> {
    let places =
        [Place::CaCerts, Place::IntermediateCerts, Place::TlsCaCerts, Place::TlsIntermediateCerts];
    for ca in places.iter().flat_map(|place| folder.certificates(*place)) {
        if is_by(providers, crl, &ca.item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An old list still revokes whom it lists; whom it does not list may be revoked by now.
fn dates(found: &Found<Crl>, now: Time) -> Option<Finding> {
    let what = match found.item.next_update() {
        _ if now < found.item.this_update() => {
            format!("it is from the future: {}", found.item.this_update())
        }
        Some(next) if next < now => format!("a newer one was due on {next}"),
        _ => return None,
    };
    let hint = "get the newest list from its CA";
    Some(Finding::warning(Kind::CrlOutOfDate, &found.path, what, hint))
}
