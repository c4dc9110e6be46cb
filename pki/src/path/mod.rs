// SPDX-License-Identifier: Apache-2.0
//! From a certificate to a trust anchor: building and validating paths (RFC 5280 section 6) in
//! either family and across.
//!
//! What is decided where RFC 5280 leaves it open:
//! - The trust anchor is a certificate, and its dates, constraints and key usage count, too.
//! - A host name is looked for in the alternative names only, never in the common name, unless
//!   [`Options::common_name_as_host`] says so and there is no alternative name of a host.
//! - Every certificate policy is acceptable unless [`Options::policies`] says which.
//! - Indirect CRLs and CRLs of some reasons only are refused by name; a delta CRL counts beside
//!   a complete one of the same scope that is valid itself.
//! - Signer IDs are always those of [`bccsp::Context::X509`].
//! - An OCSP answer counts as much as a CRL, and whichever says "revoked" is believed.
//!
//! Not here: fetching of anything, and the clock.

mod checks;
mod demands;
mod failure;
mod host;
mod name_constraints;
mod node;
mod ocsp;
mod others;
mod policies;
mod policy;
mod revocation;
mod search;
mod web;

pub use failure::{Failure, Rule};
pub use host::Host;
pub use others::OtherAlgorithms;
pub use policy::Policy;

use crate::extension::ExtendedKeyUsage;
use crate::{Certificate, Crl, OcspResponse, oid};
use bccsp::Providers;
use const_oid::ObjectIdentifier;
use core::fmt;
use node::Node;
use ocsp::OcspNode;
use revocation::CrlNode;
use std::sync::Arc;
use sys::Timestamp;

/// What a certificate is to be used for (RFC 5280 section 4.2.1.12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Whatever: extKeyUsage is not looked at.
    #[default]
    Any,
    /// TLS server.
    ServerAuth,
    /// TLS client.
    ClientAuth,
    /// The purpose with this identifier.
    Other(ObjectIdentifier),
}

impl Purpose {
    /// The purpose with this name in OpenSSL's configuration (`serverAuth`), or identifier.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match ExtendedKeyUsage::named(name)? {
            oid::SERVER_AUTH => Self::ServerAuth,
            oid::CLIENT_AUTH => Self::ClientAuth,
            oid::ANY_EXTENDED_KEY_USAGE => Self::Any,
            other => Self::Other(other),
        })
    }

    fn id(self) -> Option<ObjectIdentifier> {
        match self {
            Self::Any => None,
            Self::ServerAuth => Some(oid::SERVER_AUTH),
            Self::ClientAuth => Some(oid::CLIENT_AUTH),
            Self::Other(id) => Some(id),
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id().map_or_else(|| "any purpose".to_owned(), oid::title))
    }
}

/// Whose revocation must be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CrlCheck {
    /// Nobody's: neither CRLs nor OCSP answers are looked at.
    #[default]
    None,
    /// That of the leaf.
    Leaf,
    /// That of every certificate below the trust anchor.
    All,
}

/// What a path is checked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// The time at which everything must be valid.
    pub time: Timestamp,
    /// What the leaf, and every CA with an extKeyUsage, must be meant for.
    pub purpose: Purpose,
    /// Whom the leaf must name.
    pub host: Option<Host>,
    /// Whose revocation must be known.
    pub crls: CrlCheck,
    /// How many intermediate certificates may stand between leaf and anchor. Self-issued ones
    /// (key rollover) are not counted.
    pub max_depth: usize,
    /// How strictly forms are judged.
    pub policy: Policy,
    /// The certificate policies that are accepted (user-initial-policy-set of RFC 5280 section
    /// 6.1.1); none listed is any.
    pub policies: Vec<ObjectIdentifier>,
    /// Whether one of them must hold for the whole path, also where no certificate demands it.
    pub explicit_policy: bool,
    /// Take the common name for the host when no alternative name says which host it is.
    pub common_name_as_host: bool,
}

impl Options {
    /// Validity at a time, ten intermediates at most, nothing else.
    #[must_use]
    pub const fn at(time: Timestamp) -> Self {
        Self {
            time,
            purpose: Purpose::Any,
            host: None,
            crls: CrlCheck::None,
            max_depth: 10,
            policy: Policy::GmField,
            policies: Vec::new(),
            explicit_policy: false,
            common_name_as_host: false,
        }
    }
}

/// Anchors, intermediates and CRLs, read once and used for many checks.
#[derive(Debug)]
pub struct Verifier {
    providers: Providers,
    anchors: Vec<Node>,
    intermediates: Vec<Node>,
    crls: Vec<CrlNode>,
    answers: Vec<OcspNode>,
    others: Option<Arc<dyn OtherAlgorithms>>,
}

impl Verifier {
    /// Trusts `anchors`; `intermediates` and `crls` are only at hand.
    #[must_use]
    pub fn new(
        providers: &Providers,
        anchors: impl IntoIterator<Item = Certificate>,
        intermediates: impl IntoIterator<Item = Certificate>,
        crls: impl IntoIterator<Item = Crl>,
    ) -> Self {
        Self {
            providers: providers.clone(),
            anchors: anchors.into_iter().map(Node::new).collect(),
            intermediates: intermediates.into_iter().map(Node::new).collect(),
            crls: crls.into_iter().map(CrlNode::new).collect(),
            answers: Vec::new(),
            others: None,
        }
    }

    /// Certificates whose keys or signatures are of neither family are verified by `others`, where
    /// they are refused otherwise. CRLs and OCSP answers are not.
    #[must_use]
    pub fn with_algorithms(mut self, others: Arc<dyn OtherAlgorithms>) -> Self {
        self.others = Some(others);
        self
    }

    /// OCSP answers that are at hand as well.
    #[must_use]
    pub fn with_ocsp(mut self, answers: impl IntoIterator<Item = OcspResponse>) -> Self {
        self.answers.extend(answers.into_iter().map(OcspNode::new));
        self
    }

    /// Looks for a path from `leaf` to an anchor that holds. A leaf that is an anchor itself is
    /// a path of one.
    ///
    /// # Errors
    /// The most useful [`Failure`] among all paths that were tried.
    pub fn verify(&self, leaf: &Certificate, options: &Options) -> Result<VerifiedPath, Failure> {
        self.verify_with(leaf, &[], options)
    }

    /// The same with more intermediates, such as those a peer sent along.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_with(
        &self,
        leaf: &Certificate,
        more: &[Certificate],
        options: &Options,
    ) -> Result<VerifiedPath, Failure> {
        search::run(self, leaf, more, options)
    }
}

/// One check; whoever has many makes a [`Verifier`].
///
/// # Errors
/// As [`Verifier::verify`].
pub fn verify(
    providers: &Providers,
    leaf: &Certificate,
    intermediates: &[Certificate],
    anchors: &[Certificate],
    crls: &[Crl],
    options: &Options,
) -> Result<VerifiedPath, Failure> {
    let own = |list: &[Certificate]| list.to_vec();
    Verifier::new(providers, own(anchors), own(intermediates), crls.to_vec()).verify(leaf, options)
}

/// Certificates from a leaf to a trust anchor that were found to hold. Only the verifier makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedPath(Vec<Certificate>);

impl VerifiedPath {
    /// The leaf first, the anchor last; a trusted leaf is both.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.0
    }

    /// The certificate that was asked about.
    #[must_use]
    pub fn leaf(&self) -> &Certificate {
        self.0.first().unwrap_or_else(|| unreachable!("a path begins with its leaf"))
    }

    /// The trust anchor it leads to.
    #[must_use]
    pub fn anchor(&self) -> &Certificate {
        self.0.last().unwrap_or_else(|| unreachable!("a path ends with its anchor"))
    }
}

/// What one check may cost, so that hostile inputs cannot keep us busy.
#[derive(Debug)]
pub(crate) struct Budget {
    signatures: u32,
    steps: u32,
    comparisons: u32,
}

impl Budget {
    /// Far more than honest paths need: those of the web need ten signatures at most, and a
    /// thousand names under a hundred constraints are 100,000 comparisons.
    const fn new() -> Self {
        Self { signatures: 150, steps: 20_000, comparisons: 100_000 }
    }

    fn verify(&mut self) -> Result<(), Rule> {
        take(&mut self.signatures)
    }

    fn step(&mut self) -> Result<(), Rule> {
        take(&mut self.steps)
    }

    fn compare(&mut self) -> Result<(), Rule> {
        take(&mut self.comparisons)
    }
}

fn take(left: &mut u32) -> Result<(), Rule> {
    *left = left.checked_sub(1).ok_or(Rule::Budget)?;
    Ok(())
}
