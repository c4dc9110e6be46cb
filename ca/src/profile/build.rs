// SPDX-License-Identifier: Apache-2.0
//! From what is written to a profile: words become types, or are refused. Not here: what does not
//! go together (`check`).

use super::Profile;
use super::entry::Entry;
use super::fabric::Fabric;
use super::names::{NameRules, SubjectRules, constraints};
use const_oid::ObjectIdentifier;
use pki::extension::{
    AuthorityInfoAccess, CertificatePolicies, CrlDistributionPoints, DistributionPoint,
    ExtendedKeyUsage, Extension, GeneralName, KeyUsage, PolicyInformation, SubjectId,
    TypedExtension,
};
use pki::{Time, oid};

/// The profile that an entry stands for; what is wrong with it, in words.
pub(super) fn profile(entry: Entry) -> Result<Profile, String> {
    let names = entry.names.as_ref().map(NameRules::read).transpose()?;
    let subject = entry.subject.as_ref().map(SubjectRules::read).transpose()?;
    let last = match entry.not_after.as_deref() {
        Some(text) => Some(Time::parse(text).ok_or_else(|| {
            format!("notAfter: `{text}` is no date, such as 2035-01-01 or 2035-01-01T00:00:00Z")
        })?),
        None => None,
    };
    if let Some(kind) = entry.subject_ids.iter().flatten().find(|kind| !is_subject_id(kind)) {
        let known = SubjectId::NAMES.join(", ");
        return Err(format!("subjectIds: `{kind}` is not known; there are: {known}"));
    }
    Ok(Profile {
        name: entry.name.clone(),
        purpose: entry.purpose.clone().unwrap_or_default(),
        days: entry.days.unwrap_or(DEFAULT_DAYS),
        max_days: entry.max_days,
        ca: entry.ca.as_ref().map(|ca| ca.path_len),
        backdate: u64::from(entry.backdate_minutes.unwrap_or(0)).saturating_mul(60),
        last,
        usage: usage(&entry)?,
        purposes: purposes(&entry)?,
        subject: subject.unwrap_or_default(),
        names,
        fixed: fixed(&entry)?,
        fabric: entry.fabric.as_ref().map(Fabric::read).transpose()?,
        attributes: entry.attributes.clone(),
        subject_ids: entry.subject_ids.clone(),
        entry: Box::new(entry),
    })
}

/// As the CAs of Fabric give.
const DEFAULT_DAYS: u32 = 365;

fn is_subject_id(kind: &str) -> bool {
    SubjectId::NAMES.contains(&kind)
}

fn usage(entry: &Entry) -> Result<KeyUsage, String> {
    let mut usage = KeyUsage::NONE;
    for name in entry.key_usage.iter().flatten() {
        let one = KeyUsage::named(name).ok_or_else(|| {
            let known: Vec<&str> = KeyUsage::ALL.iter().map(|(name, ..)| *name).collect();
            format!("keyUsage: `{name}` is not known; there are: {}", known.join(", "))
        })?;
        usage = usage | one;
    }
    Ok(usage)
}

fn purposes(entry: &Entry) -> Result<Vec<ObjectIdentifier>, String> {
    let one = |name: &String| {
        ExtendedKeyUsage::named(name).ok_or_else(|| {
            format!(
                "extendedKeyUsage: `{name}` is not known; there are serverAuth, clientAuth, \
                 codeSigning, emailProtection, timeStamping, OCSPSigning, and object identifiers"
            )
        })
    };
    entry.extended_key_usage.iter().flatten().map(one).collect()
}

/// What is the same in every certificate of the profile.
fn fixed(entry: &Entry) -> Result<Vec<Extension>, String> {
    let mut list = Vec::new();
    if let Some(rules) = &entry.name_constraints {
        list.push(constraints(rules)?.extension(true));
    }
    if let Some(policies) = entry.policies.as_ref().filter(|list| !list.is_empty()) {
        list.push(policies_extension(policies)?);
    }
    if let Some(points) = points("crl", entry.crl.as_ref())? {
        list.push(points.extension(false));
    }
    if let Some(points) = points("freshestCrl", entry.freshest_crl.as_ref())? {
        let value = points.encode();
        list.push(Extension { id: oid::FRESHEST_CRL, critical: false, value });
    }
    let mut access = Vec::new();
    for (key, method, uris) in
        [("ocsp", oid::OCSP, &entry.ocsp), ("caIssuers", oid::CA_ISSUERS, &entry.ca_issuers)]
    {
        for uri in uris.iter().flatten() {
            access.push((method, GeneralName::Uri(checked_uri(key, uri)?)));
        }
    }
    if !access.is_empty() {
        list.push(AuthorityInfoAccess(access).extension(false));
    }
    if entry.ocsp_no_check == Some(true) {
        // RFC 6960 section 4.2.2.2.1: its value is NULL.
        list.push(Extension { id: oid::OCSP_NO_CHECK, critical: false, value: vec![5, 0] });
    }
    Ok(list)
}

fn policies_extension(policies: &[String]) -> Result<Extension, String> {
    let one = |text: &String| {
        let id = ObjectIdentifier::new(text)
            .map_err(|_| format!("policies: `{text}` is no object identifier, such as 1.2.3.4"))?;
        Ok(PolicyInformation { id, qualifiers: Vec::new() })
    };
    let list = policies.iter().map(one).collect::<Result<Vec<_>, String>>()?;
    Ok(CertificatePolicies(list).extension(false))
}

fn points(key: &str, uris: Option<&Vec<String>>) -> Result<Option<CrlDistributionPoints>, String> {
    let Some(uris) = uris.filter(|uris| !uris.is_empty()) else { return Ok(None) };
    let one = |uri: &String| Ok(DistributionPoint::uri(&checked_uri(key, uri)?));
    uris.iter().map(one).collect::<Result<Vec<_>, String>>().map(|p| Some(CrlDistributionPoints(p)))
}

fn checked_uri(key: &str, uri: &str) -> Result<String, String> {
    let fits =
        uri.is_ascii() && uri.split_once("://").is_some_and(|(scheme, _)| !scheme.is_empty());
    if !fits || uri.contains(|c: char| c.is_ascii_control() || c == ' ') {
        return Err(format!("{key}: `{uri}` is no URI, such as http://crl.example/ca.crl"));
    }
    Ok(uri.to_owned())
}
