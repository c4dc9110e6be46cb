// SPDX-License-Identifier: Apache-2.0
//! Names of a certificate against the name constraints of a CA above it (RFC 5280 sections
//! 4.2.1.10 and 6.1.3 (b), (c)).
//!
//! The subject's distinguished name and its e-mail addresses are judged as well as the alternative
//! names. A common name is not a host name (RFC 9525 section 2) and judged only when the caller
//! takes it as one.

use super::host::{is_dns_name, split_mailbox};
use super::node::Node;
use super::{Budget, Rule};
use crate::extension::{GeneralName, NameConstraints};
use crate::{Name, oid};
use core::mem::discriminant;

/// How DNS names are compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// Take the common name for a host name where there is no alternative name.
    pub(super) common_name: bool,
    /// Refuse the DNS constraint `.example.com`, which RFC 5280 does not have and OpenSSL takes
    /// for "below example.com".
    pub(super) no_leading_dot: bool,
}

/// Judges all names of `node` by the constraints of the CA called `by`.
pub(super) fn check(
    constraints: &NameConstraints,
    node: &Node,
    manner: Manner,
    by: &Name,
    budget: &mut Budget,
) -> Result<(), Rule> {
    for name in names(node, manner) {
        let broken = |why| Rule::NameConstraint { name: show(&name), why, by: by.clone() };
        let excluded = any(&name, &constraints.excluded, true, manner, budget)?;
        if excluded.map_err(broken)?.is_some_and(|hit| hit) {
            return Err(broken("excluded"));
        }
        let permitted = any(&name, &constraints.permitted, false, manner, budget)?;
        if permitted.map_err(broken)?.is_some_and(|hit| !hit) {
            return Err(broken("not permitted"));
        }
    }
    Ok(())
}

fn names(node: &Node, manner: Manner) -> Vec<GeneralName> {
    let subject = node.certificate().subject();
    let mut all = node.alt_names().to_vec();
    if manner.common_name && !node.has_host_names() {
        all.extend(subject.common_name().map(|name| GeneralName::Dns(name.to_owned())));
    }
    let addresses = subject.values(oid::EMAIL_ADDRESS);
    all.extend(addresses.map(|address| GeneralName::Email(address.to_owned())));
    if !subject.is_empty() {
        all.push(GeneralName::Directory(subject.clone()));
    }
    all
}

/// Whether the name is within any of the bases of its kind; `None` without a base of its kind.
fn any(
    name: &GeneralName,
    bases: &[GeneralName],
    excluding: bool,
    manner: Manner,
    budget: &mut Budget,
) -> Result<Result<Option<bool>, &'static str>, Rule> {
    let mut found = None;
    for base in bases {
        budget.compare()?;
        if discriminant(name) != discriminant(base) {
            continue;
        }
        match within(name, base, excluding, manner) {
            Ok(hit) => found = Some(hit || found == Some(true)),
            Err(why) => return Ok(Err(why)),
        }
    }
    Ok(Ok(found))
}

/// What cannot be compared is an error: neither permitted nor surely not excluded.
fn within(
    name: &GeneralName,
    base: &GeneralName,
    excluding: bool,
    manner: Manner,
) -> Result<bool, &'static str> {
    match (name, base) {
        (GeneralName::Dns(name), GeneralName::Dns(base)) => {
            dns_within(name, base, excluding, manner)
        }
        (GeneralName::Email(name), GeneralName::Email(base)) => email_within(name, base),
        (GeneralName::Uri(name), GeneralName::Uri(base)) => uri_within(name, base),
        (GeneralName::Ip(name), GeneralName::Ip(base)) => ip_within(name, base),
        (GeneralName::Directory(name), GeneralName::Directory(base)) => Ok(name.is_within(base)),
        _ => Err("of a kind that cannot be judged"),
    }
}

const BAD_BASE: &str = "under a malformed constraint and refused";
const BAD_NAME: &str = "malformed and refused";

/// `example.com` holds itself and everything below. A wildcard stands for all names one label
/// deeper: permitted only if all are, excluded already if one is.
fn dns_within(
    name: &str,
    base: &str,
    excluding: bool,
    manner: Manner,
) -> Result<bool, &'static str> {
    let (bare, below_only) = match base.strip_prefix('.') {
        Some(_) if manner.no_leading_dot => return Err(BAD_BASE),
        Some(bare) => (bare, true),
        None => (base, false),
    };
    if !bare.is_empty() && !is_dns_name(bare) {
        return Err(BAD_BASE);
    }
    let (parent, wildcard) = match name.strip_prefix("*.") {
        Some(parent) => (parent, true),
        None => (name, false),
    };
    if !is_dns_name(parent) {
        return Err(BAD_NAME);
    }
    if bare.is_empty() {
        return Ok(true);
    }
    let below = is_below(parent, bare);
    let same = parent.eq_ignore_ascii_case(bare);
    if !wildcard {
        return Ok(below || (same && !below_only));
    }
    // All names below `parent` are below `bare` when `parent` is it or below it. One of them is,
    // or is `bare` itself, when `bare` is one label below `parent`.
    let above = bare.split_once('.').map(|(_, above)| above);
    let child = above.is_some_and(|above| above.eq_ignore_ascii_case(parent));
    Ok(below || same || (excluding && child))
}

/// Whether labels and a dot stand before `base` in `name`. Both are ASCII.
fn is_below(name: &str, base: &str) -> bool {
    let start = name.len().checked_sub(base.len());
    let parts = start.and_then(|start| name.split_at_checked(start));
    parts.is_some_and(|(rest, end)| rest.ends_with('.') && end.eq_ignore_ascii_case(base))
}

/// A mailbox, a host, or everything below a host when it begins with a dot.
fn email_within(name: &str, base: &str) -> Result<bool, &'static str> {
    let (user, host) = split_mailbox(name).ok_or(BAD_NAME)?;
    if let Some((base_user, base_host)) = base.rsplit_once('@') {
        return Ok(user == base_user && host.eq_ignore_ascii_case(base_host));
    }
    Ok(host_within(host, base))
}

/// The host of a URI is that host, or below it when the constraint begins with a dot. A URI
/// without a host name cannot be judged (RFC 5280 section 4.2.1.10).
fn uri_within(name: &str, base: &str) -> Result<bool, &'static str> {
    let (_, rest) = name.split_once("://").ok_or(BAD_NAME)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host_port.split_once(':').map_or(host_port, |(host, _)| host);
    if !is_dns_name(host) {
        return Err(BAD_NAME);
    }
    Ok(host_within(host, base))
}

fn host_within(host: &str, base: &str) -> bool {
    let (host, base) = (host.to_ascii_lowercase(), base.to_ascii_lowercase());
    if base.is_empty() {
        return true;
    }
    // `.example.com` is everything below it, the dot included in the comparison.
    if base.starts_with('.') {
        host.len() > base.len() && host.ends_with(&base)
    } else {
        host == base
    }
}

/// Address and mask: 8 bytes for IPv4, 32 for IPv6 (RFC 4632 style).
fn ip_within(name: &[u8], base: &[u8]) -> Result<bool, &'static str> {
    if !matches!(name.len(), 4 | 16) {
        return Err(BAD_NAME);
    }
    if !matches!(base.len(), 8 | 32) {
        return Err(BAD_BASE);
    }
    let (network, mask) = base.split_at_checked(base.len() / 2).ok_or(BAD_BASE)?;
    let ones = mask.iter().map(|byte| byte.leading_ones()).zip(mask).take_while(|(n, _)| *n == 8);
    let rest = mask.get(ones.count()..).unwrap_or_default();
    let contiguous = match rest.split_first() {
        None => true,
        Some((edge, zeros)) => {
            edge.leading_ones().saturating_add(edge.trailing_zeros()) >= 8
                && zeros.iter().all(|byte| *byte == 0)
        }
    };
    if !contiguous {
        return Err(BAD_BASE);
    }
    if network.len() != name.len() {
        return Ok(false);
    }
    Ok(name.iter().zip(network).zip(mask).all(|((n, b), m)| n & m == b & m))
}

fn show(name: &GeneralName) -> String {
    crate::text::general_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &GeneralName, base: &GeneralName, expected: Option<bool>) {
        let manner = Manner { common_name: false, no_leading_dot: false };
        assert_eq!(within(name, base, false, manner).ok(), expected, "{name:?} {base:?}");
    }

    #[test]
    fn dns() {
        let check = |name: &str, base: &str, expected| {
            check(&GeneralName::Dns(name.into()), &GeneralName::Dns(base.into()), expected);
        };
        check("example.com", "example.com", Some(true));
        check("a.EXAMPLE.com", "example.COM", Some(true));
        check("badexample.com", "example.com", Some(false));
        check("example.com", ".example.com", Some(false));
        check("a.example.com", ".example.com", Some(true));
        check("a.b", "", Some(true));
        check("*.example.com", "example.com", Some(true));
        check("*.example.com", "a.example.com", Some(false));
        check("a.example.com", "*.example.com", None);
        check("a..com", "com", None);
        let manner = Manner { common_name: false, no_leading_dot: true };
        assert_eq!(dns_within("*.example.com", "a.example.com", true, manner), Ok(true));
        assert!(dns_within("a.example.com", ".example.com", true, manner).is_err());
    }

    #[test]
    fn email_and_uri() {
        let mail = |name: &str, base: &str, expected| {
            check(&GeneralName::Email(name.into()), &GeneralName::Email(base.into()), expected);
        };
        mail("a@b.c", "B.c", Some(true));
        mail("a@b.c", "a@B.C", Some(true));
        mail("A@b.c", "a@b.c", Some(false));
        mail("a@x.b.c", "b.c", Some(false));
        mail("a@x.b.c", ".b.c", Some(true));
        mail("a@b.c", ".b.c", Some(false));
        mail("ab.c", "b.c", None);
        mail("a@x@b.c", "b.c", None);
        mail("\"a@x\"@b.c", "b.c", Some(true));
        let uri = |name: &str, base: &str, expected| {
            check(&GeneralName::Uri(name.into()), &GeneralName::Uri(base.into()), expected);
        };
        uri("https://u@h.x:80/p", "h.x", Some(true));
        uri("https://a.h.x?q", "h.x", Some(false));
        uri("https://a.h.x", ".h.x", Some(true));
        uri("https://10.0.0.1/", "h.x", None);
        uri("urn:x", "h.x", None);
    }

    #[test]
    fn addresses() {
        let ip = |name: &[u8], base: &[u8], expected| {
            check(&GeneralName::Ip(name.into()), &GeneralName::Ip(base.into()), expected);
        };
        ip(&[10, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 0, 0], Some(true));
        ip(&[11, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 0, 0], Some(false));
        ip(&[10, 1, 2, 3], &[10, 0, 0, 0, 255, 240, 0, 0], Some(true));
        ip(&[10, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 255, 0], None);
        ip(&[10, 1, 2, 3], &[10, 0, 0, 0, 5, 0, 0, 0], None);
        ip(&[10, 1, 2, 3], &[0; 8], Some(true));
        ip(&[10, 1, 2, 3], &[0; 32], Some(false));
        ip(&[10, 1, 2], &[0; 8], None);
    }
}
