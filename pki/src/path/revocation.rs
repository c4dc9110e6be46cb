// SPDX-License-Identifier: Apache-2.0
//! Whether a certificate is on a CRL of its issuer that can be relied on (RFC 5280 section 6.3), or an OCSP
//! answer says so (`ocsp`).
//!
//! Complete CRLs of the issuer itself, signed by the key that signed the certificate, and delta
//! CRLs that amend them (section 5.2.4). Indirect and partial ones are refused by name, and
//! certificates about which nothing is known are refused too.

use super::node::{Facts, Node, Verdicts};
use super::{Budget, Options, Rule, Verifier};
use crate::extension::{
    CrlNumber, DeltaCrlIndicator, Extensions, GeneralName, IssuingDistributionPoint, KeyUsage,
    ReasonCode, TypedExtension,
};
use crate::{Crl, Error, Time, oid};

/// A CRL with what the check needs of it, read once.
#[derive(Debug)]
pub(super) struct CrlNode {
    crl: Crl,
    scope: Result<Scope, String>,
    verdicts: Verdicts,
}

/// What a CRL is about.
#[derive(Debug)]
struct Scope {
    point: Option<IssuingDistributionPoint>,
    /// Its number, without leading zeros.
    number: Option<Vec<u8>>,
    /// In a delta CRL, the least number of a complete one that it amends.
    amends: Option<Vec<u8>>,
}

impl CrlNode {
    pub(super) fn new(crl: Crl) -> Self {
        let scope = scope(&crl);
        Self { crl, scope, verdicts: Verdicts::default() }
    }

    fn scope(&self) -> Result<&Scope, Rule> {
        self.scope.as_ref().map_err(|why| Rule::Crl(why.clone()))
    }

    /// Later ones are greater. Of two that were made in one second the number decides, and then
    /// anything that does not depend on the order in which they are at hand.
    fn age(&self) -> (Time, usize, &[u8], &[u8]) {
        let number = self.scope.as_ref().ok().and_then(|scope| scope.number.as_deref());
        let number = number.unwrap_or_default();
        (self.crl.this_update(), number.len(), number, self.crl.as_der())
    }

    fn is_delta(&self) -> bool {
        self.scope.as_ref().is_ok_and(|scope| scope.amends.is_some())
    }

    /// Whether this delta amends that complete CRL: of the same scope, made for it or one before
    /// it, and later than it.
    fn amends(&self, base: &Self) -> bool {
        let (Ok(mine), Ok(theirs)) = (&self.scope, &base.scope) else {
            return false;
        };
        let (Some(from), Some(own)) = (&mine.amends, &mine.number) else {
            return false;
        };
        let number = theirs.number.as_ref();
        mine.point == theirs.point
            && number.is_some_and(|number| !is_less(number, from) && !is_less(own, number))
    }
}

/// Of big-endian numbers without leading zeros.
fn is_less(a: &[u8], b: &[u8]) -> bool {
    (a.len(), a) < (b.len(), b)
}

/// What is at hand, what is asked for, and the time that counts.
pub(super) struct Asked<'a> {
    pub(super) verifier: &'a Verifier,
    pub(super) options: &'a Options,
    pub(super) time: Time,
}

/// Judges one certificate by what is at hand: it is good if a CRL or an answer says so and neither says that
/// it was revoked.
pub(super) fn check(
    asked: &Asked<'_>,
    node: &Node,
    issuer: &Node,
    budget: &mut Budget,
) -> Result<(), Rule> {
    let by_answer = super::ocsp::check(asked, node, issuer, budget)?;
    match (by_answer, by_crl(asked, node, issuer, budget)) {
        (_, Err(rule @ (Rule::Revoked { .. } | Rule::Budget))) => Err(rule),
        (Some(Err(rule @ Rule::Revoked { .. })), _) => Err(rule),
        (Some(Ok(())), _) | (_, Ok(())) => Ok(()),
        (Some(Err(rule)), Err(Rule::NoCrl)) => Err(rule),
        (_, Err(rule)) => Err(rule),
    }
}

/// Judges one certificate by the newest usable CRL of its issuer, and the newest delta to it.
pub(super) fn by_crl(
    asked: &Asked<'_>,
    node: &Node,
    issuer: &Node,
    budget: &mut Budget,
) -> Result<(), Rule> {
    let mut problem = Rule::NoCrl;
    let mut lists = Vec::new();
    for candidate in &asked.verifier.crls {
        if candidate.crl.issuer() != node.certificate().issuer() {
            continue;
        }
        match usable(candidate, asked, node, issuer, budget) {
            Ok(()) => lists.push(candidate),
            Err(Rule::Budget) => return Err(Rule::Budget),
            Err(rule) => problem = rule,
        }
    }
    let complete = lists.iter().copied().filter(|list| !list.is_delta());
    match complete.max_by_key(|list| list.age()) {
        Some(base) => decide(node, base, &lists),
        None if lists.is_empty() => Err(problem),
        None => Err(Rule::Crl("it is a delta CRL, and the one that it amends is not here".into())),
    }
}

fn decide(node: &Node, base: &CrlNode, lists: &[&CrlNode]) -> Result<(), Rule> {
    let serial = node.certificate().serial();
    let deltas = lists.iter().filter(|list| list.is_delta() && list.amends(base));
    let delta = deltas.max_by_key(|list| list.age());
    let entry = delta.and_then(|delta| delta.crl.find(serial));
    let Some(entry) = entry.or_else(|| base.crl.find(serial)) else {
        return Ok(());
    };
    match entry.reason()? {
        // Meant for delta CRLs; in a complete one it still says "not revoked any more".
        ReasonCode::RemoveFromCrl => Ok(()),
        reason => Err(Rule::Revoked { date: entry.date(), reason }),
    }
}

fn usable(
    candidate: &CrlNode,
    asked: &Asked<'_>,
    node: &Node,
    issuer: &Node,
    budget: &mut Budget,
) -> Result<(), Rule> {
    let refuse = |why: &str| Err(Rule::Crl(why.to_owned()));
    let crl = &candidate.crl;
    let scope = candidate.scope()?;
    let usage = issuer.facts()?.usage;
    if usage.is_some_and(|usage| !usage.contains(KeyUsage::CRL_SIGN)) {
        return refuse("its issuer's keyUsage has no cRLSign");
    }
    let key = issuer.key(&asked.verifier.providers)?;
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
    fresh(crl, asked)?;
    if asked.options.policy.row().whole_crls {
        form(crl)?;
    }
    scope.point.as_ref().map_or(Ok(()), |point| covers(point, node.facts()?))
}

fn fresh(crl: &Crl, asked: &Asked<'_>) -> Result<(), Rule> {
    let time = asked.time;
    if time < crl.this_update() {
        return Err(Rule::Crl(format!("it is not valid before {}", crl.this_update())));
    }
    match crl.next_update() {
        Some(next) if next < time => Err(Rule::Crl(format!("it is out of date since {next}"))),
        None if asked.options.policy.row().whole_crls => {
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
fn scope(crl: &Crl) -> Result<Scope, String> {
    let known = [IssuingDistributionPoint::ID, CrlNumber::ID, DeltaCrlIndicator::ID];
    let extensions = crl.extensions();
    check_critical(extensions, &known)?;
    let text = |error: Error| error.to_string();
    for entry in crl.entries() {
        check_critical(entry.extensions(), &[oid::CRL_REASON, oid::INVALIDITY_DATE])?;
    }
    let number = extensions.get::<CrlNumber>().map_err(text)?.map(|number| number.0);
    let amends = extensions.get::<DeltaCrlIndicator>().map_err(text)?.map(|base| base.0);
    if amends.is_some() && number.is_none() {
        return Err("it is a delta CRL without a number".into());
    }
    let point: Option<IssuingDistributionPoint> = extensions.get().map_err(text)?;
    match &point {
        Some(point) if point.indirect => Err("it is indirect, which is not supported".into()),
        Some(point) if point.only_some_reasons.is_some() => {
            Err("it is about some reasons only, which is not supported".into())
        }
        Some(point) if point.only_attribute => Err("it is about attribute certificates".into()),
        Some(point) if point.relative.is_some() => {
            Err("its distribution point has a relative name, which is not supported".into())
        }
        _ => Ok(Scope { point, number, amends }),
    }
}

fn check_critical(
    extensions: &Extensions,
    known: &[const_oid::ObjectIdentifier],
) -> Result<(), String> {
    if let Some(id) = extensions.duplicate() {
        return Err(format!("an extension occurs twice: {}", oid::title(id)));
    }
    if extensions.find(oid::CERTIFICATE_ISSUER).is_some() {
        return Err("it is indirect, which is not supported".into());
    }
    let known = |id| known.contains(&id) || id == oid::AUTHORITY_KEY_IDENTIFIER;
    match extensions.iter().find(|e| e.critical && !known(e.id)) {
        Some(unknown) => Err(format!("unknown critical extension: {}", oid::title(unknown.id))),
        None => Ok(()),
    }
}
