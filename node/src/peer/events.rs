// SPDX-License-Identifier: Apache-2.0
//! What a peer tells of its blocks: whole, filtered, or with private data.

use crate::deliver::{Format, message};
use ::channel::Channel;
use ::peer::assemble::filtered;
use block::{Block, Envelope};
use proto::common;
use proto::protos::deliver_response::Type;
use proto::protos::{BlockAndPrivateData, DeliverResponse};
use std::collections::BTreeMap;

/// Whole blocks, with the peer's verdicts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Full;

/// Blocks without the content of their transactions and events.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filtered;

/// Whole blocks and the private data that this peer has of them: none, there are no collections
/// here.
#[derive(Clone, Copy, Debug)]
pub(super) struct WithPrivateData;

impl Format for Full {
    type Response = DeliverResponse;

    fn data_type(&self) -> &'static str {
        "block"
    }

    fn policy(&self, channel: &Channel) -> String {
        policy(channel, "event/Block")
    }

    fn block(&self, block: &Block, headers_only: bool) -> DeliverResponse {
        response(Type::Block(message(block, headers_only)))
    }

    fn status(&self, status: common::Status) -> DeliverResponse {
        response(Type::Status(status.into()))
    }
}

impl Format for WithPrivateData {
    type Response = DeliverResponse;

    fn data_type(&self) -> &'static str {
        "block_and_pvtdata"
    }

    fn policy(&self, channel: &Channel) -> String {
        policy(channel, "event/Block")
    }

    fn block(&self, block: &Block, headers_only: bool) -> DeliverResponse {
        response(Type::BlockAndPrivateData(BlockAndPrivateData {
            block: Some(message(block, headers_only)),
            private_data_map: BTreeMap::new(),
        }))
    }

    fn status(&self, status: common::Status) -> DeliverResponse {
        response(Type::Status(status.into()))
    }
}

impl Format for Filtered {
    type Response = DeliverResponse;

    fn data_type(&self) -> &'static str {
        "filtered_block"
    }

    fn policy(&self, channel: &Channel) -> String {
        policy(channel, "event/FilteredBlock")
    }

    fn block(&self, block: &Block, _: bool) -> DeliverResponse {
        response(Type::FilteredBlock(filtered(&channel_of(block), block)))
    }

    fn status(&self, status: common::Status) -> DeliverResponse {
        response(Type::Status(status.into()))
    }
}

fn response(kind: Type) -> DeliverResponse {
    DeliverResponse { r#type: Some(kind) }
}

/// What the channel's ACLs say of a resource, else `/Channel/Application/Readers`, as in Fabric.
fn policy(channel: &Channel, resource: &str) -> String {
    match channel.application().acl(resource) {
        None => "/Channel/Application/Readers".to_owned(),
        Some(path) if path.starts_with('/') => path.to_owned(),
        Some(name) => format!("/Channel/Application/{name}"),
    }
}

/// The channel that the transactions of a block name.
fn channel_of(block: &Block) -> String {
    let mut entries = block.entries().iter();
    let named = entries.find_map(|entry| {
        let envelope = Envelope::open(entry.clone()).ok()?;
        Some(envelope.headers().channel_header().channel_id.clone())
    });
    named.unwrap_or_default()
}
