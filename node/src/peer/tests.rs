// SPDX-License-Identifier: Apache-2.0
//! A whole network of one orderer, one peer and one chaincode, in this process, over loopback.

mod refusals;

use super::{Parts, PeerProcess};
use crate::client::{OrdererClient, Position, Target, Wanted, Web, seek};
use crate::config::{OrdererConfig, PeerConfig};
use crate::operations::logging::{Logging, Spec};
use crate::operations::metrics::Registry;
use crate::orderer::OrdererProcess;
use crate::services::gateway::gateway_client::GatewayClient;
use crate::services::protos::deliver_client::DeliverClient;
use crate::services::protos::endorser_client::EndorserClient;
use ::orderer::testing::{Genesis, Kit};
use bccsp::Suite;
use block::{Block, Proposal, Request, sign_payload};
use chaincode::{Mode, Options, Server as ChaincodeServer, asset::asset};
use channel::configtx::genesis_block;
use channel::update::Stamp;
use channel::{Channel, build};
use msp::SigningIdentity;
use proto::Bytes;
use proto::common::Status;
use proto::gateway::{
    CommitStatusRequest, EndorseRequest, SignedCommitStatusRequest, SubmitRequest,
};
use proto::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CommitChaincodeDefinitionArgs,
    chaincode_source,
};
use proto::prost::Message as _;
use proto::prost_types::Timestamp;
use proto::protos::deliver_response::Type;
use proto::protos::{ProposalResponse, TxValidationCode};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use sys::sim::SetClock;
use sys::{SystemDisk, SystemEntropy};
use tokio::sync::oneshot;
use tonic::transport::Channel as Connection;

const CHANNEL: &str = "ch1";

struct Network {
    kit: Kit,
    orderer: OrdererProcess,
    peer: PeerProcess,
    next: AtomicU64,
}

fn now() -> Timestamp {
    Timestamp { seconds: i64::try_from(Kit::now().0).unwrap(), nanos: 0 }
}

fn connection(address: &str) -> Connection {
    Target { address: address.to_owned(), tls: None, server_name: None }.channel()
}

async fn orderer(kit: &Kit, clock: &Arc<SetClock>, home: &Path) -> OrdererProcess {
    let text = "General: { LocalMSPID: OrdererMSP, ListenPort: 0 }\n\
        FileLedger: { Location: data }\nOperations: { ListenAddress: '127.0.0.1:0' }\n";
    let config = OrdererConfig::parse(text, &home.join("orderer.yaml"), &[]).unwrap();
    let node = kit.node(0, Arc::new(SystemDisk), clock.clone(), Arc::new(SystemEntropy));
    let parts = crate::orderer::Parts {
        volume: Arc::new(SystemDisk),
        clock: clock.clone(),
        entropy: Arc::new(SystemEntropy),
        providers: node.providers.clone(),
        identity: node.identity.clone(),
        logging: Logging::new(Spec::default(), clock.clone(), None),
        registry: Registry::new(),
    };
    OrdererProcess::start_with(config, parts).await.unwrap()
}

/// Block 0 of a channel whose orderer listens there.
fn genesis(kit: &Kit, endpoint: &str) -> Block {
    let first = Genesis::new(kit, 0).block(CHANNEL);
    let channel = Channel::from_block(kit.providers(), &first).unwrap();
    let mut group = channel.config().channel_group.clone().unwrap();
    let orderers = group.groups.get_mut("Orderer").unwrap();
    let organization = orderers.groups.get_mut("OrdererMSP").unwrap();
    organization.values.insert("Endpoints".to_owned(), build::endpoints(&[endpoint.to_owned()]));
    let stamp = Stamp { nonce: Bytes::from_static(&[7; 24]), time: now() };
    genesis_block(group, CHANNEL, kit.providers(), stamp).unwrap()
}

async fn peer(kit: &Kit, clock: &Arc<SetClock>, home: &Path, genesis: &Block) -> PeerProcess {
    let text = "peer:\n  localMspId: Org1MSP\n  listenAddress: '127.0.0.1:0'\n\
        \x20 chaincodeListenAddress: '127.0.0.1:0'\n  fileSystemPath: peer\n\
        chaincode: { mode: dev }\noperations: { listenAddress: '127.0.0.1:0' }\n\
        metrics: { provider: prometheus }\n";
    let config = PeerConfig::parse(text, &home.join("core.yaml"), &[]).unwrap();
    let channel = Channel::from_block(kit.providers(), genesis).unwrap();
    let local = channel.application().organizations()["Org1MSP"].definition().clone();
    let parts = Parts {
        volume: Arc::new(SystemDisk),
        clock: clock.clone(),
        entropy: Arc::new(SystemEntropy),
        providers: kit.providers().clone(),
        identity: kit.peer().clone(),
        local,
        logging: Logging::new(Spec::default(), clock.clone(), None),
        registry: Registry::new(),
    };
    PeerProcess::start_with(config, parts).await.unwrap()
}

impl Network {
    fn proposal(
        &self,
        who: &SigningIdentity,
        channel: &str,
        chaincode: &str,
        args: &[&[u8]],
    ) -> Proposal {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut nonce = [0; 24];
        nonce[..8].copy_from_slice(&number.to_be_bytes());
        let request = Request {
            channel,
            chaincode,
            args: args.iter().map(|arg| Bytes::copy_from_slice(arg)).collect(),
            creator: who.serialized().clone(),
            nonce: Bytes::copy_from_slice(&nonce),
            timestamp: now(),
            ..Request::default()
        };
        Proposal::new(request, self.kit.providers()).unwrap()
    }

    async fn propose(&self, who: &SigningIdentity, proposal: &Proposal) -> ProposalResponse {
        let address = self.peer.addresses().clients.to_string();
        let signed = proposal.sign(&**who.key()).unwrap();
        let answer = EndorserClient::new(connection(&address)).process_proposal(signed).await;
        answer.unwrap().into_inner()
    }

    /// Endorsed and ordered; what became of it.
    async fn invoke(
        &self,
        who: &SigningIdentity,
        chaincode: &str,
        args: &[&[u8]],
    ) -> TxValidationCode {
        let proposal = self.proposal(who, CHANNEL, chaincode, args);
        let answer = self.propose(who, &proposal).await;
        let response = answer.response.clone().unwrap();
        assert_eq!(response.status, 200, "{}", response.message);
        let payload = proposal.assemble(&[answer]).unwrap();
        let envelope = sign_payload(payload, &**who.key()).unwrap();
        let address = self.orderer.addresses().clients.to_string();
        let client = OrdererClient::new(connection(&address));
        let mut answers = client.broadcast(tokio_stream::once(envelope)).await.unwrap();
        assert_eq!(answers.message().await.unwrap().unwrap().status(), Status::Success);
        self.verdict(proposal.transaction_id()).await
    }

    /// The same through the gateway, as an application does it.
    async fn submit(&self, who: &SigningIdentity, chaincode: &str, args: &[&[u8]]) -> i32 {
        let proposal = self.proposal(who, CHANNEL, chaincode, args);
        let (channel_id, transaction_id) =
            (CHANNEL.to_owned(), proposal.transaction_id().to_owned());
        let address = self.peer.addresses().clients.to_string();
        let mut gateway = GatewayClient::new(connection(&address));
        let endorse = EndorseRequest {
            transaction_id: transaction_id.clone(),
            channel_id: channel_id.clone(),
            proposed_transaction: Some(proposal.sign(&**who.key()).unwrap()),
            endorsing_organizations: Vec::new(),
        };
        let prepared = gateway.endorse(endorse).await.unwrap().into_inner().prepared_transaction;
        let signed = sign_payload(prepared.unwrap().payload, &**who.key()).unwrap();
        let submit = SubmitRequest {
            transaction_id: transaction_id.clone(),
            channel_id: channel_id.clone(),
            prepared_transaction: Some(signed),
        };
        gateway.submit(submit).await.unwrap();
        let identity = who.serialized().clone();
        let request = CommitStatusRequest { transaction_id, channel_id, identity };
        let request = Bytes::from(request.encode_to_vec());
        let signature = who.sign(&[&request]).unwrap().into_vec().into();
        let status = SignedCommitStatusRequest { request, signature };
        gateway.commit_status(status).await.unwrap().into_inner().result
    }

    async fn verdict(&self, id: &str) -> TxValidationCode {
        let channel = self.peer.registrar().get(CHANNEL).unwrap();
        for _ in 0..500 {
            if let Some(status) = channel.transaction(id).unwrap() {
                return status.code;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("it is not committed; the channel says {:?}", channel.stopped());
    }

    async fn query(&self, who: &SigningIdentity, chaincode: &str, args: &[&[u8]]) -> (i32, Bytes) {
        let proposal = self.proposal(who, CHANNEL, chaincode, args);
        let response = self.propose(who, &proposal).await.response.unwrap();
        let said = if response.status == 200 { response.payload } else { response.message.into() };
        (response.status, said)
    }

    /// Has the channel agree on a chaincode that registers under that name.
    async fn define(&self, name: &str, package: &str) {
        let local = chaincode_source::Local { package_id: package.to_owned() };
        let source = chaincode_source::Type::LocalPackage(local);
        let approve = ApproveChaincodeDefinitionForMyOrgArgs {
            sequence: 1,
            name: name.to_owned(),
            version: "1".to_owned(),
            source: Some(ChaincodeSource { r#type: Some(source) }),
            ..Default::default()
        };
        let admin = self.kit.admin();
        let args: [&[u8]; 2] = [b"ApproveChaincodeDefinitionForMyOrg", &approve.encode_to_vec()];
        assert_eq!(self.invoke(admin, "_lifecycle", &args).await, TxValidationCode::Valid);
        let commit = CommitChaincodeDefinitionArgs {
            sequence: 1,
            name: name.to_owned(),
            version: "1".to_owned(),
            ..Default::default()
        };
        let args: [&[u8]; 2] = [b"CommitChaincodeDefinition", &commit.encode_to_vec()];
        assert_eq!(self.invoke(admin, "_lifecycle", &args).await, TxValidationCode::Valid);
    }

    /// The ids and verdicts of all transactions, as the peer's filtered blocks tell them.
    async fn filtered(&self, who: &SigningIdentity) -> Vec<(String, i32)> {
        let height = self.peer.registrar().get(CHANNEL).unwrap().height();
        let wanted = Wanted {
            start: Position::Oldest,
            stop: Position::Number(height - 1),
            fail_if_not_ready: false,
            best_effort: false,
        };
        let request = seek(CHANNEL, wanted, who, (now(), Bytes::new()), Bytes::new()).unwrap();
        let address = self.peer.addresses().clients.to_string();
        let mut client = DeliverClient::new(connection(&address));
        let answers = client.deliver_filtered(tokio_stream::once(request)).await;
        let mut answers = answers.unwrap().into_inner();
        let mut all = Vec::new();
        while let Some(answer) = answers.message().await.unwrap() {
            if let Some(Type::FilteredBlock(block)) = answer.r#type {
                let transactions = block.filtered_transactions.into_iter();
                all.extend(transactions.map(|it| (it.txid, it.tx_validation_code)));
            }
        }
        all
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_proposal_to_a_value_that_is_read_in_either_family() {
    for suite in Suite::ALL {
        whole(suite).await;
    }
}

async fn whole(suite: Suite) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SetClock::new(Kit::now()));
    let kit = Kit::new(suite, 1, 1);
    let orderer = orderer(&kit, &clock, folder.path()).await;
    let block = genesis(&kit, &orderer.addresses().clients.to_string());
    orderer.channels().join(block.clone()).await.unwrap();
    let peer = peer(&kit, &clock, folder.path(), &block).await;
    let network = Network { kit, orderer, peer, next: AtomicU64::new(1) };
    let admin = network.kit.admin().clone();
    let join = network.proposal(&admin, "", "cscc", &[b"JoinChain", &block.encode()]);
    let joined = network.propose(&admin, &join).await.response.unwrap();
    assert_eq!(joined.status, 200, "{}", joined.message);

    let address = network.peer.addresses().chaincodes.unwrap().to_string();
    let options = Options {
        chaincode_id: "asset:1".to_owned(),
        mode: Mode::Dev { peer: address },
        tls: None,
        peer_msp_id: None,
    };
    let server = ChaincodeServer::bind(asset(), options).await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let chaincode = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    network.define("asset", "asset:1").await;

    let client = network.kit.client("one");
    let client = client.identity();
    let create: [&[u8]; 6] = [b"CreateAsset", b"a1", b"blue", b"5", b"Zhang", b"100"];
    assert_eq!(network.invoke(client, "asset", &create).await, TxValidationCode::Valid);
    let (status, value) = network.query(client, "asset", &[b"ReadAsset", b"a1"]).await;
    let value = String::from_utf8(value.to_vec()).unwrap();
    assert!(status == 200 && value.contains("Zhang"), "{status} {value}");
    let (status, why) = network.query(client, "asset", &[b"ReadAsset", b"a2"]).await;
    assert!(status == 500, "{why:?}");
    let transfer: [&[u8]; 3] = [b"TransferAsset", b"a1", b"Li"];
    assert_eq!(network.submit(client, "asset", &transfer).await, 0);
    let (_, value) = network.query(client, "asset", &[b"ReadAsset", b"a1"]).await;
    let value = String::from_utf8(value.to_vec()).unwrap();
    assert!(value.contains("Li") && !value.contains("Zhang"), "{value}");
    let told = network.filtered(client).await;
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(told.iter().all(|(_, code)| *code == 0));

    counted(&network).await;

    let _ = stop.send(());
    chaincode.await.unwrap().unwrap();
    network.peer.stop().await;
    network.orderer.stop().await;
}

/// What Fabric's dashboards look at has been counted.
async fn counted(network: &Network) {
    let address = network.peer.addresses().operations.to_string();
    let target = Target { address, tls: None, server_name: None };
    let body = Web::new(target).get("/metrics").await.unwrap().body;
    let text = String::from_utf8(body.to_vec()).unwrap();
    let rows = [
        "ledger_blockchain_height{channel=\"ch1\"} 5",
        "ledger_block_processing_time_count{channel=\"ch1\"} 4",
        "ledger_blockstorage_and_pvtdata_commit_time_count{channel=\"ch1\"} 4",
        "ledger_statedb_commit_time_count{channel=\"ch1\"} 4",
        "ledger_transaction_count{channel=\"ch1\",transaction_type=\"ENDORSER_TRANSACTION\",\
         chaincode=\"asset:1\",validation_code=\"VALID\"} 2",
        "endorser_proposals_received 8",
        "endorser_successful_proposals 7",
        "endorser_endorsement_failures{channel=\"ch1\",chaincode=\"asset\",\
         chaincodeerror=\"true\"} 1",
        "endorser_proposal_duration_count{channel=\"ch1\",chaincode=\"asset\",success=\"true\"} 4",
        "chaincode_shim_requests_received{type=\"GET_STATE\",channel=\"ch1\",chaincode=\"asset:1\"} 5",
        "chaincode_shim_requests_completed{type=\"GET_STATE\",channel=\"ch1\",\
         chaincode=\"asset:1\",success=\"true\"} 5",
        "grpc_server_unary_requests_completed{service=\"protos_Endorser\",\
         method=\"ProcessProposal\",code=\"OK\"} 7",
        "grpc_server_unary_requests_completed{service=\"gateway_Gateway\",method=\"Submit\",\
         code=\"OK\"} 1",
        "grpc_server_stream_requests_received{service=\"protos_Deliver\",\
         method=\"DeliverFiltered\"} 1",
    ];
    for row in rows {
        assert!(text.contains(row), "{row} not in {text}");
    }
    let opened = text.lines().find_map(|line| line.strip_prefix("grpc_comm_conn_opened "));
    assert!(opened.unwrap().parse::<u64>().unwrap() > 5, "{opened:?}");
}
