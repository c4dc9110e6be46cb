// SPDX-License-Identifier: Apache-2.0
//! The answer to "is this a member, is this an admin?", with the reason in words.
//!
//! Not here: how it is found (`provider`).

use pki::Name;
use pki::path::{Failure, VerifiedPath};
use std::fmt;

/// What an organizational unit makes of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Sends transactions.
    Client,
    /// Endorses and keeps the ledger.
    Peer,
    /// Changes the configuration.
    Admin,
    /// Orders transactions.
    Orderer,
}

impl Role {
    /// `client`, `peer`, `admin` or `orderer`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Peer => "peer",
            Self::Admin => "admin",
            Self::Orderer => "orderer",
        }
    }
}

/// Yes or no, and why. Printing it gives the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Yes(Member),
    /// It is not.
    No(Why),
}

impl Verdict {
    /// Whether it is.
    #[must_use]
    pub fn is_yes(&self) -> bool {
        matches!(self, Self::Yes(_))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes(member) => member.fmt(f),
            Self::No(why) => why.fmt(f),
        }
    }
}

/// A certificate that was found to be a member's. Only a verdict makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub(crate) path: VerifiedPath,
    pub(crate) role: Option<Role>,
    pub(crate) is_listed_admin: bool,
}

impl Member {
    /// From the certificate to the root.
    #[must_use]
    pub fn path(&self) -> &VerifiedPath {
        &self.path
    }

    /// Its role; none in an MSP without roles by organizational unit.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.role
    }

    /// Whether it is an admin, by its role or by the list of admins.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.is_listed_admin || self.role == Some(Role::Admin)
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificates = self.path.certificates();
        write!(f, "{} is issued by", self.path.leaf().subject())?;
        for (at, ca) in certificates.iter().skip(1).enumerate() {
            write!(f, "{} {}", if at == 0 { "" } else { ", that by" }, ca.subject())?;
        }
        f.write_str(", a root of this MSP")?;
        if let Some(role) = self.role {
            write!(f, "; its organizational unit says {}", role.name())?;
        }
        if self.is_listed_admin {
            f.write_str("; it is listed as an admin")?;
        }
        Ok(())
    }
}

/// Why a certificate is not a member's, or not an admin's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// CAs issue members and are none.
    #[error("it is the certificate of a CA, and a CA is not a member")]
    IsCa,
    /// Trusted, but as a root.
    #[error("it is itself a root of this MSP, and a root is not a member")]
    IsRoot,
    /// It does not chain to a root of this MSP.
    #[error("it does not chain to a root of this MSP: {0}")]
    Path(Box<Failure>),
    /// Its issuer has CAs below it here, which alone issue members.
    #[error("its issuer {issuer} has CAs below it in this MSP, and only CAs without issue members")]
    IssuerIsNoLeafCa {
        /// Who issued it.
        issuer: Name,
    },
    /// It, or a CA above it, was revoked.
    #[error("{subject} was revoked by {by}")]
    Revoked {
        /// Whose certificate was revoked.
        subject: Name,
        /// By whom.
        by: Name,
    },
    /// It is in none of the units that members must be in.
    #[error("it is in none of this MSP's organizational units ({wanted}), but in {found}")]
    NoUnit {
        /// The units of the MSP.
        wanted: String,
        /// Its own.
        found: String,
    },
    /// No unit of it gives a role.
    #[error("none of its organizational units ({found}) gives a role; those that do: {wanted}")]
    NoRole {
        /// The units that give one.
        wanted: String,
        /// Its own.
        found: String,
    },
    /// More than one unit of it gives a role.
    #[error("its organizational units give more than one role: {0}")]
    SeveralRoles(String),
    /// Its unit may only be given by another CA.
    #[error("its organizational unit {unit:?} counts only when {wanted} issues it")]
    UnitOfOtherIssuer {
        /// The unit.
        unit: String,
        /// Who may give it.
        wanted: Name,
    },
    /// A member, but no admin.
    #[error("it is a member, but neither listed as an admin nor one by its organizational unit")]
    NotAdmin,
}
