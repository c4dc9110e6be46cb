// SPDX-License-Identifier: Apache-2.0
//! The rules that one certificate must keep: as the leaf, as an issuer, and under a policy.

use super::demands::{self, Of};
use super::name_constraints::Manner;
use super::node::{Facts, Node};
use super::{Options, Purpose, Rule};
use crate::extension::{ExtendedKeyUsage, GeneralName, KeyUsage};
use crate::{Certificate, Time, oid};

/// The rules of the certificate that was asked about.
pub(super) fn leaf(node: &Node, options: &Options, time: Time) -> Result<(), Rule> {
    dates(node.certificate(), time)?;
    let facts = node.facts()?;
    purpose(facts, options)?;
    host(node, options)?;
    demands::check(options.policy.row().demands, node, facts, Of::Leaf)
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
    let place = if is_anchor { Of::Root } else { Of::Ca };
    demands::check(options.policy.row().demands, node, facts, place)
}

pub(super) fn manner(options: &Options) -> Manner {
    Manner {
        common_name: options.common_name_as_host,
        no_leading_dot: !options.policy.row().dotted_constraints,
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
