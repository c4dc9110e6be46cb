// SPDX-License-Identifier: Apache-2.0
//! What a file holds, told from its bytes.

use crate::args::KindArg;
use anyhow::{Context as _, Result, bail};
use block::{Block, Envelope};
use proto::Bytes;
use proto::common::{Config, ConfigUpdate, ConfigUpdateEnvelope};
use proto::prost::Message;
use proto::protos::{
    ChaincodeInvocationSpec, ChaincodeProposalPayload, Proposal, ProposalResponse,
    ProposalResponsePayload, SignedProposal,
};

/// The name of the message, as `proto` has it; none for a package.
pub(super) fn message_name(kind: KindArg) -> Option<&'static str> {
    Some(match kind {
        KindArg::Block => "common.Block",
        KindArg::Envelope => "common.Envelope",
        KindArg::Config => "common.Config",
        KindArg::ConfigUpdate => "common.ConfigUpdate",
        KindArg::ConfigUpdateEnvelope => "common.ConfigUpdateEnvelope",
        KindArg::SignedProposal => "protos.SignedProposal",
        KindArg::Proposal => "protos.Proposal",
        KindArg::ProposalResponse => "protos.ProposalResponse",
        KindArg::Package => return None,
    })
}

/// Tells what the bytes are. Protobuf messages do not say it themselves; what makes them one kind
/// and no other is what stands in their inner layers.
pub(super) fn recognise(bytes: &Bytes) -> Result<KindArg> {
    const GZIP: &[u8] = &[0x1f, 0x8b];
    if bytes.starts_with(GZIP) {
        return Ok(KindArg::Package);
    }
    let tests: [(KindArg, Test); 8] = [
        (KindArg::Block, is_block),
        (KindArg::SignedProposal, is_signed_proposal),
        (KindArg::Envelope, is_envelope),
        (KindArg::ProposalResponse, is_response),
        (KindArg::Proposal, is_proposal),
        (KindArg::ConfigUpdateEnvelope, is_update_envelope),
        (KindArg::ConfigUpdate, is_update),
        (KindArg::Config, is_config),
    ];
    let found = tests.into_iter().find(|(_, test)| test(bytes) == Some(true));
    match found {
        Some((kind, _)) => Ok(kind),
        None if bytes.is_empty() => bail!("the file is empty"),
        None => bail!(
            "no block, envelope, configuration, update, proposal, response or package; if it is a \
             damaged one, say which with --type"
        ),
    }
}

/// Whether the bytes are of a kind; `None` as soon as a layer cannot be read.
type Test = fn(&Bytes) -> Option<bool>;

fn read<M: Message + Default>(bytes: &Bytes) -> Option<M> {
    M::decode(bytes.clone()).ok()
}

fn is_block(bytes: &Bytes) -> Option<bool> {
    let block = Block::decode(bytes.clone()).ok()?;
    Some(!block.header().data_hash.is_empty())
}

fn is_envelope(bytes: &Bytes) -> Option<bool> {
    let envelope = Envelope::open(bytes.clone()).ok()?;
    Some(!envelope.headers().channel_header().channel_id.is_empty())
}

/// A signed proposal has the fields of an envelope, and a proposal those of a payload.
fn is_signed_proposal(bytes: &Bytes) -> Option<bool> {
    is_proposal(&read::<SignedProposal>(bytes)?.proposal_bytes)
}

fn is_proposal(bytes: &Bytes) -> Option<bool> {
    let proposal: Proposal = read(bytes)?;
    block::Headers::open(&proposal.header).ok()?;
    let payload: ChaincodeProposalPayload = read(&proposal.payload)?;
    let invocation: ChaincodeInvocationSpec = read(&payload.input)?;
    Some(invocation.chaincode_spec?.chaincode_id.is_some())
}

fn is_response(bytes: &Bytes) -> Option<bool> {
    let response: ProposalResponse = read(bytes)?;
    let payload: ProposalResponsePayload = read(&response.payload)?;
    let has_hash = !payload.proposal_hash.is_empty();
    Some(response.response.is_some() && (has_hash || response.payload.is_empty()))
}

fn is_update_envelope(bytes: &Bytes) -> Option<bool> {
    is_update(&read::<ConfigUpdateEnvelope>(bytes)?.config_update)
}

fn is_update(bytes: &Bytes) -> Option<bool> {
    let update: ConfigUpdate = read(bytes)?;
    Some(channel::check_id(&update.channel_id).is_ok() && update.write_set.is_some())
}

fn is_config(bytes: &Bytes) -> Option<bool> {
    let root = read::<Config>(bytes)?.channel_group?;
    Some(!root.groups.is_empty() || !root.values.is_empty())
}

/// What was asked for, else what it is.
pub(super) fn of(given: Option<KindArg>, bytes: &Bytes, file: &str) -> Result<KindArg> {
    match given {
        Some(kind) => Ok(kind),
        None => recognise(bytes).with_context(|| file.to_owned()),
    }
}
