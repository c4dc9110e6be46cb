// SPDX-License-Identifier: Apache-2.0
//! TLS in both modes, by files as Fabric's chaincode gets them.
//!
//! The files are made when a test first needs one: a root, `localhost` as server, and a client whose
//! files are base64 of PEM. The little peer speaks in the clear behind a proxy that adds TLS.
#![allow(clippy::disallowed_methods)] // tests touch the real disk

use base64ct::{Base64, Encoding as _};
use bccsp::encoding::private_key;
use bccsp::{EngineChoice, Providers, SigningKey, Suite};
use gmca_chaincode::asset::asset;
use gmca_chaincode::proto::protos::chaincode_message::Type;
use gmca_chaincode::testing::wire::{dial, listen};
use gmca_chaincode::{Mode, Options, ServeError, Server, TlsFiles};
use pki::extension::{
    BasicConstraints, GeneralName, KeyUsage, SubjectAltName, TypedExtension as _,
};
use pki::{CertificateBuilder, Name, Time};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::future::pending;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

static FILES: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    certify(folder.path());
    folder
});

fn file(name: &str) -> PathBuf {
    FILES.path().join(name)
}

/// A root, and what it certifies.
fn certify(folder: &Path) {
    let providers = Providers::new(Suite::Nist, EngineChoice::Auto).expect("providers");
    let new_key = || providers.default_provider().generate_signing_key().expect("a key");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).expect("room");
    let root_key = new_key();
    let root = builder(&*root_key, "/CN=root", 1)
        .subject_key_id(&providers)
        .expect("an id")
        .extension(BasicConstraints { ca: true, path_len: None }.extension(true))
        .extension(KeyUsage::KEY_CERT_SIGN.extension(true))
        .sign_self(&*root_key)
        .expect("a root");
    write("ca.pem", root.to_pem().as_bytes());
    for (serial, name) in [(2, "server"), (3, "client")] {
        let key = new_key();
        let names = [GeneralName::Dns("localhost".to_owned()), GeneralName::Ip(vec![127, 0, 0, 1])];
        let certificate = builder(&*key, &format!("/CN={name}"), serial)
            .authority_key_id(&providers, &root)
            .expect("an id")
            .extension(SubjectAltName(names.to_vec()).extension(false))
            .sign(root.subject(), &*root_key)
            .expect("a certificate")
            .to_pem();
        let secret = private_key::encode(&key.export().expect("a secret")).expect("PEM");
        write(&format!("{name}.pem"), certificate.as_bytes());
        write(&format!("{name}.key"), secret.expose());
        let base64 = Base64::encode_string(certificate.as_bytes());
        write(&format!("{name}.pem.b64"), base64.as_bytes());
        write(&format!("{name}.key.b64"), Base64::encode_string(secret.expose()).as_bytes());
    }
}

fn builder(key: &dyn SigningKey, name: &str, serial: u8) -> CertificateBuilder {
    let public = key.verifying_key().public_key();
    let [from, to] = ["2026-01-01", "2126-01-01"].map(|time| Time::parse(time).expect("a time"));
    let name = Name::parse(name).expect("a name");
    CertificateBuilder::new(&name, public, &[serial], from, to)
}

fn pem(name: &str) -> Vec<u8> {
    std::fs::read(file(name)).expect("a file of the tests")
}

fn roots() -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&pem("ca.pem")).expect("PEM")).expect("a root");
    Arc::new(roots)
}

fn identity() -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let certificate = CertificateDer::from_pem_slice(&pem("server.pem")).expect("PEM");
    (vec![certificate], PrivateKeyDer::from_pem_slice(&pem("server.key")).expect("PEM"))
}

/// A port in the clear that leads to a TLS port.
async fn into_tls(target: SocketAddr, with_certificate: bool) -> SocketAddr {
    let provider = Arc::new(rustls_graviola::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().expect("versions");
    let builder = builder.with_root_certificates(roots());
    let mut config = if with_certificate {
        let (chain, key) = identity();
        builder.with_client_auth_cert(chain, key).expect("an identity")
    } else {
        builder.with_no_client_auth()
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = TlsConnector::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut clear, _)) = listener.accept().await {
            let socket = TcpStream::connect(target).await.expect("connects");
            let name = ServerName::try_from("localhost").expect("a name");
            if let Ok(mut secret) = connector.connect(name, socket).await {
                assert_eq!(secret.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
                let _ = copy_bidirectional(&mut clear, &mut secret).await;
            }
        }
    });
    address
}

/// A TLS port, which demands a certificate, that leads to a port in the clear.
async fn out_of_tls(target: SocketAddr) -> SocketAddr {
    let provider = Arc::new(rustls_graviola::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(roots(), provider.clone());
    let builder = ServerConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().expect("versions");
    let builder = builder.with_client_cert_verifier(verifier.build().expect("a verifier"));
    let (chain, key) = identity();
    let mut config = builder.with_single_cert(chain, key).expect("an identity");
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            if let Ok(mut secret) = acceptor.accept(socket).await {
                let mut clear = TcpStream::connect(target).await.expect("connects");
                let _ = copy_bidirectional(&mut secret, &mut clear).await;
            }
        }
    });
    address
}

async fn bind(mode: Mode, tls: TlsFiles) -> Result<Server, ServeError> {
    let tls = Some(tls);
    Server::bind(asset(), Options { chaincode_id: "a:1".into(), mode, tls, peer_msp_id: None })
        .await
}

fn listening() -> Mode {
    Mode::Service { address: "127.0.0.1:0".into() }
}

fn server_files() -> TlsFiles {
    TlsFiles {
        certificate: Some(file("server.pem")),
        key: Some(file("server.key")),
        roots: Some(file("ca.pem")),
        server_name: None,
    }
}

#[tokio::test]
async fn a_service_lets_in_who_has_a_certificate() {
    let server = bind(listening(), server_files()).await.expect("binds");
    let address = server.address().expect("an address");
    tokio::spawn(server.run(pending()));
    let mut peer = dial(into_tls(address, true).await).await.expect("connects");
    assert_eq!(peer.receive().await.expect("a message").r#type(), Type::Register);
    let stranger = async {
        match dial(into_tls(address, false).await).await {
            Ok(mut peer) => peer.receive().await,
            Err(_) => None,
        }
    };
    let stranger = tokio::time::timeout(Duration::from_secs(5), stranger).await;
    assert_eq!(stranger.expect("an answer"), None, "without a certificate nobody registers");
}

#[tokio::test]
async fn dev_mode_shows_its_certificate_and_looks_at_the_peers() {
    let (clear, mut ends) = listen().await.expect("listens");
    let port = out_of_tls(clear).await.port();
    let files = TlsFiles {
        certificate: Some(file("client.pem.b64")),
        key: Some(file("client.key.b64")),
        roots: Some(file("ca.pem")),
        server_name: None,
    };
    let dev = |host: &str| Mode::Dev { peer: format!("{host}:{port}") };
    let wrong = TlsFiles { server_name: Some("other.example".into()), ..files.clone() };
    let wrong = bind(dev("127.0.0.1"), wrong).await.expect("prepares");
    let wrong = tokio::spawn(wrong.run(pending()));
    let none = tokio::time::timeout(Duration::from_secs(2), ends.recv()).await;
    assert!(none.is_err(), "a peer of another name is not spoken to");
    wrong.abort();
    let right = bind(dev("127.0.0.1"), files).await.expect("prepares");
    tokio::spawn(right.run(pending()));
    let mut peer = ends.recv().await.expect("dialled");
    assert_eq!(peer.receive().await.expect("a message").r#type(), Type::Register);
}

#[tokio::test]
async fn files_that_do_not_fit_are_named() {
    let files = server_files();
    let missing = TlsFiles { key: Some(file("none.key")), ..files.clone() };
    let swapped = TlsFiles { certificate: files.key.clone(), ..files.clone() };
    let no_key = TlsFiles { key: Some(file("ca.pem")), ..files.clone() };
    for (files, name) in [(missing, "none.key"), (swapped, "server.key"), (no_key, "ca.pem")] {
        let refused = bind(listening(), files).await.expect_err("refused").to_string();
        assert!(refused.contains(name), "{refused}");
    }
    let foreign = TlsFiles { key: Some(file("client.key.b64")), ..files };
    let refused = bind(listening(), foreign).await.expect_err("refused").to_string();
    assert!(refused.starts_with("TLS: "), "{refused}");
    let no_port = bind(Mode::Dev { peer: "localhost".into() }, server_files()).await;
    assert!(no_port.expect_err("refused").to_string().contains("host:port"));
}
