// SPDX-License-Identifier: Apache-2.0
//! A certificate with what the path check needs of it, read once.

use super::Rule;
use crate::extension::{
    AuthorityInfoAccess, AuthorityKeyId, BasicConstraints, CertificatePolicies,
    CrlDistributionPoints, ExtendedKeyUsage, Extensions, GeneralName, InhibitAnyPolicy,
    IssuerAltName, KeyUsage, NameConstraints, PolicyConstraints, PolicyMappings, SubjectAltName,
    SubjectKeyId, TypedExtension,
};
use crate::{Certificate, Error, oid};
use bccsp::{Providers, PublicKey, VerifyingKey};
use const_oid::ObjectIdentifier;
use std::sync::{Arc, Mutex, OnceLock};

/// A certificate, its extensions, its key, and the verdicts on its signature so far.
#[derive(Debug)]
pub(super) struct Node {
    certificate: Certificate,
    facts: Result<Facts, Rule>,
    key: OnceLock<Result<Arc<dyn VerifyingKey>, Rule>>,
    verdicts: Verdicts,
}

/// The extensions that decide something.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) basic: Option<BasicConstraints>,
    pub(super) usage: Option<KeyUsage>,
    pub(super) purposes: Option<ExtendedKeyUsage>,
    pub(super) names: Vec<GeneralName>,
    pub(super) constraints: Option<NameConstraints>,
    pub(super) points: Option<CrlDistributionPoints>,
    pub(super) key_id: Option<SubjectKeyId>,
    pub(super) authority: Option<AuthorityKeyId>,
    pub(super) policies: Option<CertificatePolicies>,
    pub(super) policy_constraints: Option<PolicyConstraints>,
    pub(super) mappings: Option<PolicyMappings>,
    pub(super) inhibit_any: Option<InhibitAnyPolicy>,
}

impl Node {
    pub(super) fn new(certificate: Certificate) -> Self {
        let facts = Facts::of(certificate.extensions());
        let (key, verdicts) = (OnceLock::new(), Verdicts::default());
        Self { certificate, facts, key, verdicts }
    }

    pub(super) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(super) fn facts(&self) -> Result<&Facts, Rule> {
        self.facts.as_ref().map_err(Clone::clone)
    }

    /// The alternative names; none when the extensions cannot be read, which is refused elsewhere.
    pub(super) fn alt_names(&self) -> &[GeneralName] {
        self.facts.as_ref().map_or(&[], |facts| &facts.names)
    }

    /// Whether an alternative name says which host it is.
    pub(super) fn has_host_names(&self) -> bool {
        let is_host = |name: &GeneralName| matches!(name, GeneralName::Dns(_) | GeneralName::Ip(_));
        self.alt_names().iter().any(is_host)
    }

    /// Its key, ready to verify; its point is looked at once.
    pub(super) fn key(&self, providers: &Providers) -> Result<&Arc<dyn VerifyingKey>, Rule> {
        let taken = self.key.get_or_init(|| {
            let key = self.certificate.public_key(providers).map_err(bad_key)?;
            providers.verifying_key(&key).map_err(|error| bad_key(error.into()))
        });
        taken.as_ref().map_err(Clone::clone)
    }

    /// Whether its signature is by this key; `spend` is asked before one is really verified.
    pub(super) fn is_signed_by(
        &self,
        key: &dyn VerifyingKey,
        spend: impl FnOnce() -> Result<(), Rule>,
    ) -> Result<(), Rule> {
        self.verdicts.judge(key.public_key(), spend, || self.certificate.verify_signature_with(key))
    }

    /// Whether the issuer's identifier contradicts what this certificate says of its issuer. Only
    /// a hint for the order of trials: RFC 5280 does not make it a rule.
    pub(super) fn points_elsewhere(&self, issuer: &Self) -> bool {
        let wanted = self.facts.as_ref().ok().and_then(|facts| facts.authority.as_ref());
        let has = issuer.facts.as_ref().ok().and_then(|facts| facts.key_id.as_ref());
        match (wanted.and_then(|aki| aki.key_id.as_ref()), has) {
            (Some(wanted), Some(has)) => *wanted != has.0,
            _ => false,
        }
    }

    /// Same name, same key: a loop, whatever else differs.
    pub(super) fn is_same_entity(&self, other: &Self) -> bool {
        let (mine, theirs) = (&self.certificate, &other.certificate);
        mine == theirs
            || (mine.public_key_info() == theirs.public_key_info()
                && mine.subject() == theirs.subject()
                && self.alt_names() == other.alt_names())
    }
}

fn bad_key(error: Error) -> Rule {
    match error {
        Error::Crypto(error) => Rule::BadKey(error.to_string()),
        other => other.into(),
    }
}

impl Facts {
    fn of(extensions: &Extensions) -> Result<Self, Rule> {
        if let Some(id) = extensions.duplicate() {
            return Err(Rule::DuplicateExtension { id });
        }
        if let Some(unknown) = extensions.iter().find(|e| e.critical && !is_known(e.id)) {
            return Err(Rule::CriticalExtension { id: unknown.id });
        }
        // Read for nothing but to refuse what is malformed.
        extensions.get::<IssuerAltName>()?;
        extensions.get::<AuthorityInfoAccess>()?;
        Ok(Self {
            basic: extensions.get()?,
            usage: extensions.get()?,
            purposes: extensions.get()?,
            names: extensions.get::<SubjectAltName>()?.map(|names| names.0).unwrap_or_default(),
            constraints: extensions.get()?,
            points: extensions.get()?,
            key_id: extensions.get()?,
            authority: extensions.get()?,
            policies: extensions.get()?,
            policy_constraints: extensions.get()?,
            mappings: extensions.get()?,
            inhibit_any: extensions.get()?,
        })
    }

    pub(super) fn is_ca(&self) -> bool {
        self.basic.is_some_and(|basic| basic.ca)
    }
}

/// What may be critical because it is processed, or says nothing that a path could break.
fn is_known(id: ObjectIdentifier) -> bool {
    [
        BasicConstraints::ID,
        KeyUsage::ID,
        ExtendedKeyUsage::ID,
        SubjectAltName::ID,
        IssuerAltName::ID,
        NameConstraints::ID,
        CertificatePolicies::ID,
        PolicyConstraints::ID,
        PolicyMappings::ID,
        InhibitAnyPolicy::ID,
        CrlDistributionPoints::ID,
        SubjectKeyId::ID,
        AuthorityKeyId::ID,
        oid::OCSP_NO_CHECK,
        oid::NETSCAPE_COMMENT,
    ]
    .contains(&id)
}

/// Verdicts on one signature, by the key that was tried: signatures of shared certificates and
/// CRLs are verified once and not in every path.
#[derive(Debug, Default)]
pub(super) struct Verdicts(Mutex<Vec<(PublicKey, Result<(), Rule>)>>);

/// More keys than honest issuers of one name have.
const REMEMBERED: usize = 8;

impl Verdicts {
    pub(super) fn judge(
        &self,
        key: &PublicKey,
        spend: impl FnOnce() -> Result<(), Rule>,
        verify: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(), Rule> {
        // A panic elsewhere cannot leave half a verdict: pushes are whole.
        let lock = || self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, verdict)) = lock().iter().find(|(known, _)| known == key) {
            return verdict.clone();
        }
        spend()?;
        let verdict = match verify() {
            Ok(()) => Ok(()),
            // A provider that does not work now says nothing about the signature.
            Err(Error::Crypto(error)) => return Err(Rule::Unverified(error.to_string())),
            Err(error) => Err(error.into()),
        };
        let mut verdicts = lock();
        if verdicts.len() < REMEMBERED {
            verdicts.push((*key, verdict.clone()));
        }
        verdict
    }
}
