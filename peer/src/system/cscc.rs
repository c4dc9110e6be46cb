// SPDX-License-Identifier: Apache-2.0
//! `cscc`: the channels of a peer, and their configurations.

use super::{Refusal, allow, function, respond, text};
use crate::endorse::Endorser;
use crate::endorse::acl::check_channel;
use crate::endorse::check::Checked;
use crate::view::View;
use bccsp::Digest;
use block::Block;
use ledger::blocks::transaction_key;
use proto::Bytes;
use proto::prost::Message;
use proto::protos::{ChannelInfo, ChannelQueryResponse, JoinBySnapshotStatus, Response};
use std::path::Path;

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
        "JoinChainBySnapshot" => {
            allow(endorser, checked, "cscc/JoinChainBySnapshot")?;
            join_snapshot(endorser, args).map(|()| Bytes::new())
        }
        "JoinBySnapshotStatus" => {
            allow(endorser, checked, "cscc/JoinBySnapshotStatus")?;
            let dir = endorser.channels.joining();
            let status = JoinBySnapshotStatus {
                in_progress: dir.is_some(),
                bootstrapping_snapshot_dir: dir.unwrap_or_default().display().to_string(),
            };
            Ok(status.encode_to_vec().into())
        }
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

/// The folder of the snapshot on this peer's disk, and ours: the state hash that it must have.
fn join_snapshot(endorser: &Endorser, args: &[Bytes]) -> Result<(), Refusal> {
    let dir = text(args, 1)?;
    let hash = args.get(2).map(|digits| {
        let digits = std::str::from_utf8(digits).ok();
        let bytes = digits.and_then(transaction_key);
        bytes.map(Digest::new).ok_or_else(|| Refusal::new("the state hash is no 64 digits"))
    });
    let hash = hash.transpose()?;
    if dir.is_empty() {
        return Err(Refusal::new("Cannot join the channel, no snapshot directory provided"));
    }
    endorser.channels.join_snapshot(Path::new(dir), hash.as_ref()).map_err(Refusal::new)
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
