// SPDX-License-Identifier: Apache-2.0
//! The audit log: rows that are only ever added, each holding the hash of the one before.
//!
//! Changing or removing a row breaks every row after it. Cutting rows off the end does not show
//! by itself: whoever needs that writes the last digest down elsewhere.

use bccsp::{Digest, Hash};
use sys::Timestamp;

/// One thing that the CA did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// From 1, without gaps.
    pub number: u64,
    /// When it was recorded.
    pub time: Timestamp,
    /// `init`, `issue`, `revoke` or `crl`.
    pub action: String,
    /// What exactly, in words.
    pub detail: String,
    /// Hash of this row and the digest of the row before.
    pub digest: [u8; 32],
}

/// A row that has no number and no digest yet.
pub(crate) struct NewRow {
    pub(crate) action: &'static str,
    pub(crate) detail: String,
}

/// The digest of the last row.
pub(crate) struct Chain(Vec<u8>);

impl Chain {
    /// Before the first row there are 32 zero bytes.
    pub(crate) fn start() -> Self {
        Self(vec![0; Digest::LEN])
    }

    pub(crate) fn after(digest: &[u8]) -> Self {
        Self(digest.to_vec())
    }

    /// The digest of the next row: hash of the digest before, number and time (8 bytes each,
    /// big-endian), and action and detail, each behind its length (4 bytes, big-endian).
    pub(crate) fn next(
        &mut self,
        hash: &dyn Hash,
        number: u64,
        time: u64,
        action: &str,
        detail: &str,
    ) -> Digest {
        let length = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
        let digest = hash.digest(&[
            &self.0,
            &number.to_be_bytes(),
            &time.to_be_bytes(),
            &length(action),
            action.as_bytes(),
            &length(detail),
            detail.as_bytes(),
        ]);
        self.0 = digest.as_bytes().to_vec();
        digest
    }
}
