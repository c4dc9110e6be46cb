// SPDX-License-Identifier: Apache-2.0
//! What policies demand of the forms of certificates, one row for each demand: of whom, in which
//! words it is refused, and how it is seen to be broken.

use super::Rule;
use super::host::{is_dns_name, split_mailbox};
use super::node::{Facts, Node};
use crate::extension::{GeneralName, KeyUsage};
use crate::{Certificate, oid};
use const_oid::ObjectIdentifier;

/// One demand.
#[derive(Debug)]
pub(super) struct Demand {
    pub(super) of: Of,
    pub(super) why: &'static str,
    pub(super) is_broken: fn(&Seen<'_>) -> bool,
}

/// Of whom something is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Every,
    /// Intermediates and roots.
    Ca,
    Root,
    Leaf,
}

impl Of {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Every => "every certificate",
            Self::Ca => "a CA",
            Self::Root => "a root",
            Self::Leaf => "the leaf",
        }
    }
}

/// A certificate in its place in a path.
pub(super) struct Seen<'a> {
    pub(super) node: &'a Node,
    pub(super) facts: &'a Facts,
    place: Of,
}

impl Seen<'_> {
    pub(super) fn certificate(&self) -> &Certificate {
        self.node.certificate()
    }

    pub(super) fn has_critical(&self, id: ObjectIdentifier) -> bool {
        self.certificate().extensions().find(id).is_some_and(|e| e.critical)
    }

    fn has_uncritical(&self, id: ObjectIdentifier) -> bool {
        self.certificate().extensions().find(id).is_some_and(|e| !e.critical)
    }
}

/// Holds a certificate against all demands of a policy.
pub(super) fn check(
    demands: &[&[Demand]],
    node: &Node,
    facts: &Facts,
    place: Of,
) -> Result<(), Rule> {
    let seen = Seen { node, facts, place };
    let applies = |demand: &&Demand| {
        demand.of == Of::Every || demand.of == place || (demand.of == Of::Ca && place == Of::Root)
    };
    let mut all = demands.iter().copied().flatten().filter(applies);
    match all.find(|demand| (demand.is_broken)(&seen)) {
        Some(broken) => Err(Rule::Policy(broken.why)),
        None => Ok(()),
    }
}

/// RFC 5280 section 4, as far as it is about forms.
pub(super) const COMMON: &[Demand] = &[
    Demand {
        of: Of::Every,
        why: "its version is not 3",
        is_broken: |seen| seen.certificate().version() != 3,
    },
    Demand {
        of: Of::Every,
        why: "its serial number is not positive or longer than 20 octets",
        is_broken: |seen| !is_serial(seen.certificate().serial()),
    },
    Demand {
        of: Of::Every,
        why: "the name of its issuer is empty",
        is_broken: |seen| seen.certificate().issuer().is_empty(),
    },
    Demand {
        of: Of::Every,
        why: "a key identifier is marked critical",
        is_broken: |seen| {
            seen.has_critical(oid::AUTHORITY_KEY_IDENTIFIER)
                || seen.has_critical(oid::SUBJECT_KEY_IDENTIFIER)
        },
    },
    Demand {
        of: Of::Every,
        why: "it has no authorityKeyIdentifier",
        // Who issued an anchor does not matter: a cross-signed root may be silent about it.
        is_broken: |seen| {
            let authority = seen.facts.authority.as_ref().and_then(|aki| aki.key_id.as_ref());
            authority.is_none() && !seen.certificate().is_self_issued() && seen.place != Of::Root
        },
    },
    Demand {
        of: Of::Every,
        why: "it has neither a subject nor critical alternative names",
        is_broken: |seen| {
            let named = seen.has_critical(oid::SUBJECT_ALT_NAME) && !seen.facts.names.is_empty();
            seen.certificate().subject().is_empty() && !named
        },
    },
    Demand {
        of: Of::Every,
        why: "an alternative name that is no host or mailbox",
        is_broken: |seen| !seen.facts.names.iter().all(is_well_formed),
    },
    Demand {
        of: Of::Every,
        why: "its policyConstraints are not marked critical",
        is_broken: |seen| seen.has_uncritical(oid::POLICY_CONSTRAINTS),
    },
    Demand {
        of: Of::Ca,
        why: "a CA without subjectKeyIdentifier",
        is_broken: |seen| seen.facts.key_id.is_none(),
    },
    Demand {
        of: Of::Ca,
        why: "a CA without a name",
        is_broken: |seen| seen.certificate().subject().is_empty(),
    },
    Demand {
        of: Of::Ca,
        why: "a CA whose basicConstraints are not marked critical",
        is_broken: |seen| seen.has_uncritical(oid::BASIC_CONSTRAINTS),
    },
    Demand {
        of: Of::Ca,
        why: "a CA with pathLenConstraint and without keyUsage",
        is_broken: |seen| {
            let bounded = seen.facts.basic.is_some_and(|basic| basic.path_len.is_some());
            seen.facts.usage.is_none() && bounded
        },
    },
    Demand {
        of: Of::Leaf,
        why: "keyCertSign without being a CA",
        is_broken: |seen| {
            let signs = seen.facts.usage.is_some_and(|u| u.contains(KeyUsage::KEY_CERT_SIGN));
            signs && !seen.facts.is_ca()
        },
    },
    Demand {
        of: Of::Leaf,
        why: "nameConstraints without being a CA",
        is_broken: |seen| seen.facts.constraints.is_some() && !seen.facts.is_ca(),
    },
];

/// RFC 5280 section 4.2.1.10; the web lets them be.
pub(super) const NAMES_CRITICAL: &[Demand] = &[Demand {
    of: Of::Ca,
    why: "a CA whose nameConstraints are not marked critical",
    is_broken: |seen| seen.has_uncritical(oid::NAME_CONSTRAINTS),
}];

/// What the membership service provider of Hyperledger Fabric 2 and 3 demands.
pub(super) const FABRIC: &[Demand] = &[
    Demand {
        of: Of::Ca,
        why: "a CA without subjectKeyIdentifier",
        is_broken: |seen| seen.facts.key_id.is_none(),
    },
    Demand {
        of: Of::Leaf,
        why: "a CA in the place of an end entity",
        is_broken: |seen| seen.facts.is_ca(),
    },
];

/// Host names in the preferred syntax, mailboxes with user and host (RFC 5280 section 4.2.1.6).
fn is_well_formed(name: &GeneralName) -> bool {
    match name {
        GeneralName::Dns(dns) => {
            let host = dns.strip_prefix("*.").unwrap_or(dns);
            is_dns_name(host) && !host.contains('_')
        }
        GeneralName::Email(mailbox) => {
            split_mailbox(mailbox).is_some_and(|(_, host)| is_dns_name(host))
        }
        GeneralName::Ip(bytes) => matches!(bytes.len(), 4 | 16),
        _ => true,
    }
}

/// Positive and at most 20 octets (RFC 5280 section 4.1.2.2).
fn is_serial(serial: &[u8]) -> bool {
    serial.first().is_some_and(|byte| *byte < 0x80) && serial != [0] && serial.len() <= 20
}
