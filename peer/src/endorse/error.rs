// SPDX-License-Identifier: Apache-2.0
//! Why a proposal was not looked at: what becomes an error of the call, with Fabric's words.

/// A proposal that is refused before anything runs. Over gRPC it is status 2 with this text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Denied {
    /// A layer of it cannot be read.
    #[error("error unmarshalling proposal: {0}")]
    Malformed(String),
    /// A header says what it must not.
    #[error("error validating proposal: {0}")]
    Header(String),
    /// Who sent it is not known, no member, revoked, or did not sign it. It says no more.
    #[error("error validating proposal: access denied: channel [{channel}] creator org [{msp_id}]")]
    Access {
        /// The channel; empty for a proposal to the peer itself.
        channel: String,
        /// The MSP that the creator names.
        msp_id: String,
    },
    /// The certificate of its creator has ended.
    #[error("proposal client identity expired {seconds} seconds ago")]
    Expired {
        /// How long ago.
        seconds: u64,
    },
    /// Its time is not now.
    #[error(
        "request unauthorized due to incorrect timestamp: {stated} seconds since 1970, peer time {now}"
    )]
    Timestamp {
        /// What it says.
        stated: i64,
        /// What the clock of the peer says.
        now: u64,
    },
    /// A transaction of that id is in the ledger.
    #[error("duplicate transaction found [{0}]")]
    Duplicate(String),
    /// A policy of the channel says no.
    #[error("access denied for [{resource}][{channel}]: {why}")]
    Policy {
        /// What was asked for.
        resource: String,
        /// The channel.
        channel: String,
        /// What the policy lacked.
        why: String,
    },
    /// The ledger cannot be read, or a provider did not do its part.
    #[error("the proposal could not be judged: {0}")]
    Failed(String),
}
