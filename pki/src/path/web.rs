// SPDX-License-Identifier: Apache-2.0
//! What the baseline requirements of the CA/Browser Forum (BR) demand of web servers' certificates
//! beyond RFC 5280: the policy [`WebPki`](super::Policy::WebPki).
//!
//! Not here: the public suffix list, logs of certificate transparency, and the demand that every
//! common name repeat an alternative name, which many honest certificates break.

use super::demands::{Demand, Of, Seen};
use super::node::Node;
use crate::extension::GeneralName;
use crate::oid;
use core::net::{IpAddr, Ipv4Addr};

/// End entities (BR 7.1.2.7), CAs and roots (BR 7.1.2.1 and 7.1.2.2).
pub(super) const DEMANDS: &[Demand] = &[
    Demand {
        of: Of::Leaf,
        why: "a CA in the place of an end entity",
        is_broken: |seen| seen.facts.is_ca(),
    },
    Demand {
        of: Of::Leaf,
        why: "critical alternative names beside a subject",
        is_broken: |seen| {
            seen.has_critical(oid::SUBJECT_ALT_NAME) && !seen.certificate().subject().is_empty()
        },
    },
    Demand {
        of: Of::Leaf,
        why: "an end entity without extKeyUsage",
        is_broken: |seen| seen.facts.purposes.is_none(),
    },
    Demand {
        of: Of::Leaf,
        why: "an end entity for every purpose",
        is_broken: |seen| {
            let any = oid::ANY_EXTENDED_KEY_USAGE;
            seen.facts.purposes.as_ref().is_some_and(|purposes| purposes.0.contains(&any))
        },
    },
    Demand {
        of: Of::Leaf,
        why: "a critical extKeyUsage",
        is_broken: |seen| seen.has_critical(oid::EXTENDED_KEY_USAGE),
    },
    Demand {
        of: Of::Leaf,
        why: "a common name written otherwise than the alternative name",
        is_broken: |seen| is_misspelt(seen.node),
    },
    Demand {
        of: Of::Root,
        why: "a root with extKeyUsage",
        is_broken: |seen| seen.facts.purposes.is_some(),
    },
    Demand {
        of: Of::Root,
        why: "a root whose authorityKeyIdentifier is not just its own identifier",
        is_broken: points_elsewhere,
    },
];

/// BR 7.1.2.1.3; a root that another one certified may point there.
fn points_elsewhere(seen: &Seen<'_>) -> bool {
    let Some(aki) = &seen.facts.authority else {
        return false;
    };
    let plain = aki.issuer.is_empty() && aki.serial.is_none();
    let own = seen.facts.key_id.as_ref().map(|id| &id.0);
    seen.certificate().is_self_issued() && !(plain && aki.key_id.as_ref() == own)
}

/// A common name that means one of the alternative names must be written like it (BR 7.1.4.3).
fn is_misspelt(node: &Node) -> bool {
    let Some(name) = node.certificate().subject().common_name() else {
        return false;
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
    is_strange(name, node.alt_names()) || node.alt_names().iter().any(misspelt)
}

/// A host in another script, as it is written or as A-labels, that no alternative name repeats:
/// people are shown one name and programs use another.
fn is_strange(name: &str, listed: &[GeneralName]) -> bool {
    let is_label = |label: &str| label.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("xn--"));
    let international = !name.is_ascii() || name.split('.').any(is_label);
    let is_host = name.contains('.') && !name.contains(' ');
    international && is_host && !listed.contains(&GeneralName::Dns(name.to_owned()))
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
