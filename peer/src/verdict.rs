// SPDX-License-Identifier: Apache-2.0
//! What became of a transaction, and why.

use msp::Shortfall;
use proto::gmca::UnmetPolicy;
use proto::protos::TxValidationCode;
use std::fmt;

/// Why a transaction does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What clients see; never `Valid`.
    pub code: TxValidationCode,
    /// In words, one line.
    pub why: String,
    /// The policy that was not satisfied, where it is that.
    pub policy: Option<Box<UnmetPolicy>>,
}

impl Verdict {
    pub(crate) fn new(code: TxValidationCode, why: impl Into<String>) -> Self {
        Self { code, why: why.into(), policy: None }
    }
}

/// Why the endorsers of a transaction are not enough.
#[derive(Clone, Debug)]
pub(crate) struct Unmet {
    why: String,
    policy: Option<Box<UnmetPolicy>>,
}

impl From<String> for Unmet {
    fn from(why: String) -> Self {
        Self { why, policy: None }
    }
}

impl Unmet {
    /// They do not satisfy this policy.
    pub(crate) fn policy(policy: String, lacked: &Shortfall) -> Self {
        let missing = lacked.missing().into_iter().map(str::to_owned).collect();
        let unmet =
            UnmetPolicy { policy, shortfall: lacked.lines(), missing, ..UnmetPolicy::default() };
        Self { why: lacked.to_string(), policy: Some(Box::new(unmet)) }
    }

    /// The policy is one of a key.
    pub(crate) fn of_key(mut self, shown: &str, collection: Option<&str>, key: String) -> Self {
        self.why = format!("{shown}, which has its own policy: {}", self.why);
        if let Some(policy) = &mut self.policy {
            policy.collection = collection.unwrap_or_default().to_owned();
            policy.key = key;
        }
        self
    }

    /// The policy is one of a collection.
    pub(crate) fn of_collection(mut self, name: &str) -> Self {
        self.why = format!("collection `{}`: {}", name.escape_debug(), self.why);
        if let Some(policy) = &mut self.policy {
            policy.collection = name.to_owned();
        }
        self
    }

    /// What becomes of a transaction that writes in this namespace.
    pub(crate) fn verdict(mut self, namespace: &str) -> Verdict {
        if let Some(policy) = &mut self.policy {
            policy.namespace = namespace.to_owned();
        }
        let why = format!("namespace `{}`: {}", namespace.escape_debug(), self.why);
        Verdict { code: TxValidationCode::EndorsementPolicyFailure, why, policy: self.policy }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str_name(), self.why)
    }
}

/// A transaction that is in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// The block.
    pub block: u64,
    /// Its place there, from 0.
    pub place: usize,
    /// Whether it counts.
    pub code: TxValidationCode,
}
