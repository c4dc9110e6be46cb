// SPDX-License-Identifier: Apache-2.0
//! The named policies, each a row of data: the engine asks the row and never which policy it is.

use super::demands::{COMMON, Demand, FABRIC, NAMES_CRITICAL};
use super::web;

/// How strictly certificates are judged. What makes a path unsafe is refused under every policy:
/// signatures, dates, CAs that are none, path lengths, purposes, names outside of constraints,
/// unknown critical extensions, certificate policies, revocation. These differ in what is merely
/// against a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// As the field is: missing key identifiers, odd serial numbers and old versions are taken.
    #[default]
    GmField,
    /// As the membership services of Hyperledger Fabric judge identities: at the second after
    /// they begin to be valid, by CAs with key identifiers, and never a CA itself.
    FabricMsp,
    /// What RFC 5280 section 4 demands of issuers is demanded.
    Rfc5280,
    /// The forms of RFC 5280, and what the baseline requirements of the CA/Browser Forum demand
    /// of web servers.
    WebPki,
}

/// What a policy decides.
#[derive(Debug)]
pub(super) struct Row {
    policy: Policy,
    name: &'static str,
    /// What it demands of the forms of certificates.
    pub(super) demands: &'static [&'static [Demand]],
    /// The second after the leaf's first counts, and not the time that is asked about.
    pub(super) at_start_of_leaf: bool,
    /// The key of the leaf is of one of our families, although nothing is verified with it.
    pub(super) usable_leaf_key: bool,
    /// The DNS constraint `.example.com`, which RFC 5280 does not have, means all names below.
    pub(super) dotted_constraints: bool,
    /// A CRL has a number and says when the next one comes (RFC 5280 sections 5.1.2.5, 5.2.3).
    pub(super) whole_crls: bool,
}

static ROWS: [Row; 4] = [
    Row {
        policy: Policy::GmField,
        name: "gm-field",
        demands: &[],
        at_start_of_leaf: false,
        usable_leaf_key: false,
        dotted_constraints: true,
        whole_crls: false,
    },
    Row {
        policy: Policy::FabricMsp,
        name: "fabric-msp",
        demands: &[FABRIC],
        at_start_of_leaf: true,
        usable_leaf_key: false,
        dotted_constraints: true,
        whole_crls: false,
    },
    Row {
        policy: Policy::Rfc5280,
        name: "rfc5280",
        demands: &[COMMON, NAMES_CRITICAL],
        at_start_of_leaf: false,
        usable_leaf_key: false,
        dotted_constraints: false,
        whole_crls: true,
    },
    Row {
        policy: Policy::WebPki,
        name: "webpki",
        demands: &[COMMON, web::DEMANDS],
        at_start_of_leaf: false,
        usable_leaf_key: true,
        dotted_constraints: false,
        whole_crls: true,
    },
];

impl Policy {
    /// All of them, the most lenient first.
    pub const ALL: [Self; 4] = [Self::GmField, Self::FabricMsp, Self::Rfc5280, Self::WebPki];

    /// The policy with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.name == name).map(|row| row.policy)
    }

    /// `gm-field`, `fabric-msp`, `rfc5280` or `webpki`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What certificates are refused for under this policy and not under every one: of whom it
    /// is demanded (`every certificate`, `a CA`, `a root`, `the leaf`), and the words of the
    /// refusal.
    pub fn demands(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.row().demands.iter().copied().flatten().map(|demand| (demand.of.name(), demand.why))
    }

    pub(super) fn row(self) -> &'static Row {
        let [field, fabric, rfc, web] = &ROWS;
        match self {
            Self::GmField => field,
            Self::FabricMsp => fabric,
            Self::Rfc5280 => rfc,
            Self::WebPki => web,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_has_its_row() {
        for policy in Policy::ALL {
            assert_eq!(policy.row().policy, policy);
            assert_eq!(Policy::named(policy.name()), Some(policy));
        }
        assert_eq!(Policy::named("strict"), None);
        let words = |policy: Policy| policy.demands().map(|(_, why)| why).collect::<Vec<_>>();
        for policy in Policy::ALL {
            let mut all = words(policy);
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), policy.demands().count(), "two demands with the same words");
        }
        assert!(words(Policy::GmField).is_empty());
    }
}
