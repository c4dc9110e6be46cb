// SPDX-License-Identifier: Apache-2.0
//! A gateway of `Org1MSP` on a channel of two organisations, between peers and orderers that do as
//! they are told: what each situation is answered with.

mod endorsing;
mod fakes;
mod following;
mod heights;
mod network;
mod ordering;

use super::failure::{RpcStatus, TYPE_URL};
use super::{Gateway, Parts, Timeouts};
use crate::client::Caller;
use crate::operations::metrics::fabric::Grpc;
use crate::operations::metrics::{Registry, Stages};
use crate::services::gateway::gateway_client::GatewayClient;
use ::block::{Proposal, Request, sign_payload};
use ::channel::build;
use ::peer::endorse::{self, Endorser};
use ::peer::stream::Limits;
use ::peer::system::{MemoryPackages, MemoryValues};
use ::peer::testing::{Draft, Kit, now, reference, signatures};
use ::peer::{PeerChannel, Registrar};
use bccsp::Suite;
use fakes::{Blocks, FakeOrderer, FakePeer, Plain, serve, serve_orderer, serve_peer};
use msp::{Manager, SigningIdentity};
use proto::Bytes;
use proto::common::{ConfigGroup, Envelope};
use proto::gateway::{EndorseRequest, ErrorDetail, EvaluateRequest};
use proto::prost::Message as _;
use proto::protos::SignedProposal;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use sys::sim::{MemoryDisk, SetClock};
use sys::{SystemEntropy, Timestamp};
use tokio::sync::watch;
use tonic::service::Routes;
use tonic::transport::Channel;
use tonic::{Code, Status};

const CHANNEL: &str = "ch1";
const HERE: &str = "peer0.org1.example.com:7051";

/// Chaincode `basic` needs both organisations, `one` the first, `second` the second.
struct World {
    kit: Arc<Kit>,
    registrar: Arc<Registrar>,
    /// This peer, another of its organisation, and two of the second.
    here: FakePeer,
    beside: FakePeer,
    others: [FakePeer; 2],
    orderers: [FakeOrderer; 2],
    client: GatewayClient<Channel>,
    /// Stops what waits for blocks.
    stop: watch::Sender<bool>,
}

impl World {
    async fn new() -> Self {
        Self::with(Suite::Nist).await
    }

    async fn with(suite: Suite) -> Self {
        let kit = Arc::new(Kit::new(suite));
        let (here, beside) = (FakePeer::new(&kit, 0), FakePeer::new(&kit, 0));
        let others = [FakePeer::new(&kit, 1), FakePeer::new(&kit, 1)];
        let orderers = [FakeOrderer::new(), FakeOrderer::new()];
        let anchor = serve_peer(beside.clone()).await;
        let far = [serve_peer(others[0].clone()).await, serve_peer(others[1].clone()).await];
        let endpoints =
            [serve_orderer(orderers[0].clone()).await, serve_orderer(orderers[1].clone()).await];
        let genesis = kit.genesis_with(CHANNEL, |group| {
            let members = side(group, "Application");
            set(members, "Org1MSP", "AnchorPeers", build::anchor_peers(&[parts(&anchor)]));
            let far = [parts(&far[0]), parts(&far[1])];
            set(members, "Org2MSP", "AnchorPeers", build::anchor_peers(&far));
            let orderers = side(group, "Orderer");
            set(orderers, "OrdererMSP", "Endpoints", build::endpoints(&endpoints));
        });
        let node = Arc::new(kit.node(&MemoryDisk::new(1 << 30)));
        let registrar = Arc::new(Registrar::open(node, Path::new("channels")).unwrap());
        let channel = registrar.join(&genesis).unwrap();
        let basic = Draft::define("basic", &reference("/Channel/Application/Endorsement"));
        let one = Draft::define("one", &signatures("OR('Org1MSP.peer')"));
        let second = Draft::define("second", &signatures("OR('Org2MSP.peer')"));
        kit.commit(&channel, &[basic, one, second]);
        let (stop, stopped) = watch::channel(false);
        let gateway = Gateway::new(gateway_parts(&kit, &registrar, &here, stopped));
        let address =
            serve(gateway.add_to(Routes::default(), 500, 100 << 20, &Grpc::new(&Registry::new())))
                .await;
        let client = GatewayClient::connect_to(&address).await;
        Self { kit, registrar, here, beside, others, orderers, client, stop }
    }

    fn channel(&self) -> Arc<PeerChannel> {
        self.registrar.get(CHANNEL).unwrap()
    }

    fn who(&self) -> &SigningIdentity {
        &self.kit.members[0].client
    }

    fn request<'a>(&self, channel: &'a str, chaincode: &'a str) -> Request<'a> {
        Request {
            channel,
            chaincode,
            args: vec!["call".into()],
            creator: self.who().serialized().clone(),
            nonce: self.kit.nonce(),
            timestamp: now(),
            ..Request::default()
        }
    }

    fn sign(&self, request: Request<'_>) -> SignedProposal {
        let proposal = Proposal::new(request, &self.kit.providers).unwrap();
        proposal.sign(&**self.who().key()).unwrap()
    }

    fn proposal(&self, chaincode: &str) -> SignedProposal {
        self.sign(self.request(CHANNEL, chaincode))
    }

    fn secret(&self, chaincode: &str) -> SignedProposal {
        let transient = BTreeMap::from([("secret".to_owned(), Bytes::from_static(b"1"))]);
        self.sign(Request { transient, ..self.request(CHANNEL, chaincode) })
    }

    async fn endorse(&self, signed: SignedProposal, by: &[&str]) -> Result<Envelope, Status> {
        self.endorse_within(signed, by, Duration::from_secs(20)).await
    }

    async fn endorse_within(
        &self,
        signed: SignedProposal,
        by: &[&str],
        time: Duration,
    ) -> Result<Envelope, Status> {
        let mut request = tonic::Request::new(EndorseRequest {
            proposed_transaction: Some(signed),
            endorsing_organizations: by.iter().map(|id| (*id).to_owned()).collect(),
            ..EndorseRequest::default()
        });
        request.set_timeout(time);
        let answer = self.client.clone().endorse(request).await?;
        Ok(answer.into_inner().prepared_transaction.unwrap())
    }

    async fn evaluate(&self, signed: SignedProposal, by: &[&str]) -> Result<Bytes, Status> {
        let request = EvaluateRequest {
            proposed_transaction: Some(signed),
            target_organizations: by.iter().map(|id| (*id).to_owned()).collect(),
            ..EvaluateRequest::default()
        };
        let answer = self.client.clone().evaluate(request).await?;
        Ok(answer.into_inner().result.unwrap().payload)
    }

    /// An endorsed transaction, signed.
    async fn transaction(&self, chaincode: &str) -> (String, Envelope) {
        let prepared = self.endorse(self.proposal(chaincode), &[]).await.unwrap();
        self.signed(prepared)
    }

    fn signed(&self, prepared: Envelope) -> (String, Envelope) {
        let signed = sign_payload(prepared.payload, &**self.who().key()).unwrap();
        let opened = ::block::Envelope::from_message(signed.clone()).unwrap();
        (opened.headers().channel_header().tx_id.clone(), signed)
    }

    /// Commits these as one block.
    fn commit(&self, envelopes: &[Envelope]) -> u64 {
        let channel = self.channel();
        let block = self.kit.next(&channel, envelopes);
        channel.commit(channel.verify(block).unwrap()).unwrap().block.number()
    }
}

impl GatewayClient<Channel> {
    async fn connect_to(address: &str) -> Self {
        let endpoint = Channel::from_shared(format!("http://{address}")).unwrap();
        Self::new(endpoint.connect().await.unwrap())
    }
}

fn gateway_parts(
    kit: &Arc<Kit>,
    registrar: &Arc<Registrar>,
    here: &FakePeer,
    stop: watch::Receiver<bool>,
) -> Parts {
    let member = &kit.members[0];
    let time = Timestamp(u64::try_from(now().seconds).unwrap());
    let of = endorse::Parts {
        identity: member.node.clone(),
        local: Manager::new(&kit.providers, [member.definition(&[])]).unwrap(),
        clock: Arc::new(SetClock::new(time)),
        channels: registrar.clone(),
        packages: Arc::new(MemoryPackages::default()),
        values: Arc::new(MemoryValues::default()),
        limits: Limits::default(),
    };
    let second = Duration::from_secs(1);
    Parts {
        executor: Arc::new(here.clone()),
        endorser: Arc::new(Endorser::new(&kit.providers, of)),
        channels: registrar.clone(),
        chains: Arc::new(Blocks(Arc::clone(registrar))),
        dials: Arc::new(Plain),
        entropy: Arc::new(SystemEntropy),
        caller: Caller::new(member.node.clone(), kit.providers.clone()),
        address: HERE.to_owned(),
        msp_id: "Org1MSP".to_owned(),
        peers: BTreeMap::new(),
        timeouts: Timeouts {
            endorsement: second * 20,
            broadcast: second * 20,
            dial: second * 5,
            leader: Duration::from_millis(600),
        },
        stages: Stages::new(&Registry::new()),
        stop,
    }
}

fn side<'a>(group: &'a mut ConfigGroup, name: &str) -> &'a mut ConfigGroup {
    group.groups.get_mut(name).unwrap()
}

fn set(group: &mut ConfigGroup, organization: &str, name: &str, value: proto::common::ConfigValue) {
    side(group, organization).values.insert(name.to_owned(), value);
}

fn parts(address: &str) -> (String, u16) {
    let (host, port) = address.rsplit_once(':').unwrap();
    (host.to_owned(), port.parse().unwrap())
}

/// The details of an error, which a client finds in `grpc-status-details-bin`.
pub(crate) fn details(status: &Status) -> Vec<ErrorDetail> {
    let inner = RpcStatus::decode(status.details()).unwrap();
    if !status.details().is_empty() {
        assert_eq!((inner.code, inner.message.as_str()), (status.code().into(), status.message()));
    }
    let details = inner.details.into_iter().map(|any| {
        assert_eq!(any.type_url, TYPE_URL);
        ErrorDetail::decode(any.value.as_slice()).unwrap()
    });
    details.collect()
}

fn code<T: std::fmt::Debug>(result: Result<T, Status>) -> Code {
    result.unwrap_err().code()
}
