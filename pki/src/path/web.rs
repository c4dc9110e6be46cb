// SPDX-License-Identifier: Apache-2.0
//! What the baseline requirements of the CA/Browser Forum (BR) demand of web servers' certificates
//! beyond RFC 5280: the policy [`WebPki`](super::Policy::WebPki).
//!
//! Not here: the public suffix list, logs of certificate transparency, and the demand that a common
//! name repeat an alternative name, which many honest certificates break.

use super::Rule;
use super::node::{Facts, Node};
use crate::extension::GeneralName;
use crate::oid;
use core::net::{IpAddr, Ipv4Addr};

/// End entities (BR 7.1.2.7).
pub(super) fn leaf(node: &Node, facts: &Facts) -> Result<(), Rule> {
    let refuse = |why| Err(Rule::Policy(why));
    if facts.is_ca() {
        return refuse("a CA in the place of an end entity");
    }
    let certificate = node.certificate();
    let critical = |id| certificate.extensions().find(id).is_some_and(|e| e.critical);
    if critical(oid::SUBJECT_ALT_NAME) && !certificate.subject().is_empty() {
        return refuse("critical alternative names beside a subject");
    }
    match &facts.purposes {
        None => return refuse("an end entity without extKeyUsage"),
        Some(purposes) if purposes.0.contains(&oid::ANY_EXTENDED_KEY_USAGE) => {
            return refuse("an end entity for every purpose");
        }
        Some(_) if critical(oid::EXTENDED_KEY_USAGE) => return refuse("a critical extKeyUsage"),
        Some(_) => {}
    }
    common_name(node)
}

/// CAs and roots (BR 7.1.2.1 and 7.1.2.2).
pub(super) fn issuer(node: &Node, facts: &Facts, is_anchor: bool) -> Result<(), Rule> {
    if is_anchor && facts.purposes.is_some() {
        return Err(Rule::Policy("a root with extKeyUsage"));
    }
    let own = facts.key_id.as_ref().map(|id| &id.0);
    match &facts.authority {
        Some(aki) if node.certificate().is_self_issued() && is_anchor => {
            let plain = aki.issuer.is_empty() && aki.serial.is_none();
            if plain && aki.key_id.as_ref() == own {
                return Ok(());
            }
            Err(Rule::Policy("a root whose authorityKeyIdentifier is not just its own identifier"))
        }
        _ => Ok(()),
    }
}

/// A common name that means one of the alternative names must be written like it (BR 7.1.4.3).
fn common_name(node: &Node) -> Result<(), Rule> {
    let Some(name) = node.certificate().subject().common_name() else {
        return Ok(());
    };
    let address = loose_address(name);
    let misspelt = |listed: &GeneralName| match listed {
        GeneralName::Dns(dns) => dns != name && dns.eq_ignore_ascii_case(name),
        GeneralName::Ip(bytes) => {
            let same = match address {
                Some(IpAddr::V4(ip)) => ip.octets()[..] == bytes[..],
                Some(IpAddr::V6(ip)) => ip.octets()[..] == bytes[..],
                None => false,
            };
            same && crate::text::ip_address(listed).as_deref() != Some(name)
        }
        _ => false,
    };
    let foreign = !name.is_ascii() && name.contains('.') && !name.contains(' ');
    if foreign || node.alt_names().iter().any(misspelt) {
        return Err(Rule::Policy("a common name written otherwise than the alternative name"));
    }
    Ok(())
}

/// An address as careless programs take it: parts in hex, with leading zeros, or all in one.
fn loose_address(text: &str) -> Option<IpAddr> {
    if let Ok(strict) = text.parse() {
        return Some(strict);
    }
    let part = |text: &str| match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    let parts: Option<Vec<u32>> = text.split('.').map(part).collect();
    match parts?.as_slice() {
        [whole] => Some(IpAddr::V4(Ipv4Addr::from_bits(*whole))),
        [a, b, c, d] => {
            let byte = |part: &u32| u8::try_from(*part).ok();
            Some(IpAddr::from([byte(a)?, byte(b)?, byte(c)?, byte(d)?]))
        }
        _ => None,
    }
}
