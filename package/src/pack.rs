// SPDX-License-Identifier: Apache-2.0
//! Makes the package of a chaincode that runs as a service.

use crate::{CCAAS, Error, is_label};
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

#[derive(Serialize)]
struct Metadata<'a> {
    path: &'a str,
    r#type: &'a str,
    label: &'a str,
}

/// The package of a chaincode that runs as a service. The same arguments give the same bytes, and so
/// the same id.
///
/// # Errors
/// [`Error::Metadata`] when the label will not do, [`Error::Connection`] when the address will not.
pub fn service(label: &str, place: &ServiceAddress) -> Result<Vec<u8>, Error> {
    if !is_label(label) {
        let label: String = label.chars().take(80).collect();
        return Err(Error::Metadata(format!(
            "the label {label:?} must be letters, digits and _ . + - behind a letter or digit"
        )));
    }
    let port = place.address.rsplit_once(':').and_then(|(host, port)| {
        port.parse::<u16>().ok().filter(|port| *port > 0 && !host.is_empty())
    });
    if port.is_none() {
        return Err(Error::Connection(format!("{:?}: HOST:PORT is wanted", place.address)));
    }
    let broken = |error: &dyn std::fmt::Display| Error::Connection(error.to_string());
    let connection = serde_json::to_vec(place).map_err(|error| broken(&error))?;
    let code = archive(&[("connection.json", &connection)]).map_err(|error| broken(&error))?;
    let metadata = Metadata { path: "", r#type: CCAAS, label };
    let metadata = serde_json::to_vec(&metadata).map_err(|error| broken(&error))?;
    archive(&[("metadata.json", &metadata), ("code.tar.gz", &code)]).map_err(|error| broken(&error))
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
    use super::{ServiceAddress, service};
    use crate::Package;
    use bccsp::{EngineChoice, Providers, Suite};

    fn place(address: &str) -> ServiceAddress {
        ServiceAddress { address: address.into(), dial_timeout: "10s".into(), ..Default::default() }
    }

    #[test]
    fn what_is_packed_is_read_again() {
        let providers = Providers::new(Suite::Nist, EngineChoice::Auto).unwrap();
        let bytes = service("asset_1", &place("127.0.0.1:9999")).unwrap();
        assert_eq!(bytes, service("asset_1", &place("127.0.0.1:9999")).unwrap());
        let package = Package::read(&bytes, &providers).unwrap();
        assert_eq!((package.label(), package.kind()), ("asset_1", "ccaas"));
        let connection = package.connection().unwrap();
        assert_eq!(connection.address, "127.0.0.1:9999");
        assert_eq!(connection.dial_timeout.as_deref(), Some("10s"));
        assert!(!connection.tls_required);
    }

    #[test]
    fn a_label_or_address_that_will_not_do_is_refused() {
        service("-a", &place("127.0.0.1:9999")).unwrap_err();
        for address in ["127.0.0.1", ":9999", "host:0", "host:port"] {
            service("a", &place(address)).unwrap_err();
        }
    }
}
