// SPDX-License-Identifier: Apache-2.0
//! Peers and orderers on loopback that do as they are told.

use crate::deliver::{Chain, Chains};
use crate::gateway::{Dials, Endorses};
use crate::services::orderer::atomic_broadcast_server::{AtomicBroadcast, AtomicBroadcastServer};
use crate::services::protos::deliver_server::{Deliver, DeliverServer};
use crate::services::protos::endorser_server::{Endorser, EndorserServer};
use ::block::{Block, Proposal};
use ::peer::endorse::Denied;
use ::peer::testing::{Draft, Kit};
use ::peer::{PeerChannel, Registrar};
use channel::Channel as Configuration;
use consensus::Waiting;
use futures_util::{Stream, StreamExt as _, stream};
use proto::common::{BlockchainInfo, Envelope, Status as Answer};
use proto::orderer::seek_position::Type as Place;
use proto::orderer::{BroadcastResponse, DeliverResponse};
use proto::prost::Message as _;
use proto::protos::deliver_response::Type;
use proto::protos::{
    ChaincodeAction, ChaincodeCall, ChaincodeEvent, ChaincodeId, ChaincodeInterest,
    DeliverResponse as BlockOrStatus, FilteredBlock, FilteredTransaction, ProposalResponse,
    Response as Said, SignedProposal,
};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::Routes;
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status, Streaming};

/// What a peer does with a proposal.
#[derive(Clone, Debug)]
pub(super) enum Says {
    /// Endorses that this value is written.
    Endorsed(&'static str),
    Refused(i32, &'static str),
    Denied,
    Busy,
    Nothing,
}

/// A peer of a member of the kit, from 0.
#[derive(Clone)]
pub(super) struct FakePeer {
    pub(super) kit: Arc<Kit>,
    pub(super) member: usize,
    pub(super) says: Arc<Mutex<Says>>,
    pub(super) asked: Arc<AtomicUsize>,
    pub(super) runs: Arc<Mutex<bool>>,
    /// Ids of the transactions that it endorsed.
    endorsed: Arc<Mutex<Vec<String>>>,
    /// How many blocks it has.
    pub(super) height: watch::Sender<u64>,
}

impl FakePeer {
    pub(super) fn new(kit: &Arc<Kit>, member: usize) -> Self {
        let says = Arc::new(Mutex::new(Says::Endorsed("value")));
        let runs = Arc::new(Mutex::new(true));
        let (kit, height) = (Arc::clone(kit), watch::channel(2).0);
        let (asked, endorsed) = (Arc::default(), Arc::default());
        Self { kit, member, says, asked, runs, endorsed, height }
    }

    pub(super) fn say(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// An answer; `None` for one that never comes.
    fn answer(&self, signed: &SignedProposal) -> Option<Result<ProposalResponse, Denied>> {
        let proposal = Proposal::open(signed.proposal_bytes.clone()).unwrap();
        if proposal.chaincode().unwrap().name == "qscc" {
            let info = BlockchainInfo { height: *self.height.borrow(), ..Default::default() };
            let payload = info.encode_to_vec().into();
            let response = Some(Said { status: 200, payload, ..Said::default() });
            return Some(Ok(ProposalResponse { response, ..ProposalResponse::default() }));
        }
        self.asked.fetch_add(1, Ordering::SeqCst);
        let says = self.says.lock().unwrap().clone();
        Some(match says {
            Says::Endorsed(value) => Ok(self.endorse(signed, value)),
            Says::Refused(status, message) => {
                let said = Said { status, message: message.to_owned(), ..Said::default() };
                Ok(ProposalResponse { response: Some(said), ..ProposalResponse::default() })
            }
            Says::Denied => {
                let channel = "ch1".to_owned();
                Err(Denied::Access { channel, msp_id: "Org1MSP".to_owned() })
            }
            Says::Busy | Says::Nothing => return None,
        })
    }

    fn endorse(&self, signed: &SignedProposal, value: &str) -> ProposalResponse {
        let proposal = Proposal::open(signed.proposal_bytes.clone()).unwrap();
        self.endorsed.lock().unwrap().push(proposal.transaction_id().to_owned());
        let name = proposal.chaincode().unwrap().name;
        let event = ChaincodeEvent {
            chaincode_id: name.clone(),
            tx_id: proposal.transaction_id().to_owned(),
            event_name: "written".to_owned(),
            payload: value.to_owned().into(),
        };
        let payload = value.to_owned().into();
        let action = ChaincodeAction {
            results: Draft::new(&name).put(proposal.transaction_id(), value).results(),
            events: event.encode_to_vec().into(),
            response: Some(Said { status: 200, payload, ..Said::default() }),
            chaincode_id: Some(ChaincodeId {
                name: name.clone(),
                version: "1".to_owned(),
                ..ChaincodeId::default()
            }),
        };
        let providers = &self.kit.providers;
        let hash = providers.hash(providers.default_suite().hash_algorithm()).unwrap();
        let peer = &self.kit.members[self.member].node;
        let mut answer = proposal.endorse(&action, hash, peer.serialized(), &**peer.key()).unwrap();
        let call = ChaincodeCall { name, ..ChaincodeCall::default() };
        answer.interest = Some(ChaincodeInterest { chaincodes: vec![call] });
        // What stands beside the result is not what a client should get.
        answer.response =
            Some(Said { status: 200, message: "beside".to_owned(), ..Said::default() });
        answer
    }
}

impl Endorses for FakePeer {
    fn process(&self, signed: SignedProposal) -> Waiting<Result<ProposalResponse, Denied>> {
        match self.answer(&signed) {
            Some(answer) => Box::pin(std::future::ready(answer)),
            None => Box::pin(std::future::pending()),
        }
    }

    fn runs(&self, _: &str, _: &str) -> bool {
        *self.runs.lock().unwrap()
    }
}

#[tonic::async_trait]
impl Endorser for FakePeer {
    async fn process_proposal(
        &self,
        request: Request<SignedProposal>,
    ) -> Result<Response<ProposalResponse>, Status> {
        if let Some(answer) = self.answer(request.get_ref()) {
            return answer.map(Response::new).map_err(|why| Status::unknown(why.to_string()));
        }
        if matches!(*self.says.lock().unwrap(), Says::Busy) {
            return Err(Status::unavailable("busy"));
        }
        std::future::pending().await
    }
}

/// Gives the block that is asked for, when it has it; to those who begin at the last one, that one and
/// another with all transactions that it endorsed.
#[tonic::async_trait]
impl Deliver for FakePeer {
    type DeliverStream = Answers<BlockOrStatus>;
    type DeliverFilteredStream = Answers<BlockOrStatus>;
    type DeliverWithPrivateDataStream = Answers<BlockOrStatus>;

    async fn deliver(
        &self,
        _: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::DeliverStream>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn deliver_filtered(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::DeliverFilteredStream>, Status> {
        let asked = request.into_inner().message().await?.unwrap();
        let payload = proto::common::Payload::decode(asked.payload).unwrap();
        let seek = proto::orderer::SeekInfo::decode(payload.data).unwrap();
        let mut heights = self.height.subscribe();
        let Some(Place::Specified(at)) = seek.start.unwrap().r#type else {
            return Ok(Response::new(self.follow(heights)));
        };
        let answer = async move {
            heights.wait_for(|height| *height > at.number).await.unwrap();
            Ok(filtered(at.number, Vec::new()))
        };
        Ok(Response::new(stream::once(answer).boxed()))
    }

    async fn deliver_with_private_data(
        &self,
        _: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::DeliverWithPrivateDataStream>, Status> {
        Err(Status::unimplemented("not here"))
    }
}

/// An orderer.
#[derive(Clone)]
pub(super) struct FakeOrderer {
    /// What it answers envelopes; `None` for nothing.
    pub(super) answer: Arc<Mutex<Option<Answer>>>,
    pub(super) seen: Arc<Mutex<Vec<Envelope>>>,
    pub(super) streams: Arc<AtomicUsize>,
}

impl FakePeer {
    fn follow(&self, mut heights: watch::Receiver<u64>) -> Answers<BlockOrStatus> {
        let (height, this) = (*heights.borrow_and_update(), self.clone());
        let last = stream::once(async move { Ok(filtered(height.saturating_sub(1), Vec::new())) });
        let next = stream::once(async move {
            heights.changed().await.unwrap();
            let endorsed = this.endorsed.lock().unwrap().clone();
            let committed = endorsed.iter().map(|tx_id| FilteredTransaction {
                txid: tx_id.clone(),
                ..FilteredTransaction::default()
            });
            Ok(filtered(height, committed.collect()))
        });
        last.chain(next).boxed()
    }
}

fn filtered(number: u64, filtered_transactions: Vec<FilteredTransaction>) -> BlockOrStatus {
    let block = FilteredBlock { number, filtered_transactions, ..FilteredBlock::default() };
    BlockOrStatus { r#type: Some(Type::FilteredBlock(block)) }
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl FakeOrderer {
    pub(super) fn new() -> Self {
        let answer = Arc::new(Mutex::new(Some(Answer::Success)));
        Self { answer, seen: Arc::default(), streams: Arc::default() }
    }

    pub(super) fn set(&self, answer: Option<Answer>) {
        *self.answer.lock().unwrap() = answer;
    }

    pub(super) fn seen(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    fn take(&self, envelope: Envelope) -> Option<Answer> {
        let is_bad = envelope.signature == "bad";
        self.seen.lock().unwrap().push(envelope);
        if is_bad { Some(Answer::BadRequest) } else { *self.answer.lock().unwrap() }
    }
}

#[tonic::async_trait]
impl AtomicBroadcast for FakeOrderer {
    type BroadcastStream = Answers<BroadcastResponse>;
    type DeliverStream = Answers<DeliverResponse>;

    async fn broadcast(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::BroadcastStream>, Status> {
        self.streams.fetch_add(1, Ordering::SeqCst);
        let this = self.clone();
        let answers = stream::unfold(Some(request.into_inner()), move |envelopes| {
            let this = this.clone();
            async move {
                let mut envelopes = envelopes?;
                let envelope = envelopes.message().await.ok()??;
                let Some(answer) = this.take(envelope) else { std::future::pending().await };
                let info = "because".to_owned();
                let response = Ok(BroadcastResponse { status: answer.into(), info });
                Some((response, (answer == Answer::Success).then_some(envelopes)))
            }
        });
        Ok(Response::new(answers.boxed()))
    }

    async fn deliver(
        &self,
        _: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::DeliverStream>, Status> {
        Err(Status::unimplemented("not here"))
    }
}

pub(super) async fn serve_peer(peer: FakePeer) -> String {
    let blocks = DeliverServer::new(peer.clone());
    serve(Routes::new(EndorserServer::new(peer)).add_service(blocks)).await
}

pub(super) async fn serve_orderer(orderer: FakeOrderer) -> String {
    serve(Routes::new(AtomicBroadcastServer::new(orderer))).await
}

pub(super) async fn serve(routes: Routes) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server =
        Server::builder().add_routes(routes).serve_with_incoming(TcpListenerStream::new(listener));
    drop(tokio::spawn(server));
    address
}

pub(super) struct Plain;

impl Dials for Plain {
    fn dial(&self, address: &str, _: Vec<Vec<u8>>) -> Waiting<Result<Channel, String>> {
        let uri = format!("http://{address}");
        Box::pin(async move {
            let endpoint = Channel::from_shared(uri).map_err(|error| error.to_string())?;
            endpoint.connect().await.map_err(|error| error.to_string())
        })
    }
}

/// The channels of a registrar.
pub(super) struct Blocks(pub(super) Arc<Registrar>);

struct Told(Arc<PeerChannel>, watch::Receiver<u64>, watch::Sender<Option<String>>);

impl Chains for Blocks {
    fn chain(&self, channel: &str) -> Option<Arc<dyn Chain>> {
        let channel = self.0.get(channel).ok()?;
        let (height, heights) = watch::channel(channel.height());
        channel.watch().listen(Box::new(move |grown| {
            height.send_replace(grown);
        }));
        Some(Arc::new(Told(channel, heights, watch::channel(None).0)))
    }
}

impl Chain for Told {
    fn heights(&self) -> watch::Receiver<u64> {
        self.1.clone()
    }

    fn block(&self, number: u64) -> Result<Option<Block>, String> {
        self.0.block(number).map_err(|error| error.to_string())
    }

    fn configuration(&self) -> Arc<Configuration> {
        self.0.config()
    }

    fn trouble(&self) -> watch::Receiver<Option<String>> {
        self.2.subscribe()
    }
}
