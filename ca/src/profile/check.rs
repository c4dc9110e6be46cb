// SPDX-License-Identifier: Apache-2.0
//! What does not go together in a profile, each with the rule that it breaks and what to write
//! instead.

use super::Profile;
use super::entry::Entry;
use pki::extension::KeyUsage;
use pki::oid;

/// The first contradiction in a profile.
pub(super) fn check(profile: &Profile, entry: &Entry) -> Result<(), String> {
    name(&profile.name)?;
    validity(profile)?;
    uses(profile)?;
    of_a_ca(profile, entry)?;
    of_ocsp(profile, entry)
}

fn name(name: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match !name.is_empty() && name.len() <= 64 && name.chars().all(fits) {
        true => Ok(()),
        false => Err("a name is 1 to 64 letters, digits, `-`, `_` and `.`".into()),
    }
}

fn validity(profile: &Profile) -> Result<(), String> {
    let most = profile.max_days.unwrap_or(u32::MAX);
    if profile.days == 0 || most == 0 {
        return Err("days and maxDays are at least 1".into());
    }
    if profile.days > most {
        let (days, name) = (profile.days, "maxDays");
        return Err(format!(
            "days: {days} is more than {name}: {most}; lower one or raise the other"
        ));
    }
    if profile.backdate > 7 * 86_400 {
        return Err("backdateMinutes: a week (10080) is the most".into());
    }
    Ok(())
}

fn uses(profile: &Profile) -> Result<(), String> {
    if profile.usage.is_empty() {
        return Err("keyUsage: say what the key is for, such as [digitalSignature]".into());
    }
    let only = KeyUsage::ENCIPHER_ONLY | KeyUsage::DECIPHER_ONLY;
    if profile.usage.intersects(only) && !profile.usage.contains(KeyUsage::KEY_AGREEMENT) {
        return Err("keyUsage: encipherOnly and decipherOnly mean something beside keyAgreement \
                    only (RFC 5280 section 4.2.1.3)"
            .into());
    }
    let mut seen = profile.purposes.clone();
    seen.sort_unstable();
    seen.dedup();
    match seen.len() == profile.purposes.len() {
        true => Ok(()),
        false => Err("extendedKeyUsage: a purpose stands there twice".into()),
    }
}

fn of_a_ca(profile: &Profile, entry: &Entry) -> Result<(), String> {
    let signs = profile.usage.contains(KeyUsage::KEY_CERT_SIGN);
    match (profile.ca.is_some(), signs) {
        (true, false) => {
            return Err("a CA needs keyCertSign in keyUsage (RFC 5280 section 4.2.1.3)".into());
        }
        (false, true) => {
            return Err("keyCertSign is for CAs (RFC 5280 section 4.2.1.3); add `ca: {}` or take \
                        it out"
                .into());
        }
        _ => {}
    }
    if profile.ca.is_none() && entry.name_constraints.is_some() {
        return Err(
            "nameConstraints are for CAs (RFC 5280 section 4.2.1.10); use `names` for the \
                    names of an end entity"
                .into(),
        );
    }
    if profile.ca.is_some() && profile.fabric.is_some() {
        return Err("a CA is no identity of Fabric; take `fabric` out".into());
    }
    let constraints = entry.name_constraints.as_ref();
    if constraints.is_some_and(|rules| rules.permitted.is_empty() && rules.excluded.is_empty()) {
        return Err("nameConstraints: say what is permitted or excluded".into());
    }
    Ok(())
}

/// RFC 6960 section 4.2.2.2: who signs answers is meant for nothing else that matters here.
fn of_ocsp(profile: &Profile, entry: &Entry) -> Result<(), String> {
    let signs_answers = profile.purposes.contains(&oid::OCSP_SIGNING);
    if entry.ocsp_no_check == Some(true) && !signs_answers {
        return Err("ocspNoCheck is for signers of OCSP answers; add OCSPSigning to \
                    extendedKeyUsage, or take it out"
            .into());
    }
    if signs_answers && profile.ca.is_some() {
        return Err("a CA signs OCSP answers without OCSPSigning; take it out".into());
    }
    if signs_answers && !profile.usage.contains(KeyUsage::DIGITAL_SIGNATURE) {
        return Err("OCSPSigning needs digitalSignature in keyUsage".into());
    }
    Ok(())
}
