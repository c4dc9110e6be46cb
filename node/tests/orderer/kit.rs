// SPDX-License-Identifier: Apache-2.0
//! Processes that order, on loopback, in folders that are gone afterwards.

use bccsp::{EngineChoice, HashAlgorithm, Providers, Suite};
use block::Block;
use channel::configtx::genesis_block;
use channel::update::Stamp;
use channel::{Channel, RAFT, build};
use gmca_node::client::{OrdererClient, Position, Target, Wanted, seek};
use gmca_node::config::OrdererConfig;
use gmca_node::operations::logging::{Logging, Spec};
use gmca_node::operations::metrics::Registry;
use gmca_node::orderer::{OrdererProcess, Parts, StartError};
use gmca_node::tls::ClientRoots;
use orderer::testing::{Client, Genesis, Kit};
use pki::extension::{
    BasicConstraints, GeneralName, KeyUsage, SubjectAltName, TypedExtension as _,
};
use pki::{Certificate, CertificateBuilder, Name, Time};
use proto::Bytes;
use proto::common::{Envelope, Status};
use proto::etcdraft;
use proto::orderer::deliver_response::Type;
use proto::orderer::{BroadcastResponse, DeliverResponse, consensus_type::State};
use proto::prost::Message as _;
use proto::prost_types::Timestamp;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use sys::sim::SetClock;
use sys::{SystemDisk, SystemEntropy};
use tempfile::TempDir;
use tokio_stream::StreamExt as _;
use tonic::Streaming;

pub const CHANNEL: &str = "ch1";
/// What clients ask for who never want to stop.
pub const FAR: Position = Position::Number(9_007_199_254_740_991);

/// Everybody, and the folders of all nodes.
pub struct Network {
    pub kit: Kit,
    pub clock: Arc<SetClock>,
    folder: TempDir,
    tls: TlsCa,
}

impl Network {
    pub fn new(suite: Suite, nodes: usize) -> Self {
        let tls = TlsCa::new();
        let folder = tempfile::tempdir().unwrap();
        for node in 0..nodes {
            let home = folder.path().join(format!("node{node}"));
            std::fs::create_dir_all(&home).unwrap();
            tls.issue(&home, "server");
        }
        tls.issue(folder.path(), "client");
        std::fs::write(folder.path().join("ca.crt"), tls.certificate.to_pem()).unwrap();
        let clock = Arc::new(SetClock::new(Kit::now()));
        Self { kit: Kit::new(suite, nodes.max(1), 1), clock, folder, tls }
    }

    pub fn home(&self, node: usize) -> std::path::PathBuf {
        self.folder.path().join(format!("node{node}"))
    }

    pub fn ca_file(&self) -> std::path::PathBuf {
        self.folder.path().join("ca.crt")
    }

    /// Another certificate of a node, with another key.
    pub fn renew(&self, node: usize) {
        self.tls.issue(&self.home(node), "server");
    }

    /// A node's configuration: `general` goes into the section `General`.
    pub fn config(&self, node: usize, general: &str) -> OrdererConfig {
        let port = if general.contains("ListenPort") { "" } else { "  ListenPort: 0\n" };
        let text = format!(
            "General:\n  LocalMSPID: OrdererMSP\n{port}{general}\
             FileLedger: {{ Location: data }}\n\
             Operations: {{ ListenAddress: '127.0.0.1:0' }}\n"
        );
        OrdererConfig::parse(&text, &self.home(node).join("orderer.yaml"), &[]).unwrap()
    }

    pub fn parts(&self, node: usize) -> Parts {
        let volume: Arc<dyn sys::Volume> = Arc::new(SystemDisk);
        let of = self.kit.node(node, volume.clone(), self.clock.clone(), Arc::new(SystemEntropy));
        Parts {
            volume,
            clock: self.clock.clone(),
            entropy: Arc::new(SystemEntropy),
            providers: of.providers.clone(),
            identity: of.identity.clone(),
            logging: Logging::new(Spec::default(), self.clock.clone(), None),
            registry: Registry::new(),
        }
    }

    pub async fn start(&self, node: usize, general: &str) -> Result<OrdererProcess, StartError> {
        OrdererProcess::start_with(self.config(node, general), self.parts(node)).await
    }

    /// Block 0 of a channel on which these nodes agree, each at a port of loopback.
    pub fn genesis(&self, ports: &[u16]) -> Block {
        let first = Genesis::new(&self.kit, 0).block(CHANNEL);
        let channel = Channel::from_block(self.kit.providers(), &first).unwrap();
        let mut group = channel.config().channel_group.clone().unwrap();
        let consenters = ports.iter().enumerate().map(|(node, port)| {
            let file = self.home(node).join("server.crt");
            let certificate = Bytes::from(std::fs::read(file).unwrap());
            etcdraft::Consenter {
                host: "127.0.0.1".to_owned(),
                port: u32::from(*port),
                client_tls_cert: certificate.clone(),
                server_tls_cert: certificate,
            }
        });
        let options = etcdraft::Options {
            tick_interval: "50ms".to_owned(),
            election_tick: 10,
            heartbeat_tick: 1,
            max_inflight_blocks: 5,
            snapshot_interval_size: 16 << 20,
        };
        let metadata =
            etcdraft::ConfigMetadata { consenters: consenters.collect(), options: Some(options) };
        let kind = build::consensus_type(RAFT, Some(&metadata), State::Normal);
        let orderers = group.groups.get_mut("Orderer").unwrap();
        orderers.values.insert("ConsensusType".to_owned(), kind);
        let stamp = Stamp { nonce: Bytes::from_static(&[7; 24]), time: now() };
        genesis_block(group, CHANNEL, self.kit.providers(), stamp).unwrap()
    }

    /// A client of a process, with TLS if its port has it; it shows a certificate when asked.
    pub fn client(&self, process: &OrdererProcess, has_tls: bool) -> OrdererClient {
        let folder = self.folder.path();
        let identity = (folder.join("client.crt"), folder.join("client.key"));
        let roots = ClientRoots::load(&SystemDisk, &[self.ca_file()], Some(identity)).unwrap();
        let tls = has_tls.then(|| roots.config(&SystemDisk).unwrap());
        let address = process.addresses().clients.to_string();
        OrdererClient::new(Target { address, tls, server_name: None }.channel())
    }

    /// The hash of the client's TLS certificate.
    pub fn binding(&self) -> Bytes {
        let pem = std::fs::read(self.folder.path().join("client.crt")).unwrap();
        let certificate = Certificate::from_pem_or_der(&pem).unwrap();
        let hash = self.kit.providers().hash(HashAlgorithm::FABRIC_CLIENT).unwrap();
        Bytes::copy_from_slice(hash.digest(&[certificate.as_der()]).as_ref())
    }
}

/// TLS of the clients' port, in the section `General`.
pub const TLS: &str = "  TLS: { Enabled: true, Certificate: server.crt, PrivateKey: server.key }\n";

/// What certifies the TLS keys of a network.
struct TlsCa {
    providers: Providers,
    key: Arc<dyn bccsp::SigningKey>,
    certificate: Certificate,
    serial: AtomicU8,
}

impl TlsCa {
    fn new() -> Self {
        let providers = Providers::new(Suite::Nist, EngineChoice::Auto).unwrap();
        let key = providers.default_provider().generate_signing_key().unwrap();
        let certificate = Self::builder(&*key, "/CN=tls ca", 1)
            .subject_key_id(&providers)
            .unwrap()
            .extension(BasicConstraints { ca: true, path_len: None }.extension(true))
            .extension(KeyUsage::KEY_CERT_SIGN.extension(true))
            .sign_self(&*key)
            .unwrap();
        Self { providers, key, certificate, serial: AtomicU8::new(2) }
    }

    fn builder(key: &dyn bccsp::SigningKey, name: &str, serial: u8) -> CertificateBuilder {
        let public = key.verifying_key().public_key();
        let [from, to] = ["2026-01-01", "2036-01-01"].map(|time| Time::parse(time).unwrap());
        CertificateBuilder::new(&Name::parse(name).unwrap(), public, &[serial], from, to)
    }

    /// Writes `NAME.crt` and `NAME.key` into a folder.
    fn issue(&self, folder: &Path, name: &str) {
        let key = self.providers.default_provider().generate_signing_key().unwrap();
        let names =
            vec![GeneralName::Dns("localhost".to_owned()), GeneralName::Ip(vec![127, 0, 0, 1])];
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let certificate = Self::builder(&*key, &format!("/CN={name}"), serial)
            .authority_key_id(&self.providers, &self.certificate)
            .unwrap()
            .extension(SubjectAltName(names).extension(false))
            .sign(self.certificate.subject(), &*self.key)
            .unwrap();
        let secret = bccsp::encoding::private_key::encode(&key.export().unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}.crt")), certificate.to_pem()).unwrap();
        std::fs::write(folder.join(format!("{name}.key")), secret.expose()).unwrap();
    }
}

/// Ports that nobody listens on.
pub fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

pub fn now() -> Timestamp {
    Timestamp { seconds: i64::try_from(Kit::now().0).unwrap(), nanos: 0 }
}

pub fn envelope(bytes: &Bytes) -> Envelope {
    Envelope::decode(bytes.clone()).unwrap()
}

/// Sends envelopes; the statuses that came back until the stream ended.
pub async fn send(client: &OrdererClient, envelopes: Vec<Envelope>) -> Vec<BroadcastResponse> {
    let mut answers = client.broadcast(tokio_stream::iter(envelopes)).await.unwrap();
    let mut all = Vec::new();
    while let Some(Ok(answer)) = answers.next().await {
        all.push(answer);
    }
    all
}

/// One envelope, one status.
pub async fn send_one(client: &OrdererClient, bytes: &Bytes) -> (Status, String) {
    let answers = send(client, vec![envelope(bytes)]).await;
    assert_eq!(answers.len(), 1);
    (answers[0].status(), answers[0].info.clone())
}

pub const fn wanted(start: Position, stop: Position) -> Wanted {
    Wanted { start, stop, fail_if_not_ready: false, best_effort: false }
}

pub fn request(who: &Client, channel: &str, wanted: Wanted, binding: Bytes) -> Envelope {
    seek(channel, wanted, who.identity(), (now(), Bytes::new()), binding).unwrap()
}

/// The numbers of the blocks that came, and the status behind them.
pub async fn take(answers: &mut Streaming<DeliverResponse>) -> (Vec<u64>, Status) {
    let mut numbers = Vec::new();
    loop {
        let answer = answers.next().await.expect("a last status").unwrap();
        match answer.r#type.unwrap() {
            Type::Block(block) => numbers.push(block.header.unwrap().number),
            Type::Status(status) => return (numbers, Status::try_from(status).unwrap()),
        }
    }
}

/// The number of the next block.
pub async fn take_one(answers: &mut Streaming<DeliverResponse>) -> u64 {
    let answer = answers.next().await.expect("a block").unwrap();
    match answer.r#type.unwrap() {
        Type::Block(block) => block.header.unwrap().number,
        Type::Status(status) => panic!("{status}"),
    }
}

/// One request on a stream of its own.
pub async fn fetch(client: &OrdererClient, request: Envelope) -> (Vec<u64>, Status) {
    let mut answers = client.deliver(tokio_stream::once(request)).await.unwrap();
    take(&mut answers).await
}
