// SPDX-License-Identifier: Apache-2.0
//! What a client says of a server's certificate and a server of a client's, in whole handshakes, and
//! TLS certificates that Fabric's own tools have made.

use super::anchors::Anchors;
use super::verify::{Clients, Servers};
use super::{provider, trusted};
use bccsp::encoding::pkcs8;
use bccsp::{EngineChoice, Providers, SigningKey, Suite};
use pki::extension::{
    BasicConstraints, ExtendedKeyUsage, Extension, GeneralName, KeyUsage, SubjectAltName,
    TypedExtension as _,
};
use pki::path::{self, Options, Policy, Purpose};
use pki::{Certificate, CertificateBuilder, Name, Time};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, Error, ServerConfig, ServerConnection,
};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A certificate and its key.
#[derive(Clone)]
struct Party {
    certificate: Certificate,
    key: Arc<dyn SigningKey>,
}

/// A certificate in the making.
struct Plan<'a> {
    name: &'a str,
    until: &'a str,
    extensions: Vec<Extension>,
}

fn ca(name: &str) -> Plan<'_> {
    let extensions = vec![
        BasicConstraints { ca: true, path_len: None }.extension(true),
        KeyUsage::KEY_CERT_SIGN.extension(true),
    ];
    Plan { name, until: "2049-01-01", extensions }
}

/// Of a node that is called `localhost`.
fn node(purposes: &[&str]) -> Plan<'static> {
    let names = SubjectAltName(vec![GeneralName::Dns("localhost".to_owned())]);
    let ids = purposes.iter().map(|name| ExtendedKeyUsage::named(name).unwrap());
    let purposes = ExtendedKeyUsage(ids.collect());
    let extensions = vec![names.extension(false), purposes.extension(false)];
    Plan { name: "/CN=node", until: "2049-01-01", extensions }
}

fn usual() -> Plan<'static> {
    node(&["serverAuth", "clientAuth"])
}

impl Plan<'_> {
    fn issue(self, suite: Suite, issuer: Option<&Party>) -> Party {
        let providers = Providers::new(suite, EngineChoice::Auto).unwrap();
        let key = providers.default_provider().generate_signing_key().unwrap();
        let (from, until) = ("2020-01-01", self.until);
        let [from, until] = [from, until].map(|text| Time::parse(text).unwrap());
        let name = Name::parse(self.name).unwrap();
        let public = key.verifying_key().public_key();
        let mut builder = CertificateBuilder::new(&name, public, &[1], from, until);
        for extension in self.extensions {
            builder = builder.extension(extension);
        }
        let certificate = match issuer {
            None => builder.sign_self(&*key),
            Some(issuer) => builder.sign(issuer.certificate.subject(), &*issuer.key),
        };
        Party { certificate: certificate.unwrap(), key }
    }
}

fn der(party: &Party) -> CertificateDer<'static> {
    CertificateDer::from(party.certificate.as_der().to_vec())
}

fn anchors(root: &Party) -> Arc<Anchors> {
    Arc::new(Anchors::new(vec![root.certificate.clone()]).unwrap())
}

/// What is shown: the certificate of the first, and what was sent with it.
type Shown = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn shown(chain: &[&Party]) -> Shown {
    let secret = pkcs8::encode(&chain[0].key.export().unwrap()).unwrap();
    let secret = PrivatePkcs8KeyDer::from(secret.expose().to_vec());
    (chain.iter().map(|party| der(party)).collect(), PrivateKeyDer::Pkcs8(secret))
}

/// A handshake in memory: the first error, or nothing.
fn shake(root: &Party, host: &str, server: Shown, client: Shown) -> Result<(), Error> {
    let provider = provider();
    let servers = Servers::of(anchors(root), Arc::clone(&provider));
    let clients = Clients::of(anchors(root), true, Arc::clone(&provider));
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(servers)
        .with_client_auth_cert(client.0, client.1)?;
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name)?;
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(clients)
        .with_single_cert(server.0, server.1)?;
    let mut server = ServerConnection::new(Arc::new(config))?;
    while client.is_handshaking() || server.is_handshaking() {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).unwrap();
        let mut rest = wire.as_slice();
        while !rest.is_empty() {
            server.read_tls(&mut rest).unwrap();
            server.process_new_packets()?;
        }
        wire.clear();
        server.write_tls(&mut wire).unwrap();
        let mut rest = wire.as_slice();
        while !rest.is_empty() {
            client.read_tls(&mut rest).unwrap();
            client.process_new_packets()?;
        }
    }
    Ok(())
}

/// What a client says of a server that shows this chain, with a client that is in order.
fn of_server(root: &Party, host: &str, chain: &[&Party]) -> Result<(), Error> {
    let client = usual().issue(Suite::Nist, Some(root));
    shake(root, host, shown(chain), shown(&[&client]))
}

#[track_caller]
fn reason(result: Result<(), Error>) -> CertificateError {
    match result {
        Err(Error::InvalidCertificate(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_chain_that_holds_is_taken_also_below_a_ca_of_the_other_family() {
    for cas in Suite::ALL {
        let root = ca("/CN=root").issue(cas, None);
        let middle = ca("/CN=middle").issue(cas, Some(&root));
        let server = usual().issue(Suite::Nist, Some(&middle));
        of_server(&root, "localhost", &[&server, &middle]).unwrap();
    }
}

#[test]
fn a_client_reads_what_is_wrong_with_a_server() {
    let root = ca("/CN=root").issue(Suite::Nist, None);
    let check = |plan: Plan<'_>, host: &str| {
        let server = plan.issue(Suite::Nist, Some(&root));
        reason(of_server(&root, host, &[&server]))
    };
    let old = check(Plan { until: "2021-01-01", ..usual() }, "localhost");
    assert!(matches!(old, CertificateError::ExpiredContext { .. }), "{old:?}");
    let elsewhere = check(usual(), "example.com");
    let CertificateError::NotValidForNameContext { presented, .. } = &elsewhere else {
        panic!("{elsewhere:?}");
    };
    assert_eq!(*presented, ["DNS:localhost"]);
    assert_eq!(check(node(&["clientAuth"]), "localhost"), CertificateError::InvalidPurpose);
    let server = usual().issue(Suite::Nist, Some(&ca("/CN=other").issue(Suite::Nist, None)));
    let strange = reason(of_server(&root, "localhost", &[&server]));
    assert_eq!(strange, CertificateError::UnknownIssuer);
    let namesake = usual().issue(Suite::Nist, Some(&ca("/CN=root").issue(Suite::Nist, None)));
    let forged = reason(of_server(&root, "localhost", &[&namesake]));
    assert_eq!(forged, CertificateError::BadSignature);
}

#[test]
fn a_server_reads_what_is_wrong_with_a_client() {
    let root = ca("/CN=root").issue(Suite::Nist, None);
    let check = |plan: Plan<'_>| {
        let (server, client) =
            (usual().issue(Suite::Nist, Some(&root)), plan.issue(Suite::Nist, Some(&root)));
        reason(shake(&root, "localhost", shown(&[&server]), shown(&[&client])))
    };
    assert_eq!(check(node(&["serverAuth"])), CertificateError::InvalidPurpose);
    let old = check(Plan { until: "2021-01-01", ..usual() });
    assert!(matches!(old, CertificateError::ExpiredContext { .. }), "{old:?}");
}

#[test]
fn long_chains_are_refused_by_name() {
    let root = ca("/CN=root").issue(Suite::Nist, None);
    let names: Vec<String> = (0..17).map(|n| format!("/CN=ca {n}")).collect();
    let mut cas = vec![root.clone()];
    for name in &names {
        cas.push(ca(name).issue(Suite::Nist, cas.last()));
    }
    let words = |intermediates: usize| {
        let above = &cas[..=intermediates];
        let server = usual().issue(Suite::Nist, above.last());
        let chain: Vec<&Party> = [&server].into_iter().chain(above[1..].iter().rev()).collect();
        of_server(&root, "localhost", &chain).map_err(|error| error.to_string())
    };
    words(10).unwrap();
    let long = words(11).unwrap_err();
    assert!(long.contains("more than 10 intermediate certificates"), "{long}");
    let longer = words(17).unwrap_err();
    assert!(longer.contains("more than 16 intermediate certificates were sent"), "{longer}");
}

#[test]
fn roots_that_are_no_cas_or_are_over_are_refused() {
    let expired = Plan { until: "2021-01-01", ..ca("/CN=root") }.issue(Suite::Nist, None);
    let server = usual().issue(Suite::Nist, Some(&expired));
    let old = reason(of_server(&expired, "localhost", &[&server]));
    assert!(matches!(old, CertificateError::ExpiredContext { .. }), "{old:?}");
    let plan = Plan { extensions: Vec::new(), ..ca("/CN=root") };
    let odd = plan.issue(Suite::Nist, None);
    let server = usual().issue(Suite::Nist, Some(&odd));
    let words = of_server(&odd, "localhost", &[&server]).unwrap_err().to_string();
    assert!(words.contains("without being a CA"), "{words}");
}

/// An ordering node of Fabric 3.1.5, as `cryptogen` equipped it.
#[test]
fn tls_certificates_of_fabric_are_taken_and_the_web_would_refuse_their_root() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../vectors/data/fabric/msp/org/ordererOrganizations/ord.test/orderers/o1.ord.test/tls"
    );
    let read = |file: &str| {
        let pem = sys::Disk::read(&sys::SystemDisk, &Path::new(folder).join(file)).unwrap();
        trusted(Path::new(file), &pem).unwrap()
    };
    let (roots, server) = (read("ca.crt"), read("server.crt"));
    let now = Time::parse("2027-01-01").unwrap().timestamp();
    let unix = UnixTime::since_unix_epoch(Duration::from_secs(now.0));
    let own = Anchors::new(roots.clone()).unwrap();
    let shown = CertificateDer::from(server[0].as_der().to_vec());
    let host = ServerName::try_from("o1.ord.test").unwrap();
    assert_eq!(own.verify(&shown, &[], Some(&host), unix), Ok(()));
    assert_eq!(own.verify(&shown, &[], None, unix), Ok(()));
    let providers = Providers::new(Suite::Nist, EngineChoice::Auto).unwrap();
    let (policy, purpose) = (Policy::WebPki, Purpose::ServerAuth);
    let options = Options { policy, purpose, ..Options::at(now) };
    let refused = path::verify(&providers, &server[0], &[], &roots, &[], &options).unwrap_err();
    assert_eq!(refused.rule().to_string(), "a root with extKeyUsage");
}

/// A root with a P-384 key, made with OpenSSL 3.0, and what it issued: of neither family, but rustls
/// verifies it.
#[test]
fn keys_that_are_of_neither_family_are_left_to_the_provider_of_tls() {
    let read = |pem: &str| trusted(Path::new("x"), pem.as_bytes()).unwrap();
    let (roots, leaf) = (read(FOREIGN_ROOT), read(BELOW_FOREIGN_ROOT));
    let own = Anchors::new(roots.clone()).unwrap();
    let mut shown = leaf[0].as_der().to_vec();
    let host = ServerName::try_from("localhost").unwrap();
    let now = Time::parse("2030-01-01").unwrap().timestamp();
    let unix = UnixTime::since_unix_epoch(Duration::from_secs(now.0));
    let mut check = |forge: bool| {
        *shown.last_mut().unwrap() ^= u8::from(forge);
        own.verify(&CertificateDer::from(shown.clone()), &[], Some(&host), unix)
    };
    assert_eq!(check(false), Ok(()));
    assert_eq!(check(true), Err(CertificateError::BadSignature));
    let providers = Providers::new(Suite::Nist, EngineChoice::Auto).unwrap();
    let alone = path::verify(&providers, &leaf[0], &[], &roots, &[], &Options::at(now));
    assert!(matches!(alone.unwrap_err().rule(), path::Rule::UnsupportedAlgorithm { .. }));
}

const FOREIGN_ROOT: &str = "\
-----BEGIN CERTIFICATE-----
MIIBnzCCASWgAwIBAgIUbeILRPPGeVQKDtJf+Wpj4a6P9EQwCgYIKoZIzj0EAwMw
DzENMAsGA1UEAwwEcm9vdDAeFw0yNjExMjkyMTI5NDVaFw00ODEwMjQyMTI5NDVa
MA8xDTALBgNVBAMMBHJvb3QwdjAQBgcqhkjOPQIBBgUrgQQAIgNiAAQJfH4ZaDhU
js8PDELomWKZmZGFJpiBmtX16yWn93XaLrA0QtLFEikjOkKobqQ0D2iC4/okiHPg
hzjgWxVjFBsO4eVKOM/RVQBfJj065f7F20Q/M+TLO+usVoyEGzsHAt+jQjBAMA8G
A1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMB0GA1UdDgQWBBTBb4sht6BR
MQpcMDrf1rUO8hPlWjAKBggqhkjOPQQDAwNoADBlAjEAgU4xKoZSdF9f1iEoNo6U
MECZiNAbIwW6zjET3/YbzDof96+IRb4nkQOOj2tL02FbAjAc6bfwcARYrURu7S8A
W7k6ejPYDvfOpv54H0m0GU5aD7V9ux+OnmRCVqMFurhLb3A=
-----END CERTIFICATE-----";

const BELOW_FOREIGN_ROOT: &str = "\
-----BEGIN CERTIFICATE-----
MIIBhDCCAQugAwIBAgIBAjAKBggqhkjOPQQDAzAPMQ0wCwYDVQQDDARyb290MB4X
DTI2MTEyOTIxMjk0NloXDTQ4MTAyNDIxMjk0NlowDzENMAsGA1UEAwwEbm9kZTBZ
MBMGByqGSM49AgEGCCqGSM49AwEHA0IABJTdKW3URSfyrVMdTMhAf6yUXViloamF
qPd88kC8pNG0goawBOe2J4W+AnizBUr0DtSlRwtuZY/hSAx2DvUI+kyjWDBWMBQG
A1UdEQQNMAuCCWxvY2FsaG9zdDAdBgNVHQ4EFgQUAWZs7lgw0uDAMb1C8NNEeFXs
Y+cwHwYDVR0jBBgwFoAUwW+LIbegUTEKXDA639a1DvIT5VowCgYIKoZIzj0EAwMD
ZwAwZAIwJVv9QaYG1eDSQ1IahVB5Ofo6ZYnUDTXMwapwMJIrqw7/Fq/qbua1ctmD
BlvaEcQOAjAqTsGNB2UWmiCea93MCIRAyQ8cM28kbkg6rsIOGoYbYob29hnkjdfK
OG8mcYqvJC8=
-----END CERTIFICATE-----";
