// SPDX-License-Identifier: Apache-2.0
//! A client, who signs transactions.

use super::Kit;
use bccsp::{HashAlgorithm, Providers};
use block::{Proposal, Request, payload, sign_payload};
use channel::Channel;
use msp::SigningIdentity;
use proto::Bytes;
use proto::common::{ChannelHeader, HeaderType, SignatureHeader};
use proto::kvrwset::{KvWrite, KvrwSet};
use proto::prost::Message;
use proto::prost_types::Timestamp;
use proto::protos::{ChaincodeAction, Response};
use proto::rwset::{NsReadWriteSet, TxReadWriteSet};
use std::sync::Arc;
use sys::Entropy;

/// Somebody who sends envelopes.
#[derive(Clone, Debug)]
pub struct Client {
    identity: SigningIdentity,
    peer: Arc<SigningIdentity>,
    entropy: Arc<dyn Entropy>,
    providers: Arc<Providers>,
}

impl Client {
    pub(super) fn new(kit: &Kit, identity: SigningIdentity) -> Self {
        Self {
            identity,
            peer: Arc::clone(&kit.peer),
            entropy: Arc::clone(&kit.entropy),
            providers: Arc::clone(&kit.providers),
        }
    }

    /// Who it is.
    #[must_use]
    pub fn identity(&self) -> &SigningIdentity {
        &self.identity
    }

    /// A serialized envelope of type `MESSAGE` with these bytes: signed, and ordered as any other.
    #[must_use]
    pub fn message(&self, channel: &str, data: &[u8]) -> Bytes {
        self.envelope(HeaderType::Message, channel, data)
    }

    /// The same of any type.
    ///
    /// # Panics
    /// When the client's key does not sign.
    #[must_use]
    pub fn envelope(&self, kind: HeaderType, channel: &str, data: &[u8]) -> Bytes {
        let header = ChannelHeader {
            r#type: kind.into(),
            channel_id: channel.to_owned(),
            timestamp: Some(now()),
            ..ChannelHeader::default()
        };
        let creator = self.identity.serialized().clone();
        let signer = SignatureHeader { creator, nonce: nonce(&*self.entropy) };
        self.sign(payload(&header, &signer, Bytes::copy_from_slice(data)))
    }

    /// A serialized transaction that writes a value, endorsed by a peer under the family's hash
    /// function.
    ///
    /// # Panics
    /// When a key does not sign.
    #[must_use]
    pub fn transaction(&self, channel: &str, key: &str, value: &[u8]) -> Bytes {
        let hash = self.providers.default_suite().hash_algorithm();
        self.endorsed(channel, hash, key, value)
    }

    /// The same, endorsed under the hash function in force: behind a switch of it the other one is
    /// ordered, and not valid.
    #[must_use]
    pub fn transaction_under(&self, channel: &Channel, key: &str, value: &[u8]) -> Bytes {
        self.endorsed(channel.id(), channel.hash_algorithm(), key, value)
    }

    fn endorsed(&self, channel: &str, hash: HashAlgorithm, key: &str, value: &[u8]) -> Bytes {
        let request = Request {
            channel,
            chaincode: CHAINCODE,
            args: vec!["put".into(), Bytes::copy_from_slice(key.as_bytes())],
            creator: self.identity.serialized().clone(),
            nonce: nonce(&*self.entropy),
            timestamp: now(),
            ..Request::default()
        };
        let proposal = Proposal::new(request, &self.providers).unwrap();
        let result = ChaincodeAction {
            results: writes(key, value),
            response: Some(Response { status: 200, ..Response::default() }),
            ..ChaincodeAction::default()
        };
        let hash = self.providers.hash(hash).unwrap();
        let peer = &self.peer;
        let response = proposal.endorse(&result, hash, peer.serialized(), &**peer.key()).unwrap();
        self.sign(proposal.assemble(&[response]).unwrap())
    }

    fn sign(&self, payload: Bytes) -> Bytes {
        sign_payload(payload, &**self.identity.key()).unwrap().encode_to_vec().into()
    }
}

fn writes(key: &str, value: &[u8]) -> Bytes {
    let value = Bytes::copy_from_slice(value);
    let write = KvWrite { key: key.to_owned(), value, ..KvWrite::default() };
    let set = KvrwSet { writes: vec![write], ..KvrwSet::default() };
    let namespace = NsReadWriteSet {
        namespace: CHAINCODE.to_owned(),
        rwset: set.encode_to_vec().into(),
        ..NsReadWriteSet::default()
    };
    let set = TxReadWriteSet { ns_rwset: vec![namespace], ..TxReadWriteSet::default() };
    set.encode_to_vec().into()
}

pub(super) fn now() -> Timestamp {
    Timestamp { seconds: i64::try_from(Kit::now().0).unwrap(), nanos: 0 }
}

pub(super) fn nonce(entropy: &dyn Entropy) -> Bytes {
    let mut nonce = [0; 24];
    entropy.fill(&mut nonce).unwrap();
    Bytes::copy_from_slice(&nonce)
}

const CHAINCODE: &str = "basic";
