// SPDX-License-Identifier: Apache-2.0
//! Connections with chaincodes that do not read, do not register, or ask for a certificate.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

use super::link::{self, Link, Next, Running};
use super::links::Links;
use super::target::target;
use crate::operations::metrics::Registry;
use crate::peer::numbers::Numbers;
use crate::services::protos::chaincode_server::{Chaincode, ChaincodeServer};
use ::peer::stream::{Call, CallId, Failure, Limits, Transaction};
use ::peer::system::{MemoryPackages, Packages as _};
use ::peer::testing::Kit;
use ::peer::{Channels as _, Registrar};
use bccsp::encoding::private_key;
use bccsp::{EngineChoice, Providers, SecretBytes, SigningKey, Suite};
use chaincode::{Mode, Options, Server, TlsFiles, asset::asset};
use package::{ClientPair, Connection, Package, ServiceAddress};
use pki::extension::{
    BasicConstraints, GeneralName, KeyUsage, SubjectAltName, TypedExtension as _,
};
use pki::{CertificateBuilder, Name, Time};
use proto::Bytes;
use proto::prost::Message as _;
use proto::protos::chaincode_message::Type;
use proto::protos::{ChaincodeId, ChaincodeInput, ChaincodeMessage, SignedProposal};
use std::future::pending;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use sys::sim::MemoryDisk;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::{Request, Response, Status, Streaming};

const CHANNEL: &str = "ch1";
/// Nobody waits for it unless something is wrong.
const LONG: Duration = Duration::from_secs(20);

fn call(registrar: &Registrar, number: usize, providers: &'static Providers) -> Call {
    let tx_id = number.to_string();
    let view = registrar.view(CHANNEL).unwrap();
    let transaction = Transaction::begin(view, &tx_id, Limits::default(), providers).unwrap();
    Call {
        id: CallId { channel: CHANNEL.to_owned(), tx_id },
        chaincode: "cc".to_owned(),
        is_init: false,
        input: ChaincodeInput::default(),
        proposal: SignedProposal::default(),
        transaction,
    }
}

fn numbers() -> Numbers {
    Numbers::new(&Registry::new())
}

/// A connection with a chaincode whose messages come and go through these two.
async fn connected()
-> (Link, mpsc::Sender<Result<ChaincodeMessage, Status>>, mpsc::Receiver<ChaincodeMessage>) {
    let (say, incoming) = mpsc::channel(1);
    let (outgoing, heard) = mpsc::channel(2);
    let (told, mut registered) = link::registration();
    let (incoming, numbers) = (ReceiverStream::new(incoming), numbers());
    let outgoing = (outgoing, numbers.shim());
    let link = link::start(link::options(None), incoming, outgoing, told, &numbers.stages);
    let id = ChaincodeId { name: "cc:1".to_owned(), ..ChaincodeId::default() };
    let payload = id.encode_to_vec().into();
    let register =
        ChaincodeMessage { r#type: Type::Register.into(), payload, ..ChaincodeMessage::default() };
    say.send(Ok(register)).await.unwrap();
    assert_eq!(link::ready(&mut registered).await, Ok("cc:1".to_owned()));
    (link, say, heard)
}

async fn given_up(running: &mut Running) -> bool {
    running.give_up("no more").await;
    let next = timeout(LONG, running.next()).await.expect("it is heard that nobody waits");
    matches!(next, Next::Ended(Err(Failure::GivenUp(why))) if why == "no more")
}

#[tokio::test]
async fn a_chaincode_that_reads_nothing_costs_its_own_calls_and_hears_of_none_that_is_over() {
    let kit = Kit::new(Suite::Nist);
    let node = Arc::new(kit.node(&MemoryDisk::new(1 << 30)));
    let registrar = Registrar::open(node, Path::new("channels")).unwrap();
    registrar.join(&kit.genesis(CHANNEL)).unwrap();
    let providers: &'static Providers = Box::leak(Box::new((*kit.providers).clone()));
    let (link, _say, mut heard) = connected().await;
    let mut all = Vec::new();
    for number in 0..50 {
        all.push(link.run(call(&registrar, number, providers)).await.unwrap());
    }
    let mut last = all.pop().unwrap();
    for running in &mut all {
        assert!(given_up(running).await);
    }
    // It reads again.
    let mut began = Vec::new();
    while began.last().is_none_or(|id| id != "49") {
        let message = timeout(LONG, heard.recv()).await.unwrap().unwrap();
        if message.r#type() == Type::Transaction {
            began.push(message.txid);
        }
    }
    assert!(began.len() < 10, "calls that are over begin: {began:?}");
    assert!(given_up(&mut last).await);
}

/// A chaincode that takes connections and never says who it is.
#[derive(Clone, Default)]
struct Mute(Arc<AtomicUsize>);

#[tonic::async_trait]
impl Chaincode for Mute {
    type ConnectStream = ReceiverStream<Result<ChaincodeMessage, Status>>;

    async fn connect(
        &self,
        _: Request<Streaming<ChaincodeMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let (say, messages) = mpsc::channel(1);
        tokio::spawn(async move {
            say.closed().await;
        });
        Ok(Response::new(ReceiverStream::new(messages)))
    }
}

fn providers() -> Arc<Providers> {
    Arc::new(Providers::new(Suite::Nist, EngineChoice::Auto).unwrap())
}

/// A peer that has one package, and the id of it.
fn links(
    place: &ServiceAddress,
    client: Option<&ClientPair>,
    startup: Duration,
) -> (Links, String) {
    let (providers, packages) = (providers(), MemoryPackages::default());
    let bytes = Bytes::from(package::service("cc", place, client).unwrap());
    let package = Package::read(&bytes, &providers).unwrap();
    packages.install(&package, &bytes).unwrap();
    let links = Links::new(Arc::new(packages), providers, startup, numbers());
    (links, package.id().to_owned())
}

fn place(address: SocketAddr) -> ServiceAddress {
    ServiceAddress { address: address.to_string(), ..ServiceAddress::default() }
}

#[tokio::test]
async fn who_comes_while_a_chaincode_is_waited_for_is_told_what_that_comes_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, mute) = (listener.local_addr().unwrap(), Mute::default());
    let server = tonic::transport::Server::builder()
        .add_service(ChaincodeServer::new(mute.clone()))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);
    let (links, id) = links(&place(address), None, Duration::from_secs(1));
    let (one, two, three, four) =
        tokio::join!(links.to(&id), links.to(&id), links.to(&id), links.to(&id));
    for outcome in [one, two, three, four] {
        let why = outcome.unwrap_err();
        assert!(why.contains("is not ready in time"), "{why}");
    }
    assert_eq!(mute.0.load(Ordering::Relaxed), 1);
    // Who comes later tries again.
    links.to(&id).await.unwrap_err();
    assert_eq!(mute.0.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (links, id) = links(&place(address), None, LONG);
    let why = links.to(&id).await.unwrap_err();
    assert!(why.starts_with(&format!("chaincode {id} at {address} cannot be reached: ")), "{why}");
    assert!(!why.contains("source:"), "{why}");
    let why = links.to("other:1").await.unwrap_err();
    assert!(why.contains("not installed"), "{why}");
}

/// Writes `ca.pem`, and `server` and `client` with their keys, all for 127.0.0.1.
fn certify(folder: &Path) {
    let providers = providers();
    let new_key = || providers.default_provider().generate_signing_key().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    let root_key = new_key();
    let root = builder(&*root_key, "/CN=root", 1)
        .subject_key_id(&providers)
        .unwrap()
        .extension(BasicConstraints { ca: true, path_len: None }.extension(true))
        .extension(KeyUsage::KEY_CERT_SIGN.extension(true))
        .sign_self(&*root_key)
        .unwrap();
    write("ca.pem", root.to_pem().as_bytes());
    for (serial, name) in [(2, "server"), (3, "client")] {
        let key = new_key();
        let names = SubjectAltName(vec![GeneralName::ip("127.0.0.1").unwrap()]);
        let certificate = builder(&*key, &format!("/CN={name}"), serial)
            .authority_key_id(&providers, &root)
            .unwrap()
            .extension(names.extension(false))
            .sign(root.subject(), &*root_key)
            .unwrap();
        write(&format!("{name}.pem"), certificate.to_pem().as_bytes());
        let secret = private_key::encode(&key.export().unwrap()).unwrap();
        write(&format!("{name}.key"), secret.expose());
    }
}

fn builder(key: &dyn SigningKey, name: &str, serial: u8) -> CertificateBuilder {
    let [from, to] = ["2026-01-01", "2126-01-01"].map(|time| Time::parse(time).unwrap());
    let (name, public) = (Name::parse(name).unwrap(), key.verifying_key().public_key());
    CertificateBuilder::new(&name, public, &[serial], from, to)
}

fn text(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn pair(folder: &Path) -> ClientPair {
    let key = SecretBytes::new(text(folder, "client.key").into_bytes());
    ClientPair { certificate: text(folder, "client.pem"), key }
}

fn with_tls(folder: &Path, address: SocketAddr) -> ServiceAddress {
    ServiceAddress { tls_required: true, root_cert: text(folder, "ca.pem"), ..place(address) }
}

/// A chaincode as a service with TLS, which asks for a certificate or does not, then the peer's
/// attempt to reach it.
async fn reach(
    folder: &Path,
    mutual: bool,
    place: impl FnOnce(SocketAddr) -> ServiceAddress,
    client: Option<ClientPair>,
) -> Result<(), String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (links, id) = links(&place(address), client.as_ref(), LONG);
    let files = TlsFiles {
        certificate: Some(folder.join("server.pem")),
        key: Some(folder.join("server.key")),
        roots: mutual.then(|| folder.join("ca.pem")),
        server_name: None,
    };
    let options = Options {
        chaincode_id: id.clone(),
        mode: Mode::Service { address: address.to_string() },
        tls: Some(files),
        peer_msp_id: None,
    };
    let server = Server::bind(asset(), options).await.unwrap();
    let serving = tokio::spawn(server.run(pending()));
    let reached = timeout(LONG, links.to(&id)).await.expect("an answer");
    serving.abort();
    reached.map(drop)
}

#[tokio::test]
async fn tls_to_a_chaincode_is_as_its_package_says() {
    let (ours, others) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (ours, others) = (ours.path(), others.path());
    certify(ours);
    certify(others);
    let plain = |address| with_tls(ours, address);
    reach(ours, false, plain, None).await.unwrap();
    reach(ours, false, plain, Some(pair(ours))).await.unwrap();
    reach(ours, true, plain, Some(pair(ours))).await.unwrap();
    reach(ours, true, plain, None).await.unwrap_err();
    reach(ours, true, plain, Some(pair(others))).await.unwrap_err();
    reach(ours, true, |address| with_tls(others, address), Some(pair(ours))).await.unwrap_err();
    reach(ours, false, place, None).await.unwrap_err();
}

#[test]
fn a_package_that_lacks_what_tls_needs_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    let at = with_tls(folder.path(), "127.0.0.1:9".parse().unwrap());
    let (good, key) = (pair(folder.path()), pair(folder.path()).key);
    let bytes = package::service("cc", &at, Some(&good)).unwrap();
    let package = Package::read(&bytes, &providers()).unwrap();
    let whole = package.connection().unwrap();
    target(whole, Some(&key)).unwrap();
    let refused = |change: &dyn Fn(&mut Connection), key: Option<&SecretBytes>| {
        let mut connection = whole.clone();
        change(&mut connection);
        target(&connection, key).unwrap_err()
    };
    let (nothing, garbage) = (|_: &mut Connection| {}, SecretBytes::copy_from(b"KEY"));
    for (why, about) in [
        (refused(&|it| it.root_cert = None, Some(&key)), "root_cert is empty"),
        (refused(&|it| it.root_cert = Some("ROOT".into()), Some(&key)), "root_cert: there is no"),
        (refused(&|it| it.client_cert = None, Some(&key)), "client_cert is empty"),
        (refused(&nothing, None), "client_key is empty"),
        (refused(&nothing, Some(&garbage)), "client_key: there is no private key"),
    ] {
        assert!(why.starts_with("connection.json: ") && why.contains(about), "{why}");
        assert!(!why.contains("KEY"), "{why}");
    }
}
