// SPDX-License-Identifier: Apache-2.0
//! What became of a transaction, and why.

use proto::protos::TxValidationCode;
use std::fmt;

/// Why a transaction does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What clients see; never `Valid`.
    pub code: TxValidationCode,
    /// In words, one line.
    pub why: String,
}

impl Verdict {
    pub(crate) fn new(code: TxValidationCode, why: impl Into<String>) -> Self {
        Self { code, why: why.into() }
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
