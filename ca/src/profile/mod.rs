// SPDX-License-Identifier: Apache-2.0
//! What a certificate may be used for, for how long, and in whose name: the shapes this CA gives
//! out, as data.
//!
//! Profiles are written in YAML (`docs/profiles.md`). Those that every CA has are in
//! `builtin.yaml`; a file of the operator's adds to them or takes their place. A key that is not
//! known, and a profile that contradicts itself, are refused when the file is read. Names of
//! either family stand in no profile: a profile is the same for every key.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod build;
mod check;
mod entry;
mod fabric;
mod file;
mod names;

pub(crate) use fabric::fabric_attributes;
pub use file::{Profiles, all};

use crate::error::Refusal;
use crate::openssl_conf::KeyIds;
use const_oid::ObjectIdentifier;
use entry::Entry;
use fabric::Fabric;
use names::{NameRules, SubjectRules};
use pki::extension::{
    AuthorityKeyId, BasicConstraints, ExtendedKeyUsage, Extension, GeneralName, KeyUsage,
    SubjectAltName, SubjectId, SubjectKeyId, TypedExtension,
};
use pki::{Name, Time};
use std::collections::BTreeMap;
use sys::Timestamp;

const SECONDS_A_DAY: u64 = 86_400;

/// A shape of certificate.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The name it is asked for by.
    pub name: String,
    /// What it is for, in words.
    pub purpose: String,
    /// How long it is valid unless something else is asked for, in days.
    pub days: u32,
    /// The most days that may be asked for.
    pub max_days: Option<u32>,
    /// Whether it makes a CA, and how many CAs may follow below that one.
    pub ca: Option<Option<u8>>,
    /// How many seconds before it is issued its validity begins, for clocks that are behind.
    backdate: u64,
    /// No certificate of it lives longer.
    last: Option<Time>,
    usage: KeyUsage,
    purposes: Vec<ObjectIdentifier>,
    subject: SubjectRules,
    names: Option<NameRules>,
    /// Extensions that are the same in each certificate.
    fixed: Vec<Extension>,
    fabric: Option<Fabric>,
    attributes: Option<Vec<String>>,
    subject_ids: Option<Vec<String>>,
    /// As it is written, with what its bases say.
    entry: Box<Entry>,
}

/// What a certificate is to hold beside what its request and its profile say.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The alternative names instead of the request's.
    pub names: Option<Vec<GeneralName>>,
    /// The affiliation of an identity of Fabric, `a.b.c`, instead of the profile's.
    pub affiliation: Option<String>,
    /// Attributes in Fabric's extension, by name.
    pub attributes: BTreeMap<String, String>,
    /// Numbers of the subject (GB/T 20518).
    pub subject_ids: Vec<SubjectId>,
}

impl Wishes {
    /// Whether nothing is wished for that only a profile can give.
    pub(crate) fn is_plain(&self) -> bool {
        self.affiliation.is_none() && self.attributes.is_empty() && self.subject_ids.is_empty()
    }
}

impl Profile {
    /// The profile of a name that every CA has.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Profiles::built_in().named(name).cloned()
    }

    /// The same with another number of CAs that may follow below.
    #[must_use]
    pub fn with_path_len(mut self, path_len: Option<u8>) -> Self {
        if self.ca.is_some() {
            self.ca = Some(path_len);
            self.entry.ca = Some(entry::CaEntry { path_len });
        }
        self
    }

    /// As YAML, with what it has from its bases.
    ///
    /// # Panics
    /// Never: it was YAML before.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        serde_saphyr::to_string(&self.entry).expect("texts and numbers are YAML")
    }

    /// The name that is certified: as it was asked for, with the units that Fabric's CA writes
    /// where the profile makes identities of Fabric.
    ///
    /// # Errors
    /// [`Refusal::Policy`] when the profile does not give that name away.
    pub fn subject(&self, asked: &Name, wishes: &Wishes) -> Result<Name, Refusal> {
        let subject = match &self.fabric {
            Some(fabric) => fabric.subject(asked, wishes.affiliation.as_deref())?,
            None if wishes.affiliation.is_some() => {
                return Err(
                    self.refuse("it makes no identities of Fabric; leave the affiliation out")
                );
            }
            None => asked.clone(),
        };
        self.subject.check(&self.name, &subject)?;
        Ok(subject)
    }

    /// The extensions of a certificate of this shape with that subject and those alternative
    /// names.
    ///
    /// # Errors
    /// [`Refusal::Policy`] for what the profile does not give away.
    pub fn extensions(
        &self,
        keys: &KeyIds<'_>,
        subject: &Name,
        names: &[GeneralName],
        wishes: &Wishes,
    ) -> Result<Vec<Extension>, Refusal> {
        if let Some(rules) = &self.names {
            rules.check(&self.name, names)?;
        }
        let path_len = self.ca.flatten().map(u32::from);
        let basic = BasicConstraints { ca: self.ca.is_some(), path_len };
        let mut list = vec![basic.extension(true), self.usage.extension(true)];
        if !self.purposes.is_empty() {
            list.push(ExtendedKeyUsage(self.purposes.clone()).extension(false));
        }
        list.push(SubjectKeyId(keys.subject.to_vec()).extension(false));
        if let Some(issuer) = keys.issuer {
            let id = AuthorityKeyId { key_id: Some(issuer.to_vec()), ..Default::default() };
            list.push(id.extension(false));
        }
        if !names.is_empty() {
            // RFC 5280 section 4.2.1.6: critical when there is no other name.
            list.push(SubjectAltName(names.to_vec()).extension(subject.is_empty()));
        }
        list.extend(self.fixed.iter().cloned());
        list.extend(self.numbers(wishes)?);
        list.extend(self.fabric_extension(subject, wishes)?);
        Ok(list)
    }

    fn numbers(&self, wishes: &Wishes) -> Result<Vec<Extension>, Refusal> {
        let allowed = |id: &SubjectId| {
            self.subject_ids.as_ref().is_none_or(|list| list.iter().any(|name| name == id.name()))
        };
        if let Some(id) = wishes.subject_ids.iter().find(|id| !allowed(id)) {
            return Err(self.refuse(&format!("it gives no number of the kind {}", id.name())));
        }
        Ok(wishes.subject_ids.iter().map(SubjectId::extension).collect())
    }

    fn fabric_extension(
        &self,
        subject: &Name,
        wishes: &Wishes,
    ) -> Result<Option<Extension>, Refusal> {
        if let Some(name) = wishes.attributes.keys().find(|name| !self.gives_attribute(name)) {
            let what = format!("it gives no attribute {name}; list it under `attributes`");
            return Err(self.refuse(&what));
        }
        let affiliation = wishes.affiliation.as_deref();
        Ok(match &self.fabric {
            Some(fabric) => {
                let all = fabric.attributes(subject, affiliation, &wishes.attributes);
                Some(fabric::extension(&all))
            }
            None if wishes.attributes.is_empty() => None,
            None => Some(fabric::extension(&wishes.attributes)),
        })
    }

    fn gives_attribute(&self, name: &str) -> bool {
        match &self.attributes {
            Some(patterns) => fabric::allowed(patterns, name),
            // What Fabric's CA itself says of an identity is not for others to say.
            None => self.fabric.is_some() && !name.starts_with("hf."),
        }
    }

    /// The first and the last second of a certificate that is issued now and asked for so many
    /// days.
    ///
    /// # Errors
    /// [`Refusal::Policy`] for more days than the profile gives; [`Refusal::Validity`].
    pub fn validity(
        &self,
        now: Timestamp,
        days: Option<u32>,
    ) -> Result<(Timestamp, Timestamp), Refusal> {
        let days = days.unwrap_or(self.days);
        if let Some(most) = self.max_days.filter(|most| days > *most) {
            return Err(self.refuse(&format!("it gives {most} days at most, not {days}")));
        }
        let wanted = now.plus(u64::from(days).saturating_mul(SECONDS_A_DAY));
        let until = self.last.map_or(wanted, |last| wanted.min(last.timestamp()));
        if until <= now {
            return Err(Refusal::Validity);
        }
        Ok((Timestamp(now.0.saturating_sub(self.backdate)), until))
    }

    fn refuse(&self, why: &str) -> Refusal {
        Refusal::Policy { profile: self.name.clone(), why: why.to_owned() }
    }
}
