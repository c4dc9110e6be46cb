// SPDX-License-Identifier: Apache-2.0
//! One identity, judged: who it is, whether it is a member, and which principals it satisfies.
//!
//! Not here: where it came from (`manager`).

use crate::{MspRole, Principal, Role, SerializedIdentity, Verdict, Why};
use bccsp::{Digest, VerifyingKey};
use pki::{Certificate, Time};
use proto::Bytes;
use std::fmt;
use std::sync::Arc;

/// An identity that was read and judged. Being one does not make it a member: see
/// [`verdict`](Self::verdict).
#[derive(Debug)]
pub struct Identity {
    pub(super) serialized: SerializedIdentity,
    pub(super) certificate: Certificate,
    pub(super) key: Arc<dyn VerifyingKey>,
    pub(super) verdict: Verdict,
    pub(super) id: IdentityId,
    /// The hash over the chain above the certificate; empty for who is no member.
    pub(super) certifiers: Bytes,
}

/// What makes two identities the same: the name of the MSP, and the MSP's hash of the certificate,
/// whose own signature may have been written in two forms.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityId {
    /// The name of the MSP.
    pub msp_id: String,
    /// The digest of the certificate.
    pub digest: Vec<u8>,
}

impl IdentityId {
    pub(crate) fn new(msp_id: &str, digest: &Digest) -> Self {
        Self { msp_id: msp_id.to_owned(), digest: digest.as_ref().to_vec() }
    }
}

impl Identity {
    /// The name of its MSP.
    #[must_use]
    pub fn msp_id(&self) -> &str {
        &self.serialized.msp_id
    }

    /// As it travelled.
    #[must_use]
    pub fn serialized(&self) -> &SerializedIdentity {
        &self.serialized
    }

    /// Its certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Its key, ready to verify.
    #[must_use]
    pub fn key(&self) -> &Arc<dyn VerifyingKey> {
        &self.key
    }

    /// Whether it is a member of its MSP, or why not.
    #[must_use]
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// What makes it the same as another.
    #[must_use]
    pub fn id(&self) -> &IdentityId {
        &self.id
    }

    /// The MSP's hash over the DER of its chain from the issuer up to the root, as principals of
    /// organizational units name it; empty for who is no member.
    #[must_use]
    pub fn certifiers(&self) -> &Bytes {
        &self.certifiers
    }

    /// The subject of its certificate and the name of its MSP, for messages.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("{} of {}", self.certificate.subject(), self.msp_id().escape_debug())
    }

    /// When its certificate ends. No part of any verdict: it is for warnings.
    #[must_use]
    pub fn ends(&self) -> Time {
        self.certificate.not_after()
    }

    /// Whether it is whom a policy asks for. Only a member is anybody.
    ///
    /// # Errors
    /// [`WhyNot`], with the reason.
    pub fn satisfies(&self, principal: &Principal) -> Result<(), WhyNot> {
        match principal {
            Principal::Role { msp_id, role } => {
                self.is_of(msp_id)?;
                self.has_role(*role)
            }
            Principal::OrganizationalUnit { msp_id, unit, certifiers } => {
                self.is_of(msp_id)?;
                self.member()?;
                self.is_in(unit, certifiers)
            }
            Principal::Identity(serialized) => self.is_identity(serialized),
            Principal::Nominal => self.member().map(|_| ()),
            Principal::Anonymous => Err(WhyNot::Anonymous),
            Principal::Combined(parts) if parts.is_empty() => Err(WhyNot::Nothing),
            Principal::Combined(parts) => parts.iter().try_for_each(|part| self.satisfies(part)),
        }
    }

    fn member(&self) -> Result<&crate::Member, WhyNot> {
        match &self.verdict {
            Verdict::Yes(member) => Ok(member),
            Verdict::No(why) => Err(WhyNot::NoMember(why.clone())),
        }
    }

    fn is_of(&self, msp_id: &str) -> Result<(), WhyNot> {
        if self.msp_id() == msp_id {
            return Ok(());
        }
        Err(WhyNot::OtherMsp { wanted: msp_id.to_owned(), found: self.msp_id().to_owned() })
    }

    fn has_role(&self, wanted: MspRole) -> Result<(), WhyNot> {
        let member = self.member()?;
        let has = match wanted.by_unit() {
            Some(role) => member.role() == Some(role),
            None => wanted == MspRole::Member || member.is_admin(),
        };
        if has { Ok(()) } else { Err(WhyNot::OtherRole { wanted, found: member.role() }) }
    }

    fn is_in(&self, wanted: &str, certifiers: &[u8]) -> Result<(), WhyNot> {
        let subject = self.certificate.subject();
        if !subject.values(pki::oid::ORGANIZATIONAL_UNIT_NAME).any(|unit| unit == wanted) {
            return Err(WhyNot::OtherUnit(wanted.to_owned()));
        }
        // As in Fabric: a principal without certifiers matches nobody.
        if certifiers == self.certifiers {
            return Ok(());
        }
        Err(WhyNot::OtherCertifiers(wanted.to_owned()))
    }

    fn is_identity(&self, serialized: &Bytes) -> Result<(), WhyNot> {
        self.member()?;
        let other = SerializedIdentity::decode(serialized).map_err(|_| WhyNot::OtherIdentity)?;
        if other == self.serialized {
            return Ok(());
        }
        if other.msp_id != self.serialized.msp_id {
            return Err(WhyNot::OtherIdentity);
        }
        // Written in another way, it may be the same certificate.
        let certificate =
            super::read_certificate(&other.certificate).map_err(|_| WhyNot::OtherIdentity)?;
        if certificate.low_s_der() == self.certificate.low_s_der() {
            return Ok(());
        }
        Err(WhyNot::OtherIdentity)
    }
}

/// Why an identity is not whom a policy asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhyNot {
    /// It belongs to another organisation.
    OtherMsp {
        /// The MSP that is asked for.
        wanted: String,
        /// Its own.
        found: String,
    },
    /// It is nobody.
    NoMember(Why),
    /// It has another role, or none.
    OtherRole {
        /// The role that is asked for.
        wanted: MspRole,
        /// Its own.
        found: Option<Role>,
    },
    /// It is not in this unit.
    OtherUnit(String),
    /// It is in this unit, put there by other CAs.
    OtherCertifiers(String),
    /// It is somebody else.
    OtherIdentity,
    /// Nobody with a certificate is anonymous.
    Anonymous,
    /// A combination of nothing is asked for.
    Nothing,
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherMsp { wanted, found } => {
                let (wanted, found) = (wanted.escape_debug(), found.escape_debug());
                write!(f, "its MSP is {found}, not {wanted}")
            }
            Self::NoMember(why) => write!(f, "it is not a member: {why}"),
            Self::OtherRole { wanted: MspRole::Admin, .. } => Why::NotAdmin.fmt(f),
            Self::OtherRole { wanted, found: Some(found) } => {
                write!(f, "its organizational unit says {}, not {}", found.name(), wanted.name())
            }
            Self::OtherRole { wanted, found: None } => {
                write!(
                    f,
                    "its MSP gives no roles by organizational unit, such as {}",
                    wanted.name()
                )
            }
            Self::OtherUnit(unit) => write!(f, "it is not in the organizational unit {unit:?}"),
            Self::OtherCertifiers(unit) => {
                write!(f, "other CAs put it into the organizational unit {unit:?}")
            }
            Self::OtherIdentity => f.write_str("it is another identity"),
            Self::Anonymous => f.write_str("its certificate names it, so it is not anonymous"),
            Self::Nothing => f.write_str("a combination of nothing is satisfied by nobody"),
        }
    }
}

impl std::error::Error for WhyNot {}
