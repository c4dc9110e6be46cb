// SPDX-License-Identifier: Apache-2.0
//! The rules that one certificate must keep: as the leaf, as an issuer, and under a policy.

use super::host::is_dns_name;
use super::name_constraints::Manner;
use super::node::{Facts, Node};
use super::{Options, Policy, Purpose, Rule, web};
use crate::extension::{ExtendedKeyUsage, GeneralName, KeyUsage};
use crate::{Certificate, Time, oid};

/// The rules of the certificate that was asked about.
pub(super) fn leaf(node: &Node, options: &Options, time: Time) -> Result<(), Rule> {
    dates(node.certificate(), time)?;
    let facts = node.facts()?;
    purpose(facts, options)?;
    host(node, options)?;
    form(node, facts, false, options)?;
    leaf_form(node, facts, options)
}

/// The rules of a certificate that stands behind `path` as its issuer.
pub(super) fn issuer(
    node: &Node,
    path: &[&Node],
    is_anchor: bool,
    options: &Options,
    time: Time,
) -> Result<(), Rule> {
    dates(node.certificate(), time)?;
    let facts = node.facts()?;
    // Before version 3 there was no way to say "CA": as an anchor its trust is ours to give.
    let old_anchor = is_anchor && node.certificate().version() < 3;
    let may_issue = facts.is_ca() || (old_anchor && facts.basic.is_none());
    if !may_issue {
        return Err(Rule::NotACa);
    }
    if facts.usage.is_some_and(|usage| !usage.contains(KeyUsage::KEY_CERT_SIGN)) {
        return Err(Rule::NoKeyCertSign);
    }
    path_len(facts, path)?;
    if let (Some(wanted), Some(purposes)) = (options.purpose.id(), &facts.purposes) {
        let any = oid::ANY_EXTENDED_KEY_USAGE;
        if !purposes.0.contains(&wanted) && !purposes.0.contains(&any) {
            return Err(Rule::Purpose { wanted: options.purpose });
        }
    }
    form(node, facts, is_anchor, options)?;
    issuer_form(node, facts, is_anchor, options)
}

pub(super) fn manner(options: &Options) -> Manner {
    Manner {
        common_name: options.common_name_as_host,
        no_leading_dot: options.policy != Policy::Field,
    }
}

fn dates(certificate: &Certificate, time: Time) -> Result<(), Rule> {
    if time < certificate.not_before() {
        return Err(Rule::NotYetValid { from: certificate.not_before() });
    }
    if time > certificate.not_after() {
        return Err(Rule::Expired { until: certificate.not_after() });
    }
    Ok(())
}

/// How many CAs stand between an issuer and the leaf, self-issued ones not counted
/// (RFC 5280 section 4.2.1.9).
fn path_len(facts: &Facts, path: &[&Node]) -> Result<(), Rule> {
    let Some(allowed) = facts.basic.and_then(|basic| basic.path_len) else {
        return Ok(());
    };
    let below = path.iter().skip(1).filter(|node| !node.certificate().is_self_issued()).count();
    if u32::try_from(below).is_ok_and(|below| below <= allowed) {
        return Ok(());
    }
    Err(Rule::PathTooLong { allowed })
}

fn purpose(facts: &Facts, options: &Options) -> Result<(), Rule> {
    let Some(wanted) = options.purpose.id() else {
        return Ok(());
    };
    let fits = |ExtendedKeyUsage(purposes): &ExtendedKeyUsage| {
        purposes.contains(&wanted) || purposes.contains(&oid::ANY_EXTENDED_KEY_USAGE)
    };
    if !facts.purposes.as_ref().is_none_or(fits) {
        return Err(Rule::Purpose { wanted: options.purpose });
    }
    // RFC 5280 section 4.2.1.12 names the key usages that are consistent with each purpose.
    let needed = match options.purpose {
        Purpose::ServerAuth => {
            KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT | KeyUsage::KEY_AGREEMENT
        }
        Purpose::ClientAuth => KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT,
        Purpose::Any | Purpose::Other(_) => return Ok(()),
    };
    if facts.usage.is_some_and(|usage| !usage.intersects(needed)) {
        return Err(Rule::KeyUsage { wanted: options.purpose });
    }
    Ok(())
}

fn host(node: &Node, options: &Options) -> Result<(), Rule> {
    let Some(host) = &options.host else {
        return Ok(());
    };
    let subject = node.certificate().subject();
    let mut names = node.alt_names().to_vec();
    if options.common_name_as_host && !node.has_host_names() {
        let name = subject.common_name().unwrap_or_default().to_owned();
        names.extend(GeneralName::ip(&name));
        names.push(GeneralName::Dns(name));
    }
    if names.iter().any(|name| host.is(name)) {
        return Ok(());
    }
    let found: Vec<String> = names.iter().map(crate::text::general_name).collect();
    let found = if found.is_empty() {
        "no host at all (no subjectAltName)".into()
    } else {
        found.join(", ")
    };
    Err(Rule::Host { host: host.clone(), found })
}

/// What RFC 5280 section 4 demands of every certificate.
fn form(node: &Node, facts: &Facts, is_anchor: bool, options: &Options) -> Result<(), Rule> {
    if options.policy == Policy::Field {
        return Ok(());
    }
    let certificate = node.certificate();
    if certificate.version() != 3 {
        return Err(Rule::Policy("its version is not 3"));
    }
    serial(certificate.serial())?;
    if certificate.issuer().is_empty() {
        return Err(Rule::Policy("the name of its issuer is empty"));
    }
    let critical = |id| certificate.extensions().find(id).is_some_and(|e| e.critical);
    if critical(oid::AUTHORITY_KEY_IDENTIFIER) || critical(oid::SUBJECT_KEY_IDENTIFIER) {
        return Err(Rule::Policy("a key identifier is marked critical"));
    }
    let authority = facts.authority.as_ref().and_then(|aki| aki.key_id.as_ref());
    // Who issued an anchor does not matter: a cross-signed root may be silent about it.
    if authority.is_none() && !certificate.is_self_issued() && !is_anchor {
        return Err(Rule::Policy("it has no authorityKeyIdentifier"));
    }
    let named_elsewhere = critical(oid::SUBJECT_ALT_NAME) && !facts.names.is_empty();
    if certificate.subject().is_empty() && !named_elsewhere {
        return Err(Rule::Policy("it has neither a subject nor critical alternative names"));
    }
    if facts.names.iter().any(|name| !is_well_formed(name)) {
        return Err(Rule::Policy("an alternative name that is no host or mailbox"));
    }
    if certificate.extensions().find(oid::POLICY_CONSTRAINTS).is_some() {
        // RFC 5280 section 4.2.1.11 wants it critical, and critical it is refused before.
        return Err(Rule::Policy("its policyConstraints are not marked critical"));
    }
    Ok(())
}

/// Host names in the preferred syntax, mailboxes with user and host (RFC 5280 section 4.2.1.6).
fn is_well_formed(name: &GeneralName) -> bool {
    match name {
        GeneralName::Dns(dns) => {
            let host = dns.strip_prefix("*.").unwrap_or(dns);
            is_dns_name(host) && !host.contains('_')
        }
        GeneralName::Email(mailbox) => {
            let parts = mailbox.rsplit_once('@');
            parts.is_some_and(|(user, host)| !user.is_empty() && is_dns_name(host))
        }
        GeneralName::Ip(bytes) => matches!(bytes.len(), 4 | 16),
        _ => true,
    }
}

/// Positive and at most 20 octets (RFC 5280 section 4.1.2.2).
fn serial(serial: &[u8]) -> Result<(), Rule> {
    let positive = serial.first().is_some_and(|byte| *byte < 0x80) && serial != [0];
    if positive && serial.len() <= 20 {
        return Ok(());
    }
    Err(Rule::Policy("its serial number is not positive or longer than 20 octets"))
}

/// What RFC 5280 section 4 demands of CAs.
fn issuer_form(node: &Node, facts: &Facts, is_anchor: bool, options: &Options) -> Result<(), Rule> {
    if options.policy == Policy::Field {
        return Ok(());
    }
    let certificate = node.certificate();
    let critical = |id| certificate.extensions().find(id).is_none_or(|e| e.critical);
    if facts.key_id.is_none() {
        return Err(Rule::Policy("a CA without subjectKeyIdentifier"));
    }
    if certificate.subject().is_empty() {
        return Err(Rule::Policy("a CA without a name"));
    }
    if !critical(oid::BASIC_CONSTRAINTS) {
        return Err(Rule::Policy("a CA whose basicConstraints are not marked critical"));
    }
    if facts.usage.is_none() && facts.basic.is_some_and(|basic| basic.path_len.is_some()) {
        return Err(Rule::Policy("a CA with pathLenConstraint and without keyUsage"));
    }
    if options.policy == Policy::Rfc5280 && !critical(oid::NAME_CONSTRAINTS) {
        return Err(Rule::Policy("a CA whose nameConstraints are not marked critical"));
    }
    if options.policy == Policy::WebPki { web::issuer(node, facts, is_anchor) } else { Ok(()) }
}

/// What RFC 5280 section 4 demands of end entities.
fn leaf_form(node: &Node, facts: &Facts, options: &Options) -> Result<(), Rule> {
    if options.policy == Policy::Field {
        return Ok(());
    }
    let signs_certificates =
        facts.usage.is_some_and(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN));
    if signs_certificates && !facts.is_ca() {
        return Err(Rule::Policy("keyCertSign without being a CA"));
    }
    if facts.constraints.is_some() && !facts.is_ca() {
        return Err(Rule::Policy("nameConstraints without being a CA"));
    }
    if options.policy == Policy::WebPki { web::leaf(node, facts) } else { Ok(()) }
}
