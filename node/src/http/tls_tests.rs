// SPDX-License-Identifier: Apache-2.0
//! TLS of a server: one-way, mutual, exchanged under way, and clients that only knock.

use super::*;
use axum::middleware::from_fn;
use axum::routing::get;
use bccsp::encoding::pkcs8;
use bccsp::{EngineChoice, Providers, SigningKey, Suite};
use pki::extension::{
    BasicConstraints, GeneralName, KeyUsage, SubjectAltName, TypedExtension as _,
};
use pki::{Certificate, CertificateBuilder, Name, Time};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::sync::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A root that issues for 127.0.0.1.
struct Root {
    providers: Providers,
    certificate: Certificate,
    key: Arc<dyn SigningKey>,
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

impl Root {
    fn new() -> Self {
        let providers = Providers::new(Suite::Nist, EngineChoice::Auto).unwrap();
        let key = providers.default_provider().generate_signing_key().unwrap();
        let certificate = builder(&providers, &*key, "/CN=root", &[1])
            .extension(BasicConstraints { ca: true, path_len: None }.extension(true))
            .extension(KeyUsage::KEY_CERT_SIGN.extension(true))
            .sign_self(&*key)
            .unwrap();
        Self { providers, certificate, key }
    }

    fn issue(&self) -> Identity {
        let key = self.providers.default_provider().generate_signing_key().unwrap();
        let names = SubjectAltName(vec![GeneralName::ip("127.0.0.1").unwrap()]);
        let certificate = builder(&self.providers, &*key, "/CN=node", &[2])
            .extension(names.extension(false))
            .sign(self.certificate.subject(), &*self.key)
            .unwrap();
        let secret = pkcs8::encode(&key.export().unwrap()).unwrap();
        let secret = PrivatePkcs8KeyDer::from(secret.expose().to_vec());
        (vec![der(&certificate)], PrivateKeyDer::Pkcs8(secret))
    }

    fn store(&self) -> Arc<RootCertStore> {
        let mut store = RootCertStore::empty();
        store.add(der(&self.certificate)).unwrap();
        Arc::new(store)
    }

    /// A server that asks for certificates of `clients`, without insisting.
    fn server(&self, clients: &Self) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls_graviola::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(clients.store(), Arc::clone(&provider))
                .allow_unauthenticated()
                .build()
                .unwrap();
        let (chain, key) = self.issue();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key);
        Arc::new(config.unwrap())
    }

    fn client(&self, identity: Option<Identity>) -> ClientConfig {
        let provider = Arc::new(rustls_graviola::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(self.store());
        match identity {
            Some((chain, key)) => builder.with_client_auth_cert(chain, key).unwrap(),
            None => builder.with_no_client_auth(),
        }
    }
}

fn builder(
    providers: &Providers,
    key: &dyn SigningKey,
    name: &str,
    serial: &[u8],
) -> CertificateBuilder {
    let (from, until) = (Time::parse("2020-01-01").unwrap(), Time::parse("2049-01-01").unwrap());
    let name = Name::parse(name).unwrap();
    CertificateBuilder::new(&name, key.verifying_key().public_key(), serial, from, until)
        .subject_key_id(providers)
        .unwrap()
}

fn der(certificate: &Certificate) -> CertificateDer<'static> {
    CertificateDer::from(certificate.as_der().to_vec())
}

/// The answer, or nothing when there was no way to one.
async fn ask(server: &Server, config: ClientConfig, path: &str) -> Option<String> {
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let name = ServerName::from(server.address().ip());
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    // Some close without saying goodbye.
    drop(stream.read_to_end(&mut answer).await);
    let answer = String::from_utf8(answer).unwrap();
    answer.lines().next().map(str::to_owned)
}

fn router() -> Router {
    let guarded = Router::new().route("/guarded", get(|| async { "" }));
    guarded.layer(from_fn(require_certificate)).route("/open", get(|| async { "" }))
}

async fn start(tls: Tls) -> Server {
    let options = Options { handshake: Duration::from_millis(300), ..Options::default() };
    Server::start("127.0.0.1:0", router(), Some(tls), options).await.unwrap()
}

const OK: Option<&str> = Some("HTTP/1.1 200 OK");
const UNAUTHORIZED: Option<&str> = Some("HTTP/1.1 401 Unauthorized");

#[tokio::test]
async fn what_is_guarded_wants_a_certificate_of_a_root_that_is_known() {
    let (root, other) = (Root::new(), Root::new());
    let server = start(Tls::fixed(root.server(&root))).await;
    let without = || root.client(None);
    assert_eq!(ask(&server, without(), "/open").await.as_deref(), OK);
    assert_eq!(ask(&server, without(), "/guarded").await.as_deref(), UNAUTHORIZED);
    let with = root.client(Some(root.issue()));
    assert_eq!(ask(&server, with, "/guarded").await.as_deref(), OK);
    let strange = root.client(Some(other.issue()));
    assert_eq!(ask(&server, strange, "/open").await, None);
    server.stop().await;
}

#[tokio::test]
async fn certificates_are_exchanged_under_a_running_server() {
    let (old, new) = (Root::new(), Root::new());
    let current = Arc::new(Mutex::new(old.server(&old)));
    let shown = Arc::clone(&current);
    let server = start(Tls::new(move || Arc::clone(&shown.lock().unwrap()))).await;
    assert_eq!(ask(&server, new.client(None), "/open").await, None);
    *current.lock().unwrap() = new.server(&new);
    assert_eq!(ask(&server, new.client(None), "/open").await.as_deref(), OK);
    assert_eq!(ask(&server, old.client(None), "/open").await, None);
    server.stop().await;
}

#[tokio::test]
async fn who_does_not_shake_hands_is_cut_off() {
    let root = Root::new();
    let server = start(Tls::fixed(root.server(&root))).await;
    for words in [b"".as_slice(), b"GET / HTTP/1.1\r\n\r\n", &[22, 3, 1, 0xff, 0xff]] {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(words).await.unwrap();
        let mut answer = Vec::new();
        let end = timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
        assert!(end.is_ok(), "{words:?} was left open");
    }
    assert_eq!(ask(&server, root.client(None), "/open").await.as_deref(), OK);
    server.stop().await;
}
