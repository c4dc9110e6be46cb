// SPDX-License-Identifier: Apache-2.0
//! An orderer, a peer of the first of two organisations and a chaincode on it, over loopback; who may not
//! do what, and the raw bytes in and out.

use super::raw;
use crate::client::{Call, Caller, EndorserClient, EventsClient, Network, OrdererClient, Target};
use crate::config::{OrdererConfig, PeerConfig};
use crate::operations::logging::{Logging, Spec};
use crate::operations::metrics::Registry;
use crate::orderer::OrdererProcess;
use crate::peer::{Parts, PeerProcess};
use ::channel::{Batch, Edit, build};
use ::peer::PeerChannel;
use ::peer::testing::{Draft, Kit, now, reference, signatures};
use bccsp::Suite;
use block::{Block, Proposal, Request};
use chaincode::{Mode, Options, Server as ChaincodeServer, asset::asset};
use msp::{MetaPolicy, MetaRule, Policy, SigningIdentity};
use pki::Time;
use proto::Bytes;
use proto::common::{ConfigGroup, Envelope};
use proto::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CommitChaincodeDefinitionArgs,
    chaincode_source,
};
use proto::prost::Message;
use proto::protos::{SignedProposal, TxValidationCode as Verdict};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use sys::sim::SetClock;
use sys::{Clock as _, SystemDisk, SystemEntropy, Timestamp};
use tempfile::TempDir;
use tonic::transport::Channel as Connection;

pub(super) const CHANNEL: &str = "ch1";
/// The longest envelope that the channel takes, in bytes.
pub(super) const MOST: u32 = 64 << 10;

/// `asset` runs and asks for the first organisation; of `one` and `both`, which do not, the first asks for
/// that, too, and the other for both organisations. Both have a key `a`.
pub(super) struct World {
    pub(super) suite: Suite,
    pub(super) kit: Kit,
    pub(super) orderer: OrdererProcess,
    pub(super) peer: PeerProcess,
    /// A client of the first organisation whose certificate ended yesterday.
    pub(super) expired: SigningIdentity,
    /// One whose certificate was revoked.
    pub(super) revoked: SigningIdentity,
    _folder: TempDir,
}

impl World {
    pub(super) async fn new(suite: Suite) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let kit = Kit::new(suite);
        let member = &kit.members[0];
        let clock = clock();
        let yesterday = Time::new(Timestamp(clock.now().0 - 24 * 3600));
        let expired = member.member_until("client", "expired", yesterday);
        let revoked = member.member("client", "revoked");
        let orderer = orderer(&kit, &clock, folder.path()).await;
        let genesis = genesis(&kit, &orderer.addresses().clients.to_string());
        orderer.channels().join(genesis.clone()).await.unwrap();
        let peer = peer(&kit, &clock, folder.path()).await;
        let world = Self { suite, kit, orderer, peer, expired, revoked, _folder: folder };
        world.prepare(&genesis).await;
        world
    }

    pub(super) fn client(&self) -> &SigningIdentity {
        &self.kit.members[0].client
    }

    pub(super) fn channel(&self) -> Arc<PeerChannel> {
        self.peer.registrar().get(CHANNEL).unwrap()
    }

    pub(super) fn to_peer(&self) -> Connection {
        connection(&self.peer.addresses().clients.to_string())
    }

    pub(super) fn to_orderer(&self) -> Connection {
        connection(&self.orderer.addresses().clients.to_string())
    }

    pub(super) fn request<'a>(&self, channel: &'a str, chaincode: &'a str) -> Request<'a> {
        Request {
            channel,
            chaincode,
            args: ["ReadAsset", "nothing"].map(Bytes::from).to_vec(),
            creator: self.client().serialized().clone(),
            nonce: self.kit.nonce(),
            timestamp: now(),
            ..Request::default()
        }
    }

    pub(super) fn sign(&self, request: Request<'_>, who: &SigningIdentity) -> SignedProposal {
        Proposal::new(request, &self.kit.providers).unwrap().sign(&**who.key()).unwrap()
    }

    /// A transaction that is right, endorsed under what is in force.
    pub(super) fn envelope(&self, draft: &Draft) -> Envelope {
        self.kit.transaction(&self.channel().config(), draft)
    }

    /// Has these ordered, in this order; what the peer says of each.
    pub(super) async fn order(&self, envelopes: &[Envelope]) -> Vec<Verdict> {
        let from = self.channel().height();
        let bytes = envelopes.iter().map(|envelope| envelope.encode_to_vec().into()).collect();
        let answers = raw::broadcast(self.to_orderer(), bytes).await.unwrap();
        let refused = answers.iter().find(|answer| answer.status != 200);
        assert!(refused.is_none() && answers.len() == envelopes.len(), "{refused:?}");
        let wanted = envelopes.iter().map(Message::encode_to_vec).collect();
        raw::verdicts(self.to_peer(), self.client(), from, wanted).await
    }

    /// What is true before anything is refused.
    async fn prepare(&self, genesis: &Block) {
        join(&self.kit, self.to_peer(), genesis).await;
        let address = self.peer.addresses().chaincodes.unwrap().to_string();
        let options = Options {
            chaincode_id: "asset:1".to_owned(),
            mode: Mode::Dev { peer: address },
            tls: None,
            peer_msp_id: None,
        };
        let server = ChaincodeServer::bind(asset(), options).await.unwrap();
        drop(tokio::spawn(server.run(std::future::pending())));
        let network = Network {
            endorsers: vec![EndorserClient::new("peer", self.to_peer())],
            orderers: vec![OrdererClient::new(self.to_orderer())],
            events: EventsClient::new(self.to_peer()),
        };
        for call in agreement() {
            let done =
                network.submit(&admin(&self.kit), &call, Duration::from_secs(20)).await.unwrap();
            assert_eq!(done.code, Verdict::Valid, "{call:?}");
        }
        self.fill().await;
    }

    async fn fill(&self) {
        let definitions = [
            Draft::define("one", &signatures("OR('Org1MSP.peer')")),
            Draft::define("both", &reference("/Channel/Application/Endorsement")),
        ];
        let keys = ["one", "both"].map(|name| Draft::new(name).put("a", "1"));
        for drafts in [definitions, keys] {
            let envelopes = drafts.map(|draft| self.envelope(&draft));
            assert_eq!(self.order(&envelopes).await, [Verdict::Valid; 2]);
        }
        let channel = self.channel().config();
        let definition = self.kit.members[0].definition(&[&self.revoked]);
        let wanted = Edit::of(&channel).msp("Org1MSP", &definition).unwrap().finish();
        let height = self.channel().height();
        let update = self.kit.config(&channel, &wanted);
        let answers = raw::broadcast(self.to_orderer(), vec![update]).await.unwrap();
        assert_eq!(answers[0].status, 200, "{}", answers[0].info);
        while self.channel().height() == height {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// The first organisation alone agrees on `asset`.
fn agreement() -> [Call; 2] {
    let local = chaincode_source::Local { package_id: "asset:1".to_owned() };
    let source = ChaincodeSource { r#type: Some(chaincode_source::Type::LocalPackage(local)) };
    let validation_parameter = Bytes::from(signatures("OR('Org1MSP.peer')").encode_to_vec());
    let (name, version) = ("asset".to_owned(), "1".to_owned());
    let approve = ApproveChaincodeDefinitionForMyOrgArgs {
        sequence: 1,
        name: name.clone(),
        version: version.clone(),
        validation_parameter: validation_parameter.clone(),
        source: Some(source),
        ..Default::default()
    };
    let commit = CommitChaincodeDefinitionArgs {
        sequence: 1,
        name,
        version,
        validation_parameter,
        ..Default::default()
    };
    let call = |function, message: &dyn Fn() -> Vec<u8>| {
        let mut call = Call::new(CHANNEL, "_lifecycle", [function]);
        call.args.push(message().into());
        call
    };
    [
        call("ApproveChaincodeDefinitionForMyOrg", &|| approve.encode_to_vec()),
        call("CommitChaincodeDefinition", &|| commit.encode_to_vec()),
    ]
}

/// When everything happens.
pub(super) fn clock() -> Arc<SetClock> {
    Arc::new(SetClock::new(Timestamp(u64::try_from(now().seconds).unwrap())))
}

fn admin(kit: &Kit) -> Caller {
    let caller = Caller::new(kit.members[0].admin.clone(), kit.providers.clone());
    Caller { clock: clock(), ..caller }
}

/// Has a peer of the first organisation join a channel.
pub(super) async fn join(kit: &Kit, peer: Connection, genesis: &Block) {
    let mut join = Call::new("", "cscc", ["JoinChain"]);
    join.args.push(genesis.encode());
    EndorserClient::new("peer", peer).query(&admin(kit), &join).await.unwrap();
}

pub(super) fn connection(address: &str) -> Connection {
    Target { address: address.to_owned(), tls: None, server_name: None }.channel()
}

async fn orderer(kit: &Kit, clock: &Arc<SetClock>, home: &Path) -> OrdererProcess {
    let text = "General: { LocalMSPID: OrdererMSP, ListenPort: 0 }\n\
        FileLedger: { Location: data }\nOperations: { ListenAddress: '127.0.0.1:0' }\n";
    let config = OrdererConfig::parse(text, &home.join("orderer.yaml"), &[]).unwrap();
    let parts = crate::orderer::Parts {
        volume: Arc::new(SystemDisk),
        clock: clock.clone(),
        entropy: Arc::new(SystemEntropy),
        providers: (*kit.providers).clone(),
        identity: kit.orderers.node.clone(),
        logging: Logging::new(Spec::default(), clock.clone(), None),
        registry: Registry::new(),
    };
    OrdererProcess::start_with(config, parts).await.unwrap()
}

pub(super) async fn peer(kit: &Kit, clock: &Arc<SetClock>, home: &Path) -> PeerProcess {
    let text = "peer:\n  localMspId: Org1MSP\n  listenAddress: '127.0.0.1:0'\n\
        \x20 chaincodeListenAddress: '127.0.0.1:0'\n  fileSystemPath: peer\n\
        chaincode: { mode: dev }\noperations: { listenAddress: '127.0.0.1:0' }\n";
    let config = PeerConfig::parse(text, &home.join("core.yaml"), &[]).unwrap();
    let member = &kit.members[0];
    let parts = Parts {
        volume: Arc::new(SystemDisk),
        clock: clock.clone(),
        entropy: Arc::new(SystemEntropy),
        providers: kit.providers.clone(),
        identity: member.node.clone(),
        local: member.definition(&[]),
        logging: Logging::new(Spec::default(), clock.clone(), None),
        registry: Registry::new(),
    };
    PeerProcess::start_with(config, parts).await.unwrap()
}

/// Blocks come soon, one organisation may agree on chaincodes, and the orderer listens there.
pub(super) fn genesis(kit: &Kit, endpoint: &str) -> Block {
    kit.genesis_with(CHANNEL, |group| {
        let orderers = group.groups.get_mut("Orderer").unwrap();
        let batch = Batch {
            max_messages: 100,
            absolute_max_bytes: MOST,
            preferred_max_bytes: MOST,
            timeout: Duration::from_millis(100),
        };
        orderers.values.insert("BatchSize".to_owned(), build::batch_size(&batch));
        orderers.values.insert("BatchTimeout".to_owned(), build::batch_timeout(&batch));
        let endpoints = build::endpoints(&[endpoint.to_owned()]);
        let organization: &mut ConfigGroup = orderers.groups.get_mut("OrdererMSP").unwrap();
        organization.values.insert("Endpoints".to_owned(), endpoints);
        let members = group.groups.get_mut("Application").unwrap();
        let any = Policy::ImplicitMeta(MetaPolicy::new(MetaRule::Any, "Endorsement"));
        let lifecycle = members.policies.get_mut("LifecycleEndorsement").unwrap();
        lifecycle.policy = Some(any.to_proto());
    })
}
