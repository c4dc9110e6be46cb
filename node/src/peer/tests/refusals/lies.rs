// SPDX-License-Identifier: Apache-2.0
//! Blocks of an orderer that signs anything: what it should have refused gets a code, and what must not
//! stand in a block is refused with the block. The peer hears of them as of any.

use super::sign::with_other_s;
use super::world::CHANNEL;
use crate::services::orderer::atomic_broadcast_server::{AtomicBroadcast, AtomicBroadcastServer};
use ::peer::PeerChannel;
use ::peer::testing::{Draft, Kit, reference, signatures};
use Verdict::*;
use bccsp::Suite;
use block::Block;
use futures_util::{Stream, StreamExt as _};
use proto::Bytes;
use proto::common::{self, Envelope};
use proto::orderer::deliver_response::Type;
use proto::orderer::{BroadcastResponse, DeliverResponse};
use proto::prost::Message;
use proto::protos::TxValidationCode as Verdict;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::{TcpListenerStream, WatchStream};
use tonic::transport::Server;
use tonic::{Request, Response, Status, Streaming};

/// Transactions that no orderer should have taken: what is wrong, and the code.
type Case = (&'static str, fn(&Lie) -> Envelope, Verdict);

const CASES: &[Case] = &[
    ("nothing", Lie::good, Valid),
    (
        "a payload that is none",
        |lie| Envelope { payload: "\u{1}garbage".into(), ..lie.good() },
        BadPayload,
    ),
    ("no header", |lie| lie.changed(|payload| payload.header = None), BadCommonHeader),
    (
        "a flipped bit of the signature",
        |lie| lie.signed(|b| *b.last_mut().unwrap() ^= 1),
        BadCreatorSignature,
    ),
    (
        "n - s in the place of s",
        |lie| lie.signed(|b| *b = with_other_s(lie.suite, b)),
        BadCreatorSignature,
    ),
    (
        "a flipped bit of what is signed",
        |lie| {
            let good = lie.good();
            let mut payload = good.payload.to_vec();
            *payload.last_mut().unwrap() ^= 1;
            Envelope { payload: payload.into(), ..good }
        },
        BadCreatorSignature,
    ),
    ("somebody who was revoked", |lie| lie.draft(&draft().sent_by(1)), BadCreatorSignature),
    (
        "another channel",
        |lie| lie.header(|header| header.channel_id = "ch2".to_owned()),
        TargetChainNotFound,
    ),
    (
        "a change of the configuration as it is sent to orderers",
        |lie| lie.header(|header| header.r#type = common::HeaderType::ConfigUpdate.into()),
        UnsupportedTxPayload,
    ),
];

/// A block that no peer takes: what is wrong with the next one.
type Refused = (&'static str, fn(&Lie) -> Block);

const BLOCKS: &[Refused] = &[
    ("an envelope with a field that nobody knows", |lie| {
        lie.block(vec![[lie.good().encode_to_vec(), vec![0x7a, 0]].concat().into()])
    }),
    ("an envelope whose signature comes first", |lie| {
        let Envelope { payload, signature } = lie.good();
        let [payload, signature] = [
            Envelope { payload, signature: Bytes::new() },
            Envelope { payload: Bytes::new(), signature },
        ];
        lie.block(vec![[signature.encode_to_vec(), payload.encode_to_vec()].concat().into()])
    }),
    ("an envelope without signature", |lie| {
        let unsigned = Envelope { signature: Bytes::new(), ..lie.good() };
        lie.block(vec![unsigned.encode_to_vec().into()])
    }),
    ("no envelope", |lie| lie.block(Vec::new())),
    ("another transaction than was hashed", |lie| {
        let good = lie.block(vec![lie.good().encode_to_vec().into()]);
        let other = lie.block(vec![lie.good().encode_to_vec().into()]);
        let mut message = common::Block::decode(&good.encode()[..]).unwrap();
        message.data.as_mut().unwrap().data = other.entries().to_vec();
        Block::decode(message.encode_to_vec()).unwrap()
    }),
    ("the signature of a peer", |lie| {
        let (config, tip) = (lie.channel.config(), lie.channel.tip_hash().unwrap());
        let entries = vec![lie.good().encode_to_vec().into()];
        let tip = Bytes::copy_from_slice(tip.as_ref());
        let mut block = Block::new(lie.channel.height(), tip, entries, config.hash().unwrap());
        let said = common::OrdererBlockMetadata {
            last_config: Some(common::LastConfig { index: 2 }),
            ..Default::default()
        };
        block.metadata_mut().set_orderer(&said);
        let peer = &lie.kit.members[0].node;
        block.sign(peer.serialized(), &**peer.key(), &lie.kit.nonce()).unwrap();
        block
    }),
    ("another block before it", |lie| {
        let other = lie.channel.block(1).unwrap().unwrap();
        let hash = other.hash(lie.channel.config().hash().unwrap());
        let entries = vec![lie.good().encode_to_vec().into()];
        lie.kit.block(&lie.channel.config(), (lie.channel.height(), &hash, 2), entries)
    }),
    ("the number after the next", |lie| {
        let entries = vec![lie.good().encode_to_vec().into()];
        let (height, tip) = (lie.channel.height() + 1, lie.channel.tip_hash().unwrap());
        lie.kit.block(&lie.channel.config(), (height, &tip, 2), entries)
    }),
];

pub(super) async fn check(suite: Suite) {
    let lie = Lie::new(suite).await;
    let envelopes: Vec<_> = CASES.iter().map(|(_, make, _)| make(&lie)).collect();
    let block = lie.kit.next(&lie.channel, &envelopes);
    let number = lie.channel.height();
    lie.order(block).await;
    let filter = lie.channel.block(number).unwrap().unwrap().metadata().filter().to_vec();
    for ((name, _, wanted), flag) in CASES.iter().zip(filter) {
        let found = Verdict::try_from(i32::from(flag)).unwrap();
        assert_eq!(found, *wanted, "{name}");
    }
    for (name, make) in BLOCKS {
        let height = lie.channel.height();
        lie.refused(name, make(&lie)).await;
        assert_eq!(lie.channel.height(), height, "{name}");
        assert_eq!(lie.channel.stopped(), None, "{name}");
        // It asks again, and goes on when it is told the truth.
        lie.order(lie.block(vec![lie.good().encode_to_vec().into()])).await;
    }
}

fn draft() -> Draft {
    Draft::new("one").put("a", "1").by(&[0])
}

/// An orderer that signs what it is told, and a peer that follows it.
struct Lie {
    suite: Suite,
    kit: Kit,
    orderer: Liar,
    channel: Arc<PeerChannel>,
    _peer: crate::peer::PeerProcess,
    _folder: tempfile::TempDir,
}

impl Lie {
    /// `one` asks for the first organisation; the client of the second was revoked.
    async fn new(suite: Suite) -> Self {
        let kit = Kit::new(suite);
        let folder = tempfile::tempdir().unwrap();
        let (orderer, endpoint) = Liar::start().await;
        let genesis = super::world::genesis(&kit, &endpoint);
        let peer = super::world::peer(&kit, &super::world::clock(), folder.path()).await;
        let address = peer.addresses().clients.to_string();
        super::world::join(&kit, super::world::connection(&address), &genesis).await;
        let channel = peer.registrar().get(CHANNEL).unwrap();
        let lie = Self { suite, kit, orderer, channel, _peer: peer, _folder: folder };
        let definitions = [
            Draft::define("one", &signatures("OR('Org1MSP.peer')")),
            Draft::define("both", &reference("/Channel/Application/Endorsement")),
        ];
        let definitions = definitions.map(|draft| lie.draft(&draft));
        lie.order(lie.kit.next(&lie.channel, &definitions)).await;
        let config = lie.channel.config();
        let member = &lie.kit.members[1];
        let definition = member.definition(&[&member.client]);
        let wanted = channel::Edit::of(&config).msp("Org2MSP", &definition).unwrap().finish();
        lie.order(lie.block(vec![lie.kit.config(&config, &wanted)])).await;
        lie
    }

    fn block(&self, entries: Vec<Bytes>) -> Block {
        self.kit.next_of(&self.channel, entries)
    }

    /// Sends a block that is right, and waits until it is committed.
    async fn order(&self, block: Block) {
        let number = block.number();
        self.orderer.send(number, &block);
        for _ in 0..1000 {
            if self.channel.height() > number {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("block {number} is not committed: {:?}", self.channel.stopped());
    }

    /// Sends one in the place of the next, until the peer has asked again twice.
    async fn refused(&self, name: &str, block: Block) {
        let asked = *self.orderer.asked.borrow();
        self.orderer.send(self.channel.height(), &block);
        let mut again = self.orderer.asked.subscribe();
        let again = again.wait_for(|count| *count >= asked + 2);
        tokio::time::timeout(Duration::from_secs(20), again).await.expect(name).unwrap();
    }

    fn draft(&self, draft: &Draft) -> Envelope {
        self.kit.transaction(&self.channel.config(), draft)
    }

    fn good(&self) -> Envelope {
        self.draft(&draft())
    }

    fn signed(&self, change: impl FnOnce(&mut Vec<u8>)) -> Envelope {
        let good = self.good();
        let mut signature = good.signature.to_vec();
        change(&mut signature);
        Envelope { signature: signature.into(), ..good }
    }

    fn changed(&self, change: impl FnOnce(&mut common::Payload)) -> Envelope {
        let mut payload = common::Payload::decode(self.good().payload).unwrap();
        change(&mut payload);
        let client = &self.kit.members[0].client;
        block::sign_payload(payload.encode_to_vec(), &**client.key()).unwrap()
    }

    fn header(&self, change: impl FnOnce(&mut common::ChannelHeader)) -> Envelope {
        self.changed(|payload| {
            let header = payload.header.as_mut().unwrap();
            let bytes = header.channel_header.clone();
            let mut channel = common::ChannelHeader::decode(bytes).unwrap();
            change(&mut channel);
            header.channel_header = channel.encode_to_vec().into();
        })
    }
}

/// Delivers what stands at each number, and waits for what does not.
#[derive(Clone)]
struct Liar {
    blocks: watch::Sender<Vec<Option<common::Block>>>,
    asked: watch::Sender<usize>,
}

impl Liar {
    async fn start() -> (Self, String) {
        let liar = Self { blocks: watch::channel(Vec::new()).0, asked: watch::channel(0).0 };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = Server::builder().add_service(AtomicBroadcastServer::new(liar.clone()));
        drop(tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener))));
        (liar, address)
    }

    fn send(&self, number: u64, block: &Block) {
        let at = usize::try_from(number).unwrap();
        let block = common::Block::decode(&block.encode()[..]).unwrap();
        self.blocks.send_modify(|blocks| {
            blocks.resize(blocks.len().max(at + 1), None);
            blocks[at] = Some(block);
        });
    }
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl AtomicBroadcast for Liar {
    type BroadcastStream = Answers<BroadcastResponse>;
    type DeliverStream = Answers<DeliverResponse>;

    async fn broadcast(
        &self,
        _: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::BroadcastStream>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn deliver(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::DeliverStream>, Status> {
        let envelope = request.into_inner().message().await?.unwrap();
        let first = usize::try_from(first(&envelope)).unwrap();
        self.asked.send_modify(|count| *count += 1);
        let changes = WatchStream::new(self.blocks.subscribe());
        let new = changes.scan(first, |next, blocks| {
            let found: Vec<_> = blocks.into_iter().skip(*next).map_while(|block| block).collect();
            *next += found.len();
            std::future::ready(Some(tokio_stream::iter(found)))
        });
        let answer = |block| Ok(DeliverResponse { r#type: Some(Type::Block(block)) });
        Ok(Response::new(new.flatten().map(answer).boxed()))
    }
}

/// The first block that is asked for.
fn first(envelope: &Envelope) -> u64 {
    use proto::orderer::{SeekInfo, seek_position};
    let opened = block::Envelope::from_message(envelope.clone()).unwrap();
    let seek = SeekInfo::decode(opened.data().clone()).unwrap();
    match seek.start.and_then(|start| start.r#type) {
        Some(seek_position::Type::Specified(number)) => number.number,
        other => panic!("{other:?}"),
    }
}
