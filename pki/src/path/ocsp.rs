// SPDX-License-Identifier: Apache-2.0
//! Whether an OCSP answer that can be relied on says that a certificate is good (RFC 6960 section 3.2).
//!
//! Answers of the issuer itself, and of those whom it has certified for it directly (section 4.2.2.2). A
//! responder whose certificate does not say that it need not be checked must be good by a CRL of the issuer.

use super::node::{Node, Verdicts};
use super::revocation::{Asked, by_crl};
use super::{Budget, Rule};
use crate::extension::{ExtendedKeyUsage, Extensions, KeyUsage};
use crate::ocsp::{CertStatus, OcspResponse, Responder, Status};
use crate::oid;
use bccsp::Providers;
use bccsp::encoding::algorithm::{UNNAMED_DIGEST, naming_digest};

/// An answer with what the check needs of it, read once.
#[derive(Debug)]
pub(super) struct OcspNode {
    response: OcspResponse,
    certificates: Vec<Node>,
    verdicts: Verdicts,
}

impl OcspNode {
    pub(super) fn new(response: OcspResponse) -> Self {
        let certificates = response.certificates().iter().cloned().map(Node::new).collect();
        Self { response, certificates, verdicts: Verdicts::default() }
    }
}

/// What the newest usable answer about a certificate says; `None` when there is no answer about it.
///
/// # Errors
/// [`Rule::Budget`] only.
pub(super) fn check(
    asked: &Asked<'_>,
    node: &Node,
    issuer: &Node,
    budget: &mut Budget,
) -> Result<Option<Result<(), Rule>>, Rule> {
    let (mut best, mut problem): (Option<&CertStatus>, _) = (None, None);
    for candidate in &asked.verifier.answers {
        for one in candidate.response.statuses() {
            budget.compare()?;
            let (certificate, by) = (node.certificate(), issuer.certificate());
            match one.is_about(&asked.verifier.providers, certificate, by) {
                Ok(false) => continue,
                Ok(true) => {}
                Err(error) => {
                    problem = Some(Rule::Ocsp(error.to_string()));
                    continue;
                }
            }
            match usable(candidate, one, asked, issuer, budget) {
                Ok(()) if best.is_none_or(|best| age(best) < age(one)) => best = Some(one),
                Ok(()) => {}
                Err(Rule::Budget) => return Err(Rule::Budget),
                Err(rule) => problem = Some(rule),
            }
        }
    }
    let verdict = best.map(|one| match one.status() {
        Status::Good => Ok(()),
        Status::Revoked { date, reason } => Err(Rule::Revoked { date, reason }),
        Status::Unknown => Err(refused("its responder does not know the certificate")),
    });
    Ok(verdict.or(problem.map(Err)))
}

/// Later ones are greater; of two of one second, the one that does not say "good".
fn age(one: &CertStatus) -> (crate::Time, bool) {
    (one.this_update(), one.status() != Status::Good)
}

fn refused(why: &str) -> Rule {
    Rule::Ocsp(why.to_owned())
}

fn usable(
    candidate: &OcspNode,
    one: &CertStatus,
    asked: &Asked<'_>,
    issuer: &Node,
    budget: &mut Budget,
) -> Result<(), Rule> {
    no_critical(candidate.response.extensions(), &[oid::OCSP_NONCE])?;
    no_critical(one.extensions(), &[])?;
    let time = asked.time;
    if time < one.this_update() {
        return Err(Rule::Ocsp(format!("it is not valid before {}", one.this_update())));
    }
    match one.next_update() {
        Some(next) if next < time => {
            return Err(Rule::Ocsp(format!("it is out of date since {next}")));
        }
        // Then it holds for the moment in which it was made, and nobody knows when that was.
        None => return Err(refused("it does not say until when it holds")),
        Some(_) => {}
    }
    let signer = signer(candidate, asked, issuer, budget)?;
    signed(candidate, signer, asked, budget)
}

fn no_critical(extensions: &Extensions, known: &[const_oid::ObjectIdentifier]) -> Result<(), Rule> {
    match extensions.iter().find(|extension| extension.critical && !known.contains(&extension.id)) {
        None => Ok(()),
        Some(unknown) => {
            let name = oid::title(unknown.id);
            Err(Rule::Ocsp(format!("unknown critical extension: {name}")))
        }
    }
}

/// Who has signed: the issuer, or one of those that came along.
fn signer<'a>(
    candidate: &'a OcspNode,
    asked: &Asked<'_>,
    issuer: &'a Node,
    budget: &mut Budget,
) -> Result<&'a Node, Rule> {
    let (responder, providers) = (candidate.response.responder(), &asked.verifier.providers);
    if is_meant(responder, issuer, providers) {
        return Ok(issuer);
    }
    let mut problem = refused("the certificate of its responder is not in it");
    for node in &candidate.certificates {
        if !is_meant(responder, node, providers) {
            continue;
        }
        match delegated(node, asked, issuer, budget) {
            Ok(()) => return Ok(node),
            Err(Rule::Budget) => return Err(Rule::Budget),
            Err(rule) => problem = rule,
        }
    }
    Err(problem)
}

fn is_meant(responder: &Responder, node: &Node, providers: &Providers) -> bool {
    match responder {
        Responder::Name(name) => name == node.certificate().subject(),
        Responder::Key(digest) => {
            let key = node.certificate().public_key_info().key_bytes();
            naming_digest(providers, UNNAMED_DIGEST, &[key]).is_ok_and(|own| own == *digest)
        }
    }
}

/// Whether the issuer has certified it for answering (RFC 6960 section 4.2.2.2).
fn delegated(
    node: &Node,
    asked: &Asked<'_>,
    issuer: &Node,
    budget: &mut Budget,
) -> Result<(), Rule> {
    let refuse = |why: &str| Err(Rule::Ocsp(format!("the certificate of its responder {why}")));
    let certificate = node.certificate();
    if certificate.issuer() != issuer.certificate().subject() {
        return refuse("is not by the issuer of the certificate in question");
    }
    let key = issuer.key(&asked.verifier.providers)?;
    match node.is_signed_by(key.as_ref(), || budget.verify()) {
        Err(Rule::Budget) => return Err(Rule::Budget),
        Err(_) => return refuse("is not signed by the issuer's key"),
        Ok(()) => {}
    }
    if asked.time < certificate.not_before() || asked.time > certificate.not_after() {
        return refuse("is not valid at this time");
    }
    let Ok(facts) = node.facts() else { return refuse("cannot be read") };
    let answers = |ExtendedKeyUsage(list): &ExtendedKeyUsage| list.contains(&oid::OCSP_SIGNING);
    if !facts.purposes.as_ref().is_some_and(answers) {
        return refuse("is not meant for OCSP signing");
    }
    if facts.usage.is_some_and(|usage| !usage.contains(KeyUsage::DIGITAL_SIGNATURE)) {
        return refuse("has a keyUsage without digitalSignature");
    }
    if certificate.extensions().find(oid::OCSP_NO_CHECK).is_some() {
        return Ok(());
    }
    match by_crl(asked, node, issuer, budget) {
        Err(Rule::Budget) => Err(Rule::Budget),
        Err(rule) => refuse(&format!("may have been revoked: {rule}")),
        Ok(()) => Ok(()),
    }
}

fn signed(
    candidate: &OcspNode,
    signer: &Node,
    asked: &Asked<'_>,
    budget: &mut Budget,
) -> Result<(), Rule> {
    let key = signer.key(&asked.verifier.providers)?;
    let verdict = candidate.verdicts.judge(
        key.public_key(),
        || budget.verify(),
        || candidate.response.verify_signature_with(key.as_ref()),
    );
    match verdict {
        Err(Rule::Malformed(_)) => Err(refused("its signature is not by its responder's key")),
        Err(Rule::Budget) => Err(Rule::Budget),
        Err(rule) => Err(Rule::Ocsp(rule.to_string())),
        Ok(()) => Ok(()),
    }
}
