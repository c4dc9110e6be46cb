// SPDX-License-Identifier: Apache-2.0
//! Whether a certificate is on a CRL of its issuer that can be relied on (RFC 5280 section 6.3).
//!
//! Complete CRLs of the issuer itself, signed by the key that signed the certificate. Delta,
//! indirect and partial ones are refused by name, and certificates about which nothing is known
//! are refused too.

use super::node::{Facts, Node, Verdicts};
use super::{Budget, Options, Policy, Rule, Verifier};
use crate::extension::{
    CrlNumber, Extensions, GeneralName, IssuingDistributionPoint, KeyUsage, ReasonCode,
};
use crate::{Crl, Error, Time, oid};

/// A CRL with what the check needs of it, read once.
#[derive(Debug)]
pub(super) struct CrlNode {
    crl: Crl,
    scope: Result<Option<IssuingDistributionPoint>, String>,
    verdicts: Verdicts,
}

impl CrlNode {
    pub(super) fn new(crl: Crl) -> Self {
        let scope = scope(&crl);
        Self { crl, scope, verdicts: Verdicts::default() }
    }
}

/// Judges one certificate by the newest usable CRL of its issuer.
pub(super) fn check(
    verifier: &Verifier,
    node: &Node,
    issuer: &Node,
    options: &Options,
    budget: &mut Budget,
) -> Result<(), Rule> {
    let mut problem = Rule::NoCrl;
    let mut newest: Option<&Crl> = None;
    for candidate in &verifier.crls {
        if candidate.crl.issuer() != node.certificate().issuer() {
            continue;
        }
        match usable(candidate, verifier, node, issuer, options, budget) {
            Ok(()) if newest.is_none_or(|n| n.this_update() < candidate.crl.this_update()) => {
                newest = Some(&candidate.crl);
            }
            Ok(()) => {}
            Err(Rule::Budget) => return Err(Rule::Budget),
            Err(rule) => problem = rule,
        }
    }
    let Some(crl) = newest else {
        return Err(problem);
    };
    match crl.find(node.certificate().serial()) {
        None => Ok(()),
        Some(entry) => match entry.reason()? {
            // Only delta CRLs have it; in a complete one it still says "not revoked any more".
            ReasonCode::RemoveFromCrl => Ok(()),
            reason => Err(Rule::Revoked { date: entry.date(), reason }),
        },
    }
}

fn usable(
    candidate: &CrlNode,
    verifier: &Verifier,
    node: &Node,
    issuer: &Node,
    options: &Options,
    budget: &mut Budget,
) -> Result<(), Rule> {
    let refuse = |why: &str| Err(Rule::Crl(why.to_owned()));
    let crl = &candidate.crl;
    let scope = candidate.scope.as_ref().map_err(|why| Rule::Crl(why.clone()))?;
    let usage = issuer.facts()?.usage;
    if usage.is_some_and(|usage| !usage.contains(KeyUsage::CRL_SIGN)) {
        return refuse("its issuer's keyUsage has no cRLSign");
    }
    let key = issuer.key(&verifier.providers)?;
    let verdict = candidate.verdicts.judge(
        key.public_key(),
        || budget.verify(),
        || crl.verify_signature_with(key.as_ref()),
    );
    match verdict {
        Err(Rule::Budget) => return Err(Rule::Budget),
        Err(Rule::Malformed(_)) => return refuse("its signature is not by the issuer's key"),
        Err(rule) => return refuse(&rule.to_string()),
        Ok(()) => {}
    }
    fresh(crl, options)?;
    if options.policy != Policy::Field {
        form(crl)?;
    }
    scope.as_ref().map_or(Ok(()), |scope| covers(scope, node.facts()?))
}

fn fresh(crl: &Crl, options: &Options) -> Result<(), Rule> {
    let time = Time::new(options.time);
    if time < crl.this_update() {
        return Err(Rule::Crl(format!("it is not valid before {}", crl.this_update())));
    }
    match crl.next_update() {
        Some(next) if next < time => Err(Rule::Crl(format!("it is out of date since {next}"))),
        None if options.policy != Policy::Field => {
            Err(Rule::Crl("it does not say until when it holds".to_owned()))
        }
        _ => Ok(()),
    }
}

/// What RFC 5280 section 5.2.3 demands of issuers of CRLs.
fn form(crl: &Crl) -> Result<(), Rule> {
    match crl.extensions().find(oid::CRL_NUMBER) {
        Some(number) if !number.critical => Ok(()),
        _ => Err(Rule::Crl("it has no cRLNumber, or marks it critical".to_owned())),
    }
}

/// Whether the CRL is about this certificate.
fn covers(scope: &IssuingDistributionPoint, facts: &Facts) -> Result<(), Rule> {
    let refuse = |why: &str| Err(Rule::Crl(why.to_owned()));
    if scope.only_user && facts.is_ca() {
        return refuse("it is about end entities only");
    }
    if scope.only_ca && !facts.is_ca() {
        return refuse("it is about CAs only");
    }
    if scope.names.is_empty() {
        return Ok(());
    }
    let points = facts.points.iter().flat_map(|points| &points.0);
    let mut named = points.filter(|p| p.reasons.is_none()).flat_map(|point| &point.names);
    if named.any(|name: &GeneralName| scope.names.contains(name)) {
        return Ok(());
    }
    refuse("it is for a distribution point that the certificate does not name")
}

/// What the CRL is about, or why it is of no use to anybody here.
fn scope(crl: &Crl) -> Result<Option<IssuingDistributionPoint>, String> {
    let known = [oid::ISSUING_DISTRIBUTION_POINT, oid::CRL_NUMBER, oid::AUTHORITY_KEY_IDENTIFIER];
    check_critical(crl.extensions(), &known)?;
    let text = |error: Error| error.to_string();
    crl.extensions().get::<CrlNumber>().map_err(text)?;
    for entry in crl.entries() {
        check_critical(entry.extensions(), &[oid::CRL_REASON, oid::INVALIDITY_DATE])?;
    }
    let scope: Option<IssuingDistributionPoint> = crl.extensions().get().map_err(text)?;
    match &scope {
        Some(scope) if scope.indirect => Err("it is indirect, which is not supported".into()),
        Some(scope) if scope.only_some_reasons.is_some() => {
            Err("it is about some reasons only, which is not supported".into())
        }
        Some(scope) if scope.only_attribute => Err("it is about attribute certificates".into()),
        Some(scope) if scope.relative.is_some() => {
            Err("its distribution point has a relative name, which is not supported".into())
        }
        _ => Ok(scope),
    }
}

fn check_critical(
    extensions: &Extensions,
    known: &[const_oid::ObjectIdentifier],
) -> Result<(), String> {
    if let Some(id) = extensions.duplicate() {
        return Err(format!("an extension occurs twice: {}", oid::title(id)));
    }
    // A delta without the critical flag would be taken for a complete list.
    if extensions.find(oid::DELTA_CRL_INDICATOR).is_some() {
        return Err("it is a delta CRL, which is not supported".into());
    }
    if extensions.find(oid::CERTIFICATE_ISSUER).is_some() {
        return Err("it is indirect, which is not supported".into());
    }
    match extensions.iter().find(|e| e.critical && !known.contains(&e.id)) {
        Some(unknown) => Err(format!("unknown critical extension: {}", oid::title(unknown.id))),
        None => Ok(()),
    }
}
