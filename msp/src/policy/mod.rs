// SPDX-License-Identifier: Apache-2.0
//! Policies: whose signatures are enough. By signatures, by the policies of child groups, and the
//! tree that both hang in.
//!
//! Not here: verifying signatures (`manager`).

mod decision;
mod error;
mod meta;
mod signature;
mod text;
mod tree;

pub use decision::{Decision, Shortfall};
pub use error::PolicyError;
pub use meta::{MetaPolicy, MetaRule};
pub use signature::SignaturePolicy;
pub use tree::{PolicyTree, Resolved};

use proto::common::policy::PolicyType;
use proto::prost::Message;
use std::fmt;

/// A policy of a group of the configuration (`common.Policy`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Signatures of principals.
    Signature(SignaturePolicy),
    /// Policies of the child groups.
    ImplicitMeta(MetaPolicy),
}

impl Policy {
    /// Reads the message.
    ///
    /// # Errors
    /// [`PolicyError`] for bytes that are none, and for a type that is neither of the two.
    pub fn from_proto(message: &proto::common::Policy) -> Result<Self, PolicyError> {
        let value = message.value.clone();
        let malformed = |what| {
            move |error: proto::prost::DecodeError| PolicyError::Malformed {
                what,
                why: error.to_string(),
            }
        };
        match PolicyType::try_from(message.r#type) {
            Ok(PolicyType::Signature) => {
                let envelope = proto::common::SignaturePolicyEnvelope::decode(value)
                    .map_err(malformed("signature policy"))?;
                Ok(Self::Signature(SignaturePolicy::from_proto(&envelope)?))
            }
            Ok(PolicyType::ImplicitMeta) => {
                let meta = proto::common::ImplicitMetaPolicy::decode(value)
                    .map_err(malformed("implicit meta policy"))?;
                Ok(Self::ImplicitMeta(MetaPolicy::from_proto(&meta)?))
            }
            Ok(PolicyType::Msp) => Err(PolicyError::MspType),
            Ok(PolicyType::Unknown) | Err(_) => {
                Err(PolicyError::unknown("type of a policy", message.r#type))
            }
        }
    }

    /// The message.
    #[must_use]
    pub fn to_proto(&self) -> proto::common::Policy {
        let (kind, value) = match self {
            Self::Signature(policy) => (PolicyType::Signature, policy.to_proto().encode_to_vec()),
            Self::ImplicitMeta(policy) => {
                (PolicyType::ImplicitMeta, policy.to_proto().encode_to_vec())
            }
        };
        proto::common::Policy { r#type: kind.into(), value: value.into() }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature(policy) => policy.fmt(f),
            Self::ImplicitMeta(policy) => policy.fmt(f),
        }
    }
}

impl From<SignaturePolicy> for Policy {
    fn from(policy: SignaturePolicy) -> Self {
        Self::Signature(policy)
    }
}

impl From<MetaPolicy> for Policy {
    fn from(policy: MetaPolicy) -> Self {
        Self::ImplicitMeta(policy)
    }
}
