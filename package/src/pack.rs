// SPDX-License-Identifier: Apache-2.0
//! Makes the package of a chaincode that runs as a service.

use crate::{CCAAS, CONNECTION, Error, is_label};
use bccsp::SecretBytes;
use flate2::{Compression, write::GzEncoder};
use serde::Serialize;
use tar::{Builder, Header};

/// Where a chaincode that runs as a service will listen, for [`service`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ServiceAddress {
    /// Host and port.
    pub address: String,
    /// How long to wait for a connection, such as `10s`.
    pub dial_timeout: String,
    /// Whether to use TLS; the certificate must then lead to `root_cert`.
    pub tls_required: bool,
    /// Who may have issued the chaincode's certificate, PEM; empty without TLS.
    pub root_cert: String,
}

/// What peers show to a service that asks for a certificate. It travels in the package, key and all,
/// as Fabric has it: such a package is for the peers of one organisation.
#[derive(Debug)]
pub struct ClientPair {
    /// The certificate, PEM.
    pub certificate: String,
    /// Its private key, PEM.
    pub key: SecretBytes,
}

#[derive(Serialize)]
struct Connection<'a> {
    #[serde(flatten)]
    place: &'a ServiceAddress,
    #[serde(flatten)]
    client: Option<Client<'a>>,
}

#[derive(Serialize)]
struct Client<'a> {
    client_auth_required: bool,
    client_cert: &'a str,
    client_key: &'a str,
}

#[derive(Serialize)]
struct Metadata<'a> {
    path: &'a str,
    r#type: &'a str,
    label: &'a str,
}

/// The package of a chaincode that runs as a service. The same arguments give the same bytes, and so
/// the same id. With a `client` it holds a private key.
///
/// # Errors
/// [`Error::Metadata`] when the label will not do, [`Error::Connection`] when the address will not, or
/// a client is to be shown without TLS.
pub fn service(
    label: &str,
    place: &ServiceAddress,
    client: Option<&ClientPair>,
) -> Result<Vec<u8>, Error> {
    if !is_label(label) {
        let label: String = label.chars().take(80).collect();
        return Err(Error::Metadata(format!(
            "the label {label:?} must be letters, digits and _ . + - behind a letter or digit"
        )));
    }
    let connection = connection(place, client)?;
    let pack = |files: &[(&str, &[u8])]| archive(files).map_err(broken);
    let code = pack(&[(CONNECTION, connection.expose())])?;
    let metadata = Metadata { path: "", r#type: CCAAS, label };
    let metadata = serde_json::to_vec(&metadata).map_err(broken)?;
    pack(&[("metadata.json", &metadata), ("code.tar.gz", &code)])
}

/// The file `connection.json`.
fn connection(place: &ServiceAddress, client: Option<&ClientPair>) -> Result<SecretBytes, Error> {
    let port = place.address.rsplit_once(':').and_then(|(host, port)| {
        port.parse::<u16>().ok().filter(|port| *port > 0 && !host.is_empty())
    });
    if port.is_none() {
        return Err(Error::Connection(format!("{:?}: HOST:PORT is wanted", place.address)));
    }
    if client.is_some() && !place.tls_required {
        return Err(Error::Connection("a client certificate is for TLS, which is off".to_owned()));
    }
    let client = client.map(|pair| {
        let key = std::str::from_utf8(pair.key.expose()).map_err(broken)?;
        let client_cert = pair.certificate.as_str();
        Ok::<_, Error>(Client { client_auth_required: true, client_cert, client_key: key })
    });
    let connection = Connection { place, client: client.transpose()? };
    Ok(SecretBytes::new(serde_json::to_vec(&connection).map_err(broken)?))
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Connection(error.to_string())
}

/// Files of nobody, from 1970, so that only their content counts.
fn archive(files: &[(&str, &[u8])]) -> std::io::Result<Vec<u8>> {
    let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (name, content) in files {
        let mut header = Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        builder.append_data(&mut header, name, *content)?;
    }
    builder.into_inner()?.finish()
}

#[cfg(test)]
mod tests {
    use super::{ClientPair, ServiceAddress, service};
    use crate::{Package, client_key};
    use bccsp::{EngineChoice, Providers, SecretBytes, Suite};

    fn place(address: &str) -> ServiceAddress {
        ServiceAddress { address: address.into(), dial_timeout: "10s".into(), ..Default::default() }
    }

    #[test]
    fn what_is_packed_is_read_again() {
        let providers = Providers::new(Suite::Nist, EngineChoice::Auto).unwrap();
        let bytes = service("asset_1", &place("127.0.0.1:9999"), None).unwrap();
        assert_eq!(bytes, service("asset_1", &place("127.0.0.1:9999"), None).unwrap());
        let package = Package::read(&bytes, &providers).unwrap();
        assert_eq!((package.label(), package.kind()), ("asset_1", "ccaas"));
        let connection = package.connection().unwrap();
        assert_eq!(connection.address, "127.0.0.1:9999");
        assert_eq!(connection.dial_timeout.as_deref(), Some("10s"));
        assert!(!connection.tls_required && !connection.has_client_key);
        assert!(client_key(&bytes).unwrap().is_none());
    }

    #[test]
    fn the_key_that_peers_show_comes_out_again_and_is_nowhere_else() {
        let providers = Providers::new(Suite::Nist, EngineChoice::Auto).unwrap();
        let place = |tls_required| ServiceAddress {
            tls_required,
            root_cert: "ROOT".into(),
            ..place("cc:9999")
        };
        let key = SecretBytes::copy_from(b"KEY\n");
        let pair = ClientPair { certificate: "CERT".into(), key };
        let bytes = service("asset_1", &place(true), Some(&pair)).unwrap();
        let package = Package::read(&bytes, &providers).unwrap();
        let connection = package.connection().unwrap();
        assert!(connection.client_auth_required && connection.has_client_key);
        assert_eq!(connection.client_cert.as_deref(), Some("CERT"));
        assert_eq!(client_key(&bytes).unwrap().unwrap().expose(), b"KEY\n");
        assert!(!format!("{pair:?}").contains("KEY"));
        service("asset_1", &place(false), Some(&pair)).unwrap_err();
    }

    #[test]
    fn a_label_or_address_that_will_not_do_is_refused() {
        service("-a", &place("127.0.0.1:9999"), None).unwrap_err();
        for address in ["127.0.0.1", ":9999", "host:0", "host:port"] {
            service("a", &place(address), None).unwrap_err();
        }
    }
}
