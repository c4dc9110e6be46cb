// SPDX-License-Identifier: Apache-2.0
//! An orderer and a peer with all their ports, and what a good client does.

use super::run::Session;
use bccsp::{EngineChoice, Providers, Suite};
use chaincode::{Mode, Options, Server, TlsFiles, asset::asset};
use msp::SigningIdentity;
use node::client::{
    Call, Caller, ClientError, EndorserClient, EventsClient, Network as Submits, OrdererClient,
    ParticipationClient, Position, Target, Wanted, Web,
};
use node::tls::ClientRoots;
use proto::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CommitChaincodeDefinitionArgs,
    chaincode_source,
};
use proto::protos::TxValidationCode;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use sys::SystemDisk;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};

/// For one thing that a good client does, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    Grpc,
    Web,
}

/// A port that anybody can connect to.
#[derive(Clone)]
pub struct Port {
    pub name: &'static str,
    pub speaks: Speaks,
    address: String,
    tls: Option<Arc<ClientConfig>>,
}

pub trait Both: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Both for T {}

impl Port {
    /// A connection without TLS, whether the port has it or not.
    pub async fn plain(&self) -> Option<Box<dyn Both>> {
        Some(Box::new(TcpStream::connect(&self.address).await.ok()?))
    }

    /// A connection as the port wants it, without a certificate.
    pub async fn connect(&self) -> Option<Box<dyn Both>> {
        let stream = TcpStream::connect(&self.address).await.ok()?;
        let Some(tls) = &self.tls else { return Some(Box::new(stream)) };
        let name = ServerName::try_from("127.0.0.1").expect("a name");
        Some(Box::new(TlsConnector::from(Arc::clone(tls)).connect(name, stream).await.ok()?))
    }
}

/// Both processes, which end with the test.
pub struct Network {
    session: Session,
    places: Places,
    submits: Submits,
    caller: Caller,
    next: AtomicU32,
}

/// Where everything listens.
struct Places {
    orderer: String,
    cluster: String,
    admin: String,
    orderer_operations: String,
    peer: String,
    chaincodes: String,
    peer_operations: String,
}

impl Network {
    pub async fn up() -> Self {
        let session = Session::new();
        let create = ["network", "create", "--dir", "net", "--suite", "gm", "--orderers", "1"];
        session.run(&[&create[..], &["--organizations", "1"]].concat()).yes();
        let places = Places::read(&session);
        places.add(&session);
        session.run(&["network", "up", "--dir", "net"]).yes();
        let submits = Submits {
            endorsers: vec![EndorserClient::new("peer", channel(&session, &places.peer))],
            orderers: vec![OrdererClient::new(channel(&session, &places.orderer))],
            events: EventsClient::new(channel(&session, &places.peer)),
        };
        let caller = caller(&session, "client");
        let network = Self { session, places, submits, caller, next: AtomicU32::new(1) };
        network.deploy().await;
        network
    }

    /// The processes, with their ids.
    pub fn processes(&self) -> impl Iterator<Item = (&'static str, u32)> {
        let folders = [("orderer", "Orderer/nodes/orderer1"), ("peer", "Org1/nodes/peer1")];
        folders.into_iter().map(|(name, folder)| {
            let file = self.session.path(&format!("net/{folder}/pid"));
            let id = std::fs::read_to_string(file).expect("it was started");
            (name, id.trim().parse().expect("a number"))
        })
    }

    pub fn ports(&self) -> Vec<Port> {
        let tls = |name, address: &str, folder, speaks| Port {
            name,
            speaks,
            address: address.to_owned(),
            tls: Some(roots(&self.session, folder, None)),
        };
        let plain = |name, address: &str| Port {
            name,
            speaks: Speaks::Web,
            address: address.to_owned(),
            tls: None,
        };
        let places = &self.places;
        vec![
            tls("the orderer's clients", &places.orderer, "Orderer/nodes/orderer1", Speaks::Grpc),
            tls("the cluster", &places.cluster, "Orderer/nodes/orderer1", Speaks::Grpc),
            tls("administrators", &places.admin, "Orderer/nodes/orderer1", Speaks::Web),
            plain("the orderer's operations", &places.orderer_operations),
            tls("the peer's clients", &places.peer, "Org1/nodes/peer1", Speaks::Grpc),
            tls("chaincodes", &places.chaincodes, "Org1/nodes/peer1", Speaks::Grpc),
            plain("the peer's operations", &places.peer_operations),
        ]
    }

    /// Everything that those do who mean well, once, over connections old and new.
    pub async fn good(&self) {
        let number = self.next.fetch_add(1, Ordering::Relaxed).to_string();
        let create = ["create", number.as_str(), "blue", "5", "Ann", "1"];
        let create = Call::new("ch1", "asset", create);
        let submitted = self.submits.submit(&self.caller, &create, PATIENCE).await.unwrap();
        assert_eq!(submitted.code, TxValidationCode::Valid);
        let wanted = Wanted {
            start: Position::Newest,
            stop: Position::Newest,
            fail_if_not_ready: false,
            best_effort: false,
        };
        again(async || {
            let asked = self.caller.seek("ch1", wanted).unwrap();
            OrdererClient::new(channel(&self.session, &self.places.orderer)).block(asked).await
        })
        .await;
        let read = Call::new("ch1", "asset", ["read", number.as_str()]);
        again(async || {
            let peer = EndorserClient::new("peer", channel(&self.session, &self.places.peer));
            peer.query(&self.caller, &read).await
        })
        .await;
        let users = PathBuf::from(self.session.path("net/Orderer/users/admin/tls"));
        let shown = Some((users.join("client.crt"), users.join("client.key")));
        let tls = Some(roots(&self.session, "Orderer/nodes/orderer1", shown));
        let admin = Target { address: self.places.admin.clone(), tls, server_name: None };
        again(async || ParticipationClient::new(admin.clone()).list().await).await;
        for address in [&self.places.orderer_operations, &self.places.peer_operations] {
            let target = Target { address: address.clone(), tls: None, server_name: None };
            let web = Web::new(target);
            assert_eq!(again(async || web.get("/healthz").await).await.status, 200);
        }
    }

    /// The one organisation agrees on the sample, which comes to the peer by itself.
    async fn deploy(&self) {
        let options = Options {
            chaincode_id: "asset:1".to_owned(),
            mode: Mode::Dev { peer: self.places.chaincodes.clone() },
            tls: Some(TlsFiles {
                roots: Some(self.session.path("net/Org1/nodes/peer1/tls/ca.crt").into()),
                ..TlsFiles::default()
            }),
            peer_msp_id: None,
        };
        let server = Server::bind(asset(), options).await.unwrap();
        drop(tokio::spawn(server.run(std::future::pending())));
        let local = chaincode_source::Local { package_id: "asset:1".to_owned() };
        let source = ChaincodeSource { r#type: Some(chaincode_source::Type::LocalPackage(local)) };
        let approve = ApproveChaincodeDefinitionForMyOrgArgs {
            sequence: 1,
            name: "asset".to_owned(),
            version: "1".to_owned(),
            source: Some(source),
            ..Default::default()
        };
        let commit = CommitChaincodeDefinitionArgs {
            sequence: 1,
            name: "asset".to_owned(),
            version: "1".to_owned(),
            ..Default::default()
        };
        let of = |function, message: &dyn Fn(&str) -> Call| message(function);
        let approve = of("ApproveChaincodeDefinitionForMyOrg", &|function| {
            Call::with_message("ch1", "_lifecycle", function, &approve)
        });
        let commit = of("CommitChaincodeDefinition", &|function| {
            Call::with_message("ch1", "_lifecycle", function, &commit)
        });
        let admin = caller(&self.session, "admin");
        for call in [approve, commit] {
            let done = self.submits.submit(&admin, &call, PATIENCE).await.unwrap();
            assert_eq!(done.code, TxValidationCode::Valid);
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = self.session.run(&["network", "down", "--dir", "net"]);
    }
}

impl Places {
    fn read(session: &Session) -> Self {
        let text = std::fs::read_to_string(session.path("net/network.json")).unwrap();
        let topology: Value = serde_json::from_str(&text).unwrap();
        let at = |node: &Value, port: &str| format!("127.0.0.1:{}", node[port]);
        let free = || {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().to_string()
        };
        let orderer = &topology["orderers"]["nodes"][0];
        let peer = &topology["members"][0]["nodes"][0];
        Self {
            orderer: at(orderer, "port"),
            cluster: free(),
            admin: at(orderer, "admin_port"),
            orderer_operations: at(orderer, "operations_port"),
            peer: at(peer, "port"),
            chaincodes: free(),
            peer_operations: at(peer, "operations_port"),
        }
    }

    /// A port of its own for those who agree, and one for chaincodes.
    fn add(&self, session: &Session) {
        let file = session.path("net/Orderer/nodes/orderer1/orderer.yaml");
        let text = std::fs::read_to_string(&file).unwrap();
        let (host, port) = self.cluster.rsplit_once(':').unwrap();
        let own = format!(
            "  Cluster:\n    ListenAddress: {host}\n    ListenPort: {port}\n\
             \x20   ServerCertificate: tls/server.crt\n    ServerPrivateKey: tls/server.key\n"
        );
        std::fs::write(&file, text.replace("  Cluster:\n", &own)).unwrap();
        let file = session.path("net/Org1/nodes/peer1/core.yaml");
        let text = std::fs::read_to_string(&file).unwrap();
        let listen = format!("peer:\n  chaincodeListenAddress: {}\n", self.chaincodes);
        let text = text.replacen("peer:\n", &listen, 1) + "chaincode: {mode: dev}\n";
        std::fs::write(&file, text).unwrap();
    }
}

/// What a good client does, again while the machine is too busy for a handshake in time. A refusal is one.
async fn again<T>(mut work: impl AsyncFnMut() -> Result<T, ClientError>) -> T {
    let begun = Instant::now();
    loop {
        match work().await {
            Ok(done) => return done,
            Err(error) => {
                let is_late = error.to_string().contains("deadline has elapsed");
                assert!(is_late && begun.elapsed() < PATIENCE, "{error}");
            }
        }
    }
}

fn caller(session: &Session, user: &str) -> Caller {
    let providers = Arc::new(Providers::new(Suite::Gm, EngineChoice::Auto).unwrap());
    let folder = session.path(&format!("net/Org1/users/{user}/msp"));
    let identity =
        SigningIdentity::from_folder(&SystemDisk, &providers, Path::new(&folder), "Org1MSP");
    Caller::new(identity.unwrap(), providers)
}

fn roots(session: &Session, folder: &str, shown: Option<(PathBuf, PathBuf)>) -> Arc<ClientConfig> {
    let ca = PathBuf::from(session.path(&format!("net/{folder}/tls/ca.crt")));
    ClientRoots::load(&SystemDisk, &[ca], shown).unwrap().config(&SystemDisk).unwrap()
}

fn channel(session: &Session, address: &str) -> tonic::transport::Channel {
    let both = ["Orderer/nodes/orderer1", "Org1/nodes/peer1"];
    let files = both.map(|folder| PathBuf::from(session.path(&format!("net/{folder}/tls/ca.crt"))));
    let roots = ClientRoots::load(&SystemDisk, &files, None).unwrap();
    let tls = Some(roots.config(&SystemDisk).unwrap());
    Target { address: address.to_owned(), tls, server_name: None }.channel()
}
