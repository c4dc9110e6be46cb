// SPDX-License-Identifier: Apache-2.0
//! Where the extensions of a certificate come from: a profile, or an OpenSSL configuration file.

use crate::error::Refusal;
use crate::openssl_conf::{KeyIds, Leniency, OpensslConf};
use crate::{Error, Profile};
use pki::extension::{Extension, Extensions};

/// What a certificate looks like apart from names, key and dates.
#[derive(Clone, Debug)]
pub enum Shape {
    /// One of the profiles.
    Profile(Profile),
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

impl Shape {
    /// The name it is recorded under.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Profile(profile) => profile.name.to_owned(),
            Self::Conf { conf, section, .. } => format!("{}[{section}]", conf.file()),
        }
    }

    /// How long a certificate of it is valid unless something else is asked for, in days. For a
    /// file that is the 30 days of `openssl x509`, as nothing in it says more.
    pub(crate) fn days(&self) -> u32 {
        match self {
            Self::Profile(profile) => profile.days,
            Self::Conf { .. } => 30,
        }
    }

    /// Whether it makes a CA.
    pub(crate) fn is_ca(&self) -> bool {
        matches!(self, Self::Profile(profile) if profile.ca.is_some())
    }

    /// The extensions, and what was noticed on the way.
    pub(crate) fn extensions(
        &self,
        keys: &KeyIds<'_>,
        requested: &Extensions,
        no_subject: bool,
    ) -> Result<(Vec<Extension>, Vec<String>), Error> {
        match self {
            Self::Profile(profile) => profile
                .extensions(keys, requested, no_subject)
                .map(|extensions| (extensions, Vec::new()))
                .map_err(Error::Refused),
            Self::Conf { conf, section, leniency } => conf
                .extensions(section, keys, *leniency)
                .map(|found| (found.extensions, found.warnings))
                .map_err(|error| Error::Refused(Refusal::Extension(error.to_string()))),
        }
    }
}
