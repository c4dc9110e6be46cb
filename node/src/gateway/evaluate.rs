// SPDX-License-Identifier: Apache-2.0
//! Evaluation: one peer is asked, and what the chaincode answers is all that comes of it.

use super::failure::Failure;
use super::peers::{NoAnswer, Peer, Peers};
use super::request::Asked;
use channel::Channel as Configuration;
use proto::prost::Message;
use proto::protos::{ChaincodeAction, ProposalResponse, ProposalResponsePayload, Response};
use tokio::time::Instant;
use tonic::Code;

/// Evaluates a proposal on a peer of the target organisations, or of any when there are none; this
/// peer is so far.
pub(super) async fn evaluate(
    peers: &Peers,
    config: &Configuration,
    asked: &Asked,
    targets: &[String],
    (height, until): (u64, Instant),
) -> Result<Response, Failure> {
    let candidates = candidates(peers, config, asked, (targets, height));
    if candidates.is_empty() {
        let why = "no peers available to evaluate chaincode";
        let why = format!("{why} {} in channel {}", asked.chaincode, asked.channel);
        return Err(Failure::new(Code::FailedPrecondition, why));
    }
    let mut details = Vec::new();
    let mut others = candidates.len();
    for peer in &candidates {
        others = others.saturating_sub(1);
        let share = share(until, others > 0);
        match peers.ask(config, peer, asked.signed.clone(), share).await {
            Ok(answer) => return result(peer, &answer),
            Err(NoAnswer::Denied(why)) => {
                let details = vec![peer.detail(why.clone())];
                return Err(Failure::new(Code::FailedPrecondition, why).with(details));
            }
            Err(why) => details.push(peer.detail(why.words())),
        }
        if Instant::now() >= until {
            let why = "evaluate timeout expired";
            return Err(Failure::new(Code::DeadlineExceeded, why).with(details));
        }
    }
    let why = "failed to evaluate transaction, see attached details for more info";
    Err(Failure::new(Code::Unavailable, why).with(details))
}

/// Who is asked, one after the other: peers of this organisation first, and of them, as of all others,
/// those first that are furthest.
fn candidates(
    peers: &Peers,
    config: &Configuration,
    asked: &Asked,
    (targets, height): (&[String], u64),
) -> Vec<Peer> {
    let mut organizations = peers.organizations(config);
    if !targets.is_empty() {
        organizations.retain(|id| targets.contains(id));
    } else if asked.has_transient {
        organizations.retain(|id| *id == peers.here.msp_id);
    }
    let (own, others): (Vec<String>, Vec<String>) =
        organizations.into_iter().partition(|id| *id == peers.here.msp_id);
    let mut all = peers.ranked(config, &own, height);
    all.extend(peers.ranked(config, &others, height));
    if !peers.executor.runs(&asked.channel, &asked.chaincode) {
        all.retain(|peer| *peer != peers.here);
    }
    all
}

/// Until when one peer is waited for: half of the time where others could be asked behind it.
pub(super) fn share(until: Instant, has_others: bool) -> Instant {
    let now = Instant::now();
    let left = until.saturating_duration_since(now);
    if has_others { now.checked_add(left / 2).unwrap_or(until) } else { until }
}

fn result(peer: &Peer, answer: &ProposalResponse) -> Result<Response, Failure> {
    let response = answer.response.clone().unwrap_or_default();
    if !(200..400).contains(&response.status) {
        let Response { status, message, .. } = response;
        let why = format!("evaluate call to endorser returned error: {message}");
        let detail = peer.detail(chaincode_response(status, &message));
        return Err(Failure::new(Code::Unknown, why).with(vec![detail]));
    }
    Ok(inner(answer).unwrap_or(response))
}

/// How a refusal by a chaincode is told.
pub(super) fn chaincode_response(status: i32, message: &str) -> String {
    format!("chaincode response {status}, {message}")
}

/// What the chaincode said, as it was signed: that beside it comes from the peer.
fn inner(answer: &ProposalResponse) -> Option<Response> {
    let payload = ProposalResponsePayload::decode(answer.payload.clone()).ok()?;
    ChaincodeAction::decode(payload.extension).ok()?.response
}
