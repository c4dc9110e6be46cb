// SPDX-License-Identifier: Apache-2.0
//! `connection.json`: where a chaincode that runs as a service listens.

use crate::Error;
use bccsp::SecretBytes;
use serde::{Deserialize, Serialize};

/// How to reach a chaincode that runs as a service. PEM is kept as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Connection {
    /// Host and port.
    pub address: String,
    /// The name in its certificate, where that is not the host.
    pub domain: Option<String>,
    /// How long to wait for a connection, such as `"10s"`; a number is nanoseconds, as Go has it.
    pub dial_timeout: Option<String>,
    /// Whether to use TLS.
    pub tls_required: bool,
    /// Whether to show a certificate of our own.
    pub client_auth_required: bool,
    /// Whether the key of that certificate is there. It is not kept:
    /// [`client_key`](crate::client_key) reads it from the package.
    pub has_client_key: bool,
    /// That certificate.
    pub client_cert: Option<String>,
    /// Who may have issued the chaincode's certificate.
    pub root_cert: Option<String>,
}

impl Connection {
    pub(crate) fn parse(json: &[u8]) -> Result<Self, Error> {
        let json: Json =
            serde_json::from_slice(json).map_err(|error| Error::Connection(error.to_string()))?;
        if json.address.is_empty() {
            return Err(Error::Connection("the address is empty; HOST:PORT is wanted".to_owned()));
        }
        Ok(Self {
            address: json.address,
            domain: text(json.domain),
            dial_timeout: json.dial_timeout.map(|time| match time {
                Time::Text(text) => text,
                Time::Nanoseconds(number) => format!("{number}ns"),
            }),
            tls_required: json.tls_required,
            client_auth_required: json.client_auth_required,
            has_client_key: !SecretBytes::new(json.client_key.into_bytes()).is_empty(),
            client_cert: text(json.client_cert),
            root_cert: text(json.root_cert),
        })
    }
}

/// The private key in `connection.json`, PEM; `None` when there is none.
pub(crate) fn client_key(json: &[u8]) -> Result<Option<SecretBytes>, Error> {
    let json: KeyAlone =
        serde_json::from_slice(json).map_err(|error| Error::Connection(error.to_string()))?;
    let key = SecretBytes::new(json.client_key.into_bytes());
    Ok(Some(key).filter(|key| !key.is_empty()))
}

/// What is not there and what is empty are the same.
fn text(value: String) -> Option<String> {
    Some(value).filter(|value| !value.is_empty())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Json {
    address: String,
    domain: String,
    dial_timeout: Option<Time>,
    tls_required: bool,
    client_auth_required: bool,
    client_key: String,
    client_cert: String,
    root_cert: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct KeyAlone {
    client_key: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Time {
    Text(String),
    Nanoseconds(i64),
}
