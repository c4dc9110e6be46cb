// SPDX-License-Identifier: Apache-2.0
//! What a gateway does between a client, the endorsers and the orderers: choose who must endorse, put
//! the transaction together, judge signed requests, and pick events out of blocks.
//!
//! Not here: asking anybody (`node`).

mod choose;
mod events;
mod requests;

pub use choose::{CannotMeet, Chooser};
pub use events::{chaincode_events, filtered};
pub use requests::{
    NotAllowed, check_chaincode_events, check_commit_status, check_deliver, check_submit,
};

use block::Proposal;
use proto::common::Envelope;
use proto::protos::{ProposalResponse, SignedProposal};

/// Why endorsements make no transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotPrepared {
    /// Nobody endorsed.
    #[error("no endorsements were collected")]
    Nothing,
    /// An endorser said no; over gRPC status 10, with this as a detail.
    #[error("chaincode response {status}, {message}")]
    Refused {
        /// Which of the responses, from 0.
        index: usize,
        /// What it says: 400 or more.
        status: i32,
        /// What it says.
        message: String,
    },
    /// The endorsers came to different results.
    #[error("ProposalResponsePayloads do not match: response {index} differs from the first one")]
    Differ {
        /// Which of the responses, from 0.
        index: usize,
    },
    /// The proposal or a response is not what it should be.
    #[error("the endorsements cannot be put together: {0}")]
    Malformed(String),
}

/// Puts a transaction together, for its creator to sign: the proposal's headers as they came, and what
/// the endorsers agree on. Of several endorsements by one identity the first is taken.
///
/// # Errors
/// [`NotPrepared`] says which response is wrong.
pub fn prepare(
    proposal: &SignedProposal,
    responses: &[ProposalResponse],
) -> Result<Envelope, NotPrepared> {
    let first = responses.first().ok_or(NotPrepared::Nothing)?;
    for (index, response) in responses.iter().enumerate() {
        check_endorsed(index, response)?;
        if response.payload != first.payload {
            return Err(NotPrepared::Differ { index });
        }
    }
    let malformed = |error: block::Error| NotPrepared::Malformed(error.to_string());
    let proposal = Proposal::open(proposal.proposal_bytes.clone()).map_err(malformed)?;
    let payload = proposal.assemble(responses).map_err(malformed)?;
    Ok(Envelope { payload, ..Envelope::default() })
}

/// Whether a response is an endorsement.
///
/// # Errors
/// [`NotPrepared::Refused`] with `index`, or [`NotPrepared::Malformed`].
pub fn check_endorsed(index: usize, response: &ProposalResponse) -> Result<(), NotPrepared> {
    let Some(inner) = &response.response else {
        return Err(NotPrepared::Malformed(format!("response {index} is empty")));
    };
    if !(200..400).contains(&inner.status) {
        let message = inner.message.clone();
        return Err(NotPrepared::Refused { index, status: inner.status, message });
    }
    if response.endorsement.is_none() {
        return Err(NotPrepared::Malformed(format!("response {index} is not endorsed")));
    }
    Ok(())
}
