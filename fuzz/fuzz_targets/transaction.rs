// SPDX-License-Identifier: Apache-2.0
//! Transactions before two peers that validate: the input is one layer, the layers around it are right,
//! signed and endorsed. Both come to the same, in words of one line, and go on.
#![no_main]

use block::sign_payload;
use gmca_fuzz::peers::{CHANNEL, define, registrar};
use libfuzzer_sys::fuzz_target;
use peer::testing::{Draft, Kit, now};
use peer::{Error, PeerChannel};
use proto::Bytes;
use proto::common::{ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader};
use proto::prost::Message;
use proto::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEndorsedAction, ChaincodeHeaderExtension,
    ChaincodeId, Endorsement, ProposalResponsePayload, Response, Transaction, TransactionAction,
};
use proto::rwset::{NsReadWriteSet, TxReadWriteSet};
use std::cell::RefCell;
use std::sync::Arc;

/// Which layer an input is; seeds have it as their first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Entry,
    Payload,
    ChannelHeader,
    SignatureHeader,
    Extension,
    Transaction,
    ActionHeader,
    ActionPayload,
    ResponsePayload,
    Action,
    Results,
    Namespace,
    Event,
    Endorsement,
}

const LAYERS: [Layer; 14] = [
    Layer::Entry,
    Layer::Payload,
    Layer::ChannelHeader,
    Layer::SignatureHeader,
    Layer::Extension,
    Layer::Transaction,
    Layer::ActionHeader,
    Layer::ActionPayload,
    Layer::ResponsePayload,
    Layer::Action,
    Layer::Results,
    Layer::Namespace,
    Layer::Event,
    Layer::Endorsement,
];

/// Then both begin anew: what they hold is in memory.
const BLOCKS: u64 = 500;

thread_local! {
    static PEERS: RefCell<Option<Peers>> = const { RefCell::new(None) };
}

fuzz_target!(|bytes: &[u8]| {
    let Some((layer, bytes)) = bytes.split_first() else { return };
    let layer = LAYERS[usize::from(*layer) % LAYERS.len()];
    PEERS.with_borrow_mut(|peers| {
        let both = peers.get_or_insert_with(Peers::new);
        if both.judge(layer, Bytes::copy_from_slice(bytes)) {
            *peers = None;
        }
    });
});

struct Peers {
    kit: Kit,
    channels: [Arc<PeerChannel>; 2],
}

impl Peers {
    fn new() -> Self {
        let kit = Kit::new(bccsp::Suite::Nist);
        let genesis = kit.genesis(CHANNEL);
        let join = || registrar(&kit).join(&genesis).expect("our own");
        let channels = [join(), join()];
        define(&kit, &channels[0]);
        for number in 1..channels[0].height() {
            let block = channels[0].block(number).expect("in memory").expect("it is there");
            commit(&channels[1], block).expect("it was committed");
        }
        Self { kit, channels }
    }

    /// Whether it is time to begin anew.
    fn judge(&self, layer: Layer, bytes: Bytes) -> bool {
        let entry = Made { kit: &self.kit, channel: &self.channels[0], layer, bytes }.entry();
        let block = self.kit.next_of(&self.channels[0], vec![entry]);
        let [first, second] = [0, 1].map(|peer| commit(&self.channels[peer], block.clone()));
        match (first, second) {
            (Ok(first), Ok(second)) => {
                assert_eq!(first, second, "two peers");
                self.explain(&first.0);
            }
            (Err(first), Err(second)) => assert_eq!(first.to_string(), second.to_string()),
            other => panic!("two peers: {other:?}"),
        }
        assert_eq!(self.channels[0].commit_hash(), self.channels[1].commit_hash());
        self.channels[0].stopped().is_some() || self.channels[0].height() > BLOCKS
    }

    fn explain(&self, id: &str) {
        if let Ok(Some(found)) = self.channels[1].explain(id) {
            assert!(
                !found.reasons.iter().any(|why| why.text.contains(char::is_control)),
                "{found:?}"
            );
        }
    }
}

/// The id that was stated, the verdicts in words, and the flags.
type Told = (String, Vec<Option<String>>, Vec<u8>);

fn commit(channel: &PeerChannel, mut block: block::Block) -> Result<Told, Error> {
    block.metadata_mut().set_filter(&[]);
    let outcome = channel.commit(channel.verify(block)?)?;
    let verdicts = outcome.verdicts.iter().map(|verdict| verdict.as_ref().map(ToString::to_string));
    let verdicts: Vec<_> = verdicts.collect();
    for why in verdicts.iter().flatten() {
        assert!(!why.contains(char::is_control), "{why:?}");
    }
    let entry = outcome.block.entries().first().cloned().unwrap_or_default();
    let id = block::Envelope::open(entry).ok();
    let id = id.map(|opened| opened.headers().channel_header().tx_id.clone());
    let filter = outcome.block.metadata().filter().to_vec();
    Ok((id.unwrap_or_default(), verdicts, filter))
}

/// A transaction that is right in all layers but one.
struct Made<'a> {
    kit: &'a Kit,
    channel: &'a PeerChannel,
    layer: Layer,
    bytes: Bytes,
}

impl Made<'_> {
    /// The input where this is its layer, else what is right there.
    fn at(&self, layer: Layer, right: impl FnOnce() -> Vec<u8>) -> Bytes {
        if self.layer == layer { self.bytes.clone() } else { right().into() }
    }

    fn entry(&self) -> Bytes {
        self.at(Layer::Entry, || {
            let payload = self.at(Layer::Payload, || self.payload());
            let client = &self.kit.members[0].client;
            let envelope: Envelope = sign_payload(payload, &**client.key()).expect("it signs");
            envelope.encode_to_vec()
        })
    }

    fn payload(&self) -> Vec<u8> {
        let creator = self.kit.members[0].client.serialized().clone();
        let nonce = self.kit.nonce();
        let id = block::transaction_id(&nonce, &creator, &self.kit.providers).expect("a hash");
        let signer = SignatureHeader { creator, nonce };
        let signer = self.at(Layer::SignatureHeader, || signer.encode_to_vec());
        let name = ChaincodeId { name: "basic".to_owned(), ..ChaincodeId::default() };
        let extension = ChaincodeHeaderExtension { chaincode_id: Some(name) };
        let header = ChannelHeader {
            r#type: HeaderType::EndorserTransaction.into(),
            timestamp: Some(now()),
            channel_id: CHANNEL.to_owned(),
            tx_id: id,
            extension: self.at(Layer::Extension, || extension.encode_to_vec()),
            ..ChannelHeader::default()
        };
        let header = self.at(Layer::ChannelHeader, || header.encode_to_vec());
        let data = self.at(Layer::Transaction, || self.transaction(&header, &signer));
        let header = Header { channel_header: header, signature_header: signer };
        Payload { header: Some(header), data }.encode_to_vec()
    }

    fn transaction(&self, header: &Bytes, signer: &Bytes) -> Vec<u8> {
        let action = TransactionAction {
            header: self.at(Layer::ActionHeader, || signer.to_vec()),
            payload: self.at(Layer::ActionPayload, || self.endorsed(header, signer)),
        };
        Transaction { actions: vec![action] }.encode_to_vec()
    }

    fn endorsed(&self, header: &Bytes, signer: &Bytes) -> Vec<u8> {
        let config = self.channel.config();
        let proposal: [&[u8]; 3] = [header, signer, b""];
        let hash = config.hash().expect("both are compiled in").digest(&proposal);
        let response = ProposalResponsePayload {
            proposal_hash: Bytes::copy_from_slice(hash.as_ref()),
            extension: self.at(Layer::Action, || self.action().encode_to_vec()),
        };
        let payload = self.at(Layer::ResponsePayload, || response.encode_to_vec());
        let endorse = |peer: &msp::SigningIdentity| {
            let endorser = peer.serialized().clone();
            let signature = peer.sign(&[&payload, &endorser]).expect("it signs").into_vec().into();
            Endorsement { endorser, signature }
        };
        let mut endorsements: Vec<_> =
            self.kit.members.iter().map(|member| endorse(&member.node)).collect();
        if self.layer == Layer::Endorsement {
            let foreign = Endorsement::decode(self.bytes.clone()).unwrap_or_default();
            endorsements.insert(0, foreign);
        }
        let action = ChaincodeEndorsedAction { proposal_response_payload: payload, endorsements };
        ChaincodeActionPayload { action: Some(action), ..ChaincodeActionPayload::default() }
            .encode_to_vec()
    }

    fn action(&self) -> ChaincodeAction {
        let results = Draft::new("basic").put("a", "1").results();
        let (name, version) = ("basic".to_owned(), "1".to_owned());
        ChaincodeAction {
            results: match self.layer {
                Layer::Namespace => self.namespace(),
                _ => self.at(Layer::Results, || results.to_vec()),
            },
            events: self.at(Layer::Event, Vec::new),
            response: Some(Response { status: 200, ..Response::default() }),
            chaincode_id: Some(ChaincodeId { name, version, ..ChaincodeId::default() }),
        }
    }

    fn namespace(&self) -> Bytes {
        let namespace = NsReadWriteSet {
            namespace: "basic".to_owned(),
            rwset: self.bytes.clone(),
            ..NsReadWriteSet::default()
        };
        let set = TxReadWriteSet { ns_rwset: vec![namespace], ..TxReadWriteSet::default() };
        set.encode_to_vec().into()
    }
}
