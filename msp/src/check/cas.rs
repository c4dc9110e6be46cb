// SPDX-License-Identifier: Apache-2.0
//! The CAs of a folder, for identities and for TLS: that they are CAs, and chain to each other.

use crate::finding::{Finding, Kind};
use crate::layout::Place;
use crate::{Error, Found, Msp, MspFolder, Parts};
use bccsp::Providers;
use pki::Certificate;
use pki::extension::{BasicConstraints, KeyUsage, SubjectKeyId};

pub(super) fn check(folder: &MspFolder, providers: &Providers) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    if folder.certificates(Place::CaCerts).is_empty() {
        let path = folder.path().join(Place::CaCerts.folder());
        let hint = "put the certificate of the root CA here";
        findings.push(Finding::error(Kind::NoCaCerts, &path, "no CA certificate is here", hint));
    }
    for (roots, intermediates) in [
        (Place::CaCerts, Place::IntermediateCerts),
        (Place::TlsCaCerts, Place::TlsIntermediateCerts),
    ] {
        let all = folder.certificates(roots).iter().chain(folder.certificates(intermediates));
        findings.extend(all.flat_map(form));
        for root in folder.certificates(roots) {
            findings.extend(self_signed(root, providers, intermediates));
        }
        findings.extend(chains(folder, providers, roots, intermediates)?);
    }
    Ok(findings)
}

/// What a CA certificate must say of itself.
fn form(found: &Found<Certificate>) -> Vec<Finding> {
    let extensions = found.item.extensions();
    let mut findings = Vec::new();
    let hint = "only CA certificates belong here: check that it is the right file";
    let mut not_a_ca = |what: &str| {
        findings.push(Finding::error(Kind::NotACa, &found.path, what, hint));
    };
    match extensions.get::<BasicConstraints>() {
        Ok(Some(basic)) if basic.ca => {}
        Ok(_) => not_a_ca("it does not say that it is a CA (basicConstraints)"),
        Err(error) => not_a_ca(&error.to_string()),
    }
    match extensions.get::<KeyUsage>() {
        Ok(Some(usage)) if !usage.contains(KeyUsage::KEY_CERT_SIGN) => {
            not_a_ca("its keyUsage has no keyCertSign");
        }
        Ok(_) => {}
        Err(error) => not_a_ca(&error.to_string()),
    }
    if !matches!(extensions.get::<SubjectKeyId>(), Ok(Some(_))) {
        let what = "it has no subjectKeyIdentifier";
        let hint = "Fabric refuses such a CA: issue it again with one";
        findings.push(Finding::warning(Kind::NoKeyId, &found.path, what, hint));
    }
    findings
}

fn self_signed(
    root: &Found<Certificate>,
    providers: &Providers,
    intermediates: Place,
) -> Option<Finding> {
    let certificate = &root.item;
    if !certificate.is_self_issued() {
        let what = format!("it was issued by {}, not by itself", certificate.issuer());
        let hint = format!("if it is an intermediate CA, move it to `{intermediates}`");
        return Some(Finding::warning(Kind::NotSelfSigned, &root.path, what, &hint));
    }
    let key = certificate.public_key(providers);
    let judged = key.and_then(|key| certificate.verify_signature(providers, &key));
    judged.err().map(|error| {
        let what = format!("it names itself as its issuer, but did not sign itself: {error}");
        let hint = "the file was changed or is another CA's: get it again from its source";
        Finding::error(Kind::NotSelfSigned, &root.path, what, hint)
    })
}

/// Whether every intermediate leads to a root.
fn chains(
    folder: &MspFolder,
    providers: &Providers,
    roots: Place,
    intermediates: Place,
) -> Result<Vec<Finding>, Error> {
    let own = |place| folder.certificates(place).iter().map(|f| f.item.clone()).collect();
    let crls = folder.crls().iter().map(|found| found.item.clone()).collect();
    let parts =
        Parts { roots: own(roots), intermediates: own(intermediates), crls, ..Parts::default() };
    let msp = match Msp::new(providers, parts) {
        Err(Error::NoCa) => None,
        other => Some(other?),
    };
    let mut findings = Vec::new();
    for found in folder.certificates(intermediates) {
        let why = match &msp {
            None => Some(format!("`{roots}` has no root")),
            Some(msp) => msp.judge_ca(&found.item)?.map(|why| why.to_string()),
        };
        findings.extend(why.map(|why| {
            let what = format!("it issues nobody here: {why}");
            let hint = format!("put its root into `{roots}`, or remove it");
            Finding::error(Kind::IntermediateDoesNotChain, &found.path, what, &hint)
        }));
    }
    Ok(findings)
}
