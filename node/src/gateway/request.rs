// SPDX-License-Identifier: Apache-2.0
//! The proposal in a request, opened as far as a gateway needs.
//!
//! Not here: whether its creator may propose, which endorsers say.

use super::failure::Failure;
use block::Proposal;
use proto::Bytes;
use proto::protos::SignedProposal;

/// A proposal that somebody wants endorsed, or evaluated.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) signed: SignedProposal,
    pub(super) channel: String,
    pub(super) chaincode: String,
    /// What is called there.
    pub(super) function: Bytes,
    /// Whether it carries what only members of a collection may see.
    pub(super) has_transient: bool,
}

impl Asked {
    /// Opens what a request carries. What it says beside the proposal must agree with that.
    pub(super) fn open(
        (id, channel): (&str, &str),
        signed: Option<SignedProposal>,
    ) -> Result<Self, Failure> {
        let signed = signed.filter(|signed| !signed.proposal_bytes.is_empty());
        let none = "the proposed transaction must contain a signed proposal";
        let signed = signed.ok_or_else(|| Failure::malformed(none))?;
        let unread = |error: block::Error| {
            Failure::malformed(format!("failed to unpack transaction proposal: {error}"))
        };
        let proposal = Proposal::open(signed.proposal_bytes.clone()).map_err(unread)?;
        let header = proposal.headers().channel_header();
        let need = |is_there: bool, what: &str| {
            if is_there { Ok(()) } else { Err(Failure::malformed(what)) }
        };
        need(!header.channel_id.is_empty(), "no channel id provided")?;
        need(
            channel.is_empty() || channel == header.channel_id,
            "the proposal is for another channel",
        )?;
        need(id.is_empty() || id == header.tx_id, "the proposal has another transaction ID")?;
        let spec = proposal.invocation().map_err(unread)?.chaincode_spec;
        let spec = spec.ok_or_else(|| Failure::malformed("no chaincode spec is provided"))?;
        let chaincode = spec.chaincode_id.map(|id| id.name).unwrap_or_default();
        need(!chaincode.is_empty(), "no chaincode name is provided")?;
        let input =
            spec.input.ok_or_else(|| Failure::malformed("no chaincode input is provided"))?;
        Ok(Self {
            channel: header.channel_id.clone(),
            chaincode,
            function: input.args.into_iter().next().unwrap_or_default(),
            has_transient: !proposal.transient().is_empty(),
            signed,
        })
    }
}
