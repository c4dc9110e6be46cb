// SPDX-License-Identifier: Apache-2.0
//! Certificates, requests and chains of them: by which key, under which ID and digest each signature
//! holds, and whether the path does.

use crate::digest::{self, Id};
use crate::object::{self, Object};
use crate::rules::{self, Rule};
use crate::verify::{self, Candidate, Found};
use crate::{Finding, Options};
use bccsp::Providers;
use pki::path::Verifier;
use pki::{AlgorithmId, Certificate, PublicKeyInfo, Request};

/// A certificate and the file it is from.
pub(crate) type Named<'a> = (&'a str, &'a Certificate);

/// What is to be said of every certificate among the files.
pub(crate) fn certificates(
    providers: &Providers,
    all: &[Named<'_>],
    options: &Options<'_>,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        all.iter().map(|one| certificate(providers, one, all, options)).collect();
    let sound = findings.iter().all(|finding| finding.rules.is_empty());
    if sound && let Some(finding) = path(providers, all, options) {
        findings.push(finding);
    }
    findings
}

fn certificate(
    providers: &Providers,
    (name, certificate): &Named<'_>,
    all: &[Named<'_>],
    options: &Options<'_>,
) -> Finding {
    let subject = certificate.subject();
    let beware = oddities(certificate.signature_algorithm(), certificate.public_key_info());
    let differ = certificate.signature_algorithm() != certificate.inner_signature_algorithm();
    if differ {
        let what = format!("certificate of {subject}");
        return Finding::new(&[name], false, what, vec![&rules::ALGORITHMS_DIFFER]);
    }
    let issuers: Vec<&Named<'_>> =
        all.iter().filter(|(_, other)| other.subject() == certificate.issuer()).collect();
    let keys: Vec<Candidate> = issuers
        .iter()
        .flat_map(|(from, issuer)| candidates(providers, from, issuer.public_key_info()))
        .collect();
    if let Some(rule) = bad_key(providers, certificate.public_key_info()) {
        let what = format!("certificate of {subject}: its key is none");
        return Finding::new(&[name], false, what, vec![rule]);
    }
    if keys.is_empty() {
        let what = format!("certificate of {subject}: whether it holds cannot be said");
        return Finding::new(&[name], true, what, Vec::new())
            .beware(&beware)
            .beware(&[&rules::ISSUER_MISSING]);
    }
    let others = all.iter().filter(|(_, other)| other.subject() != certificate.issuer());
    let others =
        others.flat_map(|(from, other)| candidates(providers, from, other.public_key_info()));
    let others: Vec<Candidate> = others.map(of_another).collect();
    let ids = digest::ids(&options.ids, &[certificate.issuer().to_string().into_bytes()]);
    let found = verify::search(
        providers,
        &[keys, others].concat(),
        &ids,
        certificate.tbs(),
        certificate.signature(),
    );
    signed(&format!("certificate of {subject}"), name, found, &rules::ISSUER_KEY).beware(&beware)
}

fn of_another(mut candidate: Candidate) -> Candidate {
    candidate.rules.push(&rules::KEY_OTHER);
    candidate
}

/// The finding about an object that carries its signature with it.
fn signed(what: &str, name: &str, found: Found, otherwise: &'static Rule) -> Finding {
    match found {
        Found::Hit(hit) => {
            let mut about = vec![name];
            if hit.from != name {
                about.push(&hit.from);
            }
            let id = hit.id.as_deref().map(id_in_words).unwrap_or_default();
            let what =
                format!("{what}: signed by the {} key of {}{id}", hit.key.algorithm(), hit.from);
            Finding::new(&about, true, what, hit.rules.clone())
        }
        Found::Nothing(mut rules) => {
            rules.push(otherwise);
            Finding::new(&[name], false, format!("{what}: its signature holds in no way"), rules)
        }
    }
}

/// `, ID …` for people; nothing where keys have none.
pub(crate) fn id_in_words(id: &[u8]) -> String {
    match core::str::from_utf8(id) {
        Ok("") => ", empty ID".to_owned(),
        Ok(text) if !text.chars().any(char::is_control) => format!(", ID {text}"),
        _ => format!(", ID {} (hex)", hex::encode(id)),
    }
}

/// What a request is worth: its proof of possession, and CFCA's form.
pub(crate) fn request(providers: &Providers, name: &str, request: &Request, ids: &[Id]) -> Finding {
    let mut beware = oddities(request.signature_algorithm(), request.public_key_info());
    let bare = request
        .attributes()
        .iter()
        .any(|attribute| attribute.id == pki::oid::CHALLENGE_PASSWORD && !attribute.is_set);
    if bare {
        beware.push(&rules::REQUEST_CFCA);
    }
    let subject = request.subject();
    if let Some(rule) = bad_key(providers, request.public_key_info()) {
        let what = format!("request of {subject}: its key is none");
        return Finding::new(&[name], false, what, vec![rule]);
    }
    let keys = candidates(providers, name, request.public_key_info());
    let found = verify::search(providers, &keys, ids, request.info(), request.signature());
    signed(&format!("request of {subject}"), name, found, &rules::SIGNATURE_WRONG).beware(&beware)
}

/// The keys that a SubjectPublicKeyInfo may hold.
pub(crate) fn candidates(
    providers: &Providers,
    from: &str,
    info: &PublicKeyInfo,
) -> Vec<Candidate> {
    let Some(algorithm) = info.key_algorithm() else { return Vec::new() };
    let file = object::public_point(providers, algorithm.suite(), info.key_bytes());
    let candidate = |point: crate::point::Point| Candidate {
        key: point.key,
        // Compressed points are read everywhere here.
        rules: point.rules.into_iter().filter(|rule| **rule != rules::POINT_COMPRESSED).collect(),
        from: from.to_owned(),
    };
    file.points.into_iter().map(candidate).collect()
}

fn bad_key(providers: &Providers, info: &PublicKeyInfo) -> Option<&'static Rule> {
    let algorithm = info.key_algorithm()?;
    object::public_point(providers, algorithm.suite(), info.key_bytes()).wrong
}

/// What is allowed, and some programs refuse.
fn oddities(algorithm: &AlgorithmId, key: &PublicKeyInfo) -> Vec<&'static Rule> {
    let mut beware: Vec<&'static Rule> = Vec::new();
    if algorithm.parameters().is_some() {
        beware.push(&rules::PARAMETERS_NULL);
    }
    if crate::key::suite_of(&key.algorithm().id().to_string()).is_some() {
        beware.push(&rules::KEY_ALGORITHM);
    }
    if matches!(key.key_bytes().first(), Some(2 | 3)) && key.key_bytes().len() == 33 {
        beware.push(&rules::POINT_COMPRESSED);
    }
    beware
}

/// Judges the path from the certificate that issued no other to a root among the files.
fn path(providers: &Providers, all: &[Named<'_>], options: &Options<'_>) -> Option<Finding> {
    let path_options = options.path.as_ref()?;
    let roots = all.iter().filter(|(_, c)| c.is_self_issued()).map(|(_, c)| (*c).clone());
    let others: Vec<Certificate> =
        all.iter().filter(|(_, c)| !c.is_self_issued()).map(|(_, c)| (*c).clone()).collect();
    let issues = |c: &Certificate| all.iter().any(|(_, other)| other.issuer() == c.subject());
    let (name, leaf) = all.iter().find(|(_, c)| !c.is_self_issued() && !issues(c))?;
    let roots: Vec<Certificate> = roots.collect();
    if roots.is_empty() {
        return None;
    }
    let verifier = Verifier::new(providers, roots, others, []);
    Some(match verifier.verify(leaf, path_options) {
        Ok(path) => {
            let what = format!(
                "chain of {} certificates to {}",
                path.certificates().len(),
                path.anchor().subject()
            );
            Finding::new(&[name], true, what, Vec::new())
        }
        Err(failure) => {
            let what = format!("the chain does not hold: {failure}");
            Finding::new(&[name], false, what, vec![&rules::CHAIN_BROKEN])
        }
    })
}

/// Whether an object is a certificate.
pub(crate) fn as_certificate(object: &Object) -> Option<&Certificate> {
    match object {
        Object::Certificate(certificate) => Some(certificate),
        _ => None,
    }
}
