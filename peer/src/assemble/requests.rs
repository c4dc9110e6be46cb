// SPDX-License-Identifier: Apache-2.0
//! Requests that are signed outside of proposals: who sent them, and whether they may.
//!
//! Not here: waiting for a block, and sending to orderers.

use crate::endorse::check::signer;
use crate::endorse::{Denied, Endorser, acl};
use crate::view::View;
use block::Envelope;
use msp::Identity;
use proto::gateway::{
    ChaincodeEventsRequest, CommitStatusRequest, SignedChaincodeEventsRequest,
    SignedCommitStatusRequest, SubmitRequest,
};
use proto::prost::Message;
use proto::{Bytes, SignedData};
use std::sync::Arc;

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAllowed {
    /// gRPC status 3: it cannot be read, or something is missing.
    #[error("{0}")]
    Malformed(String),
    /// gRPC status 9: the peer is not in that channel.
    #[error("channel {} not found", .0.escape_debug())]
    NoChannel(String),
    /// gRPC status 7: whoever signed may not, or did not sign.
    #[error("{0}")]
    Denied(String),
}

/// Judges a request for the status of a transaction: the channel, and what is asked.
///
/// # Errors
/// [`NotAllowed`].
pub fn check_commit_status(
    endorser: &Endorser,
    signed: &SignedCommitStatusRequest,
) -> Result<(View, CommitStatusRequest), NotAllowed> {
    let request = CommitStatusRequest::decode(signed.request.clone())
        .map_err(|error| NotAllowed::Malformed(format!("invalid status request: {error}")))?;
    if request.transaction_id.is_empty() {
        return Err(NotAllowed::Malformed("a transaction ID is required".to_owned()));
    }
    let view = channel(endorser, &request.channel_id)?;
    let data = data(&request.identity, &signed.request, &signed.signature);
    check(&view, acl::COMMIT_STATUS, data)?;
    Ok((view, request))
}

/// Judges a request for the events of a chaincode: the channel, and what is asked.
///
/// # Errors
/// [`NotAllowed`].
pub fn check_chaincode_events(
    endorser: &Endorser,
    signed: &SignedChaincodeEventsRequest,
) -> Result<(View, ChaincodeEventsRequest), NotAllowed> {
    let request = ChaincodeEventsRequest::decode(signed.request.clone()).map_err(|error| {
        NotAllowed::Malformed(format!("invalid chaincode events request: {error}"))
    })?;
    if request.chaincode_id.is_empty() {
        return Err(NotAllowed::Malformed("a chaincode ID is required".to_owned()));
    }
    let view = channel(endorser, &request.channel_id)?;
    let data = data(&request.identity, &signed.request, &signed.signature);
    check(&view, acl::CHAINCODE_EVENTS, data)?;
    Ok((view, request))
}

/// Looks at a transaction that is to be ordered. Its signatures are the orderer's business.
///
/// # Errors
/// [`NotAllowed::Malformed`] when it is not signed, or not what the request says.
pub fn check_submit(request: &SubmitRequest) -> Result<(), NotAllowed> {
    let malformed = |why: &str| NotAllowed::Malformed(why.to_owned());
    let transaction = request.prepared_transaction.as_ref();
    let transaction = transaction.ok_or_else(|| malformed("a prepared transaction is required"))?;
    if transaction.signature.is_empty() {
        return Err(malformed("prepared transaction must be signed"));
    }
    let envelope = Envelope::from_message(transaction.clone())
        .map_err(|error| NotAllowed::Malformed(format!("the prepared transaction: {error}")))?;
    let header = envelope.headers().channel_header();
    if header.channel_id != request.channel_id {
        return Err(malformed("the prepared transaction is for another channel"));
    }
    if header.tx_id != request.transaction_id {
        return Err(malformed("the prepared transaction has another transaction ID"));
    }
    Ok(())
}

/// Judges whoever asks for blocks, `filtered` or whole ones, with a signed envelope.
///
/// # Errors
/// [`NotAllowed::Denied`].
pub fn check_deliver(
    view: &View,
    envelope: &Envelope,
    filtered: bool,
) -> Result<Arc<Identity>, NotAllowed> {
    let resource = if filtered { acl::EVENT_FILTERED_BLOCK } else { acl::EVENT_BLOCK };
    check(view, resource, envelope.signed_data())
}

fn channel(endorser: &Endorser, id: &str) -> Result<View, NotAllowed> {
    if id.is_empty() {
        return Err(NotAllowed::Malformed("a channel ID is required".to_owned()));
    }
    endorser.channels.view(id).ok_or_else(|| NotAllowed::NoChannel(id.chars().take(250).collect()))
}

fn data(identity: &Bytes, request: &Bytes, signature: &Bytes) -> SignedData {
    SignedData {
        identity: identity.clone(),
        message: vec![request.clone()],
        signature: signature.clone(),
    }
}

fn check(view: &View, resource: &str, data: SignedData) -> Result<Arc<Identity>, NotAllowed> {
    let denied = |why: String| NotAllowed::Denied(why);
    let who = signer(view.config().msps(), view.id(), data);
    let who = who.map_err(|error: Denied| denied(error.to_string()))?;
    acl::check_channel(resource, view, &who).map_err(denied)?;
    Ok(who)
}
