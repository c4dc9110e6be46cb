// SPDX-License-Identifier: Apache-2.0
//! `qscc`: blocks and transactions of a channel.

use super::{Refusal, function, respond, text};
use crate::endorse::{Endorser, acl};
use crate::view::View;
use bccsp::Digest;
use block::{Block, Envelope};
use ledger::blocks::transaction_key;
use msp::Identity;
use proto::Bytes;
use proto::common::{BlockchainInfo, BootstrappingSnapshotInfo};
use proto::prost::Message;
use proto::protos::{ProcessedTransaction, Response};
use std::sync::Arc;

/// Answers a call. The second argument names the channel, which may be another one than the
/// proposal's.
pub(crate) fn run(
    endorser: &Endorser,
    on: Option<&View>,
    creator: &Arc<Identity>,
    args: &[Bytes],
) -> Response {
    respond(answer(endorser, on, creator, args))
}

fn answer(
    endorser: &Endorser,
    on: Option<&View>,
    creator: &Arc<Identity>,
    args: &[Bytes],
) -> Result<Bytes, Refusal> {
    let (function, channel) = (function(args)?, text(args, 1)?);
    let resource = format!("qscc/{function}");
    if acl::guard(&resource).is_none() {
        return Err(Refusal::new(format!("Requested function {function} not found.")));
    }
    let invalid = || Refusal::new(format!("Invalid chain ID, {channel}"));
    let view = match on {
        Some(view) if view.id() == channel => view.clone(),
        _ => endorser.channels.view(channel).ok_or_else(invalid)?,
    };
    // The same bytes may be somebody else in another channel.
    let who = view.config().msps().identity_of(&creator.serialized().encode());
    let who = who.map_err(|refused| Refusal::new(refused.to_string()))?;
    acl::check_channel(&resource, &view, &who)
        .map_err(|why| Refusal::new(format!("access denied for [{function}][{channel}]: {why}")))?;
    match function {
        "GetChainInfo" => info(&view),
        "GetBlockByNumber" => Ok(by_number(&view, text(args, 2)?)?.encode()),
        "GetBlockByHash" => Ok(by_hash(&view, args.get(2))?.encode()),
        "ExplainTransaction" => explain(&view, text(args, 2)?),
        "GetBlockByTxID" => Ok(by_transaction(&view, text(args, 2)?)?.0.encode()),
        _ => transaction(&view, text(args, 2)?),
    }
}

fn info(view: &View) -> Result<Bytes, Refusal> {
    let (tip, first) = (view.ledger().tip(), view.ledger().blocks().first());
    let before = first.checked_sub(1);
    let last = tip.height.checked_sub(1).filter(|last| *last >= first);
    let last = last.map(|last| read(view, last)).transpose()?;
    let previous = last.map(|block| block.header().previous_hash.clone());
    let hash = tip.block_hash.map(|hash| Bytes::copy_from_slice(hash.as_ref()));
    let info = BlockchainInfo {
        height: tip.height,
        current_block_hash: hash.unwrap_or_default(),
        previous_block_hash: previous.unwrap_or_default(),
        bootstrapping_snapshot_info: before
            .map(|last_block_in_snapshot| BootstrappingSnapshotInfo { last_block_in_snapshot }),
    };
    Ok(info.encode_to_vec().into())
}

/// The greatest number there is stands for the last block.
fn by_number(view: &View, number: &str) -> Result<Block, Refusal> {
    let parsed: Result<u64, _> = number.parse();
    let number = parsed.map_err(|error| {
        Refusal::new(format!("Failed to parse block number with error {error}"))
    })?;
    let last = view.ledger().height().saturating_sub(1);
    read(view, if number == u64::MAX { last } else { number })
}

fn by_hash(view: &View, hash: Option<&Bytes>) -> Result<Block, Refusal> {
    let none = || Refusal::new("Failed to get block by hash: no such hash");
    let hash: [u8; Digest::LEN] =
        hash.and_then(|hash| hash[..].try_into().ok()).ok_or_else(none)?;
    let number = view.ledger().blocks().number_of(&Digest::new(hash))?.ok_or_else(none)?;
    read(view, number)
}

fn by_transaction(view: &View, id: &str) -> Result<(Block, usize), Refusal> {
    let none = || {
        let id: String = id.chars().take(64).collect();
        Refusal::new(format!("Failed to get transaction with id {id}, error no such transaction"))
    };
    let key = transaction_key(id).ok_or_else(none)?;
    let place = view.ledger().blocks().transaction(&key)?.ok_or_else(none)?;
    let at = usize::try_from(place.transaction).map_err(|_| none())?;
    Ok((read(view, place.block)?, at))
}

fn transaction(view: &View, id: &str) -> Result<Bytes, Refusal> {
    let (block, at) = by_transaction(view, id)?;
    let none = || Refusal::new("the block has no such transaction");
    let entry = block.entries().get(at).ok_or_else(none)?;
    let code = block.metadata().verdict(at).ok_or_else(none)?;
    let processed = ProcessedTransaction {
        transaction_envelope: Some(Envelope::open(entry.clone())?.to_message()),
        validation_code: code.into(),
    };
    Ok(processed.encode_to_vec().into())
}

/// Ours: Fabric's peers say that there is no such function.
fn explain(view: &View, which: &str) -> Result<Bytes, Refusal> {
    let none = || {
        let which: String = which.chars().take(64).collect();
        Refusal::not_found(format!("there is no transaction {which} in channel {}", view.id()))
    };
    Ok(view.explain(which)?.ok_or_else(none)?.encode_to_vec().into())
}

/// A block that the state has, too: of one that is on its way nobody is told.
fn read(view: &View, number: u64) -> Result<Block, Refusal> {
    let none = || Refusal::new(format!("Failed to get block number {number}, error no such block"));
    if number >= view.ledger().height() {
        return Err(none());
    }
    Ok(view.ledger().blocks().block(number)?.ok_or_else(none)?.block)
}
