// SPDX-License-Identifier: Apache-2.0
//! `cscc`: the channels of a peer, and their configurations.

use super::{Refusal, allow, function, respond, text};
use crate::endorse::Endorser;
use crate::endorse::acl::check_channel;
use crate::endorse::check::Checked;
use crate::view::View;
use block::Block;
use proto::Bytes;
use proto::prost::Message;
use proto::protos::{ChannelInfo, ChannelQueryResponse, Response};

/// Answers a call.
pub(crate) fn run(endorser: &Endorser, checked: &Checked, args: &[Bytes]) -> Response {
    respond(answer(endorser, checked, args))
}

fn answer(endorser: &Endorser, checked: &Checked, args: &[Bytes]) -> Result<Bytes, Refusal> {
    match function(args)? {
        "JoinChain" => {
            allow(endorser, checked, "cscc/JoinChain")?;
            join(endorser, args).map(|()| Bytes::new())
        }
        "GetChannels" => {
            allow(endorser, checked, "cscc/GetChannels")?;
            let channels = endorser.channels.names().into_iter();
            let channels = channels.map(|channel_id| ChannelInfo { channel_id }).collect();
            Ok(ChannelQueryResponse { channels }.encode_to_vec().into())
        }
        "GetChannelConfig" => {
            let view = channel(endorser, checked, args, "cscc/GetChannelConfig")?;
            Ok(view.config().config().encode_to_vec().into())
        }
        "GetConfigBlock" => {
            let view = channel(endorser, checked, args, "cscc/GetConfigBlock")?;
            let none = || Refusal::new(format!("channel {} has no block", view.id()));
            Ok(view.ledger().config_block()?.ok_or_else(none)?.block.encode())
        }
        "JoinChainBySnapshot" | "JoinBySnapshotStatus" => Err(Refusal::new(
            "joining by a snapshot is not supported here; join with the genesis block",
        )),
        other => Err(Refusal::new(format!("Requested function {other} not found."))),
    }
}

fn join(endorser: &Endorser, args: &[Bytes]) -> Result<(), Refusal> {
    let bytes = args.get(1).filter(|bytes| !bytes.is_empty());
    let none = || Refusal::new("Cannot join the channel <nil> configuration block provided");
    let block = Block::decode(bytes.ok_or_else(none)?.clone()).map_err(|error| {
        Refusal::new(format!("Failed to reconstruct the genesis block, {error}"))
    })?;
    endorser.channels.join(block).map_err(Refusal::new)
}

/// The channel that the second argument names, if the creator may use it so.
fn channel(
    endorser: &Endorser,
    checked: &Checked,
    args: &[Bytes],
    resource: &str,
) -> Result<View, Refusal> {
    let name = text(args, 1)?;
    let unknown = || Refusal::new(format!("Unknown chain ID, {name}"));
    let view = endorser.channels.view(name).ok_or_else(unknown)?;
    let who = view.config().msps().identity_of(checked.proposal.headers().creator());
    let who = who.map_err(|refused| Refusal::new(refused.to_string()))?;
    check_channel(resource, &view, &who)
        .map_err(|why| Refusal::new(format!("access denied for [{resource}][{name}]: {why}")))?;
    Ok(view)
}
