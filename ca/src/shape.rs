// SPDX-License-Identifier: Apache-2.0
//! Where the extensions of a certificate come from: a profile, or an OpenSSL configuration file.

use crate::error::Refusal;
use crate::openssl_conf::{KeyIds, Leniency, OpensslConf};
use crate::profile::Wishes;
use crate::{Error, Profile};
use pki::Name;
use pki::extension::{Extension, Extensions, GeneralName, SubjectAltName};
use std::sync::Arc;
use sys::Timestamp;

/// What a certificate looks like apart from names, key and dates.
#[derive(Clone, Debug)]
pub enum Shape {
    /// One of the profiles.
    Profile(Arc<Profile>),
    /// A section of an OpenSSL configuration file.
    Conf {
        /// The file.
        conf: OpensslConf,
        /// The section with the extensions.
        section: String,
        /// What to do with what RFC 5280 forbids.
        leniency: Leniency,
    },
}

/// For a file: the 30 days of `openssl x509`, as nothing in it says more.
const CONF_DAYS: u32 = 30;
const SECONDS_A_DAY: u64 = 86_400;

impl Shape {
    /// The name it is recorded under.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Profile(profile) => profile.name.clone(),
            Self::Conf { conf, section, .. } => format!("{}[{section}]", conf.file()),
        }
    }

    /// Whether it makes a CA.
    pub(crate) fn is_ca(&self) -> bool {
        matches!(self, Self::Profile(profile) if profile.ca.is_some())
    }

    /// The first and the last second of a certificate that is issued now.
    pub(crate) fn validity(
        &self,
        now: Timestamp,
        days: Option<u32>,
    ) -> Result<(Timestamp, Timestamp), Refusal> {
        match self {
            Self::Profile(profile) => profile.validity(now, days),
            Self::Conf { .. } => {
                let days = u64::from(days.unwrap_or(CONF_DAYS));
                Ok((now, now.plus(days * SECONDS_A_DAY)))
            }
        }
    }

    /// The name that is certified.
    pub(crate) fn subject(&self, asked: &Name, wishes: &Wishes) -> Result<Name, Refusal> {
        match self {
            Self::Profile(profile) => profile.subject(asked, wishes),
            Self::Conf { .. } if wishes.is_plain() && wishes.names.is_none() => Ok(asked.clone()),
            Self::Conf { conf, .. } => Err(Refusal::Extension(format!(
                "{}: names, attributes and numbers stand in the file itself; \
                 leave the options out, or use a profile",
                conf.file()
            ))),
        }
    }

    /// The extensions, and what was noticed on the way. Of what the request asks for, a profile
    /// takes over the alternative names; all else is its own to say.
    pub(crate) fn extensions(
        &self,
        keys: &KeyIds<'_>,
        subject: &Name,
        requested: &Extensions,
        wishes: &Wishes,
    ) -> Result<(Vec<Extension>, Vec<String>), Error> {
        match self {
            Self::Profile(profile) => {
                let names = alternative_names(requested, wishes)?;
                let list = profile.extensions(keys, subject, &names, wishes);
                list.map(|list| (list, Vec::new())).map_err(Error::Refused)
            }
            Self::Conf { conf, section, leniency } => conf
                .extensions(section, keys, *leniency)
                .map(|found| (found.extensions, found.warnings))
                .map_err(|error| Error::Refused(Refusal::Extension(error.to_string()))),
        }
    }
}

impl From<Profile> for Shape {
    fn from(profile: Profile) -> Self {
        Self::Profile(Arc::new(profile))
    }
}

/// Those that are wished for, else those of the request.
pub(crate) fn alternative_names(
    requested: &Extensions,
    wishes: &Wishes,
) -> Result<Vec<GeneralName>, Error> {
    if let Some(names) = &wishes.names {
        return Ok(names.clone());
    }
    let names = requested.get::<SubjectAltName>().map_err(|error| {
        let what = format!("{error}; make the request again with `gmca req --san`");
        Error::Refused(Refusal::Extension(what))
    })?;
    Ok(names.map(|names| names.0).unwrap_or_default())
}
