// SPDX-License-Identifier: Apache-2.0
//! Whom a policy asks for (`common.MSPPrincipal`).
//!
//! Not here: whether somebody is one (`manager::identity`).

use crate::{PolicyError, Role};
use proto::Bytes;
use proto::common::{
    CombinedPrincipal, MspIdentityAnonymity, MspPrincipal, MspRole as RoleMessage,
    OrganizationUnit, msp_identity_anonymity::MspIdentityAnonymityType,
    msp_principal::Classification, msp_role::MspRoleType,
};
use proto::prost::Message;
use std::fmt;

/// How deep combined principals may be nested.
const MAX_DEPTH: usize = 8;

/// Whom a policy asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// Whoever has this role in that MSP.
    Role {
        /// The name of the MSP.
        msp_id: String,
        /// The role.
        role: MspRole,
    },
    /// Whoever is in an organizational unit.
    OrganizationalUnit {
        /// The name of the MSP.
        msp_id: String,
        /// The unit.
        unit: String,
        /// Which CAs must have put them there: the MSP's hash over the DER of the chain from the
        /// issuer up to the root. Empty for any.
        certifiers: Bytes,
    },
    /// One identity, serialized.
    Identity(Bytes),
    /// Whoever is not anonymous: every member.
    Nominal,
    /// Whoever is anonymous: nobody, since certificates name their owners.
    Anonymous,
    /// Whoever is all of these.
    Combined(Vec<Principal>),
}

/// A role that a principal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MspRole {
    /// Any member.
    Member,
    /// An admin, by organizational unit or by certificate.
    Admin,
    /// A client, by organizational unit.
    Client,
    /// A peer, by organizational unit.
    Peer,
    /// An orderer, by organizational unit.
    Orderer,
}

impl MspRole {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Member, Self::Admin, Self::Client, Self::Peer, Self::Orderer];

    /// The name in the text of a policy.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Client => "client",
            Self::Peer => "peer",
            Self::Orderer => "orderer",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What an organizational unit must make of a member for it.
    pub(crate) const fn by_unit(self) -> Option<Role> {
        match self {
            Self::Member | Self::Admin => None,
            Self::Client => Some(Role::Client),
            Self::Peer => Some(Role::Peer),
            Self::Orderer => Some(Role::Orderer),
        }
    }

    fn to_message(self) -> MspRoleType {
        match self {
            Self::Member => MspRoleType::Member,
            Self::Admin => MspRoleType::Admin,
            Self::Client => MspRoleType::Client,
            Self::Peer => MspRoleType::Peer,
            Self::Orderer => MspRoleType::Orderer,
        }
    }

    fn from_message(role: i32) -> Result<Self, PolicyError> {
        Ok(match MspRoleType::try_from(role) {
            Ok(MspRoleType::Member) => Self::Member,
            Ok(MspRoleType::Admin) => Self::Admin,
            Ok(MspRoleType::Client) => Self::Client,
            Ok(MspRoleType::Peer) => Self::Peer,
            Ok(MspRoleType::Orderer) => Self::Orderer,
            Err(_) => return Err(PolicyError::unknown("role of a principal", role)),
        })
    }
}

impl Principal {
    /// Whoever has this role in that MSP.
    #[must_use]
    pub fn role(msp_id: impl Into<String>, role: MspRole) -> Self {
        Self::Role { msp_id: msp_id.into(), role }
    }

    /// Reads the message.
    ///
    /// # Errors
    /// [`PolicyError`] for bytes that are none, unknown kinds and roles, an empty combination, and
    /// combinations more than eight deep.
    pub fn from_proto(message: &MspPrincipal) -> Result<Self, PolicyError> {
        Self::read(message, MAX_DEPTH)
    }

    fn read(message: &MspPrincipal, depth: usize) -> Result<Self, PolicyError> {
        let kind = message.principal_classification;
        let bytes = message.principal.clone();
        match Classification::try_from(kind) {
            Ok(Classification::Role) => {
                let RoleMessage { msp_identifier, role } = decode("role", bytes)?;
                Ok(Self::Role { msp_id: msp_identifier, role: MspRole::from_message(role)? })
            }
            Ok(Classification::OrganizationUnit) => {
                let unit: OrganizationUnit = decode("organizational unit", bytes)?;
                Ok(Self::OrganizationalUnit {
                    msp_id: unit.msp_identifier,
                    unit: unit.organizational_unit_identifier,
                    certifiers: unit.certifiers_identifier,
                })
            }
            Ok(Classification::Identity) => Ok(Self::Identity(bytes)),
            Ok(Classification::Anonymity) => {
                let anonymity: MspIdentityAnonymity = decode("anonymity", bytes)?;
                match MspIdentityAnonymityType::try_from(anonymity.anonymity_type) {
                    Ok(MspIdentityAnonymityType::Nominal) => Ok(Self::Nominal),
                    Ok(MspIdentityAnonymityType::Anonymous) => Ok(Self::Anonymous),
                    Err(error) => Err(PolicyError::unknown("anonymity of a principal", error.0)),
                }
            }
            Ok(Classification::Combined) => {
                let depth = depth.checked_sub(1).ok_or(PolicyError::TooDeep)?;
                let combined: CombinedPrincipal = decode("combination", bytes)?;
                let parts = combined.principals.iter().map(|part| Self::read(part, depth));
                let parts = parts.collect::<Result<Vec<_>, _>>()?;
                if parts.is_empty() {
                    return Err(PolicyError::EmptyCombination);
                }
                Ok(Self::Combined(parts))
            }
            Err(_) => Err(PolicyError::unknown("kind of a principal", kind)),
        }
    }

    /// The message.
    #[must_use]
    pub fn to_proto(&self) -> MspPrincipal {
        let (kind, principal) = match self {
            Self::Role { msp_id, role } => {
                let role = role.to_message().into();
                let message = RoleMessage { msp_identifier: msp_id.clone(), role };
                (Classification::Role, message.encode_to_vec().into())
            }
            Self::OrganizationalUnit { msp_id, unit, certifiers } => {
                let message = OrganizationUnit {
                    msp_identifier: msp_id.clone(),
                    organizational_unit_identifier: unit.clone(),
                    certifiers_identifier: certifiers.clone(),
                };
                (Classification::OrganizationUnit, message.encode_to_vec().into())
            }
            Self::Identity(serialized) => (Classification::Identity, serialized.clone()),
            Self::Nominal => anonymity(MspIdentityAnonymityType::Nominal),
            Self::Anonymous => anonymity(MspIdentityAnonymityType::Anonymous),
            Self::Combined(parts) => {
                let principals = parts.iter().map(Self::to_proto).collect();
                let message = CombinedPrincipal { principals };
                (Classification::Combined, message.encode_to_vec().into())
            }
        };
        MspPrincipal { principal_classification: kind.into(), principal }
    }
}

fn anonymity(kind: MspIdentityAnonymityType) -> (Classification, Bytes) {
    let message = MspIdentityAnonymity { anonymity_type: kind.into() };
    (Classification::Anonymity, message.encode_to_vec().into())
}

fn decode<M: Message + Default>(what: &'static str, bytes: Bytes) -> Result<M, PolicyError> {
    M::decode(bytes).map_err(|error| PolicyError::Malformed { what, why: error.to_string() })
}

/// A role as it stands in the text of a policy; the others, which have no such form, in words.
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role { msp_id, role } => {
                write!(f, "'{}.{}'", msp_id.escape_debug(), role.name())
            }
            Self::OrganizationalUnit { msp_id, unit, .. } => {
                write!(f, "<unit {unit:?} of {msp_id:?}>")
            }
            Self::Identity(serialized) => match crate::SerializedIdentity::decode(serialized) {
                Ok(identity) => write!(f, "<one identity of {:?}>", identity.msp_id),
                Err(_) => f.write_str("<an identity that cannot be read>"),
            },
            Self::Nominal => f.write_str("<anybody with a name>"),
            Self::Anonymous => f.write_str("<anybody without a name>"),
            Self::Combined(parts) => {
                f.write_str("<all of ")?;
                for (at, part) in parts.iter().enumerate() {
                    write!(f, "{}{part}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str(">")
            }
        }
    }
}
