// SPDX-License-Identifier: Apache-2.0
//! What a transaction's proposal says: who asks, when, and what only endorsers may see.

use crate::Error;
use bytes::Bytes;
use proto::prost::Message;
use proto::prost_types::Timestamp;
use proto::{common, protos};
use std::collections::BTreeMap;

/// The parts of a proposal that chaincode asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proposal {
    pub(crate) creator: Bytes,
    pub(crate) nonce: Bytes,
    pub(crate) epoch: u64,
    pub(crate) timestamp: Timestamp,
    pub(crate) transient: BTreeMap<String, Bytes>,
}

impl Proposal {
    /// Opens a proposal layer by layer. Its signature is the peer's business.
    pub(crate) fn open(signed: &protos::SignedProposal) -> Result<Self, Error> {
        let proposal = read::<protos::Proposal>(&signed.proposal_bytes, "outer layer")?;
        let header = read::<common::Header>(&proposal.header, "header")?;
        let channel = read::<common::ChannelHeader>(&header.channel_header, "channel header")?;
        let who = read::<common::SignatureHeader>(&header.signature_header, "signature header")?;
        let payload = read::<protos::ChaincodeProposalPayload>(&proposal.payload, "payload")?;
        Ok(Self {
            creator: who.creator,
            nonce: who.nonce,
            epoch: channel.epoch,
            timestamp: channel.timestamp.ok_or(Error::Proposal("timestamp"))?,
            transient: payload.transient_map,
        })
    }
}

fn read<M: Message + Default>(bytes: &Bytes, what: &'static str) -> Result<M, Error> {
    M::decode(bytes.clone()).map_err(|_| Error::Proposal(what))
}
