// SPDX-License-Identifier: Apache-2.0
//! Everything that is wrong with an MSP folder, not only the first thing.
//!
//! Not here: the verdict on one certificate. Only here is there a time, and it is an argument.

mod cas;
mod crls;
mod dates;
mod identity;

use crate::finding::{Finding, Kind};
use crate::layout::{CONFIG_FILE, Place};
use crate::{Error, Found, MspFolder};
use bccsp::Providers;
use pki::{Certificate, Time};
use sys::Timestamp;

impl MspFolder {
    /// All findings at this time, errors first. None means that the folder can be used.
    ///
    /// # Errors
    /// [`Error::Provider`] when a provider does not do its part; never for a bad folder.
    pub fn check(&self, providers: &Providers, now: Timestamp) -> Result<Vec<Finding>, Error> {
        let mut findings = self.findings.clone();
        let now = Time::new(now);
        findings.extend(cas::check(self, providers)?);
        findings.extend(dates::check(self, now));
        findings.extend(crls::check(self, providers, now)?);
        findings.extend(identity::keys(self, providers));
        findings.extend(configuration(self));
        findings.extend(twice(self));
        // What cannot be judged by has its finding already.
        if let Ok(msp) = self.msp(providers) {
            findings.extend(identity::members(self, &msp)?);
        }
        findings.sort_by(|a, b| (a.severity, &a.path, a.line).cmp(&(b.severity, &b.path, b.line)));
        Ok(findings)
    }
}

/// Whether the certificates that bind organizational units are there.
fn configuration(folder: &MspFolder) -> Vec<Finding> {
    let config = folder.path().join(CONFIG_FILE);
    let judge = |(file, found): (&str, Option<&Certificate>)| match found {
        None => {
            let what =
                format!("it names `{}`, and no certificate can be read there", file.escape_debug());
            let hint = "name the file of a CA certificate, as in `cacerts/ca-cert.pem`";
            Some(Finding::error(Kind::OuCertificateMissing, &config, what, hint))
        }
        Some(certificate) if !folder.is_ca_here(certificate) => {
            let what = format!("it names `{}`, which is no CA of this folder", file.escape_debug());
            let hint = "name a file in `cacerts` or `intermediatecerts`";
            Some(Finding::error(Kind::OuCertificateNotACa, &config, what, hint))
        }
        Some(_) => None,
    };
    folder.unit_certificates().filter_map(judge).collect()
}

/// Certificates that are in two places. An admin whose own folder this is may be in both.
fn twice(folder: &MspFolder) -> Vec<Finding> {
    let mut seen: Vec<(Place, &Found<Certificate>)> = Vec::new();
    let mut findings = Vec::new();
    for place in Place::CERTIFICATES {
        for found in folder.certificates(place) {
            let before = seen.iter().find(|(_, other)| other.item == found.item);
            match before {
                Some((Place::SignCerts, _)) if place == Place::AdminCerts => {}
                Some((_, other)) => {
                    let what = format!("the same certificate as {}", other.path.display());
                    let hint = "one of the two is one too many: remove it";
                    findings.push(Finding::warning(Kind::Twice, &found.path, what, hint));
                }
                None => seen.push((place, found)),
            }
        }
    }
    findings
}
