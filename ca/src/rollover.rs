// SPDX-License-Identifier: Apache-2.0
//! A CA goes on under another certificate: with a new key, or with the same one for longer.
//!
//! A root CA that changes its key links the two (RFC 4210 section 4.4): who trusts the old one
//! reaches certificates of the new one through *new with old*, and the other way round through *old
//! with new*. Serial numbers, record and audit log go on. Lists for certificates of an older key
//! are still signed by that key.

use crate::home::{chain_pem, generate_key, random_serial};
use crate::profile::Wishes;
use crate::store::{NewDecision, NewGeneration};
use crate::{Authority, Error, Order, Shape};
use bccsp::{PublicKey, SecretBytes, SigningKey};
use pki::extension::{AuthorityKeyId, Extension, SubjectKeyId, TypedExtension};
use pki::{Certificate, CertificateBuilder, RequestBuilder, Time, ToBeSigned, oid};
use std::sync::Arc;
use sys::Timestamp;

/// How a CA goes on.
#[derive(Debug, Default)]
pub struct Rollover {
    /// How long the new certificate is valid, in days; `None` for as long as the old one was made
    /// for.
    pub days: Option<u32>,
    /// Whether the key stays.
    pub keep_key: bool,
    /// The password that keys of this CA are kept under.
    pub password: Option<SecretBytes>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Rolled {
    /// The CA's certificate from now on.
    pub certificate: Certificate,
    /// Of a root CA with a new key: the new key certified by the old one.
    pub new_with_old: Option<Certificate>,
    /// Of a root CA with a new key: the old key certified by the new one.
    pub old_with_new: Option<Certificate>,
    /// What was shortened, in words.
    pub notes: Vec<String>,
}

/// A certificate that is to be signed by one of the two keys.
struct Planned {
    decision: NewDecision,
    tbs: ToBeSigned,
    key: Arc<dyn SigningKey>,
}

impl Authority {
    /// Goes on under another certificate. A root CA makes it itself; a CA below another has it
    /// from `parent`.
    ///
    /// # Errors
    /// [`Error::Unusable`] when this CA is locked, or is not a root and no parent is given, or
    /// the parent is not the one; as [`issue`](Self::issue) of the parent.
    pub fn roll_over(&mut self, order: &Rollover, parent: Option<&Self>) -> Result<Rolled, Error> {
        let old = self.certificate().clone();
        let old_key = Arc::clone(self.key()?);
        let new_key = match order.keep_key {
            true => Arc::clone(&old_key),
            false => generate_key(self.host(), self.home(), &old_key, order.password.as_ref())?,
        };
        let rolled = match (old.is_self_issued(), parent) {
            (true, None) => self.as_root(order, &old, &old_key, &new_key)?,
            (false, Some(parent)) => self.below(order, &old, &new_key, parent)?,
            (true, Some(_)) => return Err(self.unusable("it is a root CA; leave the parent out")),
            (false, None) => {
                return Err(self.unusable("it is below another CA; name it (--parent)"));
            }
        };
        // The old key is no longer that of the certificate on record, whatever happens now.
        self.lock();
        self.settle_generation()?;
        self.unlock(order.password.as_ref().map(|p| SecretBytes::copy_from(p.expose())))?;
        Ok(rolled)
    }

    fn as_root(
        &self,
        order: &Rollover,
        old: &Certificate,
        old_key: &Arc<dyn SigningKey>,
        new_key: &Arc<dyn SigningKey>,
    ) -> Result<Rolled, Error> {
        let now = self.host().clock.now();
        let lifetime = old.not_after().timestamp().0.saturating_sub(old.not_before().timestamp().0);
        let seconds = order.days.map_or(lifetime, |days| u64::from(days) * 86_400);
        let until = Time::new(now.plus(seconds));
        let (old_public, new_public) =
            (old_key.verifying_key().public_key(), new_key.verifying_key().public_key());
        let start = Time::new(now);
        let mut plans = vec![self.plan(old, new_public, new_key, (start, until), "root")?];
        if !order.keep_key {
            let last = until.min(old.not_after());
            plans.push(self.plan(old, new_public, old_key, (start, last), "new-with-old")?);
            let whole = (old.not_before(), old.not_after());
            plans.push(self.plan(old, old_public, new_key, whole, "old-with-new")?);
        }
        let decisions: Vec<&NewDecision> = plans.iter().map(|plan| &plan.decision).collect();
        let first = self.store().decide(self.hash()?, now, &decisions)?;
        let signed = plans.iter().map(|plan| plan.tbs.sign(plan.key.as_ref()));
        let signed = signed.collect::<Result<Vec<_>, _>>()?;
        let mut list = signed.iter();
        let certificate = list.next().cloned();
        let certificate = certificate.unwrap_or_else(|| unreachable!("a root is always planned"));
        let generation = self.next_generation(std::slice::from_ref(&certificate));
        self.store().sign(first, &signed, Some(&generation))?;
        let (new_with_old, old_with_new) = (list.next().cloned(), list.next().cloned());
        Ok(Rolled { certificate, new_with_old, old_with_new, notes: Vec::new() })
    }

    /// A certificate like the old one, for a key, signed by a key.
    fn plan(
        &self,
        old: &Certificate,
        public: &PublicKey,
        key: &Arc<dyn SigningKey>,
        (from, until): (Time, Time),
        profile: &str,
    ) -> Result<Planned, Error> {
        let providers = &self.host().providers;
        let signer = key.verifying_key().public_key();
        let id = |of: &PublicKey| -> Result<Vec<u8>, Error> {
            // The old key keeps the identifier that certificates name it by.
            match *of == old.public_key(providers)? {
                true => Ok(old.key_id(providers)?),
                false => Ok(providers.ski(of)?.for_certificate().to_vec()),
            }
        };
        let serial = random_serial(self.host(), key.as_ref())?;
        let mut builder =
            CertificateBuilder::new(old.subject(), public, serial.as_bytes(), from, until);
        for extension in like(old, id(public)?, (public != signer).then(|| id(signer)).transpose()?)
        {
            builder = builder.extension(extension);
        }
        let tbs = builder.prepare(old.subject(), key.as_ref())?;
        let decision = NewDecision {
            serial: serial.as_bytes().to_vec(),
            subject: old.subject().to_string(),
            profile: profile.to_owned(),
            not_after: until.timestamp(),
            tbs: tbs.as_der().to_vec(),
            action: "rollover",
            follows: None,
            escrow: None,
        };
        Ok(Planned { decision, tbs, key: Arc::clone(key) })
    }

    fn below(
        &self,
        order: &Rollover,
        old: &Certificate,
        new_key: &Arc<dyn SigningKey>,
        parent: &Self,
    ) -> Result<Rolled, Error> {
        if parent.certificate().subject() != old.issuer() {
            return Err(self.unusable("that is not the CA that certified it"));
        }
        let request = RequestBuilder::new(old.subject()).sign(new_key.as_ref())?;
        let (_, shape) = parent.shape_of_ca(old)?;
        let order = Order { days: order.days, any_key: true, ..Order::new(request, shape) };
        let issued = parent.issue(&order)?;
        let certificate = issued.certificate;
        let mut chain = vec![certificate.clone()];
        chain.extend(parent.chain().iter().cloned());
        let generation = self.next_generation(&chain);
        let detail = format!("{} {}", generation.number, certificate.serial_hex());
        let now: Timestamp = self.host().clock.now();
        self.store().begin_generation(self.hash()?, now, &generation, detail)?;
        Ok(Rolled { certificate, new_with_old: None, old_with_new: None, notes: issued.notes })
    }

    /// The profile that a CA below was certified by.
    fn shape_of_ca(&self, below: &Certificate) -> Result<(String, Shape), Error> {
        let name = self.record(below.serial()).map_or_else(|_| "ca".to_owned(), |r| r.profile);
        let profiles = self.profiles()?;
        let found = profiles.named(&name).filter(|profile| profile.ca.is_some());
        let profile = found.or_else(|| profiles.named("ca"));
        let profile = profile.ok_or_else(|| self.unusable("it has no profile `ca`"))?;
        let path_len = below.extensions().get::<pki::extension::BasicConstraints>()?;
        let path_len = path_len.and_then(|b| b.path_len).and_then(|n| u8::try_from(n).ok());
        Ok((name, profile.clone().with_path_len(path_len).into()))
    }

    fn next_generation(&self, chain: &[Certificate]) -> NewGeneration {
        let number = self.generation() + 1;
        NewGeneration { number, chain: chain_pem(chain), before: chain_pem(self.chain()) }
    }
}

/// The extensions of a CA's certificate, with other identifiers of keys.
fn like(old: &Certificate, subject: Vec<u8>, issuer: Option<Vec<u8>>) -> Vec<Extension> {
    let ids = [oid::SUBJECT_KEY_IDENTIFIER, oid::AUTHORITY_KEY_IDENTIFIER];
    let others = old.extensions().iter().filter(|extension| !ids.contains(&extension.id));
    let mut list: Vec<Extension> = others.cloned().collect();
    list.push(SubjectKeyId(subject).extension(false));
    if let Some(issuer) = issuer {
        let id = AuthorityKeyId { key_id: Some(issuer), ..Default::default() };
        list.push(id.extension(false));
    }
    list
}

impl Authority {
    /// Vouches for another CA: a certificate for its name and its key. It must be self-signed,
    /// which proves that the key is its own; for others, [`issue`](Self::issue) on a request of
    /// theirs.
    ///
    /// # Errors
    /// As [`issue`](Self::issue); [`Error::Unusable`] when `other` is no root CA.
    pub fn cross_certify(
        &self,
        other: &Certificate,
        shape: &Shape,
        days: Option<u32>,
    ) -> Result<crate::Issued, Error> {
        let (now, providers) = (self.host().clock.now(), &self.host().providers);
        self.check_usable(now)?;
        let public = other.public_key(providers)?;
        let is_ca = other.extensions().get::<pki::extension::BasicConstraints>()?;
        if !is_ca.is_some_and(|basic| basic.ca) || !other.is_self_issued() {
            let why = "only a root CA is vouched for by its certificate; \
                       ask its owner for a request and use `gmca issue --profile cross`";
            return Err(Error::Refused(crate::Refusal::Extension(why.to_owned())));
        }
        other.verify_signature(providers, &public).map_err(|error| match error {
            pki::Error::BadSignature { .. } => Error::Refused(crate::Refusal::NoProofOfPossession),
            error => error.into(),
        })?;
        let own = self.key()?;
        if public == *own.verifying_key().public_key() {
            return Err(Error::Refused(crate::Refusal::OwnKey));
        }
        let ask = crate::issue::Ask {
            public: &public,
            subject: other.subject(),
            requested: &pki::extension::Extensions::default(),
            shape,
            days,
            wishes: &Wishes::default(),
            action: "cross",
            follows: None,
            key_id: Some(other.key_id(providers)?),
        };
        let decided = self.decide(&ask, own.as_ref(), now)?;
        let mut results = self.carry_out(vec![Ok(decided)], own, now)?;
        results.pop().unwrap_or_else(|| unreachable!("one decision gives one certificate"))
    }
}
